"""How layers, images and containers look in pictures of stacks, and how they read in the text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from django.utils.translation import gettext as _

from engine.analysis import ContainerTop, ImageTop, LayerRow, MetaRow, Row, Run, Segment, Stacks, fold
from labsite.diagrams import parts, words
from labsite.diagrams.links import Links
from labsite.diagrams.markup import Markup
from labsite.diagrams.outline import Item
from labsite.diagrams.scene import Focus, Scene

MANY_LAYERS = 24
"""Layers on a picture from which slabs are drawn flat."""
LONGEST_RUN = 8
TIGHT_RUN = 4
"""The longest run drawn whole when there are many layers."""
CONTAINER_HEIGHT = 57
TAG_HEIGHT = 33
THIN_HEIGHT = 19
RUN_HEIGHT = 29
CAPTION_HEIGHT = 20
"""Pixels that rows of a block take, the gap below them included, but for layers."""


@dataclass(frozen=True)
class Look:
    """What is the same for every slab of one picture."""

    focus: Focus
    links: Links
    stacks: Stacks
    shown: tuple[Segment, ...]
    marks: Mapping[str, str] = field(default_factory=dict)
    width: int = parts.SLAB
    below: Callable[[LayerRow], str] | None = None
    """The small line under a command, instead of the id and the number of images."""

    @cached_property
    def compact(self) -> bool:
        """Whether slabs are flat because there are many."""
        return sum(len(segment.layers) for segment in self.shown) > MANY_LAYERS

    @cached_property
    def largest(self) -> int:
        """Bytes of the largest layer shown."""
        return max((layer.size for segment in self.shown for layer in segment.layers), default=0)

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many layers each image has."""
        return {top.id: top.layer_count for top in self.stacks.tops}

    def rows(self, segment: Segment) -> tuple[list[Markup], int]:
        """A segment's slabs and thin rows, top first, and about how high they are together."""
        items = folded_rows(segment, self.focus, self.compact)
        drawn = [self._row(item) for item in reversed(items)]
        return drawn, sum(self._height(item) for item in items)

    def _row(self, item: Row | Run) -> Markup:
        if isinstance(item, Run):
            return parts.folded(item, self.links.unfold(item.id), self.width)
        if isinstance(item, MetaRow):
            return parts.thin_row(item, self.width)
        state = self.marks.get(item.chain_id, "")
        return parts.slab(
            item.step or _("no command recorded"),
            self._below(item, state),
            item.size,
            self.largest,
            role=item.role,
            href=self.links.layer(item.chain_id),
            name=self.name(item),
            key=parts.layer_key(item),
            state=state,
            selected=item.chain_id == self.focus.selected,
            compact=self.compact,
            width=self.width,
        )

    def _below(self, layer: LayerRow, state: str) -> str:
        if self.below is not None:
            return self.below(layer)
        if state:
            return f"{layer.short_id} {parts.state_word(state)}"
        said = layer.short_id
        if len(layer.images) > 1:
            said += f" · {words.images(len(layer.images))}"
        if layer.base_name and not layer.step.startswith("FROM "):
            said += f" · FROM {layer.base_name}"
        return said

    def _height(self, item: Row | Run) -> int:
        if isinstance(item, LayerRow):
            return parts.height_of_slab(item.size, self.largest, self.compact)
        return RUN_HEIGHT if isinstance(item, Run) else THIN_HEIGHT

    def name(self, layer: LayerRow) -> str:
        """The accessible name of a slab."""
        count = self.counts.get(layer.images[0], layer.position)
        said = parts.layer_name(layer, count, self.marks.get(layer.chain_id, ""))
        return f"{said}, FROM {layer.base_name}" if layer.base_name and layer.position > 1 else said

    def tag(self, top: ImageTop, facts: str = "") -> Markup:
        """The rounded tag of an image."""
        selected = self.focus.selected == top.id
        return parts.image_tag(top, self.links.image(top.id), self.width, selected, facts)

    def container(self, top: ContainerTop) -> Markup:
        """A container's read-write layer."""
        selected = self.focus.selected == top.id
        return parts.container_slab(top, self.links.container(top.id), selected, self.width)

    # ------------------------------------------------------------ as text

    def image_item(self, segment: Segment, top: ImageTop) -> Item:
        """An image as a list: its containers, then its rows from the top down."""
        by_id = {item.id: item for item in self.stacks.segments}
        lines = [self.container_item(item) for item in segment.containers if item.image == top.id]
        lines += [meta_item(meta) for meta in reversed(top.rows)]
        here: Segment | None = segment
        while here is not None:
            lines += [self.row_item(row) for row in reversed(here.rows)]
            here = by_id.get(here.parent)
        facts = f"{words.size(top.size)} · {words.layers(top.layer_count)}"
        names = ", ".join(top.names) or top.short_id
        return Item(names, facts, self.links.image(top.id), tuple(lines), code=True)

    def container_item(self, container: ContainerTop) -> Item:
        """A container's read-write layer as a line, its changes under it."""
        return Item(
            _("container %(name)s") % {"name": container.name},
            _("read-write layer, %(size)s") % {"size": words.size(container.size)},
            self.links.container(container.id),
            tuple(
                Item("/" + change.path, mark=change.kind, code=True)
                for change in parts.telling(container.changes)[:50]
            ),
        )

    def row_item(self, row: Row) -> Item:
        """A layer or a zero-byte row as a line."""
        if isinstance(row, MetaRow):
            return meta_item(row)
        state = self.marks.get(row.chain_id, "")
        detail = f"{words.size(row.size)} · {parts.role_word(row.role)}"
        if len(row.images) > 1:
            detail += " · " + words.images(len(row.images))
        mark = f"{parts.STATES[state][0]} {parts.state_word(state)}" if state else ""
        step = row.step or _("no command recorded")
        return Item(step, detail, self.links.layer(row.chain_id), mark=mark, code=True)


def meta_item(meta: MetaRow) -> Item:
    """A history row without a layer as a line."""
    return Item(meta.step, words.not_a_layer(), code=True)


def folded_rows(segment: Segment, focus: Focus, tight: bool) -> tuple[Row | Run, ...]:
    """The rows of a segment, bottom first, long runs folded unless the focus opens them."""
    if "*" in focus.unfolded:
        return segment.rows
    keep = frozenset({focus.selected}) if focus.selected else frozenset()
    if tight:
        return fold(segment.rows, focus.unfolded, TIGHT_RUN, keep, above=1)
    return fold(segment.rows, focus.unfolded, LONGEST_RUN, keep)


def chosen(stacks: Stacks, scene: Scene, focus: Focus) -> tuple[Segment, ...]:
    """The segments to draw: all, or those of the images that the focus names."""
    if not focus.images:
        return stacks.segments
    wanted = {found.id for name in focus.images if (found := scene.inventory.find_image(name))}
    return tuple(segment for segment in stacks.segments if wanted & set(segment.images))
