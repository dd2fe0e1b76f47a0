"""The pieces every diagram is made of: slabs, thin rows, tags, containers."""

from collections.abc import Iterable
from math import log10

from django.utils.translation import gettext as _
from graphviz import Digraph

from engine.analysis import Change, ContainerTop, ImageTop, LayerRow, MetaRow, Run
from labsite.diagrams import words
from labsite.diagrams.markup import Markup, cell, cut, cut_middle, cut_step, label, lines, row, table, text
from labsite.diagrams.tokens import SANS, TOKENS

SLAB = 318
"""Width of a slab in px; a character of 12 px mono takes 7.2 px."""
_SIZE_COLUMN = 78
_BAR = 62
_STRIP = 6
_GLYPH = 26
GAP = " "
"""A blank between pieces of text of different looks."""

ROLE_FILL = {"base": "base", "shared": "shared", "own": "own"}
ROLE_EDGE = {"base": "basee", "shared": "sharede", "own": "owne"}

STATES = {
    "reused": ("✓", "hit", "hite"),
    "rebuilt": ("●", "miss", "misse"),
    "new": ("+", "new", "newe"),
    "gone": ("✕", "gone", "gonee"),
    "depends": ("?", "new", "newe"),
    "here": ("✓", "hit", "hite"),
    "fetch": ("↓", "new", "newe"),
}
"""State -> glyph, tint, colour."""

CHANGE_COLOURS = {"A": "newe", "C": "misse", "D": "gonee"}


def state_word(state: str) -> str:
    """A state in the reader's language."""
    return {
        "reused": _("reused"),
        "rebuilt": _("rebuilt"),
        "new": _("new"),
        "gone": _("gone"),
        "depends": _("depends"),
        "here": _("already here"),
        "fetch": _("a pull would fetch it"),
    }[state]


def role_word(role: str) -> str:
    """A layer's role in the reader's language."""
    return {
        "base": _("base image"),
        "shared": _("shared, stored once"),
        "own": _("only in this image"),
    }[role]


def graph(name: str, **attributes: str) -> Digraph:
    """An empty graph with the look all diagrams share."""
    drawing = Digraph(name, format="svg")
    drawing.attr(bgcolor="transparent", pad="0.06", nodesep="0.3", ranksep="0.32", **attributes)
    drawing.attr("node", shape="plain", fontname=SANS)
    drawing.attr(
        "edge",
        color=TOKENS["ink2"],
        penwidth="1.6",
        arrowsize="0.7",
        fontname=SANS,
        fontsize="11",
        fontcolor=TOKENS["ink2"],
    )
    return drawing


def add(drawing: Digraph, node: str, content: Markup, **attributes: str) -> None:
    """Add a node; ``node`` is an id made here, never a learner's text."""
    drawing.node(node, label=label(content), **attributes)


def bar(size: int, largest: int, colour: str) -> Markup:
    """A proportional bar; every layer that is not empty shows at least one pixel."""
    filled = round(_BAR * size / largest) if largest else 0
    filled = min(_BAR, max(filled, 1 if size else 0))
    cells = []
    if filled:
        cells.append(cell(fixedsize=True, width=filled, height=5, bgcolor=colour))
    if filled < _BAR:
        cells.append(cell(fixedsize=True, width=_BAR - filled, height=5, bgcolor="track"))
    return table([row(*cells)])


def slab_height(size: int, largest: int, compact: bool) -> int:
    """Half the height of a slab: a little more for more bytes (number and bar say the size too)."""
    if compact:
        return 12
    share = log10(max(size, 1)) / log10(max(largest, 10))
    return 21 + round(6 * max(0.0, share - 0.55) / 0.45)


def height_of_slab(size: int, largest: int, compact: bool) -> int:
    """Pixels a slab takes in its block, the gap below it included."""
    return 2 * slab_height(size, largest, compact) + (3 if compact else 5)


def slab(
    title: str,
    below: str,
    size: int,
    largest: int,
    *,
    role: str = "own",
    href: str = "",
    name: str = "",
    key: str = "",
    state: str = "",
    selected: bool = False,
    predicted: bool = False,
    compact: bool = False,
    width: int = SLAB,
    below_mono: bool = True,
    unknown_size: bool = False,
) -> Markup:
    """One layer. ``title`` is the command, ``below`` the small line under it; both are cut to fit."""
    edge = ROLE_EDGE[role]
    half = slab_height(size, largest, compact)
    room = width - _SIZE_COLUMN - _STRIP - (_GLYPH if state else 0) - 12
    number = words.size(size)
    if predicted:
        number = "≈ " + number
    if unknown_size:
        number = "?"
    frame: dict[str, object] = {
        "border": 3 if selected else 1,
        "color": "focus" if selected else edge,
        "bgcolor": ROLE_FILL[role],
        "style": "dashed" if predicted else None,
    }
    if compact:
        line = _line(title, number, size, largest, edge, state, width)
        return row(_linked(table([line], cellpadding=2, **frame), href, name or title, key))
    glyph = Markup("")
    if state:
        sign, tint, colour = STATES[state]
        glyph = cell(
            text(sign, 14, colour, bold=True),
            fixedsize=True,
            width=_GLYPH,
            height=2 * half,
            cellpadding=0,
            rowspan=2,
            bgcolor=tint,
        )
    first = row(
        cell(fixedsize=True, width=_STRIP, height=2 * half, rowspan=2, bgcolor=edge, cellpadding=0),
        glyph,
        cell(
            text(cut_step(title, int((room - 8) / 7.2)), 12, mono=True, bold=True),
            align="LEFT",
            valign="BOTTOM",
            height=half,
            width=room,
        ),
        cell(text(number, 12, bold=True), align="RIGHT", valign="BOTTOM", width=_SIZE_COLUMN),
    )
    small = cut(below, int((room - 8) / (6.0 if below_mono else 5.4)))
    second = row(
        cell(text(small, 10, "ink2", mono=below_mono), align="LEFT", valign="TOP", height=half),
        cell(bar(size, largest, edge), align="RIGHT", valign="MIDDLE"),
    )
    inner = table([first, second], cellpadding=4, **frame)
    return row(_linked(inner, href, name or title, key))


def _line(title: str, number: str, size: int, largest: int, edge: str, state: str, width: int) -> Markup:
    """A flat slab for tall pictures: everything but the id, on one line."""
    cells = [cell(fixedsize=True, width=_STRIP, height=22, bgcolor=edge, cellpadding=0)]
    room = width - _SIZE_COLUMN - _BAR - _STRIP - 12
    if state:
        sign, tint, colour = STATES[state]
        cells.append(cell(text(sign, 12, colour, bold=True), width=_GLYPH - 4, bgcolor=tint))
        room -= _GLYPH - 4
    cells += [
        cell(text(cut_step(title, int((room - 4) / 6.6)), 11, mono=True), align="LEFT", width=room),
        cell(bar(size, largest, edge), align="RIGHT", width=_BAR),
        cell(text(number, 11, bold=True), align="RIGHT", width=_SIZE_COLUMN - 16),
    ]
    return row(*cells)


def _linked(inner: Markup, href: str, name: str, key: str = "") -> Markup:
    if not href:
        return cell(inner)
    return cell(inner, href=href, title=name, id=key or None)


def thin_row(meta: MetaRow, width: int = SLAB) -> Markup:
    """A history row that is not a layer: a thin line, visibly no slab."""
    note = words.not_a_layer()
    room = width - 98
    step = text("  – " + cut(meta.step, room // 6 - 6), 10, "ink2", mono=True)
    line = row(
        cell(step, align="LEFT", width=room),
        cell(text(note, 9, "ink2"), align="RIGHT", width=width - room),
    )
    return row(cell(table([line], cellpadding=2)))


def folded(run: Run, href: str, width: int = SLAB) -> Markup:
    """A folded run of layers: two thin edges and one sentence."""
    words_ = words.more_layers(run.layer_count, run.size)
    edge = ROLE_EDGE[run.role]
    inner = table(
        [
            row(
                cell(fixedsize=True, width=_STRIP, height=24, bgcolor=edge, cellpadding=0),
                cell(
                    text("⋮  " + words_, 11, edge, bold=True),
                    align="LEFT",
                    width=width - _STRIP,
                    cellpadding=4,
                ),
            )
        ],
        border=1,
        color=edge,
        bgcolor=ROLE_FILL[run.role],
        style="dotted",
    )
    return row(_linked(inner, href, _("Show %(what)s") % {"what": words_}, f"run-{_key(run.id)}"))


def image_tag(
    top: ImageTop, href: str, width: int = SLAB, selected: bool = False, second_line: str = ""
) -> Markup:
    """The rounded tag on top of an image's layers: names, size, number of layers."""
    names = top.names or (top.short_id,)
    more = f"{GAP}+{len(names) - 1}" if len(names) > 1 else ""
    shown = cut(names[0], (width - 150) // 8 - len(more))
    facts = f"{words.size(top.size)} · {words.layers(top.layer_count)}"
    extra = []
    if second_line:
        note = text(cut(second_line, int((width - 10) / 5.4)), 11, "ink2")
        extra.append(row(cell(note, align="LEFT", colspan=2)))
    inner = table(
        [
            row(
                cell(
                    text(shown, 13, mono=True, bold=True) + text(more, 11, "ink2"),
                    align="LEFT",
                    width=width - 128,
                ),
                cell(text(facts, 11, "ink2"), align="RIGHT", width=120),
            ),
            *extra,
        ],
        border=3 if selected else 2,
        color="focus" if selected else "ink",
        bgcolor="panel",
        cellpadding=5,
        style="rounded",
    )
    return row(_linked(inner, href, image_name(top), f"image-{top.short_id}"))


def title_with_more(top: ImageTop, width: int) -> Markup:
    """An image's first name, and how many more it has."""
    more = f" +{len(top.names) - 1}" if len(top.names) > 1 else ""
    first = text(cut(top.label, width - len(more)), 13, mono=True, bold=True)
    return Markup(first + text(more, 11, "ink2"))


def rounded(
    title: Markup, facts: Iterable[Markup], href: str, name: str, key: str, selected: bool = False
) -> Markup:
    """A free-standing rounded tag: a title and small lines under it."""
    rows = [row(cell(part, align="LEFT", cellpadding=1)) for part in (title, *facts)]
    inner = table(
        [row(cell(table(rows)))],
        border=3 if selected else 2,
        color="focus" if selected else "ink",
        bgcolor="panel",
        cellpadding=5,
        style="rounded",
    )
    return row(_linked(inner, href, name, f"image-{key}"))


def image_name(top: ImageTop) -> str:
    """The accessible name of an image's tag."""
    return _("Image %(names)s, %(size)s, %(layers)s") % {
        "names": ", ".join(top.names) or top.short_id,
        "size": words.size(top.size),
        "layers": words.layers(top.layer_count),
    }


def container_slab(top: ContainerTop, href: str, selected: bool = False, width: int = SLAB) -> Markup:
    """A container's read-write layer: dashed, with the first changes as A / C / D tiles."""
    word = _("read-write") if top.running else _("read-write, stopped")
    head = row(
        cell(
            text(_("container") + GAP, 11, "ink2")
            + text(cut(top.name, (width - 190) // 8), 13, mono=True, bold=True),
            align="LEFT",
            width=width - 118,
        ),
        cell(text(word, 10, "rwe", bold=True), align="RIGHT", width=110),
    )
    tail = row(
        cell(change_tiles(top.changes, (width - 70) // 7), align="LEFT"),
        cell(text(words.size(top.size), 11, "ink2"), align="RIGHT"),
    )
    inner = table(
        [head, tail],
        border=3 if selected else 2,
        color="focus" if selected else "rwe",
        bgcolor="rw",
        cellpadding=5,
        style="dashed",
    )
    return row(_linked(inner, href, container_name(top), f"container-{_key(top.id)}"))


def change_tiles(changes: Iterable[Change], room: int) -> Markup:
    """Changes on one line, deepest facts first: parents that only hold a change are left out."""
    items = telling(tuple(changes))
    if not items:
        return text(_("nothing written yet"), 10, "ink2", italic=True)
    parts: list[Markup] = []
    left = room
    for index, change in enumerate(items):
        path = cut_middle("/" + change.path, 22)
        rest = len(items) - index
        if parts and len(path) + 4 + (4 if rest > 1 else 0) > left:
            parts.append(text(f"{GAP}+{rest}", 11, "ink2"))
            break
        left -= len(path) + 4
        parts.append(text(f"{GAP}{change.kind}{GAP}", 12, CHANGE_COLOURS[change.kind], mono=True, bold=True))
        parts.append(text(path, 12, mono=True, struck=change.kind == "D"))
    return Markup("".join(parts))


def telling(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """The changes that say something: no directory that is only "changed" because of what is in it."""
    paths = [change.path for change in changes]
    answer = []
    for index, change in enumerate(changes):
        inside = index + 1 < len(paths) and paths[index + 1].startswith(change.path + "/")
        if not (change.kind == "C" and inside):
            answer.append(change)
    return tuple(answer)


def container_name(top: ContainerTop) -> str:
    """The accessible name of a container's read-write layer."""
    items = telling(top.changes)
    listed = ", ".join(f"{change.kind} /{change.path}" for change in items[:6])
    if len(items) > 6:
        listed += ", …"
    return _("Container %(name)s, read-write layer, %(size)s: %(changes)s") % {
        "name": top.name,
        "size": words.size(top.size),
        "changes": listed or _("nothing written yet"),
    }


def layer_name(layer: LayerRow, count: int, state: str = "") -> str:
    """The accessible name of a slab: place, command, size, who has it."""
    text_ = _("Layer %(position)d of %(count)d, %(step)s, %(size)s, in %(images)s") % {
        "position": layer.position,
        "count": count,
        "step": layer.step or _("no command recorded"),
        "size": words.size(layer.size),
        "images": words.images(len(layer.images)),
    }
    return f"{text_}, {state_word(state)}" if state else text_


def caption(value: str, width: int = SLAB) -> Markup:
    """A line of small text over a segment."""
    return row(cell(lines(text(cut(value, int(width / 5.6)), 11, "ink2")), align="LEFT", cellpadding=2))


def column(rows: Iterable[Markup], spacing: int = 3) -> Markup:
    """Rows under each other, as one block."""
    return table(rows, cellspacing=spacing)


def _key(digest: str) -> str:
    return "".join(char for char in digest.removeprefix("sha256:")[:12] if char.isalnum())


def layer_key(layer: LayerRow) -> str:
    """What says that a slab in two pictures is the same layer."""
    return f"layer-{_key(layer.chain_id)}"
