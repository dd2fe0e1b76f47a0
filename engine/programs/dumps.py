"""od, hexdump, xxd, strings: look at bytes."""

from collections.abc import Generator, Iterator
from itertools import chain

from engine.fs import FsError
from engine.programs.lib.sizes import InvalidNumber, parse_size
from engine.programs.lib.text import Inputs, curly, encode, lines_of, read_all
from engine.shell.options import Flag, Options, Parsed, UsageError, Value
from engine.shell.process import Process
from engine.shell.registry import program

OD = Options(
    "[OPTION]... [FILE]...",
    "Write an unambiguous representation, octal bytes by default, of FILE to standard output.",
    Value("A", "address-radix", metavar="RADIX", help="output format for file offsets: d, o, x, n"),
    Value("j", "skip-bytes", metavar="BYTES", help="skip BYTES input bytes first"),
    Value("N", "read-bytes", metavar="BYTES", help="limit dump to BYTES input bytes"),
    Value("t", "format", metavar="TYPE", help="select output format or formats"),
    Flag("v", "output-duplicates", help="do not use * to mark line suppression"),
    Value("w", "width", metavar="BYTES", optional=True, help="output BYTES bytes per output line"),
    Flag("a", "", help="same as -t a, select named characters"),
    Flag("b", "", help="same as -t o1, select octal bytes"),
    Flag("c", "", help="same as -t c, select printable characters"),
    Flag("d", "", help="same as -t u2, select unsigned decimal 2-byte units"),
    Flag("i", "", help="same as -t dI, select decimal ints"),
    Flag("o", "", help="same as -t o2, select octal 2-byte units"),
    Flag("s", "", help="same as -t d2, select decimal 2-byte units"),
    Flag("x", "", help="same as -t x2, select hexadecimal 2-byte units"),
)
HEXDUMP = Options(
    "[options] <file>...",
    "Display file contents in hexadecimal, decimal, octal, or ascii.",
    Flag("C", "canonical", help="canonical hex+ASCII display"),
    Flag("b", "one-byte-octal", help="one-byte octal display"),
    Flag("c", "one-byte-char", help="one-byte character display"),
    Flag("x", "two-bytes-hex", help="two-byte hexadecimal display"),
    Value("n", "length", metavar="length", help="interpret only length bytes of input"),
    Value("s", "skip", metavar="offset", help="skip offset bytes from the beginning"),
    Flag("v", "no-squeezing", help="output identical lines"),
)
XXD = Options(
    "[options] [infile [outfile]]",
    "Make a hexdump or do the reverse.",
    Flag("r", "revert", help="reverse operation: convert hexdump into binary"),
    Flag("p", "postscript", aliases=("plain", "ps"), help="output in postscript plain hexdump style"),
    Flag("u", "uppercase", help="use upper case hex letters"),
    Flag("b", "bits", help="binary digit dump"),
    Value("c", "cols", metavar="cols", help="format <cols> octets per line"),
    Value("g", "groupsize", metavar="bytes", help="number of octets per group in normal output"),
    Value("l", "len", metavar="len", help="stop after <len> octets"),
    Value("s", "seek", metavar="seek", help="start at <seek> bytes"),
)
STRINGS = Options(
    "[option(s)] [file(s)]",
    "Display printable strings in [file(s)].",
    Flag("a", "all", help="scan the entire file, not just the data section"),
    Flag("f", "print-file-name", help="print the name of the file before each string"),
    Value("n", "bytes", metavar="number", help="locate & print any sequence of at least number characters"),
    Value("t", "radix", metavar="{o,d,x}", help="print the location of the string in base 8, 10 or 16"),
)
_NAMES = [
    "nul",
    "soh",
    "stx",
    "etx",
    "eot",
    "enq",
    "ack",
    "bel",
    "bs",
    "ht",
    "nl",
    "vt",
    "ff",
    "cr",
    "so",
    "si",
    "dle",
    "dc1",
    "dc2",
    "dc3",
    "dc4",
    "nak",
    "syn",
    "etb",
    "can",
    "em",
    "sub",
    "esc",
    "fs",
    "gs",
    "rs",
    "us",
    "sp",
]
_CHARS = {0: "\\0", 7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r"}
_WIDTHS = {
    ("o", 1): 3,
    ("o", 2): 6,
    ("o", 4): 11,
    ("o", 8): 22,
    ("x", 1): 2,
    ("x", 2): 4,
    ("x", 4): 8,
    ("x", 8): 16,
}
_WIDTHS |= {
    ("u", 1): 3,
    ("u", 2): 5,
    ("u", 4): 10,
    ("u", 8): 20,
    ("d", 1): 4,
    ("d", 2): 6,
    ("d", 4): 11,
    ("d", 8): 20,
}


def _size(p: Process, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return int(text, 16) if text.lower().startswith("0x") else parse_size(text)
    except (InvalidNumber, ValueError):
        raise UsageError(f"{p.name}: invalid argument: {curly(p, text)}\n", 1) from None


def _window(chunks: Iterator[bytes], skip: int, limit: int | None, width: int, p: Process) -> Iterator[bytes]:
    """Rows of ``width`` bytes from ``skip`` on, ``limit`` bytes in all."""
    held = b""
    for chunk in chunks:
        if skip >= len(chunk):
            skip -= len(chunk)
            continue
        chunk, skip = chunk[skip:], 0
        if limit is not None:
            chunk = chunk[:limit]
            limit -= len(chunk)
        held += chunk
        whole = len(held) // width * width
        for at in range(0, whole, width):
            p.budget.step()
            yield held[at : at + width]
        held = held[whole:]
        if limit is not None and limit <= 0:
            break
    if held:
        yield held


def _types(options: Parsed) -> list[tuple[str, int]]:
    letters = {
        "a": ("a", 1),
        "b": ("o", 1),
        "c": ("c", 1),
        "d": ("u", 2),
        "i": ("d", 4),
        "o": ("o", 2),
        "s": ("d", 2),
    }
    letters["x"] = ("x", 2)
    found: list[tuple[str, int]] = []
    for name, value in options.order:
        if name in letters:
            found.append(letters[name])
        elif name == "format":
            text = (value or "").rstrip("z")
            at = 0
            while at < len(text):
                kind = text[at]
                at += 1
                if kind in "ac":
                    found.append((kind, 1))
                    continue
                size = {"C": 1, "S": 2, "I": 4, "L": 8}.get(text[at : at + 1], 0)
                if not size and text[at : at + 1].isdigit():
                    size = int(text[at])
                at += bool(size)
                found.append((kind if kind in "oxud" else "x", size if size in (1, 2, 4, 8) else 4))
    return found or [("o", 2)]


@program("od", package="coreutils", summary="dump files in octal and other formats")
def od(p: Process) -> Generator[bytes, None, int]:
    options = OD.parse(p)
    types = _types(options)
    radix = options.value("address-radix") or "o"
    skip, limit = _size(p, options.value("skip-bytes")) or 0, _size(p, options.value("read-bytes"))
    width = min(_size(p, options.value("width") or ("32" if options.flag("width") else "16")) or 16, 4096)
    address = {"d": "{:07d}", "o": "{:07o}", "x": "{:06x}", "n": ""}.get(radix, "{:07o}")
    inputs = Inputs(p, options.operands)
    chunks = chain.from_iterable(chunks for _, chunks in inputs)
    offset = skip
    previous = b""
    starred = False
    cell = max(_cell_width(kind, size) * (8 // size) for kind, size in types) // 8 if len(types) > 1 else 0
    try:
        for row in _window(iter(chunks), skip, limit, width, p):
            if row == previous and not options.flag("output-duplicates") and len(row) == width:
                if not starred:
                    yield b"*\n"
                starred = True
                offset += len(row)
                continue
            previous, starred = row, False
            for index, (kind, size) in enumerate(types):
                head = (
                    address.format(offset) if not index else " " * len(address.format(0) if address else "")
                )
                yield encode(head + _od_row(row, kind, size, cell) + "\n")
            offset += len(row)
    except FsError as error:
        p.error(f"{error.path}: {error.reason}")
        return 1
    if address and not (inputs.status and offset == skip and len(inputs.names) == 1):
        yield encode(address.format(offset) + "\n")
    return inputs.status


def _cell_width(kind: str, size: int) -> int:
    return 4 if kind in "ac" else _WIDTHS[kind, size] + 1


def _od_row(row: bytes, kind: str, size: int, cell: int) -> str:
    width = max(_cell_width(kind, size), cell * size)
    out = []
    for at in range(0, len(row), size):
        unit = row[at : at + size].ljust(size, b"\0")
        value = int.from_bytes(unit, "little", signed=kind == "d")
        if kind == "c":
            text = _CHARS.get(value) or (chr(value) if 32 <= value < 127 else f"{value:03o}")
        elif kind == "a":
            code = value & 127
            text = _NAMES[code] if code <= 32 else "del" if code == 127 else chr(code)
        elif kind in "ox":
            text = f"{value:0{_WIDTHS[kind, size]}{kind}}"
        else:
            text = str(value)
        out.append(text.rjust(width))
    return "".join(out)


@program("hexdump", "hd", package="bsdextrautils", summary="display file contents in hexadecimal")
def hexdump(p: Process) -> Generator[bytes, None, int]:
    options = HEXDUMP.parse(p)
    skip, limit = _size(p, options.value("skip")) or 0, _size(p, options.value("length"))
    canonical = options.flag("canonical") or p.name == "hd"
    inputs = Inputs(p, options.operands)
    offset, previous, starred = skip, b"", False
    chunks = chain.from_iterable(chunks for _, chunks in inputs)
    for row in _window(iter(chunks), skip, limit, 16, p):
        if row == previous and not options.flag("no-squeezing") and len(row) == 16:
            if not starred:
                yield b"*\n"
            starred = True
            offset += 16
            continue
        previous, starred = row, False
        yield encode(_hexdump_row(row, offset, options, canonical) + "\n")
        offset += len(row)
    if offset > skip:
        yield encode(f"{offset:08x}\n" if canonical else f"{offset:07x}\n")
    return inputs.status


def _hexdump_row(row: bytes, offset: int, options: Parsed, canonical: bool) -> str:
    if canonical:
        left = " ".join(f"{byte:02x}" for byte in row[:8])
        right = " ".join(f"{byte:02x}" for byte in row[8:])
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        return f"{offset:08x}  {left:<23}  {right:<23}  |{text}|"
    if options.flag("one-byte-char"):
        return f"{offset:07x}" + _od_row(row, "c", 1, 0)
    if options.flag("one-byte-octal"):
        return f"{offset:07x}" + "".join(f" {byte:03o}" for byte in row)
    words = [int.from_bytes(row[at : at + 2].ljust(2, b"\0"), "little") for at in range(0, len(row), 2)]
    if options.flag("two-bytes-hex"):
        return f"{offset:07x}" + "".join(f"    {word:04x}" for word in words)
    text = f"{offset:07x}" + "".join(f" {word:04x}" for word in words)
    return text.ljust(7 + 8 * 5)


@program("xxd", package="xxd", summary="make a hexdump or do the reverse")
def xxd(p: Process) -> Generator[bytes, None, int]:
    arguments = ["--postscript" if a in ("-ps", "-plain") else a for a in p.argv[1:]]
    options = XXD.parse(p, arguments)
    inputs = Inputs(p, options.operands[:1], status=1 if p.is_busybox else 2)
    plain = options.flag("postscript")
    columns = min(
        _size(p, options.value("cols")) or (30 if plain else 6 if options.flag("bits") else 16), 256
    )
    group = _size(p, options.value("groupsize"))
    group = (1 if options.flag("bits") else 2) if group is None else group
    skip, limit = _size(p, options.value("seek")) or 0, _size(p, options.value("len"))
    out: list[bytes] = []
    for _, chunks in inputs:
        if options.flag("revert"):
            pieces: Iterator[bytes] = iter((_reverted(read_all(chunks, p.budget), plain),))
        else:
            pieces = _xxd_rows(_window(iter(chunks), skip, limit, columns, p), options, columns, group, skip)
        if len(options.operands) > 1:
            out += pieces
        else:
            yield from pieces
    if len(options.operands) > 1:
        p.files.write(options.operands[1], b"".join(out))
    return inputs.status


def _xxd_rows(
    rows: Iterator[bytes], options: Parsed, columns: int, group: int, offset: int
) -> Iterator[bytes]:
    letter = "X" if options.flag("uppercase") else "x"
    bits = options.flag("bits")
    for row in rows:
        if options.flag("postscript"):
            yield encode("".join(f"{byte:02{letter}}" for byte in row) + "\n")
            continue
        size = group or columns
        cells = [
            "".join(f"{byte:08b}" if bits else f"{byte:02{letter}}" for byte in row[at : at + size])
            for at in range(0, len(row), size)
        ]
        width = columns * (8 if bits else 2) + (columns - 1) // size
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        yield encode(f"{offset:08x}: {' '.join(cells):<{width}}  {text}\n")
        offset += len(row)


def _reverted(data: bytes, plain: bool) -> bytes:
    out = bytearray()
    for line in data.decode("latin-1").splitlines():
        body = line if plain else line.partition(": ")[2].split("  ")[0]
        digits = "".join(char for char in body if char in "0123456789abcdefABCDEF")
        out += bytes.fromhex(digits[: len(digits) // 2 * 2])
    return bytes(out)


@program("strings", package="binutils", summary="display printable strings in files")
def strings(p: Process) -> Generator[bytes, None, int]:
    arguments = ["-n" + a[1:] if a[:1] == "-" and a[1:].isdigit() else a for a in p.argv[1:]]
    options = STRINGS.parse(p, arguments)
    least = max(1, _size(p, options.value("bytes")) or 4)
    form = {"o": "o", "d": "d", "x": "x"}.get(options.value("radix") or "", "")
    inputs = Inputs(
        p, options.operands, message="'{name}': No such file", searching=True, busybox="{name}: {reason}"
    )
    printable = bytes(byte if 32 <= byte < 127 or byte == 9 else 10 for byte in range(256))
    for name, chunks in inputs:
        offset = 0
        for line in lines_of((chunk.translate(printable) for chunk in chunks), p.budget):
            body = line.removesuffix(b"\n")
            if len(body) >= least:
                head = f"{name}: " if options.flag("print-file-name") else ""
                head += f"{offset:>7{form}} " if form else ""
                yield encode(head) + body + b"\n"
            offset += len(line)
    return inputs.status
