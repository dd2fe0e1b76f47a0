"""Plays a lesson from its start to its end and says what is wrong with it."""

from collections.abc import Iterator

from labsite.lessons.bench import Bench, do, fresh_bench
from labsite.lessons.goals import UnknownGoal, validate, why_not
from labsite.lessons.lesson import WORKBENCH_KINDS, Lesson, Step
from labsite.lessons.ordering import MOST_LINES, best_score
from labsite.lessons.questions import UnknownQuestion, find_out, is_single


def check(lesson: Lesson) -> Iterator[str]:
    """One sentence for every fault; nothing for a sound lesson."""
    bench = do(fresh_bench(), lesson.start)
    for doing in lesson.start:
        if doing.run and "rror" in bench.output:
            yield f"{lesson.id}: its start prints an error: {bench.output[-300:]}"
            break
    for step in lesson.steps:
        bench = bench.since_now()
        where = f"{lesson.id}/{step.id}"
        if step.kind in WORKBENCH_KINDS:
            faults, bench = _check_goals(step, bench)
        elif step.kind in ("predict", "find"):
            faults, bench = _check_question(step, bench)
        elif step.kind == "order":
            faults = _check_order(step, bench)
        else:
            faults = []
        yield from (f"{where}: {fault}" for fault in faults)


def _check_goals(step: Step, bench: Bench) -> tuple[list[str], Bench]:
    faults = []
    for goal in step.goals:
        try:
            validate(goal)
        except UnknownGoal as error:
            return [str(error)], bench
    if all(why_not(goal, bench) is None for goal in step.goals):
        faults.append("it is solved before anything is done")
    for turn in step.wrong:
        tried = do(bench, turn.do)
        found = [(goal.name, why_not(goal, tried)) for goal in step.goals]
        reasons = {name: reason for name, reason in found if reason is not None}
        if not reasons:
            faults.append(f"the wrong turn {turn.do} solves it")
        elif turn.because not in reasons:
            faults.append(f"the wrong turn {turn.do} is not refused because of {turn.because}: {reasons}")
    for way in (*step.also, step.solution):
        solved = do(bench, way)
        for goal in step.goals:
            reason = why_not(goal, solved)
            if reason is not None:
                faults.append(f"{way} leaves {goal.name} unmet: {reason}\n{solved.output[-600:]}")
    return faults, do(bench, step.solution)


def _check_question(step: Step, bench: Bench) -> tuple[list[str], Bench]:
    try:
        after, reality = find_out(step, bench)
    except UnknownQuestion as error:
        return [str(error)], bench
    except KeyError as error:
        return [f"the target lacks {error}"], bench
    faults = []
    if is_single(step.question) and len(reality.true) != 1:
        faults.append(f"no candidate, or several, are true: {sorted(reality.true)}\n{after.output[-600:]}")
    if not reality.true or len(reality.true) == len(step.candidates):
        faults.append(
            f"all or none of the candidates are true: {sorted(reality.true)}\n{after.output[-600:]}"
        )
    return faults, after


def _check_order(step: Step, bench: Bench) -> list[str]:
    if len(step.lines) - 1 > MOST_LINES:
        return [f"more than {MOST_LINES} movable lines"]
    try:
        best_score(step, bench)
    except ValueError as error:
        return [str(error)]
    return []
