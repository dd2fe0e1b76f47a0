"""gzip, bzip2 and xz streams: bounded both ways, and cheap where the input is filler."""

import bz2
import lzma
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from engine.budget import Budget
from engine.errors import EngineError

MAX_EXPANDED = 256 << 20
_PIECE = 1 << 20
_BYTES_PER_STEP = 1024


class BadArchive(EngineError):
    """Compressed data that cannot be read; the message is the tool's."""


@dataclass(frozen=True, slots=True)
class Method:
    """One compression: its tool, file suffix, magic bytes and what makes and undoes it."""

    name: str
    suffix: str
    magic: bytes
    compressor: Callable[[int], Any]
    decompressor: Callable[[], Any]


def _gzip_compressor(level: int) -> Any:
    return zlib.compressobj(level or 6, zlib.DEFLATED, -15)


def _gzip_decompressor() -> Any:
    return zlib.decompressobj(31)


GZIP = Method("gzip", ".gz", b"\x1f\x8b", _gzip_compressor, _gzip_decompressor)
BZIP2 = Method("bzip2", ".bz2", b"BZh", lambda level: bz2.BZ2Compressor(level or 9), bz2.BZ2Decompressor)
XZ = Method(
    "xz",
    ".xz",
    b"\xfd7zXZ\x00",
    lambda level: lzma.LZMACompressor(preset=min(level or 1, 1)),
    lambda: lzma.LZMADecompressor(memlimit=128 << 20),
)
METHODS = (GZIP, BZIP2, XZ)


def method_of(head: bytes) -> Method | None:
    """The method whose magic ``head`` starts with."""
    return next((method for method in METHODS if head.startswith(method.magic)), None)


def compress(
    chunks: Iterable[bytes], method: Method, budget: Budget, level: int = 0, stamp: tuple[int, str] = (0, "")
) -> Iterator[bytes]:
    """The compressed stream. ``stamp``: the seconds and the name that a gzip header records (RFC 1952)."""
    machine = method.compressor(level)
    cost = _BYTES_PER_STEP if method is GZIP else 512
    crc = size = 0
    if method is GZIP:
        seconds, name = stamp
        extra = {1: 4, 9: 2}.get(level, 0)
        yield struct.pack("<2sBBIBB", b"\x1f\x8b", 8, 8 if name else 0, seconds & 0xFFFFFFFF, extra, 3)
        if name:
            yield name.encode("utf-8", "surrogateescape").replace(b"\0", b"") + b"\0"
    for chunk in chunks:
        budget.step(1 + len(chunk) // cost)
        if method is GZIP:
            crc, size = zlib.crc32(chunk, crc), size + len(chunk)
        piece = machine.compress(chunk)
        if piece:
            yield piece
    yield machine.flush()
    if method is GZIP:
        yield struct.pack("<II", crc, size & 0xFFFFFFFF)


def decompress(chunks: Iterable[bytes], method: Method, budget: Budget) -> Iterator[bytes]:
    """The expanded stream, several members in a row included. Raises BadArchive.

    The budget pays for what comes out, so that a few kB that expand to gigabytes are stopped.
    """
    pending = b""
    machine: Any = None
    total = 0
    source = iter(chunks)
    try:
        while True:
            if not pending:
                pending = next(source, b"")
                if not pending:
                    break
            if machine is None:
                if not pending.strip(b"\0"):
                    pending = b""
                    continue
                machine = method.decompressor()
            piece, pending = _expand(machine, pending)
            total += len(piece)
            budget.step(1 + len(piece) // 2048)
            if total > MAX_EXPANDED:
                budget.allocate(budget.limits.memory + 1)
            if piece:
                yield piece
            if machine.eof:
                pending = machine.unused_data
                machine = None
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:
        raise BadArchive(_reason(method, str(error))) from error
    if machine is not None:
        raise BadArchive("unexpected end of file" if method is not XZ else "Unexpected end of input")


def _expand(machine: Any, pending: bytes) -> tuple[bytes, bytes]:
    """At most one piece of output, and the input still to be given."""
    if hasattr(machine, "unconsumed_tail"):
        piece = machine.decompress(pending, _PIECE)
        return piece, machine.unconsumed_tail
    piece = machine.decompress(pending, _PIECE)
    while not machine.eof and machine.needs_input is False and not piece:
        piece = machine.decompress(b"", _PIECE)
    if not machine.eof and not machine.needs_input:
        return piece + _drained(machine), b""
    return piece, b""


def _drained(machine: Any) -> bytes:
    parts = []
    size = 0
    while not machine.eof and not machine.needs_input:
        part = machine.decompress(b"", _PIECE)
        parts.append(part)
        size += len(part)
        if size > 64 << 20:
            raise ValueError("too much output")
    return b"".join(parts)


def _reason(method: Method, error: str) -> str:
    if method is GZIP:
        return (
            "unexpected end of file" if "incomplete" in error else "invalid compressed data--format violated"
        )
    if method is BZIP2:
        return "Data integrity error when decompressing."
    return "Compressed data is corrupt"
