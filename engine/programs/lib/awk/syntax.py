"""The tree of an AWK program."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Node:
    """An expression or statement: ``kind`` says which, ``value`` and ``children`` depend on it."""

    kind: str
    value: Any = None
    children: tuple["Node", ...] = ()


@dataclass(slots=True)
class Rule:
    """``pattern { action }``; no pattern matches every record, no action prints it."""

    pattern: Node | None
    until: Node | None
    action: Node | None


@dataclass(slots=True)
class Function:
    """A user function; parameters not passed are local variables."""

    name: str
    parameters: tuple[str, ...]
    body: Node


@dataclass(slots=True)
class Program:
    """All rules, in order, and the functions."""

    begin: list[Node] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    end: list[Node] = field(default_factory=list)
    functions: dict[str, Function] = field(default_factory=dict)
