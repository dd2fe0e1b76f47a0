"""One path through a stack: which layer answers, what it hides, where the path came from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.analysis.inventory import Inventory, StoredContainer, StoredImage
from engine.analysis.stack_tree import LayerRow, layer_rows, refs, users_by_chain
from engine.content import BlobMissing, BlobStore, Digest
from engine.fs import (
    Device,
    Directory,
    Entry,
    File,
    Hardlink,
    Layer,
    Node,
    Symlink,
    Whiteout,
    parent_of,
)
from engine.image.image import load_layer

CellKind = Literal["served", "merged", "hidden", "whiteout", "masked", "absent", "unreached"]
"""What one layer says about a path.

``served``: the look-up ends here. ``merged``: a directory that adds its names to the one above.
``hidden``: an older copy, still stored. ``whiteout``: the path is deleted here, the look-up stops.
``masked``: the layer has nothing of its own but hides what is below (a parent is deleted, replaced or
opaque). ``absent``: nothing here, the look-up goes on below. ``unreached``: nothing here, and the
look-up ended above.
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """One layer's answer. ``position`` counts from 1 at the bottom, 0 is the read-write layer."""

    position: int
    kind: CellKind
    type: str = ""
    """``file``, ``directory``, ``symlink``, ``hardlink``, ``device`` or ""."""
    size: int = 0
    by_path: str = ""
    """Of ``masked``: the parent that hides what is below."""
    copied_up: bool = False
    """A lower layer holds the path too: the whole file was copied here when it changed."""


@dataclass(frozen=True, slots=True)
class PathHistory:
    """A path's column of the overlay; ``cells`` from the top layer down."""

    path: str
    cells: tuple[Cell, ...]
    found: bool
    type: str
    """What the look-up finds, "" when nothing."""
    size: int
    target: str = ""

    @property
    def answer(self) -> Cell | None:
        """The layer that answers, also when it answers "deleted"; None when no layer knows the path."""
        return next((cell for cell in self.cells if cell.kind in ("served", "whiteout", "masked")), None)

    @property
    def hidden(self) -> int:
        """Bytes of older copies that are still stored."""
        return sum(cell.size for cell in self.cells if cell.kind == "hidden")


@dataclass(frozen=True)
class Lookup:
    """What one looks through: an image's layers (bottom first), and a container's read-write layer."""

    name: str
    rows: tuple[LayerRow, ...]
    layers: tuple[Layer, ...]
    upper: Layer | None = None
    container: StoredContainer | None = None

    @property
    def stack(self) -> tuple[Layer, ...]:
        """All layers, bottom first, the read-write one last."""
        return (*self.layers, self.upper) if self.upper is not None else self.layers

    def peeled(self, count: int) -> "Lookup":
        """The same look-up with ``count`` layers taken off the top (the read-write layer first)."""
        upper, container, layers = self.upper, self.container, len(self.layers)
        if count > 0 and upper is not None:
            upper = container = None
            count -= 1
        layers = max(0, layers - max(0, count))
        return Lookup(self.name, self.rows[:layers], self.layers[:layers], upper, container)


def look_through_image(inventory: Inventory, store: BlobStore, stored: StoredImage) -> Lookup:
    """The look-up a new container of the image would do."""
    rows = layer_rows(stored.image, inventory.bases, users_by_chain(inventory.listed))
    return Lookup(stored.label, rows, tuple(load_layer(store, ref) for ref in refs(rows)))


def look_through_container(
    inventory: Inventory, store: BlobStore, container: StoredContainer
) -> Lookup | None:
    """The look-up a process in the container does; None when its image is gone."""
    stored = inventory.by_id.get(container.image)
    if stored is None:
        return None
    below = look_through_image(inventory, store, stored)
    upper = load_layer(store, container.upper) if container.upper else Layer({})
    return Lookup(container.name, below.rows, below.layers, upper, container)


def path_history(lookup: Lookup, path: str) -> PathHistory:
    """How the look-up of ``path`` goes, layer by layer from the top, by the rules of overlayfs."""
    path = path.strip("/")
    stack = lookup.stack
    holds = [path in layer.entries for layer in stack]
    cells: list[Cell] = []
    state: Literal["looking", "merging", "done"] = "looking"
    answer: Node | None = None
    for index in range(len(stack) - 1, -1, -1):
        layer = stack[index]
        position = index + 1 if index < len(lookup.layers) else 0
        entry = layer.entries.get(path)
        node = _resolved(layer, entry)
        kind = entry_type(entry)
        size = node.content.size if isinstance(node, File) else 0
        mask = _mask(layer, path) if state != "done" else ""
        if node is not None:
            opaque = not isinstance(node, Directory) or node.opaque or bool(mask)
            if state == "looking":
                answer = node
                copied_up = isinstance(node, File) and any(holds[:index])
                cells.append(Cell(position, "served", kind, size, copied_up=copied_up))
                state = "done" if opaque else "merging"
            elif state == "merging" and isinstance(node, Directory):
                cells.append(Cell(position, "merged", kind, size))
                state = "done" if opaque else "merging"
            else:
                cells.append(Cell(position, "hidden", kind, size))
                state = "done"
        elif isinstance(entry, Whiteout) and state != "done":
            cells.append(Cell(position, "whiteout"))
            state = "done"
        elif mask and any(holds[:index]):
            cells.append(Cell(position, "masked", by_path=mask))
            state = "done"
        else:
            cells.append(Cell(position, "absent" if state == "looking" else "unreached"))
    return PathHistory(
        path=path,
        cells=tuple(cells),
        found=answer is not None,
        type=next((cell.type for cell in cells if cell.kind == "served"), ""),
        size=answer.content.size if isinstance(answer, File) else 0,
        target=answer.target if isinstance(answer, Symlink) else "",
    )


def _resolved(layer: Layer, entry: Entry | None) -> Node | None:
    if isinstance(entry, Hardlink):
        entry = layer.entries.get(entry.target)
    return None if isinstance(entry, Hardlink | Whiteout) else entry


def _mask(layer: Layer, path: str) -> str:
    """The nearest parent in ``layer`` that hides everything lower layers hold under it, or ""."""
    parent = parent_of(path)
    while parent:
        entry = layer.entries.get(parent)
        if entry is not None and not (isinstance(entry, Directory) and not entry.opaque):
            return parent
        parent = parent_of(parent)
    return ""


def entry_type(entry: Entry | None) -> str:
    """``file``, ``directory``, ``symlink``, ``hardlink`` or ``device``; "" for what is not there."""
    match entry:
        case File():
            return "file"
        case Directory():
            return "directory"
        case Symlink():
            return "symlink"
        case Hardlink():
            return "hardlink"
        case Device():
            return "device"
    return ""


def telling_paths(lookup: Lookup, count: int = 4) -> tuple[str, ...]:
    """Paths worth looking at: what the read-write layer did, then the largest hidden copies."""
    from engine.analysis.waste import wasted

    chosen: list[str] = []
    if lookup.upper is not None:
        entries = [path for path, entry in lookup.upper.entries.items() if not isinstance(entry, Directory)]
        deleted = [path for path in entries if isinstance(lookup.upper.entries[path], Whiteout)]
        written = [path for path in entries if path not in set(deleted)]
        chosen += [*written[:1], *deleted[:1]]
    chosen += [item.path for item in wasted(lookup.layers)]
    for layer in reversed(lookup.layers):
        files = [
            (entry.content.size, path) for path, entry in layer.entries.items() if isinstance(entry, File)
        ]
        chosen += [max(files)[1]] if files else []
    return tuple(dict.fromkeys(chosen))[:count]


# ---------------------------------------------------------------- provenance


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the file one sees at a path comes from.

    ``layer`` is None when a container wrote it; ``command`` is the finest cause that is known (one
    command of a longer RUN line), "" when only the step is.
    """

    path: str
    layer: LayerRow | None
    container: StoredContainer | None
    step: str
    command: str


def provenance(
    lookup: Lookup,
    path: str,
    store: BlobStore,
    causes: Mapping[str, Digest] | None = None,
) -> Provenance | None:
    """Which step put ``path`` where it is; None when the look-up finds nothing.

    ``causes`` maps a layer's digest to a blob of JSON ``{path: command}``.
    """
    history = path_history(lookup, path)
    answer = next((cell for cell in history.cells if cell.kind == "served"), None)
    if answer is None:
        return None
    if answer.position == 0:
        upper = lookup.upper
        command = _cause(upper.digest, history.path, store, causes) if upper is not None else ""
        return Provenance(history.path, None, lookup.container, "", command)
    row = lookup.rows[answer.position - 1]
    command = _cause(row.digest, history.path, store, causes)
    return Provenance(history.path, row, None, row.step, command)


def _cause(layer: Digest, path: str, store: BlobStore, causes: Mapping[str, Digest] | None) -> str:
    blob = (causes or {}).get(layer)
    if blob is None:
        return ""
    try:
        known = json.loads(store.get(blob))
    except (BlobMissing, ValueError):
        return ""
    found = known.get(path, "") if isinstance(known, dict) else ""
    return found if isinstance(found, str) else ""
