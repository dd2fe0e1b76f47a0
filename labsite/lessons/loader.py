"""Finds and reads the lessons of the course."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from labsite.lessons.lesson import Doing, Goal, Lesson, Step, Unit, WrongTurn
from labsite.lessons.texts import BadText, read_text

HERE = Path(__file__).parent
COURSE = HERE / "course"


class BadLesson(ValueError):
    """A lesson's data is not in the documented form; the message names the place."""


@cache
def schema() -> Any:
    """The JSON Schema of ``lesson.yaml``."""
    return json.loads((HERE / "schema.json").read_text("utf-8"))


@cache
def _validator() -> Any:
    return jsonschema.Draft202012Validator(schema())


def read_lesson(folder: Path) -> Lesson:
    """The lesson in ``folder``. Raises BadLesson."""
    source = folder / "lesson.yaml"
    try:
        data = yaml.safe_load(source.read_text("utf-8"))
    except OSError as error:
        raise BadLesson(f"{source}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise BadLesson(f"{source}: {error}") from error
    problem = jsonschema.exceptions.best_match(_validator().iter_errors(data))
    if problem is not None:
        place = "/".join(str(part) for part in problem.absolute_path)
        raise BadLesson(f"{source}: {place or 'top'}: {problem.message}")
    try:
        texts = {
            path.stem: read_text(path.read_text("utf-8"), str(path)) for path in sorted(folder.glob("*.md"))
        }
    except BadText as error:
        raise BadLesson(str(error)) from error
    lesson = Lesson(
        id=folder.name,
        minutes=data["minutes"],
        start=_doings(data.get("start", ())),
        steps=tuple(_step(item) for item in data["steps"]),
        texts=texts,
        challenge=data.get("challenge", False),
    )
    _check_texts(lesson, folder)
    return lesson


def _step(item: Mapping[str, Any]) -> Step:
    return Step(
        id=item["id"],
        kind=item["kind"],
        goals=tuple(
            Goal(name, parameters or {})
            for goal in item.get("goals", ())
            for name, parameters in goal.items()
        ),
        solution=_doings(item.get("solution", ())),
        also=tuple(_doings(way) for way in item.get("also", ())),
        wrong=tuple(WrongTurn(_doings(turn["do"]), turn["because"]) for turn in item.get("wrong", ())),
        question=item.get("question", ""),
        run=_doings(item.get("run", ())),
        candidates=tuple(str(candidate) for candidate in item.get("candidates", ())),
        target=item.get("target", {}),
        lines=tuple(item.get("lines", ())),
        edits=item.get("edits", {}),
    )


def _doings(items: Any) -> tuple[Doing, ...]:
    return tuple(
        Doing(item.get("run", ""), item.get("edit", {}), item.get("builder", ""), item.get("wait", 0))
        for item in items
    )


def _check_texts(lesson: Lesson, folder: Path) -> None:
    if "en" not in lesson.texts:
        raise BadLesson(f"{folder}: en.md is missing")
    ids = [step.id for step in lesson.steps]
    if len(set(ids)) != len(ids):
        raise BadLesson(f"{folder}: two steps have one id")
    for language, text in lesson.texts.items():
        if list(text.steps) != ids:
            raise BadLesson(f"{folder}/{language}.md: its steps are {list(text.steps)}, not {ids}")
        for step in lesson.steps:
            words = text.steps[step.id]
            where = f"{folder}/{language}.md, step {step.id}"
            if len(words.goals) != len(step.goals):
                raise BadLesson(f"{where}: {len(step.goals)} goals need as many lines under ### goals")
            if step.goals and len(words.hints) != 3:
                raise BadLesson(f"{where}: three hints are needed: idea, place, almost the line")
            unknown = set(words.labels) - set(step.candidates)
            if unknown:
                raise BadLesson(f"{where}: labels for no candidate: {', '.join(sorted(unknown))}")


@cache
def course() -> tuple[Unit, ...]:
    """All units in order, with their lessons. Raises BadLesson."""
    listing = yaml.safe_load((COURSE / "course.yaml").read_text("utf-8"))
    return tuple(
        Unit(
            unit["id"],
            unit["title"],
            unit["summary"],
            tuple(read_lesson(COURSE / name) for name in unit["lessons"]),
        )
        for unit in listing["units"]
    )


@cache
def lessons() -> Mapping[str, Lesson]:
    """Every lesson of the course by id, in order."""
    return {lesson.id: lesson for unit in course() for lesson in unit.lessons}
