"""Go values as templates see them.

Python's own values stand for the commonest Go types: ``str`` is string, ``bool`` bool, ``int`` int,
``float`` float64, ``list`` []interface {}, ``dict`` map[string]interface {} and ``None`` a nil
interface. The classes here carry what those cannot: other integer types, typed slices and maps,
structs, nil pointers and numbers of undecoded JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

GoValue = Any


class _Invalid:
    """The zero reflect.Value: no value at all, unlike a nil one."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<no value>"


INVALID: Final = _Invalid()


class GoInt(int):
    """An integer whose Go type is not ``int``."""

    go_type: str

    def __new__(cls, value: int, go_type: str = "int64") -> GoInt:
        self = super().__new__(cls, value)
        self.go_type = go_type
        return self


class Duration(GoInt):
    """A time.Duration in nanoseconds."""

    def __new__(cls, value: int, go_type: str = "time.Duration") -> Duration:
        self = super().__new__(cls, value, go_type)
        assert isinstance(self, Duration)
        return self

    def text(self) -> str:
        """As time.Duration.String writes it: ``1m30s``, ``500ms``."""
        sign = "-" if self < 0 else ""
        total = abs(int(self))
        if total < 1_000_000_000:
            for unit, size in (("ms", 1_000_000), ("µs", 1_000), ("ns", 1)):
                if total >= size:
                    return sign + _decimal(total, size) + unit
            return "0s"
        minutes, rest = divmod(total, 60_000_000_000)
        hours, minutes = divmod(minutes, 60)
        text = _decimal(rest, 1_000_000_000) + "s"
        if hours:
            text = f"{hours}h{minutes}m{text}"
        elif minutes:
            text = f"{minutes}m{text}"
        return sign + text


def _decimal(total: int, size: int) -> str:
    whole, rest = divmod(total, size)
    digits = len(str(size)) - 1
    fraction = f"{rest:0{digits}d}".rstrip("0") if digits else ""
    return f"{whole}.{fraction}" if fraction else str(whole)


class GoString(str):
    """A string of a named type, such as the ``json.Number`` of undecoded JSON."""

    go_type: str

    def __new__(cls, value: str, go_type: str = "json.Number") -> GoString:
        self = super().__new__(cls, value)
        self.go_type = go_type
        return self


@dataclass(frozen=True, slots=True)
class GoTime:
    """A time.Time in UTC, kept as the RFC 3339 text of the API."""

    rfc3339: str

    def text(self) -> str:
        """As time.Time.String writes it."""
        day, _, clock = self.rfc3339.removesuffix("Z").partition("T")
        return f"{day} {clock or '00:00:00'} +0000 UTC"


class GoSlice(list[Any]):
    """A slice with a known element type; ``is_nil`` tells null from empty in JSON."""

    def __init__(self, items: Sequence[Any] = (), element: str = "string", *, is_nil: bool = False) -> None:
        super().__init__(items)
        self.element = element
        self.is_nil = is_nil


class GoMap(dict[str, Any]):
    """A map with string keys and a known element type."""

    def __init__(
        self, items: Mapping[str, Any] | None = None, element: str = "string", *, is_nil: bool = False
    ) -> None:
        super().__init__(items or {})
        self.element = element
        self.is_nil = is_nil


@dataclass(frozen=True, slots=True)
class NilPointer:
    """A nil pointer; ``go_type`` is the type it would point to, ``fields`` that type's field names."""

    go_type: str
    fields: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Method:
    """A method or function: parameter types (``any``, ``string``, ``int``, ``[]string``), and the code."""

    parameters: tuple[str, ...]
    code: Callable[..., Any]
    variadic: bool = False


@dataclass(frozen=True, slots=True)
class StructField:
    """One field of a struct: Go name, value and JSON key (empty: not in JSON)."""

    name: str
    value: GoValue
    json_key: str = ""
    omit_empty: bool = False
    embedded: bool = False


@dataclass(slots=True)
class GoStruct:
    """A struct, or a pointer to one."""

    go_type: str
    fields: tuple[StructField, ...] = ()
    methods: Mapping[str, Method] = field(default_factory=dict)
    is_pointer: bool = False
    to_json: Callable[[], Any] | None = None
    """What the type's own MarshalJSON encodes, when it has one."""

    def get(self, name: str) -> GoValue:
        """The field ``name`` (also of an embedded struct), or INVALID."""
        for item in self.fields:
            if item.name == name:
                return item.value
        for item in self.fields:
            if item.embedded and isinstance(item.value, GoStruct):
                found = item.value.get(name)
                if found is not INVALID:
                    return found
        return INVALID


def kind_of(value: GoValue) -> str:
    """The reflect.Kind, with the integer kinds told apart only as ``int`` and ``uint``."""
    if value is INVALID:
        return "invalid"
    if value is None:
        return "interface"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "string"
    if isinstance(value, GoInt):
        return "uint" if value.go_type.startswith("uint") else "int"
    if isinstance(value, int):
        return "int"
    if isinstance(value, float):
        return "float"
    if isinstance(value, list):
        return "slice"
    if isinstance(value, dict):
        return "map"
    if isinstance(value, NilPointer):
        return "pointer"
    return "struct"


def type_name(value: GoValue) -> str:
    """The Go type, as ``%T`` prints it."""
    if value is None or value is INVALID:
        return "<nil>"
    if isinstance(value, (GoInt, GoString)):
        return value.go_type
    if isinstance(value, GoSlice):
        return "[]" + value.element
    if isinstance(value, GoMap):
        return "map[string]" + value.element
    if isinstance(value, GoStruct):
        return ("*" if value.is_pointer else "") + value.go_type
    if isinstance(value, NilPointer):
        return "*" + value.go_type
    if isinstance(value, GoTime):
        return "time.Time"
    plain = {
        "bool": "bool",
        "string": "string",
        "int": "int",
        "float": "float64",
        "slice": "[]interface {}",
        "map": "map[string]interface {}",
    }
    return plain.get(kind_of(value), "interface {}")


def is_true(value: GoValue) -> bool:
    """Go's template truth: false, 0, nil and everything empty are false; a struct is always true."""
    if value is INVALID or value is None or isinstance(value, NilPointer):
        return False
    if isinstance(value, (GoStruct, GoTime)):
        return True
    return bool(value)


_ZEROES: dict[str, Any] = {"string": "", "bool": False, "int": 0, "float64": 0.0}


def zero_of(element: str) -> GoValue:
    """The zero value of a map's element type."""
    if element in _ZEROES:
        return _ZEROES[element]
    if element.startswith("*"):
        return NilPointer(element[1:])
    if element.startswith("[]"):
        return GoSlice(element=element[2:], is_nil=True)
    if element.startswith("struct"):
        return GoStruct(element)
    return None


def to_json(value: GoValue, *, escape_html: bool = False) -> str:
    """``value`` as encoding/json writes it: struct fields in order, map keys sorted, no blanks."""
    parts: list[str] = []
    _write_json(value, parts, escape_html)
    return "".join(parts)


def json_string(text: str, *, escape_html: bool = False) -> str:
    """A JSON string with Go's escapes."""
    clean = text if text.isascii() else "".join("\ufffd" if 0xD800 <= ord(c) < 0xE000 else c for c in text)
    encoded = json.dumps(clean, ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    if escape_html:
        encoded = encoded.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return encoded


def _write_json(value: GoValue, out: list[str], escape_html: bool) -> None:
    if value is None or value is INVALID or isinstance(value, NilPointer):
        out.append("null")
    elif isinstance(value, bool):
        out.append("true" if value else "false")
    elif isinstance(value, GoString):
        out.append(str(value))
    elif isinstance(value, str):
        out.append(json_string(value, escape_html=escape_html))
    elif isinstance(value, int):
        out.append(str(int(value)))
    elif isinstance(value, float):
        out.append(str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value))
    elif isinstance(value, list):
        if isinstance(value, GoSlice) and value.is_nil:
            out.append("null")
            return
        out.append("[")
        for index, item in enumerate(value):
            if index:
                out.append(",")
            _write_json(item, out, escape_html)
        out.append("]")
    elif isinstance(value, dict):
        if isinstance(value, GoMap) and value.is_nil:
            out.append("null")
            return
        _write_members(((key, value[key]) for key in sorted(value)), out, escape_html)
    elif isinstance(value, GoTime):
        out.append(json_string(value.rfc3339))
    elif isinstance(value, GoStruct):
        if value.to_json is not None:
            _write_json(value.to_json(), out, True)
        else:
            _write_members(_json_members(value), out, escape_html)


def _json_members(value: GoStruct) -> Any:
    for item in value.fields:
        if item.embedded and isinstance(item.value, GoStruct) and not item.json_key:
            yield from _json_members(item.value)
        elif item.json_key and not (item.omit_empty and _is_empty(item.value)):
            yield item.json_key, item.value


def _is_empty(value: GoValue) -> bool:
    return not is_true(value)


def _write_members(members: Any, out: list[str], escape_html: bool) -> None:
    out.append("{")
    for index, (key, item) in enumerate(members):
        if index:
            out.append(",")
        out.append(json_string(key, escape_html=escape_html))
        out.append(":")
        _write_json(item, out, escape_html)
    out.append("}")
