"""One layer under the magnifying glass: what it adds, changes and deletes, and what of it is wasted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from engine.analysis.inventory import Inventory, StoredContainer, StoredImage
from engine.analysis.paths import Lookup, entry_type
from engine.analysis.stack_tree import LayerRow, layer_rows, refs, users_by_chain
from engine.analysis.waste import Waste, wasted
from engine.content import BlobStore, ChainID
from engine.fs import Directory, Entry, File, Hardlink, Layer, Node, Symlink, View, Whiteout
from engine.fs.diff import stat_differs
from engine.image.image import load_layer

ChangeKind = Literal["A", "C", "D", ""]
"""Added, changed, deleted; "" for a directory that is only listed because of what is in it."""


@dataclass(frozen=True, slots=True)
class LayerEntry:
    """One path of a layer, compared with the view of the layers below. ``path`` has no leading slash.

    ``size`` is in bytes (of the file it hides, for a deletion); ``mode`` are the permission bits.
    """

    path: str
    kind: ChangeKind
    type: str
    """``file``, ``directory``, ``symlink``, ``hardlink``, ``device`` or ``whiteout``."""
    size: int
    mode: int
    uid: int
    gid: int
    target: str = ""
    """Of a symbolic or hard link."""
    hides: int = 0
    """Bytes of lower layers that this entry hides and that stay stored."""
    opaque: bool = False
    """A directory that hides everything below it."""
    only_metadata: bool = False
    """A file copied up whole although its content is the same as below."""


@dataclass(frozen=True)
class LayerDetails:
    """A layer in its place. ``row`` is what the stack shows of it; ``count`` how many layers there are."""

    row: LayerRow
    count: int
    image: StoredImage
    entries: tuple[LayerEntry, ...]
    waste: tuple[Waste, ...]
    """Files of this layer that higher layers of this image hide."""
    used_by: tuple[StoredImage, ...]
    containers: tuple[StoredContainer, ...]
    """Containers that run on an image with this layer."""

    @property
    def wasted(self) -> int:
        """Bytes of this layer that nobody can see in this image."""
        return sum(item.size for item in self.waste)

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many paths are added (``A``), changed (``C``) and deleted (``D``)."""
        counts = {"A": 0, "C": 0, "D": 0}
        for entry in self.entries:
            if entry.kind:
                counts[entry.kind] += 1
        return counts


def layer_details(
    inventory: Inventory, store: BlobStore, chain_id: str, image_id: str = ""
) -> LayerDetails | None:
    """The layer on top of the stack ``chain_id``, seen in one image (the first that has it by default).

    None when no image has it.
    """
    users = users_by_chain(inventory.images)
    holders = users.get(ChainID(chain_id))
    if not holders:
        return None
    listed = [stored.id for stored in inventory.listed if stored.id in holders]
    chosen = next((holder for holder in holders if holder == image_id), (listed or holders)[0])
    stored = inventory.by_id[chosen]
    rows = layer_rows(stored.image, inventory.bases, users_by_chain(inventory.listed))
    index = stored.image.chain_ids.index(ChainID(chain_id))
    layers = [load_layer(store, ref) for ref in refs(rows)]
    return LayerDetails(
        row=rows[index],
        count=len(rows),
        image=stored,
        entries=entries_of(layers[index], View.of(layers[:index])),
        waste=tuple(item for item in wasted(layers) if item.layer == index + 1),
        used_by=tuple(inventory.by_id[holder] for holder in listed),
        containers=tuple(item for item in inventory.containers if item.image in holders),
    )


def image_waste(stored: StoredImage, store: BlobStore) -> tuple[Waste, ...]:
    """Everything an image stores and hides, the largest first."""
    return wasted([load_layer(store, ref) for ref in stored.image.layers])


def entries_of(layer: Layer, below: View) -> tuple[LayerEntry, ...]:
    """The entries of a layer against what its stack showed before, in tar order.

    Children that an opaque directory hides and does not bring back are listed as deleted.
    """
    found: list[LayerEntry] = []
    for path, entry in layer.entries.items():
        before = below.get(path)
        found.append(_entry(path, entry, before, layer, below))
        if isinstance(entry, Directory) and entry.opaque and isinstance(before, Directory):
            for name in sorted(below.names(path)):
                child = f"{path}/{name}"
                if child not in layer.entries:
                    hidden = below.get(child)
                    size = _size_below(below, child)
                    found.append(LayerEntry(child, "D", entry_type(hidden), size, 0, 0, 0, hides=size))
    return tuple(found)


def _entry(path: str, entry: Entry, before: Node | None, layer: Layer, below: View) -> LayerEntry:
    if isinstance(entry, Whiteout):
        size = _size_below(below, path)
        return LayerEntry(path, "D", "whiteout", size, 0, 0, 0, hides=size)
    node = layer.entries.get(entry.target) if isinstance(entry, Hardlink) else entry
    if node is None or isinstance(node, Hardlink | Whiteout):
        return LayerEntry(path, "C" if before else "A", entry_type(entry), 0, 0, 0, 0)
    kind: ChangeKind = "A" if before is None else "C"
    hides = 0
    unchanged = False
    if before is not None:
        if isinstance(node, Directory) and isinstance(before, Directory):
            kind = "C" if stat_differs(before, node) or node.opaque else ""
        if isinstance(before, File):
            hides = before.content.size
            unchanged = isinstance(node, File) and node.content == before.content
        elif isinstance(before, Directory) and not isinstance(node, Directory):
            hides = _size_below(below, path)
    return LayerEntry(
        path,
        kind,
        entry_type(entry),
        entry.content.size if isinstance(entry, File) else 0,
        node.mode,
        node.uid,
        node.gid,
        target=entry.target if isinstance(entry, Symlink | Hardlink) else "",
        hides=hides,
        opaque=isinstance(node, Directory) and node.opaque,
        only_metadata=unchanged,
    )


def _size_below(view: View, path: str) -> int:
    """Bytes of the files at and under ``path``."""
    total = 0
    pending = [path]
    while pending:
        here = pending.pop()
        node = view.get(here)
        if isinstance(node, File):
            total += node.content.size
        elif isinstance(node, Directory):
            pending += [f"{here}/{name}" for name in view.names(here)]
    return total


# ---------------------------------------------------------------- the merged view


@dataclass(frozen=True, slots=True)
class VisibleEntry:
    """One name of a directory as one sees it through all layers, and the layer that shows it.

    ``position`` counts layers from 1 at the bottom; 0 is a container's read-write layer.
    """

    name: str
    path: str
    type: str
    size: int
    mode: int
    uid: int
    gid: int
    position: int
    target: str = ""


def visible_entries(lookup: Lookup, directory: str = "") -> tuple[VisibleEntry, ...]:
    """What ``ls -la`` would show in a directory, names sorted; empty when it is none."""
    view = View.of(lookup.stack)
    directory = directory.strip("/")
    prefix = f"{directory}/" if directory else ""
    found = []
    for name in sorted(view.names(directory)):
        path = prefix + name
        node = view.get(path)
        if node is None:
            continue
        index = _showing(lookup.stack, path)
        found.append(
            VisibleEntry(
                name=name,
                path=path,
                type=entry_type(node),
                size=node.content.size if isinstance(node, File) else 0,
                mode=node.mode,
                uid=node.uid,
                gid=node.gid,
                position=index + 1 if index < len(lookup.layers) else 0,
                target=node.target if isinstance(node, Symlink) else "",
            )
        )
    return tuple(found)


def _showing(stack: Sequence[Layer], path: str) -> int:
    """The highest layer that records a path, or, of a directory none records, that puts something in it."""
    downwards = range(len(stack) - 1, -1, -1)
    for index in downwards:
        if path in stack[index].entries:
            return index
    inside = path + "/"
    return next(n for n in downwards if any(other.startswith(inside) for other in stack[n].entries))


# ---------------------------------------------------------------- as a tree


@dataclass(frozen=True, slots=True)
class TreeNode:
    """A directory tree of entries for a page: ``entry`` is None for a directory the layer does not list.

    ``size``, ``added``, ``changed`` and ``deleted`` count the entry itself and everything under it.
    """

    name: str
    path: str
    entry: LayerEntry | None
    children: tuple["TreeNode", ...]
    size: int
    added: int
    changed: int
    deleted: int


def tree_of(entries: Sequence[LayerEntry], under: str = "", depth: int = 64) -> tuple[TreeNode, ...]:
    """The entries below the directory ``under`` as a tree, names sorted.

    Deeper directories than ``depth`` stay flat: their entries become children with longer names.
    """
    prefix = f"{under}/" if under else ""
    groups: dict[str, list[LayerEntry]] = {}
    own: dict[str, LayerEntry] = {}
    for entry in entries:
        if not entry.path.startswith(prefix):
            continue
        rest = entry.path[len(prefix) :]
        name, slash, _ = rest.partition("/")
        if depth <= 0:
            name, slash = rest, ""
        if slash:
            groups.setdefault(name, []).append(entry)
        else:
            own[name] = entry
    nodes = []
    for name in sorted({*groups, *own}):
        mine = own.get(name)
        children = tree_of(groups.get(name, ()), prefix + name, depth - 1)
        kind = mine.kind if mine else ""
        own_size = mine.size if mine and kind != "D" else 0
        nodes.append(
            TreeNode(
                name=name,
                path=prefix + name,
                entry=mine,
                children=children,
                size=own_size + sum(child.size for child in children),
                added=(kind == "A") + sum(child.added for child in children),
                changed=(kind == "C") + sum(child.changed for child in children),
                deleted=(kind == "D") + sum(child.deleted for child in children),
            )
        )
    return tuple(nodes)
