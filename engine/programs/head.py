"""head: output the first part of files."""

from collections import deque
from collections.abc import Generator, Iterator

from engine.fs import FsError
from engine.programs.lib.sizes import InvalidNumber, parse_size
from engine.programs.lib.text import Inputs, curly, encode, lines_of
from engine.shell.options import Flag, Options, Value
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]... [FILE]...",
    "Print the first 10 lines of each FILE to standard output.",
    Value(
        "c",
        "bytes",
        metavar="[-]NUM",
        help="print the first NUM bytes of each file; with '-', all but the last",
    ),
    Value("n", "lines", metavar="[-]NUM", help="print the first NUM lines instead of the first 10"),
    Flag("q", "quiet", aliases=("silent",), help="never print headers giving file names"),
    Flag("v", "verbose", help="always print headers giving file names"),
    Flag("z", "zero-terminated", help="line delimiter is NUL, not newline"),
)


@program("head", package="coreutils", summary="output the first part of files")
def head(p: Process) -> Generator[bytes, None, int]:
    options = OPTIONS.parse(p, old_style_count(p.argv[1:]))
    by_bytes = options.last("bytes", "lines") == "bytes"
    text = options.value("bytes" if by_bytes else "lines", "10") or ""
    try:
        count = parse_size(text.lstrip("-+"))
    except InvalidNumber:
        unit = "bytes" if by_bytes else "lines"
        p.error(f"invalid number '{text}'" if p.is_busybox else f"invalid number of {unit}: {curly(p, text)}")
        return 1
    from_end = text.startswith("-")
    titled = options.flag("verbose") or (len(options.operands) > 1 and not options.flag("quiet"))
    separator = b"\0" if options.flag("zero-terminated") else b"\n"
    if not options.operands and not by_bytes and not from_end and separator == b"\n" and not titled:
        for _ in range(count):
            line = p.stdin.read_line()
            if not line:
                break
            yield line
        return 0
    inputs = Inputs(
        p,
        options.operands,
        message="cannot open '{name}' for reading: {reason}",
        directory="error reading '{name}': {reason}",
    )
    first = True
    for name, chunks in inputs:
        if titled:
            label = "standard input" if name == "-" else name
            yield encode(f"{'' if first else chr(10)}==> {label} <==\n")
        first = False
        try:
            if by_bytes:
                yield from _all_but_last(chunks, count) if from_end else _first_bytes(chunks, count)
            elif from_end:
                held: deque[bytes] = deque()
                for line in lines_of(chunks, p.budget, separator):
                    held.append(line)
                    if len(held) > count:
                        yield held.popleft()
            else:
                yield from _first_lines(p, chunks, count, separator)
        except FsError as error:
            inputs.fail(name, error)
    return inputs.status


def old_style_count(arguments: list[str]) -> list[str]:
    """``-5`` and ``-5c`` as ``-n 5`` and ``-c 5`` (the historical spelling of head and tail)."""
    if arguments and len(arguments[0]) > 1 and arguments[0][0] == "-" and arguments[0][1].isdigit():
        digits = arguments[0][1:]
        letters = digits.lstrip("0123456789")
        digits = digits[: len(digits) - len(letters)]
        count = ["-c" if "c" in letters else "-n", digits]
        extra = ["-" + letter for letter in letters if letter in "qvf"]
        return [*count, *extra, *arguments[1:]]
    return arguments


def _first_lines(p: Process, chunks: Iterator[bytes], count: int, separator: bytes) -> Iterator[bytes]:
    if not count:
        return
    for line in lines_of(chunks, p.budget, separator):
        yield line
        count -= 1
        if not count:
            return


def _first_bytes(chunks: Iterator[bytes], count: int) -> Iterator[bytes]:
    while count > 0:
        chunk = next(chunks, None)
        if chunk is None:
            return
        yield chunk[:count]
        count -= len(chunk)


def _all_but_last(chunks: Iterator[bytes], count: int) -> Iterator[bytes]:
    held = b""
    for chunk in chunks:
        held += chunk
        if len(held) > count:
            yield held[: len(held) - count]
            held = held[len(held) - count :]
