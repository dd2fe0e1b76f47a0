"""Panels: the parts of a page that answer "did anything I show change?" by digest.

Each panel names everything its picture depends on in ``key``. The browser says which digest of each panel it
holds (header ``Lab-Panels: layers=1f3…,timeline=9ab…``), and an answer carries only panels whose digest is
another. There is no list of "what to refresh after what": a second tab, a lost race or a time jump is
handled by the same comparison.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

HELD_HEADER = "Lab-Panels"


@dataclass(frozen=True, slots=True)
class Panel:
    """One replaceable part of a page: ``<div id="panel-NAME">`` around what ``draw`` answers."""

    name: str
    key: Any
    """JSON-able: equal keys mean equal pictures."""
    draw: Callable[[], str]
    """The HTML inside; called only when the panel is sent."""

    @property
    def digest(self) -> str:
        """A short name for ``key``."""
        return sha256(
            json.dumps(self.key, sort_keys=True, default=str).encode("utf-8", "replace")
        ).hexdigest()[:16]

    def html(self, out_of_band: bool = False) -> SafeString:
        """The panel's element; with ``out_of_band`` htmx puts it in the place of the old one."""
        return format_html(
            '<div class="panel panel-{0}" id="panel-{0}" data-panel="{0}" data-digest="{1}"{2}>{3}</div>',
            self.name,
            self.digest,
            mark_safe(' hx-swap-oob="outerHTML"') if out_of_band else "",
            mark_safe(self.draw()),
        )


def held(request: HttpRequest) -> dict[str, str]:
    """Panel name -> digest that the asking page shows now."""
    pairs = (part.partition("=") for part in request.headers.get(HELD_HEADER, "")[:4000].split(","))
    return {name.strip(): digest.strip() for name, equals, digest in pairs if equals}


def changed(panels: Iterable[Panel], shown: Mapping[str, str]) -> list[Panel]:
    """The panels that look different from what is shown; a panel the page does not have is not sent."""
    return [panel for panel in panels if panel.name in shown and shown[panel.name] != panel.digest]


def answer(request: HttpRequest, panels: Iterable[Panel], said: str = "", first: str = "") -> HttpResponse:
    """An htmx answer: ``first`` for the request's own target, then changed panels, then the live sentence."""
    parts = [first]
    parts += [panel.html(out_of_band=True) for panel in changed(panels, held(request))]
    if said:
        parts.append(
            format_html('<p id="live" class="sr" aria-live="polite" hx-swap-oob="innerHTML">{}</p>', said)
        )
    headers = {"Cache-Control": "no-store"}
    if request.method == "POST":
        headers["HX-Push-Url"] = "false"  # boosted forms would put their own address into the history
        parts.append('<div id="notice" hx-swap-oob="innerHTML"></div>')  # what was refused before is settled
    return HttpResponse("".join(parts), headers=headers)
