"""The text equivalent of a diagram: the same facts as nested lists, made from the same model.

Its texts can be written to a page as they are (escaped there): control and direction-changing characters
are made visible here, as in the picture.
"""

from dataclasses import dataclass

from labsite.diagrams.markup import plain


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

    def __post_init__(self) -> None:
        for name in ("text", "detail", "mark"):
            object.__setattr__(self, name, plain(getattr(self, name)))


@dataclass(frozen=True, slots=True)
class Outline:
    """The list and the sentence that names it."""

    label: str
    items: tuple[Item, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", plain(self.label))
