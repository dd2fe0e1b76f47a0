"""``VOLUME path …``: directories whose content belongs to each container alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from engine.build.ops import Operation
from engine.dockerfile.errors import InstructionError
from engine.dockerfile.flags import FlagSet
from engine.dockerfile.gotext import SPACES, plain_list
from engine.dockerfile.instruction import Expander, Instruction, at_least_one_argument, register
from engine.dockerfile.lowering import StageBuilder
from engine.dockerfile.parser import Node
from engine.dockerfile.syntax import Syntax, path_list


@register
@dataclass(frozen=True, slots=True)
class Volume(Instruction):
    """VOLUME."""

    keyword: ClassVar[str] = "VOLUME"
    syntax: ClassVar[Syntax] = staticmethod(path_list)

    paths: tuple[str, ...]

    @classmethod
    def parse(cls, node: Node) -> Self:
        at_least_one_argument(node, "VOLUME")
        FlagSet().parse(node.flags)
        paths = tuple(path.strip(SPACES) for path in node.args)
        if "" in paths:
            raise InstructionError("VOLUME specified can not be an empty string")
        return cls(node, paths)

    def expanded(self, expand: Expander) -> Self:
        return type(self)(self.node, tuple(map(expand, self.paths)))

    def lower(self, stage: StageBuilder) -> Operation:
        if "" in self.paths:
            raise InstructionError("VOLUME specified can not be an empty string")
        stage.config = stage.config.with_volumes(*self.paths)
        return stage.meta(self, f"VOLUME {plain_list(self.paths)}")
