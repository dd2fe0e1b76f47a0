"""AWK values: numbers are floats, strings are bytes, input that may look like a number is Input."""

import math
import re
from collections.abc import Callable

from engine.budget import Budget

Value = float | bytes | None
"""None is a variable never assigned."""

_NUMBER = re.compile(
    rb"[ \t\n\r\f\v]*[-+]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][-+]?[0-9]{1,5})?"
)
_SPECIAL = re.compile(rb"[ \t\n]*[-+](?:inf|nan)(?:inity)?", re.IGNORECASE)
_BLANK = b" \t\n\r\f\v"
_BIG = 65536
_MAX_STRING = 16 << 20


class Input(bytes):
    """Text from outside (a field, getline, -v): compares as a number when it looks like one."""

    __slots__ = ()


def number_of(value: Value) -> float:
    """The numeric value: leading number of a string, 0 where there is none."""
    if isinstance(value, float):
        return value
    if not value:
        return 0.0
    found = _NUMBER.match(value)
    return float(found[0]) if found else 0.0


def looks_numeric(text: bytes) -> bool:
    """Whether the whole of an input string is a number."""
    found = _NUMBER.match(text)
    return found is not None and not text[found.end() :].strip(_BLANK)


def truth(value: Value) -> bool:
    """Whether a condition holds."""
    if isinstance(value, float):
        return value != 0.0
    if not value:
        return False
    if isinstance(value, Input) and looks_numeric(value):
        return number_of(value) != 0.0
    return True


def is_numeric(value: Value) -> bool:
    """Whether a comparison may treat ``value`` as a number."""
    return isinstance(value, float) or value is None or (isinstance(value, Input) and looks_numeric(value))


def compare(left: Value, right: Value, text_of: Callable[[Value], bytes]) -> int:
    """-1, 0, 1: as numbers when both are numeric, as strings otherwise."""
    if is_numeric(left) and is_numeric(right):
        a, b = number_of(left), number_of(right)
        return -1 if a < b else 1 if a > b else 0
    one, other = text_of(left), text_of(right)
    return -1 if one < other else 1 if one > other else 0


def number_text(number: float, pattern: bytes, budget: Budget) -> bytes:
    """A number as a string: integers plainly, others by CONVFMT or OFMT."""
    if number == number and abs(number) < 9.3e18 and number == int(number):
        return b"%d" % int(number)
    return format_text(pattern, [number], budget, plain_text)


def plain_text(value: Value) -> bytes:
    """A string for ``%s`` while no CONVFMT is at hand."""
    if isinstance(value, float):
        return b"%d" % int(value) if math.isfinite(value) and value == int(value) else b"%.6g" % value
    return bytes(value or b"")


def checked(text: bytes, budget: Budget) -> bytes:
    """``text``, its size charged: long strings are work, very long ones memory."""
    size = len(text)
    if size > 4096:
        budget.step(size >> 12)
        if size > _BIG:
            budget.allocate(size if size <= _MAX_STRING else budget.limits.memory + 1)
    return text


_CONVERSION = re.compile(rb"%([-+ #0]*)(\*|[0-9]{0,9})(?:\.(\*|[0-9]{0,9}))?[hlL]*(.)", re.DOTALL)


def format_text(
    template: bytes, arguments: list[Value], budget: Budget, text_of: Callable[[Value], bytes]
) -> bytes:
    """``printf``/``sprintf``."""
    out = bytearray()
    at = 0
    left = iter(arguments)
    for found in _CONVERSION.finditer(template):
        if found.start() < at:
            continue
        out += template[at : found.start()]
        at = found.end()
        kind = found[4]
        if kind == b"%" and not found[1] and not found[2] and found[3] is None:
            out += b"%"
            continue
        flags = found[1].decode()
        width = _count(found[2], left)
        precision = None if found[3] is None else max(0, _count(found[3], left))
        if width < 0:
            flags, width = flags + "-", -width
        if width > 4096 or (precision or 0) > 4096:
            budget.allocate(width + (precision or 0))
        if kind not in b"diouxXcsaAeEfFgG":
            out += found[0]
            continue
        out += _converted(kind.decode(), flags, width, precision, next(left, None), text_of)
    out += template[at:]
    return checked(bytes(out), budget)


def _count(text: bytes, left: "object") -> int:
    if text == b"*":
        value = number_of(next(left, None))  # type: ignore[call-overload]
        return int(max(-1e8, min(1e8, value))) if value == value else 0
    return min(int(text), 100_000_000) if text else 0


def _converted(
    kind: str, flags: str, width: int, precision: int | None, value: Value, text_of: Callable[[Value], bytes]
) -> bytes:
    if kind == "c":
        if isinstance(value, float):
            code = int(value) if math.isfinite(value) else 0
            text = bytes((code & 255,)) if code < 256 else chr(min(code, 0x10FFFF)).encode("utf-8", "replace")
        else:
            text = text_of(value)[:1]
        return text.ljust(width) if "-" in flags else text.rjust(width)
    if kind == "s":
        text = text_of(value)
        text = text if precision is None else text[:precision]
        return text.ljust(width) if "-" in flags else text.rjust(width)
    number = number_of(value)
    if not math.isfinite(number):
        name = b"nan" if number != number else b"inf" if number > 0 else b"-inf"
        if kind.isupper():
            name = name.upper()
        return name.ljust(width) if "-" in flags else name.rjust(width)
    style = "%" + flags + (str(width) if width else "") + (f".{precision}" if precision is not None else "")
    if kind in "diouxX":
        integer = int(number)
        letter = "d" if kind in "diu" else kind
        if letter != "d" and integer < 0:
            integer &= (1 << 64) - 1
        if precision is not None:
            style = style.replace("0", "", 1) if flags.startswith("0") else style
        return (style + letter).encode() % integer
    letter = {"a": "e", "A": "E"}.get(kind, kind)
    return (style + letter).encode() % number
