"""md5sum, sha1sum, sha256sum … and cksum: print and check message digests."""

import hashlib
from collections.abc import Generator, Iterator

from engine.fs import File, FsError
from engine.programs.lib.text import Inputs, decode, encode, lines_of
from engine.shell.options import Flag, Options, Parsed
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]... [FILE]...",
    "Print or check message digests.",
    Flag("b", "binary", help="read in binary mode"),
    Flag("c", "check", help="read checksums from the FILEs and check them"),
    Flag("", "tag", help="create a BSD-style checksum"),
    Flag("t", "text", help="read in text mode (default)"),
    Flag("z", "zero", help="end each output line with NUL, not newline"),
    Flag("", "ignore-missing", help="don't fail or report status for missing files"),
    Flag("", "quiet", help="don't print OK for each successfully verified file"),
    Flag("s", "status", help="don't output anything, status code shows success"),
    Flag("", "strict", help="exit non-zero for improperly formatted checksum lines"),
    Flag("w", "warn", help="warn about improperly formatted checksum lines"),
)
CKSUM = Options("[FILE]...", "Print CRC checksum and byte counts of each FILE.")
_MAX_HASHED = 512 << 20


@program(
    "md5sum",
    "sha1sum",
    "sha224sum",
    "sha256sum",
    "sha384sum",
    "sha512sum",
    "b2sum",
    package="coreutils",
    summary="compute and check message digests",
)
def checksum(p: Process) -> Generator[bytes, None, int]:
    options = OPTIONS.parse(p)
    algorithm = {"b2sum": "blake2b"}.get(p.name, p.name.removesuffix("sum"))
    if options.flag("check"):
        return (yield from _check(p, options, algorithm))
    inputs = Inputs(
        p,
        options.operands,
        busybox="can't open '{name}': {reason}",
        directory="can't read '{name}': {reason}" if p.is_busybox else None,
    )
    end = "\0" if options.flag("zero") else "\n"
    for name, chunks in inputs:
        try:
            digest = _digest(p, algorithm, name, chunks)
        except FsError as error:
            inputs.fail(name, error)
            continue
        if options.flag("tag"):
            yield encode(f"{algorithm.upper()} ({name}) = {digest}{end}")
        else:
            mark = "*" if options.flag("binary") and not options.flag("text") else " "
            yield encode(f"{digest} {mark}{name}{end}")
    return inputs.status


def _digest(p: Process, algorithm: str, name: str, chunks: Iterator[bytes]) -> str:
    node = p.files.find(name) if name != "-" else None
    if algorithm == "sha256" and isinstance(node, File) and node.content.is_filler:
        p.budget.step(node.content.size // 1_000_000)
        return node.content.sha256()
    hasher = hashlib.new(algorithm, usedforsecurity=False)
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > _MAX_HASHED:
            p.budget.allocate(p.budget.limits.memory + 1)
        p.budget.step(1 + len(chunk) // 4096)
        hasher.update(chunk)
    return hasher.hexdigest()


def _check(p: Process, options: Parsed, algorithm: str) -> Generator[bytes, None, int]:
    inputs = Inputs(p, options.operands, busybox="can't open '{name}': {reason}")
    status = 0
    length = hashlib.new(algorithm, usedforsecurity=False).digest_size * 2
    for list_name, chunks in inputs:
        failed = malformed = missing = checked = 0
        for line in lines_of(chunks, p.budget):
            text = decode(line.rstrip(b"\n"))
            digest, name = _parse(text, algorithm)
            if len(digest) != length or not name:
                malformed += bool(text)
                continue
            try:
                source = p.stdin.chunks() if name == "-" else p.files.chunks(name)
                good = _digest(p, algorithm, name, source) == digest.lower()
            except FsError as error:
                if options.flag("ignore-missing") and error.code == "ENOENT":
                    continue
                opened = f"can't open '{name}'" if p.is_busybox else name
                p.error(f"{opened}: {error.reason}")
                if not options.flag("status"):
                    yield encode(f"{name}: FAILED{'' if p.is_busybox else ' open or read'}\n")
                missing += 1
                continue
            checked += 1
            failed += not good
            if not options.flag("status") and not (good and options.flag("quiet")):
                yield encode(f"{name}: {'OK' if good else 'FAILED'}\n")
        if not checked and not missing:
            message = f"{list_name}: no properly formatted checksum lines found"
            p.error(message)
            status = 1
        status = 1 if failed or missing else status
        if not options.flag("status"):
            _warn(p, malformed, missing, failed, checked)
    return status or inputs.status


def _warn(p: Process, malformed: int, missing: int, failed: int, checked: int) -> None:
    if p.is_busybox:
        if failed or missing:
            p.error(f"WARNING: {failed + missing} of {checked + missing} computed checksums did NOT match")
        return
    if malformed and checked:
        plural = " is" if malformed == 1 else "s are"
        p.error(f"WARNING: {malformed} line{plural} improperly formatted")
    if missing:
        plural = "" if missing == 1 else "s"
        p.error(f"WARNING: {missing} listed file{plural} could not be read")
    if failed:
        plural = "" if failed == 1 else "s"
        p.error(f"WARNING: {failed} computed checksum{plural} did NOT match")


def _parse(text: str, algorithm: str) -> tuple[str, str]:
    head = f"{algorithm.upper()} ("
    if text.startswith(head) and ") = " in text:
        name, _, digest = text[len(head) :].rpartition(") = ")
        return digest, name
    digest, _, name = text.partition(" ")
    return digest, name[1:] if name[:1] in (" ", "*") else ""


_TABLE: list[int] = []


@program("cksum", package="coreutils", summary="checksum and count the bytes in a file")
def cksum(p: Process) -> Generator[bytes, None, int]:
    options = CKSUM.parse(p)
    inputs = Inputs(p, options.operands)
    for name, chunks in inputs:
        crc = size = 0
        try:
            for chunk in chunks:
                p.budget.step(1 + len(chunk) // 16)
                size += len(chunk)
                crc = _crc(crc, chunk)
        except FsError as error:
            inputs.fail(name, error)
            continue
        length = size
        while length:
            crc = _crc(crc, bytes((length & 255,)))
            length >>= 8
        yield encode(
            f"{crc ^ 0xFFFFFFFF} {size}{'' if name == '-' and not options.operands else ' ' + name}\n"
        )
    return inputs.status


def _crc(crc: int, data: bytes) -> int:
    """The POSIX CRC-32: most significant bit first, polynomial 04C11DB7."""
    if not _TABLE:
        for byte in range(256):
            value = byte << 24
            for _ in range(8):
                value = (value << 1) ^ (0x04C11DB7 if value & 0x80000000 else 0)
            _TABLE.append(value & 0xFFFFFFFF)
    for byte in data:
        crc = (crc << 8 & 0xFFFFFFFF) ^ _TABLE[crc >> 24 ^ byte]
    return crc
