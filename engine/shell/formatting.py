"""``printf`` formats and ``echo`` escapes, shared by the builtins and the programs of the same names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.budget import Budget
from engine.shell.quoting import backslash_quoted

_CONVERSION = re.compile(r"%(?:%|([-+ #0']*)(\*|[0-9]{0,18})(?:\.(\*|-?[0-9]{1,18}|))?[hlLjzt]*(.|\Z))", re.S)
_DASH_CONVERSION = re.compile(r"%(?:%|([-+ #0']*)(\*|[0-9]{0,18})(?:\.(\*|-?[0-9]{1,18}|))?(.|\Z))", re.S)
_ESCAPE = re.compile(
    r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|(.))", re.S
)
_ECHO_ESCAPE = re.compile(
    r"\\(?:0([0-7]{0,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|(.))", re.S
)
_B_ESCAPE = re.compile(
    r"\\(?:0?([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|(.))", re.S
)
_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}
_NUMBER = re.compile(r"[ \t\n]*([-+]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)")
_FLOAT = re.compile(r"[ \t\n]*[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_MAX_WIDTH = 1_000_000


class _Stop(Exception):
    """``\\c`` was met; ``text`` is what precedes it."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__()


@dataclass
class Formatted:
    """What a format made: ``text``, and what went wrong as (argument, kind).

    Kinds: ``number`` (no number at all), ``partial`` (followed by more), ``range``, ``directive``
    (``argument`` is the conversion), ``missing``.
    """

    text: str = ""
    problems: list[tuple[str, str]] = field(default_factory=list)
    kind: str = "bash"


def escaped(text: str, kind: str, *, hexadecimal: bool = True) -> tuple[str, bool]:
    """Interpret backslashes. ``kind``: ``echo``, ``b`` (``%b``) or ``format``.

    Returns the text and whether ``\\c`` ended it. Bytes above 127 come out as surrogate escapes.
    """
    pattern = {"echo": _ECHO_ESCAPE, "b": _B_ESCAPE, "format": _ESCAPE}[kind]
    pieces: list[str] = []
    position = 0
    for match in pattern.finditer(text):
        pieces.append(text[position : match.start()])
        position = match.end()
        octal, hexa, short, long, other = match.groups()
        if octal is not None:
            pieces.append(_byte(int(octal or "0", 8) & 255))
        elif not hexadecimal and other is None:
            pieces.append(match.group())
        elif hexa:
            pieces.append(_byte(int(hexa, 16)))
        elif short or long:
            code = int(short or long, 16)
            pieces.append(chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd")
        elif other == "c" and kind != "format":
            return "".join(pieces), True
        elif (other == "e" and hexadecimal) or (other == "E" and hexadecimal):
            pieces.append("\x1b")
        elif other == '"' and kind == "format":
            pieces.append('"')
        else:
            pieces.append(_SIMPLE.get(other, "\\" + other))
    return "".join(pieces) + text[position:], False


def _byte(value: int) -> str:
    return chr(value) if value < 128 else chr(0xDC00 + value)


class _Arguments:
    """The operands after the format, handed out one by one."""

    def __init__(self, items: Sequence[str]) -> None:
        self.items = items
        self.index = 0

    def next(self) -> str | None:
        if self.index >= len(self.items):
            return None
        self.index += 1
        return self.items[self.index - 1]

    @property
    def left(self) -> bool:
        return self.index < len(self.items)


def format_printf(template: str, arguments: Sequence[str], budget: Budget, kind: str = "bash") -> Formatted:
    """``printf template arguments…``: the format is reused while arguments are left.

    ``kind`` is whose printf: ``bash`` (and the coreutils program), ``dash`` or ``ash``.
    """
    result = Formatted(kind=kind)
    pieces: list[str] = []
    operands = _Arguments(arguments)
    try:
        while True:
            used = operands.index
            budget.step(1 + len(template) // 64)
            if not _once(template, operands, pieces, result, budget):
                break
            if not operands.left or operands.index == used:
                break
    except _Stop as stop:
        pieces.append(stop.text)
    result.text = "".join(pieces)
    return result


def _once(template: str, operands: _Arguments, pieces: list[str], result: Formatted, budget: Budget) -> bool:
    position = 0
    dash = result.kind == "dash"
    for match in (_DASH_CONVERSION if dash else _CONVERSION).finditer(template):
        pieces.append(escaped(template[position : match.start()], "format", hexadecimal=not dash)[0])
        position = match.end()
        if match.group() == "%%":
            pieces.append("%")
            continue
        flags, width_text, precision_text, conversion = match.groups()
        if width_text == "*":
            width = _integer(operands.next() or "0", result)
            if width < 0:
                flags, width = flags + "-", -width
        else:
            width = int(width_text or 0)
        precision = None
        if precision_text is not None:
            precision = (
                _integer(operands.next() or "0", result)
                if precision_text == "*"
                else int(precision_text or 0)
            )
            precision = None if precision < 0 else precision
        if width > _MAX_WIDTH or (precision or 0) > _MAX_WIDTH:
            budget.allocate(max(width, precision or 0))
        if conversion == "" or conversion not in "diouxXeEfFgGaAcsbqT(":
            shown = match.group() if result.kind != "ash" else "%" + template[match.start(4) :]
            result.problems.append((shown, "directive" if conversion else "missing"))
            return False
        if conversion in "qT(" and result.kind != "bash":
            result.problems.append((match.group(), "directive"))
            return False
        text = _converted(conversion, flags, width, precision, operands.next(), result, pieces)
        budget.allocate(len(text))
        pieces.append(text)
    pieces.append(escaped(template[position:], "format", hexadecimal=not dash)[0])
    return True


def _converted(
    conversion: str,
    flags: str,
    width: int,
    precision: int | None,
    argument: str | None,
    result: Formatted,
    pieces: list[str],
) -> str:
    if conversion in "sbqc":
        text = argument or ""
        if conversion == "b":
            text, stops = escaped(text, "b")
            if stops:
                raise _Stop(text)
        elif conversion == "q":
            text = backslash_quoted(text)
        elif conversion == "c":
            text = text[:1]
        if precision is not None and conversion != "c":
            text = text[:precision]
        return _padded(text, flags, width)
    if conversion in "di":
        return _padded(_digits(_integer(argument, result), "d", flags, precision), flags, width, precision)
    if conversion in "ouxX":
        number = _integer(argument, result) & ((1 << 64) - 1)
        return _padded(
            _digits(number, conversion.replace("u", "d"), flags, precision), flags, width, precision
        )
    value = _float(argument, result)
    kept = "".join(flag for flag in "+ #" if flag in flags)
    sign = "+" if "+" in kept else " " if " " in kept else ""
    alternate = "#" if "#" in kept else ""
    digits = 6 if precision is None else min(precision, 1000)
    kind = conversion if conversion in "eEfFgG" else "g"
    return _padded(format(value, f"{sign}{alternate}.{digits}{kind}"), flags, width)


def _digits(number: int, kind: str, flags: str, precision: int | None) -> str:
    body = format(abs(number), kind)
    if precision is not None:
        body = body.rjust(precision, "0") if precision or number else ""
    if "#" in flags and number:
        body = {"o": "0", "x": "0x", "X": "0X"}.get(kind, "") + body
    sign = (
        "-"
        if number < 0
        else "+"
        if "+" in flags and kind == "d"
        else " "
        if " " in flags and kind == "d"
        else ""
    )
    return sign + body


def _padded(text: str, flags: str, width: int, precision: int | None = None) -> str:
    size = len(text.encode("utf-8", "surrogateescape")) if not text.isascii() else len(text)
    fill = width - size
    if fill <= 0:
        return text
    if "-" in flags:
        return text + " " * fill
    if "0" in flags and precision is None and text[-1:].isalnum() and not text[:1].isalpha():
        sign = text[:1] if text[:1] in "+- " else ""
        return sign + "0" * fill + text[len(sign) :]
    return " " * fill + text


def _integer(argument: str | None, result: Formatted) -> int:
    if not argument:
        if result.kind == "ash":
            result.problems.append(("", "number"))
        return 0
    if argument[0] in "'\"":
        return ord(argument[1]) if len(argument) > 1 else 0
    match = _NUMBER.match(argument)
    if match is None:
        result.problems.append((argument, "number"))
        return 0
    sign, digits = match.groups()
    number = int(digits[:400], 0) if digits[:1] != "0" or digits[1:2] in ("x", "X") else int(digits[:400], 8)
    number = -number if sign == "-" else number
    if not -(1 << 63) <= number < (1 << 64):
        result.problems.append((argument, "range"))
        number = (1 << 63) - 1 if number > 0 else -(1 << 63)
    if match.end() < len(argument):
        result.problems.append((argument, "partial"))
        if result.kind == "ash":
            return 0
    return number


def _float(argument: str | None, result: Formatted) -> float:
    if not argument:
        return 0.0
    if argument[0] in "'\"":
        return float(ord(argument[1])) if len(argument) > 1 else 0.0
    match = _FLOAT.match(argument)
    if match is None:
        hexadecimal = _NUMBER.fullmatch(argument)
        if hexadecimal is not None:
            return float(int(argument, 0))
        result.problems.append((argument, "number"))
        return 0.0
    if match.end() < len(argument):
        result.problems.append((argument, "partial"))
    return float(match.group()[:400])
