"""wc: count newlines, words and bytes."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass

from engine.fs import File, FsError
from engine.programs.lib.regex import has_utf8_locale
from engine.programs.lib.text import Inputs, encode
from engine.shell.options import Flag, Options, Value
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]... [FILE]...",
    "Print newline, word, and byte counts for each FILE, and a total line if there are several.",
    Flag("c", "bytes", help="print the byte counts"),
    Flag("m", "chars", help="print the character counts"),
    Flag("l", "lines", help="print the newline counts"),
    Value(
        "",
        "files0-from",
        metavar="F",
        help="read input from the files specified by NUL-terminated names in file F",
    ),
    Flag("L", "max-line-length", help="print the maximum display width"),
    Flag("w", "words", help="print the word counts"),
)
_ORDER = ("lines", "words", "chars", "bytes", "max-line-length")


@dataclass(slots=True)
class _Counts:
    lines: int = 0
    words: int = 0
    chars: int = 0
    bytes: int = 0
    longest: int = 0

    def add(self, other: "_Counts") -> None:
        self.lines += other.lines
        self.words += other.words
        self.chars += other.chars
        self.bytes += other.bytes
        self.longest = max(self.longest, other.longest)


@program("wc", package="coreutils", summary="print newline, word, and byte counts for each file")
def wc(p: Process) -> Generator[bytes, None, int]:
    options = OPTIONS.parse(p)
    columns = [name for name in _ORDER if options.flag(name)] or ["lines", "words", "bytes"]
    names = options.operands
    source = options.value("files0-from")
    if source is not None:
        names = [
            name
            for name in p.files.content(source).head.decode("utf-8", "surrogateescape").split("\0")
            if name
        ]
    results: list[tuple[str, _Counts]] = []
    width = _width(p, names, columns)

    def count_directory(name: str) -> None:
        if not p.is_busybox:
            results.append((name, _Counts()))

    inputs = Inputs(p, names, directory_hook=count_directory)
    utf8 = has_utf8_locale(p.env)
    total = _Counts()
    for name, chunks in inputs:
        try:
            counts = _count(p, name, chunks, columns, utf8)
        except FsError as error:
            inputs.fail(name, error)
            continue
        results.append((name, counts))
        total.add(counts)
    for name, counts in results:
        yield encode(_row(counts, columns, width, name if names else "", p.is_busybox))
    if len(inputs.names) > 1:
        yield encode(_row(total, columns, width, "total", p.is_busybox))
    return inputs.status


def _width(p: Process, names: list[str], columns: list[str]) -> int:
    """GNU: wide enough for the sum of all sizes; 7 when something is no regular file."""
    if len(columns) == 1 and len(names) <= 1:
        return 1
    nodes = [p.files.find(name) for name in names or ["-"] if name != "-"]
    regular = [node for node in nodes if isinstance(node, File)]
    width = len(str(sum(node.content.size for node in regular)))
    special = (
        not names or "-" in names or any(node is not None and not isinstance(node, File) for node in nodes)
    )
    return max(width, 7) if special else width


_CONTINUATION = bytes(range(0x80, 0xC0))
"""Bytes that go on with a UTF-8 character."""


def _count(p: Process, name: str, chunks: Iterator[bytes], columns: list[str], utf8: bool) -> _Counts:
    node = p.files.find(name) if name != "-" else None
    counts = _Counts()
    if columns == ["bytes"] and isinstance(node, File):
        p.files.content(name)
        counts.bytes = node.content.size
        return counts
    if isinstance(node, File) and node.content.is_filler:
        pieces = [node.content.head, *(piece for _, piece in node.content.extents)]
        counts.bytes = node.content.size - sum(map(len, pieces))
        counts.chars = counts.bytes
        chunks = iter(pieces)
    in_word = False
    line = 0
    for chunk in chunks:
        p.budget.step(1 + len(chunk) // 2048)
        counts.bytes += len(chunk)
        if "lines" in columns:
            counts.lines += chunk.count(b"\n")
        if "chars" in columns:
            counts.chars += len(chunk.translate(None, _CONTINUATION) if utf8 else chunk)
        if "words" in columns:
            words = chunk.split()
            counts.words += len(words)
            if in_word and words and not chunk[:1].isspace():
                counts.words -= 1
            in_word = not chunk[-1:].isspace() if chunk else in_word
        if "max-line-length" in columns:
            pieces = chunk.split(b"\n")
            for index, piece in enumerate(pieces):
                line = (line if index == 0 else 0) + _display_width(piece)
                counts.longest = max(counts.longest, line)
    return counts


def _display_width(piece: bytes) -> int:
    text = piece.expandtabs(8)
    return sum(1 for byte in text if 32 <= byte < 127 or byte >= 0xC0)


def _row(counts: _Counts, columns: list[str], width: int, name: str, busybox: bool) -> str:
    values = {
        "lines": counts.lines,
        "words": counts.words,
        "chars": counts.chars,
        "bytes": counts.bytes,
        "max-line-length": counts.longest,
    }
    if busybox:
        alone = len(columns) == 1 and width == 1
        cells = [f"{values[column]}" if alone else f"{values[column]:>9}" for column in columns]
        text = " ".join(cells)
    else:
        text = " ".join(f"{values[column]:>{width}}" for column in columns)
    return f"{text} {name}\n" if name else f"{text}\n"
