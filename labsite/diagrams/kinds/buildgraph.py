"""Build graph: stages as boxes of steps, what they stand on, what they copy from each other."""

from django.utils.translation import gettext as _
from graphviz import Digraph

from engine.analysis import BuildGraph, GraphEdge, GraphImage, GraphStage, GraphStep
from labsite.diagrams import parts, words
from labsite.diagrams.links import Links
from labsite.diagrams.markup import Markup, cell, cut, cut_step, escape, lines, row, table, text
from labsite.diagrams.outline import Item, Outline
from labsite.diagrams.registry import Drawing, diagram
from labsite.diagrams.scene import Focus, Scene
from labsite.diagrams.tokens import TOKENS
from labsite.diagrams.verdicts import LOOKS, build_summary, verdict_item, why

MOST_STAGES = 24
MOST_STEPS = 14
"""Steps of a stage drawn one by one."""
WIDTH = 244


@diagram("buildgraph", "daemon.images")
def draw_build_graph(scene: Scene, focus: Focus, links: Links) -> Drawing:
    """The build in ``focus.build``."""
    drawing = parts.graph("buildgraph", rankdir="LR")
    drawing.attr(ranksep="0.6")
    build = focus.build
    if build is None:
        sentence = _("Nothing to build yet: the Dockerfile has no stage.")
        parts.add(drawing, "empty", table([row(cell(text(sentence, 13, "ink2"), cellpadding=12))]))
        return Drawing(drawing, Outline(sentence, ()))
    stages = _drawn_stages(build)
    nodes = {stage.node: f"s{stage.index}" for stage in stages}
    for number, image in enumerate(build.images[:MOST_STAGES]):
        nodes[image.node] = f"i{number}"
        parts.add(drawing, nodes[image.node], _image(image))
    shown_steps: dict[str, dict[int, str]] = {}
    for stage in stages:
        content, shown_steps[stage.node] = _stage(stage, build, links)
        parts.add(drawing, nodes[stage.node], content)
    for edge in build.edges:
        if edge.source in nodes and edge.target in nodes:
            _edge(drawing, edge, nodes, shown_steps, build)
    parts.add(drawing, "result", _result(build, scene))
    drawing.edge(nodes[build.target.node], "result", penwidth="2.4")
    return Drawing(drawing, _outline(build, links))


def _drawn_stages(build: BuildGraph) -> list[GraphStage]:
    """All stages, or, of very many, those that the result needs most directly."""
    if len(build.stages) <= MOST_STAGES:
        return list(build.stages)
    needed = [stage for stage in build.stages if stage.needed][-MOST_STAGES:]
    return needed if build.target in needed else [*needed[1:], build.target]


def _image(image: GraphImage) -> Markup:
    facts = _("base image")
    if image.size is not None:
        facts += f" · {words.size(image.size)}"
    content = Markup(
        text(cut(image.reference, 30), 12, mono=True, bold=True) + "<BR/>" + text(facts, 10, "ink2")
    )
    return table([row(cell(content))], border=1, color="basee", bgcolor="base", cellpadding=7)


def _stage(stage: GraphStage, build: BuildGraph, links: Links) -> tuple[Markup, dict[int, str]]:
    """The box of a stage, and which port each drawn step has."""
    skipped = not stage.needed
    note = _stage_note(stage, build)
    head = text(_("stage") + " ", 11, "ink2") if stage.name else Markup("")
    name = stage.name or _("the build")
    title = text(cut(name, 18), 13, "ink2" if skipped else "ink", mono=bool(stage.name), bold=True)
    head = Markup(head + title + text("   " + cut(note, 38), 11, "ink2"))
    rows = [
        row(
            cell(
                lines(head),
                align="LEFT",
                bgcolor="ghost" if skipped else "own",
                colspan=2,
                cellpadding=6,
            )
        )
    ]
    ports: dict[int, str] = {}
    hidden = _hidden_steps(stage)
    for index, step in enumerate(stage.steps):
        if index in hidden:
            if index == min(hidden):
                more = _("%(count)d more steps") % {"count": len(hidden)}
                rows.append(
                    row(
                        cell(text("⋮", 12, "ink2")),
                        cell(text(more, 11, "ink2"), align="LEFT", port=f"p{index}"),
                    )
                )
            ports[index] = f"p{min(hidden)}"
            continue
        rows.append(_step(step, index, skipped, links))
        ports[index] = f"p{index}"
    if not stage.steps:
        rows.append(row(cell(text(_("no steps"), 10, "ink2", italic=True), colspan=2, cellpadding=6)))
    box = table(
        rows,
        border=1,
        color="ghoste" if skipped else "owne",
        bgcolor="ghost" if skipped else "panel",
        cellpadding=5,
        style="dashed" if skipped else None,
    )
    return box, ports


def _hidden_steps(stage: GraphStage) -> frozenset[int]:
    """Middle steps of a long stage that are drawn as one line."""
    spare = len(stage.steps) - MOST_STEPS
    if spare <= 1:
        return frozenset()
    return frozenset(range(4, 4 + spare + 1))


def _stage_note(stage: GraphStage, build: BuildGraph) -> str:
    if not stage.needed:
        return _("skipped: %(target)s does not need it") % {"target": build.target.name or _("the result")}
    notes = [_("runs") if stage.runs else _("reused")]
    if stage.is_target and len(build.stages) > 1:
        notes.append(_("target"))
    return " · ".join(notes)


def _step(step: GraphStep, index: int, skipped: bool, links: Links) -> Markup:
    glyph, tint, colour = LOOKS["SKIPPED" if skipped else step.verdict]
    name = _("Line %(line)d, %(step)s: %(why)s") % {"line": step.line, "step": step.text, "why": why(step)}
    target = {"href": links.line(step.line), "title": name} if links.line(step.line) else {}
    quiet = skipped or step.verdict == "METADATA"
    content = text(cut_step(step.text, 35), 11, "ink2" if quiet else "ink", mono=True)
    return row(
        cell(text(glyph, 13, colour, bold=True), width=26, bgcolor=tint, port=f"q{index}"),
        cell(lines(content), align="LEFT", port=f"p{index}", width=WIDTH, **target),
    )


def _edge(
    drawing: Digraph,
    edge: GraphEdge,
    nodes: dict[str, str],
    ports: dict[str, dict[int, str]],
    build: BuildGraph,
) -> None:
    source, target = nodes[edge.source], nodes[edge.target]
    stage = next(stage for stage in build.stages if stage.node == edge.target)
    quiet = {} if stage.needed else {"color": TOKENS["ghoste"], "fontcolor": TOKENS["ink2"]}
    if edge.kind == "from":
        drawing.edge(source, target, label=" FROM ", **quiet)
        return
    last = ports.get(edge.source)
    tail = f"{source}:{list(last.values())[-1]}:e" if last else f"{source}:e"
    head = f"{target}:{ports[edge.target][edge.step].replace('p', 'q')}:w"
    look = {"style": "dashed", "color": TOKENS["owne"], "fontcolor": TOKENS["owne"]} | quiet
    label = " COPY --from "
    if edge.kind == "mount":
        look["style"] = "dotted"
        label = " mount "
    drawing.edge(tail, head, label=f"<{escape(label)}>", **look)


def _result(build: BuildGraph, scene: Scene) -> Markup:
    steps = [step for stage in build.lineage for step in stage.steps if step.makes_layer]
    base = next((image.size for image in build.images if image.reference == build.base), None)
    total = (base or 0) + sum(step.size or 0 for step in steps)
    known = all(step.verdict == "HIT" for step in steps)
    size = words.size(total) if known else "≈ " + words.size(total)
    stored = scene.inventory.find_image(build.base) if build.base else None
    count = len(steps) + (len(stored.image.layers) if stored else 1 if build.base else 0)
    facts = [text(f"{size} · {words.layers(count)}", 11, "ink2")]
    left = [stage.name for stage in build.stages if stage.needed and stage not in build.lineage]
    if left:
        said = _("%(stages)s stays behind") % {"stages": cut(", ".join(left), 20)}
        facts.append(text(said, 11, "hite", bold=True))
    name = build.name or _("image")
    return table([parts.rounded(text(cut(name, 26), 13, mono=True, bold=True), facts, "", name, "result")])


def _outline(build: BuildGraph, links: Links) -> Outline:
    stages = []
    for stage in build.stages:
        edges = [edge for edge in build.edges if edge.target == stage.node and edge.kind != "from"]
        lines_ = [Item(f"FROM {stage.base}", href=links.line(stage.line), code=True)]
        for index, step in enumerate(stage.steps):
            sources = [edge for edge in edges if edge.step == index]
            item = verdict_item(step, links)
            if sources:
                said = _("reads from %(sources)s") % {
                    "sources": ", ".join(_node_name(edge.source, build) for edge in sources)
                }
                item = Item(
                    item.text, " · ".join(filter(None, (item.detail, said))), item.href, (), item.mark, True
                )
            lines_.append(item)
        name = _("stage %(name)s") % {"name": stage.name} if stage.name else _("the build")
        stages.append(Item(name, _stage_note(stage, build), "", tuple(lines_)))
    label = _("Build graph: %(summary)s") % {"summary": build_summary(build)}
    return Outline(label, tuple(stages))


def _node_name(node: str, build: BuildGraph) -> str:
    stage = next((stage for stage in build.stages if stage.node == node), None)
    if stage is not None:
        return stage.name or node
    return node.removeprefix("image ")
