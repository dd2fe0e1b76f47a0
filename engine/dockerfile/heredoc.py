"""Heredocs: finding the marks in a line, and taking leading tabs off a body."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from engine.dockerfile.words import WordError, WordLexer

_MARK: Final = re.compile(r"(\d*)<<(-?)[ \t\n\f\r]*([^<]*)\Z")
_LEADING_TABS: Final = re.compile(r"^\t+", re.MULTILINE)
_LINE_LEXER: Final = WordLexer(raw_quotes=True, raw_escapes=True, keep_unset=True)
_NAME_LEXER: Final = WordLexer(keep_unset=True)
_QUOTED_NAME_LEXER: Final = WordLexer(raw_quotes=True, keep_unset=True)


@dataclass(frozen=True, slots=True)
class Heredoc:
    """One heredoc.

    ``name`` ends the body; ``expand`` is false when a part of it was quoted; ``chomp`` (``<<-``) asks
    for leading tabs to be taken off; ``content`` is the body as written.
    """

    name: str
    expand: bool
    chomp: bool
    descriptor: int
    content: str = ""

    @property
    def body(self) -> str:
        """The content, without leading tabs if that is asked for."""
        return _LEADING_TABS.sub("", self.content) if self.chomp else self.content


def parse_mark(word: str) -> Heredoc | None:
    """The heredoc a word such as ``<<EOF`` announces, if any; raises `WordError`."""
    found = _MARK.match(word) if "<<" in word else None
    if found is None or not found.group(3):
        return None
    written = found.group(3)
    names = _NAME_LEXER.expand(written, {}).words
    if len(names) != 1:
        return None
    quoted = _QUOTED_NAME_LEXER.expand(written, {}).words
    if len(quoted) != 1:
        raise WordError(f"internal lexing of heredoc produced inconsistent results: {written}")
    return Heredoc(
        name=names[0],
        expand=_quotes(names[0]) == _quotes(quoted[0]),
        chomp=found.group(2) == "-",
        descriptor=int(found.group(1)[:9] or "0"),
    )


def is_mark(word: str) -> bool:
    """True when the word announces a heredoc."""
    try:
        return parse_mark(word) is not None
    except WordError:
        return False


def find_marks(line: str) -> tuple[Heredoc, ...]:
    """The heredocs a whole line announces, in order; raises `WordError`."""
    if "<<" not in line:
        return ()
    try:
        words = _LINE_LEXER.expand(line, {}).words
    except WordError:
        # The line itself may be a shell command that is no word to Docker; then it has no heredocs.
        return ()
    marks = (parse_mark(word) for word in words)
    return tuple(mark for mark in marks if mark is not None)


def _quotes(text: str) -> int:
    return text.count("'") + text.count('"')
