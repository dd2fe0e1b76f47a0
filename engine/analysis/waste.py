"""Bytes that an image stores but nobody can see, and the layer that hides them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from engine.fs import Directory, Entry, File, Hardlink, Layer, View, Whiteout

Cause = Literal["deleted", "overwritten", "replaced"]
"""``deleted`` by a whiteout or an opaque directory, ``overwritten`` by another version of the file,
``replaced`` by something of another type."""


@dataclass(frozen=True, slots=True)
class Waste:
    """A file of one layer that a higher layer hides: its bytes stay stored.

    ``layer`` and ``hidden_by`` count from 1 at the bottom; ``size`` is in bytes; ``by_path`` is the
    entry that hides it (the path itself, or the directory that was deleted).
    """

    path: str
    size: int
    layer: int
    hidden_by: int
    cause: Cause
    by_path: str


def wasted(layers: Sequence[Layer]) -> tuple[Waste, ...]:
    """All hidden files of a stack (bottom first), the largest first.

    A file with another visible name (hard link) in its layer is not wasted. Empty files cost nothing
    and are left out.
    """
    found: list[Waste] = []
    owner: dict[str, int] = {}
    for index, layer in enumerate(layers):
        view = View.of(layers[:index])
        for path, entry in layer.entries.items():
            cause = _cause(view, path, entry)
            if cause is None:
                continue
            for hidden in _files_under(view, path):
                position = owner.pop(hidden, None)
                if position is not None:
                    size = _stored(layers[position], hidden)
                    found.append(Waste(hidden, size, position + 1, index + 1, cause, path))
        for path, entry in layer.entries.items():
            if isinstance(entry, File | Hardlink):
                owner[path] = index
    visible = {(position, path) for path, position in owner.items()}
    return tuple(
        sorted(
            (
                item
                for item in _once(found, layers)
                if item.size and not _seen_elsewhere(item, layers, visible)
            ),
            key=lambda item: (-item.size, item.path),
        )
    )


def _cause(view: View, path: str, entry: Entry) -> Cause | None:
    before = view.get(path)
    if before is None:
        return None
    if isinstance(entry, Whiteout):
        return "deleted"
    if isinstance(entry, Directory):
        if not isinstance(before, Directory):
            return "replaced"
        return "deleted" if entry.opaque else None
    same = isinstance(before, File) and isinstance(entry, File | Hardlink)
    return "overwritten" if same else "replaced"


def _files_under(view: View, path: str) -> list[str]:
    """The files at or below ``path``, in no order that matters."""
    found = []
    pending = [path]
    while pending:
        here = pending.pop()
        node = view.get(here)
        if isinstance(node, File):
            found.append(here)
        elif isinstance(node, Directory):
            pending += [f"{here}/{name}" for name in view.names(here)]
    return found


def _stored(layer: Layer, path: str) -> int:
    entry = layer.entries.get(path)
    if isinstance(entry, Hardlink):
        entry = layer.entries.get(entry.target)
    return entry.content.size if isinstance(entry, File) else 0


def _first_name(layer: Layer, path: str) -> str:
    entry = layer.entries.get(path)
    return entry.target if isinstance(entry, Hardlink) else path


def _once(found: Sequence[Waste], layers: Sequence[Layer]) -> list[Waste]:
    """Hard links are several names of one file: its bytes count once."""
    seen: set[tuple[int, str]] = set()
    kept = []
    for item in found:
        key = (item.layer, _first_name(layers[item.layer - 1], item.path))
        if key not in seen:
            seen.add(key)
            kept.append(item)
    return kept


def _seen_elsewhere(item: Waste, layers: Sequence[Layer], visible: set[tuple[int, str]]) -> bool:
    layer = layers[item.layer - 1]
    first = _first_name(layer, item.path)
    if (item.layer - 1, first) in visible:
        return True
    names = _links(layer).get(first, ())
    return any((item.layer - 1, name) in visible for name in names)


def _links(layer: Layer) -> dict[str, list[str]]:
    """First name of a file -> its other names in the layer; read once per layer object."""
    known: dict[str, list[str]] | None = layer.__dict__.get("_link_names")
    if known is None:
        known = {}
        for path, entry in layer.entries.items():
            if isinstance(entry, Hardlink):
                known.setdefault(entry.target, []).append(path)
        layer.__dict__["_link_names"] = known
    return known


# ---------------------------------------------------------------- efficiency


@dataclass(frozen=True, slots=True)
class Efficiency:
    """How much of an image is needed, as the tool dive scores it.

    ``score`` is 1.0 when no path is stored twice. ``matches`` are the paths found in several layers
    with the bytes of all their versions; ``inefficient`` is the sum of those bytes, ``size`` of all.
    """

    score: float
    matches: tuple[tuple[str, int], ...]
    inefficient: int
    size: int


def efficiency(layers: Sequence[Layer]) -> Efficiency:
    """Score a stack, bottom first: smallest version of each path over the sum of all its versions.

    A deletion counts with the bytes below it when it removes a directory that a layer records, as dive
    does; directories themselves count nothing.
    """
    versions: dict[str, list[int]] = {}
    for index, layer in enumerate(layers):
        view = View.of(layers[:index])
        for path, entry in layer.entries.items():
            if isinstance(entry, Whiteout):
                recorded = any(isinstance(below.entries.get(path), Directory) for below in layers[:index])
                size = _bytes_under(view, path) if recorded else 0
            elif isinstance(entry, File | Hardlink):
                size = entry.content.size if isinstance(entry, File) else 0
            elif isinstance(entry, Directory):
                continue
            else:
                size = 0
            versions.setdefault(path, []).append(size)
    return _score(versions, sum(layer.size for layer in layers))


def _bytes_under(view: View, path: str) -> int:
    if not isinstance(view.get(path), Directory):
        return 0
    total = 0
    for hidden in _files_under(view, path):
        node = view.get(hidden)
        total += node.content.size if isinstance(node, File) else 0
    return total


def _score(versions: dict[str, list[int]], size: int) -> Efficiency:
    smallest = sum(min(sizes) for sizes in versions.values())
    total = sum(sum(sizes) for sizes in versions.values())
    matches = tuple((path, sum(sizes)) for path, sizes in versions.items() if len(sizes) > 1)
    return Efficiency(
        score=smallest / total if total else 1.0,
        matches=tuple(sorted(matches, key=lambda match: (match[1], match[0]))),
        inefficient=sum(count for _, count in matches),
        size=size,
    )
