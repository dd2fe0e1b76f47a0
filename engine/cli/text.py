"""Small text rules of the docker client: widths, ellipsis, short ids, port lists, Go quoting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from unicodedata import east_asian_width

SHORT_ID_LENGTH = 12
ELLIPSIS = "…"


@lru_cache(maxsize=4096)
def char_width(char: str) -> int:
    """Columns one character takes on a terminal, as docker/cli counts: wide and fullwidth take two."""
    return 2 if east_asian_width(char) in ("W", "F") else 1


def display_width(text: str) -> int:
    """Columns ``text`` takes on a terminal."""
    return len(text) if text.isascii() else sum(char_width(char) for char in text)


def ellipsis(text: str, max_width: int) -> str:
    """Shorten ``text`` to ``max_width`` columns, the last of them an ellipsis."""
    if max_width <= 0:
        return ""
    if max_width == 1:
        return text[:1]
    if display_width(text) <= max_width:
        return text
    used = 0
    for count, char in enumerate(text):
        used += char_width(char)
        if used > max_width - 1:
            return text[:count] + ELLIPSIS
    return text


def truncate_id(identifier: str) -> str:
    """The short form of an id: the first twelve characters after an ``algorithm:`` prefix."""
    return (
        identifier.partition(":")[2][:SHORT_ID_LENGTH] if ":" in identifier else identifier[:SHORT_ID_LENGTH]
    )


def display_ports(ports: Iterable[Mapping[str, Any]]) -> str:
    """The PORTS column: neighbouring private ports are joined to ranges, published ones show their host."""
    groups: dict[str, list[int]] = {}
    published: list[str] = []
    result: list[str] = []
    order: list[str] = []
    for port in sorted(ports, key=_port_key):
        current = int(port.get("PrivatePort", 0))
        protocol = str(port.get("Type", ""))
        host = str(port.get("IP", ""))
        public = int(port.get("PublicPort", 0))
        key = protocol
        if host:
            if public != current:
                published.append(f"{join_host(host, public)}->{current}/{protocol}")
                continue
            key = f"{host}/{protocol}"
        group = groups.get(key)
        if group is None:
            groups[key] = [current, current]
            order.append(key)
        elif current == group[1] + 1:
            group[1] = current
        else:
            result.append(_port_group(key, group[0], group[1]))
            groups[key] = [current, current]
    result += (_port_group(key, *groups[key]) for key in order)
    return ", ".join(result + published)


def _port_key(port: Mapping[str, Any]) -> tuple[int, str, int, str]:
    return (
        int(port.get("PrivatePort", 0)),
        str(port.get("IP", "")),
        int(port.get("PublicPort", 0)),
        str(port.get("Type", "")),
    )


def join_host(host: str, port: int | str) -> str:
    """``host:port``, with brackets around an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _port_group(key: str, first: int, last: int) -> str:
    host, slash, protocol = key.rpartition("/")
    span = str(first) if first == last else f"{first}-{last}"
    if not slash:
        return f"{span}/{key}"
    return f"{join_host(host, span)}->{span}/{protocol}"


_ESCAPES = {
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
    "\\": "\\\\",
}


def go_quote(text: str, quote: str = '"', *, ascii_only: bool = False) -> str:
    """``text`` as Go's strconv.Quote writes it (also for runes, with ``quote`` an apostrophe)."""
    parts = [quote]
    for char in text:
        code = ord(char)
        if char == quote:
            parts.append("\\" + quote)
        elif char in _ESCAPES:
            parts.append(_ESCAPES[char])
        elif 0xDC80 <= code <= 0xDCFF:
            parts.append(f"\\x{code - 0xDC00:02x}")
        elif code < 0x20 or code == 0x7F:
            parts.append(f"\\x{code:02x}")
        elif code < 0x7F or (not ascii_only and char.isprintable()):
            parts.append(char)
        else:
            parts.append(f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
    parts.append(quote)
    return "".join(parts)
