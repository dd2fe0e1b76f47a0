"""``LABEL name=value …``: facts about the image."""

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
class Label(Instruction):
    """LABEL: ``pairs`` in the order written."""

    keyword: ClassVar[str] = "LABEL"
    syntax: ClassVar[Syntax] = staticmethod(assignments("LABEL"))

    pairs: tuple[Pair, ...]

    @classmethod
    def parse(cls, node: Node) -> Self:
        FlagSet().parse(node.flags)
        return cls(node, read_pairs(node, "LABEL"))

    def expanded(self, expand: Expander) -> Self:
        return type(self)(self.node, tuple(pair.expanded(expand) for pair in self.pairs))

    def lower(self, stage: StageBuilder) -> Operation:
        stage.config = stage.config.with_labels({pair.name: pair.value for pair in self.pairs})
        return stage.meta(self, " ".join(["LABEL", *map(str, self.pairs)]))
