"""What file descriptors lead to: terminals, files, pipes, here-documents, and captured output.

Every stream can be read and written as far as types go; the ones that cannot answer as a descriptor
opened the other way does (``Bad file descriptor``). Streams are shared by duplication (``2>&1``), so
order between two descriptors of one stream is kept.
"""

from collections.abc import Generator, Iterator
from typing import Any

from engine.budget import Budget
from engine.errors import EngineError
from engine.fs import Content, File, Files, FsError
from engine.fs.entries import strip_zeros
from engine.shell.process import NeedInput, Sink, Source, System

PIPE_GRACE = 4096
"""Bytes a writer may still write to a pipe nobody reads: what C buffers before the first real write."""
_FLUSH_SMALL = 4096


class BadDescriptor(EngineError):
    """Reading from a descriptor opened for writing, or the other way round."""

    def __init__(self) -> None:
        super().__init__("Bad file descriptor")


class PipeClosed(EngineError):
    """A write to a pipe whose reader has gone: SIGPIPE ends the writer."""


class Stream:
    """One open file description."""

    is_terminal = False

    def read_line(self) -> bytes:
        """The next line with its newline; empty at the end. Raises BadDescriptor."""
        raise BadDescriptor

    def chunks(self) -> Iterator[bytes]:
        """Everything that is left. Raises BadDescriptor."""
        raise BadDescriptor

    def unread(self, data: bytes) -> None:
        """Put ``data`` back in front of what is left to read."""
        raise BadDescriptor

    def write(self, data: bytes) -> None:
        """Take ``data``. Raises BadDescriptor, PipeClosed, FsError."""
        raise BadDescriptor

    def flush(self) -> None:
        """Make what was written visible to others."""

    def close(self) -> None:
        """No descriptor leads here any more."""


class InputStream(Stream):
    """Reads from an iterator of pieces; the base of everything readable."""

    def __init__(self, pieces: Iterator[bytes], budget: Budget) -> None:
        self._pieces = pieces
        self._buffer = b""
        self._at = 0
        self._budget = budget

    def read_line(self) -> bytes:
        self._budget.step()
        end = self._buffer.find(b"\n", self._at) + 1
        if end:
            line = self._buffer[self._at : end]
            self._at = end
            return line
        parts = [self._buffer[self._at :]]
        self._buffer, self._at = b"", 0
        for piece in self._pieces:
            end = piece.find(b"\n") + 1
            if end:
                parts.append(piece[:end])
                self._buffer, self._at = piece, end
                break
            self._budget.allocate(len(piece))
            parts.append(piece)
        return b"".join(parts)

    def chunks(self) -> Iterator[bytes]:
        while True:
            if self._at < len(self._buffer):
                held = self._buffer[self._at :]
                self._buffer, self._at = b"", 0
                yield held
            piece = next(self._pieces, None)
            if piece is None:
                return
            yield piece

    def unread(self, data: bytes) -> None:
        self._buffer = data + self._buffer[self._at :]
        self._at = 0


class BytesInput(InputStream):
    """Fixed bytes: a here-document, a here-string, nothing at all."""

    def __init__(self, data: bytes, budget: Budget) -> None:
        super().__init__(iter((data,) if data else ()), budget)


class FileInput(InputStream):
    """A file opened for reading; it is looked at when first read from."""

    def __init__(self, files: Files, path: str) -> None:
        super().__init__(files.chunks(path), files.budget)
        self.path = path


class NullStream(Stream):
    """/dev/null: empty to readers, bottomless to writers."""

    def read_line(self) -> bytes:
        return b""

    def chunks(self) -> Iterator[bytes]:
        return iter(())

    def unread(self, data: bytes) -> None:
        return None

    def write(self, data: bytes) -> None:
        return None


class TerminalInput(Stream):
    """Lines the person has typed; asking for more than there are raises NeedInput."""

    is_terminal = True

    def __init__(self, system: System) -> None:
        self._system = system
        self._pushed = b""

    def read_line(self) -> bytes:
        if self._pushed:
            line, self._pushed = self._pushed, b""
            return line
        if not self._system.typed:
            raise NeedInput
        return self._system.typed.pop(0)

    def chunks(self) -> Iterator[bytes]:
        while line := self.read_line():
            yield line

    def unread(self, data: bytes) -> None:
        self._pushed = data + self._pushed

    def write(self, data: bytes) -> None:
        raise BadDescriptor


class GivenInput(Stream):
    """A Source handed in from outside, as a stream."""

    def __init__(self, source: Source, budget: Budget) -> None:
        self._source = source
        self._budget = budget
        self._pushed = b""
        self.is_terminal = source.is_terminal

    def read_line(self) -> bytes:
        self._budget.step()
        if self._pushed:
            end = self._pushed.find(b"\n") + 1
            if end:
                line, self._pushed = self._pushed[:end], self._pushed[end:]
                return line
            line, self._pushed = self._pushed, b""
            return line + self._source.read_line()
        return self._source.read_line()

    def chunks(self) -> Iterator[bytes]:
        if self._pushed:
            held, self._pushed = self._pushed, b""
            yield held
        yield from self._source.chunks()

    def unread(self, data: bytes) -> None:
        self._pushed = data + self._pushed


class GivenOutput(Stream):
    """A Sink handed in from outside, as a stream; what is printed there counts as output."""

    def __init__(self, sink: Sink, budget: Budget) -> None:
        self._sink = sink
        self._budget = budget

    def write(self, data: bytes) -> None:
        self._budget.print(len(data))
        self._sink.write(data)


class Capture(Stream):
    """Collects what a command substitution prints."""

    def __init__(self, budget: Budget) -> None:
        self._parts: list[bytes] = []
        self._budget = budget

    def write(self, data: bytes) -> None:
        self._budget.allocate(len(data))
        self._parts.append(data)

    @property
    def data(self) -> bytes:
        """Everything written so far."""
        return b"".join(self._parts)


class Collector:
    """A plain Sink that keeps what it is given."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Take ``data``."""
        self.parts.append(data)

    @property
    def data(self) -> bytes:
        """Everything written so far."""
        return b"".join(self.parts)


class Pipe(Stream):
    """The writing end of a pipe; ``PipeInput`` is the reading end.

    The writer is a suspended task that runs only while somebody reads.
    """

    def __init__(self, budget: Budget) -> None:
        self.queue: list[bytes] = []
        self.reader_gone = False
        self._written = 0
        self._budget = budget

    def write(self, data: bytes) -> None:
        self._written += len(data)
        if self.reader_gone:
            if self._written > PIPE_GRACE:
                raise PipeClosed
            return
        self._budget.step(1 + len(data) // 4096)
        self.queue.append(data)


class PipeInput(InputStream):
    """The reading end: pulls the writing task forward until it has written something or has ended."""

    def __init__(self, pipe: Pipe, task: Generator[str | None, None, Any], budget: Budget) -> None:
        self._pipe = pipe
        self._task = task
        super().__init__(self._pull(), budget)

    def _pull(self) -> Iterator[bytes]:
        queue = self._pipe.queue
        while True:
            if queue:
                data = queue[0] if len(queue) == 1 else b"".join(queue)
                queue.clear()
                yield data
            elif next(self._task, _ENDED) is _ENDED and not queue:
                return

    def close(self) -> None:
        """The reader has gone; the writer runs on until it ends or writes too much."""
        self._pipe.reader_gone = True
        self._pipe.queue.clear()


_ENDED = object()


class FileOutput(Stream):
    """A file opened for writing: created or emptied at once, filled when flushed or closed."""

    def __init__(self, files: Files, path: str, append: bool, keep: bool = False) -> None:
        self._files = files
        self.path = files.real_path(path)
        node = files.find(path)
        if not isinstance(node, File) or not (append or keep):
            files.write(path, b"")
        elif append or keep:
            self._require_writable(path)
        self._append = append
        self._offset = 0
        self._parts: list[bytes] = []
        self._pending = 0
        self._flushed = 0

    def _require_writable(self, path: str) -> None:
        location = self._files.locate(path)
        if location.read_only:
            raise FsError("EROFS", path)
        if not self._files.access(path, 2):
            raise FsError("EACCES", path)

    def write(self, data: bytes) -> None:
        self._files.budget.allocate(len(strip_zeros(data)) + 1)
        self._parts.append(data)
        self._pending += len(data)

    def flush(self) -> None:
        """Write what is pending, unless it is little beside what is there (so loops stay linear)."""
        if self._pending and (self._flushed < _FLUSH_SMALL or self._pending * 8 >= self._flushed):
            self._store()

    def close(self) -> None:
        if self._pending:
            self._store()

    def _store(self) -> None:
        parts, self._parts = self._parts, []
        size, self._pending = self._pending, 0
        self._flushed += size
        node = self._files.find(self.path)
        if isinstance(node, File) and not (self._append or self._offset) and node.content.size <= size:
            self._offset = size
            self._files.write(self.path, Content.sparse(parts))
            return
        data = b"".join(parts)
        if not isinstance(node, File):
            if node is not None:
                self._files.write(self.path, data)
            return
        present = node.content
        if self._append:
            self._files.append(self.path, data)
            return
        start = self._offset
        self._offset += size
        before = present.head[:start].ljust(start, b"\0")
        self._files.write(self.path, Content(before + data + present.head[self._offset :]))

    def read_line(self) -> bytes:
        raise BadDescriptor


class ReadWriteFile(FileOutput):
    """A file opened with ``<>``: reading starts at its beginning, and so does writing."""

    def __init__(self, files: Files, path: str) -> None:
        super().__init__(files, path, append=False, keep=True)
        self._input = FileInput(files, path)

    def read_line(self) -> bytes:
        line = self._input.read_line()
        self._offset += len(line)
        return line

    def chunks(self) -> Iterator[bytes]:
        for piece in self._input.chunks():
            self._offset += len(piece)
            yield piece

    def unread(self, data: bytes) -> None:
        self._offset -= len(data)
        self._input.unread(data)
