"""Sentences of our own (never Docker's) that a page may say in another language.

A Sentence is a string like any other; it also remembers what it was made of, so that whoever shows it can
translate the template and fill in the same values.
"""

from collections.abc import Iterable, Mapping


class Sentence(str):
    """``template % values`` (``%(name)s`` places); values may be Sentences themselves."""

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, **values: object) -> "Sentence":
        sentence = super().__new__(cls, template % values)
        sentence.template = template
        sentence.values = values
        return sentence


class Sentences(str):
    """Several texts, Sentences among them, joined by ``separator``."""

    separator: str
    parts: tuple[str, ...]

    def __new__(cls, separator: str, parts: Iterable[str]) -> "Sentences":
        kept = tuple(parts)
        joined = super().__new__(cls, separator.join(kept))
        joined.separator = separator
        joined.parts = kept
        return joined
