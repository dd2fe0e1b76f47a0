"""The build graph, from real Dockerfiles."""

from engine.analysis import BuildGraph, dockerfile_graph
from engine.build.ops import BaseImage
from engine.build.reasons import MissReason
from engine.build.solver import Verdict
from engine.catalogue.images import CatalogueStore
from engine.content import StackedStore
from engine.dockerfile.frontend import FrontendOptions, compile_dockerfile
from engine.image.config import ImageConfig
from engine.session import RunLine, execute, forecast, new_machine, with_files

TWO_STAGES = """\
FROM debian AS build
RUN make
COPY src .
FROM build AS lint
RUN lint
FROM busybox
COPY --from=build /out /out
RUN --mount=type=bind,from=build,target=/x use /x
ENV A=1
"""


def graph_of(text: str, *decisions: str) -> BuildGraph:
    result = compile_dockerfile(
        text, FrontendOptions(), lambda written, platform: BaseImage(written, ImageConfig())
    )
    assert result.plan is not None
    steps = [(stage.index, op) for stage in result.plan.stages for op in stage.operations]
    verdicts = [
        Verdict(op, index, decision, MissReason("command", "edited", (), 7) if decision == "MISS" else None)  # type: ignore[arg-type]
        for (index, op), decision in zip(steps, decisions, strict=False)
    ]
    graph = dockerfile_graph(result, verdicts, {"debian": 75}, "app:1")
    assert graph is not None
    return graph


def test_stages_edges_and_images() -> None:
    graph = graph_of(TWO_STAGES)
    assert [(stage.name, stage.needed, stage.is_target) for stage in graph.stages] == [
        ("build", True, False),
        ("lint", False, False),
        ("stage-2", True, True),
    ]
    assert [(image.reference, image.size) for image in graph.images] == [("debian", 75), ("busybox", None)]
    edges = {(edge.source, edge.target, edge.kind, edge.step) for edge in graph.edges}
    assert edges == {
        ("image debian", "stage 0", "from", -1),
        ("context", "stage 0", "copy", 1),
        ("stage 0", "stage 1", "from", -1),
        ("image busybox", "stage 2", "from", -1),
        ("stage 0", "stage 2", "copy", 0),
        ("stage 0", "stage 2", "mount", 1),
    }
    assert (graph.base, [stage.name for stage in graph.lineage]) == ("busybox", ["stage-2"])


def test_verdicts_find_their_steps() -> None:
    graph = graph_of("FROM debian\nRUN a\nRUN b\nENV C=1\n", "HIT", "HIT", "MISS", "METADATA")
    steps = graph.target.steps
    assert [(step.line, step.verdict, step.makes_layer) for step in steps] == [
        (2, "HIT", True),
        (3, "MISS", True),
        (4, "METADATA", False),
    ]
    assert (steps[1].reason, steps[1].reason_kind, steps[1].cause_line) == ("edited", "command", 7)
    assert (graph.reused, graph.runs, graph.target.runs) == (1, 1, True)


def test_steps_without_a_verdict_and_chained_stages() -> None:
    graph = graph_of("FROM scratch AS a\nCOPY x /\nFROM a AS b\nCOPY y /\nFROM b\n")
    assert [stage.name for stage in graph.lineage] == ["a", "b", "stage-2"]
    assert graph.base == ""
    assert [step.verdict for stage in graph.stages for step in stage.steps] == ["MISS", "MISS"]


def test_skipped_stages_say_what_they_would_do() -> None:
    graph = graph_of("FROM a AS x\nRUN one\nENV A=1\nFROM b AS y\nFROM scratch AS z\nFROM busybox\n")
    skipped = graph.stages[0]
    assert [(step.line, step.text, step.verdict) for step in skipped.steps] == [
        (2, "RUN one", "SKIPPED"),
        (3, "ENV A=1", "SKIPPED"),
    ]
    assert [stage.base for stage in graph.stages] == ["a", "b", "scratch", "busybox"]
    assert ("image a", "stage 0") in {(edge.source, edge.target) for edge in graph.edges}


def test_the_forecast_and_its_graph_never_disagree() -> None:
    store = StackedStore(CatalogueStore())
    text = "FROM busybox AS a\nRUN touch x\nFROM a\nRUN touch y\n"
    machine = with_files(new_machine("graph"), {"Dockerfile": text}, store)
    for reused in (0, 2):
        found = forecast(machine, store)
        assert found.graph is not None
        steps = {step.line: step.verdict for stage in found.graph.stages for step in stage.steps}
        assert steps == {line.line: line.verdict for line in found.lines if line.line in steps}
        assert (found.graph.reused, found.graph.runs) == (found.reused, found.runs) == (reused, 2 - reused)
        machine = execute(machine, RunLine("docker build -t x ."), store).machine
    assert found.graph is not None and found.graph.images[0].size and found.graph.base == "busybox"
