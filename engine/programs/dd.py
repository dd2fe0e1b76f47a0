"""dd, truncate, fallocate, split: make and cut files by size."""

from collections.abc import Generator, Iterator

from engine.fs import Content, Device, File, FsError, shrink
from engine.programs.lib.quoting import quote
from engine.programs.lib.sizes import InvalidNumber, human_size, parse_count, parse_size
from engine.programs.lib.text import curly, lines_of, sparse_content, stdin_chunks
from engine.shell.options import Flag, HelpRequested, Options, Parsed, UsageError, Value
from engine.shell.process import Process
from engine.shell.registry import program

DD = Options(
    "[OPERAND]...",
    "Copy a file, converting and formatting according to the operands: "
    "if= of= bs= ibs= obs= count= skip= seek= conv= status= iflag= oflag=",
)
TRUNCATE = Options(
    "OPTION... FILE...",
    "Shrink or extend the size of each FILE to the specified size.",
    Flag("c", "no-create", help="do not create any files"),
    Flag("o", "io-blocks", help="treat SIZE as number of IO blocks instead of bytes"),
    Value("r", "reference", metavar="RFILE", help="base size on RFILE"),
    Value("s", "size", metavar="SIZE", help="set or adjust the file size by SIZE bytes"),
)
FALLOCATE = Options(
    "[options] <filename>",
    "Preallocate space to, or deallocate space from a file.",
    Value("l", "length", metavar="num", help="length for range operations, in bytes"),
    Value("o", "offset", metavar="num", help="offset for range operations, in bytes"),
    Flag("n", "keep-size", help="maintain the apparent size of the file"),
    Flag("x", "posix", help="use posix_fallocate(3) instead of fallocate(2)"),
)
SPLIT = Options(
    "[OPTION]... [FILE [PREFIX]]",
    "Output pieces of FILE to PREFIXaa, PREFIXab, ...; default size is 1000 lines, default PREFIX 'x'.",
    Value("a", "suffix-length", metavar="N", help="generate suffixes of length N (default 2)"),
    Value("", "additional-suffix", metavar="SUFFIX", help="append an additional SUFFIX to file names"),
    Value("b", "bytes", metavar="SIZE", help="put SIZE bytes per output file"),
    Flag("d", "", help="use numeric suffixes starting at 0, not alphabetic"),
    Value(
        "", "numeric-suffixes", metavar="FROM", optional=True, help="same as -d, but allow setting the start"
    ),
    Value("l", "lines", metavar="NUMBER", help="put NUMBER lines/records per output file"),
    Value("n", "number", metavar="CHUNKS", help="generate CHUNKS output files"),
    Flag("", "verbose", help="print a diagnostic just before each output file is opened"),
)
_OPERANDS = (
    "if",
    "of",
    "bs",
    "ibs",
    "obs",
    "cbs",
    "count",
    "skip",
    "seek",
    "conv",
    "status",
    "iflag",
    "oflag",
)
_MAX_FILE = 1 << 44


@program("dd", package="coreutils", summary="convert and copy a file")
def dd(p: Process) -> Generator[bytes, None, int]:
    values: dict[str, str] = {}
    for word in p.argv[1:]:
        if word == "--help":
            raise HelpRequested(DD.help(p))
        name, equals, value = word.partition("=")
        if not equals or name not in _OPERANDS:
            raise DD.usage_error(p, f"unrecognized operand {curly(p, word)}")
        values[name] = value
    numbers = {}
    for name in ("bs", "ibs", "obs", "count", "skip", "seek"):
        if name in values:
            try:
                numbers[name] = _multiplied(values[name])
            except InvalidNumber:
                text = values[name]
                p.error(f"invalid number '{text}'" if p.is_busybox else f"invalid number: {curly(p, text)}")
                return 1
    block = numbers.get("bs") or numbers.get("ibs") or 512
    conversions = set((values.get("conv") or "").split(",")) - {""}
    in_bytes = "count_bytes" in values.get("iflag", "")
    count = numbers.get("count")
    limit = None if count is None else count if in_bytes else count * block
    skip = numbers.get("skip", 0) * (1 if "skip_bytes" in values.get("iflag", "") else block)
    source = values.get("if")
    try:
        filler = _zeros(p, source, limit)
        chunks = stdin_chunks(p) if source is None else p.files.chunks(source)
    except FsError as error:
        verb = "can't open" if p.is_busybox else "failed to open"
        p.error(f"{verb} {quote(source or '')}: {error.reason}")
        return 1
    target = values.get("of")
    copied = 0
    try:
        if (
            target is not None
            and filler is not None
            and not numbers.get("seek")
            and "notrunc" not in conversions
        ):
            p.files.write(target, Content(b"", filler))
            copied = filler
        elif target is not None:
            copied = _store(p, target, _converted(p, chunks, skip, limit, conversions), numbers, conversions)
        else:
            for piece in _converted(p, chunks, skip, limit, conversions):
                copied += len(piece)
                yield piece
    except FsError as error:
        verb = "can't open" if p.is_busybox else "failed to open"
        p.error(f"{verb} {quote(target or '')}: {error.reason}")
        return 1
    _report(p, copied, block, values.get("status", ""))
    return 0


def _multiplied(text: str) -> int:
    total = 1
    for part in text.split("x") if not text.startswith("0x") else ["0"]:
        total *= parse_size(part)
    if total > _MAX_FILE:
        raise InvalidNumber(text)
    return total


def _zeros(p: Process, source: str | None, limit: int | None) -> int | None:
    """``if=/dev/zero`` with a count is filler of that size: nothing needs to be copied."""
    if source is None or limit is None:
        return None
    node = p.files.stat(source)
    return limit if isinstance(node, Device) and (node.major, node.minor) == (1, 5) else None


def _converted(
    p: Process, chunks: Iterator[bytes], skip: int, limit: int | None, conversions: set[str]
) -> Iterator[bytes]:
    left = limit
    for chunk in chunks:
        p.budget.step(1 + len(chunk) // 16384)
        if skip >= len(chunk):
            skip -= len(chunk)
            continue
        chunk, skip = chunk[skip:], 0
        if left is not None:
            chunk = chunk[:left]
            left -= len(chunk)
        if "ucase" in conversions:
            chunk = chunk.upper()
        if "lcase" in conversions:
            chunk = chunk.lower()
        if chunk:
            yield chunk
        if left is not None and left <= 0:
            return


def _store(
    p: Process, target: str, pieces: Iterator[bytes], numbers: dict[str, int], conversions: set[str]
) -> int:
    block = numbers.get("bs") or numbers.get("obs") or 512
    seek = numbers.get("seek", 0) * block
    node = p.files.find(target)
    before = b""
    if isinstance(node, File) and (seek or "notrunc" in conversions):
        p.budget.allocate(min(node.content.size, p.budget.limits.memory + 1))
        before = b"".join(node.content.chunks())
    if not before:
        made = sparse_content(pieces, p.budget)
        shifted = ((seek, made.head), *((seek + at, piece) for at, piece in made.extents))
        p.files.write(target, Content(b"", seek + made.size, shifted) if seek else made)
        return made.size
    parts = []
    for piece in pieces:
        p.budget.allocate(len(piece))
        parts.append(piece)
    data = b"".join(parts)
    p.budget.allocate(min(seek, p.budget.limits.memory + 1))
    whole = before[:seek].ljust(seek, b"\0") + data
    if "notrunc" in conversions:
        whole += before[len(whole) :]
    p.files.write(target, shrink(whole))
    return len(data)


def _report(p: Process, copied: int, block: int, status: str) -> None:
    if status == "none":
        return
    whole, part = divmod(copied, block)
    p.complain(f"{whole}+{int(bool(part))} records in\n{whole}+{int(bool(part))} records out\n")
    if status == "noxfer":
        return
    seconds = max(copied / 1_500_000_000, 0.0001)
    speed = human_size(int(copied / seconds), 1000)
    if p.is_busybox:
        p.complain(
            f"{copied} bytes ({human_size(copied)}B) copied, {seconds:.6f} seconds, "
            f"{human_size(int(copied / seconds))}B/s\n"
        )
        return
    sizes = ""
    if copied >= 1000:
        si, iec = human_size(copied, 1000), human_size(copied)
        sizes = (
            f" ({si[:-1]} {si[-1]}B, {iec[:-1]} {iec[-1]}iB)" if copied >= 1024 else f" ({si[:-1]} {si[-1]}B)"
        )
    noun = "byte" if copied == 1 else "bytes"
    p.complain(f"{copied} {noun}{sizes} copied, {seconds:.6g} s, {speed[:-1]} {speed[-1]}B/s\n")


@program("truncate", package="coreutils", summary="shrink or extend the size of a file")
def truncate(p: Process) -> int:
    options = TRUNCATE.parse(p)
    text, reference = options.value("size"), options.value("reference")
    if text is None and reference is None:
        raise TRUNCATE.usage_error(
            p, f"you must specify either {curly(p, '--size')} or {curly(p, '--reference')}"
        )
    if not options.operands:
        raise TRUNCATE.usage_error(p, "missing file operand")
    sign = text[0] if text and text[0] in "+-<>/%" else ""
    try:
        amount = parse_size((text or "0")[len(sign) :])
        if reference is not None:
            node = p.files.stat(reference)
            amount = node.content.size if isinstance(node, File) else 0
    except InvalidNumber:
        p.error(f"Invalid number: {curly(p, text or '')}")
        return 1
    except FsError as error:
        p.error(f"cannot stat {quote(error.path)}: {error.reason}")
        return 1
    status = 0
    for path in options.operands:
        try:
            present = p.files.find(path)
            if present is None and options.flag("no-create"):
                continue
            content = present.content if isinstance(present, File) else Content()
            size = _resized(content.size, sign, amount)
            if size > _MAX_FILE:
                raise FsError("EFBIG", path)
            p.files.write(path, _cut(content, size))
        except FsError as error:
            verb = (
                f"failed to truncate {quote(path)} at"
                if error.code == "EFBIG"
                else f"cannot open {quote(path)} for writing"
            )
            p.error(f"{path}: {error.reason}" if p.is_busybox else f"{verb}: {error.reason}")
            status = 1
    return status


def _cut(content: Content, size: int) -> Content:
    """The first ``size`` bytes, zeros beyond the end."""
    extents = tuple((at, piece[: size - at]) for at, piece in content.extents if at < size)
    return Content(content.head[:size], size, extents)


def _resized(size: int, sign: str, amount: int) -> int:
    match sign:
        case "+":
            return size + amount
        case "-":
            return max(0, size - amount)
        case "<":
            return min(size, amount)
        case ">":
            return max(size, amount)
        case "/" if amount:
            return size // amount * amount
        case "%" if amount:
            return -(-size // amount) * amount
        case _:
            return amount


@program("fallocate", package="util-linux", summary="preallocate space to a file")
def fallocate(p: Process) -> int:
    options = FALLOCATE.parse(p)
    length = options.value("length")
    if length is None:
        p.error("no length argument specified")
        return 1
    if not options.operands:
        p.error("no filename specified")
        return 1
    try:
        size = parse_size(length) + parse_size(options.value("offset") or "0")
    except InvalidNumber:
        p.error("invalid length value specified")
        return 1
    path = options.operands[0]
    try:
        if size > _MAX_FILE:
            raise FsError("EFBIG", path)
        node = p.files.find(path)
        content = node.content if isinstance(node, File) else Content()
        final = content.size if options.flag("keep-size") else max(content.size, size)
        p.files.write(path, Content(content.head, final, content.extents))
    except FsError as error:
        what = "fallocate failed" if error.code == "EFBIG" else f"cannot open {path}"
        p.error(f"{what}: {error.reason}")
        return 1
    return 0


@program("split", package="coreutils", summary="split a file into pieces")
def split(p: Process) -> int:
    options = SPLIT.parse(p)
    operands = options.operands or ["-"]
    prefix = operands[1] if len(operands) > 1 else "x"
    try:
        size = parse_size(options.value("bytes") or "0")
        lines = parse_count(options.value("lines") or "1000")
        pieces = parse_count(options.value("number") or "0")
        width = parse_count(options.value("suffix-length") or "2")
    except InvalidNumber as error:
        what = "bytes" if options.flag("bytes") else "lines" if options.flag("lines") else "chunks"
        raise UsageError(f"{p.name}: invalid number of {what}: {curly(p, str(error))}\n", 1) from error
    try:
        chunks = stdin_chunks(p) if operands[0] == "-" else p.files.chunks(operands[0])
    except FsError as error:
        p.error(f"cannot open {quote(operands[0])} for reading: {error.reason}")
        return 1
    names = _names(p, options, prefix, max(1, min(width, 20)))
    for data in _parts(p, chunks, size, lines, pieces):
        name = next(names)
        if options.flag("verbose"):
            p.write(f"creating file {quote(name)}\n")
        p.files.write(name, data)
    return 0


def _parts(p: Process, chunks: Iterator[bytes], size: int, lines: int, pieces: int) -> Iterator[bytes]:
    if size or pieces:
        data = b"".join(_charged(p, chunks))
        step = size or -(-len(data) // pieces) or 1
        for at in range(0, len(data), step):
            p.budget.step()
            yield data[at : at + step]
        return
    batch: list[bytes] = []
    for line in lines_of(chunks, p.budget):
        batch.append(line)
        if len(batch) == max(1, lines):
            yield b"".join(batch)
            batch.clear()
    if batch:
        yield b"".join(batch)


def _charged(p: Process, chunks: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        p.budget.allocate(len(chunk))
        yield chunk


def _names(p: Process, options: Parsed, prefix: str, width: int) -> Iterator[str]:
    extra = options.value("additional-suffix") or ""
    numeric = options.flag("d") or options.flag("numeric-suffixes")
    start = options.value("numeric-suffixes") or "0"
    number = int(start[:6]) if start.isdigit() else 0
    base = 10 if numeric else 26
    while number < base**width:
        digits = []
        left = number
        for _ in range(width):
            left, digit = divmod(left, base)
            digits.append(str(digit) if numeric else chr(97 + digit))
        yield prefix + "".join(reversed(digits)) + extra
        number += 1
    raise UsageError(f"{p.name}: output file suffixes exhausted\n", 1)
