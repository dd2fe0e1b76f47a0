"""Diagrams: engine value -> Graphviz -> one SVG for every theme, and the same facts as text."""

from labsite.diagrams.api import Rendered, draw, render
from labsite.diagrams.links import Links, NoLinks, PageLinks
from labsite.diagrams.outline import Item, Outline
from labsite.diagrams.registry import Drawing, Kind, UnknownKind, diagram, find_kind, kinds
from labsite.diagrams.scene import Focus, Scene

__all__ = [
    "Drawing",
    "Focus",
    "Item",
    "Kind",
    "Links",
    "NoLinks",
    "Outline",
    "PageLinks",
    "Rendered",
    "Scene",
    "UnknownKind",
    "diagram",
    "draw",
    "find_kind",
    "kinds",
    "render",
]
