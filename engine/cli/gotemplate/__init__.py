"""Go's text/template, with the functions of the docker client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.cli.gotemplate.errors import (
    CallError,
    TemplateError,
    TemplateExecutionError,
    TemplateSyntaxError,
)
from engine.cli.gotemplate.executor import Execution
from engine.cli.gotemplate.functions import DOCKER_FUNCTIONS, GO_FUNCTIONS, HEADER_FUNCTIONS
from engine.cli.gotemplate.nodes import ListNode
from engine.cli.gotemplate.parser import parse
from engine.cli.gotemplate.values import (
    INVALID,
    Duration,
    GoInt,
    GoMap,
    GoSlice,
    GoString,
    GoStruct,
    GoTime,
    GoValue,
    Method,
    NilPointer,
    StructField,
    is_true,
    json_string,
    to_json,
)

_FUNCTIONS: Mapping[str, Method] = {**GO_FUNCTIONS, **DOCKER_FUNCTIONS}


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template; ``execute`` may be called any number of times."""

    source: str
    bodies: Mapping[str, ListNode]
    functions: Mapping[str, Method]

    def execute(self, data: GoValue, *, missing_key_is_error: bool = False) -> str:
        """Apply the template to ``data``; raises TemplateExecutionError with Go's message."""
        run = Execution(self.source, self.bodies, self.functions, missing_key_is_error=missing_key_is_error)
        return run.run(data)

    def for_header(self) -> Template:
        """This template with functions that leave the words of a table header alone."""
        return replace(self, functions={**self.functions, **HEADER_FUNCTIONS})


def parse_template(source: str) -> Template:
    """Parse ``source``; raises TemplateSyntaxError with Go's message."""
    return Template(source, parse(source, _FUNCTIONS), _FUNCTIONS)


__all__ = [
    "INVALID",
    "CallError",
    "Duration",
    "GoInt",
    "GoMap",
    "GoSlice",
    "GoString",
    "GoStruct",
    "GoTime",
    "GoValue",
    "Method",
    "NilPointer",
    "StructField",
    "Template",
    "TemplateError",
    "TemplateExecutionError",
    "TemplateSyntaxError",
    "is_true",
    "json_string",
    "parse_template",
    "to_json",
]
