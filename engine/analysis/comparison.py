"""Any two stacks side by side: what was reused, rebuilt, removed, added, and which files differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from engine.analysis.inventory import Inventory
from engine.analysis.paths import Lookup, look_through_container, look_through_image
from engine.analysis.stack_tree import LayerRow, layer_rows, refs, users_by_chain
from engine.analysis.steps import step_keyword
from engine.analysis.texts import TextDiff, text_diff
from engine.content import BlobStore, ChainID
from engine.fs import Directory, File, Node, OverlayFS, View, tar_order
from engine.fs.diff import stat_differs
from engine.image.image import load_layer

State = Literal["reused", "rebuilt", "new", "gone"]
Reason = Literal[
    "same_base",
    "same_inputs",
    "same_content",
    "text_changed",
    "parent_changed",
    "content_changed",
    "base_changed",
    "moved",
    "added",
    "removed",
]
"""Why a pair is in its state.

``same_inputs``: the very same layer. ``same_content``: the same bytes on another parent.
``parent_changed``: same step, but it ran again because something below changed. ``content_changed``:
same step on the same parent, other bytes (copied files, time).
"""

LONGEST = 400
"""Layers per side that are still matched step by step."""


@dataclass(frozen=True)
class Side:
    """One of the two things compared: an image, a layer with all below it, a container, a moment's image."""

    name: str
    rows: tuple[LayerRow, ...]
    lookup: Lookup | None = None
    """Its files, when they can be read."""

    @property
    def size(self) -> int:
        """Bytes of its layers, the read-write layer included."""
        upper = self.lookup.upper.size if self.lookup and self.lookup.upper is not None else 0
        return sum(row.size for row in self.rows) + upper

    @cached_property
    def tree(self) -> OverlayFS | None:
        """Its files as one sees them."""
        if self.lookup is None:
            return None
        view = View.of(self.lookup.layers)
        return OverlayFS(view) if self.lookup.upper is None else OverlayFS(view, self.lookup.upper)


@dataclass(frozen=True, slots=True)
class Pair:
    """One line of the comparison; ``before`` or ``after`` is None where there is no such step."""

    before: LayerRow | None
    after: LayerRow | None
    state: State
    reason: Reason


@dataclass(frozen=True, slots=True)
class FileChange:
    """A path that differs: ``A`` only after, ``D`` only before, ``C`` in both; sizes in bytes."""

    path: str
    kind: Literal["A", "C", "D"]
    before: int
    after: int
    is_file: bool


@dataclass(frozen=True)
class Comparison:
    """Two sides, the pairs of their layers bottom first, and the files that differ."""

    before: Side
    after: Side
    pairs: tuple[Pair, ...]

    @property
    def reused(self) -> int:
        """Bytes of layers both sides share."""
        return sum(pair.after.size for pair in self.pairs if pair.state == "reused" and pair.after)

    @property
    def new(self) -> int:
        """Bytes of layers only the later side has: what had to be built, stored and sent."""
        return sum(pair.after.size for pair in self.pairs if pair.state != "reused" and pair.after)

    @property
    def gone(self) -> int:
        """Bytes of layers only the earlier side has."""
        return sum(pair.before.size for pair in self.pairs if pair.state != "reused" and pair.before)

    @cached_property
    def files(self) -> tuple[FileChange, ...]:
        """The paths whose type, mode, owner, size or content differ, in tar order; no times compared.

        A removed or added directory is one line; what is in it is not listed again.
        """
        if self.before.tree is None or self.after.tree is None:
            return ()
        return tuple(_file_changes(self.before.tree, self.after.tree))

    def text(self, path: str) -> TextDiff:
        """The line-by-line difference of one file."""
        path = path.strip("/")
        before, after = self.before.tree, self.after.tree
        return text_diff(before.get(path) if before else None, after.get(path) if after else None)


def side_of(inventory: Inventory, store: BlobStore, what: str) -> Side | None:
    """The image, container or layer (ChainID) called ``what``; None when there is none."""
    container = inventory.find_container(what)
    if container is not None and (container.name == what or not inventory.find_image(what)):
        lookup = look_through_container(inventory, store, container)
        if lookup is not None:
            return Side(container.name, lookup.rows, lookup)
    stored = inventory.find_image(what)
    if stored is not None:
        lookup = look_through_image(inventory, store, stored)
        return Side(stored.label, lookup.rows, lookup)
    holders = users_by_chain(inventory.images).get(ChainID(what))
    if not holders:
        return None
    image = inventory.by_id[holders[0]].image
    rows = layer_rows(image, inventory.bases, users_by_chain(inventory.listed))
    rows = rows[: image.chain_ids.index(ChainID(what)) + 1]
    layers = tuple(load_layer(store, ref) for ref in refs(rows))
    return Side(rows[-1].step or rows[-1].short_id, rows, Lookup(rows[-1].short_id, rows, layers))


def compare(before: Side, after: Side) -> Comparison:
    """Match the layers of two sides, by content first, then by what their steps say."""
    return Comparison(before, after, tuple(_pairs(before.rows, after.rows)))


def _pairs(before: Sequence[LayerRow], after: Sequence[LayerRow]) -> list[Pair]:
    pairs: list[Pair] = []
    common = 0
    while common < min(len(before), len(after)) and before[common].chain_id == after[common].chain_id:
        row = after[common]
        pairs.append(
            Pair(before[common], row, "reused", "same_base" if row.role == "base" else "same_inputs")
        )
        common += 1
    left, right = list(before[common:]), list(after[common:])
    kept = _matching(left, right)
    moved = _moved(left, right, kept)
    a = b = 0
    for next_a, next_b in [*kept, (len(left), len(right))]:
        pairs += _gap(left[a:next_a], right[b:next_b], moved)
        if next_a < len(left):
            pairs.append(_same_step(left[next_a], right[next_b], next_a == next_b == 0))
        a, b = next_a + 1, next_b + 1
    return pairs


def _key(row: LayerRow) -> str:
    return f"FROM {row.base_name}" if row.role == "base" and row.base_name else row.step


def _matching(left: Sequence[LayerRow], right: Sequence[LayerRow]) -> list[tuple[int, int]]:
    """The longest common subsequence of equal steps (or equal contents), as pairs of indexes."""
    if not left or not right or max(len(left), len(right)) > LONGEST:
        return []
    lengths = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i in range(len(left) - 1, -1, -1):
        for j in range(len(right) - 1, -1, -1):
            if _alike(left[i], right[j]):
                lengths[i][j] = lengths[i + 1][j + 1] + 1
            else:
                lengths[i][j] = max(lengths[i + 1][j], lengths[i][j + 1])
    found = []
    i = j = 0
    while i < len(left) and j < len(right):
        if _alike(left[i], right[j]):
            found.append((i, j))
            i, j = i + 1, j + 1
        elif lengths[i + 1][j] >= lengths[i][j + 1]:
            i += 1
        else:
            j += 1
    return found


def _alike(left: LayerRow, right: LayerRow) -> bool:
    return left.diff_id == right.diff_id or _key(left) == _key(right)


def _moved(
    left: Sequence[LayerRow], right: Sequence[LayerRow], kept: Sequence[tuple[int, int]]
) -> frozenset[str]:
    """Steps that stand on both sides, but elsewhere."""
    matched_left, matched_right = {a for a, _ in kept}, {b for _, b in kept}
    gone = {_key(row) for index, row in enumerate(left) if index not in matched_left}
    new = {_key(row) for index, row in enumerate(right) if index not in matched_right}
    return frozenset(gone & new)


def _same_step(before: LayerRow, after: LayerRow, first: bool) -> Pair:
    if before.diff_id == after.diff_id:
        return Pair(before, after, "reused", "same_content")
    return Pair(before, after, "rebuilt", "content_changed" if first else "parent_changed")


def _gap(left: Sequence[LayerRow], right: Sequence[LayerRow], moved: frozenset[str]) -> list[Pair]:
    """Steps between two matches: edited ones find each other, the rest was removed or added."""
    pairs: list[Pair] = []
    waiting = list(right)
    for row in left:
        partner = None if _key(row) in moved else _edited(row, waiting, moved)
        if partner is None:
            pairs.append(Pair(row, None, "gone", "moved" if _key(row) in moved else "removed"))
            continue
        index = waiting.index(partner)
        pairs += [_added(item, moved) for item in waiting[:index]]
        waiting = waiting[index + 1 :]
        reason: Reason = "base_changed" if row.role == partner.role == "base" else "text_changed"
        pairs.append(Pair(row, partner, "rebuilt", reason))
    return pairs + [_added(item, moved) for item in waiting]


def _added(row: LayerRow, moved: frozenset[str]) -> Pair:
    return Pair(None, row, "new", "moved" if _key(row) in moved else "added")


def _edited(row: LayerRow, candidates: Sequence[LayerRow], moved: frozenset[str]) -> LayerRow | None:
    """The step that ``row`` was edited into: the same instruction with the most words in common."""
    words = set(_key(row).split()[1:])
    best: tuple[int, int, LayerRow] | None = None
    for position, candidate in enumerate(candidates):
        if _key(candidate) in moved or step_keyword(_key(candidate)) != step_keyword(_key(row)):
            continue
        if (candidate.role == "base") != (row.role == "base"):
            continue
        shared = len(words & set(_key(candidate).split()[1:]))
        if best is None or (shared, -position) > best[:2]:
            best = (shared, -position, candidate)
    if best is None or (best[0] == 0 and step_keyword(_key(row)) != "FROM"):
        return None
    return best[2]


def _file_changes(before: OverlayFS, after: OverlayFS) -> list[FileChange]:
    found: list[FileChange] = []
    pending = [""]
    while pending:
        directory = pending.pop()
        prefix = f"{directory}/" if directory else ""
        for name in {*before.names(directory), *after.names(directory)}:
            path = prefix + name
            old, new = before.get(path), after.get(path)
            if old is None and new is not None:
                found.append(FileChange(path, "A", 0, _bytes(after, path, new), isinstance(new, File)))
            elif new is None and old is not None:
                found.append(FileChange(path, "D", _bytes(before, path, old), 0, isinstance(old, File)))
            elif old is not None and new is not None:
                if _differs(old, new):
                    sizes = _bytes(before, path, old, 0), _bytes(after, path, new, 0)
                    found.append(FileChange(path, "C", *sizes, isinstance(new, File)))
                if isinstance(old, Directory) and isinstance(new, Directory):
                    pending.append(path)
    return sorted(found, key=lambda change: tar_order(change.path))


def _differs(old: Node, new: Node) -> bool:
    if old == new:
        return False
    if isinstance(old, File) and isinstance(new, File):
        same = (old.mode, old.uid, old.gid) == (new.mode, new.uid, new.gid)
        return not same or old.content != new.content
    if isinstance(old, Directory) or isinstance(new, Directory):
        return stat_differs(old, new)
    return _untimed(old) != _untimed(new)


def _untimed(node: Node) -> Mapping[str, object]:
    names = [name for name in type(node).__slots__ if name != "mtime"]
    return {"type": type(node).__name__, **{name: getattr(node, name) for name in names}}


def _bytes(tree: OverlayFS, path: str, node: Node, depth: int = 1) -> int:
    """Bytes of a file, or of all files under a directory (``depth`` 0: of the directory itself)."""
    if isinstance(node, File):
        return node.content.size
    if not depth or not isinstance(node, Directory):
        return 0
    return sum(child.content.size for _, child in tree.walk(path) if isinstance(child, File))
