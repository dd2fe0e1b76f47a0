"""``ENV name=value …``: variables for the image and for the instructions that follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from engine.build.ops import Operation
from engine.dockerfile.flags import FlagSet
from engine.dockerfile.instruction import Expander, Instruction, Pair, read_pairs, register
from engine.dockerfile.lowering import StageBuilder
from engine.dockerfile.parser import Node
from engine.dockerfile.syntax import Syntax, assignments


@register
@dataclass(frozen=True, slots=True)
class Env(Instruction):
    """ENV: ``pairs`` in the order written; values see the environment before the whole instruction."""

    keyword: ClassVar[str] = "ENV"
    syntax: ClassVar[Syntax] = staticmethod(assignments("ENV"))

    pairs: tuple[Pair, ...]

    @classmethod
    def parse(cls, node: Node) -> Self:
        FlagSet().parse(node.flags)
        return cls(node, read_pairs(node, "ENV"))

    def expanded(self, expand: Expander) -> Self:
        return type(self)(self.node, tuple(pair.expanded(expand) for pair in self.pairs))

    def lower(self, stage: StageBuilder) -> Operation:
        stage.set_image_env((pair.name, pair.value) for pair in self.pairs)
        return stage.meta(self, " ".join(["ENV", *map(str, self.pairs)]))
