"""Order steps: every legal arrangement of a Dockerfile's lines, scored by what a working day rebuilds."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations

from engine.session import SaveFile, execute, forecast, project_files
from labsite.lessons.bench import Bench, do
from labsite.lessons.lesson import Doing, Step

MOST_LINES = 5
"""Movable lines an order step may have: 5! arrangements can still be tried."""


@dataclass(frozen=True)
class Score:
    """What an arrangement costs: bytes and steps rebuilt for the average edit. None: it does not build."""

    rebuilt_bytes: float
    rebuilt_steps: float

    def __lt__(self, other: "Score") -> bool:
        return (self.rebuilt_bytes, self.rebuilt_steps) < (other.rebuilt_bytes, other.rebuilt_steps)


def score(step: Step, start: Bench, lines: Sequence[str]) -> Score | None:
    """The cost of the Dockerfile made of ``lines``; None when it cannot be built."""
    text = "\n".join(lines) + "\n"
    built = do(start.since_now(), (Doing(edit={"Dockerfile": text}), Doing(run="docker build -t ordered .")))
    if built.image("ordered") is None:
        return None
    sizes = {item.path: item for item in project_files(built.machine, built.store)}
    total = sum(step.edits.values()) or 1
    rebuilt_bytes = rebuilt_steps = 0.0
    for path, weight in step.edits.items():
        before = sizes[path].text if path in sizes else ""
        edited = execute(built.machine, SaveFile(path, f"{before}\n# edited\n"), built.store).machine
        for line in forecast(edited, built.store).lines:
            if line.verdict == "MISS":
                rebuilt_bytes += weight / total * (line.size_estimate or 0)
                rebuilt_steps += weight / total
    return Score(rebuilt_bytes, rebuilt_steps)


def best_score(step: Step, start: Bench) -> Score:
    """The cost of the best legal arrangement. Raises ValueError when none can be built."""
    return _best(step.id, tuple(step.lines), tuple(sorted(step.edits.items())), _Start(step, start))


class _Start:
    """Carries the bench through the cache key by the machine's digest."""

    def __init__(self, step: Step, bench: Bench) -> None:
        self.step = step
        self.bench = bench

    def __hash__(self) -> int:
        return hash(self.bench.machine.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Start) and other.bench.machine.digest == self.bench.machine.digest


@lru_cache(maxsize=64)
def _best(_id: str, lines: tuple[str, ...], _edits: tuple[tuple[str, float], ...], start: _Start) -> Score:
    first, *movable = lines
    scores = [score(start.step, start.bench, (first, *order)) for order in permutations(movable)]
    legal = [found for found in scores if found is not None]
    if not legal:
        raise ValueError("no arrangement of these lines can be built")
    return min(legal)
