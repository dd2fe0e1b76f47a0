"""What a template can do wrong."""

from __future__ import annotations

from engine.errors import EngineError


class TemplateError(EngineError):
    """Any error of a template; the message is Go's, starting with ``template: ``."""


class TemplateSyntaxError(TemplateError):
    """The text is not a template (Go's parse error)."""


class TemplateExecutionError(TemplateError):
    """The template cannot be applied to the data (Go's exec error)."""


class CallError(EngineError):
    """A function of a template refused its arguments; the executor adds where it was called."""
