"""What is wrong with a lesson's files is said together with the place."""

from pathlib import Path
from typing import Any

import pytest

from labsite.lessons.loader import BadLesson, read_lesson
from labsite.tests.lessons.writing import HINTS, MARKDOWN, lesson_data, write_lesson

PREDICT = {"id": "make", "kind": "predict"}


def problem(folder: Path) -> str:
    with pytest.raises(BadLesson) as caught:
        read_lesson(folder)
    return str(caught.value)


def test_a_lesson_is_read(tmp_path: Path) -> None:
    lesson = read_lesson(
        write_lesson(tmp_path / "mine", lesson_data(), fr=MARKDOWN.replace("Title", "Titre"))
    )
    assert lesson.id == "mine"
    assert lesson.text("fr-ca")[0].title == "Titre"
    assert lesson.text("de") == (lesson.texts["en"], False)
    (step,) = lesson.steps
    assert (step.goals[0].name, step.goals[0].parameters) == ("file-exists", {"path": "note"})
    assert lesson.texts["en"].steps["make"].hints == ("idea", "place", "almost")


@pytest.mark.parametrize(
    ("data", "place", "says"),
    [
        ({"steps": []}, "top", "minutes"),
        ({"minutes": 5, "steps": []}, "steps", "[]"),
        ({"minutes": 5, "steps": [{"kind": "read"}]}, "steps/0", "id"),
        (lesson_data(kind="dance"), "steps/0/kind", "dance"),
        (lesson_data(id="My Step"), "steps/0/id", "My Step"),
        (lesson_data(hint="x"), "steps/0", "hint"),
        (lesson_data(solution=[{"do": "x"}]), "steps/0/solution/0", "do"),
        (lesson_data(solution=[{"builder": "podman"}]), "steps/0/solution/0/builder", "podman"),
        (lesson_data(wrong=[{"do": []}]), "steps/0/wrong/0", "because"),
        (lesson_data(goals=[{"a": {}, "b": {}}]), "steps/0/goals/0", "too many"),
        ({"minutes": 5, "steps": [{**PREDICT, "question": "diff"}]}, "steps/0", "run"),
        ({"minutes": 5, "steps": [{"id": "make", "kind": "order", "lines": ["a", "b"]}]}, "steps/0", "edits"),
    ],
)
def test_the_schema_names_the_place(tmp_path: Path, data: Any, place: str, says: str) -> None:
    folder = write_lesson(tmp_path / "mine", data)
    said = problem(folder)
    assert said.startswith(f"{folder / 'lesson.yaml'}: {place}: ")
    assert says in said


def test_yaml_that_cannot_be_read_names_its_line(tmp_path: Path) -> None:
    said = problem(write_lesson(tmp_path / "mine", "minutes: 5\nsteps: [\n"))
    assert "lesson.yaml" in said and "line 3" in said


def test_a_folder_without_a_lesson(tmp_path: Path) -> None:
    assert "No such file" in problem(tmp_path)


def test_english_must_not_be_missing(tmp_path: Path) -> None:
    assert "en.md is missing" in problem(write_lesson(tmp_path / "mine", lesson_data(), en=None, fr=MARKDOWN))


@pytest.mark.parametrize(
    ("markdown", "says"),
    [
        ("## make: x\n", "a title"),
        ("# Title\n\n> Keep.\n\n## make: x\n", "a summary"),
        ("# Title\n\nSummary.\n\n## make: x\n", "a sentence to keep"),
        (MARKDOWN.replace("## make: Make it", "## Make it"), "en.md:7: a step's heading"),
        (MARKDOWN.replace("## make:", "## other:"), "['other'], not ['make']"),
        (MARKDOWN.replace("### goals", "### aims"), "step make: ### aims"),
        (MARKDOWN.replace("- a note\n", ""), "step make: 1 goals"),
        (MARKDOWN.replace("- almost\n", ""), "step make: three hints"),
        (MARKDOWN + "\n### labels\n- some: thing\n", "step make: a label is"),
        (MARKDOWN + "\n### labels\n- `x`: thing\n", "step make: labels for no candidate: x"),
    ],
)
def test_markdown_in_another_form_names_the_step(tmp_path: Path, markdown: str, says: str) -> None:
    said = problem(write_lesson(tmp_path / "mine", lesson_data(), en=markdown))
    assert "en.md" in said
    assert says in said


def test_each_language_has_all_steps(tmp_path: Path) -> None:
    said = problem(write_lesson(tmp_path / "mine", lesson_data(), fr="# T\n\nR.\n\n> G.\n"))
    assert "fr.md: its steps are [], not ['make']" in said


def test_two_steps_of_one_id(tmp_path: Path) -> None:
    data = lesson_data()
    data["steps"] *= 2
    assert "two steps have one id" in problem(write_lesson(tmp_path / "mine", data))


def test_headings_in_code_are_code(tmp_path: Path) -> None:
    markdown = MARKDOWN.replace("Body.", "```\n### goals\n```")
    words = read_lesson(write_lesson(tmp_path / "mine", lesson_data(), en=markdown)).texts["en"].steps["make"]
    assert "### goals" in words.body
    assert words.goals == ("a note",)
    assert HINTS not in words.body
