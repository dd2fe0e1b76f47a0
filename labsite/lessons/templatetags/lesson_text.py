"""Lesson Markdown as HTML: CommonMark without raw HTML, cleaned once more by an allow-list."""

from functools import lru_cache

import nh3
from django import template
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

register = template.Library()
_markdown = MarkdownIt("commonmark", {"html": False})
_TAGS = {"p", "em", "strong", "code", "pre", "ul", "ol", "li", "a", "blockquote", "br"}


@register.filter
def prose(text: str) -> SafeString:
    """Markdown as block-level HTML."""
    return mark_safe(_rendered(text))


@register.filter
def prose_line(text: str) -> SafeString:
    """One line of Markdown as inline HTML."""
    return mark_safe(nh3.clean(_markdown.renderInline(text), tags={"em", "strong", "code"}))


@lru_cache(maxsize=1024)
def _rendered(text: str) -> str:
    return nh3.clean(_markdown.render(text), tags=_TAGS, attributes={"a": {"href"}})
