"""``USER name[:group]``: whom the instructions and processes that follow run as."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from engine.build.ops import Operation
from engine.dockerfile.flags import FlagSet
from engine.dockerfile.instruction import Expander, Instruction, exactly_one_argument, register
from engine.dockerfile.lowering import StageBuilder
from engine.dockerfile.parser import Node
from engine.dockerfile.syntax import Syntax, whole_text


@register
@dataclass(frozen=True, slots=True)
class User(Instruction):
    """USER."""

    keyword: ClassVar[str] = "USER"
    syntax: ClassVar[Syntax] = staticmethod(whole_text)

    user: str

    @classmethod
    def parse(cls, node: Node) -> Self:
        exactly_one_argument(node, "USER")
        FlagSet().parse(node.flags)
        return cls(node, node.args[0])

    def expanded(self, expand: Expander) -> Self:
        return type(self)(self.node, expand(self.user))

    def lower(self, stage: StageBuilder) -> Operation:
        stage.config = replace(stage.config, user=self.user)
        return stage.meta(self, f"USER {self.user}")
