"""Real tar bytes made from, and unpacked into, simulated files; filler is streamed, never expanded."""

import io
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.budget import Budget
from engine.clock import SECOND
from engine.fs import Content, Device, Directory, File, Node, Symlink
from engine.programs.lib.nodes import size_of
from engine.programs.lib.text import sparse_content
from engine.shell.users import Accounts

BLOCK = 512
RECORD = 20 * BLOCK
_PIECE = 1 << 20
_DEVICE_TYPES = {"char": tarfile.CHRTYPE, "block": tarfile.BLKTYPE, "fifo": tarfile.FIFOTYPE}


class StreamReader(io.BufferedIOBase):
    """A file object over pieces of bytes, as ``tarfile`` wants to read one."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._held = b""
        self._at = 0

    def read(self, size: int | None = -1) -> bytes:
        """``size`` bytes, fewer only at the end."""
        parts: list[bytes] = []
        wanted = size if size is not None and size >= 0 else 1 << 62
        while wanted > 0:
            if self._at >= len(self._held):
                self._held = next(self._chunks, b"")
                self._at = 0
                if not self._held:
                    break
            piece = self._held[self._at : self._at + wanted]
            self._at += len(piece)
            wanted -= len(piece)
            parts.append(piece)
        return parts[0] if len(parts) == 1 else b"".join(parts)


@dataclass(frozen=True, slots=True)
class Overrides:
    """What ``--owner``, ``--group``, ``--mode``, ``--mtime`` and ``--numeric-owner`` change."""

    uid: int | None = None
    gid: int | None = None
    owner: str | None = None
    group: str | None = None
    mode: int | None = None
    mtime: int | None = None
    numeric: bool = False


def header(name: str, node: Node, accounts: Accounts, overrides: Overrides, link: str = "") -> bytes:
    """The header block(s) of one member; ``link`` names an earlier member this is a hard link of."""
    info = tarfile.TarInfo(name)
    info.mode = node.mode if overrides.mode is None else overrides.mode
    info.uid = node.uid if overrides.uid is None else overrides.uid
    info.gid = node.gid if overrides.gid is None else overrides.gid
    info.mtime = (node.mtime if overrides.mtime is None else overrides.mtime) // SECOND
    if not overrides.numeric:
        user, group = accounts.user_name(info.uid), accounts.group_name(info.gid)
        info.uname = overrides.owner or ("" if user.isdigit() else user)
        info.gname = overrides.group or ("" if group.isdigit() else group)
    if link:
        info.type = tarfile.LNKTYPE
        info.linkname = link
    elif isinstance(node, Directory):
        info.type = tarfile.DIRTYPE
        info.name = name.rstrip("/") + "/"
    elif isinstance(node, Symlink):
        info.type = tarfile.SYMTYPE
        info.linkname = node.target
    elif isinstance(node, Device):
        info.type = _DEVICE_TYPES[node.kind]
        info.devmajor, info.devminor = node.major, node.minor
    else:
        info.size = size_of(node)
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")


def body(content: Content, budget: Budget) -> Iterator[bytes]:
    """A file's bytes, padded to whole blocks."""
    for chunk in content.chunks():
        budget.step(1 + len(chunk) // 16384)
        yield chunk
    if content.size % BLOCK:
        yield bytes(BLOCK - content.size % BLOCK)


def trailer(written: int, record: int) -> bytes:
    """Two zero blocks, and padding to a whole record."""
    total = written + 2 * BLOCK
    return bytes(2 * BLOCK + -total % record)


def member_content(archive: tarfile.TarFile, member: tarfile.TarInfo, budget: Budget) -> Content:
    """A member's data; runs of zeros at its end stay a number."""
    stream = archive.extractfile(member)
    if stream is None:
        return Content()
    return sparse_content(iter(lambda: stream.read(_PIECE), b""), budget)


def member_node(member: tarfile.TarInfo) -> Node | None:
    """A member as a node without content; None for kinds that cannot be unpacked."""
    mode, uid, gid = member.mode & 0o7777, member.uid, member.gid
    mtime = int(member.mtime) * SECOND
    if member.isdir():
        return Directory(mode, uid, gid, mtime)
    if member.issym():
        return Symlink(member.linkname, uid, gid, mtime)
    if member.ischr():
        return Device("char", member.devmajor, member.devminor, mode, uid, gid, mtime)
    if member.isblk():
        return Device("block", member.devmajor, member.devminor, mode, uid, gid, mtime)
    if member.isfifo():
        return Device("fifo", 0, 0, mode, uid, gid, mtime)
    if member.isreg() or member.islnk():
        return File(Content(b"", max(0, member.size)), mode, uid, gid, mtime)
    return None
