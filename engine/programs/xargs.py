"""xargs: build and execute command lines from standard input."""

from collections.abc import Generator, Iterator

from engine.fs import FsError
from engine.programs.lib.children import NOTHING, run_child
from engine.programs.lib.text import decode, lines_of, stdin_chunks
from engine.shell.options import Flag, Options, Parsed, Value
from engine.shell.process import Process
from engine.shell.registry import program
from engine.shell.run import CommandNotFound, NotExecutable

OPTIONS = Options(
    "[OPTION]... COMMAND [INITIAL-ARGS]...",
    "Run COMMAND with arguments INITIAL-ARGS and more arguments read from input.",
    Flag("0", "null", help="items are separated by a null, not whitespace"),
    Value("a", "arg-file", metavar="FILE", help="read arguments from FILE, not standard input"),
    Value("d", "delimiter", metavar="CHARACTER", help="items in input stream are separated by CHARACTER"),
    Value("E", "", metavar="END", help="set logical EOF string"),
    Value("I", "", metavar="R", help="replace R in INITIAL-ARGS with names read from standard input"),
    Value("i", "replace", metavar="R", optional=True, help="the same; {} if R is omitted"),
    Value(
        "L",
        "max-lines",
        metavar="MAX-LINES",
        help="use at most MAX-LINES non-blank input lines per command line",
    ),
    Value("n", "max-args", metavar="MAX-ARGS", help="use at most MAX-ARGS arguments per command line"),
    Flag("o", "open-tty", help="reopen stdin as /dev/tty in the child process"),
    Value("P", "max-procs", metavar="MAX-PROCS", help="run at most MAX-PROCS processes at a time"),
    Flag("p", "interactive", help="prompt before running commands"),
    Flag("r", "no-run-if-empty", help="if there are no arguments, then do not run COMMAND"),
    Value("s", "max-chars", metavar="MAX-CHARS", help="limit length of command line to MAX-CHARS"),
    Flag("t", "verbose", help="print commands before executing them"),
    Flag("x", "exit", help="exit if the size (see -s) is exceeded"),
    stop_at_operand=True,
)
_MAX_CHARS = 131_072


@program("xargs", package="findutils", summary="build and execute command lines from standard input")
def xargs(p: Process) -> Generator[bytes, None, int]:
    options = OPTIONS.parse(p)
    command = options.operands or ["echo"]
    source = options.value("arg-file")
    try:
        chunks = stdin_chunks(p) if source is None else p.files.chunks(source)
    except FsError as error:
        p.error(f"Cannot open input file '{source}': {error.reason}")
        return 1
    replace = options.value("I") or ("{}" if options.flag("replace") else None)
    if options.flag("replace"):
        replace = options.value("replace") or "{}"
    items = _items(p, options, chunks, by_line=replace is not None)
    status = 0
    for words in _commands(p, options, command, items, replace):
        if options.flag("verbose") or options.flag("interactive"):
            question = "?..." if options.flag("interactive") else "\n"
            p.complain(" ".join(words) + question)
            if options.flag("interactive") and p.stdin.read_line()[:1] not in (b"y", b"Y"):
                continue
        try:
            result = yield from run_child(p, words, stdin=NOTHING)
        except (CommandNotFound, NotExecutable) as error:
            reason = (
                "No such file or directory" if isinstance(error, CommandNotFound) else "Permission denied"
            )
            p.error(f"{words[0]}: {reason}")
            return error.status
        if result == 255:
            p.error(f"{words[0]}: exited with status 255; aborting")
            return 124
        if result:
            status = 123
    return status


def _items(p: Process, options: Parsed, chunks: Iterator[bytes], by_line: bool) -> Iterator[tuple[str, bool]]:
    """Arguments, and whether each is the last of its input line."""
    delimiter = options.value("delimiter")
    if options.flag("null") or delimiter is not None:
        mark = b"\0"
        if delimiter is not None:
            text = {"\\n": "\n", "\\t": "\t", "\\0": "\0"}.get(delimiter, delimiter)
            mark = text.encode()[:1] or b"\0"
        for item in lines_of(chunks, p.budget, mark):
            yield decode(item.removesuffix(mark)), True
        return
    end = options.value("E")
    for line in lines_of(chunks, p.budget):
        text = decode(line.removesuffix(b"\n"))
        words = [text.lstrip()] if by_line else _split(p, text)
        words = [word for word in words if word or not by_line]
        for index, word in enumerate(words):
            if end is not None and word == end:
                return
            yield (_split_one(p, word) if by_line else word), index == len(words) - 1


def _split_one(p: Process, text: str) -> str:
    """With ``-I`` blanks do not separate, but quotes still go."""
    if not any(char in text for char in "'\"\\"):
        return text
    return " ".join(_split(p, text.replace(" ", "\\ ").replace("\t", "\\\t")))


def _split(p: Process, text: str) -> list[str]:
    words: list[str] = []
    current: list[str] | None = None
    quote = ""
    at = 0
    while at < len(text):
        char = text[at]
        at += 1
        if quote:
            if char == quote:
                quote = ""
            else:
                assert current is not None
                current.append(char)
        elif char in " \t":
            if current is not None:
                words.append("".join(current))
                current = None
        else:
            current = [] if current is None else current
            if char in "'\"":
                quote = char
            elif char == "\\" and at < len(text):
                current.append(text[at])
                at += 1
            else:
                current.append(char)
    if quote:
        kind = "single" if quote == "'" else "double"
        p.error(
            f"unmatched {kind} quote; by default quotes are special to xargs unless you use the -0 option"
        )
        return words
    if current is not None:
        words.append("".join(current))
    return words


def _number(options: Parsed, name: str) -> int:
    text = options.value(name) or ""
    return int(text[:9]) if text.isascii() and text.isdigit() else 0


def _commands(
    p: Process, options: Parsed, command: list[str], items: Iterator[tuple[str, bool]], replace: str | None
) -> Iterator[list[str]]:
    if replace is not None:
        for item, _ in items:
            words = [word.replace(replace, item) for word in command]
            p.budget.allocate(sum(map(len, words)))
            yield words
        return
    most, lines = _number(options, "max-args"), _number(options, "max-lines")
    limit = min(_number(options, "max-chars") or _MAX_CHARS, _MAX_CHARS)
    base = sum(len(word) + 1 for word in command)
    pending: list[str] = []
    size, line_count, ran = base, 0, False
    for item, last in items:
        if pending and size + len(item) + 1 > limit:
            yield [*command, *pending]
            ran, pending, size, line_count = True, [], base, 0
        pending.append(item)
        size += len(item) + 1
        line_count += last
        if (most and len(pending) >= most) or (lines and line_count >= lines):
            yield [*command, *pending]
            ran, pending, size, line_count = True, [], base, 0
    if pending or (not ran and not options.flag("no-run-if-empty")):
        yield [*command, *pending]
