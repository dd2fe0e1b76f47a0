"""The pages of generated practice. They work without JavaScript, and keep nothing."""

import secrets
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from labsite.lessons.drills import LEVELS, DrillKind, Task, drill_kinds, task_of
from labsite.lessons.loader import lessons

LONGEST_SEED = 40
LAST_LINES = 30


@dataclass(frozen=True)
class Judged:
    """A candidate with what was said and what is so; both unknown before the answer."""

    text: str
    chosen: bool = False
    true: bool = False
    why: str = ""

    @property
    def right(self) -> bool:
        """Whether it was judged as it turned out."""
        return self.chosen == self.true


@require_safe
def practice(request: HttpRequest) -> HttpResponse:
    """Every kind of drill, with a new seed or one that a class agreed on."""
    asked = request.GET.get("seed", "").strip()
    seed = asked if _is_seed(asked) else str(secrets.randbelow(900_000) + 100_000)
    kinds = list(drill_kinds().values())
    if request.GET.get("kind") in drill_kinds() and request.GET.get("level") in map(str, LEVELS):
        where = [request.GET["kind"], seed, int(request.GET["level"])]
        return HttpResponseRedirect(reverse("practice-drill", args=where))
    context = {"kinds": kinds, "levels": LEVELS, "seed": seed, "wrong": bool(asked) and seed != asked}
    response = render(request, "lessons/practice.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def drill_page(request: HttpRequest, kind: str, seed: str, level: int) -> HttpResponse:
    """One drill; the answer comes with the page after it was given, worked out by the engine then."""
    found = drill_kinds().get(kind)
    if found is None or level not in LEVELS or not _is_seed(seed):
        raise Http404
    task = task_of(kind, seed, level)
    context = {
        "kind": found,
        "seed": seed,
        "level": level,
        "levels": LEVELS,
        "task": task,
        "commands": [line for doing in task.run for line in doing.run.splitlines()],
        "given": [line for doing in task.given for line in doing.run.splitlines()],
        "choices": [Judged(text) for text in task.candidates],
        "next_seed": _next(seed),
    }
    if request.method == "POST":
        context |= _answered(request, task, found)
    return render(request, "lessons/drill.html", context)


def _answered(request: HttpRequest, task: Task, kind: DrillKind) -> dict[str, object]:
    picked = set(request.POST.getlist("choice"))
    reality, output = task.solve()
    choices = [
        Judged(text, text in picked, text in reality.true, reality.why.get(text, ""))
        for text in task.candidates
    ]
    lesson = lessons().get(kind.lesson)
    return {
        "answered": True,
        "choices": choices,
        "right": sum(choice.right for choice in choices),
        "all_right": all(choice.right for choice in choices),
        "output": "\n".join(output.splitlines()[-LAST_LINES:]),
        "lesson": lesson,
        "lesson_title": lesson.text(get_language() or "en")[0].title if lesson else "",
    }


def _is_seed(text: str) -> bool:
    return (
        0 < len(text) <= LONGEST_SEED and text.isascii() and text.replace("-", "").replace("_", "").isalnum()
    )


def _next(seed: str) -> str:
    """The seed after this one: its number one higher, so that a class stays together."""
    word = seed.rstrip("0123456789")
    number = seed[len(word) :]
    following = f"{word}{int(number) + 1}" if number else f"{seed}-2"
    return following if len(following) <= LONGEST_SEED else "1"
