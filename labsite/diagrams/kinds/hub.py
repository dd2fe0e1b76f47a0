"""Hub: what the registries hold, each layer once, and what a pull would fetch."""

from django.utils.translation import gettext as _

from engine.analysis import ImageTop, LayerRow, Segment
from labsite.diagrams import parts, words
from labsite.diagrams.forest import Forest
from labsite.diagrams.links import Links
from labsite.diagrams.markup import cell, lines, row, text
from labsite.diagrams.outline import Item, Outline
from labsite.diagrams.registry import Drawing, diagram
from labsite.diagrams.scene import Focus, Scene
from labsite.diagrams.slabs import Look, chosen

WIDTH = 310
TAG_HEIGHT = 66


@diagram("hub", "daemon.images", "daemon.tags", "hub")
def draw_hub(scene: Scene, focus: Focus, links: Links) -> Drawing:
    """The images that were pushed; ``focus.repository`` shows one repository alone."""
    there = scene.at_hub(focus.repository)
    here = {chain_id for stored in scene.inventory.images for chain_id in stored.image.chain_ids}
    stacks = there.stacks
    marks: dict[str, str] = {chain_id: "here" if chain_id in here else "fetch" for chain_id in stacks.layers}
    shown = chosen(stacks, there, focus)

    def below(layer: LayerRow) -> str:
        return parts.state_word(marks[layer.chain_id])

    look = Look(focus, links, stacks, shown, marks, WIDTH, below)
    forest = Forest("hub", lines(text(_headline(shown, look), 12, "ink2")) if shown else None)
    blocks: dict[str, str] = {}
    for segment in shown:
        rows, height = look.rows(segment)
        blocks[segment.id] = forest.add(rows, height, blocks.get(segment.parent, ""))
        for top in segment.tops:
            facts = [
                text(f"{words.size(top.size)} · {words.layers(top.layer_count)}", 11, "ink2"),
                text(_fetched(top, there, look), 11, "ink2"),
            ]
            href = links.repository(top.names[0] if top.names else "")
            title = parts.title_with_more(top, 26)
            tag = parts.rounded(title, facts, href, parts.image_name(top), f"hub-{top.short_id}")
            forest.add([tag], TAG_HEIGHT, blocks[segment.id])
    if not shown:
        forest.add([row(cell(text(empty_hub(), 13, "ink2"), cellpadding=12))], 40)
    return Drawing(forest.drawn(), _outline(there, look))


def empty_hub() -> str:
    """What stands where nothing was pushed."""
    return _("Nothing was pushed yet. Try docker login, docker tag and docker push.")


def _headline(shown: tuple[Segment, ...], look: Look) -> str:
    layers = [layer for segment in shown for layer in segment.layers]
    fetched = sum(layer.size for layer in layers if look.marks[layer.chain_id] == "fetch")
    return _("The registry stores %(stored)s, each layer once. %(fetched)s of it is not on this machine.") % {
        "stored": words.size(sum(layer.size for layer in layers)),
        "fetched": words.size(fetched),
    }


def _missing(top: ImageTop, there: Scene, look: Look) -> int:
    stored = there.inventory.by_id[top.id]
    pairs = zip(stored.image.layers, stored.image.chain_ids, strict=True)
    return sum(ref.size for ref, chain_id in pairs if look.marks.get(chain_id) == "fetch")


def _fetched(top: ImageTop, there: Scene, look: Look) -> str:
    missing = _missing(top, there, look)
    if not missing:
        return _("a pull fetches nothing")
    return _("a pull fetches %(size)s") % {"size": words.size(missing)}


def _outline(there: Scene, look: Look) -> Outline:
    if not look.shown:
        return Outline(empty_hub(), ())
    items = []
    for segment in look.shown:
        for top in segment.tops:
            item = look.image_item(segment, top)
            href = look.links.repository(top.names[0] if top.names else "")
            items.append(
                Item(
                    item.text, f"{item.detail} · {_fetched(top, there, look)}", href, item.children, code=True
                )
            )
    label = _("Hub: %(images)s. %(headline)s") % {
        "images": words.images(len(items)),
        "headline": _headline(look.shown, look),
    }
    return Outline(label, tuple(items))
