"""Local archives that ADD unpacks, recognised by their first bytes as Docker does."""

import bz2
import io
import lzma
import zlib
from typing import Protocol

from engine.build.errors import BuildError
from engine.fs import Content, Layer, MalformedTar, read_tar

MAX_UNPACKED = 64 * 1024 * 1024
_XZ = b"\xfd7zXZ\x00"


class _Decompressor(Protocol):
    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


def unpacked(content: Content) -> Layer | None:
    """The files of the tar archive ``content`` is, compressed or not; None when it is no archive.

    Raises BuildError when it would unpack to more than 64 MiB.
    """
    head = content.head
    if content.is_filler and not _is_tar(head):
        return None
    data = b"".join(content.chunks()) if content.size <= MAX_UNPACKED else b""
    plain = _decompressed(data)
    if plain is None or not _is_tar(plain):
        return None
    try:
        return read_tar(plain, whiteouts=False)
    except MalformedTar:
        return None


def _is_tar(data: bytes) -> bool:
    if len(data) < 512:
        return False
    if data[257:262] == b"ustar":
        return True
    stored = data[148:156].strip(b" \0")
    if not stored or any(digit not in b"01234567" for digit in stored):
        return False
    return int(stored, 8) == sum(data[:148]) + sum(data[156:512]) + 8 * 32


def _decompressed(data: bytes) -> bytes | None:
    decompressor: _Decompressor
    if data.startswith(b"\x1f\x8b"):
        decompressor = zlib.decompressobj(wbits=31)
    elif data.startswith(b"BZh"):
        decompressor = bz2.BZ2Decompressor()
    elif data.startswith(_XZ):
        decompressor = lzma.LZMADecompressor(memlimit=MAX_UNPACKED)
    else:
        return data
    out = io.BytesIO()
    try:
        out.write(decompressor.decompress(data, MAX_UNPACKED + 1))
    except (zlib.error, lzma.LZMAError, OSError, EOFError):
        return None
    if out.tell() > MAX_UNPACKED:
        raise BuildError(f"archive unpacks to more than {MAX_UNPACKED // (1024 * 1024)}MB: stopped")
    return out.getvalue()
