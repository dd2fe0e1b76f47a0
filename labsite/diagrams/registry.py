"""Kinds of diagrams: one module of ``labsite.diagrams.kinds`` each, registered by a decorator."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from graphviz import Digraph

from labsite.diagrams.links import Links
from labsite.diagrams.outline import Outline
from labsite.diagrams.scene import Focus, Scene


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a kind makes of a scene: the graph, and the same facts as text (its label names both)."""

    graph: Digraph
    outline: Outline


Draw = Callable[[Scene, Focus, Links], Drawing]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of diagram. ``parts`` are the parts of a machine it depends on (`Machine.parts`)."""

    name: str
    draw: Draw
    parts: tuple[str, ...]


class UnknownKind(LookupError):
    """There is no such kind of diagram."""


_kinds: dict[str, Kind] = {}


def diagram(name: str, *parts: str) -> Callable[[Draw], Draw]:
    """Register a function as the kind ``name``; ``parts`` of the machine are all it looks at."""

    def register(draw: Draw) -> Draw:
        _kinds[name] = Kind(name, draw, parts)
        return draw

    return register


@cache
def kinds() -> dict[str, Kind]:
    """Every kind by name."""
    package = import_module("labsite.diagrams.kinds")
    for module in sorted(info.name for info in iter_modules(package.__path__)):
        import_module(f"{package.__name__}.{module}")
    return dict(_kinds)


def find_kind(name: str) -> Kind:
    """The kind called ``name``; raises UnknownKind."""
    try:
        return kinds()[name]
    except KeyError:
        raise UnknownKind(name) from None
