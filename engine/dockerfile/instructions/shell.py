"""``SHELL [...]``: what the shell form of RUN, CMD and ENTRYPOINT is put behind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from engine.build.ops import Operation
from engine.dockerfile.errors import InstructionError
from engine.dockerfile.flags import FlagSet
from engine.dockerfile.gotext import plain_list
from engine.dockerfile.instruction import Instruction, at_least_one_argument, register
from engine.dockerfile.lowering import StageBuilder
from engine.dockerfile.parser import Node
from engine.dockerfile.syntax import Syntax, command_line


@register
@dataclass(frozen=True, slots=True)
class Shell(Instruction):
    """SHELL: only the exec form is allowed."""

    keyword: ClassVar[str] = "SHELL"
    syntax: ClassVar[Syntax] = staticmethod(command_line)

    args: tuple[str, ...]

    @classmethod
    def parse(cls, node: Node) -> Self:
        FlagSet().parse(node.flags)
        at_least_one_argument(node, "SHELL")
        if not node.is_json:
            raise InstructionError("SHELL requires the arguments to be in JSON form")
        return cls(node, node.args)

    def lower(self, stage: StageBuilder) -> Operation:
        stage.config = replace(stage.config, shell=self.args)
        return stage.meta(self, f"SHELL {plain_list(self.args)}")
