"""Records: a stream cut at RS."""

from collections.abc import Iterator

from engine.budget import Budget
from engine.programs.lib.regex import compile_regex
from engine.programs.lib.text import read_all


class RecordReader:
    """Reads records from one stream; RS may change between reads."""

    def __init__(self, chunks: Iterator[bytes], budget: Budget) -> None:
        self._chunks = chunks
        self._budget = budget
        self._data = b""
        self._at = 0
        self._ended = False

    def read(self, separator: bytes) -> bytes | None:
        """The next record, None at the end."""
        self._budget.step()
        if len(separator) == 1:
            return self._until(separator)
        self._gather()
        if self._at >= len(self._data):
            return None
        return self._paragraph() if not separator else self._by_regex(separator)

    def _pull(self) -> bool:
        """One more chunk behind what is left; False at the end."""
        chunk = next(self._chunks, None)
        if chunk is None:
            self._ended = True
            return False
        rest = self._data[self._at :] if self._at < len(self._data) else b""
        if len(rest) > 65536:
            self._budget.allocate(len(chunk))
        self._data = rest + chunk
        self._at = 0
        return True

    def _until(self, separator: bytes) -> bytes | None:
        searched = 0
        while True:
            end = self._data.find(separator, self._at + searched)
            if end >= 0:
                record = self._data[self._at : end]
                self._at = end + 1
                return record
            searched = len(self._data) - self._at
            if self._ended or not self._pull():
                break
        if self._at >= len(self._data):
            return None
        record = self._data[self._at :]
        self._at = len(self._data)
        return record

    def _gather(self) -> None:
        if not self._ended:
            self._data = self._data[self._at :] + read_all(self._chunks, self._budget)
            self._at = 0
            self._ended = True

    def _paragraph(self) -> bytes | None:
        while self._data.startswith(b"\n", self._at):
            self._at += 1
        if self._at >= len(self._data):
            return None
        end = self._data.find(b"\n\n", self._at)
        if end < 0:
            record = self._data[self._at :].rstrip(b"\n")
            self._at = len(self._data)
            return record
        record = self._data[self._at : end]
        self._at = end + 2
        return record

    def _by_regex(self, separator: bytes) -> bytes:
        regex = compile_regex(separator, "awk")
        found = regex.search(self._data, self._budget, self._at)
        if found is None or found[0][1] == found[0][0]:
            record = self._data[self._at :].removesuffix(b"\n")
            self._at = len(self._data)
            return record
        record = self._data[self._at : found[0][0]]
        self._at = found[0][1]
        return record
