"""cut: remove sections from each line of files."""

from collections.abc import Generator

from engine.programs.lib.text import Inputs, curly, encode, lines_of
from engine.shell.options import Flag, Options, Parsed, UsageError, Value
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "OPTION... [FILE]...",
    "Print selected parts of lines from each FILE to standard output.",
    Value("b", "bytes", metavar="LIST", help="select only these bytes"),
    Value("c", "characters", metavar="LIST", help="select only these characters"),
    Value("d", "delimiter", metavar="DELIM", help="use DELIM instead of TAB for field delimiter"),
    Value("f", "fields", metavar="LIST", help="select only these fields"),
    Flag("n", "", help="(ignored)"),
    Flag("", "complement", help="complement the set of selected bytes, characters or fields"),
    Flag("s", "only-delimited", help="do not print lines not containing delimiters"),
    Value("", "output-delimiter", metavar="STRING", help="use STRING as the output delimiter"),
    Flag("z", "zero-terminated", help="line delimiter is NUL, not newline"),
)
_END = 1 << 30
_Ranges = list[tuple[int, int]]


@program("cut", package="coreutils", summary="remove sections from each line of files")
def cut(p: Process) -> Generator[bytes, None, int]:
    options = OPTIONS.parse(p)
    kinds = {name for name, _ in options.order if name in ("bytes", "characters", "fields")}
    if not kinds:
        message = "you must specify a list of bytes, characters, or fields"
        if p.is_busybox:
            raise UsageError(f"{p.name}: expected a list of bytes, characters, or fields\n", 1)
        raise OPTIONS.usage_error(p, message)
    if len(kinds) > 1 or sum(options.count(kind) for kind in kinds) > 1:
        raise OPTIONS.usage_error(p, "only one list may be specified")
    kind = kinds.pop()
    delimiter = options.value("delimiter")
    if delimiter is not None and kind != "fields":
        raise OPTIONS.usage_error(p, "an input delimiter may be specified only when operating on fields")
    if options.flag("only-delimited") and kind != "fields":
        raise OPTIONS.usage_error(
            p, "suppressing non-delimited lines makes sense\n\tonly when operating on fields"
        )
    separator = encode(delimiter) if delimiter else b"\0" if delimiter == "" else b"\t"
    if len(separator) > 1:
        raise OPTIONS.usage_error(p, "the delimiter must be a single character")
    ranges = _parse_list(p, options.value(kind) or "", kind)
    if options.flag("complement"):
        ranges = _complement(ranges)
    inputs = Inputs(p, options.operands)
    end = b"\0" if options.flag("zero-terminated") else b"\n"
    given = options.value("output-delimiter")
    joint = encode(given) if given is not None else None
    for _, chunks in inputs:
        for line in lines_of(chunks, p.budget, end):
            body = line[:-1] if line.endswith(end) else line
            if kind == "fields":
                selected = _fields(p, body, separator, ranges, joint, options)
                if selected is None:
                    continue
            else:
                selected = (joint or b"").join(
                    body[low - 1 : high] for low, high in ranges if low <= len(body)
                )
            yield selected + end
    return inputs.status


def _fields(
    p: Process, body: bytes, separator: bytes, ranges: _Ranges, joint: bytes | None, options: Parsed
) -> bytes | None:
    if separator not in body:
        return None if options.flag("only-delimited") else body
    fields = body.split(separator)
    p.budget.step(len(fields) // 64)
    chosen: list[bytes] = []
    for low, high in ranges:
        chosen += fields[low - 1 : high]
    return (separator if joint is None else joint).join(chosen)


def _parse_list(p: Process, text: str, kind: str) -> _Ranges:
    what = "field" if kind == "fields" else "byte/character position"
    ranges: _Ranges = []
    for part in text.replace(" ", ",").replace("\t", ",").split(","):
        low, dash, high = part.partition("-")
        if part.strip("0123456789-") or (not low and not high):
            if kind == "fields":
                message = (
                    "invalid range with no endpoint: -"
                    if part == "-"
                    else f"invalid field value {curly(p, part)}"
                )
            elif part == "-":
                message = "invalid range with no endpoint: -"
            else:
                message = f"invalid byte/character position {curly(p, part)}"
            if not part:
                message = (
                    "fields are numbered from 1"
                    if kind == "fields"
                    else "byte/character positions are numbered from 1"
                )
            raise OPTIONS.usage_error(p, message)
        first = int(low[:9]) if low else 1
        last = (int(high[:9]) if high else _END) if dash else first
        if not first or not last:
            raise OPTIONS.usage_error(p, f"{what}s are numbered from 1")
        if last < first:
            raise OPTIONS.usage_error(p, "invalid decreasing range")
        ranges.append((first, last))
    return _merged(ranges)


def _merged(ranges: _Ranges) -> _Ranges:
    out: _Ranges = []
    for low, high in sorted(ranges):
        if out and low <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        else:
            out.append((low, high))
    return out


def _complement(ranges: _Ranges) -> _Ranges:
    out: _Ranges = []
    at = 1
    for low, high in ranges:
        if low > at:
            out.append((at, low - 1))
        at = high + 1
    if at < _END:
        out.append((at, _END))
    return out
