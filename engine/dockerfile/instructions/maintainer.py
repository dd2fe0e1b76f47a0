"""``MAINTAINER name``: the author of the image (deprecated for a label)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from engine.build.ops import MetaOp, Operation
from engine.dockerfile.flags import FlagSet
from engine.dockerfile.instruction import Instruction, exactly_one_argument, register
from engine.dockerfile.lowering import StageBuilder
from engine.dockerfile.parser import Node
from engine.dockerfile.syntax import Syntax, whole_text


@register
@dataclass(frozen=True, slots=True)
class Maintainer(Instruction):
    """MAINTAINER: ``author`` is taken as written, without expansion."""

    keyword: ClassVar[str] = "MAINTAINER"
    syntax: ClassVar[Syntax] = staticmethod(whole_text)

    author: str

    @classmethod
    def parse(cls, node: Node) -> Self:
        exactly_one_argument(node, "MAINTAINER")
        FlagSet().parse(node.flags)
        return cls(node, node.args[0])

    def lower(self, stage: StageBuilder) -> Operation:
        stage.author = self.author
        text = f"MAINTAINER {self.author}"
        return MetaOp(**stage.fields(self, text, stage.classic_note(text)), author=self.author)
