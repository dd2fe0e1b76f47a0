"""Drills: practice made by a seed, without end. The engine finds the answer by doing what the drill says.

A kind of drill is one function registered with ``@drill("its-name", …)``. It gets a die that rolls the same
for the same seed and level, and returns a Task; the same seed gives a whole class the same task.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from random import Random

from django.utils.functional import Promise

from engine.discovery import import_submodules
from labsite.lessons.bench import Bench, do, fresh_bench
from labsite.lessons.lesson import Doing
from labsite.lessons.questions import Reality

LEVELS = (1, 2, 3)


@dataclass(frozen=True)
class Task:
    """What is asked: ``given`` was done before, ``run`` is what the question is about.

    ``story`` and ``question`` are sentences for the page; ``find_out`` answers from both benches.
    """

    given: tuple[Doing, ...]
    run: tuple[Doing, ...]
    story: str
    question: str
    candidates: tuple[str, ...]
    find_out: Callable[[Bench, Bench, tuple[str, ...]], Reality]
    single: bool = False

    @property
    def files(self) -> Mapping[str, str]:
        """The texts one has to read: those the project begins with."""
        return {path: text for doing in self.given for path, text in doing.edit.items() if text is not None}

    def solve(self) -> tuple[Reality, str]:
        """What really happens, and what it prints."""
        before = do(fresh_bench(), self.given).since_now()
        after = do(before, self.run)
        return self.find_out(before, after, self.candidates), after.output


@dataclass(frozen=True)
class DrillKind:
    """A registered kind of drill."""

    name: str
    title: Promise
    summary: Promise
    lesson: str
    """The lesson to go back to when it does not go well."""
    make: Callable[[Random, int], Task]


_kinds: dict[str, DrillKind] = {}


def drill(
    name: str, *, title: Promise, summary: Promise, lesson: str
) -> Callable[[Callable[[Random, int], Task]], Callable[[Random, int], Task]]:
    """Register a kind of drill under ``name``."""

    def register(make: Callable[[Random, int], Task]) -> Callable[[Random, int], Task]:
        _kinds[name] = DrillKind(name, title, summary, lesson, make)
        return make

    return register


@cache
def drill_kinds() -> Mapping[str, DrillKind]:
    """Every kind by name."""
    import_submodules("labsite.lessons.drills")
    return dict(sorted(_kinds.items()))


def task_of(kind: str, seed: str, level: int) -> Task:
    """The task of that seed; equal arguments give equal tasks. Raises KeyError for an unknown kind."""
    return drill_kinds()[kind].make(Random(f"{kind}/{seed}/{level}"), level)


def numbers_around(die: Random, likely: list[int], most: int) -> tuple[str, ...]:
    """Up to ``most`` different numbers, those in ``likely`` first, in rising order."""
    chosen = list(dict.fromkeys(likely))[:most]
    while len(chosen) < min(most, 4):
        number = max(0, die.choice(chosen) + die.randint(1, 9) * 50)
        if number not in chosen:
            chosen.append(number)
    return tuple(str(number) for number in sorted(chosen))
