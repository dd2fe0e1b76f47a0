"""What a directory can hold, as one layer records it.

Modes are the twelve permission bits (``0o7777``); times are nanoseconds since the Unix epoch.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Literal

_ZEROS = bytes(1 << 20)
_HOLE = 4096
"""Shortest run of zeros worth leaving out of a sparse file."""


@dataclass(frozen=True, slots=True)
class Content:
    """A file's bytes: ``head``, then zero bytes up to ``size`` except where ``extents`` say otherwise.

    An ordinary file is all head. A package's 120 MB binary is a short honest stub and zeros: it costs
    nothing to store and still has one true sha256. An archive of such files is sparse: ``extents`` holds
    (offset, bytes) pieces behind the head, in order, not overlapping.
    """

    head: bytes = b""
    size: int = -1
    extents: tuple[tuple[int, bytes], ...] = ()

    def __post_init__(self) -> None:
        end = self.extents[-1][0] + len(self.extents[-1][1]) if self.extents else len(self.head)
        if self.size < end:
            object.__setattr__(self, "size", end)

    @classmethod
    def sparse(cls, chunks: Iterable[bytes]) -> "Content":
        """Content made of a stream; a chunk's long run of zeros at its end is kept only as a hole."""
        extents: list[tuple[int, bytes]] = []
        piece = bytearray()
        start = offset = 0
        for chunk in chunks:
            kept = strip_zeros(chunk)
            if not piece:
                start = offset
            if len(chunk) - len(kept) < _HOLE:
                piece += chunk
            else:
                piece += kept
                if piece:
                    extents.append((start, bytes(piece)))
                    piece.clear()
            offset += len(chunk)
        if piece:
            extents.append((start, bytes(piece)))
        if extents and extents[0][0] == 0:
            return cls(extents[0][1], offset, tuple(extents[1:]))
        return cls(b"", offset, tuple(extents))

    def appended(self, data: bytes) -> "Content":
        """The same content with ``data`` at its end."""
        if not self.is_filler:
            return Content(self.head + data)
        if self.extents and self.extents[-1][0] + len(self.extents[-1][1]) == self.size:
            offset, piece = self.extents[-1]
            return Content(self.head, self.size + len(data), (*self.extents[:-1], (offset, piece + data)))
        return Content(self.head, self.size + len(data), (*self.extents, (self.size, data)))

    @property
    def is_filler(self) -> bool:
        """Whether part of the content is zeros that nobody wrote."""
        return self.size > len(self.head)

    def chunks(self) -> Iterator[bytes]:
        """The bytes in order, at most 1 MiB at a time."""
        if self.head:
            yield self.head
        position = len(self.head)
        for offset, piece in self.extents:
            yield from _zeros(offset - position)
            yield piece
            position = offset + len(piece)
        yield from _zeros(self.size - position)

    def sha256(self) -> str:
        """Hex sha256 of the bytes."""
        return _content_sha256(self)


def strip_zeros(data: bytes) -> bytes:
    """``data`` without the zero bytes at its end; comparing is ten times as fast as stripping."""
    if not data.endswith(b"\0"):
        return data
    if len(data) <= len(_ZEROS) and data == _ZEROS[: len(data)]:
        return b""
    return data.rstrip(b"\0")


def _zeros(count: int) -> Iterator[bytes]:
    while count > 0:
        yield _ZEROS if count >= len(_ZEROS) else _ZEROS[:count]
        count -= len(_ZEROS)


@lru_cache(maxsize=4096)
def _content_sha256(content: Content) -> str:
    hasher = sha256()
    for chunk in content.chunks():
        hasher.update(chunk)
    return hasher.hexdigest()


EMPTY = Content()


@dataclass(frozen=True, slots=True)
class File:
    """A regular file."""

    content: Content = EMPTY
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    mtime: int = 0


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory; ``opaque`` hides what the layers below hold under it (OCI layer.md, "Opaque Whiteout")."""

    mode: int = 0o755
    uid: int = 0
    gid: int = 0
    mtime: int = 0
    opaque: bool = False


@dataclass(frozen=True, slots=True)
class Symlink:
    """A symbolic link to ``target``, whatever that text may be."""

    target: str
    uid: int = 0
    gid: int = 0
    mtime: int = 0

    @property
    def mode(self) -> int:
        """Linux gives every symbolic link 0777 and never changes it."""
        return 0o777


@dataclass(frozen=True, slots=True)
class Hardlink:
    """A further name, within one layer, of the file at ``target`` (a path of the same layer)."""

    target: str


@dataclass(frozen=True, slots=True)
class Device:
    """A character or block device, or a FIFO."""

    kind: Literal["char", "block", "fifo"]
    major: int = 0
    minor: int = 0
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    mtime: int = 0


@dataclass(frozen=True, slots=True)
class Whiteout:
    """The path is deleted: look-ups stop here (OCI layer.md, "Whiteouts")."""


Node = File | Directory | Symlink | Device
"""What a look-up can find."""
Entry = Node | Hardlink | Whiteout
"""What a layer can record."""
