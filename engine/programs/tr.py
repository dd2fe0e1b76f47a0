"""tr: translate, squeeze or delete characters."""

import re
from collections.abc import Generator

from engine.programs.lib.regex import class_bytes
from engine.programs.lib.text import curly, encode, stdin_chunks
from engine.shell.options import Flag, Options, UsageError
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]... STRING1 [STRING2]",
    "Translate, squeeze, and/or delete characters from standard input, writing to standard output.",
    Flag("cC", "complement", help="use the complement of STRING1"),
    Flag("d", "delete", help="delete characters in STRING1, do not translate"),
    Flag(
        "s", "squeeze-repeats", help="replace each sequence of a repeated character of the last STRING by one"
    ),
    Flag("t", "truncate-set1", help="first truncate STRING1 to length of STRING2"),
    stop_at_operand=True,
)
_ESCAPES = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92}
_MAX_SET = 65536


@program("tr", package="coreutils", summary="translate or delete characters")
def tr(p: Process) -> Generator[bytes, None, int]:
    options = OPTIONS.parse(p)
    operands = options.operands
    deleting = options.flag("delete")
    squeezing = options.flag("squeeze-repeats")
    if not operands:
        raise OPTIONS.usage_error(p, "missing operand")
    if len(operands) < 2 and (deleting == squeezing):
        why = "when both deleting and squeezing repeats" if deleting else "when translating"
        detail = f"Two strings must be given {why}."
        raise OPTIONS.usage_error(p, f"missing operand after {curly(p, operands[-1])}\n{detail}")
    allowed = 1 if deleting and not squeezing else 2
    if len(operands) > allowed:
        detail = (
            "" if allowed == 2 else "\nOnly one string may be given when deleting without squeezing repeats."
        )
        raise OPTIONS.usage_error(p, f"extra operand {curly(p, operands[allowed])}{detail}")
    first = _expand(p, operands[0])
    if options.flag("complement"):
        members = set(first)
        first = bytes(byte for byte in range(256) if byte not in members)
    second = _expand(p, operands[1], len(first)) if len(operands) > 1 else b""
    delete = first if deleting else b""
    table = None
    if not deleting and len(operands) > 1:
        table = _table(p, first, second, options.flag("truncate-set1"))
    squeeze = (second if len(operands) > 1 else first) if squeezing else b""
    return (yield from _stream(p, table, delete, squeeze))


def _stream(p: Process, table: bytes | None, delete: bytes, squeeze: bytes) -> Generator[bytes, None, int]:
    runs = None
    if squeeze:
        members = b"".join(b"\\x%02x" % byte for byte in set(squeeze))
        runs = re.compile(b"([" + members + b"])\\1+", re.DOTALL)
    last = b""
    for chunk in stdin_chunks(p):
        p.budget.step(1 + len(chunk) // 8192)
        out = chunk.translate(table, delete)
        if runs is not None and out:
            out = runs.sub(b"\\1", out)
            if last and out[:1] == last and last in squeeze:
                out = out[1:]
            last = out[-1:] or last
        if out:
            yield out
    return 0


def _table(p: Process, first: bytes, second: bytes, truncate: bool) -> bytes:
    if not second:
        raise UsageError(f"{p.name}: when not truncating set1, string2 must be non-empty\n", 1)
    if truncate:
        first = first[: len(second)]
    elif len(second) < len(first):
        second += second[-1:] * (len(first) - len(second))
    table = bytearray(range(256))
    for source, target in zip(first, second, strict=False):
        table[source] = target
    return bytes(table)


def _expand(p: Process, text: str, wanted: int = 0) -> bytes:
    """A set written with ranges, classes, escapes and ``[c*n]`` repeats, as bytes in order."""
    data = encode(text)
    out = bytearray()
    fill_at = fill_byte = -1
    at = 0
    while at < len(data):
        if data.startswith(b"[:", at) and (end := data.find(b":]", at + 2)) > 0:
            name = data[at + 2 : end].decode("ascii", "replace")
            members = class_bytes(name)
            if members is None:
                raise UsageError(f"{p.name}: invalid character class {curly(p, name)}\n", 1)
            out += members
            at = end + 2
            continue
        if data.startswith(b"[=", at) and data[at + 3 : at + 5] == b"=]":
            out.append(data[at + 2])
            at += 5
            continue
        repeat = re.match(rb"\[(\\[0-7]{1,3}|\\.|.)\*([0-9]{0,9})\]", data[at : at + 20], re.DOTALL)
        if repeat:
            byte, _ = _char(repeat[1], 0)
            digits = repeat[2]
            count = int(digits, 8 if digits[:1] == b"0" else 10) if digits else 0
            if count > _MAX_SET:
                shown = curly(p, digits.decode())
                raise UsageError(f"{p.name}: invalid repeat count {shown} in [c*n] construct\n", 1)
            if count:
                out += bytes((byte,)) * count
            else:
                fill_at, fill_byte = len(out), byte
            at += repeat.end()
            continue
        low, after = _char(data, at)
        if data[after : after + 1] == b"-" and after + 1 < len(data):
            high, end = _char(data, after + 1)
            if high < low:
                shown = data[at:end].decode("utf-8", "replace")
                why = f"range-endpoints of {curly(p, shown)} are in reverse collating sequence order"
                raise UsageError(f"{p.name}: {why}\n", 1)
            out += bytes(range(low, high + 1))
            at = end
            continue
        out.append(low)
        at = after
    if fill_at >= 0:
        out[fill_at:fill_at] = bytes((fill_byte,)) * max(0, wanted - len(out))
    return bytes(out)


def _char(data: bytes, at: int) -> tuple[int, int]:
    """One character, escapes read, and where the next one starts."""
    if data[at] != 92 or at + 1 >= len(data):
        return data[at], at + 1
    following = data[at + 1]
    if 48 <= following <= 55:
        end = at + 2
        while end < min(at + 4, len(data)) and 48 <= data[end] <= 55:
            end += 1
        return int(data[at + 1 : end], 8) & 255, end
    return _ESCAPES.get(chr(following), following), at + 2
