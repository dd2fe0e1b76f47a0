"""Command-line flags with the rules of spf13/pflag, as the docker client uses them.

Every command declares its options in a table; the table also gives usage line, ``--help`` and
completion. Errors are pflag's sentences; how they are framed is the business of the dispatcher.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import re2

from engine.cli.text import go_quote
from engine.errors import EngineError
from engine.units import ram_in_bytes

_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})
_INTEGER_RE = re2.compile(r"[+-]?(?:0[xX][0-9a-fA-F]+|0[oO]?[0-7]*|0[bB][01]+|[1-9][0-9]*)")
_DURATION_RE = re2.compile(r"[+-]?(?:0|(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)")
_DURATION_PART_RE = re2.compile(r"([0-9.]+)(ns|us|µs|μs|ms|s|m|h)")
_NANOSECONDS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_LONGEST_NUMBER = 60


class FlagError(EngineError):
    """A flag that is unknown, lacks its argument or has a wrong one."""


class HelpRequested(EngineError):
    """``--help`` (or ``-h``, which ``deprecated`` tells) stood among the arguments."""

    def __init__(self, *, deprecated: bool = False) -> None:
        self.deprecated = deprecated
        super().__init__("help requested")


@dataclass(frozen=True, slots=True)
class Option:
    """One flag of a command.

    ``kind`` is ``bool``, ``string``, ``int``, ``list``, ``csv``, ``filter``, ``bytes`` or ``duration``;
    ``type_name`` is the word ``--help`` shows for its argument.
    """

    name: str
    help: str
    short: str = ""
    kind: str = "string"
    type_name: str = ""
    default: Any = None
    check: Callable[[str], Any] | None = None
    hidden: bool = False
    optional_value: str | None = None
    """What the flag means without ``=value``, for those that may stand alone."""

    @property
    def needs_argument(self) -> bool:
        """Whether the next word belongs to the flag."""
        return self.kind != "bool" and self.optional_value is None

    @property
    def initial(self) -> Any:
        """The value when the flag is not given."""
        if self.default is not None:
            return self.default
        empty: dict[str, Any] = {"bool": False, "int": 0, "bytes": 0, "duration": 0}
        return [] if self.kind in ("list", "csv", "filter") else empty.get(self.kind, "")

    @property
    def word(self) -> str:
        """The placeholder of its argument in ``--help``; empty for a bool."""
        if self.type_name:
            return self.type_name
        return {"bool": "", "csv": "strings", "list": "list"}.get(self.kind, self.kind)


def flag(name: str, help: str, short: str = "") -> Option:
    """A flag without an argument."""
    return Option(name, help, short, "bool")


def option(name: str, help: str, short: str = "", *, kind: str = "string", **rest: Any) -> Option:
    """A flag with an argument."""
    return Option(name, help, short, kind, **rest)


FILTER = Option("filter", "Filter output based on conditions provided", "f", "filter", "filter")
PRUNE_FILTER = Option("filter", 'Provide filter values (e.g. "until=<timestamp>")', "", "filter", "filter")
FORMAT_HELP = "Format output using a custom template: 'table', 'table TEMPLATE', 'json' or a Go template"


@dataclass(slots=True)
class Flags:
    """What a command line said: values by flag name (defaults included) and the remaining arguments."""

    values: dict[str, Any]
    arguments: list[str] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def text(self, name: str) -> str:
        """The value of a string flag."""
        return str(self.values[name])

    def on(self, name: str) -> bool:
        """The value of a bool flag."""
        return bool(self.values[name])

    def items(self, name: str) -> list[str]:
        """The values of a repeatable flag, in order."""
        found: list[str] = self.values[name]
        return found

    def number(self, name: str) -> int:
        """The value of an int, bytes (B) or duration (ns) flag."""
        return int(self.values[name])


def parse_flags(options: Iterable[Option], words: Sequence[str], *, interspersed: bool = True) -> Flags:
    """Read flags out of ``words``; raises FlagError or HelpRequested.

    Not ``interspersed``: the first word that is no flag ends them, as for ``docker run``.
    """
    return _Reader(tuple(options), interspersed).read(list(words))


class _Reader:
    def __init__(self, options: tuple[Option, ...], interspersed: bool) -> None:
        self.long = {item.name: item for item in options}
        self.short = {item.short: item for item in options if item.short}
        self.interspersed = interspersed
        self.result = Flags({item.name: item.initial for item in options})

    def read(self, words: list[str]) -> Flags:
        index = 0
        while index < len(words):
            word = words[index]
            index += 1
            if len(word) < 2 or word[0] != "-":
                self.result.arguments.append(word)
                if not self.interspersed:
                    self.result.arguments += words[index:]
                    break
            elif word == "--":
                self.result.arguments += words[index:]
                break
            elif word.startswith("--"):
                index = self._long_flag(word, words, index)
            else:
                index = self._short_flags(word[1:], words, index)
        return self.result

    def _long_flag(self, word: str, words: list[str], index: int) -> int:
        body = word[2:]
        if body[0] in "-=":
            raise FlagError(f"bad flag syntax: {word}")
        name, equals, value = body.partition("=")
        found = self.long.get(name)
        if found is None:
            if name == "help":
                raise HelpRequested
            raise FlagError(f"unknown flag: --{name}")
        if not equals:
            if found.needs_argument:
                if index >= len(words):
                    raise FlagError(f"flag needs an argument: --{name}")
                value = words[index]
                index += 1
            else:
                value = "true" if found.optional_value is None else found.optional_value
        self._set(found, value)
        return index

    def _short_flags(self, letters: str, words: list[str], index: int) -> int:
        position = 0
        while position < len(letters):
            letter = letters[position]
            found = self.short.get(letter)
            if found is None:
                if letter == "h":
                    raise HelpRequested(deprecated=True)
                raise FlagError(
                    f"unknown shorthand flag: {go_quote(letter, chr(39))} in -{letters[position:]}"
                )
            rest = letters[position + 1 :]
            if len(rest) > 1 and rest[0] == "=":
                self._set(found, rest[1:])
                return index
            if not found.needs_argument:
                self._set(found, "true" if found.optional_value is None else found.optional_value)
                position += 1
                continue
            if rest:
                self._set(found, rest)
                return index
            if index >= len(words):
                quoted = go_quote(letter, chr(39))
                raise FlagError(f"flag needs an argument: {quoted} in -{letters[position:]}")
            self._set(found, words[index])
            return index + 1
        return index

    def _set(self, item: Option, text: str) -> None:
        try:
            value = convert(item, text)
        except EngineError as error:
            name = f"-{item.short}, --{item.name}" if item.short else f"--{item.name}"
            raise FlagError(f"invalid argument {go_quote(text)} for {go_quote(name)} flag: {error}") from None
        values = self.result.values
        if item.kind in ("list", "csv", "filter"):
            added = value if isinstance(value, list) else [value]
            values[item.name] = values[item.name] + added if item.name in self.result.changed else added
        else:
            values[item.name] = value
        self.result.changed.add(item.name)


def convert(item: Option, text: str) -> Any:
    """The value of ``item`` that ``text`` stands for; raises an EngineError with Go's reason."""
    value: Any = text
    match item.kind:
        case "bool":
            value = parse_bool(text)
        case "int":
            value = parse_integer(text)
        case "bytes":
            value = ram_in_bytes(text)
        case "duration":
            value = parse_duration(text)
        case "csv":
            value = text.split(",") if text else []
        case "filter":
            if not text:
                return []
            if "=" not in text:
                raise FlagError("bad format of filter (expected name=value)")
            name, _, rest = text.partition("=")
            value = f"{name.strip().lower()}={rest.strip()}"
    if item.check is not None:
        checked = item.check(text)
        value = value if checked is None else checked
    return value


def parse_bool(text: str) -> bool:
    """strconv.ParseBool."""
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise FlagError(f"strconv.ParseBool: parsing {go_quote(text)}: invalid syntax")


def parse_integer(text: str) -> int:
    """strconv.ParseInt with any base prefix, 64 bits."""
    if len(text) > _LONGEST_NUMBER or not _INTEGER_RE.fullmatch(text):
        raise FlagError(f"strconv.ParseInt: parsing {go_quote(text)}: invalid syntax")
    body = text.lstrip("+-")
    octal = len(body) > 1 and body[0] == "0" and body[1].isdigit()
    value = int(text, 8) if octal else int(text, 0)
    if not -(2**63) <= value < 2**63:
        raise FlagError(f"strconv.ParseInt: parsing {go_quote(text)}: value out of range")
    return value


def parse_duration(text: str) -> int:
    """time.ParseDuration, in nanoseconds."""
    if not text or len(text) > _LONGEST_NUMBER or not _DURATION_RE.fullmatch(text):
        plain = text.lstrip("+-").replace(".", "", 1)
        if plain.isascii() and plain.isdigit():
            raise FlagError(f"time: missing unit in duration {go_quote(text)}")
        raise FlagError(f"time: invalid duration {go_quote(text)}")
    total = 0.0
    for number, unit in _DURATION_PART_RE.findall(text):
        total += float(number) * _NANOSECONDS[unit]
    if total >= 2**63:
        raise FlagError(f"time: invalid duration {go_quote(text)}")
    return -int(total) if text.startswith("-") else int(total)


def describe_options(options: Iterable[Option]) -> str:
    """The options part of ``--help``, in two columns."""
    rows: list[tuple[str, str]] = []
    for item in sorted(options, key=lambda o: o.name.lower()):
        if item.hidden:
            continue
        left = f"  -{item.short}, --{item.name}" if item.short else f"      --{item.name}"
        right = item.help
        if item.default not in (None, "", False, 0, []):
            shown = go_quote(item.default) if item.kind == "string" else str(item.default)
            right += f" (default {shown})"
        rows.append((f"{left} {item.word}".rstrip(), right))
    width = max((len(left) for left, _ in rows), default=0)
    return "".join(f"{left.ljust(width)}   {right}\n" for left, right in rows)
