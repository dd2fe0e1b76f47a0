"""``WORKDIR path``: the directory instructions and processes start in, made when it is missing."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from engine.build.ops import Operation, WorkdirOp
from engine.dockerfile.errors import InstructionError
from engine.dockerfile.flags import FlagSet
from engine.dockerfile.gotext import clean_path
from engine.dockerfile.instruction import Expander, Instruction, exactly_one_argument, register
from engine.dockerfile.lowering import StageBuilder
from engine.dockerfile.parser import Node
from engine.dockerfile.syntax import Syntax, whole_text


@register
@dataclass(frozen=True, slots=True)
class Workdir(Instruction):
    """WORKDIR: a relative ``path`` starts at the directory before."""

    keyword: ClassVar[str] = "WORKDIR"
    syntax: ClassVar[Syntax] = staticmethod(whole_text)
    has_step: ClassVar[bool] = True

    path: str

    @classmethod
    def parse(cls, node: Node) -> Self:
        exactly_one_argument(node, "WORKDIR")
        FlagSet().parse(node.flags)
        return cls(node, node.args[0])

    def expanded(self, expand: Expander) -> Self:
        return type(self)(self.node, expand(self.path))

    def lower(self, stage: StageBuilder) -> Operation:
        if stage.classic and not self.path:
            raise InstructionError("cannot normalize nothing")
        path = clean_path(posixpath.join("/", stage.config.working_dir, self.path))
        # BuildKit records an absolute path exactly as it was written.
        written = self.path if self.path.startswith("/") and not stage.classic else path
        stage.config = replace(stage.config, working_dir=written)
        # The root always exists, so BuildKit has nothing to do for it.
        name = "" if path == "/" else stage.step_name(self.text)
        text = f"WORKDIR {written}"
        classic = stage.classic_note(text, blanks=1)
        common = stage.fields(self, text, classic, name=name, empty_layer=path == "/")
        return WorkdirOp(**common, path=path, user=stage.config.user)
