"""Questions of predictions and searches: the engine finds the answers by looking at what really happened.

A question is one function registered with ``@question("its-name")``. It takes the bench before and after
the step's commands, the step's target and its candidates, and returns the Reality.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from engine.discovery import import_submodules
from labsite.lessons.bench import Bench, do
from labsite.lessons.lesson import Step


@dataclass(frozen=True)
class Reality:
    """Which candidates are true. ``why`` explains candidates, from evidence."""

    true: frozenset[str]
    why: Mapping[str, str] = field(default_factory=dict)


Question = Callable[[Bench, Bench, Mapping[str, Any], Sequence[str]], Reality]
_questions: dict[str, Question] = {}


_single: set[str] = set()


def question(name: str, *, single: bool = False) -> Callable[[Question], Question]:
    """Register a question under ``name``; of a ``single`` one exactly one candidate is true."""

    def register(ask: Question) -> Question:
        _questions[name] = ask
        if single:
            _single.add(name)
        return ask

    return register


@cache
def _load() -> None:
    import_submodules("labsite.lessons.questions")


class UnknownQuestion(ValueError):
    """A lesson asks something that no question is called."""


def find_question(name: str) -> Question:
    """The question of that name; raises UnknownQuestion."""
    _load()
    try:
        return _questions[name]
    except KeyError:
        raise UnknownQuestion(f"no question is called {name}") from None


def is_single(name: str) -> bool:
    """Whether exactly one candidate of that question is true: one is chosen, not several."""
    _load()
    return name in _single


def question_help() -> Mapping[str, str]:
    """Every question by name with the first line of its docstring."""
    _load()
    return {name: (inspect.getdoc(ask) or "").partition("\n")[0] for name, ask in sorted(_questions.items())}


def find_out(step: Step, before: Bench) -> tuple[Bench, Reality]:
    """Really do what the step says: the bench afterwards, and which candidates are true."""
    start = before.since_now()
    after = do(start, step.run)
    return after, find_question(step.question)(start, after, step.target, step.candidates)
