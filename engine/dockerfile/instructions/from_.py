"""``FROM image [AS name]``: begins a stage."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from engine.build.ops import Operation
from engine.dockerfile.errors import InstructionError
from engine.dockerfile.flags import FlagSet
from engine.dockerfile.gotext import quote
from engine.dockerfile.instruction import Instruction, register
from engine.dockerfile.lowering import StageBuilder
from engine.dockerfile.parser import Node
from engine.dockerfile.syntax import Syntax, blank_separated

_FLAGS: Final = FlagSet(texts=("platform",))
_NAME: Final = re.compile(r"[a-z][a-z0-9_.-]*\Z")


@register
@dataclass(frozen=True, slots=True)
class From(Instruction):
    """FROM: ``base`` and ``platform`` as written, ``name`` in lower case ("" = unnamed).

    ``written_name`` is the name as written and ``as_keyword`` the AS before it.
    """

    keyword: ClassVar[str] = "FROM"
    syntax: ClassVar[Syntax] = staticmethod(blank_separated)
    has_step: ClassVar[bool] = True

    base: str
    name: str
    platform: str
    written_name: str
    as_keyword: str

    @classmethod
    def parse(cls, node: Node) -> Self:
        name = written = keyword = ""
        if len(node.args) == 3 and node.args[1].lower() == "as":
            _, keyword, written = node.args
            name = written.lower()
            if not _NAME.match(name):
                raise InstructionError(
                    f"invalid name for build stage: {quote(written)}, "
                    "name can't start with a number or contain symbols",
                    written,
                )
        elif len(node.args) != 1:
            raise InstructionError("FROM requires either one or three arguments")
        flags = _FLAGS.parse(node.flags)
        return cls(node, node.args[0], name, flags.text("platform"), written, keyword)

    def lower(self, stage: StageBuilder) -> Operation:
        # A stage is opened by whoever walks the stages; in a trigger FROM is refused.
        raise InstructionError("FROM isn't allowed as an ONBUILD trigger")
