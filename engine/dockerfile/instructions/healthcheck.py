"""``HEALTHCHECK``: how to find out whether a container still does its work."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Final, Self

from engine.build.ops import Operation
from engine.dockerfile.errors import InstructionError
from engine.dockerfile.flags import Flags, FlagSet
from engine.dockerfile.gotext import (
    DurationError,
    format_duration,
    parse_duration,
    plain_list,
    quote,
    quote_list,
    quote_rune,
)
from engine.dockerfile.instruction import Instruction, at_least_one_argument, register
from engine.dockerfile.lowering import StageBuilder
from engine.dockerfile.parser import Node
from engine.dockerfile.syntax import Syntax, typed_command
from engine.image.config import Healthcheck as Check

_FLAGS: Final = FlagSet(texts=("interval", "timeout", "start-period", "start-interval", "retries"))
_SHORTEST: Final = 1_000_000
"""Nanoseconds an interval must at least have."""


@register
@dataclass(frozen=True, slots=True)
class Healthcheck(Instruction):
    """HEALTHCHECK CMD …, or HEALTHCHECK NONE."""

    keyword: ClassVar[str] = "HEALTHCHECK"
    syntax: ClassVar[Syntax] = staticmethod(typed_command)

    check: Check

    @classmethod
    def parse(cls, node: Node) -> Self:
        at_least_one_argument(node, "HEALTHCHECK")
        kind = node.args[0].upper()
        if kind == "NONE":
            if len(node.args) > 1:
                raise InstructionError("HEALTHCHECK NONE takes no arguments")
            return cls(node, Check(test=("NONE",)))
        flags = _FLAGS.parse(node.flags)
        if kind != "CMD":
            raise InstructionError(f"Unknown type {quote(kind)} in HEALTHCHECK (try CMD)", node.args[0])
        command = node.args[1:]
        if not command:
            raise InstructionError("Missing command after HEALTHCHECK CMD")
        return cls(
            node,
            Check(
                test=("CMD" if node.is_json else "CMD-SHELL", *command),
                interval=_duration(flags, "interval"),
                timeout=_duration(flags, "timeout"),
                start_period=_duration(flags, "start-period"),
                start_interval=_duration(flags, "start-interval"),
                retries=_retries(flags.text("retries")),
            ),
        )

    def lower(self, stage: StageBuilder) -> Operation:
        stage.config = replace(stage.config, healthcheck=self.check)
        text = _current(self.check) if stage.current_release else _engine_28(self.check)
        return stage.meta(self, f"HEALTHCHECK {text}", f"HEALTHCHECK {_classic(self.check)}")


def _duration(flags: Flags, name: str) -> int:
    text = flags.text(name)
    if not text:
        return 0
    try:
        duration = parse_duration(text)
    except DurationError as error:
        raise InstructionError(str(error), text) from None
    if duration != 0 and duration < _SHORTEST:
        shortest = format_duration(_SHORTEST)
        raise InstructionError(f"Interval {quote(name)} cannot be less than {shortest}", text)
    return duration


def _retries(text: str) -> int:
    if not text:
        return 0
    digits = text.removeprefix("-") if text.startswith("-") else text.removeprefix("+")
    if not digits.isascii() or not digits.isdecimal():
        raise InstructionError(f"strconv.ParseInt: parsing {quote(text)}: invalid syntax", text)
    if len(digits.lstrip("0")) > 10 or not -(1 << 31) <= int(text) < 1 << 31:
        raise InstructionError(f"strconv.ParseInt: parsing {quote(text)}: value out of range", text)
    if int(text) < 0:
        raise InstructionError(f"--retries cannot be negative ({int(text)})", text)
    return int(text)


def _durations(check: Check) -> list[str]:
    return [
        format_duration(duration)
        for duration in (check.interval, check.timeout, check.start_period, check.start_interval)
    ]


def _current(check: Check) -> str:
    interval, timeout, start_period, start_interval = _durations(check)
    return (
        f"{{Test:{plain_list(check.test)} Interval:{interval} Timeout:{timeout} StartPeriod:{start_period} "
        f"StartInterval:{start_interval} Retries:{check.retries}}}"
    )


def _engine_28(check: Check) -> str:
    durations = " ".join(map(quote, _durations(check)))
    return f"&{{{quote_list(check.test)} {durations} {quote_rune(check.retries)}}}"


def _classic(check: Check) -> str:
    return f"&{{{plain_list(check.test)} {' '.join(_durations(check))} {check.retries}}}"
