"""OverlayFS: one read-write layer over read-only ones, with the kernel's rules.

Reads fall through; a write copies the file (and its parent directories) up; a deletion of something
from below leaves a whiteout; a directory made where one was deleted is opaque. Source: Linux
``Documentation/filesystems/overlayfs.rst`` and what Docker's overlay2 driver records from it.

Paths have neither a leading nor a trailing slash, contain no ``.`` or ``..`` and are not resolved
through symbolic links here (see ``access``). Errors are FsError with the path as given.
"""

from collections.abc import Iterator
from dataclasses import replace

from engine.clock import Clock
from engine.fs.entries import Directory, Entry, File, Hardlink, Node, Whiteout
from engine.fs.errors import FsError
from engine.fs.layer import EMPTY_LAYER, Layer, tar_order
from engine.fs.view import ROOT, View, parent_of


class _Inode:
    """One file of the upper layer; hard links are several paths with the same inode."""

    __slots__ = ("node",)

    def __init__(self, node: Node) -> None:
        self.node = node


class OverlayFS:
    """A mutable file tree: ``view`` below, ``upper`` on top. The clock stamps changed directories."""

    def __init__(self, view: View, upper: Layer = EMPTY_LAYER, clock: Clock | None = None) -> None:
        self.view = view
        self.clock = clock or Clock(0)
        self.cause = ""
        """What is making changes now (a command); remembered per path in ``causes``."""
        self.causes: dict[str, str] = {}
        """Path -> the cause of its latest change, for paths changed since this object was made."""
        self.generation = 0
        """Counts changes, so that whoever keeps this tree knows whether to store it again."""
        self._upper: dict[str, _Inode | None] = {}
        self._names: dict[str, set[str]] = {}
        self._opaque: set[str] = set()
        self._masks: set[str] = set()
        self._linked = False
        for path, entry in upper.entries.items():
            self._load(path, entry)

    def _load(self, path: str, entry: Entry) -> None:
        if isinstance(entry, Whiteout):
            self._upper[path] = None
            self._masks.add(path)
            return
        if isinstance(entry, Hardlink):
            inode = self._upper.get(entry.target)
            if inode is None:
                return
            self._linked = True
        else:
            if isinstance(entry, Directory) and entry.opaque:
                self._opaque.add(path)
                entry = replace(entry, opaque=False)
            inode = _Inode(entry)
        self._upper[path] = inode
        self._note_mask(path, inode.node)
        parent, _, name = path.rpartition("/")
        self._names.setdefault(parent, set()).add(name)

    def _note_mask(self, path: str, node: Node) -> None:
        if path in self._opaque or not isinstance(node, Directory):
            self._masks.add(path)
        else:
            self._masks.discard(path)

    # ------------------------------------------------------------------ reading

    def get(self, path: str) -> Node | None:
        """What stands at ``path``, or None."""
        if not path:
            return ROOT
        inode = self._upper.get(path, _ABSENT)
        if inode is None:
            return None
        if isinstance(inode, _Inode):
            return inode.node
        return self._below(path)

    def _below(self, path: str) -> Node | None:
        found = self.view.get(path)
        if found is None or not self._masks:
            return found
        ancestor = parent_of(path)
        while ancestor:
            if ancestor in self._masks:
                return None
            ancestor = parent_of(ancestor)
        return found

    def names(self, directory: str) -> list[str]:
        """Sorted names in a directory; empty when it is no directory."""
        here = self._names.get(directory, ())
        if directory in self._masks or (directory and self._below(directory) is None):
            return sorted(here)
        upper = self._upper
        prefix = f"{directory}/" if directory else ""
        below = self.view.names(directory)
        return sorted({name for name in below if upper.get(prefix + name, _ABSENT) is not None}.union(here))

    def walk(self, top: str = "") -> Iterator[tuple[str, Node]]:
        """Every path under ``top`` (not ``top`` itself), parents before children, names sorted."""
        pending = [f"{top}/{name}" if top else name for name in reversed(self.names(top))]
        while pending:
            path = pending.pop()
            node = self.get(path)
            if node is None:
                continue
            yield path, node
            if isinstance(node, Directory):
                pending += [f"{path}/{name}" for name in reversed(self.names(path))]

    def link_count(self, path: str) -> int:
        """How many names the file at ``path`` has in the read-write layer; 1 for anything from below."""
        inode = self._upper.get(path)
        if inode is None or not self._linked:
            return 1
        return sum(1 for other in self._upper.values() if other is inode)

    def first_name(self, path: str) -> str:
        """The name, first in order, that hard links of the file at ``path`` share: its identity."""
        inode = self._upper.get(path)
        if inode is None or not self._linked:
            return path
        return min(other for other, candidate in self._upper.items() if candidate is inode)

    def in_upper(self, path: str) -> bool:
        """Whether the read-write layer itself holds ``path`` (copied up, created or deleted)."""
        return path in self._upper

    # ------------------------------------------------------------------ writing

    def put(self, path: str, node: Node) -> None:
        """Create or replace what stands at ``path``.

        Replacing a non-directory keeps its other hard links in step (the inode changes); replacing a
        directory by a directory changes only its own mode, owner and time. Raises FsError: ENOENT or
        ENOTDIR for the parent, EISDIR for a file over a directory, EEXIST for a directory over a file.
        """
        parent = parent_of(path)
        self._require_directory(parent, path)
        present = self.get(path)
        if isinstance(present, Directory) and not isinstance(node, Directory):
            raise FsError("EISDIR", path)
        if present is not None and isinstance(node, Directory) and not isinstance(present, Directory):
            raise FsError("EEXIST", path)
        self._blame(path)
        if present is not None:
            if self._upper.get(path) is None:
                self._copy_up(parent)
            inode = self._upper.get(path)
            if inode is None:
                self._insert(path, _Inode(node))
            else:
                inode.node = node
            return
        self._copy_up(parent)
        if isinstance(node, Directory) and path in self._upper and self.view.get(path) is not None:
            self._opaque.add(path)
        self._insert(path, _Inode(node))
        self._touch_directory(parent)

    def link(self, existing: str, path: str) -> None:
        """Give the file at ``existing`` the further name ``path``; it is copied up first if need be.

        Raises FsError: ENOENT, EPERM for a directory, EEXIST.
        """
        node = self.get(existing)
        if node is None:
            raise FsError("ENOENT", existing)
        if isinstance(node, Directory):
            raise FsError("EPERM", existing)
        parent = parent_of(path)
        self._require_directory(parent, path)
        if self.get(path) is not None:
            raise FsError("EEXIST", path)
        self._copy_up(existing)
        self._copy_up(parent)
        inode = self._upper[existing]
        assert inode is not None
        self._linked = True
        self._blame(path)
        self._insert(path, inode)
        self._touch_directory(parent)

    def remove(self, path: str) -> None:
        """Delete ``path`` and everything under it; a whiteout stays where something from below was.

        Raises FsError: ENOENT; EBUSY for the root.
        """
        if not path:
            raise FsError("EBUSY", path)
        if self.get(path) is None:
            raise FsError("ENOENT", path)
        parent = parent_of(path)
        self._copy_up(parent)
        below = self._below(path) is not None
        self._drop_upper(path)
        self._blame(path)
        if below:
            self._upper[path] = None
            self._masks.add(path)
        self._touch_directory(parent)

    def rename(self, source: str, target: str) -> None:
        """Move ``source`` to ``target``, replacing a file or an empty directory there.

        A file or directory of the read-write layer moves; anything from below is copied up whole and
        leaves a whiteout, as overlayfs (without redirect_dir) makes ``mv`` do. Raises FsError: ENOENT,
        ENOTDIR, EISDIR, ENOTEMPTY, EINVAL (into itself), EBUSY.
        """
        if not source or not target:
            raise FsError("EBUSY", source or target)
        node = self.get(source)
        if node is None:
            raise FsError("ENOENT", source)
        if source == target:
            return
        if target.startswith(source + "/"):
            raise FsError("EINVAL", target)
        self._require_directory(parent_of(target), target)
        there = self.get(target)
        if isinstance(node, Directory):
            if there is not None and not isinstance(there, Directory):
                raise FsError("ENOTDIR", target)
            if self.names(target):
                raise FsError("ENOTEMPTY", target)
        elif isinstance(there, Directory):
            raise FsError("EISDIR", target)
        moved = [("", node)] + [(path[len(source) :], child) for path, child in self.walk(source)]
        inodes = {suffix: self._upper.get(source + suffix) for suffix, _ in moved}
        if there is not None:
            self.remove(target)
        self.remove(source)
        for suffix, child in moved:
            path = target + suffix
            self.put(path, child)
            inode = inodes[suffix]
            if inode is not None and not isinstance(child, Directory):
                self._upper[path] = inode
        for suffix, child in moved:
            held = self._upper[target + suffix]
            if held is not None and isinstance(child, Directory):
                held.node = child

    def copy_up(self, path: str) -> None:
        """Put what is at ``path``, unchanged, into the read-write layer, with its parents.

        Opening a file for writing, or a ``chmod`` that changes nothing, does this. Raises FsError: ENOENT.
        """
        if path and self.get(path) is None:
            raise FsError("ENOENT", path)
        self._copy_up(path)

    def _require_directory(self, directory: str, path: str) -> None:
        found = self.get(directory)
        if found is None:
            raise FsError("ENOENT", path)
        if not isinstance(found, Directory):
            raise FsError("ENOTDIR", path)

    def _copy_up(self, path: str) -> None:
        missing = []
        while path and self._upper.get(path) is None:
            missing.append(path)
            path = parent_of(path)
        for lacking in reversed(missing):
            node = self._below(lacking)
            assert node is not None
            self._insert(lacking, _Inode(node))

    def _insert(self, path: str, inode: _Inode) -> None:
        self.generation += 1
        self._upper[path] = inode
        self._note_mask(path, inode.node)
        parent, _, name = path.rpartition("/")
        self._names.setdefault(parent, set()).add(name)

    def _drop_upper(self, path: str) -> None:
        parent, _, name = path.rpartition("/")
        self._names.get(parent, set()).discard(name)
        doomed = [path]
        if self._names.get(path) is not None or path in self._upper:
            prefix = path + "/"
            if isinstance(inode := self._upper.get(path), _Inode) and isinstance(inode.node, Directory):
                doomed += [other for other in self._upper if other.startswith(prefix)]
        for gone in doomed:
            self._upper.pop(gone, None)
            self._names.pop(gone, None)
            self._opaque.discard(gone)
            self._masks.discard(gone)

    def _touch_directory(self, path: str) -> None:
        inode = self._upper.get(path)
        if inode is not None and isinstance(inode.node, Directory):
            inode.node = replace(inode.node, mtime=self.clock.now)

    def _blame(self, path: str) -> None:
        self.generation += 1
        if self.cause:
            self.causes[path] = self.cause

    # ------------------------------------------------------------------ freezing

    @property
    def is_clean(self) -> bool:
        """Whether nothing was written since the read-write layer was empty."""
        return not self._upper

    def upper_layer(self) -> Layer:
        """The read-write layer as it stands, as an immutable layer."""
        entries: dict[str, Entry] = {}
        first_name: dict[int, str] = {}
        paths = sorted(self._upper, key=tar_order) if self._linked else list(self._upper)
        for path in paths:
            inode = self._upper[path]
            if inode is None:
                entries[path] = Whiteout()
            elif isinstance(inode.node, Directory):
                entries[path] = replace(inode.node, opaque=True) if path in self._opaque else inode.node
            elif self._linked and isinstance(inode.node, File):
                first = first_name.setdefault(id(inode), path)
                entries[path] = inode.node if first == path else Hardlink(first)
            else:
                entries[path] = inode.node
        return Layer(entries)

    def flattened(self) -> Layer:
        """Everything one sees here as a single layer: names of one file stay hard links of each other."""
        linked: dict[str, tuple[int, str]] = {}
        for number, layer in enumerate(self.view.layers):
            for path in layer.entries:
                linked.pop(path, None)
            for path, entry in layer.entries.items():
                if isinstance(entry, Hardlink):
                    linked[path] = linked[entry.target] = (number, entry.target)
        entries: dict[str, Entry] = {}
        first_name: dict[object, str] = {}
        for path, node in sorted(self.walk(), key=lambda found: tar_order(found[0])):
            file: object = self._upper.get(path) or linked.get(path)
            if file is None or not isinstance(node, File):
                entries[path] = node
                continue
            first = first_name.setdefault(file, path)
            entries[path] = node if first == path else Hardlink(first)
        return Layer(entries)


class _Absent:
    """Neither an inode nor a whiteout: the read-write layer says nothing about the path."""


_ABSENT = _Absent()
