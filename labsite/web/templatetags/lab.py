"""Filters and tags all templates share (loaded as builtins)."""

from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from labsite.web.ansi import ansi_to_html

register = template.Library()


UNITS = (("B", "o"), ("kB", "ko"), ("MB", "Mo"), ("GB", "Go"), ("TB", "To"))


@register.filter
def bytes_human(size: int | None) -> str:
    """Bytes in the decimal units Docker counts in, three significant digits: ``64.9 MB``, ``64,9 Mo``."""
    if size is None:
        return ""
    value = float(size)
    step = 0
    while value >= 999.5 and step < len(UNITS) - 1:
        value /= 1000
        step += 1
    french = (get_language() or "en").startswith("fr")
    digits = f"{value:.3g}" if step else str(size)
    return f"{digits.replace('.', ',') if french else digits} {UNITS[step][french]}"


@register.filter
def ansi(text: str) -> SafeString:
    """Terminal colours as classes."""
    return ansi_to_html(text)


@register.filter
def short_digest(digest: str) -> str:
    """The twelve digits people say: ``sha256:c41f90aa57d3…`` -> ``c41f90aa57d3``."""
    return str(digest).removeprefix("sha256:")[:12]


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """``mapping[key]``, or nothing."""
    return mapping.get(key) if hasattr(mapping, "get") else None


@register.filter
def is_executable(mode: int) -> bool:
    """Whether anybody may execute a file of this mode."""
    return bool(mode & 0o111)


@register.simple_tag
def bench_url(bench: Any, **look: str) -> str:
    """The bench's page with another look."""
    address: str = bench.address(**look)
    return address


@register.simple_tag
def bench_diagram(bench: Any, file_format: str) -> str:
    """Where the bench's diagram can be saved from."""
    address: str = bench.diagram_address(file_format)
    return address


@register.simple_tag
def bench_action(bench: Any, name: str) -> str:
    """Where a form of the bench is sent."""
    address: str = bench.action(name)
    return address
