"""A build as a graph: stages, what they stand on, what they copy from each other, and each step's verdict."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from engine.build.ops import (
    BuildPlan,
    ContextSource,
    CopyOp,
    FileSystemSource,
    ImageSource,
    Operation,
    PathItem,
    RunOp,
    ScratchSource,
    SourceOp,
    StagePlan,
    StageSource,
)
from engine.build.solver import Decision, Verdict
from engine.dockerfile.frontend import FrontendResult
from engine.dockerfile.instruction import Instruction

EdgeKind = Literal["from", "copy", "mount"]


@dataclass(frozen=True, slots=True)
class GraphStep:
    """One instruction of a stage. ``line`` is where it stands; ``size`` its layer's bytes, None = unknown.

    ``reason`` says why it cannot be reused ("" when it can); ``reason_kind`` is that of
    `engine.build.reasons.MissReason`; ``cause_line`` is the line behind it, 0 when there is none.
    """

    line: int
    keyword: str
    text: str
    verdict: Decision
    makes_layer: bool
    size: int | None = None
    reason: str = ""
    reason_kind: str = ""
    cause_line: int = 0


@dataclass(frozen=True, slots=True)
class GraphStage:
    """One stage, its steps in order (without its FROM). ``line`` is where its FROM stands."""

    index: int
    name: str
    base: str
    """What its FROM names."""
    steps: tuple[GraphStep, ...]
    needed: bool
    is_target: bool
    line: int

    @property
    def node(self) -> str:
        """Its id in edges."""
        return f"stage {self.index}"

    @property
    def runs(self) -> bool:
        """Whether any of its steps has, or may have, to run."""
        return any(step.verdict in ("MISS", "DEPENDS") for step in self.steps)


@dataclass(frozen=True, slots=True)
class GraphImage:
    """An image from outside. ``size`` is in bytes, None when it was never fetched."""

    reference: str
    size: int | None

    @property
    def node(self) -> str:
        """Its id in edges."""
        return f"image {self.reference}"


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """``target`` needs ``source`` (ids of nodes; ``context`` and ``scratch`` are ids too).

    ``step`` is the index of the step that copies or mounts, -1 for FROM; ``path`` is what it takes.
    """

    source: str
    target: str
    kind: EdgeKind
    step: int = -1
    path: str = ""


@dataclass(frozen=True)
class BuildGraph:
    """A whole build. ``name`` is what the result will be called, "" when it gets no name."""

    stages: tuple[GraphStage, ...]
    images: tuple[GraphImage, ...]
    edges: tuple[GraphEdge, ...]
    uses_context: bool
    name: str = ""

    @property
    def target(self) -> GraphStage:
        """The stage that is the result."""
        return next(stage for stage in self.stages if stage.is_target)

    @cached_property
    def lineage(self) -> tuple[GraphStage, ...]:
        """The stages whose steps the result contains: the target and what it is FROM, lowest first."""
        by_node = {stage.node: stage for stage in self.stages}
        parents = {edge.target: edge.source for edge in self.edges if edge.kind == "from"}
        found = [self.target]
        while (parent := by_node.get(parents.get(found[-1].node, ""))) is not None and parent not in found:
            found.append(parent)
        return tuple(reversed(found))

    @property
    def base(self) -> str:
        """The image the result stands on, "" for an empty file system."""
        lowest = self.lineage[0]
        source = next((e.source for e in self.edges if e.kind == "from" and e.target == lowest.node), "")
        return source.removeprefix("image ") if source.startswith("image ") else ""

    @property
    def reused(self) -> int:
        """How many steps can be reused."""
        return sum(step.verdict == "HIT" for stage in self.stages for step in stage.steps)

    @property
    def runs(self) -> int:
        """How many steps have, or may have, to run."""
        return sum(step.verdict in ("MISS", "DEPENDS") for stage in self.stages for step in stage.steps)


def build_graph(
    plan: BuildPlan,
    verdicts: Iterable[Verdict] = (),
    image_sizes: Mapping[str, int] | None = None,
    name: str = "",
) -> BuildGraph:
    """The graph of a plan, with the verdicts of a forecast or of a finished build.

    ``image_sizes`` maps full references, as the plan has them, to bytes. A step without a verdict counts
    as MISS in a stage that is needed, as SKIPPED elsewhere.
    """
    by_stage: dict[int, list[Verdict]] = {}
    for verdict in verdicts:
        by_stage.setdefault(verdict.stage, []).append(verdict)
    stages = []
    edges: list[GraphEdge] = []
    images: dict[str, GraphImage] = {}
    sizes = image_sizes or {}
    for stage in plan.stages:
        node = f"stage {stage.index}"
        source = _node(stage.base)
        if isinstance(stage.base, ImageSource):
            images.setdefault(source, _image(stage.base, sizes))
        edges.append(GraphEdge(source, node, "from"))
        operations = [op for op in stage.operations if not isinstance(op, SourceOp)]
        for index, op in enumerate(operations):
            for kind, origin, path in _reads(op):
                if isinstance(origin, ImageSource):
                    images.setdefault(_node(origin), _image(origin, sizes))
                if not isinstance(origin, ScratchSource):
                    edges.append(GraphEdge(_node(origin), node, kind, index, path))
        stages.append(
            GraphStage(
                index=stage.index,
                name=stage.name or (f"stage-{stage.index}" if len(plan.stages) > 1 else ""),
                base=_written(stage.base, plan),
                steps=tuple(_steps(stage, operations, by_stage.get(stage.index, []))),
                needed=stage.needed,
                is_target=stage.index == plan.target,
                line=stage.location.start_line,
            )
        )
    return BuildGraph(tuple(stages), tuple(images.values()), tuple(edges), plan.uses_context, name)


def dockerfile_graph(
    result: FrontendResult,
    verdicts: Iterable[Verdict] = (),
    image_sizes: Mapping[str, int] | None = None,
    name: str = "",
) -> BuildGraph | None:
    """The graph of a compiled Dockerfile, with what its skipped stages say; None when it has no plan."""
    if result.plan is None:
        return None
    graph = build_graph(result.plan, verdicts, image_sizes, name)
    skipped = {trace.stage.index: trace for trace in result.traces if not trace.compiled}
    images = {image.node: image for image in graph.images}
    stages = []
    edges = [edge for edge in graph.edges if not (edge.kind == "from" and _index(edge.target) in skipped)]
    for stage in graph.stages:
        trace = skipped.get(stage.index)
        if trace is None:
            stages.append(stage)
            continue
        base = trace.base_words.result if trace.base_words else stage.base
        source = f"image {base}" if trace.base_index is None else f"stage {trace.base_index}"
        if base == "scratch":
            source = base
        elif trace.base_index is None:
            images.setdefault(source, GraphImage(base, None))
        edges.append(GraphEdge(source, stage.node, "from"))
        steps = tuple(_skipped(instruction) for instruction in trace.stage.instructions)
        stages.append(replace(stage, base=base, steps=steps))
    return replace(graph, stages=tuple(stages), images=tuple(images.values()), edges=tuple(edges))


def _index(node: str) -> int:
    return int(node.removeprefix("stage "))


def _skipped(instruction: Instruction) -> GraphStep:
    text = " ".join(instruction.text.split())
    line = instruction.location.start_line
    return GraphStep(line, instruction.keyword, text, "SKIPPED", instruction.has_step)


def _image(source: ImageSource, sizes: Mapping[str, int]) -> GraphImage:
    return GraphImage(source.written, sizes.get(source.reference))


def _node(source: FileSystemSource) -> str:
    match source:
        case StageSource(index):
            return f"stage {index}"
        case ImageSource():
            return f"image {source.written}"
        case ContextSource(name):
            return f"context {name}".rstrip()
    return "scratch"


def _written(source: FileSystemSource, plan: BuildPlan) -> str:
    match source:
        case StageSource(index):
            return plan.stages[index].name or str(index)
        case ImageSource():
            return source.written
    return "scratch"


def _reads(op: Operation) -> list[tuple[EdgeKind, FileSystemSource, str]]:
    """What an operation reads besides the result of the one before it."""
    if isinstance(op, CopyOp):
        paths = [item.path for item in op.items if isinstance(item, PathItem)]
        return [("copy", op.origin, " ".join(paths))] if paths else []
    if isinstance(op, RunOp):
        return [
            ("mount", mount.origin, mount.target) for mount in op.mounts if mount.kind in ("bind", "cache")
        ]
    return []


def _steps(
    stage: StagePlan, operations: Sequence[Operation], verdicts: Sequence[Verdict]
) -> Iterable[GraphStep]:
    waiting = [verdict for verdict in verdicts if not isinstance(verdict.op, SourceOp)]
    for op in operations:
        found = next((verdict for verdict in waiting if verdict.op is op or verdict.op == op), None)
        if found is not None:
            waiting.remove(found)
        makes_layer = op.created_by is not None and not op.empty_layer
        if found is not None:
            decision = found.decision
        elif not stage.needed:
            decision = "SKIPPED"
        else:
            decision = "MISS" if makes_layer else "METADATA"
        reason = found.reason if found else None
        yield GraphStep(
            line=op.location.start_line,
            keyword=op.keyword,
            text=" ".join(op.text.split()),
            verdict=decision,
            makes_layer=makes_layer,
            size=found.size if found else None,
            reason=reason.text if reason else "",
            reason_kind=reason.kind if reason else "",
            cause_line=(reason.cause_line if reason else 0) or (found.depends_on if found else 0),
        )
