"""``CMD``: what a container runs when it is told nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from engine.build.ops import Operation
from engine.dockerfile.flags import FlagSet
from engine.dockerfile.gotext import quote_list
from engine.dockerfile.instruction import Instruction, register
from engine.dockerfile.lowering import StageBuilder
from engine.dockerfile.parser import Node
from engine.dockerfile.syntax import Syntax, command_line


@register
@dataclass(frozen=True, slots=True)
class Cmd(Instruction):
    """CMD: ``args`` is one command line in the shell form, the argument list in the exec form."""

    keyword: ClassVar[str] = "CMD"
    syntax: ClassVar[Syntax] = staticmethod(command_line)

    args: tuple[str, ...]
    shell_form: bool

    @classmethod
    def parse(cls, node: Node) -> Self:
        FlagSet().parse(node.flags)
        return cls(node, node.args, not node.is_json)

    def lower(self, stage: StageBuilder) -> Operation:
        args = (*stage.shell, " ".join(self.args)) if self.shell_form else self.args
        stage.config = replace(stage.config, cmd=args, args_escaped=True)
        stage.command_set = True
        return stage.meta(self, f"CMD {quote_list(args)}")
