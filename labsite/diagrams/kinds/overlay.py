"""Overlay: some paths through the layers: which layer answers, what it hides, where look-ups stop."""

from django.utils.translation import gettext as _

from engine.analysis import (
    Cell,
    Lookup,
    PathHistory,
    look_through_container,
    look_through_image,
    path_history,
    telling_paths,
)
from labsite.diagrams import parts, words
from labsite.diagrams.kinds.stack import empty_sentence
from labsite.diagrams.links import Links
from labsite.diagrams.markup import Markup, cell, cut, cut_middle, cut_step, lines, row, table, text
from labsite.diagrams.outline import Item, Outline
from labsite.diagrams.registry import Drawing, diagram
from labsite.diagrams.scene import Focus, Scene

MOST_PATHS = 5
MOST_ROWS = 12
"""Layers drawn one by one; silent ones beyond that are folded."""
HEAD = 190
CELL = 166


@diagram("overlay", "daemon.images", "daemon.tags", "daemon.containers")
def draw_overlay(scene: Scene, focus: Focus, links: Links) -> Drawing:
    """The look-ups of ``focus.paths`` in ``focus.top``, with ``focus.peeled`` layers taken off."""
    whole = looked_through(scene, focus.top)
    drawing = parts.graph("overlay")
    if whole is None:
        sentence = empty_sentence()
        parts.add(drawing, "empty", table([row(cell(text(sentence, 13, "ink2"), cellpadding=12))]))
        return Drawing(drawing, Outline(sentence, ()))
    lookup = whole.peeled(focus.peeled)
    paths = [path.strip("/") for path in focus.paths if path.strip("/")][:MOST_PATHS]
    histories = [path_history(lookup, path) for path in paths or telling_paths(whole, 4)]
    name = _seen_by(whole)
    rows = [_header(histories, links), _seen(lookup, histories, name)]
    gone = len(whole.stack) - len(lookup.stack)
    if gone:
        note = _("%(layers)s taken off") % {"layers": words.layers(gone)}
        width = len(histories) + 1
        rows.append(
            row(
                cell(
                    text("⌃ " + note, 11, "ink2", italic=True),
                    colspan=width,
                    border=1,
                    color="ghoste",
                    style="dashed",
                    height=24,
                )
            )
        )
    rows += _layer_rows(lookup, histories, links, focus.selected)
    parts.add(drawing, "t", table(rows, cellspacing=4, cellpadding=3))
    return Drawing(drawing, _outline(lookup, histories, name, links))


def looked_through(scene: Scene, top: str) -> Lookup | None:
    """The look-up of the container or image called ``top``; by default of the newest container or image."""
    inventory = scene.inventory
    container = inventory.find_container(top)
    if container is None and not top and inventory.containers:
        container = inventory.containers[0]
    if container is not None:
        found = look_through_container(inventory, scene.store, container)
        if found is not None:
            return found
    stored = inventory.find_image(top)
    if stored is None and not top and inventory.listed:
        stored = inventory.listed[0]
    return look_through_image(inventory, scene.store, stored) if stored else None


def _seen_by(lookup: Lookup) -> str:
    return _("%(name)s sees") % {"name": lookup.name}


def _header(histories: list[PathHistory], links: Links) -> Markup:
    cells = [cell(lines(text(_("look-up starts at the top"), 11, "ink2", italic=True)), align="LEFT")]
    for history in histories:
        shown = text(cut_middle("/" + history.path, 22), 11, mono=True, bold=True)
        href = links.path(history.path)
        name = _("Path %(path)s") % {"path": "/" + history.path}
        look = {"bgcolor": "look" if history.hidden else "panel", "height": 22}
        cells.append(cell(shown, href=href, title=name, **look) if href else cell(shown, **look))
    return row(*cells)


def _seen(lookup: Lookup, histories: list[PathHistory], name: str) -> Markup:
    head = cell(
        lines(text(cut(name, 24), 12, bold=True)), align="LEFT", bgcolor="track", cellpadding=5, height=36
    )
    cells = []
    for history in histories:
        words_, colour = what_is_seen(history)
        cells.append(
            cell(text(words_, 12, colour, bold=True), width=CELL, height=36, bgcolor="track", border=0)
        )
    return row(head, *cells)


def what_is_seen(history: PathHistory) -> tuple[str, str]:
    """What the look-up finds, and the colour to say it in."""
    if not history.found:
        return _("not found"), "gonee"
    if history.type == "directory":
        return _("directory"), "ink"
    if history.type == "symlink":
        return cut("→ " + history.target, 20), "ink"
    return _("file, %(size)s") % {"size": words.size(history.size)}, "ink"


def _layer_rows(lookup: Lookup, histories: list[PathHistory], links: Links, selected: str) -> list[Markup]:
    rows = []
    stack = lookup.stack
    many = len(stack) > MOST_ROWS
    silent: list[int] = []

    def fold() -> None:
        if silent:
            note = _("%(layers)s that say nothing about these paths") % {"layers": words.layers(len(silent))}
            rows.append(
                row(cell(text("⋮  " + note, 11, "ink2"), colspan=len(histories) + 1, align="LEFT", height=22))
            )
            silent.clear()

    for depth in range(len(stack)):
        cells = [history.cells[depth] for history in histories]
        if many and all(item.kind in ("absent", "unreached") for item in cells) and cells[0].position:
            silent.append(depth)
            continue
        fold()
        rows.append(
            row(
                _layer_head(lookup, len(stack) - depth, cells[0].position if cells else 0, links, selected),
                *(_cell(item, history, lookup) for item, history in zip(cells, histories, strict=True)),
            )
        )
    fold()
    return rows


def _layer_head(lookup: Lookup, number: int, position: int, links: Links, selected: str) -> Markup:
    has_upper = lookup.upper is not None
    if has_upper and number == len(lookup.stack):
        container = lookup.container
        title, below = _("container %(name)s") % {"name": lookup.name}, _("read-write layer")
        look: dict[str, object] = {"color": "rwe", "bgcolor": "rw", "style": "dashed", "border": 2}
        href = links.container(container.id) if container else ""
        name = f"{title}, {below}"
    else:
        layer = lookup.rows[number - 1]
        title, below = f"{number} {layer.step or layer.short_id}", words.size(layer.size)
        marked = layer.chain_id == selected
        look = {
            "color": "focus" if marked else parts.ROLE_EDGE[layer.role],
            "bgcolor": parts.ROLE_FILL[layer.role],
            "border": 3 if marked else 1,
        }
        href = links.layer(layer.chain_id)
        name = parts.layer_name(layer, len(lookup.rows))
    content = lines(text(cut_step(title, 26), 11, mono=True, bold=True), text(below, 10, "ink2"))
    if href:
        look |= {"href": href, "title": name}
    return cell(content, width=HEAD, align="LEFT", cellpadding=5, **look)


_CELL_LOOKS = {
    "written": ("new", "newe"),
    "served": ("hit", "hite"),
    "merged": ("hit", "hite"),
    "whiteout": ("hatch", "gonee"),
    "masked": ("hatch", "gonee"),
    "hidden": ("ghost", "ghoste"),
}


def _cell(item: Cell, history: PathHistory, lookup: Lookup) -> Markup:
    first, second = sentence(item, history, lookup)
    size: dict[str, object] = {"width": CELL, "height": 42}
    if item.kind in ("absent", "unreached"):
        tint = "look" if item.kind == "absent" and history.hidden else "panel"
        return cell(text(first, 11, "ink2"), bgcolor=tint, border=0, **size)
    key = "written" if item.kind == "served" and item.position == 0 and not item.copied_up else item.kind
    tint, edge = _CELL_LOOKS[key]
    hidden = item.kind == "hidden"
    content = Markup(
        text(first, 11, "ink2" if hidden else edge, bold=not hidden, struck=hidden)
        + "<BR/>"
        + text(cut(second, 28), 10, "ink2" if hidden else "ink")
    )
    style = {"style": "dashed"} if hidden or item.kind == "merged" else {}
    return cell(content, border=1 if hidden else 2, color=edge, bgcolor=tint, **size, **style)


def sentence(item: Cell, history: PathHistory, lookup: Lookup) -> tuple[str, str]:
    """What one layer says about a path, in two short lines."""
    facts = {
        "size": words.size(item.size),
        "name": history.path.rpartition("/")[2],
        "path": "/" + item.by_path,
    }
    size = _("directory") if item.type == "directory" else facts["size"]
    match item.kind:
        case "served" if item.position == 0 and not item.copied_up:
            return _("+ A  written here"), _("only in %(name)s") % {"name": lookup.name}
        case "served" if item.copied_up:
            return _("✓ served from here"), _("copied up whole, %(size)s") % facts
        case "served":
            return _("✓ served from here"), size
        case "merged":
            return _("✓ merged"), _("adds its names")
        case "whiteout":
            return _("✕ D  whiteout"), _(".wh.%(name)s stops the look-up") % facts
        case "masked":
            return _("✕ look-up stops here"), _("%(path)s hides what is below") % facts
        case "hidden" if item.type == "directory":
            return _("hidden directory"), _("still in the image")
        case "hidden":
            return _("hidden copy"), _("%(size)s, still stored") % facts
        case "absent":
            return _("↓ not here"), ""
    return "", ""


def _outline(lookup: Lookup, histories: list[PathHistory], name: str, links: Links) -> Outline:
    paths = []
    for history in histories:
        answers = []
        for depth, item in enumerate(history.cells):
            first, second = sentence(item, history, lookup)
            if not first:
                continue
            number = len(lookup.stack) - depth
            if item.position == 0:
                layer = _("container %(name)s, read-write layer") % {"name": lookup.name}
            else:
                layer = f"{number} {lookup.rows[number - 1].step}"
            answers.append(Item(layer, f"{first} {second}".strip()))
        seen, _colour = what_is_seen(history)
        paths.append(Item("/" + history.path, seen, links.path(history.path), tuple(answers), code=True))
    label = _("Overlay: what %(name)s sees at %(paths)s") % {
        "name": lookup.name,
        "paths": ", ".join("/" + history.path for history in histories) or "/",
    }
    layers = tuple(
        Item(f"{row.position} {row.step}", words.size(row.size), links.layer(row.chain_id), code=True)
        for row in reversed(lookup.rows)
    )
    return Outline(label, (*paths, Item(words.layers(len(layers)), "", "", layers)))
