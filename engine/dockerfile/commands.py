"""What a RUN does, as far as a look at its words can tell: the simple commands of a shell line."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Generic, TypeVar

from engine.build.ops import CopyItem, CopyOp, InlineItem, PathItem, RunOp, UrlItem
from engine.dockerfile.gotext import clean_path

_TOKEN: Final = re.compile(
    r"""(?P<space>(?:[ \t\r]|\\\n)+)|(?P<end>&&|\|\||[;&|\n(){}])|(?P<comment>(?<![^\s])\#[^\n]*)"""
    r"""|'(?P<single>[^']*)'?|"(?P<double>(?:[^"\\]|\\.)*)"?|\\(?P<escaped>.)|(?P<plain>[^\s'"\\;&|(){}]+)|.""",
    re.DOTALL,
)
_COMPLICATED: Final = re.compile(r"""['"\\#(){}]""")
"""Finds what makes a line more than words and separators."""
_SEPARATOR: Final = re.compile(r"&&|\|\||[;&|\n]")
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*=")
_PREFIXES: Final = frozenset(
    {"sudo", "exec", "command", "env", "time", "then", "do", "else", "if", "while", "!"}
)


@dataclass(frozen=True, slots=True)
class Command:
    """One simple command: ``name`` without its directory, ``args`` without quotes.

    ``operands`` are the arguments that are no options; ``subcommand`` is the first of them.
    """

    name: str
    args: tuple[str, ...]
    operands: tuple[str, ...]
    subcommand: str

    def runs(self, name: str, *subcommands: str) -> bool:
        """True for ``name`` with one of the subcommands, wherever options stand."""
        return self.name == name and self.subcommand in subcommands


def commands_of(operation: RunOp) -> tuple[Command, ...]:
    """The commands of a RUN in the order written."""
    if not operation.shell_form:
        return _command(list(operation.args))
    return split_commands(operation.command)


@lru_cache(maxsize=2048)
def split_commands(line: str) -> tuple[Command, ...]:
    """The simple commands of a shell line; what is nested in quotes or substitutions is not looked at."""
    if _COMPLICATED.search(line) is None:
        return tuple(command for part in _SEPARATOR.split(line) for command in _command(part.split()))
    commands: list[Command] = []
    words: list[str] = []
    word: list[str] | None = None
    for found in _TOKEN.finditer(line):
        kind = found.lastgroup
        if kind in ("space", "end", "comment", None):
            if word is not None:
                words.append("".join(word))
                word = None
            if kind == "end":
                commands += _command(words)
                words = []
        else:
            word = [*(word or []), found.group(kind or 0)]
    if word is not None:
        words.append("".join(word))
    return (*commands, *_command(words))


def _command(words: list[str]) -> tuple[Command, ...]:
    start = 0
    while start < len(words) and (_ASSIGNMENT.match(words[start]) or words[start] in _PREFIXES):
        start += 1
    if start == len(words):
        return ()
    args = tuple(words[start + 1 :])
    operands = tuple([argument for argument in args if not argument.startswith("-")])
    name = words[start].rpartition("/")[2]
    return (Command(name, args, operands, operands[0] if operands else ""),)


_DEEPEST: Final = 64
_Value = TypeVar("_Value")


def ancestors(path: str) -> list[str]:
    """``path`` and the directories above it, the root excluded (only the upper ones of a very deep path)."""
    if path.count("/") > _DEEPEST:
        path = "/".join(path.split("/")[: _DEEPEST + 1])
    found = []
    while len(path) > 1:
        found.append(path)
        path = path[: path.rfind("/")]
    return found


class PathIndex(Generic[_Value]):
    """Who was the first to make which path."""

    def __init__(self) -> None:
        self._made: dict[str, _Value] = {}
        self._below: dict[str, _Value] = {}

    def add(self, path: str, maker: _Value) -> None:
        """Note that ``maker`` makes ``path``."""
        self._made.setdefault(path, maker)
        for ancestor in ancestors(path):
            self._below.setdefault(ancestor, maker)

    def under(self, path: str) -> _Value | None:
        """Who made ``path``, or something in it."""
        return self._below.get(path)

    def covering(self, path: str) -> _Value | None:
        """Who made ``path``, or a directory it lies in."""
        found = (self._made[one] for one in ancestors(path) if one in self._made)
        return next(found, None)


def absolute(path: str, working_dir: str) -> str:
    """``path`` from the root, cleaned; a wildcard for everything below a directory is taken off."""
    joined = clean_path(posixpath.join("/", working_dir, path))
    return posixpath.dirname(joined) if joined.endswith("/*") else joined


def is_below(path: str, directory: str) -> bool:
    """True when ``path`` is ``directory`` or lies in it."""
    return path == directory or directory == "/" or path.startswith(directory.rstrip("/") + "/")


def _name(item: CopyItem) -> str:
    if isinstance(item, PathItem):
        return item.path
    if isinstance(item, UrlItem):
        return item.filename
    return item.name if isinstance(item, InlineItem) else ""


def copied_paths(operation: CopyOp) -> tuple[str, ...]:
    """Where the sources of a copy end up, as far as their names tell."""
    destination = operation.destination_path
    names = [posixpath.basename(clean_path(_name(item))) for item in operation.items]
    if not destination.endswith("/") or "." in names or "" in names or "*" in "".join(names):
        return (destination.rstrip("/") or "/",)
    return tuple(posixpath.join(destination, name) for name in names)
