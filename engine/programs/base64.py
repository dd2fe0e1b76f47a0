"""base64 and base32: encode and decode data."""

import base64 as codec
import binascii
from collections.abc import Generator

from engine.fs import FsError
from engine.programs.lib.sizes import InvalidNumber, parse_count
from engine.programs.lib.text import Inputs, curly, read_all
from engine.shell.options import Flag, Options, Value
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]... [FILE]",
    "Encode or decode FILE, or standard input, to standard output.",
    Flag("d", "decode", help="decode data"),
    Flag("i", "ignore-garbage", help="when decoding, ignore non-alphabet characters"),
    Value("w", "wrap", metavar="COLS", help="wrap encoded lines after COLS character (default 76)"),
)


@program("base64", "base32", package="coreutils", summary="encode/decode data and print to standard output")
def base64(p: Process) -> Generator[bytes, None, int]:
    options = OPTIONS.parse(p)
    if len(options.operands) > 1:
        raise OPTIONS.usage_error(p, f"extra operand {curly(p, options.operands[1])}")
    try:
        width = parse_count(options.value("wrap") or "76")
    except InvalidNumber as error:
        p.error(f"invalid wrap size: {curly(p, str(error))}")
        return 1
    wide = p.name == "base64"
    inputs = Inputs(p, options.operands, directory=None if p.is_busybox else "read error: {reason}")
    for name, chunks in inputs:
        try:
            data = read_all(chunks, p.budget)
        except FsError as error:
            inputs.fail(name, error)
            continue
        p.budget.step(len(data) // 1024)
        if options.flag("decode"):
            decoded, good = _decoded(data, wide, options.flag("ignore-garbage"))
            yield decoded
            if not good:
                p.error("truncated input" if p.is_busybox else "invalid input")
                return 1
            continue
        text = codec.b64encode(data) if wide else codec.b32encode(data)
        if width:
            yield b"".join(text[at : at + width] + b"\n" for at in range(0, len(text), width))
        else:
            yield text
    return inputs.status


def _decoded(data: bytes, wide: bool, lenient: bool) -> tuple[bytes, bool]:
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567="
    if wide:
        alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
    text = data.translate(None, b"\n\r" if not lenient else bytes(set(range(256)) - set(alphabet)))
    bad = next((at for at, byte in enumerate(text) if byte not in alphabet), len(text))
    good = bad == len(text)
    unit = 4 if wide else 8
    whole = text[: bad // unit * unit]
    try:
        out = codec.b64decode(whole) if wide else codec.b32decode(whole)
        rest = text[len(whole) : bad]
        if rest:
            padded = rest.rstrip(b"=") + b"=" * (unit - len(rest.rstrip(b"=")))
            out += codec.b64decode(padded) if wide else codec.b32decode(padded)
            good = False
    except (binascii.Error, ValueError):
        return b"", False
    return out, good
