"""``ONBUILD instruction``: an instruction for the images that will be built upon this one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar, Final, Self

from engine.build.ops import MetaOp, Operation
from engine.dockerfile.errors import InstructionError
from engine.dockerfile.flags import FlagSet
from engine.dockerfile.instruction import Instruction, register
from engine.dockerfile.lowering import StageBuilder
from engine.dockerfile.parser import Node
from engine.dockerfile.syntax import Syntax, ignored

_KEYWORD: Final = re.compile(r"\s*ONBUILD\s*", re.IGNORECASE)


@register
@dataclass(frozen=True, slots=True)
class Onbuild(Instruction):
    """ONBUILD: ``trigger`` is the instruction as written, heredocs included."""

    keyword: ClassVar[str] = "ONBUILD"
    syntax: ClassVar[Syntax] = staticmethod(ignored)

    trigger: str

    @classmethod
    def parse(cls, node: Node) -> Self:
        if node.child is None:
            raise InstructionError("ONBUILD requires at least one argument")
        FlagSet().parse(node.flags)
        keyword = node.child.keyword.upper()
        if keyword == "ONBUILD":
            raise InstructionError("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed", node.child.keyword)
        if keyword in ("MAINTAINER", "FROM"):
            raise InstructionError(f"{keyword} isn't allowed as an ONBUILD trigger", node.child.keyword)
        trigger = _KEYWORD.sub("", node.original, count=1)
        bodies = "".join(f"\n{heredoc.content}{heredoc.name}" for heredoc in node.heredocs)
        return cls(node, trigger + bodies)

    def lower(self, stage: StageBuilder) -> Operation:
        stage.config = replace(stage.config, on_build=(*stage.config.on_build, self.trigger))
        # BuildKit leaves no history row for it.
        return MetaOp(**stage.fields(self, None, stage.classic_note(f"ONBUILD {self.trigger}")))
