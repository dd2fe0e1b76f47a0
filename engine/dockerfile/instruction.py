"""What every instruction is: a typed value read from a node, that can be expanded and lowered.

One file in ``engine/dockerfile/instructions/`` is one instruction; `register` adds it to the language.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

from engine.build.ops import Operation, SourceRange
from engine.discovery import import_submodules
from engine.dockerfile.errors import DockerfileError, InstructionError
from engine.dockerfile.gotext import SPACES
from engine.dockerfile.suggest import did_you_mean
from engine.dockerfile.syntax import Syntax, ignored

if TYPE_CHECKING:
    from engine.dockerfile.lowering import StageBuilder
    from engine.dockerfile.parser import Node

Expander = Callable[[str], str]
"""Replaces the variables in one word; raises `WordError`."""


@dataclass(frozen=True, slots=True)
class FileReference:
    """A stage, or else an image, that an instruction takes files from.

    ``by_index``: a number in ``name`` may be the index of a stage.
    """

    name: str
    by_index: bool


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of a Dockerfile with its checked arguments.

    ``has_step``: BuildKit shows it as a step of its own.
    """

    keyword: ClassVar[str]
    syntax: ClassVar[Syntax]
    has_step: ClassVar[bool] = False

    node: Node

    @classmethod
    @abstractmethod
    def parse(cls, node: Node) -> Self:
        """Check the arguments of a node; raises `InstructionError`."""

    @property
    def text(self) -> str:
        """The instruction as written, on one line."""
        return self.node.original.strip(SPACES)

    @property
    def location(self) -> SourceRange:
        """Its lines."""
        return self.node.location

    def file_references(self) -> tuple[FileReference, ...]:
        """The stages or images it takes files from."""
        return ()

    def expanded(self, expand: Expander) -> Self:
        """This instruction with its variables replaced."""
        return self

    @abstractmethod
    def lower(self, stage: StageBuilder) -> Operation:
        """Apply an expanded instruction to a stage and say what is to be done."""


_INSTRUCTIONS: dict[str, type[Instruction]] = {}
_Class = TypeVar("_Class", bound=type[Instruction])


def register(cls: _Class) -> _Class:
    """Add an instruction to the language under its keyword."""
    _INSTRUCTIONS[cls.keyword.lower()] = cls
    return cls


@cache
def instructions() -> dict[str, type[Instruction]]:
    """Every instruction by its lower-case keyword."""
    import_submodules("engine.dockerfile.instructions")
    return dict(sorted(_INSTRUCTIONS.items()))


def syntax_of(keyword: str) -> Syntax:
    """How the arguments behind ``keyword`` are written; an unknown instruction has none."""
    found = instructions().get(keyword.lower())
    return ignored if found is None else found.syntax


def parse_instruction(node: Node) -> Instruction:
    """The typed instruction for a node; raises `InstructionError`."""
    found = instructions().get(node.keyword.lower())
    if found is None:
        message = f"unknown instruction: {node.keyword}"
        raise InstructionError(
            did_you_mean(message, node.keyword, instructions(), ignore_case=True), node.keyword
        )
    return found.parse(node)


def placed(error: InstructionError, node: Node, where: SourceRange | None = None) -> DockerfileError:
    """The error as Docker reports it for an instruction of a file."""
    reason = str(error)
    line = node.location.start_line
    message = f"dockerfile parse error on line {line}: {reason}"
    return DockerfileError(message, (where or node.location,), line=line, reason=reason)


# ---------------------------------------------------------------- checks that several instructions share


def at_least_one_argument(node: Node, keyword: str) -> None:
    """Raise `InstructionError` when there are no arguments."""
    if not node.args:
        raise InstructionError(f"{keyword} requires at least one argument")


def exactly_one_argument(node: Node, keyword: str) -> None:
    """Raise `InstructionError` when there is not one argument."""
    if len(node.args) != 1:
        raise InstructionError(f"{keyword} requires exactly one argument")


@dataclass(frozen=True, slots=True)
class Pair:
    """``name=value``; ``legacy`` when it was written ``name value``."""

    name: str
    value: str
    legacy: bool = False

    def expanded(self, expand: Expander) -> Pair:
        """This pair with its variables replaced."""
        return Pair(expand(self.name), expand(self.value), self.legacy)

    def __str__(self) -> str:
        return f"{self.name}={self.value}"


def read_pairs(node: Node, keyword: str) -> tuple[Pair, ...]:
    """The pairs of ENV or LABEL; raises `InstructionError`."""
    at_least_one_argument(node, keyword)
    pairs = tuple(
        Pair(name, value, not separator)
        for name, value, separator in zip(node.args[::3], node.args[1::3], node.args[2::3], strict=True)
    )
    if not all(pair.name for pair in pairs):
        raise InstructionError(f"{keyword} names can not be blank")
    return pairs
