"""The functions every docker template may call: Go's own and the docker client's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any
from urllib.parse import quote_plus

from engine.cli.gotemplate.errors import CallError
from engine.cli.gotemplate.fmt import default_text, sprint, sprintf, sprintln
from engine.cli.gotemplate.values import (
    INVALID,
    GoInt,
    GoMap,
    GoSlice,
    GoStruct,
    GoValue,
    Method,
    NilPointer,
    is_true,
    kind_of,
    to_json,
    type_name,
    zero_of,
)

LONGEST_TEXT = 1_000_000
"""Bytes one function may return."""

_HTML = {"\0": "\ufffd", '"': "&#34;", "'": "&#39;", "&": "&amp;", "<": "&lt;", ">": "&gt;"}
_JS = {"\\": "\\\\", "'": "\\'", '"': '\\"', "<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "=": "\\u003D"}


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _joined(values: tuple[GoValue, ...]) -> str:
    if len(values) == 1 and isinstance(values[0], str):
        return str(values[0])
    return sprint(list(values))


def _html(*values: GoValue) -> str:
    return "".join(_HTML.get(char, char) for char in _joined(values))


def _js(*values: GoValue) -> str:
    parts: list[str] = []
    for char in _joined(values):
        code = ord(char)
        if char in _JS:
            parts.append(_JS[char])
        elif code < 0x20 or (code > 0x7F and not char.isprintable()):
            parts.append(f"\\u{code:04X}")
        else:
            parts.append(char)
    return "".join(parts)


def _urlquery(*values: GoValue) -> str:
    return quote_plus(_bytes(_joined(values)), safe="-_.~")


def _not(value: GoValue) -> bool:
    return not is_true(value)


def _length(item: GoValue) -> int:
    if item is INVALID or item is None:
        raise CallError("len of nil pointer" if item is None else "len of untyped nil")
    if isinstance(item, str):
        return len(_bytes(item))
    if isinstance(item, (list, dict)):
        return len(item)
    if isinstance(item, NilPointer):
        raise CallError("len of nil pointer")
    raise CallError(f"len of type {_pointed(item)}")


def _pointed(item: GoValue) -> str:
    return item.go_type if isinstance(item, GoStruct) else type_name(item)


def _index_argument(index: GoValue, limit: int) -> int:
    if index is INVALID or index is None:
        raise CallError("cannot index slice/array with nil")
    if kind_of(index) not in ("int", "uint"):
        raise CallError(f"cannot index slice/array with type {type_name(index)}")
    number = int(index)
    if not 0 <= number <= limit:
        raise CallError(f"index out of range: {number}")
    return number


def _index(item: GoValue, *indexes: GoValue) -> GoValue:
    if item is INVALID or item is None:
        raise CallError("index of untyped nil")
    for index in indexes:
        if isinstance(item, NilPointer) or item is None or item is INVALID:
            raise CallError("index of nil pointer")
        if isinstance(item, str):
            data = _bytes(item)
            number = _index_argument(index, len(data))
            if number == len(data):
                raise CallError("reflect: string index out of range")
            item = GoInt(data[number], "uint8")
        elif isinstance(item, list):
            number = _index_argument(index, len(item))
            if number == len(item):
                raise CallError("reflect: slice index out of range")
            item = item[number]
        elif isinstance(item, dict):
            if index is INVALID or index is None:
                raise CallError("value is nil; should be of type string")
            if not isinstance(index, str):
                raise CallError(f"value has type {type_name(index)}; should be string")
            found = item.get(str(index), INVALID)
            if found is INVALID:
                found = zero_of(item.element) if isinstance(item, GoMap) else None
            item = found
        else:
            raise CallError(f"can't index item of type {_pointed(item)}")
    return item


def _slice(item: GoValue, *indexes: GoValue) -> GoValue:
    if item is INVALID or item is None:
        raise CallError("slice of untyped nil")
    if len(indexes) > 3:
        raise CallError(f"too many slice indexes: {len(indexes)}")
    data: Any
    if isinstance(item, str):
        if len(indexes) == 3:
            raise CallError("cannot 3-index slice a string")
        data = _bytes(item)
    elif isinstance(item, list):
        data = item
    else:
        raise CallError(f"can't slice item of type {_pointed(item)}")
    bounds = [_index_argument(index, len(data)) for index in indexes]
    for left, right in pairwise(bounds):
        if left > right:
            raise CallError(f"invalid slice index: {left} > {right}")
    start = bounds[0] if bounds else 0
    end = bounds[1] if len(bounds) > 1 else len(data)
    if isinstance(item, GoSlice):
        return GoSlice(item[start:end], item.element)
    return _text(data[start:end]) if isinstance(item, str) else list(data[start:end])


_BASIC = {"bool": "bool", "string": "string", "int": "int", "uint": "int", "float": "float"}


def _basic_kind(value: GoValue) -> str | None:
    return _BASIC.get(kind_of(value))


def _same(left: GoValue, right: GoValue) -> bool:
    first, second = _basic_kind(left), _basic_kind(right)
    if first != second or first is None:
        if first is None and second is None:
            return _same_uncommon(left, right)
        if left is INVALID or left is None or right is INVALID or right is None:
            return False
        raise CallError("incompatible types for comparison")
    return bool(left == right)


def _same_uncommon(left: GoValue, right: GoValue) -> bool:
    def is_nil(value: GoValue) -> bool:
        return value is None or value is INVALID or isinstance(value, NilPointer)

    for value in (left, right):
        if isinstance(value, (list, dict)):
            raise CallError(f"non-comparable type {default_text(value)}: {type_name(value)}")
    return (is_nil(left) and is_nil(right)) or left is right


def _eq(first: GoValue, *others: GoValue) -> bool:
    if not others:
        raise CallError("missing argument for comparison")
    return any(_same(first, other) for other in others)


def _lt(left: GoValue, right: GoValue) -> bool:
    first, second = _basic_kind(left), _basic_kind(right)
    if first is None or second is None:
        raise CallError("invalid type for comparison")
    if first != second:
        raise CallError("incompatible types for comparison")
    if first == "bool":
        raise CallError("invalid type for comparison")
    return bool(_bytes(left) < _bytes(right)) if first == "string" else bool(left < right)


def _le(left: GoValue, right: GoValue) -> bool:
    return _lt(left, right) or _same(left, right)


def _call(name: str, function: GoValue, *_: GoValue) -> GoValue:
    if function is INVALID or function is None:
        raise CallError("call of nil")
    raise CallError(f"non-function {name} of type {type_name(function)}")


def _json(value: GoValue) -> str:
    return to_json(value)


def _split(text: str, separator: str) -> GoSlice:
    if not separator:
        return GoSlice(list(text))
    return GoSlice(text.split(separator))


def _join(items: list[str], separator: str) -> str:
    return separator.join(items)


def _title(text: str) -> str:
    out: list[str] = []
    inside = False
    for char in text:
        is_word = char.isalnum() or char == "_" or (not char.isascii() and not char.isspace())
        out.append(char if inside or not is_word else char.upper() if len(char.upper()) == 1 else char)
        inside = is_word
    return "".join(out)


def _pad(text: str, before: int, after: int) -> str:
    if not text:
        return ""
    if before < 0 or after < 0:
        raise CallError("strings: negative Repeat count")
    if before + after > LONGEST_TEXT:
        raise CallError("strings: Repeat output length overflow")
    return " " * before + text + " " * after


def _truncate(text: str, length: int) -> str:
    data = _bytes(text)
    if len(data) < length:
        return text
    if length < 0:
        raise CallError(f"runtime error: slice bounds out of range [:{length}]")
    return _text(data[:length])


def _any(code: Callable[..., Any], count: int = 1, *, variadic: bool = False) -> Method:
    return Method(("any",) * count, code, variadic)


GO_FUNCTIONS: Mapping[str, Method] = {
    "and": _any(lambda *values: values[-1], 2, variadic=True),
    "or": _any(lambda *values: values[-1], 2, variadic=True),
    "not": _any(_not),
    "call": _any(_call, 2, variadic=True),
    "html": _any(_html, variadic=True),
    "js": _any(_js, variadic=True),
    "urlquery": _any(_urlquery, variadic=True),
    "index": _any(_index, 2, variadic=True),
    "slice": _any(_slice, 2, variadic=True),
    "len": _any(_length),
    "print": _any(lambda *values: sprint(list(values)), variadic=True),
    "println": _any(lambda *values: sprintln(list(values)), variadic=True),
    "printf": Method(("string", "any"), lambda text, *values: sprintf(text, list(values)), True),
    "eq": _any(_eq, 2, variadic=True),
    "ne": _any(lambda left, right: not _same(left, right), 2),
    "lt": _any(_lt, 2),
    "le": _any(_le, 2),
    "gt": _any(lambda left, right: not _le(left, right), 2),
    "ge": _any(lambda left, right: not _lt(left, right), 2),
}
"""Predefined by text/template. ``and``, ``or`` and ``call`` are finished by the executor."""

DOCKER_FUNCTIONS: Mapping[str, Method] = {
    "json": _any(_json),
    "split": Method(("string", "string"), _split),
    "join": Method(("[]string", "string"), _join),
    "title": Method(("string",), _title),
    "lower": Method(("string",), lambda text: text.lower()),
    "upper": Method(("string",), lambda text: text.upper()),
    "pad": Method(("string", "int", "int"), _pad),
    "truncate": Method(("string", "int"), _truncate),
}
"""Added by the docker client."""

HEADER_FUNCTIONS: Mapping[str, Method] = {
    **dict.fromkeys(("json", "title", "lower", "upper"), Method(("string",), lambda text: text)),
    "truncate": Method(("string", "int"), lambda text, _: text),
}
"""What the client's functions do to the header of a table: nothing."""
