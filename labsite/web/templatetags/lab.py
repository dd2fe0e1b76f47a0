"""Filters and tags all templates share (loaded as builtins)."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from labsite.web.ansi import ansi_to_html

register = template.Library()


@register.filter
def bytes_human(size: int | None) -> str:
    """A size in the decimal units Docker prints: ``64.9MB``, four significant digits at most."""
    if size is None:
        return ""
    value = float(size)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if value < 1000 or unit == "TB":
            return f"{value:.4g}{unit}".replace("e+03", "000") if unit != "B" else f"{int(value)}B"
        value /= 1000
    raise AssertionError("a unit was found above")


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
def bench_action(bench: Any, name: str) -> str:
    """Where a form of the bench is sent."""
    address: str = bench.action(name)
    return address
