"""uniq: report or omit repeated lines."""

from collections.abc import Callable, Generator, Iterator

from engine.fs import FsError
from engine.programs.lib.sizes import InvalidNumber, parse_count
from engine.programs.lib.text import Inputs, curly, lines_of
from engine.shell.options import Flag, Options, Parsed, Value
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]... [INPUT [OUTPUT]]",
    "Filter adjacent matching lines from INPUT, writing to OUTPUT.",
    Flag("c", "count", help="prefix lines by the number of occurrences"),
    Flag("d", "repeated", help="only print duplicate lines, one for each group"),
    Flag("D", "all-repeated", help="print all duplicate lines"),
    Value("f", "skip-fields", metavar="N", help="avoid comparing the first N fields"),
    Flag("i", "ignore-case", help="ignore differences in case when comparing"),
    Value("s", "skip-chars", metavar="N", help="avoid comparing the first N characters"),
    Flag("u", "unique", help="only print unique lines"),
    Flag("z", "zero-terminated", help="line delimiter is NUL, not newline"),
    Value("w", "check-chars", metavar="N", help="compare no more than N characters in lines"),
)


@program("uniq", package="coreutils", summary="report or omit repeated lines")
def uniq(p: Process) -> Generator[bytes, None, int]:
    options = OPTIONS.parse(p)
    if len(options.operands) > 2:
        raise OPTIONS.usage_error(p, f"extra operand {curly(p, options.operands[2])}")
    try:
        numbers = {
            name: parse_count(options.value(name) or "0")
            for name in ("skip-fields", "skip-chars", "check-chars")
        }
    except InvalidNumber as error:
        what = "fields" if options.flag("skip-fields") else "bytes"
        p.error(f"{error}: invalid number of {what} to skip")
        return 1
    inputs = Inputs(p, options.operands[:1], busybox="can't open '{name}': {reason}")
    separator = b"\0" if options.flag("zero-terminated") else b"\n"
    parts = _pieces(p, options, inputs, numbers, separator)
    if len(options.operands) == 2:
        data = b"".join(parts)
        try:
            p.files.write(options.operands[1], data)
        except FsError as error:
            p.error(f"{options.operands[1]}: {error.reason}")
            return 1
    else:
        yield from parts
    return inputs.status


def _pieces(
    p: Process, options: Parsed, inputs: Inputs, numbers: dict[str, int], separator: bytes
) -> Iterator[bytes]:
    limit = numbers["check-chars"] if options.flag("check-chars") else None

    def key(line: bytes) -> bytes:
        line = line.removesuffix(separator)
        for _ in range(numbers["skip-fields"]):
            stripped = line.lstrip(b" \t")
            blank = next((at for at, byte in enumerate(stripped) if byte in b" \t"), len(stripped))
            line = stripped[blank:]
            if not line:
                break
        line = line[numbers["skip-chars"] :][:limit]
        return line.lower() if options.flag("ignore-case") else line

    everything = options.flag("all-repeated")
    for _, chunks in inputs:
        for group in _groups(p, lines_of(chunks, p.budget, separator), key):
            if (options.flag("repeated") and len(group) == 1) or (options.flag("unique") and len(group) > 1):
                continue
            if everything:
                yield from (_ended(line, separator) for line in group if len(group) > 1)
                continue
            head = b"%7d " % len(group) if options.flag("count") else b""
            yield head + _ended(group[0], separator)


def _groups(p: Process, lines: Iterator[bytes], key: Callable[[bytes], bytes]) -> Iterator[list[bytes]]:
    group: list[bytes] = []
    current = b""
    for line in lines:
        value = key(line)
        if group and value != current:
            yield group
            group = []
        p.budget.allocate(len(line))
        group.append(line)
        current = value
    if group:
        yield group


def _ended(line: bytes, separator: bytes) -> bytes:
    return line if line.endswith(separator) else line + separator
