"""Runs recorded cases in this process and scores them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from engine.conformance.play import play
from engine.conformance.units import find_suite
from engine.errors import EngineError
from engine.tests.conformance import comparer

HERE = Path(__file__).parent
RECORDED = HERE / "recorded"
SHARED = Path(__file__).parents[4] / "shared" / "conformance"
"""Cases from public projects stay outside the repository, beside its checkout."""
DECIDING = {"play": ("rc", "stdout", "stderr", "layers", "image"), "unit": ("outcome", "value")}


@dataclass(frozen=True)
class Suite:
    """A file of recorded cases; ``name`` is ``unit/words`` or ``play/bk-cache``."""

    name: str
    path: Path

    @property
    def kind(self) -> str:
        """``unit`` or ``play``."""
        return self.name.partition("/")[0]

    def cases(self) -> list[dict[str, Any]]:
        """Every case."""
        with gzip.open(self.path, "rt", encoding="utf-8") as stream:
            return [json.loads(line) for line in stream]


@dataclass
class Score:
    """How a suite went. ``levels`` counts (right, compared) per level, over single steps."""

    name: str
    passed: int = 0
    total: int = 0
    levels: dict[str, tuple[int, int]] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Passed cases in percent."""
        return 100 * self.passed / max(1, self.total)

    def level(self, name: str) -> float:
        """Right steps of a level in percent."""
        right, compared = self.levels.get(name, (0, 0))
        return 100 * right / max(1, compared)


def suites(*folders: Path) -> list[Suite]:
    """All suites of the folders; one of a name is enough, the first folder wins."""
    found: dict[str, Suite] = {}
    for folder in folders:
        for path in sorted(folder.glob("*/*.jsonl.gz")):
            name = f"{path.parent.name}/{path.name.removesuffix('.jsonl.gz')}"
            if path.parent.name in ("unit", "play"):
                found.setdefault(name, Suite(name, path))
    return [found[name] for name in sorted(found)]


def judge(suite: Suite, processes: int = 1) -> Score:
    """Answer every case of ``suite`` and compare."""
    cases = suite.cases()
    jobs = [(suite.kind, suite.name, str(suite.path.parents[1] / "images"), case) for case in cases]
    score = Score(suite.name, total=len(cases))
    counts: dict[str, list[int]] = {}
    for name, levels in _map(jobs, processes):
        ok = True
        for where, level, difference in levels:
            count = counts.setdefault(level, [0, 0])
            count[1] += 1
            if difference is None:
                count[0] += 1
                continue
            if level in DECIDING[suite.kind]:
                ok = False
                score.differences.append(f"{name}{where} [{level}] {difference}")
        score.passed += ok
    score.levels = {level: (right, compared) for level, (right, compared) in counts.items()}
    return score


Judged = tuple[str, list[tuple[str, str, "str | None"]]]


def _map(jobs: list[Any], processes: int) -> Iterable[Judged]:
    if processes <= 1:
        return map(_judge_case, jobs)
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(_judge_case, jobs, chunksize=8))


def _judge_case(job: tuple[str, str, str, dict[str, Any]]) -> Judged:
    """A case that makes the engine crash is a difference like any other; the rest is still judged."""
    kind, _, _, case = job
    try:
        return _judge(job)
    except Exception as error:
        name = case["scenario"]["id"] if kind == "play" else case["id"]
        return name, [("", DECIDING[kind][0], f"the engine crashed: {type(error).__name__}: {error}")]


def _judge(job: tuple[str, str, str, dict[str, Any]]) -> Judged:
    kind, suite, images, case = job
    if kind == "play":
        result = play(case["scenario"], Path(images))
        steps = comparer.cmp_play(case, result, _base_image)
        commands = [step.get("cmd", "layers") for step in case["expect"]["steps"]]
        return case["scenario"]["id"], [
            (f" step {index} ({commands[index]})", level, difference)
            for index, levels in steps
            for level, difference in levels.items()
        ]
    name = suite.partition("/")[2].partition(".")[0]
    try:
        output = find_suite(name)(case["input"])
    except EngineError as error:
        output = {"error": str(error)}
    compared = comparer.cmp_unit(name, case, output)
    return case["id"], [("", level, difference) for level, difference in compared.items()]


@cache
def _base_image(name: str) -> dict[str, Any]:
    """The merged tree of a recorded base image."""
    with gzip.open(RECORDED / "images" / f"{name}.json.gz", "rt", encoding="utf-8") as stream:
        document = json.load(stream)
    merged: dict[str, Any] = {}
    for layer in document["layers"]:
        merged.update(comparer.entry_map(layer["entries"]))
    return merged


def report(scores: Iterable[Score], show: int) -> Iterator[str]:
    """A line a suite, its first differences, and the sum."""
    passed = total = 0
    for score in scores:
        levels = "  ".join(f"{name} {right}/{count}" for name, (right, count) in score.levels.items())
        yield f"{score.name:28} {score.passed:5}/{score.total:<5} {score.rate:6.1f} %  {levels}"
        yield from (f"  - {difference}" for difference in score.differences[:show])
        passed, total = passed + score.passed, total + score.total
    yield f"{'all':28} {passed:5}/{total:<5} {100 * passed / max(1, total):6.1f} %"
