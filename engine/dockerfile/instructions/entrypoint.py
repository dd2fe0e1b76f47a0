"""``ENTRYPOINT``: the program a container runs, to which CMD gives the arguments."""

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
class Entrypoint(Instruction):
    """ENTRYPOINT: it unsets a CMD that came with the base image."""

    keyword: ClassVar[str] = "ENTRYPOINT"
    syntax: ClassVar[Syntax] = staticmethod(command_line)

    args: tuple[str, ...]
    shell_form: bool

    @classmethod
    def parse(cls, node: Node) -> Self:
        FlagSet().parse(node.flags)
        return cls(node, node.args, not node.is_json)

    def lower(self, stage: StageBuilder) -> Operation:
        args = (*stage.shell, " ".join(self.args)) if self.shell_form else self.args
        cmd = stage.config.cmd if stage.command_set else None
        stage.config = replace(stage.config, entrypoint=args, cmd=cmd)
        return stage.meta(self, f"ENTRYPOINT {quote_list(args)}")
