"""Go's fmt package for template values: Sprint, Sprintln and Sprintf."""

from __future__ import annotations

from dataclasses import dataclass

from engine.cli.gotemplate.errors import CallError
from engine.cli.gotemplate.values import (
    INVALID,
    Duration,
    GoInt,
    GoMap,
    GoSlice,
    GoStruct,
    GoTime,
    GoValue,
    NilPointer,
    kind_of,
    type_name,
)
from engine.cli.text import go_quote

_WIDEST = 1_000_000
_LONGEST_RESULT = 1_000_000
_POINTER = "0xc000012120"
"""Where a nested pointer would point to: Go prints an address, ours is always the same."""


def sprint(values: list[GoValue]) -> str:
    """The operands in default format, with a space between two operands that are both not strings."""
    parts: list[str] = []
    for index, value in enumerate(values):
        if index and not isinstance(value, str) and not isinstance(values[index - 1], str):
            parts.append(" ")
        parts.append(default_text(value))
    return "".join(parts)


def sprintln(values: list[GoValue]) -> str:
    """The operands in default format, always with spaces between them, and a newline."""
    return " ".join(default_text(value) for value in values) + "\n"


def default_text(value: GoValue, *, plus: bool = False, depth: int = 0) -> str:
    """``%v`` (or ``%+v``) of one value."""
    if value is INVALID:
        return "<invalid reflect.Value>"
    if value is None or isinstance(value, NilPointer):
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return str(value)
    if isinstance(value, (Duration, GoTime)):
        return value.text()
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return _shortest(value, "e")
    if isinstance(value, list):
        return "[" + " ".join(default_text(item, plus=plus, depth=depth + 1) for item in value) + "]"
    if isinstance(value, dict):
        items = (f"{key}:{default_text(value[key], plus=plus, depth=depth + 1)}" for key in sorted(value))
        return "map[" + " ".join(items) + "]"
    if isinstance(value, GoStruct):
        if value.is_pointer and depth:
            return _POINTER
        texts = (
            (f"{item.name}:" if plus else "") + default_text(item.value, plus=plus, depth=depth + 1)
            for item in value.fields
        )
        return ("&" if value.is_pointer else "") + "{" + " ".join(texts) + "}"
    return str(value)


def go_syntax(value: GoValue) -> str:
    """``%#v`` of one value."""
    if value is INVALID or value is None:
        return "<nil>"
    if isinstance(value, NilPointer):
        return f"(*{value.go_type})(nil)"
    if isinstance(value, str):
        return go_quote(value)
    if isinstance(value, GoSlice | GoMap) and value.is_nil:
        return f"{type_name(value)}(nil)"
    if isinstance(value, list):
        return type_name(value) + "{" + ", ".join(go_syntax(item) for item in value) + "}"
    if isinstance(value, dict):
        items = (f"{go_quote(key)}:{go_syntax(value[key])}" for key in sorted(value))
        return type_name(value) + "{" + ", ".join(items) + "}"
    if isinstance(value, GoStruct):
        fields = ", ".join(f"{item.name}:{go_syntax(item.value)}" for item in value.fields)
        return ("&" if value.is_pointer else "") + value.go_type + "{" + fields + "}"
    if isinstance(value, GoInt) and value.go_type.startswith("uint"):
        return f"{int(value):#x}"
    if isinstance(value, int) and not isinstance(value, bool):
        return str(int(value))
    return default_text(value)


def _shortest(value: float, exponent: str) -> str:
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    text = repr(value)
    mantissa, _, power = text.partition("e")
    digits = mantissa.lstrip("-").replace(".", "").lstrip("0").rstrip("0") or "0"
    sign = "-" if text.startswith("-") else ""
    if digits == "0":
        return sign + "0"
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    if whole.strip("0"):
        magnitude = len(whole.lstrip("0")) - 1
    else:
        magnitude = -(len(fraction) - len(fraction.lstrip("0"))) - 1
    magnitude += int(power or 0)
    if magnitude < -4 or magnitude >= 21:
        body = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
        return f"{sign}{body}{exponent}{'-' if magnitude < 0 else '+'}{abs(magnitude):02d}"
    if magnitude < 0:
        return f"{sign}0.{'0' * (-magnitude - 1)}{digits}"
    if len(digits) <= magnitude + 1:
        return sign + digits + "0" * (magnitude + 1 - len(digits))
    return f"{sign}{digits[: magnitude + 1]}.{digits[magnitude + 1 :]}"


@dataclass(slots=True)
class _Spec:
    plus: bool = False
    minus: bool = False
    sharp: bool = False
    space: bool = False
    zero: bool = False
    width: int | None = None
    precision: int | None = None


def sprintf(template: str, values: list[GoValue]) -> str:
    """fmt.Sprintf, with its own reports of mistakes (``%!d(string=hi)``, ``%!v(MISSING)`` ...)."""
    return _Printer(template, values).run()


class _Printer:
    def __init__(self, template: str, values: list[GoValue]) -> None:
        self.template = template
        self.values = values
        self.position = 0
        self.argument = 0
        self.reordered = False
        self.reordered_here = False
        self.out: list[str] = []
        self.length = 0

    def run(self) -> str:
        template = self.template
        while self.position < len(template):
            percent = template.find("%", self.position)
            if percent < 0:
                percent = len(template)
            if percent > self.position:
                self._emit(template[self.position : percent])
            self.position = percent
            if percent < len(template):
                self.position += 1
                self._directive()
        if not self.reordered and self.argument < len(self.values):
            extra = ", ".join(
                "<nil>" if value is None or value is INVALID else f"{type_name(value)}={default_text(value)}"
                for value in self.values[self.argument :]
            )
            self._emit(f"%!(EXTRA {extra})")
        return "".join(self.out)

    def _emit(self, text: str) -> None:
        self.length += len(text)
        if self.length > _LONGEST_RESULT:
            raise CallError("printf: result too long")
        self.out.append(text)

    def _peek(self) -> str:
        return self.template[self.position] if self.position < len(self.template) else ""

    def _directive(self) -> None:
        spec = _Spec()
        flags = {"#": "sharp", "0": "zero", "+": "plus", "-": "minus", " ": "space"}
        while (flag := self._peek()) and flag in flags:
            setattr(spec, flags[flag], True)
            self.position += 1
        bad_index = not self._argument_number()
        after_index = self.reordered_here
        if self._peek() == "*":
            self.position += 1
            spec.width, ok = self._int_argument()
            if not ok:
                self._emit("%!(BADWIDTH)")
            elif spec.width is not None and spec.width < 0:
                spec.width, spec.minus, spec.zero = -spec.width, True, False
            after_index = False
        else:
            spec.width = self._number()
            if after_index and spec.width is not None:
                bad_index = True
        if self._peek() == ".":
            self.position += 1
            if after_index:
                bad_index = True
            if not self._argument_number():
                bad_index = True
            after_index = self.reordered_here
            if self._peek() == "*":
                self.position += 1
                spec.precision, ok = self._int_argument()
                if not ok:
                    self._emit("%!(BADPREC)")
                elif spec.precision is not None and spec.precision < 0:
                    spec.precision = None
                    self._emit("%!(BADPREC)")
                after_index = False
            else:
                spec.precision = self._number() or 0
        if not after_index and not self._argument_number():
            bad_index = True
        verb = self._peek()
        if not verb:
            self._emit("%!(NOVERB)")
            return
        self.position += 1
        if verb == "%":
            self._emit("%")
        elif bad_index:
            self._emit(f"%!{verb}(BADINDEX)")
        elif self.argument >= len(self.values):
            self._emit(f"%!{verb}(MISSING)")
        else:
            value = self.values[self.argument]
            self.argument += 1
            self._emit(_format(value, verb, spec))

    def _argument_number(self) -> bool:
        """Read ``[n]`` when it is there; False when it is wrong."""
        self.reordered_here = False
        if self._peek() != "[":
            return True
        self.reordered = True
        end = self.template.find("]", self.position)
        if end < 0:
            self.position += 1
            return False
        digits = self.template[self.position + 1 : end]
        self.position = end + 1
        if not digits.isascii() or not digits.isdigit() or len(digits) > 6:
            return False
        index = int(digits) - 1
        if not 0 <= index < len(self.values):
            return False
        self.argument = index
        self.reordered_here = True
        return True

    def _int_argument(self) -> tuple[int | None, bool]:
        if self.argument >= len(self.values):
            return None, False
        value = self.values[self.argument]
        self.argument += 1
        if kind_of(value) not in ("int", "uint") or abs(int(value)) > _WIDEST:
            return None, False
        return int(value), True

    def _number(self) -> int | None:
        start = self.position
        while self._peek().isascii() and self._peek().isdigit():
            self.position += 1
        if start == self.position:
            return None
        digits = self.template[start : self.position].lstrip("0") or "0"
        return int(digits) if len(digits) <= 7 and int(digits) <= _WIDEST else None


def _pad(text: str, spec: _Spec, *, zero: bool = False) -> str:
    if spec.width is None:
        return text
    missing = spec.width - len(text)
    if missing <= 0:
        return text
    if spec.minus:
        return text + " " * missing
    if zero:
        sign = text[:1] if text[:1] in ("+", "-", " ") else ""
        return sign + "0" * missing + text[len(sign) :]
    return " " * missing + text


def _bad_verb(value: GoValue, verb: str) -> str:
    if value is None or value is INVALID:
        return f"%!{verb}(<nil>)"
    return f"%!{verb}({type_name(value)}={default_text(value)})"


def _format(value: GoValue, verb: str, spec: _Spec) -> str:
    if verb == "T":
        return _pad(type_name(value), spec)
    if value is None or value is INVALID:
        return _pad("<nil>", spec) if verb == "v" else _bad_verb(value, verb)
    if verb == "v" and spec.sharp:
        return _pad(go_syntax(value), spec)
    if isinstance(value, (Duration, GoTime)) and verb in "vsq":
        return _format(value.text(), "s" if verb == "v" else verb, spec)
    if isinstance(value, bool):
        return _pad("true" if value else "false", spec) if verb in "tv" else _bad_verb(value, verb)
    if isinstance(value, str):
        return _format_string(value, verb, spec)
    if isinstance(value, int):
        return _format_int(int(value), value, verb, spec)
    if isinstance(value, float):
        return _format_float(value, verb, spec)
    if isinstance(value, list):
        return "[" + " ".join(_format_inner(item, verb, spec) for item in value) + "]"
    if isinstance(value, dict):
        items = (
            f"{_format_inner(k, verb, spec)}:{_format_inner(value[k], verb, spec)}" for k in sorted(value)
        )
        return "map[" + " ".join(items) + "]"
    if isinstance(value, GoStruct):
        texts = (
            (f"{item.name}:" if spec.plus and verb == "v" else "") + _format_inner(item.value, verb, spec)
            for item in value.fields
        )
        return ("&" if value.is_pointer else "") + "{" + " ".join(texts) + "}"
    if isinstance(value, NilPointer):
        return _pad("<nil>", spec) if verb == "v" else f"%!{verb}({type_name(value)}=<nil>)"
    return _bad_verb(value, verb)


def _format_inner(value: GoValue, verb: str, spec: _Spec) -> str:
    if isinstance(value, GoStruct) and value.is_pointer:
        return _POINTER
    return _format(value, verb, spec)


def _format_string(value: str, verb: str, spec: _Spec) -> str:
    text = str(value)
    if verb in "vs":
        return _pad(text if spec.precision is None else text[: spec.precision], spec, zero=spec.zero)
    if verb == "q":
        cut = text if spec.precision is None else text[: spec.precision]
        if (
            spec.sharp
            and "`" not in cut
            and all((ord(c) >= 0x20 and ord(c) != 0x7F) or c == "\t" for c in cut)
        ):
            return _pad(f"`{cut}`", spec)
        return _pad(go_quote(cut, ascii_only=spec.plus), spec)
    if verb in "xX":
        data = text.encode("utf-8", "surrogateescape")
        if spec.precision is not None:
            data = data[: spec.precision]
        encoded = data.hex(" ") if spec.space else data.hex()
        if spec.sharp and encoded:
            encoded = " ".join("0x" + part for part in encoded.split(" "))
        return _pad(encoded.upper() if verb == "X" else encoded, spec)
    return _bad_verb(value, verb)


def _format_int(number: int, value: GoValue, verb: str, spec: _Spec) -> str:
    bases = {"d": "d", "v": "d", "b": "b", "o": "o", "O": "o", "x": "x", "X": "X"}
    if verb in bases:
        digits = format(abs(number), bases[verb])
        if spec.precision is not None:
            digits = "" if spec.precision == 0 and number == 0 else digits.rjust(spec.precision, "0")
        if verb == "O":
            digits = "0o" + digits
        elif spec.sharp:
            digits = {"b": "0b", "o": "0", "x": "0x", "X": "0X"}.get(verb, "") + digits
        sign = "-" if number < 0 else "+" if spec.plus and verb != "v" else " " if spec.space else ""
        return _pad(sign + digits, spec, zero=spec.zero and spec.precision is None)
    is_rune = 0 <= number <= 0x10FFFF
    char = chr(number) if is_rune and not 0xD800 <= number < 0xE000 else "\ufffd"
    if verb == "c":
        return _pad(char, spec)
    if verb == "q":
        return _pad(go_quote(char, "'", ascii_only=spec.plus), spec)
    if verb == "U":
        text = f"U+{number & 0xFFFFFFFFFFFFFFFF:04X}"
        return _pad(text + (f" '{char}'" if spec.sharp and char.isprintable() else ""), spec)
    return _bad_verb(value, verb)


def _format_float(value: float, verb: str, spec: _Spec) -> str:
    if verb not in "veEfFgG":
        return _bad_verb(value, verb)
    precision = spec.precision
    if precision is not None and precision > 1000:
        precision = 1000
    if verb in "vgG" and precision is None:
        text = _shortest(value, "E" if verb == "G" else "e")
    else:
        kind = {"v": "g", "F": "f"}.get(verb, verb)
        text = format(value, f".{6 if precision is None else precision}{kind}")
    if spec.plus and verb != "v" and not text.startswith(("-", "+")):
        text = "+" + text
    elif spec.space and not text.startswith("-"):
        text = " " + text
    return _pad(text, spec, zero=spec.zero)
