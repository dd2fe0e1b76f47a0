"""Layers as tar archives: one canonical spelling, so that a DiffID is a fact about the layer.

Whiteouts become ``.wh.NAME`` files and opaque directories get a ``.wh..wh..opq`` (OCI layer.md). The
archive is POSIX ustar, with pax records only where ustar cannot say it; times are whole seconds.
"""

import io
import tarfile
from collections.abc import Iterator
from hashlib import sha256
from typing import BinaryIO, Literal

from engine.clock import SECOND
from engine.content import DiffID
from engine.errors import EngineError
from engine.fs.entries import Content, Device, Directory, Entry, File, Hardlink, Symlink, Whiteout
from engine.fs.layer import Layer

WHITEOUT_PREFIX = ".wh."
OPAQUE_MARKER = ".wh..wh..opq"
_BLOCK = 512
_END = bytes(2 * _BLOCK)


class MalformedTar(EngineError):
    """The bytes are no tar archive that a layer can be made of."""


def tar_chunks(layer: Layer) -> Iterator[bytes]:
    """The layer's canonical tar, in pieces."""
    for path, entry in layer.entries.items():
        match entry:
            case File(content=content):
                info = _header(path, entry, tarfile.REGTYPE)
                info.size = content.size
                yield _encode(info)
                yield from content.chunks()
                if content.size % _BLOCK:
                    yield bytes(_BLOCK - content.size % _BLOCK)
            case Directory():
                yield _encode(_header(path + "/", entry, tarfile.DIRTYPE))
                if entry.opaque:
                    yield _marker(f"{path}/{OPAQUE_MARKER}", 0o755)
            case Symlink():
                info = _header(path, entry, tarfile.SYMTYPE)
                info.linkname = entry.target
                yield _encode(info)
            case Hardlink():
                info = tarfile.TarInfo(path)
                target = layer.entries.get(entry.target)
                if isinstance(target, File):
                    info = _header(path, target, tarfile.LNKTYPE)
                info.type = tarfile.LNKTYPE
                info.linkname = entry.target
                yield _encode(info)
            case Device():
                info = _header(path, entry, _DEVICE_TYPES[entry.kind])
                info.devmajor, info.devminor = entry.major, entry.minor
                yield _encode(info)
            case Whiteout():
                parent, slash, name = path.rpartition("/")
                yield _marker(f"{parent}{slash}{WHITEOUT_PREFIX}{name}", 0o600)
    yield _END


_DEVICE_TYPES = {"char": tarfile.CHRTYPE, "block": tarfile.BLKTYPE, "fifo": tarfile.FIFOTYPE}
_DEVICE_KINDS: dict[bytes, Literal["char", "block", "fifo"]] = {
    tarfile.CHRTYPE: "char",
    tarfile.BLKTYPE: "block",
    tarfile.FIFOTYPE: "fifo",
}


def _header(path: str, entry: File | Directory | Symlink | Device, kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo(path)
    info.type = kind
    info.mode = entry.mode
    info.uid, info.gid = entry.uid, entry.gid
    info.mtime = entry.mtime // SECOND
    return info


def _marker(path: str, mode: int) -> bytes:
    info = tarfile.TarInfo(path)
    info.mode = mode
    return _encode(info)


def _encode(info: tarfile.TarInfo) -> bytes:
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def layer_diff_id(layer: Layer) -> DiffID:
    """sha256 of the canonical tar."""
    hasher = sha256()
    for chunk in tar_chunks(layer):
        hasher.update(chunk)
    return DiffID("sha256:" + hasher.hexdigest())


def tar_size(layer: Layer) -> int:
    """Bytes of the canonical tar."""
    return sum(len(chunk) for chunk in tar_chunks(layer))


def tar_bytes(layer: Layer) -> bytes:
    """The whole canonical tar in memory; use ``tar_chunks`` for anything that may be large."""
    return b"".join(tar_chunks(layer))


def read_tar(data: bytes | BinaryIO, *, max_entries: int = 40_000, whiteouts: bool = True) -> Layer:
    """The layer that ``data`` (an uncompressed tar, or a seekable stream of one) holds.

    Names are made canonical; ``..`` components and absolute names cannot leave the layer's root. With
    ``whiteouts=False`` names starting with ``.wh.`` are ordinary files (a build context's tar).
    Trailing zeros of large files become filler. Raises MalformedTar.
    """
    entries: dict[str, Entry] = {}
    opaque: set[str] = set()
    try:
        stream = io.BytesIO(data) if isinstance(data, bytes) else data
        with tarfile.open(fileobj=stream, mode="r:", errors="surrogateescape") as archive:
            for member in archive:
                if len(entries) >= max_entries:
                    raise MalformedTar(f"more than {max_entries} entries")
                path = clean_path(member.name)
                if not path:
                    continue
                parent, _, name = path.rpartition("/")
                if whiteouts and name == OPAQUE_MARKER:
                    opaque.add(parent)
                elif whiteouts and name.startswith(WHITEOUT_PREFIX):
                    entries[f"{parent}/{name[4:]}" if parent else name[4:]] = Whiteout()
                else:
                    entries[path] = _entry_of(archive, member)
    except (tarfile.TarError, ValueError, EOFError, OSError, OverflowError) as error:
        raise MalformedTar(f"archive/tar: invalid tar header ({error})") from error
    for path in opaque:
        here = entries.get(path)
        if isinstance(here, Directory):
            entries[path] = Directory(here.mode, here.uid, here.gid, here.mtime, opaque=True)
        elif path:
            entries[path] = Directory(opaque=True)
    return Layer(entries)


def _entry_of(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Entry:
    mode, uid, gid, mtime = member.mode & 0o7777, member.uid, member.gid, int(member.mtime) * SECOND
    if member.isdir():
        return Directory(mode, uid, gid, mtime)
    if member.issym():
        return Symlink(member.linkname, uid, gid, mtime)
    if member.islnk():
        return Hardlink(clean_path(member.linkname))
    if member.type in _DEVICE_KINDS:
        kind = _DEVICE_KINDS[member.type]
        return Device(kind, member.devmajor, member.devminor, mode, uid, gid, mtime)
    stream = archive.extractfile(member)
    content = Content.sparse(iter(lambda: stream.read(_PIECE), b"")) if stream else Content()
    return File(content, mode, uid, gid, mtime)


_PIECE = 1 << 16


def shrink(data: bytes) -> Content:
    """``data`` as content, long runs of zeros kept only as holes."""
    return Content.sparse(data[start : start + _PIECE] for start in range(0, len(data), _PIECE))


def clean_path(name: str) -> str:
    """A tar member's name as a layer path: no leading slash, no ``.``, and ``..`` never above the root."""
    parts: list[str] = []
    for part in name.split("/"):
        if part == "..":
            if parts:
                parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
