"""The diagrams of the bench: which kinds there are, what they depend on, and where their slabs lead."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from engine.analysis import BuildGraph, Comparison, Lookup, compare, side_of
from engine.machine import Machine
from labsite.diagrams.api import Rendered, render
from labsite.diagrams.links import PageLinks
from labsite.diagrams.outline import Item
from labsite.diagrams.registry import find_kind, kinds
from labsite.diagrams.scene import Focus, Scene
from labsite.playground.bench import Bench
from labsite.workspaces.services import load_machine
from labsite.workspaces.store import shared_store

TITLES = {
    "stack": _("Stack"),
    "sharing": _("Sharing"),
    "overlay": _("Overlay"),
    "buildgraph": _("Build graph"),
    "beforeafter": _("Before / after"),
    "hub": _("Hub"),
}
"""Kinds in the order of their tabs."""
DEFAULT_KIND = "stack"
SHOWS_BUILD = ("stack", "buildgraph")
"""Kinds that also show what a build would do now."""
MARK = "#~"
"""Stands in a cached picture where a page's own address goes."""

_LINK = re.compile(rf'(href=")({re.escape(MARK)})([a-z]+)-([^"]*)(")')


@dataclass(frozen=True, slots=True)
class Tab:
    """One kind of diagram."""

    kind: str
    title: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture and its list, with this page's addresses."""

    rendered: Rendered
    svg: SafeString
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class View:
    """The diagram panel: drawing is put off until the panel is sent."""

    kind: str
    tabs: tuple[Tab, ...]
    key: Any
    draw: Callable[[], Drawn]


def scene_of(machine: Machine) -> Scene:
    """The stored machine's images and containers, as analyses and diagrams read them."""
    return _scene(machine.digest)


@lru_cache(maxsize=64)
def _scene(digest: str) -> Scene:
    return Scene.of(load_machine(digest), shared_store())


def split_focus(focus: str) -> tuple[str, str]:
    """``layer:c41f…`` as kind and name."""
    kind, _colon, name = focus.partition(":")
    return kind, name


def view_of(bench: Bench) -> View:
    """The panel of the kind the address names."""
    available = kinds()
    kind = bench.look.view if bench.look.view in available else DEFAULT_KIND
    tabs = tuple(
        Tab(name, str(title), bench.address(view=name), name == kind)
        for name, title in TITLES.items()
        if name in available
    )
    parts: dict[str, Any] = {name: bench.machine.part_digests[name] for name in find_kind(kind).parts}
    if kind in SHOWS_BUILD and bench.forecast is not None:
        parts["forecast"] = bench.forecast.key()
    return View(kind, tabs, [kind, parts, bench.look.query()], lambda: _draw(bench, kind))


def _draw(bench: Bench, kind: str) -> Drawn:
    rendered = render(kind, bench.machine, bench.store, focus_of(bench), PageLinks(MARK), bench.language)
    svg = _LINK.sub(
        lambda match: match[1] + escape(_address(bench, match[3], match[4])) + match[5], rendered.svg
    )
    return Drawn(rendered, mark_safe(svg), _linked(bench, rendered.outline.items))


def focus_of(bench: Bench) -> Focus:
    """What of the machine the address puts in focus."""
    kind, name = split_focus(bench.look.focus)
    scene = scene_of(bench.machine)
    selected = ""
    if kind == "layer":
        selected = next((chain for chain in scene.stacks.layers if short(chain) == name), "")
    elif kind == "container":
        found = scene.inventory.find_container(name)
        selected = found.id if found else ""
    elif kind == "image":
        image = scene.inventory.find_image(name)
        selected = image.id if image else ""
    return Focus(
        selected=selected,
        unfolded=frozenset(part for part in bench.look.unfold.split(".") if part),
        marks=_marks(bench, scene),
        paths=(name,) if kind == "path" else (),
        top=bench.look.top,
        peeled=int(bench.look.peel or 0),
        build=_build(bench),
        comparison=_comparison(bench, scene),
        repository=name if kind == "repository" else "",
    )


def _build(bench: Bench) -> BuildGraph | None:
    """The next build; beside the stacks only when it would make something new."""
    forecast = bench.forecast
    if forecast is None or forecast.graph is None:
        return None
    if bench.look.view == "buildgraph" or (not forecast.failed and forecast.runs):
        return forecast.graph
    return None


def choices(bench: Bench) -> list[str]:
    """Names of everything that can be looked through or compared: containers, then images, newest first."""
    inventory = scene_of(bench.machine).inventory
    return [item.name for item in inventory.containers] + [image.label for image in inventory.listed]


def looked_through(bench: Bench, scene: Scene) -> Lookup | None:
    """What paths are looked up in: the chosen image or container, else the first there is."""
    for name in (bench.look.top, *choices(bench)):
        side = side_of(scene.inventory, bench.store, name) if name else None
        if side is not None and side.lookup is not None:
            return side.lookup
    return None


def most_peel(bench: Bench) -> int:
    """How many layers the overlay picture can take off and still show one."""
    lookup = looked_through(bench, scene_of(bench.machine))
    return max(0, len(lookup.rows) - 1 + (lookup.upper is not None)) if lookup else 0


def compared(bench: Bench) -> tuple[str, str]:
    """The two sides of before and after: as the address says, else the image made last and the one before."""
    images = [image.label for image in scene_of(bench.machine).inventory.listed]
    return (
        bench.look.before or (images[1] if len(images) > 1 else ""),
        bench.look.after or (images[0] if images else ""),
    )


def _comparison(bench: Bench, scene: Scene) -> Comparison | None:
    """The two sides the address names; by default the image made last against the one before it."""
    if bench.look.view != "beforeafter":
        return None
    before, after = (side_of(scene.inventory, bench.store, name) for name in compared(bench))
    return compare(before, after) if before and after else None


def _marks(bench: Bench, scene: Scene) -> dict[str, str]:
    """What the build at this moment did with each layer of its image."""
    events = bench.transcript[-1][1].events if bench.transcript else ()
    finished = next((event for event in events if event.get("event") == "BuildFinished"), None)
    image = scene.inventory.find_image(str(finished["image"])) if finished else None
    if image is None:
        return {}
    new = {event["diff_id"] for event in events if event.get("event") == "LayerCommitted"}
    floor, _name = scene.inventory.base_of(image.image)
    layers = list(zip(image.image.layers, image.image.chain_ids, strict=True))[floor:]
    return {chain: "new" if ref.diff_id in new else "reused" for ref, chain in layers}


def short(digest: str) -> str:
    """The twelve digits addresses carry."""
    return digest.removeprefix("sha256:")[:12]


def _address(bench: Bench, kind: str, name: str) -> str:
    name = unquote(name)
    if kind == "unfold":
        opened = [part for part in bench.look.unfold.split(".") if part]
        opened = [part for part in opened if part != name] if name in opened else [*opened, name]
        return bench.address(unfold=".".join(opened))
    changes = {"focus": f"{kind}:{name}"}
    if kind == "path":
        changes["view"] = "overlay"
    return bench.address(**changes)


def _linked(bench: Bench, items: tuple[Item, ...]) -> tuple[Item, ...]:
    return tuple(
        Item(
            item.text,
            item.detail,
            _outline_address(bench, item.href),
            _linked(bench, item.children),
            item.mark,
            item.code,
        )
        for item in items
    )


def _outline_address(bench: Bench, href: str) -> str:
    if not href.startswith(MARK):
        return href
    kind, _dash, name = href.removeprefix(MARK).partition("-")
    return _address(bench, kind, name)
