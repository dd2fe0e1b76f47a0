"""Sharing: the whole machine's bytes, each once, with what a push would send and a removal would free."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from engine.analysis import DiskUsage, ImageTop, ImageUsage, Segment, disk_usage
from labsite.diagrams import parts, words
from labsite.diagrams.forest import Forest
from labsite.diagrams.kinds.stack import empty_sentence
from labsite.diagrams.links import Links
from labsite.diagrams.markup import Markup, cell, lines, row, text
from labsite.diagrams.outline import Item, Outline
from labsite.diagrams.registry import Drawing, diagram
from labsite.diagrams.scene import Focus, Scene
from labsite.diagrams.slabs import CAPTION_HEIGHT, CONTAINER_HEIGHT, Look, chosen

WIDTH = 296
TAG_HEIGHT = 82


@diagram("sharing", "daemon.images", "daemon.tags", "daemon.containers", "hub")
def draw_sharing(scene: Scene, focus: Focus, links: Links) -> Drawing:
    """Every segment once, captioned with who uses it; images and containers stand on them."""
    shown = chosen(scene.stacks, scene, focus)
    look = Look(focus, links, scene.stacks, shown, focus.marks, WIDTH, below=lambda layer: layer.short_id)
    usage = disk_usage(scene.inventory)
    ledger: dict[str, ImageUsage] = {item.id: item for item in usage.images}
    headline = lines(text(summary(usage), 12, "ink2")) if shown else None
    forest = Forest("sharing", headline)
    blocks: dict[str, str] = {}
    for segment in shown:
        slabs, height = look.rows(segment)
        caption = users(segment, look)
        rows = [parts.caption(caption, WIDTH), *slabs]
        blocks[segment.id] = forest.add(rows, height + CAPTION_HEIGHT, blocks.get(segment.parent, ""))
        for top in segment.tops:
            tag = _tag(top, ledger.get(top.id), scene, links, top.id == focus.selected)
            node = forest.add([tag], TAG_HEIGHT, blocks[segment.id])
            for container in segment.containers:
                if container.image == top.id:
                    forest.add([look.container(container)], CONTAINER_HEIGHT, node, dashed=True)
    for container in scene.stacks.detached:
        rows = [parts.caption(_("its image was removed"), WIDTH), look.container(container)]
        forest.add(rows, CONTAINER_HEIGHT + CAPTION_HEIGHT)
    if not shown and not scene.stacks.detached:
        forest.add([row(cell(text(empty_sentence(), 13, "ink2"), cellpadding=12))], 40)
    return Drawing(forest.drawn(), _outline(scene, look, usage, ledger))


def summary(usage: DiskUsage) -> str:
    """``590 MB stored. The images' sizes add up to 1.5 GB: sharing saves 907 MB.``"""
    facts = {
        "layers": words.size(usage.layers),
        "drawn": words.size(usage.drawn),
        "saved": words.size(usage.saved),
    }
    if not usage.saved:
        return _("%(layers)s stored, nothing shared.") % facts
    return _("%(layers)s stored. The images’ sizes add up to %(drawn)s: sharing saves %(saved)s.") % facts


def users(segment: Segment, look: Look) -> str:
    """Who uses a segment: ``in 3 images · stored once`` or ``only tools:1``."""
    if len(segment.images) > 1:
        return _("in %(images)s · stored once") % {"images": words.images(len(segment.images))}
    tops = {top.id: top for top in look.stacks.tops}
    only = tops.get(segment.images[0])
    return _("only %(image)s") % {"image": only.label if only else ""}


def _tag(top: ImageTop, usage: ImageUsage | None, scene: Scene, links: Links, selected: bool) -> Markup:
    facts = [
        text(f"{words.size(top.size)} · {words.layers(top.layer_count)}", 11, "ink2"),
        *(text(line, 11, "ink2") for line in consequences(top, usage, scene)),
    ]
    return parts.rounded(
        parts.title_with_more(top, 24),
        facts,
        links.image(top.id),
        parts.image_name(top),
        top.short_id,
        selected,
    )


def consequences(top: ImageTop, usage: ImageUsage | None, scene: Scene) -> list[str]:
    """What a push would send and what removing the image would free."""
    found = [_("push sends %(size)s") % {"size": words.size(_unsent(top, scene))}]
    if usage is None:
        return found
    if usage.containers:
        found.append(_("in use: rmi is refused"))
    else:
        found.append(_("rmi frees %(size)s") % {"size": words.size(usage.freed_by_removal)})
    return found


def _unsent(top: ImageTop, scene: Scene) -> int:
    """Bytes of the image's layers that the registry of its first name does not hold yet."""
    stored = scene.inventory.by_id[top.id]
    held = scene.held_layers(top.names[0] if top.names else "")
    from_base, _name = scene.inventory.base_of(stored.image)
    return sum(ref.size for ref in stored.image.layers[from_base:] if ref.diff_id not in held)


def _outline(scene: Scene, look: Look, usage: DiskUsage, ledger: Mapping[str, ImageUsage]) -> Outline:
    if not look.shown:
        return Outline(empty_sentence(), ())
    images = []
    for segment in look.shown:
        for top in segment.tops:
            row_ = ledger.get(top.id)
            facts = [words.size(top.size)]
            if row_ is not None:
                facts.append(_("shared %(size)s") % {"size": words.size(row_.shared)})
                facts.append(_("unique %(size)s") % {"size": words.size(row_.unique)})
            facts += consequences(top, row_, scene)
            on_it = tuple(look.container_item(item) for item in segment.containers if item.image == top.id)
            names = ", ".join(top.names) or top.short_id
            images.append(Item(names, " · ".join(facts), look.links.image(top.id), on_it, code=True))
    stored = [
        Item(
            users(segment, look),
            words.size(segment.size),
            "",
            tuple(look.row_item(layer) for layer in reversed(segment.layers)),
        )
        for segment in look.shown
    ]
    label = _("Sharing of layers: %(images)s. %(summary)s") % {
        "images": words.images(len(images)),
        "summary": summary(usage),
    }
    items = (
        Item(_("images"), "", "", tuple(images)),
        Item(_("stored layers"), words.size(usage.layers), "", tuple(stored)),
    )
    return Outline(label, items)
