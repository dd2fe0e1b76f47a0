"""The course map, and what a lesson's forms do. All of them work without JavaScript."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from labsite.lessons import attempts
from labsite.lessons.lesson import Lesson, Step
from labsite.lessons.loader import course
from labsite.lessons.models import Attempt
from labsite.playground.bench import open_bench
from labsite.playground.panels import panels
from labsite.web.panels import answer as panel_answer
from labsite.workspaces import services, visitors

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Card:
    """A lesson on the map."""

    lesson: Lesson
    title: str
    summary: str
    done: bool
    translated: bool


@dataclass(frozen=True)
class UnitCard:
    """A unit on the map, its lessons from the first to the last."""

    title: str
    summary: str
    cards: tuple[Card, ...]

    @property
    def done(self) -> int:
        """How many of its lessons are finished."""
        return sum(1 for card in self.cards if card.done)


@require_safe
def course_map(request: HttpRequest) -> HttpResponse:
    """All units as stacks of lessons; a finished lesson is a filled slab."""
    language = get_language() or "en"
    done = attempts.finished_lessons(visitors.visitor_of(request))
    units = []
    for unit in course():
        cards = []
        for lesson in unit.lessons:
            text, translated = lesson.text(language)
            cards.append(Card(lesson, text.title, text.summary, lesson.id in done, translated))
        units.append(UnitCard(unit.title(language), unit.summary(language), tuple(cards)))
    return render(request, "lessons/map.html", {"units": units})


@require_POST
def start(request: HttpRequest, lesson: str) -> HttpResponse:
    """Go on with an unfinished attempt at the lesson, or begin a fresh one."""
    found = attempts.find_lesson(lesson)
    visitor = visitors.ensure_visitor(request)
    attempt = None
    if not request.POST.get("afresh"):
        unfinished = Attempt.objects.filter(visitor=visitor, lesson=found.id, finished_at__isnull=True)
        attempt = unfinished.order_by("-started_at").first()
    if attempt is None:
        title = found.text(get_language() or "en")[0].title
        attempt = attempts.begin(visitor, found, title)
    return HttpResponseRedirect(reverse("bench", args=[attempt.workspace.key]))


@require_safe
def handout(request: HttpRequest, lesson: str) -> HttpResponse:
    """A lesson on paper: questions with boxes to tick; what was found out only for who has finished it."""
    found = attempts.find_lesson(lesson)
    text, translated = found.text(get_language() or "en")
    finished = found.id in attempts.finished_lessons(visitors.visitor_of(request))
    files: dict[str, str | None] = {}
    for doing in found.start:
        files.update(doing.edit)
    context = {
        "lesson": found,
        "text": text,
        "translated": translated,
        "finished": finished,
        "steps": [(step, text.steps[step.id]) for step in found.steps],
        "start": [(path, body) for path, body in files.items() if body],
    }
    return render(request, "lessons/handout.html", context)


def own_attempt(view: View) -> View:
    """Gives a view the visitor's own attempt by its workspace's key; other people's do not exist."""

    @wraps(view)
    @require_POST
    def found(request: HttpRequest, key: str, **rest: Any) -> HttpResponse:
        workspace = services.find(visitors.visitor_of(request), key)
        attempt = attempts.attempt_of(workspace)
        lesson = attempts.lesson_of(attempt) if attempt else None
        if attempt is None or lesson is None:
            raise Http404
        attempt.workspace = workspace
        said = view(request, attempt, lesson, lesson.step(attempt.step), **rest)
        return _shown(request, attempt, said)

    return found


def _shown(request: HttpRequest, attempt: Attempt, said: str) -> HttpResponse:
    """The bench after a lesson's form: changed panels, or the whole page by redirect."""
    bench = open_bench(request, attempt.workspace)
    if request.headers.get("HX-Request"):
        return panel_answer(request, panels(request, bench), said)
    return HttpResponseRedirect(f"{bench.address(at='')}#companion")


@own_attempt
def answer(request: HttpRequest, attempt: Attempt, lesson: Lesson, step: Step) -> str:
    """Answer a prediction or a search."""
    if step.kind not in ("predict", "find"):
        raise Http404
    attempts.answer(attempt, step, request.POST.getlist("choice"))
    return _("Your answer is compared with what happened.")


@own_attempt
def arrange(request: HttpRequest, attempt: Attempt, lesson: Lesson, step: Step) -> str:
    """Take an arrangement of lines: moved up or down by a button, or handed in."""
    if step.kind != "order":
        raise Http404
    lines = request.POST.getlist("line")
    move = request.POST.get("move", "")
    if move:
        direction, _colon, index = move.partition(":")
        position = int(index) if index.isascii() and index.isdigit() else 0
        other = position - 1 if direction == "up" else position + 1
        if not (0 < position < len(lines) and 0 < other < len(lines)):
            raise Http404
        lines[position], lines[other] = lines[other], lines[position]
        if sorted(lines) != sorted(step.lines):
            raise Http404
        attempt.note(step.id, answer=lines, bytes=None, builds=None)
        return _("Moved.")
    if not lines:
        raise Http404
    attempts.arrange(attempt, step, lines)
    return _("Your order was tried.")


@own_attempt
def hint(request: HttpRequest, attempt: Attempt, lesson: Lesson, step: Step) -> str:
    """One hint more."""
    attempts.take_hint(attempt, step)
    return _("A hint is shown.")


@own_attempt
def solution(request: HttpRequest, attempt: Attempt, lesson: Lesson, step: Step) -> str:
    """Show the solution."""
    attempts.show_solution(attempt, step)
    return _("The solution is shown. It is yours to run.")


@own_attempt
def go_on(request: HttpRequest, attempt: Attempt, lesson: Lesson, step: Step) -> str:
    """The next step."""
    attempts.go_on(attempt, lesson)
    return _("Lesson finished.") if attempt.finished_at else _("Next step.")
