"""The unit suites: a registry of name -> function, filled by the other modules of this package."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from engine.discovery import import_submodules
from engine.errors import EngineError

UnitSuite = Callable[[dict[str, Any]], dict[str, Any]]
"""From the ``input`` of one case to its ``output``; an `EngineError` becomes ``{"error": text}``."""

_SUITES: dict[str, UnitSuite] = {}


class UnknownSuite(EngineError):
    """No function answers the cases of that suite."""


def unit_suite(*names: str) -> Callable[[UnitSuite], UnitSuite]:
    """Register the decorated function as the one that answers the suites called ``names``."""

    def register(suite: UnitSuite) -> UnitSuite:
        for name in names:
            if name in _SUITES:
                raise ValueError(f"two functions answer the unit suite {name}")
            _SUITES[name] = suite
        return suite

    return register


def find_suite(name: str) -> UnitSuite:
    """The function registered for ``name``; raises `UnknownSuite`."""
    import_submodules("engine.conformance")
    # A data set such as "words.upstream" is answered like the suite it extends, "words".
    suite = _SUITES.get(name) or _SUITES.get(name.partition(".")[0])
    if suite is None:
        raise UnknownSuite(f"unknown unit suite {name}")
    return suite


def answer(suite: UnitSuite, lines: Iterable[str]) -> Iterator[str]:
    """Answer JSON lines ``{"id", "input"}`` with JSON lines ``{"id", "output"}``, in the same order."""
    for line in lines:
        if not line.strip():
            continue
        case = json.loads(line)
        try:
            output = suite(case["input"])
        except EngineError as error:
            output = {"error": str(error)}
        yield json.dumps({"id": case["id"], "output": output})
