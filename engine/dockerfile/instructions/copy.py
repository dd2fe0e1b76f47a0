"""``COPY [flags] source … destination``: files from the build context, a stage or an image."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Final, Self

from engine.build.ops import Operation
from engine.dockerfile.copying import Sources, check_sources, copy_operation, expand_sources, read_sources
from engine.dockerfile.errors import InstructionError
from engine.dockerfile.flags import FlagSet
from engine.dockerfile.instruction import Expander, FileReference, Instruction, register
from engine.dockerfile.lowering import BUILDKIT_ONLY, StageBuilder
from engine.dockerfile.parser import Node
from engine.dockerfile.syntax import Syntax, path_list

_FLAGS: Final = FlagSet(texts=("from", "chown", "chmod"), lists=("exclude",), switches=("link", "parents"))


@register
@dataclass(frozen=True, slots=True)
class Copy(Instruction):
    """COPY: ``from_`` is the stage (name or index) or image, "" for the build context."""

    keyword: ClassVar[str] = "COPY"
    syntax: ClassVar[Syntax] = staticmethod(path_list)
    has_step: ClassVar[bool] = True

    sources: Sources
    from_: str
    chown: str
    chmod: str
    link: bool
    parents: bool
    excludes: tuple[str, ...]

    @classmethod
    def parse(cls, node: Node) -> Self:
        check_sources(node, "COPY")
        flags = _FLAGS.parse(node.flags)
        return cls(
            node,
            sources=read_sources(node, "COPY"),
            from_=flags.text("from"),
            chown=flags.text("chown"),
            chmod=flags.text("chmod"),
            link=flags.switch("link") or False,
            parents=flags.switch("parents") or False,
            excludes=flags.all("exclude"),
        )

    def file_references(self) -> tuple[FileReference, ...]:
        return (FileReference(self.from_, by_index=True),) if self.from_ else ()

    def expanded(self, expand: Expander) -> Self:
        return replace(
            self,
            chown=expand(self.chown),
            chmod=expand(self.chmod),
            excludes=tuple(map(expand, self.excludes)),
            sources=expand_sources(self.sources, expand),
        )

    def lower(self, stage: StageBuilder) -> Operation:
        if stage.classic:
            for flag, given in (("chmod", self.chmod), ("link", self.link), ("parents", self.parents)):
                if given:
                    raise InstructionError(BUILDKIT_ONLY.format(f"--{flag}"), f"--{flag}")
        return copy_operation(
            self,
            stage,
            self.sources,
            origin=stage.find_source(self.from_, True),
            chown=self.chown,
            chmod=self.chmod,
            link=self.link,
            parents=self.parents,
            excludes=self.excludes,
        )
