"""The front door: a machine and a kind of diagram -> picture and text, cached by digest."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from django.conf import settings
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from engine.content import BlobStore
from engine.machine import Machine
from labsite.diagrams.links import Links, PageLinks
from labsite.diagrams.outline import Outline
from labsite.diagrams.registry import find_kind
from labsite.diagrams.renderer import (
    LongLivedRenderer,
    OneShotRenderer,
    Renderer,
    RenderingFailed,
    bundled_program,
)
from labsite.diagrams.scene import Focus, Scene
from labsite.diagrams.svg import NotADrawing, Picture, finish

logger = logging.getLogger("labsite.diagrams")

STYLE = 1
"""Part of every digest: raise it when the same DOT should give another SVG."""


@dataclass(frozen=True)
class Rendered:
    """A diagram ready for a page. ``svg`` is empty when it could not be drawn; ``outline`` always stands."""

    kind: str
    svg: SafeString
    outline: Outline
    dot: str
    digest: str
    label: str
    width: int
    height: int


class _Recent:
    """The most recently used values, at most ``size`` of them; safe for threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[Hashable, object] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> object | None:
        with self._lock:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def put(self, key: Hashable, value: object) -> None:
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._size:
                self._values.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._values.clear()


_rendered = _Recent(256)
_pictures = _Recent(256)


def forget() -> None:
    """Empty the caches."""
    _rendered.clear()
    _pictures.clear()


@lru_cache(maxsize=4)
def _renderer(choice: str, timeout: float) -> Renderer:
    if choice == "bundled":
        return OneShotRenderer(bundled_program(), "graphviz-pure", timeout)
    return LongLivedRenderer(choice, timeout)


def current_renderer() -> Renderer:
    """The renderer the settings ask for.

    ``DIAGRAMS_RENDERER`` is ``bundled`` or the name of a system ``dot`` that is kept running;
    ``DIAGRAMS_TIMEOUT`` is in seconds. Raises RenderingFailed.
    """
    return _renderer(settings.DIAGRAMS_RENDERER, settings.DIAGRAMS_TIMEOUT)


def render(
    kind: str,
    machine: Machine,
    store: BlobStore,
    focus: Focus | None = None,
    links: Links | None = None,
    locale: str = "en",
) -> Rendered:
    """The diagram ``kind`` of a learner's machine. Raises UnknownKind, and BlobMissing for a broken store.

    The answer is remembered by the digests of those parts of the machine that the kind looks at.
    """
    focus = focus or Focus()
    links = links or PageLinks()
    found = find_kind(kind)
    digests = machine.part_digests
    key = (kind, tuple(digests[part] for part in found.parts), focus, links, locale, _marks(focus))
    known = _rendered.get(key)
    if isinstance(known, Rendered):
        return known
    answer = draw(kind, Scene.of(machine, store), focus, links, locale)
    if answer.svg:
        _rendered.put(key, answer)
    return answer


def _marks(focus: Focus) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(focus.marks.items()))


def draw(
    kind: str,
    scene: Scene,
    focus: Focus | None = None,
    links: Links | None = None,
    locale: str = "en",
) -> Rendered:
    """Like `render`, for a scene made by hand; only the picture is remembered, by its DOT."""
    with translation.override(locale):
        drawing = find_kind(kind).draw(scene, focus or Focus(), links or PageLinks())
    dot = drawing.graph.source
    label = drawing.outline.label
    digest = sha256(f"{STYLE}\n{label}\n{dot}".encode("utf-8", "replace")).hexdigest()
    picture = _picture(digest, dot, label)
    return Rendered(
        kind=kind,
        svg=mark_safe(picture.svg),
        outline=drawing.outline,
        dot=dot,
        digest=digest,
        label=label,
        width=picture.width,
        height=picture.height,
    )


def _picture(digest: str, dot: str, label: str) -> Picture:
    try:
        renderer = current_renderer()
        key = (renderer.name, digest)
        known = _pictures.get(key)
        if isinstance(known, Picture):
            return known
        picture = finish(renderer.svg(dot), label, digest[:8])
    except (RenderingFailed, NotADrawing) as error:
        logger.warning("no picture: %s", error)
        return Picture("", 0, 0)
    _pictures.put(key, picture)
    return picture
