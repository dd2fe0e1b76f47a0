"""How a process reaches files: mount table, working directory, symbolic links, permissions, budget."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from engine.budget import Budget
from engine.clock import Clock
from engine.fs.entries import EMPTY, Content, Device, Directory, File, Node, Symlink
from engine.fs.errors import FsError
from engine.fs.overlay import OverlayFS

MAX_SYMLINKS = 40
MAX_NAME = 255
MAX_PATH = 4095
_ORDINARY_DEPTH = 16
READ, WRITE, EXECUTE = 4, 2, 1
_ZERO_CHUNK = bytes(65536)
_BYTES_PER_STEP = 1024
"""Bytes that pass through a program for one unit of work: some 400 MB for a whole evaluation."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who a process is. Root (uid 0) passes every permission check except executing a non-executable."""

    uid: int = 0
    gid: int = 0
    groups: tuple[int, ...] = ()


ROOT_USER = Credentials()


@dataclass(frozen=True, slots=True)
class Mount:
    """``tree``'s ``subpath`` seen at ``target`` (canonical, no leading slash); ``subpath`` may be a file."""

    target: str
    tree: OverlayFS
    subpath: str = ""
    read_only: bool = False
    kind: str = "bind"


@dataclass(frozen=True, slots=True)
class Location:
    """A resolved path: ``path`` in ``tree``; ``absolute`` is what the process calls it (no leading slash)."""

    tree: OverlayFS
    path: str
    absolute: str
    read_only: bool


class Namespace:
    """A root tree and what is mounted over it."""

    def __init__(self, root: OverlayFS, mounts: tuple[Mount, ...] = (), *, read_only: bool = False) -> None:
        self.root = root
        self.read_only = read_only
        self.mounts = tuple(sorted(mounts, key=lambda mount: len(mount.target), reverse=True))
        self._parents = {
            "/".join(mount.target.split("/")[:depth])
            for mount in mounts
            for depth in range(mount.target.count("/") + 1)
        }

    def locate(self, absolute: str) -> Location:
        """Which tree answers for ``absolute`` (canonical)."""
        for mount in self.mounts:
            if absolute == mount.target or absolute.startswith(mount.target + "/"):
                rest = absolute[len(mount.target) :].lstrip("/")
                path = f"{mount.subpath}/{rest}" if mount.subpath and rest else mount.subpath or rest
                return Location(mount.tree, path, absolute, mount.read_only)
        return Location(self.root, absolute, absolute, self.read_only)

    def get(self, absolute: str) -> Node | None:
        """What stands at ``absolute``; mount points exist even where the root tree lacks them."""
        location = self.locate(absolute)
        node = location.tree.get(location.path)
        return Directory() if node is None and absolute in self._parents else node

    def names(self, absolute: str) -> list[str]:
        """Sorted names in a directory, mount points included."""
        location = self.locate(absolute)
        names = location.tree.names(location.path)
        if absolute in self._parents:
            prefix = f"{absolute}/" if absolute else ""
            extra = {
                m.target[len(prefix) :].split("/")[0] for m in self.mounts if m.target.startswith(prefix)
            }
            names = sorted(extra.union(names))
        return names


class Files:
    """One process's view of files; paths are as typed (relative to ``cwd`` or absolute).

    Every method raises FsError with the path as typed. ``cwd`` is absolute with a leading slash.
    """

    def __init__(
        self,
        namespace: Namespace,
        clock: Clock,
        budget: Budget,
        user: Credentials = ROOT_USER,
        cwd: str = "/",
        umask: int = 0o022,
    ) -> None:
        self.namespace = namespace
        self.clock = clock
        self.budget = budget
        self.user = user
        self.cwd = cwd
        self.umask = umask

    def copy(self) -> "Files":
        """The same view for a child process: its ``cd`` and ``umask`` stay its own."""
        return Files(self.namespace, self.clock, self.budget, self.user, self.cwd, self.umask)

    def as_user(self, user: Credentials) -> "Files":
        """The same view with other credentials."""
        files = self.copy()
        files.user = user
        return files

    # ------------------------------------------------------------------ paths

    def absolute(self, path: str) -> str:
        """``path`` as an absolute path with a leading slash, ``.`` and ``..`` resolved by text only."""
        return "/" + clean(path if path.startswith("/") else f"{self.cwd}/{path}")

    def locate(self, path: str, follow: bool = True) -> Location:
        """Resolve ``path`` through symbolic links; the last component need not exist.

        ``follow=False`` leaves a symbolic link in the last component unresolved.
        Raises FsError: ENOENT (empty path or missing parent), ENOTDIR, ELOOP, EACCES, ENAMETOOLONG.
        """
        if not path:
            raise FsError("ENOENT", path)
        if len(path) > MAX_PATH:
            raise FsError("ENAMETOOLONG", path)
        if not path.isascii():
            _check_encodable(path, path)
        self.budget.step()
        start = path if path.startswith("/") else f"{self.cwd}/{path}"
        pending = [part for part in reversed(start.split("/")) if part not in ("", ".")]
        if len(pending) > _ORDINARY_DEPTH:
            self.budget.step(len(pending))
        must_be_directory = path.endswith(("/", "/."))
        here = ""
        links = 0
        while pending:
            part = pending.pop()
            if part == "..":
                here = here.rpartition("/")[0]
                continue
            if len(part) > MAX_NAME or (4 * len(part) > MAX_NAME and len(os_bytes(part)) > MAX_NAME):
                raise FsError("ENAMETOOLONG", path)
            if self.user.uid:
                self._require(self._node(here), EXECUTE, path)
            there = f"{here}/{part}" if here else part
            node = self.namespace.get(there)
            if isinstance(node, Symlink) and (pending or follow or must_be_directory):
                links += 1
                if links > MAX_SYMLINKS:
                    raise FsError("ELOOP", path)
                self.budget.step()
                if node.target.startswith("/"):
                    here = ""
                pending += [part for part in reversed(node.target.split("/")) if part not in ("", ".")]
                continue
            if pending and not isinstance(node, Directory):
                raise FsError("ENOENT" if node is None else "ENOTDIR", path)
            here = there
        location = self.namespace.locate(here)
        if must_be_directory and not isinstance(self._node(here), Directory | None):
            raise FsError("ENOTDIR", path)
        return location

    def real_path(self, path: str) -> str:
        """The canonical absolute path with every symbolic link resolved; the last part may be missing."""
        return "/" + self.locate(path).absolute

    def _node(self, absolute: str) -> Node | None:
        return self.namespace.get(absolute)

    # ------------------------------------------------------------------ reading

    def stat(self, path: str, follow: bool = True) -> Node:
        """What stands at ``path``; raises FsError ENOENT and those of ``locate``."""
        node = self._node(self.locate(path, follow).absolute)
        if node is None:
            raise FsError("ENOENT", path)
        return node

    def find(self, path: str, follow: bool = True) -> Node | None:
        """Like ``stat``, but None where nothing can be reached."""
        try:
            return self.stat(path, follow)
        except FsError:
            return None

    def exists(self, path: str) -> bool:
        """Whether something stands there (a dangling symbolic link does not)."""
        return self.find(path) is not None

    def is_dir(self, path: str) -> bool:
        """Whether a directory stands there (symbolic links followed)."""
        return isinstance(self.find(path), Directory)

    def is_file(self, path: str) -> bool:
        """Whether a regular file stands there (symbolic links followed)."""
        return isinstance(self.find(path), File)

    def access(self, path: str, wanted: int) -> bool:
        """Whether this user may READ, WRITE or EXECUTE (bits added) what stands at ``path``."""
        node = self.find(path)
        return node is not None and self._allows(node, wanted)

    def names(self, path: str = ".") -> list[str]:
        """Sorted names in a directory, without ``.`` and ``..``. Raises ENOENT, ENOTDIR, EACCES."""
        location = self.locate(path)
        node = self._node(location.absolute)
        if node is None:
            raise FsError("ENOENT", path)
        if not isinstance(node, Directory):
            raise FsError("ENOTDIR", path)
        self._require(node, READ, path)
        names = self.namespace.names(location.absolute)
        self.budget.step(1 + len(names) // 8)
        return names

    def content(self, path: str) -> Content:
        """A regular file's content; empty for /dev/null and terminals. Raises ENOENT, EISDIR, EACCES."""
        node = self.stat(path)
        if isinstance(node, Directory):
            raise FsError("EISDIR", path)
        self._require(node, READ, path)
        return node.content if isinstance(node, File) else EMPTY

    def chunks(self, path: str) -> Iterator[bytes]:
        """The bytes at ``path`` piece by piece; endless for /dev/zero and /dev/urandom."""
        node = self.stat(path)
        if isinstance(node, Device) and (node.major, node.minor) in _ENDLESS:
            self._require(node, READ, path)
            return self._endless(node.minor)
        return self._pieces(self.content(path))

    def _pieces(self, content: Content) -> Iterator[bytes]:
        for chunk in content.chunks():
            self.budget.step(1 + len(chunk) // _BYTES_PER_STEP)
            yield chunk

    def _endless(self, minor: int) -> Iterator[bytes]:
        noise = bytes((index * 167 + 13 * (index >> 3)) & 255 for index in range(65536))
        while True:
            self.budget.step(len(_ZERO_CHUNK) // _BYTES_PER_STEP)
            yield _ZERO_CHUNK if minor == 5 else noise

    def read(self, path: str) -> bytes:
        """All bytes of a regular file, filler included; charged to the budget's memory."""
        content = self.content(path)
        self.budget.allocate(content.size)
        return b"".join(content.chunks())

    def read_text(self, path: str) -> str:
        """``read`` decoded as UTF-8; stray bytes survive as surrogate escapes."""
        return self.read(path).decode("utf-8", "surrogateescape")

    def readlink(self, path: str) -> str:
        """A symbolic link's target; raises EINVAL for anything else."""
        node = self.stat(path, follow=False)
        if not isinstance(node, Symlink):
            raise FsError("EINVAL", path)
        return node.target

    def walk(self, path: str) -> Iterator[tuple[str, Node]]:
        """Everything below ``path``, as ``path/…``, parents first, names sorted, links not followed."""
        top = path.rstrip("/") or "/"
        pending = [top.rstrip("/") + "/" + name for name in reversed(self.names(path))]
        while pending:
            child = pending.pop()
            node = self.find(child, follow=False)
            if node is None:
                continue
            yield child, node
            if isinstance(node, Directory):
                try:
                    names = self.names(child)
                except FsError:
                    continue
                pending += [f"{child}/{name}" for name in reversed(names)]

    # ------------------------------------------------------------------ writing

    def write(self, path: str, data: bytes | Content, mode: int | None = None) -> None:
        """Create or overwrite a file. A new one gets ``mode`` (default 0666) less the umask.

        Raises ENOENT, EISDIR, EACCES, EROFS, ENOSPC (/dev/full, or the budget's disk is full).
        """
        content = data if isinstance(data, Content) else Content(data)
        self.budget.allocate(len(content.head))
        location = self.locate(path)
        node = self._node(location.absolute)
        if isinstance(node, Directory):
            raise FsError("EISDIR", path)
        if isinstance(node, Device):
            if (node.major, node.minor) == (1, 7) and content.size:
                raise FsError("ENOSPC", path)
            return
        self._writable_place(location, path)
        grown = content.size - (node.content.size if isinstance(node, File) else 0)
        if grown > 0 and not self.budget.has_room(grown):
            raise FsError("ENOSPC", path)
        if isinstance(node, File):
            self._require(node, WRITE, path)
            location.tree.put(location.path, replace(node, content=content, mtime=self.clock.now))
            return
        self._may_change(location, path)
        self.budget.create()
        bits = (0o666 if mode is None else mode) & ~self.umask
        location.tree.put(
            location.path, File(content, bits, self.user.uid, self._new_gid(location), self.clock.now)
        )

    def open_for_writing(self, path: str) -> None:
        """What opening a file for writing does even when nothing is written: it is copied up.

        Raises ENOENT, EISDIR, EACCES, EROFS.
        """
        location = self.locate(path)
        node = self._node(location.absolute)
        if node is None:
            raise FsError("ENOENT", path)
        if isinstance(node, Directory):
            raise FsError("EISDIR", path)
        self._require(node, WRITE, path)
        self._writable_place(location, path)
        location.tree.copy_up(location.path)

    def append(self, path: str, data: bytes) -> None:
        """Add ``data`` at a file's end, creating it when missing; errors as ``write``."""
        node = self.find(path)
        self.write(path, node.content.appended(data) if isinstance(node, File) else data)

    def mkdir(self, path: str, mode: int = 0o777) -> None:
        """Create one directory. Raises EEXIST, ENOENT, ENOTDIR, EACCES, EROFS."""
        location = self.locate(path.rstrip("/") or "/", follow=False)
        if self._node(location.absolute) is not None:
            raise FsError("EEXIST", path)
        self._may_change(location, path)
        self.budget.create()
        node = Directory(mode & 0o7777 & ~self.umask, self.user.uid, self._new_gid(location), self.clock.now)
        location.tree.put(location.path, node)

    def make_dirs(self, path: str, mode: int = 0o777) -> None:
        """Create a directory and its missing parents; fine when it is there already."""
        absolute = path if path.startswith("/") else f"{self.cwd}/{path}"
        here = ""
        for part in [part for part in absolute.split("/") if part]:
            here += "/" + part
            if not self.is_dir(here):
                self.mkdir(here, mode)

    def symlink(self, target: str, path: str) -> None:
        """Create a symbolic link. Raises EEXIST, ENOENT, EACCES, EROFS."""
        _check_encodable(target, path)
        location = self._new_place(path)
        node = Symlink(target, self.user.uid, self._new_gid(location), self.clock.now)
        location.tree.put(location.path, node)

    def make_device(self, path: str, node: Device) -> None:
        """Create a device or FIFO (mknod, mkfifo)."""
        location = self._new_place(path)
        location.tree.put(location.path, node)

    def _new_place(self, path: str) -> Location:
        location = self.locate(path, follow=False)
        if self._node(location.absolute) is not None:
            raise FsError("EEXIST", path)
        self._may_change(location, path)
        self.budget.create()
        return location

    def link(self, existing: str, path: str) -> None:
        """Create a hard link. Raises EXDEV between mounts, EPERM for a directory, EEXIST, ENOENT."""
        source = self.locate(existing, follow=False)
        target = self._new_place(path)
        if source.tree is not target.tree:
            raise FsError("EXDEV", path)
        source.tree.link(source.path, target.path)

    def remove(self, path: str) -> None:
        """Delete a file or a whole directory tree (the caller decides which). Raises ENOENT, EACCES."""
        location = self.locate(path, follow=False)
        node = self._node(location.absolute)
        if node is None:
            raise FsError("ENOENT", path)
        if location.absolute == "" or any(m.target == location.absolute for m in self.namespace.mounts):
            raise FsError("EBUSY", path)
        self._may_change(location, path)
        self._sticky(location, node, path)
        location.tree.remove(location.path)

    def rmdir(self, path: str) -> None:
        """Delete an empty directory. Raises ENOTEMPTY, ENOTDIR and those of ``remove``."""
        if not isinstance(self.stat(path, follow=False), Directory):
            raise FsError("ENOTDIR", path)
        if self.names(path):
            raise FsError("ENOTEMPTY", path)
        self.remove(path)

    def rename(self, source: str, target: str) -> None:
        """Move within one mount; EXDEV between two. Raises as OverlayFS.rename, EACCES, EROFS."""
        old = self.locate(source.rstrip("/") or "/", follow=False)
        new = self.locate(target.rstrip("/") or "/", follow=False)
        node = self._node(old.absolute)
        if node is None:
            raise FsError("ENOENT", source)
        self._may_change(old, source)
        self._sticky(old, node, source)
        self._may_change(new, target)
        if old.tree is not new.tree:
            raise FsError("EXDEV", target)
        old.tree.rename(old.path, new.path)

    def chmod(self, path: str, mode: int) -> None:
        """Set the twelve permission bits. Raises EPERM unless owner or root."""
        self._change(
            path, True, lambda node: node if isinstance(node, Symlink) else replace(node, mode=mode & 0o7777)
        )

    def chown(self, path: str, uid: int | None, gid: int | None, follow: bool = True) -> None:
        """Set owner and group (None = leave). Raises EPERM unless root."""
        if self.user.uid and (uid is not None and uid != self.user.uid):
            raise FsError("EPERM", path)

        def owned(node: Node) -> Node:
            changed = replace(
                node, uid=node.uid if uid is None else uid, gid=node.gid if gid is None else gid
            )
            if isinstance(changed, File) and changed.mode & 0o111:
                changed = replace(changed, mode=changed.mode & ~0o6000)
            return changed

        self._change(path, follow, owned)

    def touch(self, path: str, mtime: int | None = None, follow: bool = True) -> None:
        """Set the modification time (default: now) of something that exists."""
        when = self.clock.now if mtime is None else mtime
        self._change(path, follow, lambda node: replace(node, mtime=when), or_writable=mtime is None)

    def _change(self, path: str, follow: bool, change: "_Change", or_writable: bool = False) -> None:
        location = self.locate(path, follow)
        node = self._node(location.absolute)
        if node is None:
            raise FsError("ENOENT", path)
        if self.user.uid not in (0, node.uid) and not (or_writable and self._allows(node, WRITE)):
            raise FsError("EACCES" if or_writable else "EPERM", path)
        self._writable_place(location, path)
        if location.path and location.tree.get(location.path) is not None:
            location.tree.put(location.path, change(node))

    # ------------------------------------------------------------------ permissions

    def _allows(self, node: Node, wanted: int) -> bool:
        user = self.user
        if user.uid == 0:
            return not wanted & EXECUTE or isinstance(node, Directory) or bool(node.mode & 0o111)
        if node.uid == user.uid:
            bits = node.mode >> 6
        elif node.gid == user.gid or node.gid in user.groups:
            bits = node.mode >> 3
        else:
            bits = node.mode
        return bits & wanted == wanted

    def _require(self, node: Node | None, wanted: int, path: str) -> None:
        if node is not None and not self._allows(node, wanted):
            raise FsError("EACCES", path)

    def _writable_place(self, location: Location, path: str) -> None:
        if location.read_only:
            raise FsError("EROFS", path)

    def _may_change(self, location: Location, path: str) -> None:
        parent = self._node(location.absolute.rpartition("/")[0])
        if parent is None:
            raise FsError("ENOENT", path)
        self._writable_place(location, path)
        self._require(parent, WRITE | EXECUTE, path)

    def _sticky(self, location: Location, node: Node, path: str) -> None:
        parent = self._node(location.absolute.rpartition("/")[0])
        if parent is not None and parent.mode & 0o1000 and self.user.uid not in (0, node.uid, parent.uid):
            raise FsError("EPERM", path)

    def _new_gid(self, location: Location) -> int:
        parent = self._node(location.absolute.rpartition("/")[0])
        return parent.gid if parent is not None and parent.mode & 0o2000 else self.user.gid


_ENDLESS = {(1, 5), (1, 8), (1, 9)}


class _Change(Protocol):
    """A pure change of a node (typing only)."""

    def __call__(self, node: Node) -> Node: ...


def os_bytes(text: str) -> bytes:
    """A name or path as the kernel has it: UTF-8, stray bytes as they were (PEP 383)."""
    return text.encode("utf-8", "surrogateescape")


def _check_encodable(text: str, path: str) -> None:
    """Refuse text that no sequence of bytes spells (a lone surrogate), with EINVAL."""
    try:
        os_bytes(text)
    except UnicodeEncodeError:
        raise FsError("EINVAL", path) from None


def clean(path: str) -> str:
    """``path`` below the root: no leading or trailing slash, no ``.``, and ``..`` stops at the root."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if parts:
                parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
