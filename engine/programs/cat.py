"""cat: concatenate files. ``more``, ``less`` and ``pager`` do the same here: there is nobody to page for."""

from collections.abc import Generator, Iterator

from engine.fs import FsError
from engine.programs.lib.text import Inputs, lines_of
from engine.shell.options import Flag, Options, Parsed
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]... [FILE]...",
    "Concatenate FILE(s) to standard output.\n\nWith no FILE, or when FILE is -, read standard input.\n",
    Flag("A", "show-all", help="equivalent to -vET"),
    Flag("b", "number-nonblank", help="number nonempty output lines, overrides -n"),
    Flag("e", "", help="equivalent to -vE"),
    Flag("E", "show-ends", help="display $ at end of each line"),
    Flag("n", "number", help="number all output lines"),
    Flag("s", "squeeze-blank", help="suppress repeated empty output lines"),
    Flag("t", "", help="equivalent to -vT"),
    Flag("T", "show-tabs", help="display TAB characters as ^I"),
    Flag("u", "", help="(ignored)"),
    Flag("v", "show-nonprinting", help="use ^ and M- notation, except for LFD and TAB"),
)
PAGER_OPTIONS = Options("[FILE]...", "Show FILE(s); in Layer Lab everything is shown at once.")


@program("cat", package="coreutils", summary="concatenate files and print on the standard output")
def cat(p: Process) -> Generator[bytes, None, int]:
    options = OPTIONS.parse(p)
    if options.order and any(name != "u" for name, _ in options.order):
        return (yield from _formatted(p, options))
    return (yield from _plain(p, options.operands))


@program("more", "less", "pager", package="less", summary="show files (everything at once)")
def more(p: Process) -> Generator[bytes, None, int]:
    arguments = [
        argument for argument in p.argv[1:] if argument[:1] not in ("-", "+") or argument == "--help"
    ]
    return (yield from _plain(p, PAGER_OPTIONS.parse(p, arguments).operands))


def _inputs(p: Process, names: list[str]) -> Inputs:
    return Inputs(
        p,
        names,
        busybox="can't open '{name}': {reason}",
        directory="read error: {reason}" if p.is_busybox else None,
    )


def _plain(p: Process, names: list[str]) -> Generator[bytes, None, int]:
    inputs = _inputs(p, names)
    for name, chunks in inputs:
        yield from _guarded(inputs, name, chunks)
    return inputs.status


def _guarded(inputs: Inputs, name: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from chunks
    except FsError as error:
        inputs.fail(name, error)


def _formatted(p: Process, options: Parsed) -> Generator[bytes, None, int]:
    ends = any(options.flag(name) for name in ("show-all", "e", "show-ends"))
    tabs = any(options.flag(name) for name in ("show-all", "t", "show-tabs"))
    visible = any(options.flag(name) for name in ("show-all", "e", "t", "show-nonprinting"))
    nonblank = options.flag("number-nonblank")
    number = 0
    blanks = 0
    fresh = True
    inputs = _inputs(p, options.operands)
    for _, chunks in inputs:
        for line in lines_of(chunks, p.budget):
            ended = line.endswith(b"\n")
            body = line[:-1] if ended else line
            blanks = 0 if body else blanks + 1
            if options.flag("squeeze-blank") and blanks > 1:
                continue
            if visible:
                body = b"".join(_visible(byte) for byte in body)
            if tabs:
                body = body.replace(b"\t", b"^I")
            head = b""
            if fresh and (body if nonblank else options.flag("number")):
                number += 1
                head = b"%6d\t" % number
            fresh = ended
            yield head + body + (b"$" if ends and ended else b"") + (b"\n" if ended else b"")
    return inputs.status


def _visible(byte: int) -> bytes:
    prefix = b""
    if byte >= 128:
        prefix, byte = b"M-", byte - 128
    if byte == 127:
        return prefix + b"^?"
    if byte < 32 and not (byte == 9 and not prefix):
        return prefix + b"^" + bytes((byte + 64,))
    return prefix + bytes((byte,))
