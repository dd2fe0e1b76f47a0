"""Parser directives: ``# syntax=…``, ``# escape=…`` and ``# check=…`` at the top of a Dockerfile."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final

from engine.dockerfile.errors import InstructionError
from engine.dockerfile.gotext import BYTE_ORDER_MARK, SPACES

NAMES: Final = frozenset({"syntax", "escape", "check"})
_DIRECTIVE: Final = re.compile(r"([a-zA-Z][a-zA-Z0-9]*)[ \t\n\f\r]*=[ \t\n\f\r]*(.*[^ \t\n\f\r])")


@dataclass(frozen=True, slots=True)
class Directive:
    """One directive: lower-case ``name``, ``value`` as written, and its line (from 1)."""

    name: str
    value: str
    line: int


class DirectiveReader:
    """Reads lines from the top of a file until the first one that is no directive."""

    def __init__(self, comment: str = "#", line: int = 0) -> None:
        self._comment = comment
        self._line = line
        self._seen: set[str] = set()
        self.done = False

    def read(self, line: str) -> Directive | None:
        """The directive in this line, if any; raises `InstructionError` for a repeated one."""
        self._line += 1
        if self.done:
            return None
        found = None
        if line.startswith(self._comment):
            found = _DIRECTIVE.match(line[len(self._comment) :].lstrip(SPACES))
        name = found.group(1).lower() if found else ""
        if found is None or name not in NAMES:
            self.done = True
            return None
        if name in self._seen:
            raise InstructionError(f"only one {name} parser directive can be used")
        self._seen.add(name)
        return Directive(name, found.group(2), self._line)


def find_directive(name: str, text: str) -> Directive | None:
    """The directive ``name`` of a file in any of the notations Docker knows, without parsing it.

    ``syntax`` may also be given as a ``//`` comment or in a JSON document, as the file need not be a
    Dockerfile at all; a ``#!`` line may come first.
    """
    text = text.removeprefix(BYTE_ORDER_MARK)
    first = 0
    if text.startswith("#!"):
        _, _, text = text.partition("\n")
        first = 1
    comments = ("#", "//") if name == "syntax" else ("#",)
    for comment in comments:
        found = _find(name, text, DirectiveReader(comment, first))
        if found:
            return found
    if name == "syntax" and text.lstrip(SPACES).startswith("{"):
        return _find_in_json(name, text, first)
    return None


def reference_of(directive: Directive) -> str:
    """The first word of the value: what a ``syntax`` directive refers to."""
    return directive.value.partition(" ")[0]


def _find(name: str, text: str, reader: DirectiveReader) -> Directive | None:
    for line in text.split("\n"):
        try:
            directive = reader.read(line)
        except InstructionError:
            return None
        if directive is not None and directive.name == name:
            return directive
        if reader.done:
            return None
    return None


def _find_in_json(name: str, text: str, first: int) -> Directive | None:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    value = document.get(name) if isinstance(document, dict) else None
    return Directive(name, value, first) if isinstance(value, str) else None
