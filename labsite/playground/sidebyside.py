"""Two benches of one visitor, or two moments of one bench, side by side.

Both stacks, what they share, and what a build would do in each.
"""

from dataclasses import dataclass, replace
from functools import cached_property

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from engine.analysis import Pair, Side, compare, side_of
from labsite.playground.bench import LONGEST_PARAMETER, Bench, Look, bench_at, digits
from labsite.playground.pictures import Drawn, scene_of, view_of
from labsite.playground.views import own_bench
from labsite.workspaces import services, visitors
from labsite.workspaces.models import Visitor, Workspace

MOST_FILES = 90
"""Changed files that are listed."""
STATES = {
    "reused": ("hit", _("✓ shared")),
    "rebuilt": ("miss", _("● other")),
    "new": ("new", _("+ only right")),
    "gone": ("gone", _("✕ only left")),
}
"""State of a pair of layers -> class and words of its mark."""


@dataclass(frozen=True)
class Half:
    """One of the two benches, at its head or at an earlier moment."""

    bench: Bench
    asked: str
    """The image or container the address names."""

    @cached_property
    def names(self) -> list[str]:
        """What can be compared: images first, then containers."""
        inventory = scene_of(self.bench.machine).inventory
        return [image.label for image in inventory.listed] + [item.name for item in inventory.containers]

    @property
    def chosen(self) -> str:
        """What is compared: as the address says, else the image made last."""
        return self.asked if self.asked in self.names else next(iter(self.names), "")

    @cached_property
    def side(self) -> Side | None:
        """What is compared, with its files."""
        inventory = scene_of(self.bench.machine).inventory
        return side_of(inventory, self.bench.store, self.chosen) if self.chosen else None

    @cached_property
    def drawn(self) -> Drawn:
        """The machine's stacks."""
        return view_of(self.bench).draw()


def half_of(request: HttpRequest, visitor: Visitor, key: str, name: str) -> Half:
    """The half called ``name`` as the address asks for it; raises Http404."""
    workspace = services.find(visitor, key)
    moment = digits(request.GET.get(f"{name}_at", "")[:LONGEST_PARAMETER])
    bench = bench_at(workspace, Look(at=moment))
    return Half(replace(bench, readonly=True), request.GET.get(name, "")[:LONGEST_PARAMETER])


@require_safe
@own_bench
def choose(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """From the form that asks which lab to compare with, to the page."""
    if "with" not in request.GET:
        return HttpResponseRedirect(reverse("bench", args=[workspace.key]))
    other = services.find(workspace.visitor, request.GET["with"])
    return HttpResponseRedirect(reverse("compare", args=[workspace.key, other.key]))


@require_safe
def page(request: HttpRequest, first: str, second: str) -> HttpResponse:
    """Both sides. Both must be the visitor's own; anybody else's does not exist (Http404)."""
    visitor = visitors.visitor_of(request)
    left, right = half_of(request, visitor, first, "left"), half_of(request, visitor, second, "right")
    if left.bench.viewed.pk == right.bench.viewed.pk:
        raise Http404
    found = compare(left.side, right.side) if left.side and right.side else None
    files = found.files if found else ()
    context = {
        "left": left,
        "right": right,
        "halves": (("left", left), ("right", right)),
        "same_picture": left.drawn.rendered.digest == right.drawn.rendered.digest,
        "one_lab": first == second,
        "found": found,
        "pairs": [(*STATES[pair.state], pair, _size(pair)) for pair in found.pairs] if found else (),
        "files": files[:MOST_FILES],
        "left_out": max(0, len(files) - MOST_FILES),
    }
    response = render(request, "playground/sidebyside.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _size(pair: Pair) -> int:
    row = pair.after or pair.before
    return row.size if row else 0
