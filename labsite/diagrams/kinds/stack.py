"""Stack: the images and containers of the machine as slabs on slabs, every shared layer once."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from engine.analysis import LayerRow, MetaRow, Row, Run, Segment, Stacks, fold
from labsite.diagrams import parts, words
from labsite.diagrams.links import Links
from labsite.diagrams.markup import Markup, cell, row, table, text
from labsite.diagrams.outline import Item, Outline
from labsite.diagrams.registry import Drawing, diagram
from labsite.diagrams.scene import Focus, Scene

MANY_LAYERS = 24
"""Layers on the picture from which slabs are drawn flat."""
LONGEST_RUN = 8
TIGHT_RUN = 4
"""The longest run drawn whole when there are many layers."""


@dataclass(frozen=True, slots=True)
class _Look:
    """What is the same for every slab of one picture."""

    focus: Focus
    links: Links
    counts: dict[str, int]
    largest: int
    compact: bool

    def slab(self, layer: LayerRow) -> Markup:
        state = self.focus.marks.get(layer.chain_id, "")
        below = layer.short_id
        if len(layer.images) > 1:
            below += " · " + words.images(len(layer.images))
        if state:
            below = f"{layer.short_id} {parts.state_word(state)}"
        return parts.slab(
            layer.step or _("no command recorded"),
            below,
            layer.size,
            self.largest,
            role=layer.role,
            href=self.links.layer(layer.chain_id),
            name=self.name(layer),
            key=parts.layer_key(layer),
            state=state,
            selected=layer.chain_id == self.focus.selected,
            compact=self.compact,
        )

    def name(self, layer: LayerRow) -> str:
        count = self.counts.get(layer.images[0], layer.position)
        return parts.layer_name(layer, count, self.focus.marks.get(layer.chain_id, ""))

    def height(self, item: Row | Run) -> int:
        if isinstance(item, LayerRow):
            return 2 * parts.slab_height(item.size, self.largest, self.compact) + 5
        return 29 if isinstance(item, Run) else 20

    def draw(self, item: Row | Run) -> Markup:
        if isinstance(item, LayerRow):
            return self.slab(item)
        if isinstance(item, Run):
            return parts.folded(item, self.links.unfold(item.id))
        return parts.thin_row(item)


@diagram("stack", "daemon.images", "daemon.tags", "daemon.containers")
def draw_stack(scene: Scene, focus: Focus, links: Links) -> Drawing:
    """The machine's stacks, and beside them the next build when ``focus.build`` is given."""
    shown = chosen(scene.stacks, scene, focus)
    everything = [layer for segment in shown for layer in segment.layers]
    compact = len(everything) > MANY_LAYERS
    look = _Look(
        focus=focus,
        links=links,
        counts={top.id: top.layer_count for segment in shown for top in segment.tops},
        largest=max((layer.size for layer in everything), default=0),
        compact=compact,
    )
    drawing = parts.graph("stack", rankdir="BT", splines="line")
    drawing.attr("edge", arrowhead="none", penwidth="2")
    blocks = {segment.id: _block(segment, look) for segment in shown}
    by_depth: dict[int, int] = {}
    for segment in shown:
        height = blocks[segment.id][1]
        by_depth[segment.depth] = max(by_depth.get(segment.depth, 0), height)
    nodes = {segment.id: f"s{index}" for index, segment in enumerate(shown)}
    for segment in shown:
        rows, height = blocks[segment.id]
        spare = by_depth[segment.depth] - height
        if spare > 6:
            rows = [row(cell(height=spare, fixedsize=True, width=1)), *rows]
        parts.add(
            drawing,
            nodes[segment.id],
            parts.column([_with_port(item, spare, n) for n, item in enumerate(rows)]),
        )
        if segment.parent in nodes:
            drawing.edge(f"{nodes[segment.parent]}:top:n", f"{nodes[segment.id]}:s")
        if not _sits_on_top(segment):
            for index, container in enumerate(segment.containers):
                node = f"{nodes[segment.id]}c{index}"
                selected = focus.selected == container.id
                slab = parts.container_slab(container, links.container(container.id), selected)
                parts.add(drawing, node, parts.column([slab]))
                drawing.edge(
                    f"{nodes[segment.id]}:top:n", f"{node}:s", style="dashed", color=parts.TOKENS["rwe"]
                )
    for index, container in enumerate(scene.stacks.detached):
        slab = parts.container_slab(container, links.container(container.id))
        parts.add(drawing, f"d{index}", parts.column([parts.caption(_("its image was removed")), slab]))
    if not shown and not scene.stacks.detached:
        parts.add(drawing, "empty", table([row(cell(text(empty_sentence(), 13, "ink2"), cellpadding=12))]))
    return Drawing(drawing, _outline(shown, scene, look))


def empty_sentence() -> str:
    """What stands where no image is."""
    return _("No images yet. Build the Dockerfile, or start from a preset.")


def chosen(stacks: Stacks, scene: Scene, focus: Focus) -> list[Segment]:
    """The segments to draw: all, or those of the images that the focus names."""
    if not focus.images:
        return list(stacks.segments)
    wanted = {found.id for name in focus.images if (found := scene.inventory.find_image(name))}
    return [segment for segment in stacks.segments if wanted & set(segment.images)]


def _sits_on_top(segment: Segment) -> bool:
    """Whether the one container of a segment is drawn as its topmost slab, without an edge."""
    return len(segment.containers) == 1


def _block(segment: Segment, look: _Look) -> tuple[list[Markup], int]:
    """The rows of a segment's node, top first, and about how high they are."""
    rows: list[Markup] = []
    height = 0
    if _sits_on_top(segment):
        container = segment.containers[0]
        selected = look.focus.selected == container.id
        rows.append(parts.container_slab(container, look.links.container(container.id), selected))
        height += 56
    for top in segment.tops:
        rows.append(parts.image_tag(top, look.links.image(top.id), selected=look.focus.selected == top.id))
        height += 33
        for meta in reversed(top.rows):
            rows.append(parts.thin_row(meta))
            height += 20
    for item in reversed(folded_rows(segment, look.focus, look.compact)):
        rows.append(look.draw(item))
        height += look.height(item) + 3
    return rows, height


def folded_rows(segment: Segment, focus: Focus, tight: bool) -> tuple[Row | Run, ...]:
    """The rows of a segment, bottom first, long runs folded unless the focus opens them."""
    if "*" in focus.unfolded:
        return segment.rows
    keep = frozenset({focus.selected}) if focus.selected else frozenset()
    if tight:
        return fold(segment.rows, focus.unfolded, TIGHT_RUN, keep, above=1)
    return fold(segment.rows, focus.unfolded, LONGEST_RUN, keep)


def _with_port(item: Markup, spare: int, position: int) -> Markup:
    """Mark the topmost visible row as the place where edges leave."""
    if position != (1 if spare > 6 else 0):
        return item
    return Markup(item.replace("<TR><TD", '<TR><TD PORT="top"', 1))


# ---------------------------------------------------------------- the same as text


def _outline(shown: Sequence[Segment], scene: Scene, look: _Look) -> Outline:
    stacks = scene.stacks
    tops = [top for segment in shown for top in segment.tops]
    containers = [item for segment in shown for item in segment.containers]
    label = _("Stack of layers: %(images)s, %(layers)s, %(size)s stored") % {
        "images": words.images(len(tops)),
        "layers": words.layers(len({layer.chain_id for segment in shown for layer in segment.layers})),
        "size": words.size(sum(segment.size for segment in shown)),
    }
    if containers:
        label += ", " + words.containers(len(containers))
    if not tops:
        label = empty_sentence()
    by_id = {segment.id: segment for segment in stacks.segments}
    items = []
    for segment in shown:
        for top in segment.tops:
            lines = []
            for container in segment.containers:
                if container.image == top.id:
                    lines.append(container_item(container, look.links))
            lines += [meta_item(meta) for meta in reversed(top.rows)]
            here: Segment | None = segment
            while here is not None:
                lines += [_row_item(item, look) for item in reversed(here.rows)]
                here = by_id.get(here.parent)
            items.append(
                Item(
                    ", ".join(top.names) or top.short_id,
                    f"{words.size(top.size)} · {words.layers(top.layer_count)}",
                    look.links.image(top.id),
                    tuple(lines),
                    code=True,
                )
            )
    items += [container_item(container, look.links) for container in stacks.detached]
    return Outline(label, tuple(items))


def container_item(container: parts.ContainerTop, links: Links) -> Item:
    """A container's read-write layer as a line, its changes under it."""
    return Item(
        _("container %(name)s") % {"name": container.name},
        _("read-write layer, %(size)s") % {"size": words.size(container.size)},
        links.container(container.id),
        tuple(
            Item("/" + change.path, mark=change.kind, code=True)
            for change in parts.telling(container.changes)[:50]
        ),
    )


def meta_item(meta: MetaRow) -> Item:
    """A history row without a layer as a line."""
    return Item(meta.step, words.not_a_layer(), code=True)


def _row_item(item: Row, look: _Look) -> Item:
    if isinstance(item, MetaRow):
        return meta_item(item)
    state = look.focus.marks.get(item.chain_id, "")
    detail = f"{words.size(item.size)} · {parts.role_word(item.role)}"
    if len(item.images) > 1:
        detail += " · " + words.images(len(item.images))
    mark = f"{parts.STATES[state][0]} {parts.state_word(state)}" if state else ""
    return Item(
        item.step or _("no command recorded"), detail, look.links.layer(item.chain_id), mark=mark, code=True
    )
