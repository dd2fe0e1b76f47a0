"""tail: output the last part of files. ``-f`` waits for more, which in a container means: it stays up."""

from collections import deque
from collections.abc import Generator, Iterator

from engine.fs import File, FsError
from engine.programs.head import old_style_count
from engine.programs.lib.sizes import InvalidNumber, parse_size
from engine.programs.lib.text import Inputs, curly, encode, lines_of
from engine.shell.options import Flag, Options, Value
from engine.shell.process import Process, StaysUp
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]... [FILE]...",
    "Print the last 10 lines of each FILE to standard output.",
    Value(
        "c",
        "bytes",
        metavar="[+]NUM",
        help="output the last NUM bytes; or use -c +NUM to start with byte NUM",
    ),
    Flag("f", "", help="output appended data as the file grows"),
    Value("", "follow", metavar="HOW", optional=True, help="the same, by name or by descriptor"),
    Flag("F", "", help="same as --follow=name --retry"),
    Value("n", "lines", metavar="[+]NUM", help="output the last NUM lines, instead of the last 10"),
    Value("", "pid", metavar="PID", help="with -f, terminate after process ID, PID dies"),
    Flag("q", "quiet", aliases=("silent",), help="never output headers giving file names"),
    Flag("", "retry", help="keep trying to open a file if it is inaccessible"),
    Value("s", "sleep-interval", metavar="N", help="with -f, sleep for approximately N seconds"),
    Flag("v", "verbose", help="always output headers giving file names"),
    Flag("z", "zero-terminated", help="line delimiter is NUL, not newline"),
)


@program("tail", package="coreutils", summary="output the last part of files")
def tail(p: Process) -> Generator[bytes, None, int]:
    arguments = old_style_count(p.argv[1:])
    if arguments and arguments[0][:1] == "+" and arguments[0][1:].isdigit():
        arguments = ["-n", arguments[0], *arguments[1:]]
    options = OPTIONS.parse(p, arguments)
    if arguments != p.argv[1:] and len(options.operands) > 1 and not p.is_busybox:
        p.error(f"option used in invalid context -- {p.argv[1].lstrip('-+')[:1]}")
        return 1
    by_bytes = options.last("bytes", "lines") == "bytes"
    text = options.value("bytes" if by_bytes else "lines", "10") or ""
    try:
        count = parse_size(text.lstrip("-+"))
    except InvalidNumber:
        unit = "bytes" if by_bytes else "lines"
        p.error(f"invalid number '{text}'" if p.is_busybox else f"invalid number of {unit}: {curly(p, text)}")
        return 1
    from_start = text.startswith("+")
    titled = options.flag("verbose") or (len(options.operands) > 1 and not options.flag("quiet"))
    separator = b"\0" if options.flag("zero-terminated") else b"\n"
    inputs = Inputs(
        p,
        options.operands,
        message="cannot open '{name}' for reading: {reason}",
        busybox="can't open '{name}': {reason}",
        directory="read error: {reason}" if p.is_busybox else "error reading '{name}': {reason}",
    )
    first = True
    opened = 0
    for name, chunks in inputs:
        opened += 1
        if titled:
            label = "standard input" if name == "-" else name
            yield encode(f"{'' if first else chr(10)}==> {label} <==\n")
        first = False
        try:
            if by_bytes:
                if from_start:
                    yield from _skip_bytes(chunks, count - 1)
                else:
                    yield from _last_bytes(p, name, chunks, count)
            elif from_start:
                for number, line in enumerate(lines_of(chunks, p.budget, separator), 1):
                    if number >= count:
                        yield line
            else:
                yield b"".join(deque(lines_of(chunks, p.budget, separator), maxlen=count))
        except FsError as error:
            inputs.fail(name, error)
    if any(options.flag(name) for name in ("f", "F", "follow")):
        if opened or options.flag("F") or options.flag("retry"):
            raise StaysUp()
        p.complain(f"{p.name}: no files remaining\n" if not p.is_busybox else "tail: no files\n")
        return 1
    if not opened and p.is_busybox:
        p.error("no files")
    return inputs.status


def _skip_bytes(chunks: Iterator[bytes], count: int) -> Iterator[bytes]:
    for chunk in chunks:
        if count >= len(chunk):
            count -= len(chunk)
            continue
        yield chunk[max(count, 0) :]
        count = 0


def _last_bytes(p: Process, name: str, chunks: Iterator[bytes], count: int) -> Iterator[bytes]:
    node = p.files.find(name) if name != "-" else None
    if (
        isinstance(node, File)
        and node.content.is_filler
        and not node.content.extents
        and count <= node.content.size - len(node.content.head)
    ):
        yield bytes(min(count, node.content.size))
        return
    held = b""
    for chunk in chunks:
        held = (held + chunk)[-count:] if count else b""
        p.budget.allocate(min(len(chunk), count))
    yield held
