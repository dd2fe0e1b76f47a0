"""``docker inspect`` and its kin: indented JSON, compact JSON or a template per object."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.cli.format.apitypes import typed, untyped
from engine.cli.gotemplate import Template, TemplateError, TemplateSyntaxError, parse_template
from engine.errors import EngineError


class InspectFormatError(EngineError):
    """The ``--format`` of an inspect command is no template (exit status 64)."""


@dataclass(slots=True)
class Inspector:
    """Collects objects and prints them in one format; raises InspectFormatError for a bad template."""

    format_text: str = ""
    _template: Template | None = None
    _objects: list[Any] = field(default_factory=list)
    _texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.format_text not in ("", "json"):
            try:
                self._template = parse_template(self.format_text)
            except TemplateSyntaxError as error:
                raise InspectFormatError(f"template parsing error: {error}") from None

    def add(self, answer: Any, go_type: str = "") -> None:
        """Take one answer; with a template, ``go_type`` is tried first and plain JSON second.

        Raises TemplateError when neither fits.
        """
        self._objects.append(answer)
        if self._template is None:
            return
        if go_type and isinstance(answer, Mapping):
            try:
                self._texts.append(self._template.execute(typed(go_type, answer)) + "\n")
                return
            except TemplateError:
                pass
        self._texts.append(self._template.execute(untyped(answer), missing_key_is_error=True) + "\n")

    def output(self) -> str:
        """Everything taken so far, as it is printed."""
        if self._template is not None:
            return "".join(self._texts) or "\n"
        if self.format_text == "json":
            return json.dumps(self._objects, ensure_ascii=False, separators=(",", ":")) + "\n"
        if not self._objects:
            return "[]\n"
        return json.dumps(self._objects, ensure_ascii=False, indent=4) + "\n"
