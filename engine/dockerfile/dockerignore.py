"""``.dockerignore``: reading the file and matching paths, rule for rule as Docker's pattern matcher does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import re2

from engine.dockerfile.gotext import BYTE_ORDER_MARK, SPACES, clean_path
from engine.errors import EngineError

MAX_LINE: Final = 65_536
"""Bytes a line, its end included, must stay below."""
_LITERAL_IN_PATTERNS: Final = ".+()|{}$"


class IgnoreFileError(EngineError):
    """An ignore file, or a pattern of one, that Docker refuses."""


def read_patterns(text: str) -> tuple[str, ...]:
    """The patterns of an ignore file, cleaned, exclusions still marked with ``!``.

    Raises `IgnoreFileError` when a line is too long.
    """
    patterns: list[str] = []
    for line in text.removeprefix(BYTE_ORDER_MARK).split("\n"):
        if len(line) >= MAX_LINE // 4 and len(line.encode("utf-8", "replace")) >= MAX_LINE:
            raise IgnoreFileError("error reading .dockerignore: bufio.Scanner: token too long")
        pattern = line.strip(SPACES)
        if line.startswith("#") or not pattern:
            continue
        mark = ""
        if pattern.startswith("!"):
            mark, pattern = "!", pattern[1:].strip(SPACES)
        if pattern:
            pattern = clean_path(pattern)
            if len(pattern) > 1:
                pattern = pattern.removeprefix("/")
        patterns.append(mark + pattern)
    return tuple(patterns)


@dataclass(frozen=True, slots=True)
class IgnoreMatcher:
    """Decides which paths of a build context are left out.

    ``patterns`` are used in order; each one leaves out what it matches, or takes it in again when it
    starts with ``!``. Raises `IgnoreFileError` when one of them is malformed.
    """

    patterns: tuple[_Pattern, ...]

    @classmethod
    def from_patterns(cls, patterns: tuple[str, ...] | list[str]) -> IgnoreMatcher:
        """A matcher for patterns as `read_patterns` gives them."""
        return cls(tuple(_Pattern.parse(text) for text in patterns if text.strip(SPACES)))

    @classmethod
    def from_file(cls, text: str) -> IgnoreMatcher:
        """A matcher for the text of an ignore file."""
        return cls.from_patterns(read_patterns(text))

    @property
    def has_exclusions(self) -> bool:
        """Some pattern starts with ``!``."""
        return any(pattern.exclusion for pattern in self.patterns)

    def ignores(self, path: str) -> bool:
        """True when ``path`` (relative, slashes) is left out, itself or with one of its parents."""
        path = clean_path(path)
        # The whole context cannot be excluded.
        if path == ".":
            return False
        cuts = [at for at, character in enumerate(path) if character == "/"]
        candidates = (path, *(path[:at] for at in cuts))
        ignored = False
        for pattern in self.patterns:
            if pattern.exclusion == ignored and any(pattern.matches(one) for one in candidates):
                ignored = not pattern.exclusion
        return ignored


@dataclass(frozen=True, slots=True)
class _Pattern:
    """One line: ``text`` without its mark, and how it is compared."""

    text: str
    exclusion: bool
    kind: str
    """``exact``, ``prefix`` (``dir/**``), ``suffix`` (``**/name``) or ``expression``."""
    expression: re2._Regexp[str] | None

    @classmethod
    def parse(cls, line: str) -> _Pattern:
        text = clean_path(line.strip(SPACES))
        exclusion = text.startswith("!")
        if exclusion:
            if len(text) == 1:
                raise IgnoreFileError('illegal exclusion pattern: "!"')
            text = clean_path(text[1:]).removeprefix("/") or "."
        if not _is_well_formed(text):
            raise IgnoreFileError("syntax error in pattern")
        kind, expression = _translate(text)
        if kind != "expression":
            return cls(text, exclusion, kind, None)
        try:
            return cls(text, exclusion, kind, re2.compile(expression))
        except re2.error:
            raise IgnoreFileError("syntax error in pattern") from None

    def matches(self, path: str) -> bool:
        """True when the pattern matches exactly this path (not one of its parents)."""
        if self.expression is not None:
            return self.expression.search(path) is not None
        if self.kind == "exact":
            return path == self.text
        if self.kind == "prefix":
            return path.startswith(self.text[:-2])
        suffix = self.text[2:]
        return path.endswith(suffix) or (suffix.startswith("/") and path == suffix[1:])


def _translate(text: str) -> tuple[str, str]:
    """How to compare, and the regular expression (which only the kind ``expression`` needs)."""
    text = text.removeprefix(BYTE_ORDER_MARK)
    pieces = ["^"]
    kind = "exact"
    position = 0
    while position < len(text):
        start, character = position, text[position]
        position += 1
        if text.startswith("**", start):
            position += 2 if text.startswith("/", start + 2) else 1
            if position < len(text):
                pieces.append("(.*/)?")
                kind = "expression"
            elif kind == "exact":
                kind = "prefix"
            else:
                pieces.append(".*")
                kind = "expression"
            if start == 0:
                kind = "suffix"
        elif character in "*?":
            pieces.append("[^/]*" if character == "*" else "[^/]")
            kind = "expression"
        elif character in _LITERAL_IN_PATTERNS:
            pieces.append("\\" + character)
        elif character == "\\" and position < len(text):
            pieces.append("\\" + text[position])
            position += 1
            kind = "expression"
        elif character in "[]":
            pieces.append(character)
            kind = "expression"
        else:
            pieces.append(character)
    return kind, "".join([*pieces, "$"])


def _is_well_formed(text: str) -> bool:
    """True when Go's ``filepath.Match`` accepts the pattern: classes are closed, escapes escape."""
    position = 0
    while position < len(text):
        character = text[position]
        position += 1
        if character == "\\":
            if position == len(text):
                return False
            position += 1
        elif character == "[":
            closed = _end_of_class(text, position)
            if closed is None:
                return False
            position = closed
    return True


def _end_of_class(text: str, position: int) -> int | None:
    """Where a ``[…]`` that started before ``position`` ends; ``None`` when it is malformed."""
    if text.startswith("^", position):
        position += 1
    empty = True
    while True:
        if text.startswith("]", position) and not empty:
            return position + 1
        after = _end_of_class_character(text, position)
        if after is not None and text.startswith("-", after):
            after = _end_of_class_character(text, after + 1)
        if after is None:
            return None
        position, empty = after, False


def _end_of_class_character(text: str, position: int) -> int | None:
    """Where one character of a class ends; the class must go on after it."""
    character = text[position : position + 1]
    if character in ("", "-", "]"):
        return None
    position += 2 if character == "\\" else 1
    return position if position < len(text) else None
