"""``ADD [flags] source … destination``: like COPY, but it also fetches URLs and unpacks archives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Final, Self

from engine.build.ops import ContextSource, Operation
from engine.dockerfile.copying import Sources, check_sources, copy_operation, expand_sources, read_sources
from engine.dockerfile.errors import InstructionError
from engine.dockerfile.flags import FlagSet
from engine.dockerfile.instruction import Expander, Instruction, register
from engine.dockerfile.lowering import BUILDKIT_ONLY, StageBuilder
from engine.dockerfile.parser import Node
from engine.dockerfile.syntax import Syntax, path_list

_FLAGS: Final = FlagSet(
    texts=("chown", "chmod", "checksum"), lists=("exclude",), switches=("link", "keep-git-dir", "unpack")
)


@register
@dataclass(frozen=True, slots=True)
class Add(Instruction):
    """ADD: ``unpack`` is ``None`` when not said: then local archives are unpacked, fetched ones not."""

    keyword: ClassVar[str] = "ADD"
    syntax: ClassVar[Syntax] = staticmethod(path_list)
    has_step: ClassVar[bool] = True

    sources: Sources
    chown: str
    chmod: str
    checksum: str
    link: bool
    keep_git_dir: bool
    unpack: bool | None
    excludes: tuple[str, ...]

    @classmethod
    def parse(cls, node: Node) -> Self:
        check_sources(node, "ADD")
        flags = _FLAGS.parse(node.flags)
        return cls(
            node,
            sources=read_sources(node, "ADD"),
            chown=flags.text("chown"),
            chmod=flags.text("chmod"),
            checksum=flags.text("checksum"),
            link=flags.switch("link") or False,
            keep_git_dir=flags.switch("keep-git-dir") or False,
            unpack=flags.switch("unpack"),
            excludes=flags.all("exclude"),
        )

    def expanded(self, expand: Expander) -> Self:
        return replace(
            self,
            chown=expand(self.chown),
            chmod=expand(self.chmod),
            checksum=expand(self.checksum),
            excludes=tuple(map(expand, self.excludes)),
            sources=expand_sources(self.sources, expand),
        )

    def lower(self, stage: StageBuilder) -> Operation:
        if stage.classic:
            given = {
                "chmod": self.chmod,
                "checksum": self.checksum,
                "link": self.link,
                "keep-git-dir": self.keep_git_dir,
            }
            for flag, value in given.items():
                if value:
                    raise InstructionError(BUILDKIT_ONLY.format(f"--{flag}"), f"--{flag}")
        return copy_operation(
            self,
            stage,
            self.sources,
            origin=ContextSource(),
            chown=self.chown,
            chmod=self.chmod,
            link=self.link,
            excludes=self.excludes,
            checksum=self.checksum,
            keep_git_dir=self.keep_git_dir,
            unpack=self.unpack,
            fetches=True,
        )
