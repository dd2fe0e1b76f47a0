"""The text equivalent of a diagram: the same facts as nested lists, made from the same model."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the list. ``detail`` follows the text in weaker type; ``href`` makes it a link."""

    text: str
    detail: str = ""
    href: str = ""
    children: tuple["Item", ...] = ()
    mark: str = ""
    """Glyph and word of its state, for example ``✓ reused``."""
    code: bool = False
    """The text is a command or a path."""


@dataclass(frozen=True, slots=True)
class Outline:
    """The list and the sentence that names it."""

    label: str
    items: tuple[Item, ...]
