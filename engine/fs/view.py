"""The merged, read-only view of a stack of layers."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from functools import cached_property

from engine.content import Digest
from engine.fs.entries import Directory, Entry, Hardlink, Node, Whiteout
from engine.fs.layer import Layer

ROOT = Directory()
_NO_NAMES: frozenset[str] = frozenset()


def parent_of(path: str) -> str:
    """The directory that holds ``path``; the root is the empty string."""
    return path.rpartition("/")[0]


class View:
    """What one sees through ``layers`` (bottom first): the overlay of read-only layers, indexed."""

    __slots__ = ("__dict__", "_children", "_nodes", "layers")

    def __init__(
        self, layers: tuple[Layer, ...], nodes: dict[str, Node], children: dict[str, set[str]]
    ) -> None:
        self.layers = layers
        self._nodes = nodes
        self._children = children

    @classmethod
    def of(cls, layers: Iterable[Layer]) -> "View":
        """The view of a stack, bottom first; recently used ones are remembered by their layers' digests."""
        stack = tuple(layers)
        key = tuple(layer.digest for layer in stack)
        known = _views.get(key)
        if known is not None:
            _views.move_to_end(key)
            return known
        view = cls.of(stack[:-1])._extended(stack[-1]) if stack else EMPTY_VIEW
        _views[key] = view
        _views_kept.nodes += len(view)
        while len(_views) > 1 and (len(_views) > _VIEWS_KEPT or _views_kept.nodes > _NODES_KEPT):
            _views_kept.nodes -= len(_views.popitem(last=False)[1])
        return view

    def get(self, path: str) -> Node | None:
        """What stands at ``path`` (hard links resolved), or None."""
        return self._nodes.get(path) if path else ROOT

    def names(self, directory: str) -> frozenset[str] | set[str]:
        """Names in a directory, unordered; empty for anything else."""
        return self._children.get(directory, _NO_NAMES)

    def paths(self) -> Iterator[str]:
        """Every visible path, unordered."""
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)

    @cached_property
    def size(self) -> int:
        """Bytes stored in all layers, visible or not: what ``docker images`` shows as SIZE."""
        return sum(layer.size for layer in self.layers)

    def answering_layer(self, path: str) -> int | None:
        """Index of the layer whose entry a look-up of ``path`` finds, or None."""
        if path not in self._nodes:
            return None
        return next(i for i in range(len(self.layers) - 1, -1, -1) if path in self.layers[i].entries)

    def _extended(self, layer: Layer) -> "View":
        nodes = dict(self._nodes)
        children = dict(self._children)
        builder = _Builder(nodes, children)
        for path, entry in layer.entries.items():
            builder.apply(path, entry, layer)
        return View((*self.layers, layer), nodes, children)


class _Builder:
    """Applies entries to an index whose name sets are still shared with the view below."""

    def __init__(self, nodes: dict[str, Node], children: dict[str, set[str]]) -> None:
        self._nodes = nodes
        self._children = children
        self._own: set[str] = set()

    def apply(self, path: str, entry: Entry, layer: Layer) -> None:
        if isinstance(entry, Whiteout):
            self._remove(path)
            return
        if isinstance(entry, Hardlink):
            target = layer.entries.get(entry.target)
            if target is None or isinstance(target, Hardlink | Whiteout):
                return
            entry = target
        present = self._nodes.get(path)
        if isinstance(entry, Directory):
            if entry.opaque or (present is not None and not isinstance(present, Directory)):
                self._remove(path)
            if entry.opaque:
                entry = Directory(entry.mode, entry.uid, entry.gid, entry.mtime)
        elif isinstance(present, Directory):
            self._remove(path)
        if path not in self._nodes:
            self._link(path)
        self._nodes[path] = entry

    def _names(self, directory: str) -> set[str]:
        if directory not in self._own:
            self._own.add(directory)
            self._children[directory] = set(self._children.get(directory, _NO_NAMES))
        return self._children[directory]

    def _link(self, path: str) -> None:
        parent, _, name = path.rpartition("/")
        if parent and parent not in self._nodes:
            self._link(parent)
            self._nodes[parent] = ROOT
        self._names(parent).add(name)

    def _remove(self, path: str) -> None:
        if path not in self._nodes:
            return
        parent, _, name = path.rpartition("/")
        self._names(parent).discard(name)
        pending = [path]
        while pending:
            gone = pending.pop()
            del self._nodes[gone]
            pending += [f"{gone}/{child}" for child in self._children.pop(gone, _NO_NAMES)]
            self._own.discard(gone)


EMPTY_VIEW = View((), {}, {})
_views: "OrderedDict[tuple[Digest, ...], View]" = OrderedDict()
_VIEWS_KEPT, _NODES_KEPT = 48, 120_000
"""How many views are remembered, and how many paths in them: most of what a worker keeps in memory."""


class _Kept:
    nodes = 0


_views_kept = _Kept()
