"""Text and bytes: how programs read their input line by line and name things in messages."""

from collections.abc import Callable, Iterable, Iterator

from engine.budget import Budget
from engine.fs import Content, File, Files, FsError
from engine.fs.entries import strip_zeros
from engine.programs.lib.regex import has_utf8_locale
from engine.shell.process import Process, Source

_ZERO_TAIL = 4096


def encode(text: str) -> bytes:
    """An argument or file name as the bytes a program sees."""
    return text.encode("utf-8", "surrogateescape")


def decode(data: bytes) -> str:
    """Bytes as text that ``encode`` turns back into the same bytes."""
    return data.decode("utf-8", "surrogateescape")


def curly(process: Process, text: str) -> str:
    """gnulib's ``quote()``: ``'x'`` in the C locale, ``‘x’`` in a UTF-8 one."""
    return f"‘{text}’" if has_utf8_locale(process.env) else f"'{text}'"


def lines_of(chunks: Iterable[bytes], budget: Budget, separator: bytes = b"\n") -> Iterator[bytes]:
    """The lines of a stream, each with its separator; the last one may lack it.

    A line that never ends is charged as memory while it is gathered.
    """
    parts: list[bytes] = []
    for chunk in chunks:
        start = 0
        end = chunk.find(separator)
        while end >= 0:
            line = chunk[start : end + 1]
            if parts:
                parts.append(line)
                line = b"".join(parts)
                parts = []
            budget.step()
            yield line
            start = end + 1
            end = chunk.find(separator, start)
        if start < len(chunk):
            rest = chunk[start:] if start else chunk
            if len(rest) > 65536:
                budget.allocate(len(rest))
            parts.append(rest)
    if parts:
        budget.step()
        yield b"".join(parts)


def searchable_chunks(files: Files, path: str) -> Iterator[bytes]:
    """What a searching program needs of a file: filler is cut to a few zero bytes after the head.

    Raises FsError as ``Files.chunks``.
    """
    node = files.find(path)
    if isinstance(node, File) and node.content.is_filler:
        content = files.content(path)
        hole = bytes(min(_ZERO_TAIL, content.size - len(content.head)))
        return iter((content.head, hole, *(part for _, data in content.extents for part in (data, hole))))
    return files.chunks(path)


def sparse_content(chunks: Iterable[bytes], budget: Budget) -> Content:
    """A stream as a file's content; long runs of zeros are neither kept nor charged as memory."""

    def charged() -> Iterator[bytes]:
        for chunk in chunks:
            budget.step(1 + len(chunk) // 16384)
            budget.allocate(len(strip_zeros(chunk)))
            yield chunk

    return Content.sparse(charged())


def read_all(chunks: Iterable[bytes], budget: Budget) -> bytes:
    """A whole stream in memory, charged to the budget."""
    parts = []
    for chunk in chunks:
        budget.allocate(len(chunk))
        parts.append(chunk)
    return b"".join(parts)


def terminal_lines(source: Source) -> Iterator[bytes]:
    """Standard input line by line, for programs that answer each line as it is typed."""
    while line := source.read_line():
        yield line


def stdin_chunks(process: Process) -> Iterator[bytes]:
    """Standard input; from a terminal line by line until Ctrl-D."""
    return terminal_lines(process.stdin) if process.stdin.is_terminal else process.stdin.chunks()


class Inputs:
    """The operands of a filter, opened one after the other; ``-`` and no operand mean standard input.

    Iterating gives (name, chunks). A file that cannot be read is reported in the program's own words,
    ``status`` remembers it, and the next one is tried.
    """

    def __init__(
        self,
        process: Process,
        names: list[str],
        *,
        message: str = "{name}: {reason}",
        busybox: str = "{name}: {reason}",
        directory: str | None = None,
        status: int = 1,
        searching: bool = False,
        directory_hook: Callable[[str], None] | None = None,
    ) -> None:
        self.process = process
        self.names = names or ["-"]
        self.status = 0
        self._message = busybox if process.is_busybox else message
        self._directory = directory or self._message
        self._failure = status
        self._searching = searching
        self._directory_hook = directory_hook

    def __iter__(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        for name in self.names:
            chunks = self.open(name)
            if chunks is not None:
                yield name, chunks

    def open(self, name: str) -> Iterator[bytes] | None:
        """The chunks of one input, None (after a message) when it cannot be read."""
        if name == "-":
            return stdin_chunks(self.process)
        files = self.process.files
        try:
            return searchable_chunks(files, name) if self._searching else files.chunks(name)
        except FsError as error:
            self.fail(name, error)
            return None

    def fail(self, name: str, error: FsError) -> None:
        """Report ``error`` and remember the failure."""
        is_directory = error.code == "EISDIR"
        template = self._directory if is_directory else self._message
        self.process.error(template.format(name=name, reason=error.reason))
        self.status = self._failure
        if is_directory and self._directory_hook is not None:
            self._directory_hook(name)
