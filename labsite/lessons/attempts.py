"""Working through a lesson: start, answer, meet goals, take hints, go on."""

from collections.abc import Sequence

from django.http import Http404
from django.utils import timezone

from engine.content import StackedStore
from engine.events import event_from_json
from engine.machine import Machine
from labsite.lessons.bench import Bench, actions, do
from labsite.lessons.goals import why_not
from labsite.lessons.lesson import WORKBENCH_KINDS, Lesson, Step
from labsite.lessons.loader import lessons
from labsite.lessons.misconceptions import detect
from labsite.lessons.models import Attempt
from labsite.lessons.ordering import best_score, score
from labsite.lessons.questions import find_out
from labsite.workspaces import services
from labsite.workspaces.models import Visitor, Workspace
from labsite.workspaces.store import shared_store

ORIGIN = "lesson:"


def find_lesson(name: str) -> Lesson:
    """The lesson of that id; raises Http404."""
    try:
        return lessons()[name]
    except KeyError:
        raise Http404 from None


def begin(visitor: Visitor, lesson: Lesson, title: str) -> Attempt:
    """A fresh attempt with a workspace in the lesson's start state."""

    def prepare(machine: Machine, store: StackedStore) -> Machine:
        return do(Bench(machine, store), lesson.start).machine

    workspace = services.create(visitor, title, origin=f"{ORIGIN}{lesson.id}", prepare=prepare)
    return Attempt.objects.create(
        visitor=visitor, lesson=lesson.id, workspace=workspace, step=lesson.steps[0].id
    )


def attempt_of(workspace: Workspace) -> Attempt | None:
    """The attempt that a workspace belongs to (a fork belongs to none)."""
    return Attempt.objects.filter(workspace=workspace).first()


def lesson_of(attempt: Attempt) -> Lesson | None:
    """The lesson an attempt is about; None when the course no longer has it."""
    return lessons().get(attempt.lesson)


def bench_of(attempt: Attempt) -> Bench:
    """The attempt's machine with everything that happened since its present step began."""
    workspace = attempt.workspace
    moments, index = services.timeline(workspace)
    recent = [moment for moment in moments[: index + 1] if moment.number > attempt.step_revision]
    entries = [entry for _, entry in services.transcript(recent)]
    events = tuple(event_from_json(dict(event)) for entry in entries for event in entry.events)
    output = "".join(text for entry in entries for _, text in entry.output)
    machine = services.machine_at(workspace.head)
    return Bench(machine, StackedStore(shared_store()), events, output)


def look_at_goals(attempt: Attempt, step: Step, bench: Bench) -> list[str | None]:
    """Why each goal is not met (None = met, now or earlier). Newly met ones are latched with their moment."""
    met: dict[str, int] = dict(attempt.facts(step.id).get("met", {}))
    reasons: list[str | None] = []
    for index, goal in enumerate(step.goals):
        reason = None if str(index) in met else why_not(goal, bench)
        if reason is None:
            met.setdefault(str(index), attempt.workspace.head.number)
        reasons.append(reason)
    if met != attempt.facts(step.id).get("met", {}):
        attempt.note(step.id, met=met, done=len(met) == len(step.goals))
    return reasons


def notice_misconceptions(attempt: Attempt, step: Step, bench: Bench) -> None:
    """Remember, with their moment, the wrong ideas that show for the first time in this step."""
    known: dict[str, int] = attempt.facts(step.id).get("misconceptions", {})
    new = {name: attempt.workspace.head.number for name in detect(bench) if name not in known}
    if new:
        attempt.note(step.id, misconceptions={**known, **new})


def answer(attempt: Attempt, step: Step, chosen: Sequence[str]) -> None:
    """Take an answer to a predict or find step; then do what the step says, on the learner's own machine."""
    if attempt.is_done(step.id):
        return
    picked = [candidate for candidate in step.candidates if candidate in chosen]
    _, reality = find_out(step, bench_of(attempt))
    for doing in step.run:
        for action in actions(doing):
            label = doing.run or "…"
            services.apply(attempt.workspace, action, kind="command", label=label)
    attempt.note(step.id, answer=picked, true=sorted(reality.true), why=dict(reality.why), done=True)


def arrange(attempt: Attempt, step: Step, lines: Sequence[str]) -> None:
    """Score an arrangement of an order step's lines; the first line stays where it is."""
    if sorted(lines) != sorted(step.lines) or lines[0] != step.lines[0]:
        raise Http404
    bench = bench_of(attempt)
    found = score(step, bench, lines)
    best = best_score(step, bench)
    attempt.note(
        step.id,
        answer=list(lines),
        builds=found is not None,
        bytes=found.rebuilt_bytes if found else None,
        steps=found.rebuilt_steps if found else None,
        best_bytes=best.rebuilt_bytes,
        best_steps=best.rebuilt_steps,
        done=found is not None and not best < found,
    )


def take_hint(attempt: Attempt, step: Step) -> None:
    """Show one hint more."""
    attempt.note(step.id, hints=min(3, attempt.facts(step.id).get("hints", 0) + 1))


def show_solution(attempt: Attempt, step: Step) -> None:
    """Show how it can be done; nothing is run."""
    attempt.note(step.id, solution=True, hints=3)


def finish_reading(attempt: Attempt, step: Step) -> None:
    """A step that is only read is done when the reader goes on."""
    if step.kind == "read":
        attempt.note(step.id, done=True)


def go_on(attempt: Attempt, lesson: Lesson) -> None:
    """Leave the present step, which must be done, for the next one; the last one finishes the lesson."""
    ids = [step.id for step in lesson.steps]
    position = ids.index(attempt.step)
    finish_reading(attempt, lesson.steps[position])
    if not attempt.is_done(attempt.step):
        return
    if position + 1 == len(ids):
        attempt.finished_at = attempt.finished_at or timezone.now()
    else:
        attempt.step = ids[position + 1]
        attempt.step_revision = attempt.workspace.head.number
    attempt.save(update_fields=["step", "step_revision", "finished_at"])


def is_closed(attempt: Attempt, lesson: Lesson) -> bool:
    """Whether the bench waits for a prediction: nothing may be run before it is answered."""
    step = lesson.step(attempt.step)
    return step.kind == "predict" and not attempt.is_done(step.id)


def finished_lessons(visitor: Visitor | None) -> frozenset[str]:
    """Lessons the visitor has finished at least once."""
    if visitor is None:
        return frozenset()
    done = Attempt.objects.filter(visitor=visitor, finished_at__isnull=False)
    return frozenset(done.values_list("lesson", flat=True))


def has_goals(step: Step) -> bool:
    """Whether the step is finished on the bench."""
    return step.kind in WORKBENCH_KINDS
