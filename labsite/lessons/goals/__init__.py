"""Goals: named predicates over a bench. Each answers met, or a why-not sentence made from evidence.

A goal is one function registered with ``@goal("its-name", key=type …)``: the keyword arguments are its
parameters, with ``str | None`` and the like for optional ones. It returns ``None`` when it is met and a
translated sentence when it is not.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from engine.discovery import import_submodules
from labsite.lessons.bench import Bench
from labsite.lessons.lesson import Goal

Predicate = Callable[..., str | None]


@dataclass(frozen=True)
class GoalKind:
    """A registered predicate. ``required`` and ``optional`` name its parameters."""

    name: str
    check: Predicate
    required: frozenset[str]
    optional: frozenset[str]

    @property
    def help(self) -> str:
        """The first line of its docstring."""
        return (inspect.getdoc(self.check) or "").partition("\n")[0]


_kinds: dict[str, GoalKind] = {}


def goal(name: str) -> Callable[[Predicate], Predicate]:
    """Register a predicate under ``name``."""

    def register(check: Predicate) -> Predicate:
        parameters = list(inspect.signature(check).parameters.values())[1:]
        required = frozenset(p.name for p in parameters if p.default is inspect.Parameter.empty)
        _kinds[name] = GoalKind(name, check, required, frozenset(p.name for p in parameters) - required)
        return check

    return register


@cache
def _load() -> None:
    import_submodules("labsite.lessons.goals")


def goal_kinds() -> Mapping[str, GoalKind]:
    """Every kind of goal by name."""
    _load()
    return dict(sorted(_kinds.items()))


class UnknownGoal(ValueError):
    """A lesson names a goal that does not exist, or gives it wrong parameters."""


def validate(wanted: Goal) -> None:
    """Raise UnknownGoal unless ``wanted`` can be checked."""
    _load()
    kind = _kinds.get(wanted.name)
    if kind is None:
        raise UnknownGoal(f"no goal is called {wanted.name}")
    names = {key.replace("-", "_") for key in wanted.parameters}
    if missing := kind.required - names:
        raise UnknownGoal(f"{wanted.name}: {', '.join(sorted(missing))} missing")
    if extra := names - kind.required - kind.optional:
        raise UnknownGoal(f"{wanted.name}: does not take {', '.join(sorted(extra))}")


def why_not(wanted: Goal, bench: Bench) -> str | None:
    """None when the goal is met, else one sentence saying what is missing, from evidence."""
    _load()
    arguments: dict[str, Any] = {key.replace("-", "_"): value for key, value in wanted.parameters.items()}
    return _kinds[wanted.name].check(bench, **arguments)
