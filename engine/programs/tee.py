"""tee: copy standard input to standard output and to files."""

from collections.abc import Generator

from engine.fs import FsError
from engine.programs.lib.text import stdin_chunks
from engine.shell.options import Flag, Options, Value
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]... [FILE]...",
    "Copy standard input to each FILE, and also to standard output.",
    Flag("a", "append", help="append to the given FILEs, do not overwrite"),
    Flag("i", "ignore-interrupts", help="ignore interrupt signals"),
    Flag("p", "", help="operate in a more appropriate MODE with pipes"),
    Value("", "output-error", metavar="MODE", optional=True, help="set behavior on write error"),
)


@program(
    "tee", package="coreutils", summary="read from standard input and write to standard output and files"
)
def tee(p: Process) -> Generator[bytes, None, int]:
    options = OPTIONS.parse(p)
    status = 0
    targets = []
    for path in options.operands:
        try:
            if options.flag("append"):
                p.files.append(path, b"")
            else:
                p.files.write(path, b"")
            targets.append(path)
        except FsError as error:
            p.error(f"{path}: {error.reason}")
            status = 1
    parts: list[bytes] = []
    for chunk in stdin_chunks(p):
        if targets:
            p.budget.allocate(len(chunk))
            parts.append(chunk)
        yield chunk
    data = b"".join(parts)
    for path in targets:
        if data:
            p.files.append(path, data)
    return status
