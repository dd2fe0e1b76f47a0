"""``STOPSIGNAL signal``: what a container is told to stop with."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar, Final, Self

from engine.build.ops import Operation
from engine.dockerfile.errors import InstructionError
from engine.dockerfile.instruction import Expander, Instruction, exactly_one_argument, register
from engine.dockerfile.lowering import StageBuilder
from engine.dockerfile.parser import Node
from engine.dockerfile.syntax import Syntax, whole_text

_NUMBER: Final = re.compile(r"[+-]?[0-9]+\Z")
_NAMES: Final = frozenset(
    {"ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE"}
    | {"POLL", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU"}
    | {"URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ", "RTMIN", "RTMAX"}
    | {f"RTMIN+{offset}" for offset in range(1, 16)}
    | {f"RTMAX-{offset}" for offset in range(1, 15)}
)


def is_signal(text: str) -> bool:
    """True for a signal's number, or its name with or without ``SIG``, in any case."""
    if _NUMBER.match(text):
        return text.strip("+-0") != ""
    return text.upper().removeprefix("SIG") in _NAMES


@register
@dataclass(frozen=True, slots=True)
class Stopsignal(Instruction):
    """STOPSIGNAL."""

    keyword: ClassVar[str] = "STOPSIGNAL"
    syntax: ClassVar[Syntax] = staticmethod(whole_text)

    signal: str

    @classmethod
    def parse(cls, node: Node) -> Self:
        exactly_one_argument(node, "STOPSIGNAL")
        return cls(node, node.args[0])

    def expanded(self, expand: Expander) -> Self:
        return type(self)(self.node, expand(self.signal))

    def lower(self, stage: StageBuilder) -> Operation:
        if not is_signal(self.signal):
            raise InstructionError(f"invalid signal: {self.signal}", self.signal)
        stage.config = replace(stage.config, stop_signal=self.signal)
        return stage.meta(self, f"STOPSIGNAL {self.signal}")
