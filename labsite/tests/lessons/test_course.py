"""Every lesson of the course, played from its start to its end and read in both languages."""

import re
from collections.abc import Iterator
from time import process_time

import pytest
import yaml

from labsite.lessons.bench import do, fresh_bench
from labsite.lessons.checker import check
from labsite.lessons.goals import why_not
from labsite.lessons.lesson import WORKBENCH_KINDS, Lesson, LessonText
from labsite.lessons.loader import COURSE, course, read_lesson
from labsite.lessons.questions import find_out

LISTING = yaml.safe_load((COURSE / "course.yaml").read_text("utf-8"))
IDS = [name for unit in LISTING["units"] for name in unit["lessons"]]
LANGUAGES = ("en", "fr")
SLOWEST_CHECK = 0.02
"""Seconds that looking at the goals of one step may take."""


@pytest.fixture
def lesson(request: pytest.FixtureRequest) -> Lesson:
    return read_lesson(COURSE / request.param)


every_lesson = pytest.mark.parametrize("lesson", IDS, indirect=True, ids=IDS)


@every_lesson
def test_it_can_be_solved_as_it_says_and_not_by_its_wrong_turns(lesson: Lesson) -> None:
    assert list(check(lesson)) == []


@every_lesson
def test_it_predicts_first_and_is_short(lesson: Lesson) -> None:
    if lesson.challenge:
        return
    assert next(step.kind for step in lesson.steps if step.kind != "read") == "predict"
    assert lesson.minutes < 10


@every_lesson
def test_what_is_done_on_the_bench_has_several_ways_and_wrong_turns(lesson: Lesson) -> None:
    for step in lesson.steps:
        if step.kind in WORKBENCH_KINDS:
            assert step.also, f"{step.id} accepts one way only"
            assert step.wrong, f"{step.id} has no wrong turn"


def prose(text: LessonText) -> Iterator[str]:
    """Everything a reader reads, without code."""
    parts = [text.title, text.summary, text.keep]
    for step in text.steps.values():
        parts += [step.title, step.body, step.after, *step.hints, *step.goals, *step.labels.values()]
    for part in parts:
        without_blocks = re.sub(r"^    .*$|```.*?```", "", part, flags=re.MULTILINE | re.DOTALL)
        yield re.sub(r"`[^`]*`", "", without_blocks)


@every_lesson
def test_it_is_written_in_both_languages_in_the_house_style(lesson: Lesson) -> None:
    assert set(lesson.texts) == set(LANGUAGES)
    english, french = lesson.texts["en"], lesson.texts["fr"]
    for step in lesson.steps:
        en, fr = english.steps[step.id], french.steps[step.id]
        assert set(en.labels) == set(fr.labels)
        assert bool(en.after) == bool(fr.after)
        assert step.kind == "read" or en.after, f"{step.id} does not say what to see in what happened"
        for words in (en, fr):
            assert words.body
    for text in lesson.texts.values():
        assert text.keep.endswith(".")
        for part in prose(text):
            assert "!" not in part, part


@every_lesson
def test_looking_at_its_goals_is_quick(lesson: Lesson) -> None:
    bench = do(fresh_bench(), lesson.start)
    for step in lesson.steps:
        bench = bench.since_now()
        if step.kind in ("predict", "find"):
            bench, _ = find_out(step, bench)
        bench = do(bench, step.solution)
        taken = []
        for _round in range(3):
            begun = process_time()
            for goal in step.goals:
                why_not(goal, bench)
            taken.append(process_time() - begun)
        assert min(taken) < SLOWEST_CHECK, f"{step.id}: {min(taken) * 1000:.0f} ms"


def test_every_folder_is_in_the_course_and_nothing_is_in_it_twice() -> None:
    folders = {path.parent.name for path in COURSE.glob("*/lesson.yaml")}
    assert sorted(IDS) == sorted(folders)
    assert [lesson.id for unit in course() for lesson in unit.lessons] == IDS


def test_units_are_named_in_both_languages() -> None:
    for unit in LISTING["units"]:
        assert set(unit["title"]) == set(unit["summary"]) == set(LANGUAGES)
