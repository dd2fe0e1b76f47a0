"""What ``docker diff`` shows: a container against its image, by moby's rules (go-archive, changes.go)."""

from dataclasses import dataclass
from typing import Literal

from engine.fs.entries import Directory, File, Node
from engine.fs.layer import tar_order
from engine.fs.overlay import OverlayFS
from engine.fs.view import parent_of


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
