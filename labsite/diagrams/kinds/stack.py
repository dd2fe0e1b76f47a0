"""Stack: the images and containers of the machine as slabs on slabs, every shared layer once."""

from django.utils.translation import gettext as _

from engine.analysis import BuildGraph, GraphStep, MetaRow, Segment
from labsite.diagrams import parts, words
from labsite.diagrams.forest import Forest
from labsite.diagrams.links import Links
from labsite.diagrams.markup import Markup, cell, row, text
from labsite.diagrams.outline import Item, Outline
from labsite.diagrams.registry import Drawing, diagram
from labsite.diagrams.scene import Focus, Scene
from labsite.diagrams.slabs import (
    CAPTION_HEIGHT,
    CONTAINER_HEIGHT,
    TAG_HEIGHT,
    THIN_HEIGHT,
    Look,
    chosen,
    meta_item,
)
from labsite.diagrams.verdicts import build_summary, verdict_item, verdict_state, why


@diagram("stack", "daemon.images", "daemon.tags", "daemon.containers")
def draw_stack(scene: Scene, focus: Focus, links: Links) -> Drawing:
    """The machine's stacks, and beside them the next build when ``focus.build`` is given."""
    shown = chosen(scene.stacks, scene, focus)
    look = Look(focus, links, scene.stacks, shown, focus.marks)
    forest = Forest("stack")
    blocks: dict[str, str] = {}
    for column in _columns(shown):
        rows: list[Markup] = []
        height = 0
        for segment in reversed(column):
            slabs, high = _block(segment, look)
            rows += slabs
            height += high
        below = blocks.get(column[0].parent, "")
        block = forest.add(rows, height, below)
        blocks |= {segment.id: block for segment in column}
        if len(column[-1].containers) > 1:
            for container in column[-1].containers:
                forest.add([look.container(container)], CONTAINER_HEIGHT, block, dashed=True)
    for container in scene.stacks.detached:
        rows = [parts.caption(_("its image was removed")), look.container(container)]
        forest.add(rows, CONTAINER_HEIGHT + CAPTION_HEIGHT)
    if focus.build is not None:
        forest.add(*_prediction(focus.build, look))
    elif not shown and not scene.stacks.detached:
        forest.add([row(cell(text(empty_sentence(), 13, "ink2"), cellpadding=12))], 40)
    return Drawing(forest.drawn(), _outline(scene, look))


def _columns(shown: tuple[Segment, ...]) -> list[list[Segment]]:
    """Segments that stand on each other without a branch are one contiguous stack, lowest first."""
    branches: dict[str, int] = {}
    for segment in shown:
        branches[segment.parent] = branches.get(segment.parent, 0) + 1
    columns: dict[str, list[Segment]] = {}
    for segment in shown:
        below = columns.get(segment.parent)
        if below is not None and branches[segment.parent] == 1 and not below[-1].containers:
            below.append(segment)
            columns[segment.id] = below
        else:
            columns[segment.id] = [segment]
    return list({id(column): column for column in columns.values()}.values())


def empty_sentence() -> str:
    """What stands where no image is."""
    return _("No images yet. Build the Dockerfile, or start from a preset.")


def _block(segment: Segment, look: Look) -> tuple[list[Markup], int]:
    """A segment with its image's tag and, when there is just one, its container on top."""
    rows: list[Markup] = []
    height = 0
    if len(segment.containers) == 1:
        rows.append(look.container(segment.containers[0]))
        height += CONTAINER_HEIGHT
    for top in segment.tops:
        rows.append(look.tag(top))
        rows += [parts.thin_row(meta) for meta in reversed(top.rows)]
        height += TAG_HEIGHT + THIN_HEIGHT * len(top.rows)
    slabs, high = look.rows(segment)
    return rows + slabs, height + high


# ---------------------------------------------------------------- the next build


def _prediction(build: BuildGraph, look: Look) -> tuple[list[Markup], int]:
    """What building now would give, top first: reused slabs solid, the others dashed."""
    steps = [step for stage in build.lineage for step in stage.steps]
    largest = max([look.largest, *(step.size or 0 for step in steps)])
    note = _("predicted")
    heading = text(_("next build"), 14, bold=True) + text(f"   {note}", 11, "ink2")
    rows = [row(cell(heading, align="LEFT", cellpadding=5))]
    height = 30
    for step in reversed(steps):
        if not step.makes_layer:
            rows.append(parts.thin_row(MetaRow(step.text, "")))
            height += THIN_HEIGHT
            continue
        rows.append(_predicted_slab(step, look, largest))
        height += parts.height_of_slab(step.size or 0, largest, look.compact)
    base = f"FROM {build.base or 'scratch'}"
    size = next((image.size for image in build.images if image.reference == build.base), None)
    name = _("Predicted: %(step)s is reused") % {"step": base}
    rows.append(
        parts.slab(
            base,
            parts.state_word("reused"),
            size or 0,
            largest,
            role="base",
            href=look.links.line(build.lineage[0].line),
            name=name,
            state="reused",
            compact=look.compact,
            below_mono=False,
            unknown_size=size is None and bool(build.base),
        )
    )
    return rows, height + parts.height_of_slab(size or 0, largest, look.compact)


def _predicted_slab(step: GraphStep, look: Look, largest: int) -> Markup:
    state = verdict_state(step)
    reused = state == "reused"
    said = _("Predicted: %(step)s, %(why)s") % {"step": step.text, "why": why(step)}
    return parts.slab(
        step.text,
        why(step),
        step.size or 0,
        largest,
        role="shared" if reused else "own",
        href=look.links.line(step.line),
        name=said,
        state=state,
        predicted=not reused,
        compact=look.compact,
        below_mono=False,
        unknown_size=step.size is None,
    )


# ---------------------------------------------------------------- the same as text


def _outline(scene: Scene, look: Look) -> Outline:
    tops = [top for segment in look.shown for top in segment.tops]
    containers = [item for segment in look.shown for item in segment.containers]
    label = empty_sentence()
    if tops or containers:
        label = _("Stack of layers: %(images)s, %(layers)s, %(size)s stored") % {
            "images": words.images(len(tops)),
            "layers": words.layers(sum(len(segment.layers) for segment in look.shown)),
            "size": words.size(sum(segment.size for segment in look.shown)),
        }
    if containers:
        label += ", " + words.containers(len(containers))
    items = [look.image_item(segment, top) for segment in look.shown for top in segment.tops]
    items += [look.container_item(container) for container in scene.stacks.detached]
    build = look.focus.build
    if build is not None:
        steps = [step for stage in build.lineage for step in stage.steps]
        lines = [
            verdict_item(step, look.links) if step.makes_layer else meta_item(MetaRow(step.text, ""))
            for step in reversed(steps)
        ]
        base = Item(f"FROM {build.base or 'scratch'}", mark=f"✓ {parts.state_word('reused')}", code=True)
        items.append(Item(_("next build"), build_summary(build), "", (*lines, base)))
    return Outline(label, tuple(items))
