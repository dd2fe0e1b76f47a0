"""What is known about the thing in focus: a layer, an image, a container, a path."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engine.analysis import (
    LayerDetails,
    LayerEntry,
    LayerRow,
    Lookup,
    PathHistory,
    Provenance,
    StoredContainer,
    StoredImage,
    TextDiff,
    TreeNode,
    compare,
    disk_usage,
    layer_details,
    path_history,
    provenance,
    side_of,
    tree_of,
)
from engine.analysis.texts import text_of
from labsite.diagrams import words
from labsite.diagrams.parts import role_word
from labsite.diagrams.scene import Scene
from labsite.playground.bench import Bench
from labsite.playground.pictures import looked_through, scene_of, short, split_focus

MOST_NAMES = 120
"""Names of one directory that are listed."""
TELLING = 16
"""Lines that are enough to see what a layer is about."""
MOST_WASTE = 12
LONGEST_CONTENTS = 40_000
"""Characters of a file that are shown."""


@dataclass(frozen=True, slots=True)
class Name:
    """One line of a directory listing: a directory with sums, or a file."""

    name: str
    kind: str
    """``A``, ``C``, ``D`` or ""."""
    size: int
    is_directory: bool
    url: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Crumb:
    """One part of the path above a listing."""

    name: str
    url: str


@dataclass(frozen=True)
class Subject:
    """What the inspector shows; ``kind`` names its template."""

    kind: str
    values: dict[str, Any]


def inspect(bench: Bench) -> Subject | None:
    """The subject the address puts in focus; None when nothing (or nothing that exists) is."""
    kind, name = split_focus(bench.look.focus)
    scene = scene_of(bench.machine)
    match kind:
        case "layer":
            chain = next((chain for chain in scene.stacks.layers if short(chain) == name), "")
            details = layer_details(scene.inventory, bench.store, chain) if chain else None
            return _layer(bench, details) if details else None
        case "image":
            image = scene.inventory.find_image(name)
            return _image(bench, scene, image) if image else None
        case "container":
            container = scene.inventory.find_container(name)
            return _container(bench, scene, container) if container else None
        case "path":
            return _path(bench, scene, name)
    return None


# ---------------------------------------------------------------------- layer


def _layer(bench: Bench, details: LayerDetails) -> Subject:
    row = details.row
    merged = bench.look.merged == "1"
    names = _merged_names(bench, row) if merged else _own_names(bench, details)
    return Subject(
        "layer",
        {
            "title": row.step or row.created_by,
            "under": _where(details),
            "details": details,
            "row": row,
            "created_by": row.created_by if row.created_by != row.step else "",
            "names": names[:MOST_NAMES],
            "left_out": max(0, len(names) - MOST_NAMES),
            "crumbs": _crumbs(bench),
            "merged": merged,
            "waste": [(item, _cause(item, details)) for item in details.waste[:MOST_WASTE]],
            "more_waste": max(0, len(details.waste) - MOST_WASTE),
        },
    )


def _where(details: LayerDetails) -> str:
    names = [image.label for image in details.used_by]
    place = _("layer %(n)d of %(total)d") % {"n": details.row.position, "total": details.count}
    if len(names) > 1:
        return _("%(place)s · in %(names)s, stored once") % {"place": place, "names": _and(names)}
    return f"{place} · {role_word(details.row.role)}"


def _and(names: Sequence[str]) -> str:
    shown = list(names[:3])
    if len(names) > 3:
        shown.append(ngettext("%(n)d more", "%(n)d more", len(names) - 3) % {"n": len(names) - 3})
    return _("%(first)s and %(last)s") % {"first": ", ".join(shown[:-1]), "last": shown[-1]}


def _cause(item: Any, details: LayerDetails) -> str:
    words_ = {
        "deleted": _("deleted by layer %(n)d"),
        "overwritten": _("written again by layer %(n)d"),
        "replaced": _("replaced by layer %(n)d"),
    }
    return words_[item.cause] % {"n": item.hidden_by}


def _own_names(bench: Bench, details: LayerDetails) -> list[Name]:
    """What the layer itself holds: of all of it the telling parts, of an open directory everything."""
    under = bench.look.under.strip("/")
    nodes = [_joined(node) for node in tree_of(_under(details.entries, under), under)]
    shown = nodes if under else _telling(nodes)
    prefix = f"{under}/" if under else ""
    return [
        _name(bench, node, node.path.removeprefix(prefix) if under else f"/{node.path}") for node in shown
    ]


def _under(entries: Iterable[LayerEntry], directory: str) -> list[LayerEntry]:
    prefix = f"{directory}/" if directory else ""
    return [entry for entry in entries if entry.path.startswith(prefix) and entry.path != directory]


def _joined(node: TreeNode) -> TreeNode:
    """A directory that only leads to another one is shown as that one."""
    while len(node.children) == 1 and node.children[0].children and not (node.entry and node.entry.kind):
        node = node.children[0]
    return node


def _telling(nodes: Sequence[TreeNode]) -> list[TreeNode]:
    """About TELLING lines: the largest directories are opened again and again until there are so many."""
    shown = list(nodes)
    while True:
        closed = [node for node in shown if node.children and len(node.children) + len(shown) - 1 <= TELLING]
        if not closed:
            return sorted(shown, key=lambda node: (-node.size, node.path))
        largest = max(closed, key=lambda node: (node.size, node.added + node.changed + node.deleted))
        at = shown.index(largest)
        shown[at : at + 1] = [_joined(child) for child in largest.children]


def _kind(node: TreeNode) -> str:
    """``A``, ``C`` or ``D`` of an entry, and of a directory when all in it is of that kind."""
    if node.entry and node.entry.kind:
        return node.entry.kind
    kinds = [
        kind for kind, count in zip("ACD", (node.added, node.changed, node.deleted), strict=True) if count
    ]
    return kinds[0] if len(kinds) == 1 else ""


def _name(bench: Bench, node: TreeNode, label: str) -> Name:
    entry = node.entry
    is_directory = bool(node.children) or (entry is not None and entry.type == "directory")
    kind = _kind(node)
    note = ""
    if entry and entry.kind == "D":
        note = _("hides %(size)s") % {"size": words.size(entry.hides)} if entry.hides else _("hidden")
    elif entry and entry.only_metadata:
        note = _("copied whole, only its metadata changed")
    elif entry and entry.target:
        note = f"→ {entry.target}"
    opens = is_directory and bool(node.children)
    url = (
        bench.address(under=node.path)
        if opens
        else bench.address(focus=f"path:{node.path}", under="", merged="")
    )
    return Name(label + ("/" if is_directory else ""), kind, node.size, is_directory, url, note)


def _path_address(bench: Bench, path: str) -> str:
    return bench.address(focus=f"path:{path}", under="", merged="")


def _merged_names(bench: Bench, row: LayerRow) -> list[Name]:
    """What one sees under the open directory with this layer on top."""
    scene = scene_of(bench.machine)
    side = side_of(scene.inventory, bench.store, row.chain_id)
    tree = side.tree if side else None
    if tree is None:
        return []
    under = bench.look.under.strip("/")
    names = []
    for name in sorted(tree.names(under)):
        path = f"{under}/{name}" if under else name
        node = tree.get(path)
        is_directory = hasattr(node, "opaque")
        size = node.content.size if hasattr(node, "content") else 0
        url = bench.address(under=path) if is_directory else _path_address(bench, path)
        names.append(Name(name + ("/" if is_directory else ""), "", size, is_directory, url))
    return sorted(names, key=lambda item: (not item.is_directory, item.name))


def _crumbs(bench: Bench) -> list[Crumb]:
    """The open directory, part by part; empty at the top."""
    parts = [part for part in bench.look.under.split("/") if part]
    if not parts:
        return []
    crumbs = [Crumb("/", bench.address(under=""))]
    for index, part in enumerate(parts):
        crumbs.append(Crumb(part, bench.address(under="/".join(parts[: index + 1]))))
    return crumbs


# ---------------------------------------------------------------------- image and container


def _image(bench: Bench, scene: Scene, image: StoredImage) -> Subject:
    usage = next((row for row in disk_usage(scene.inventory).images if row.id == image.id), None)
    config = image.image.config
    rows = [row for row in scene.stacks.layers.values() if image.id in row.images]
    rows.sort(key=lambda row: -image.image.chain_ids.index(row.chain_id))
    return Subject(
        "image",
        {
            "title": image.label,
            "names": image.names,
            "image": image,
            "usage": usage,
            "rows": [(row, bench.address(focus=f"layer:{short(row.chain_id)}", under="")) for row in rows],
            "config": config,
            "containers": [item for item in scene.inventory.containers if item.image == image.id],
        },
    )


def _container(bench: Bench, scene: Scene, container: StoredContainer) -> Subject:
    tops = [*scene.stacks.containers, *scene.stacks.detached]
    top = next((item for item in tops if item.id == container.id), None)
    image = scene.inventory.by_id.get(container.image)
    shown = top.changes[:MOST_NAMES] if top else ()
    return Subject(
        "container",
        {
            "title": container.name,
            "container": container,
            "image": image,
            "image_url": bench.address(focus=f"image:{short(container.image)}") if image else "",
            "changes": [
                (change, bench.address(focus=f"path:{change.path}", top=container.name)) for change in shown
            ],
            "left_out": max(0, len(top.changes) - MOST_NAMES) if top else 0,
        },
    )


# ---------------------------------------------------------------------- path


def _path(bench: Bench, scene: Scene, path: str) -> Subject | None:
    lookup = looked_through(bench, scene)
    if lookup is None:
        return None
    history = path_history(lookup, path)
    found = provenance(lookup, path, bench.store)
    text, diff = _contents(bench, scene, lookup, history, found)
    return Subject(
        "path",
        {
            "title": "/" + history.path,
            "lookup": lookup,
            "history": history,
            "from": found,
            "layer_url": bench.address(focus=f"layer:{short(found.layer.chain_id)}")
            if found and found.layer
            else "",
            "text": text[:LONGEST_CONTENTS] if text is not None else None,
            "cut": text is not None and len(text) > LONGEST_CONTENTS,
            "diff": diff,
            "overlay_url": bench.address(view="overlay"),
        },
    )


def _contents(
    bench: Bench, scene: Scene, lookup: Lookup, history: PathHistory, found: Provenance | None
) -> tuple[str | None, TextDiff | None]:
    """A file's text as one sees it, and how it differs from the older copy below it."""
    side = side_of(scene.inventory, bench.store, lookup.name)
    if side is None or side.tree is None or history.type != "file":
        return None, None
    text = text_of(side.tree.get(history.path))
    if found is None or not history.hidden:
        return text, None
    position = found.layer.position if found.layer else len(lookup.rows) + 1
    if position < 2:
        return text, None
    below = side_of(scene.inventory, bench.store, lookup.rows[position - 2].chain_id)
    return text, compare(below, side).text(history.path) if below else None
