"""``EXPOSE port[/protocol] …``: the ports a container listens on."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from engine.build.ops import Operation
from engine.dockerfile.errors import InstructionError
from engine.dockerfile.flags import FlagSet
from engine.dockerfile.gotext import parse_unsigned, plain_list
from engine.dockerfile.instruction import Instruction, at_least_one_argument, register
from engine.dockerfile.lowering import StageBuilder
from engine.dockerfile.parser import Node
from engine.dockerfile.syntax import Syntax, blank_separated

MAX_PORTS: Final = 1 << 17
"""How many ports one instruction may name."""


@register
@dataclass(frozen=True, slots=True)
class Expose(Instruction):
    """EXPOSE: ``ports`` sorted as texts; a variable may stand for several of them."""

    keyword: ClassVar[str] = "EXPOSE"
    syntax: ClassVar[Syntax] = staticmethod(blank_separated)

    ports: tuple[str, ...]

    @classmethod
    def parse(cls, node: Node) -> Self:
        at_least_one_argument(node, "EXPOSE")
        FlagSet().parse(node.flags)
        return cls(node, tuple(sorted(node.args)))

    def lower(self, stage: StageBuilder) -> Operation:
        written = [port for word in self.ports for port in stage.expand_words(word)]
        ports = parse_ports(written, classic=stage.classic)
        stage.config = stage.config.with_exposed_ports(*ports)
        return stage.meta(self, f"EXPOSE {plain_list(ports)}", " ".join(["EXPOSE", *written]))


def parse_ports(written: list[str] | tuple[str, ...], *, classic: bool = False) -> tuple[str, ...]:
    """Ports and ranges, each with an optional ``[ip:]public:`` in front, as ``port/protocol``.

    Raises `InstructionError`; the classic builder's messages start with a capital.
    """
    ports: list[str] = []
    for text in written:
        ports += _parse_port(text, classic)
        if len(ports) > MAX_PORTS:
            raise InstructionError(f"more than {MAX_PORTS} ports in one instruction", text)
    return tuple(ports)


def _parse_port(text: str, classic: bool) -> list[str]:
    def failed(message: str) -> InstructionError:
        return InstructionError(message[0].upper() + message[1:] if classic else message, text)

    host, _, container = text.rpartition(":")
    address, _, public = host.rpartition(":")
    container, _, protocol = container.partition("/")
    protocol = protocol.lower() or "tcp"
    if not container:
        raise failed(f"no port specified: {text.rpartition(':')[2]}<empty>")
    if protocol not in ("tcp", "udp", "sctp"):
        raise failed(f"invalid proto: {protocol}")
    if address and not _is_address(address):
        raise failed(f"invalid IP address: {address}")
    ports = _parse_range(container)
    if ports is None:
        raise failed(f"invalid containerPort: {container}")
    if public:
        public_ports = _parse_range(public)
        if public_ports is None:
            raise failed(f"invalid hostPort: {public}")
        if len(ports) > 1 and len(ports) != len(public_ports):
            message = f"invalid ranges specified for container and host Ports: {container} and {public}"
            raise failed(message)
    return [f"{port}/{protocol}" for port in ports]


def _parse_range(text: str) -> range | None:
    first, separator, last = text.partition("-")
    start = parse_unsigned(first, bits=16)
    end = parse_unsigned(last, bits=16) if separator else start
    if start is None or end is None or end < start:
        return None
    return range(start, end + 1)


def _is_address(text: str) -> bool:
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
