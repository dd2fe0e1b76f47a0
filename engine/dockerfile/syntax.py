"""How the text behind a keyword is cut into arguments. Every instruction uses one of these syntaxes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

from engine.dockerfile.errors import InstructionError
from engine.dockerfile.gotext import SPACES, quote

_BLANKS: Final = re.compile(r"[\t\v\f\r ]+")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_SIMPLE_ARRAY: Final = re.compile(r'\[\s*(?:"[^"\\\x00-\x1f]*"\s*(?:,\s*"[^"\\\x00-\x1f]*"\s*)*)?\]\s*\Z')


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of an instruction; ``is_json`` when they were given as a JSON array."""

    values: tuple[str, ...] = ()
    is_json: bool = False


Syntax = Callable[[str, str], Arguments]
"""From the text behind keyword and flags, and the escape character, to arguments.

Raises `InstructionError`.
"""


class NotStringsError(InstructionError):
    """A JSON array that holds something other than strings."""

    def __init__(self) -> None:
        super().__init__("when using JSON array syntax, arrays must be comprised of strings only")


def split_blanks(text: str, parts: int = 0) -> list[str]:
    """``text`` cut at blanks (not at every kind of white space), into at most ``parts`` pieces."""
    return _BLANKS.split(text, max(parts - 1, 0))


@cache
def _word_pieces(escape: str) -> re.Pattern[str]:
    mark = re.escape(escape)
    return re.compile(
        rf"""(?P<space>[{SPACES}]+)|(?P<last>{mark}\Z)|[^{SPACES}'"{mark}]+|'[^']*'?"""
        rf"""|"(?:[^"{mark}]|{mark}.)*"?|{mark}.""",
        re.DOTALL,
    )


def split_words(text: str, escape: str) -> tuple[str, ...]:
    """Words separated by white space, in which quotes and escapes hold together and are kept.

    An escape character at the very end is dropped.
    """
    words: list[str] = []
    word: list[str] = []
    for found in _word_pieces(escape).finditer(text):
        if found.lastgroup is None:
            word.append(found.group())
        elif found.lastgroup == "space" and word:
            words.append("".join(word))
            word.clear()
    if word:
        words.append("".join(word))
    return tuple(words)


def json_array(text: str) -> tuple[str, ...] | None:
    """The strings of a JSON array; ``None`` when the text is no JSON array at all.

    Raises `NotStringsError` for an array with anything but strings in it.
    """
    text = text.lstrip(SPACES)
    if not text.startswith("["):
        return None
    if _SIMPLE_ARRAY.match(text):
        return tuple(text.split('"')[1::2])
    try:
        values = json.loads(text, parse_int=len, parse_float=_float, parse_constant=_refuse)
    except RecursionError:
        raise NotStringsError from None
    except ValueError:
        return None
    if not all(isinstance(value, str) for value in values):
        raise NotStringsError
    return tuple(_SURROGATES.sub("\ufffd", value) for value in values)


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError
    return value


def _refuse(text: str) -> float:
    raise ValueError(text)


# ---------------------------------------------------------------- the syntaxes


def whole_text(text: str, escape: str) -> Arguments:
    """The text is the only argument (USER, WORKDIR, STOPSIGNAL, MAINTAINER)."""
    return Arguments((text,) if text else ())


def blank_separated(text: str, escape: str) -> Arguments:
    """Arguments separated by blanks, quotes meaning nothing (FROM, EXPOSE)."""
    return Arguments(tuple(split_blanks(text)) if text else ())


def quoted_words(text: str, escape: str) -> Arguments:
    """Words in which quotes hold together (ARG)."""
    return Arguments(split_words(text, escape))


def command_line(text: str, escape: str) -> Arguments:
    """A JSON array, or else the whole text (RUN, CMD, ENTRYPOINT, SHELL)."""
    values = json_array(text)
    return whole_text(text, escape) if values is None else Arguments(values, is_json=True)


def path_list(text: str, escape: str) -> Arguments:
    """A JSON array, or else arguments separated by blanks (ADD, COPY, VOLUME)."""
    values = json_array(text)
    return blank_separated(text, escape) if values is None else Arguments(values, is_json=True)


def typed_command(text: str, escape: str) -> Arguments:
    """A first word, then what `command_line` takes (HEALTHCHECK)."""
    kind = re.split(f"[{SPACES}]", text, maxsplit=1)[0]
    if not kind:
        return Arguments()
    command = command_line(text[len(kind) :].lstrip(SPACES), escape)
    return Arguments((kind, *command.values), command.is_json)


def assignments(keyword: str) -> Syntax:
    """``name=value …``, or the old form ``name value`` (ENV, LABEL).

    Gives three values for each: name, value, and the separator (``=``, or "" in the old form).
    """

    def cut(text: str, escape: str) -> Arguments:
        words = split_words(text, escape)
        if not words:
            return Arguments()
        if "=" not in words[0]:
            parts = split_blanks(text, 2)
            if len(parts) < 2:
                raise InstructionError(f"{keyword} must have two arguments")
            return Arguments((*parts, ""))
        values: list[str] = []
        for word in words:
            name, separator, value = word.partition("=")
            if not separator:
                raise InstructionError(
                    f"Syntax error - can't find = in {quote(word)}. Must be of the form: name=value", word
                )
            values += [name, value, separator]
        return Arguments(tuple(values))

    return cut


def ignored(text: str, escape: str) -> Arguments:
    """What an unknown instruction has; nothing is read from it."""
    return Arguments(("",))


# ---------------------------------------------------------------- keyword and flags


def split_instruction(line: str) -> tuple[str, tuple[str, ...], str]:
    """Keyword, flags (``--name[=value]``) and the remaining text of a joined line."""
    parts = split_blanks(line.strip(SPACES), 2)
    if len(parts) < 2:
        return parts[0], (), ""
    flags, rest = _split_flags(parts[1])
    return parts[0], flags, rest.strip(SPACES)


def _split_flags(text: str) -> tuple[tuple[str, ...], str]:
    if not text.lstrip(SPACES).startswith("--"):
        return (), text
    if text.isascii():
        return _read_flags(text)
    # Docker reads this part byte by byte, so a flag's value outside ASCII comes out garbled.
    flags, rest = _read_flags(text.encode("utf-8", "surrogatepass").decode("latin-1"))
    return flags, rest.encode("latin-1").decode("utf-8", "surrogatepass")


def _read_flags(text: str) -> tuple[tuple[str, ...], str]:
    flags: list[str] = []
    word: list[str] = []
    position, quoted, began = 0, "", False
    while True:
        while text[position : position + 1] and text[position] in SPACES:
            position += 1
        if not text.startswith("--", position):
            return tuple(flags), text[position:]
        word.clear()
        began = False
        while position < len(text) and (quoted or text[position] not in SPACES):
            character = text[position]
            position += 1
            if character == quoted:
                quoted = ""
            elif not quoted and character in "'\"":
                quoted, began = character, True
            elif character == "\\":
                # One at the very end is dropped and closes a quotation.
                word.append(text[position : position + 1])
                position += 1
            else:
                word.append(character)
        flag = "".join(word)
        if flag == "--":
            return tuple(flags), text[position:]
        if flag or began:
            flags.append(flag)
        if position >= len(text):
            return tuple(flags), ""
