"""A file's content as a seekable stream, holes read as zeros without being held in memory."""

import io
from bisect import bisect_right
from typing import Any

from engine.fs.entries import Content


class ContentReader(io.RawIOBase):
    """Reads ``content`` from byte ``start``, ``length`` bytes at most (default: to its end)."""

    def __init__(self, content: Content, start: int = 0, length: int | None = None) -> None:
        self._pieces = [(0, content.head), *content.extents]
        self._offsets = [offset for offset, _ in self._pieces]
        self._start = start
        available = max(0, content.size - start)
        self._length = available if length is None else min(length, available)
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._length}[whence]
        self._position = max(0, base + offset)
        return self._position

    def read(self, size: int = -1) -> bytes:
        left = max(0, self._length - self._position)
        wanted = left if size is None or size < 0 else min(size, left)
        data = bytearray(wanted)
        begin = self._start + self._position
        index = bisect_right(self._offsets, begin) - 1
        while index < len(self._pieces) and self._offsets[index] < begin + wanted:
            offset, piece = self._pieces[index]
            low, high = max(begin, offset), min(begin + wanted, offset + len(piece))
            if low < high:
                data[low - begin : high - begin] = piece[low - offset : high - offset]
            index += 1
        self._position += wanted
        return bytes(data)

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)
