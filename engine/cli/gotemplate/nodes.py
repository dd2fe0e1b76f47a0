"""The syntax tree of a template; ``str(node)`` is the text Go shows in its errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.cli.text import go_quote


@dataclass(slots=True)
class Node:
    """Anything in a template; ``position`` counts UTF-8 bytes from its start."""

    position: int


@dataclass(slots=True)
class TextNode(Node):
    """Literal text."""

    text: str


@dataclass(slots=True)
class ListNode(Node):
    """Nodes one after another."""

    nodes: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class DotNode(Node):
    """The cursor."""

    def __str__(self) -> str:
        return "."


@dataclass(slots=True)
class NilNode(Node):
    """The word nil."""

    def __str__(self) -> str:
        return "nil"


@dataclass(slots=True)
class ConstantNode(Node):
    """A bool, number, character or string; ``source`` is how it was written."""

    value: Any
    source: str
    is_number: bool = False

    def __str__(self) -> str:
        return self.source


@dataclass(slots=True)
class FieldNode(Node):
    """``.A.B``."""

    names: list[str]

    def __str__(self) -> str:
        return "".join(f".{name}" for name in self.names)


@dataclass(slots=True)
class VariableNode(Node):
    """``$x.A.B``; the first name includes the dollar."""

    names: list[str]

    def __str__(self) -> str:
        return ".".join(self.names)


@dataclass(slots=True)
class IdentifierNode(Node):
    """A function's name."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(slots=True)
class ChainNode(Node):
    """``(pipeline).A.B``."""

    operand: Node
    names: list[str]

    def __str__(self) -> str:
        inner = f"({self.operand})" if isinstance(self.operand, PipeNode) else str(self.operand)
        return inner + "".join(f".{name}" for name in self.names)


@dataclass(slots=True)
class CommandNode(Node):
    """A function, method or value with its arguments."""

    args: list[Node] = field(default_factory=list)

    def __str__(self) -> str:
        return " ".join(f"({arg})" if isinstance(arg, PipeNode) else str(arg) for arg in self.args)


@dataclass(slots=True)
class PipeNode(Node):
    """Commands joined by ``|``, and the variables that get the result."""

    variables: list[str] = field(default_factory=list)
    is_assignment: bool = False
    commands: list[CommandNode] = field(default_factory=list)

    def __str__(self) -> str:
        text = " | ".join(str(command) for command in self.commands)
        if not self.variables:
            return text
        return f"{', '.join(self.variables)} {'=' if self.is_assignment else ':='} {text}"


@dataclass(slots=True)
class ActionNode(Node):
    """``{{pipeline}}``."""

    pipe: PipeNode


@dataclass(slots=True)
class BranchNode(Node):
    """``if``, ``range`` or ``with``, named by ``keyword``."""

    keyword: str
    pipe: PipeNode
    body: ListNode
    otherwise: ListNode | None


@dataclass(slots=True)
class BreakNode(Node):
    """``{{break}}`` or ``{{continue}}``."""

    keyword: str

    def __str__(self) -> str:
        return f"{{{{{self.keyword}}}}}"


@dataclass(slots=True)
class TemplateNode(Node):
    """``{{template "name" pipeline}}``."""

    name: str
    pipe: PipeNode | None

    def __str__(self) -> str:
        return f"{{{{template {go_quote(self.name)}{f' {self.pipe}' if self.pipe else ''}}}}}"


@dataclass(slots=True)
class EndNode(Node):
    """``{{end}}``: only while parsing."""

    def __str__(self) -> str:
        return "{{end}}"


@dataclass(slots=True)
class ElseNode(Node):
    """``{{else}}``: only while parsing."""

    def __str__(self) -> str:
        return "{{else}}"
