"""tac, nl, rev, fold, expand, unexpand, paste, comm, join, tsort, column: filters over lines."""

from collections.abc import Generator, Iterator
from itertools import zip_longest

from engine.fs import FsError
from engine.programs.lib.regex import RegexError, compile_regex
from engine.programs.lib.sizes import InvalidNumber, parse_count
from engine.programs.lib.text import Inputs, curly, decode, encode, lines_of, stdin_chunks
from engine.shell.options import Flag, Options, Parsed, UsageError, Value
from engine.shell.process import Process
from engine.shell.registry import program

TAC = Options(
    "[OPTION]... [FILE]...",
    "Write each FILE to standard output, last line first.",
    Flag("b", "before", help="attach the separator before instead of after"),
    Value("s", "separator", metavar="STRING", help="use STRING as the separator instead of newline"),
)
NL = Options(
    "[OPTION]... [FILE]...",
    "Write each FILE to standard output, with line numbers added.",
    Value("b", "body-numbering", metavar="STYLE", help="use STYLE for numbering body lines: a, t, n, pBRE"),
    Value("i", "line-increment", metavar="NUMBER", help="line number increment at each line"),
    Value("n", "number-format", metavar="FORMAT", help="insert line numbers according to FORMAT: ln, rn, rz"),
    Flag("p", "no-renumber", help="do not reset line numbers for each section"),
    Value("s", "number-separator", metavar="STRING", help="add STRING after (possible) line number"),
    Value("v", "starting-line-number", metavar="NUMBER", help="first line number for each section"),
    Value("w", "number-width", metavar="NUMBER", help="use NUMBER columns for line numbers"),
)
REV = Options("[option] [file...]", "Reverse lines characterwise.")
FOLD = Options(
    "[OPTION]... [FILE]...",
    "Wrap input lines in each FILE, writing to standard output.",
    Flag("b", "bytes", help="count bytes rather than columns"),
    Flag("s", "spaces", help="break at spaces"),
    Value("w", "width", metavar="WIDTH", help="use WIDTH columns instead of 80"),
)
EXPAND = Options(
    "[OPTION]... [FILE]...",
    "Convert tabs in each FILE to spaces, writing to standard output.",
    Flag("i", "initial", help="do not convert tabs after non blanks"),
    Value("t", "tabs", metavar="N", help="have tabs N characters apart, not 8"),
)
UNEXPAND = Options(
    "[OPTION]... [FILE]...",
    "Convert blanks in each FILE to tabs, writing to standard output.",
    Flag("a", "all", help="convert all blanks, instead of just initial blanks"),
    Flag("", "first-only", help="convert only leading sequences of blanks (overrides -a)"),
    Value("t", "tabs", metavar="N", help="have tabs N characters apart instead of 8 (enables -a)"),
)
PASTE = Options(
    "[OPTION]... [FILE]...",
    "Write lines consisting of the sequentially corresponding lines from each FILE, separated by TABs.",
    Value("d", "delimiters", metavar="LIST", help="reuse characters from LIST instead of TABs"),
    Flag("s", "serial", help="paste one file at a time instead of in parallel"),
    Flag("z", "zero-terminated", help="line delimiter is NUL, not newline"),
)
COMM = Options(
    "[OPTION]... FILE1 FILE2",
    "Compare sorted files FILE1 and FILE2 line by line.",
    Flag("1", "", help="suppress column 1 (lines unique to FILE1)"),
    Flag("2", "", help="suppress column 2 (lines unique to FILE2)"),
    Flag("3", "", help="suppress column 3 (lines that appear in both files)"),
    Flag("", "check-order", help="check that the input is correctly sorted"),
    Flag("", "nocheck-order", help="do not check that the input is correctly sorted"),
    Value("", "output-delimiter", metavar="STR", help="separate columns with STR"),
    Flag("", "total", help="output a summary"),
)
JOIN = Options(
    "[OPTION]... FILE1 FILE2",
    "For each pair of input lines with identical join fields, write a line to standard output.",
    Value("a", "", metavar="FILENUM", help="also print unpairable lines from file FILENUM"),
    Value("e", "", metavar="STRING", help="replace missing input fields with STRING"),
    Flag("i", "ignore-case", help="ignore differences in case when comparing fields"),
    Value("j", "", metavar="FIELD", help="equivalent to '-1 FIELD -2 FIELD'"),
    Value("o", "", metavar="FORMAT", help="obey FORMAT while constructing output line"),
    Value("t", "", metavar="CHAR", help="use CHAR as input and output field separator"),
    Value("v", "", metavar="FILENUM", help="like -a FILENUM, but suppress joined output lines"),
    Value("1", "", metavar="FIELD", help="join on this FIELD of file 1"),
    Value("2", "", metavar="FIELD", help="join on this FIELD of file 2"),
    Flag("", "nocheck-order", help="do not check that the input is correctly sorted"),
)
TSORT = Options("[OPTION] [FILE]", "Write totally ordered list consistent with the partial ordering in FILE.")
COLUMN = Options(
    "[options] [<file>...]",
    "Columnate lists.",
    Flag("t", "table", help="create a table"),
    Value("s", "separator", metavar="string", help="possible table delimiters"),
    Value("o", "output-separator", metavar="string", help="columns separator for table output"),
    Value("c", "output-width", metavar="width", help="width of output in number of characters"),
)
_MAX_WIDTH = 100_000


def _count(p: Process, text: str, what: str) -> int:
    try:
        return min(parse_count(text), _MAX_WIDTH)
    except InvalidNumber:
        raise UsageError(f"{p.name}: {what}: {curly(p, text)}\n", 1) from None


@program("tac", package="coreutils", summary="concatenate and print files in reverse")
def tac(p: Process) -> Generator[bytes, None, int]:
    options = TAC.parse(p)
    separator = encode(options.value("separator") or "\n")
    inputs = Inputs(
        p,
        options.operands,
        message="failed to open '{name}' for reading: {reason}",
        busybox="{name}: {reason}",
        directory="{name}: read error: Invalid argument" if not p.is_busybox else None,
    )
    for name, chunks in inputs:
        try:
            if len(separator) == 1:
                lines = list(lines_of(chunks, p.budget, separator))
            else:
                text = b"".join(chunks)
                lines = [piece + separator for piece in text.split(separator)]
                lines[-1] = lines[-1].removesuffix(separator)
        except FsError as error:
            inputs.fail(name, error)
            continue
        p.budget.allocate(sum(map(len, lines)))
        yield b"".join(reversed(lines))
    return inputs.status


@program("nl", package="coreutils", summary="number lines of files")
def nl(p: Process) -> Generator[bytes, None, int]:
    options = NL.parse(p)
    style = options.value("body-numbering") or "t"
    width = _count(p, options.value("number-width") or "6", "invalid line number field width")
    step = _count(p, options.value("line-increment") or "1", "invalid line number increment")
    number = _count(p, options.value("starting-line-number") or "1", "invalid starting line number")
    separator = encode(options.value("number-separator", "\t") or "")
    form = options.value("number-format") or "rn"
    if style[:1] not in ("a", "t", "n", "p"):
        raise NL.usage_error(p, f"invalid body numbering style: {curly(p, style)}")
    try:
        regex = compile_regex(encode(style[1:])) if style.startswith("p") else None
    except RegexError as error:
        raise UsageError(f"{p.name}: {error}\n", 1) from error
    inputs = Inputs(p, options.operands)
    for _, chunks in inputs:
        for line in lines_of(chunks, p.budget):
            body = line.removesuffix(b"\n")
            counted = (
                style == "a" or (style == "t" and body) or (regex is not None and regex.test(body, p.budget))
            )
            if counted:
                text = (
                    f"{number:<{width}}"
                    if form == "ln"
                    else f"{number:0{width}}"
                    if form == "rz"
                    else f"{number:>{width}}"
                )
                yield encode(text) + separator + body + b"\n"
                number += step
            else:
                yield b" " * (width + len(separator)) + body + b"\n"
    return inputs.status


@program("rev", package="bsdextrautils", summary="reverse lines characterwise")
def rev(p: Process) -> Generator[bytes, None, int]:
    options = REV.parse(p)
    inputs = Inputs(p, options.operands, message="cannot open {name}: {reason}")
    for _, chunks in inputs:
        for line in lines_of(chunks, p.budget):
            ended = line.endswith(b"\n")
            text = decode(line.removesuffix(b"\n"))
            yield encode(text[::-1]) + (b"\n" if ended else b"")
    return inputs.status


@program("fold", package="coreutils", summary="wrap each input line to fit in specified width")
def fold(p: Process) -> Generator[bytes, None, int]:
    arguments = ["-w" + a[1:] if a[:1] == "-" and a[1:].isdigit() else a for a in p.argv[1:]]
    options = FOLD.parse(p, arguments)
    width = _count(p, options.value("width") or "80", "invalid number of columns")
    if not width:
        raise UsageError(f"{p.name}: invalid number of columns: {curly(p, '0')}\n", 1)
    inputs = Inputs(p, options.operands)
    for _, chunks in inputs:
        for line in lines_of(chunks, p.budget):
            ended = line.endswith(b"\n")
            body = line.removesuffix(b"\n")
            pieces = _folded(body, width, options.flag("spaces"))
            p.budget.step(len(body) // width // 4)
            yield b"\n".join(pieces) + (b"\n" if ended else b"")
    return inputs.status


def _folded(body: bytes, width: int, at_spaces: bool) -> list[bytes]:
    if not at_spaces:
        return [body[at : at + width] for at in range(0, len(body), width)] or [b""]
    pieces = []
    at = 0
    while len(body) - at > width:
        blank = body.rfind(b" ", at, at + width)
        end = blank + 1 if blank >= at else at + width
        pieces.append(body[at:end])
        at = end
    return [*pieces, body[at:]]


@program("expand", package="coreutils", summary="convert tabs to spaces")
def expand(p: Process) -> Generator[bytes, None, int]:
    options = EXPAND.parse(p)
    stop = (
        _count(p, (options.value("tabs") or "8").split(",")[0], "tab size contains invalid character(s)") or 8
    )
    inputs = Inputs(p, options.operands)
    for _, chunks in inputs:
        for line in lines_of(chunks, p.budget):
            p.budget.allocate(line.count(b"\t") * stop)
            if options.flag("initial"):
                rest = line.lstrip(b" \t")
                yield line[: len(line) - len(rest)].expandtabs(stop) + rest
            else:
                yield line.expandtabs(stop)
    return inputs.status


@program("unexpand", package="coreutils", summary="convert spaces to tabs")
def unexpand(p: Process) -> Generator[bytes, None, int]:
    options = UNEXPAND.parse(p)
    stop = (
        _count(p, (options.value("tabs") or "8").split(",")[0], "tab size contains invalid character(s)") or 8
    )
    everywhere = (options.flag("all") or options.flag("tabs")) and not options.flag("first-only")
    inputs = Inputs(p, options.operands)
    for _, chunks in inputs:
        for line in lines_of(chunks, p.budget):
            p.budget.step(len(line) // 256)
            yield _unexpanded(line, stop, everywhere)
    return inputs.status


def _unexpanded(line: bytes, stop: int, everywhere: bool) -> bytes:
    out = bytearray()
    column = 0
    blanks = 0
    for index in range(len(line)):
        char = line[index]
        if char == 32 or char == 9:
            step = 1 if char == 32 else stop - column % stop
            column += step
            blanks += step
            if column % stop == 0:
                out += b"\t" if blanks > 1 or char == 9 else b" "
                blanks = 0
            continue
        out += b" " * blanks
        blanks = 0
        if not everywhere:
            return bytes(out) + line[index:]
        out.append(char)
        column += 1
    return bytes(out) + b" " * blanks


@program("paste", package="coreutils", summary="merge lines of files")
def paste(p: Process) -> Generator[bytes, None, int]:
    options = PASTE.parse(p)
    names = options.operands or ["-"]
    marks = _delimiters(options.value("delimiters", "\t") or "")
    end = b"\0" if options.flag("zero-terminated") else b"\n"
    inputs = Inputs(p, names)
    shared = lines_of(stdin_chunks(p), p.budget, end)
    streams: list[Iterator[bytes]] = []
    for name in names:
        if name == "-":
            streams.append(shared)
            continue
        chunks = inputs.open(name)
        if chunks is None:
            if options.flag("serial"):
                continue
            return inputs.status
        streams.append(lines_of(chunks, p.budget, end))
    if options.flag("serial"):
        for stream in streams:
            out = bytearray()
            for index, line in enumerate(stream):
                out += (marks[(index - 1) % len(marks)] if index else b"") + line.removesuffix(end)
                p.budget.allocate(len(line))
            yield bytes(out) + end
        return inputs.status
    while True:
        row = [next(stream, None) for stream in streams]
        if all(line is None for line in row):
            return inputs.status
        out = bytearray()
        for index, cell in enumerate(row):
            out += (cell or b"").removesuffix(end)
            if index < len(row) - 1:
                out += marks[index % len(marks)]
        yield bytes(out) + end


def _delimiters(text: str) -> list[bytes]:
    marks = []
    at = 0
    while at < len(text):
        if text[at] == "\\" and at + 1 < len(text):
            escape = {"n": b"\n", "t": b"\t", "0": b"", "\\": b"\\"}
            marks.append(escape.get(text[at + 1], encode(text[at + 1])))
            at += 2
        else:
            marks.append(encode(text[at]))
            at += 1
    return marks or [b""]


def _two(p: Process, table: Options, options: Parsed) -> tuple[Iterator[bytes], Iterator[bytes]] | None:
    operands = options.operands
    if not operands:
        raise table.usage_error(p, "missing operand")
    if len(operands) == 1:
        raise table.usage_error(p, f"missing operand after {curly(p, operands[0])}")
    if len(operands) > 2:
        raise table.usage_error(p, f"extra operand {curly(p, operands[2])}")
    inputs = Inputs(p, operands)
    found = []
    for name in operands:
        chunks = inputs.open(name)
        if chunks is None:
            return None
        found.append(lines_of(chunks, p.budget))
    return found[0], found[1]


@program("comm", package="coreutils", summary="compare two sorted files line by line")
def comm(p: Process) -> Generator[bytes, None, int]:
    options = COMM.parse(p)
    pair = _two(p, COMM, options)
    if pair is None:
        return 1
    hidden = [options.flag(str(column)) for column in (1, 2, 3)]
    mark = encode(options.value("output-delimiter", "\t") or "\0")
    leads = [b"", b"" if hidden[0] else mark, (b"" if hidden[0] else mark) + (b"" if hidden[1] else mark)]
    unsorted = [False, False]
    checks = not options.flag("nocheck-order")
    last: list[bytes | None] = [None, None]
    counts = [0, 0, 0]
    paired_so_far = True

    def pull(side: int) -> bytes | None:
        line = next(pair[side], None)
        if line is None:
            return None
        body = line.removesuffix(b"\n")
        before = last[side]
        if before is not None and body < before and checks and not unsorted[side]:
            unsorted[side] = True
        last[side] = body
        return body

    left, right = pull(0), pull(1)
    shown: bytes | None
    while left is not None or right is not None:
        if right is None or (left is not None and left < right):
            column, shown = 0, left
        elif left is None or right < left:
            column, shown = 1, right
        else:
            column, shown = 2, left
        paired_so_far = paired_so_far and column == 2
        counts[column] += 1
        if not hidden[column]:
            yield leads[column] + (shown or b"") + b"\n"
        if column != 1:
            left = pull(0)
        if column != 0:
            right = pull(1)
    if options.flag("total"):
        yield mark.join(b"%d" % count for count in counts) + mark + b"total\n"
    if (any(unsorted) and not paired_so_far) or (any(unsorted) and options.flag("check-order")):
        for side, bad in enumerate(unsorted, 1):
            if bad:
                p.error(f"file {side} is not in sorted order")
        p.error("input is not in sorted order")
        return 1
    return 0


@program("join", package="coreutils", summary="join lines of two files on a common field")
def join(p: Process) -> Generator[bytes, None, int]:
    options = JOIN.parse(p)
    pair = _two(p, JOIN, options)
    if pair is None:
        return 1
    separator = encode(options.value("t") or "") or None
    glue = separator or b" "
    empty = encode(options.value("e") or "")

    def position(side: str) -> int:
        text = options.value(side) or options.value("j") or "1"
        if not (text.isascii() and text.isdigit()) or text == "0":
            raise UsageError(f"{p.name}: invalid field number: {curly(p, text)}\n", 1)
        return int(text[:6])

    fields = position("1"), position("2")
    unpaired = set(options.values("a")) | set(options.values("v"))

    def split(line: bytes) -> list[bytes]:
        return line.removesuffix(b"\n").split(separator)

    def key(row: list[bytes], side: int) -> bytes:
        value = row[fields[side] - 1] if fields[side] <= len(row) else b""
        return value.lower() if options.flag("ignore-case") else value

    def rest(row: list[bytes], side: int) -> list[bytes]:
        return row[: fields[side] - 1] + row[fields[side] :]

    def show(one: list[bytes] | None, other: list[bytes] | None) -> bytes:
        joint = one[fields[0] - 1 : fields[0]] if one else (other or [])[fields[1] - 1 : fields[1]]
        form = options.value("o")
        if form and form != "auto":
            cells = []
            for item in form.replace(",", " ").split():
                side, _, number = item.partition(".")
                row = one if side == "1" else other
                index = int(number[:6]) if number.isdigit() else 0
                value = (
                    b"".join(joint)
                    if side == "0"
                    else row[index - 1]
                    if row and 0 < index <= len(row)
                    else b""
                )
                cells.append(value or empty)
            return glue.join(cells) + b"\n"
        cells = [*joint, *(rest(one, 0) if one else []), *(rest(other, 1) if other else [])]
        return glue.join(cells) + b"\n"

    left = [split(line) for line in pair[0]]
    right = [split(line) for line in pair[1]]
    at = 0
    back = 0
    disorder = ""
    while at < len(left) or back < len(right):
        p.budget.step()
        one = key(left[at], 0) if at < len(left) else None
        other = key(right[back], 1) if back < len(right) else None
        if other is None or (one is not None and one < other):
            if "1" in unpaired:
                yield show(left[at], None)
            at += 1
            continue
        if one is None or other < one:
            if "2" in unpaired:
                yield show(None, right[back])
            back += 1
            continue
        end = at
        while end < len(left) and key(left[end], 0) == one:
            end += 1
        stop = back
        while stop < len(right) and key(right[stop], 1) == one:
            stop += 1
        if not options.flag("v"):
            for a in left[at:end]:
                for b in right[back:stop]:
                    p.budget.step(2)
                    yield show(a, b)
        at, back = end, stop
    for side, rows in ((0, left), (1, right)):
        keys = [key(row, side) for row in rows]
        for number in range(1, len(keys)):
            if keys[number] < keys[number - 1] and not disorder and left != right:
                name = options.operands[side]
                disorder = f"{name}:{number + 1}: is not sorted: {decode(glue.join(rows[number]))}"
    if disorder and not options.flag("nocheck-order"):
        p.error(disorder)
        p.error("input is not in sorted order")
        return 1
    return 0


@program("tsort", package="coreutils", summary="perform topological sort")
def tsort(p: Process) -> Generator[bytes, None, int]:
    options = TSORT.parse(p)
    inputs = Inputs(p, options.operands[:1])
    words: list[bytes] = []
    for _, chunks in inputs:
        for line in lines_of(chunks, p.budget):
            words += line.split()
    name = options.operands[0] if options.operands else "-"
    if len(words) % 2:
        p.error(f"{name}: input contains an odd number of tokens")
        return 1
    followers: dict[bytes, list[bytes]] = {word: [] for word in words}
    waiting = dict.fromkeys(words, 0)
    for before, after in zip(words[::2], words[1::2], strict=True):
        if before != after:
            followers[before].append(after)
            waiting[after] += 1
    ready = sorted(word for word, count in waiting.items() if not count)
    done = 0
    status = inputs.status
    while done < len(waiting):
        p.budget.step()
        if not ready:
            p.error(f"{name}: input contains a loop:")
            looped = next(word for word, count in waiting.items() if count > 0)
            p.error(decode(looped))
            waiting[looped] = 0
            ready.append(looped)
            status = 1
        word = ready.pop(0)
        waiting[word] = -1
        done += 1
        yield word + b"\n"
        for after in followers[word]:
            if waiting[after] > 0:
                waiting[after] -= 1
                if not waiting[after]:
                    ready.append(after)
    return status


@program("column", package="bsdextrautils", summary="columnate lists")
def column(p: Process) -> Generator[bytes, None, int]:
    options = COLUMN.parse(p)
    inputs = Inputs(p, options.operands)
    lines = []
    for _, chunks in inputs:
        lines += [decode(line.removesuffix(b"\n")) for line in lines_of(chunks, p.budget) if line.strip()]
    if options.flag("table"):
        mark = options.value("separator")
        rows = [line.split(mark) if mark else line.split() for line in lines]
        widths = [max(map(len, cells)) for cells in zip_longest(*rows, fillvalue="")]
        joint = options.value("output-separator", "  ") or ""
        for row in rows:
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
            yield encode(joint.join([*cells[:-1], row[-1]]) + "\n" if row else "\n")
        return inputs.status
    total = _count(
        p, options.value("output-width") or p.env.get("COLUMNS") or "80", "invalid columns argument"
    )
    widest = max((len(line) for line in lines), default=0)
    cell = (widest // 8 + 1) * 8
    columns = max(1, total // cell)
    height = -(-len(lines) // columns) if lines else 0
    for row_number in range(height):
        picked = lines[row_number::height]
        text = ""
        for index, item in enumerate(picked):
            text += item
            if index < len(picked) - 1:
                text += "\t" * -(-(cell - len(item)) // 8)
        yield encode(text + "\n")
    return inputs.status
