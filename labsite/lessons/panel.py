"""The lesson beside the bench."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from labsite.lessons import attempts
from labsite.lessons.lesson import Doing, Lesson, LessonText, Step, StepText
from labsite.lessons.loader import lessons
from labsite.lessons.misconceptions import Misconception, misconceptions
from labsite.lessons.models import Attempt
from labsite.lessons.questions import is_single
from labsite.playground.bench import Bench
from labsite.web.panels import Panel
from labsite.workspaces.models import Workspace


@dataclass(frozen=True)
class GoalLine:
    """One line of the checklist; ``why_not`` is "" once it is met."""

    text: str
    why_not: str

    @property
    def met(self) -> bool:
        """Whether it is done."""
        return not self.why_not


@dataclass(frozen=True)
class Choice:
    """One candidate of a question, and how the answer compares with what happened."""

    value: str
    label: str
    chosen: bool
    true: bool
    why: str

    @property
    def right(self) -> bool:
        """Whether the learner said what then happened."""
        return self.chosen == self.true


@dataclass(frozen=True)
class Tip:
    """What is said of a wrong idea; ``lesson`` is the one that meets it, "" when that is this one."""

    says: str
    lesson: str
    title: str


@dataclass(frozen=True)
class StepView:
    """What the page shows of the present step."""

    lesson: Lesson
    text: LessonText
    translated: bool
    step: Step
    words: StepText
    number: int
    attempt: Attempt
    goals: tuple[GoalLine, ...]

    @property
    def facts(self) -> dict[str, Any]:
        """What is known of the step."""
        return self.attempt.facts(self.step.id)

    @property
    def done(self) -> bool:
        """Whether the learner may go on."""
        return self.step.kind == "read" or self.attempt.is_done(self.step.id)

    @property
    def finished(self) -> bool:
        """Whether the whole lesson is done."""
        return self.attempt.finished_at is not None

    @property
    def total(self) -> int:
        """How many steps the lesson has."""
        return len(self.lesson.steps)

    @property
    def is_last(self) -> bool:
        """Whether no step follows."""
        return self.number == self.total

    @property
    def answered(self) -> bool:
        """Whether a question has its answer; only then is what happened in the page."""
        return "true" in self.facts

    @property
    def choices(self) -> list[Choice]:
        """The candidates of a question."""
        facts = self.facts
        true, picked, why = facts.get("true", []), facts.get("answer", []), facts.get("why", {})
        labels = self.words.labels
        return [
            Choice(value, labels.get(value, value), value in picked, value in true, why.get(value, ""))
            for value in self.step.candidates
        ]

    @property
    def right(self) -> int:
        """How many candidates were judged as they then turned out."""
        return sum(1 for choice in self.choices if choice.right)

    @property
    def many(self) -> bool:
        """Whether several candidates may be chosen."""
        return not is_single(self.step.question)

    @property
    def lines(self) -> list[str]:
        """An order step's lines as they are arranged now."""
        return list(self.facts.get("answer") or self.step.lines)

    @property
    def hints(self) -> list[tuple[str, str]]:
        """The hints shown so far, each with its name; the idea answers the wrong idea that shows, if any."""
        shown = self.facts.get("hints", 0)
        hints = list(self.words.hints)
        for wrong in self._wrong_ideas[-1:]:
            hints[0] = str(wrong.instead)
        return list(zip((_("Idea"), _("Where"), _("Almost")), hints, strict=False))[:shown]

    @property
    def _wrong_ideas(self) -> list[Misconception]:
        """Misconceptions that showed in this step, in the order they did."""
        known = misconceptions()
        noted = sorted(self.facts.get("misconceptions", {}).items(), key=lambda item: item[1])
        return [known[name] for name, _moment in noted if name in known]

    @property
    def tips(self) -> list[Tip]:
        """What to say of the wrong ideas that showed in this step."""
        course = lessons()
        language = get_language() or "en"
        tips = []
        for wrong in self._wrong_ideas:
            other = course.get(wrong.lesson) if wrong.lesson != self.lesson.id else None
            title = other.text(language)[0].title if other else ""
            tips.append(Tip(str(wrong.says), other.id if other else "", title))
        return tips

    @property
    def next_hint(self) -> str:
        """The name of the next hint, "" when all are shown."""
        names = (_("Idea"), _("Where"), _("Almost"))
        shown = self.facts.get("hints", 0)
        return names[shown] if shown < len(self.words.hints) else ""

    @property
    def solution(self) -> tuple[Doing, ...]:
        """The solution, once it was asked for."""
        return self.step.solution if self.facts.get("solution") else ()

    @property
    def next_lesson(self) -> Lesson | None:
        """The lesson that follows in the course."""
        known = list(lessons().values())
        position = next((i for i, item in enumerate(known) if item.id == self.lesson.id), len(known))
        return known[position + 1] if position + 1 < len(known) else None


def view_of(attempt: Attempt) -> StepView | None:
    """What to show of an attempt now; None when its lesson left the course."""
    lesson = attempts.lesson_of(attempt)
    if lesson is None:
        return None
    text, translated = lesson.text(get_language() or "en")
    ids = [step.id for step in lesson.steps]
    step = lesson.steps[ids.index(attempt.step)] if attempt.step in ids else lesson.steps[0]
    words = text.steps[step.id]
    goals: tuple[GoalLine, ...] = ()
    if attempts.has_goals(step):
        bench = attempts.bench_of(attempt)
        reasons = attempts.look_at_goals(attempt, step, bench)
        attempts.notice_misconceptions(attempt, step, bench)
        goals = tuple(GoalLine(line, reason or "") for line, reason in zip(words.goals, reasons, strict=True))
    return StepView(lesson, text, translated, step, words, ids.index(step.id) + 1, attempt, goals)


def lesson_panel(request: HttpRequest, bench: Bench) -> Panel | None:
    """The panel for the owner's bench; None for a workspace that is no attempt (a fork)."""
    attempt = attempts.attempt_of(bench.workspace)
    shown = view_of(attempt) if attempt else None
    if attempt is None or shown is None:
        return None
    reasons = [(line.text, line.why_not) for line in shown.goals]
    key = [attempt.step, attempt.progress, reasons, shown.finished, bench.language, bench.look.query()]

    def draw() -> str:
        return render_to_string("lessons/_lesson.html", {"view": shown, "bench": bench}, request)

    return Panel("companion", key, draw)


def closed(workspace: Workspace) -> str:
    """Why the terminal waits: a prediction comes first."""
    attempt = attempts.attempt_of(workspace)
    lesson = attempts.lesson_of(attempt) if attempt else None
    if attempt is None or lesson is None or not attempts.is_closed(attempt, lesson):
        return ""
    return _("First say what you expect: the question stands beside the bench.")
