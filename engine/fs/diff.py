"""What ``docker diff`` shows: a container against its image, by moby's rules (go-archive, changes.go)."""

from dataclasses import dataclass
from typing import Literal

from engine.fs.entries import Directory, File, Node, Symlink, Whiteout
from engine.fs.layer import Layer, tar_order
from engine.fs.overlay import OverlayFS
from engine.fs.view import View, parent_of


@dataclass(frozen=True, slots=True)
class Change:
    """``A`` added, ``C`` changed, ``D`` deleted; ``path`` without leading slash."""

    kind: Literal["A", "C", "D"]
    path: str

    def __str__(self) -> str:
        return f"{self.kind} /{self.path}"


def stat_differs(old: Node, new: Node) -> bool:
    """Whether moby calls a path changed: type, mode or owner, and for non-directories size or time."""
    if type(old) is not type(new) or (old.mode, old.uid, old.gid) != (new.mode, new.uid, new.gid):
        return True
    if isinstance(old, Directory):
        return False
    if isinstance(old, File) and isinstance(new, File) and old.content.size != new.content.size:
        return True
    if isinstance(old, Symlink) and isinstance(new, Symlink) and len(old.target) != len(new.target):
        return True
    return old.mtime != new.mtime


def changes(tree: OverlayFS) -> list[Change]:
    """Every change of the read-write layer against the layers below, parents before children, sorted.

    A deleted directory is one line, its content none; the parents of a change are shown as ``C``, the
    root never; a file copied up but not changed is not shown.
    """
    view = tree.view
    found: dict[str, Change] = {}
    for path in tree.upper_layer().entries:
        before, after = view.get(path), tree.get(path)
        if before is None:
            if after is not None:
                found[path] = Change("A", path)
            continue
        if after is None:
            found[path] = Change("D", path)
            continue
        if stat_differs(before, after):
            found[path] = Change("C", path)
        if isinstance(before, Directory) and isinstance(after, Directory):
            for name in view.names(path):
                child = f"{path}/{name}"
                if tree.get(child) is None:
                    found[child] = Change("D", child)
    for path in list(found):
        parent = parent_of(path)
        while parent and parent not in found:
            found[parent] = Change("C", parent)
            parent = parent_of(parent)
    return [found[path] for path in sorted(found, key=tar_order)]


def recorded_changes(view: View, layer: Layer) -> list[Change]:
    """What ``layer`` says by itself against the layers below (go-archive, ``Changes``).

    Unlike ``changes`` nothing is compared but directories: a file in the layer is a change even when its
    copy below is the same. Only additions and deletions mark their directory.
    """
    found: dict[str, Change] = {}
    directories: set[str] = set()
    for path in sorted(layer.entries, key=tar_order):
        entry = layer.entries[path]
        before = view.get(path)
        if isinstance(entry, Directory):
            if isinstance(before, Directory) and (entry.mode, entry.mtime) == (before.mode, before.mtime):
                continue
            directories.add(path)
        change = Change("D" if isinstance(entry, Whiteout) else "A" if before is None else "C", path)
        parent = parent_of(path)
        if change.kind != "C" and parent and parent not in directories:
            found[parent] = Change("C", parent)
            directories.add(parent)
        found[path] = change
    return list(found.values())
