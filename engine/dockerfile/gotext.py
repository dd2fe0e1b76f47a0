"""Texts as Go's standard library reads and writes them, because Docker's messages are made with it."""

from __future__ import annotations

import posixpath

from engine.errors import EngineError

SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
SPACES += "\u2028\u2029\u202f\u205f\u3000"
"""The characters Go's ``unicode.IsSpace`` accepts (Python's ``str.isspace`` accepts more)."""

BYTE_ORDER_MARK = "\ufeff"

_SIMPLE_ESCAPES = {
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
    "\\": "\\\\",
    '"': '\\"',
}


def quote(text: str) -> str:
    """``text`` as ``%q`` prints it; lone surrogates stand for undecodable bytes."""
    if text.isascii() and text.isprintable() and "\\" not in text and '"' not in text:
        return f'"{text}"'
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    simple = _SIMPLE_ESCAPES.get(character)
    if simple is not None:
        return simple
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x80:
        return f"\\x{code:02x}"
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def quote_list(texts: tuple[str, ...] | list[str]) -> str:
    """A list of strings as ``%q`` prints it: ``["a" "b"]``."""
    return "[" + " ".join(map(quote, texts)) + "]"


def plain_list(texts: tuple[str, ...] | list[str]) -> str:
    """A list of strings as ``%v`` prints it: ``[a b]``."""
    return "[" + " ".join(texts) + "]"


def quote_rune(code: int) -> str:
    """A small integer as ``%q`` prints it, as a character literal: ``'\\x03'``."""
    character = chr(code)
    if character == "'":
        return "'\\''"
    if character == '"':
        return "'\"'"
    return f"'{_escaped(character)}'"


def clean_path(path: str) -> str:
    """The shortest path that means the same (``path.Clean``)."""
    cleaned = posixpath.normpath(path)
    return cleaned[1:] if cleaned.startswith("//") else cleaned


_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_MAX_DURATION = (1 << 63) - 1


class DurationError(EngineError):
    """A text that is not a duration; the message is that of Go's ``time`` package."""


def parse_duration(text: str) -> int:
    """Nanoseconds of a text such as ``1h30m`` or ``1.5s``; raises `DurationError`."""
    invalid = DurationError(f"time: invalid duration {quote(text)}")
    rest = text
    negative = rest.startswith("-")
    if rest[:1] in ("+", "-"):
        rest = rest[1:]
    if rest == "0":
        return 0
    if not rest:
        raise invalid
    total = 0
    while rest:
        whole, rest = _take_digits(rest)
        fraction = ""
        if rest.startswith("."):
            fraction, rest = _take_digits(rest[1:])
        if not whole and not fraction:
            raise invalid
        length = next((at for at, one in enumerate(rest) if one == "." or "0" <= one <= "9"), len(rest))
        unit, rest = rest[:length], rest[length:]
        if not unit:
            raise DurationError(f"time: missing unit in duration {quote(text)}")
        if unit not in _UNITS:
            raise DurationError(f"time: unknown unit {quote(unit)} in duration {quote(text)}")
        scale = _UNITS[unit]
        # Digits beyond what a 64-bit count of nanoseconds can hold never change the outcome.
        if len(whole.lstrip("0")) > 19:
            raise invalid
        total += int(whole or "0") * scale + int(fraction[:19] or "0") * scale // 10 ** len(fraction[:19])
        if total > _MAX_DURATION:
            raise invalid
    return -total if negative else total


def _take_digits(text: str) -> tuple[str, str]:
    length = next((at for at, one in enumerate(text) if not "0" <= one <= "9"), len(text))
    return text[:length], text[length:]


def format_duration(nanoseconds: int) -> str:
    """A duration as Go prints it: ``1m30s``, ``1.5s``, ``30ms``, ``0s``."""
    if nanoseconds == 0:
        return "0s"
    sign = "-" if nanoseconds < 0 else ""
    count = abs(nanoseconds)
    if count < 1_000_000_000:
        for unit, scale in (("ns", 1), ("µs", 1_000), ("ms", 1_000_000)):
            if count < scale * 1_000:
                return f"{sign}{_decimal(count, scale)}{unit}"
    minutes, rest = divmod(count, 60_000_000_000)
    hours, minutes = divmod(minutes, 60)
    text = f"{_decimal(rest, 1_000_000_000)}s"
    if hours:
        return f"{sign}{hours}h{minutes}m{text}"
    return f"{sign}{minutes}m{text}" if minutes else f"{sign}{text}"


def _decimal(count: int, scale: int) -> str:
    whole, rest = divmod(count, scale)
    if not rest:
        return str(whole)
    return f"{whole}.{str(rest).zfill(len(str(scale)) - 1).rstrip('0')}"


def parse_bool(text: str) -> bool | None:
    """What ``strconv.ParseBool`` makes of ``text``; ``None`` when it refuses it."""
    if text in ("1", "t", "T", "true", "TRUE", "True"):
        return True
    if text in ("0", "f", "F", "false", "FALSE", "False"):
        return False
    return None


def parse_unsigned(text: str, base: int = 10, bits: int = 64) -> int | None:
    """What ``strconv.ParseUint`` makes of ``text``; ``None`` when it refuses it."""
    digits = "0123456789"[:base]
    if not text or text.strip(digits) or len(text.lstrip("0")) > bits:
        return None
    value = int(text, base)
    return value if value < 1 << bits else None
