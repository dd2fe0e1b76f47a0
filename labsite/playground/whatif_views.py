"""The page of questions about the future: twenty working days, time passing, a second bench."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from engine.analysis import diff_texts
from labsite.playground import passing_time
from labsite.playground.bench import Bench, open_bench
from labsite.playground.views import clock as put_forward
from labsite.playground.views import own_bench
from labsite.playground.whatif import (
    DEPENDENCY_LISTS,
    MOST_BUILDS,
    MOST_FILES,
    MOST_MOVES,
    CannotSimulate,
    Cost,
    FileCost,
    Outcome,
    TooSlow,
    simulate,
)
from labsite.web.templatetags.lab import bytes_human
from labsite.workspaces import services
from labsite.workspaces.models import Workspace

RATES = (
    (0, gettext_lazy("never")),
    (1, gettext_lazy("once in 20 days")),
    (4, gettext_lazy("once a week")),
    (20, gettext_lazy("once a day")),
    (60, gettext_lazy("three times a day")),
)
"""How often a file changes in twenty working days."""
ALLOWED = {times for times, _words in RATES}
NO_SOURCE = (".dockerignore", ".gitignore", "LICENSE", "README.md")


@dataclass(frozen=True, slots=True)
class Rate:
    """One file of the form."""

    path: str
    times: int

    @property
    def choices(self) -> list[tuple[int, Any, bool]]:
        """What can be chosen: times, words, whether it is chosen."""
        return [(times, words, times == self.times) for times, words in RATES]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure, now and in the best order; widths are parts of a hundred of the longer bar."""

    title: str
    now: str
    best: str
    now_width: int
    best_width: int


def usual_rate(path: str, dockerfile: str) -> int:
    """How often a file changes as a rule: sources often, dependency lists weekly, Dockerfiles rarely."""
    name = path.rpartition("/")[2]
    if path == dockerfile:
        return 1
    if name in NO_SOURCE or "dockerfile" in name.lower():
        return 0
    return 4 if name in DEPENDENCY_LISTS else 60


def rates_of(request: HttpRequest, bench: Bench) -> tuple[list[Rate], int]:
    """The files of the form with their rates, and how many files had no place in it."""
    paths = [file.path for file in bench.files if not file.is_directory]
    paths.sort(key=lambda path: (path != bench.dockerfile, usual_rate(path, bench.dockerfile) == 0, path))
    pairs = zip(request.GET.getlist("path"), request.GET.getlist("times"), strict=False)
    asked = {path: int(times) for path, times in pairs if times.isascii() and times.isdigit()}
    found = [
        Rate(path, times if (times := asked.get(path, -1)) in ALLOWED else usual_rate(path, bench.dockerfile))
        for path in paths[:MOST_FILES]
    ]
    return found, max(0, len(paths) - MOST_FILES)


@require_safe
@own_bench
def whatif(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The page; with rates in the address also the answer."""
    bench = open_bench(request, workspace)
    rates, left_out = rates_of(request, bench)
    outcome, failed, slow = None, "", False
    source = next((file.text for file in bench.files if file.path == bench.dockerfile), None)
    if "times" in request.GET and source is not None:
        try:
            outcome = simulate(bench.machine, bench.dockerfile, {rate.path: rate.times for rate in rates})
        except TooSlow:
            slow = True
        except CannotSimulate as why:
            failed = str(why)
    context = {
        "bench": bench,
        "rates": rates,
        "left_out": left_out,
        "buildable": source is not None,
        "outcome": outcome,
        "failed": failed,
        "slow": slow,
        "figures": _figures(outcome) if outcome else (),
        "changes": _rows(outcome) if outcome else (),
        "difference": diff_texts(source or "", outcome.text).lines if outcome and outcome.improved else (),
        "base": services.text_digest(source or ""),
        "summary": _summary(outcome) if outcome else "",
        "limits": {"moves": MOST_MOVES, "builds": MOST_BUILDS},
        "others": workspace.visitor.workspaces.filter(head__isnull=False)
        .exclude(pk=workspace.pk)
        .order_by("-changed_at")[:20],
        **_time(bench, workspace),
    }
    response = render(request, "playground/whatif.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _time(bench: Bench, workspace: Workspace) -> dict[str, Any]:
    head = bench.moments[bench.index]
    passed = head.kind == "clock" and bench.index > 0
    before = services.load_machine(bench.moments[bench.index - 1].machine) if passed else None
    return {
        "now": passing_time.moment(bench.machine.now),
        "then": passing_time.moment(before.now) if before else None,
        "aged": list(passing_time.ages(bench.machine, before, bench.store)),
    }


def pass_time(request: HttpRequest, key: str) -> HttpResponse:
    """Put the clock forward as the bench does, and come back to see what that changed."""
    response = put_forward(request, key=key)
    if request.method != "POST" or response.status_code != 302:
        return response
    return HttpResponseRedirect(reverse("bench-whatif", args=[key]) + "#time")


# ---------------------------------------------------------------------- words and figures


def duration(seconds: float) -> str:
    """``< 0.1 s``, ``0.4 s``, ``12 s``, ``3 min 05 s``, ``2 h 10 min``; French with its comma."""
    if seconds < 9.95:
        point = "," if (get_language() or "en").startswith("fr") else "."
        tenths = f"{seconds:.1f}" if seconds >= 0.05 or not seconds else "< 0.1"
        return f"{tenths.replace('.', point)} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def _figures(outcome: Outcome) -> list[Figure]:
    def figure(title: str, now: float, best: float, words: Any) -> Figure:
        longest = max(now, best) or 1
        return Figure(title, words(now), words(best), round(100 * now / longest), round(100 * best / longest))

    now, best = outcome.now, outcome.best
    return [
        figure(_("Time spent rebuilding"), now.seconds, best.seconds, duration),
        figure(_("Steps that ran"), now.steps, best.steps, lambda value: f"{value:.0f}"),
        figure(_("Bytes pushed"), now.pushed, best.pushed, lambda value: bytes_human(round(value))),
    ]


def _rows(outcome: Outcome) -> list[tuple[FileCost, Any, str, str]]:
    """The table: a file, how often in words, and what one change costs now and in the best order."""
    words = dict(RATES)
    return [
        (row, words.get(round(row.times), row.times), cost_words(row.now), cost_words(row.best))
        for row in outcome.files
    ]


def _summary(outcome: Outcome) -> str:
    """What the search did, in one sentence."""
    if not outcome.tried:
        return _("No other order of these lines can be expected to cost less, so none was tried.")
    tried = ngettext("%(n)d other order was built", "%(n)d other orders were built", outcome.tried)
    rejected = ngettext(
        "%(n)d of them did not build or gave other files",
        "%(n)d of them did not build or gave other files",
        outcome.rejected,
    )
    said = f"{tried % {'n': outcome.tried}}, {rejected % {'n': outcome.rejected}}."
    return said[0].upper() + said[1:]


def cost_words(cost: Cost) -> str:
    """One cost as text."""
    if not cost.steps:
        return _("nothing runs")
    steps = ngettext("%(n)s step", "%(n)s steps", round(cost.steps)) % {"n": round(cost.steps)}
    return f"{steps}, {duration(cost.seconds)}, {bytes_human(round(cost.pushed))}"
