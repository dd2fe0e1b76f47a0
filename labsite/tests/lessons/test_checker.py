"""The checker finds every fault a lesson can have."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from labsite.lessons.checker import check
from labsite.lessons.loader import read_lesson
from labsite.tests.lessons.writing import MARKDOWN, lesson_data, write_lesson

QUESTION = "# T\n\nS.\n\n> K.\n\n## make: Ask\n\nBody.\n"


def faults(folder: Path, data: Any, markdown: str = MARKDOWN) -> list[str]:
    return list(check(read_lesson(write_lesson(folder / "mine", data, markdown))))


def asking(**step: Any) -> dict[str, Any]:
    asked = {"id": "make", "kind": "predict", "question": "output", "run": [{"run": "echo a"}]}
    return {"minutes": 5, "steps": [{**asked, "candidates": ["a", "b"], **step}]}


def test_a_sound_lesson_has_no_faults(tmp_path: Path) -> None:
    turn = {"do": [{"run": "touch not"}], "because": "file-exists"}
    data = lesson_data(also=[[{"edit": {"note": "x"}}]], wrong=[turn])
    assert faults(tmp_path, data) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"solution": [{"run": "touch not"}]}, "leaves file-exists unmet: There is no file note."),
        ({"also": [[{"run": "true"}]]}, "leaves file-exists unmet"),
        ({"wrong": [{"do": [{"run": "touch ./note"}], "because": "file-exists"}]}, "solves it"),
        ({"wrong": [{"do": [{"run": "true"}], "because": "built"}]}, "not refused because of built"),
        ({"goals": [{"flies": {}}]}, "no goal is called flies"),
        ({"goals": [{"file-exists": {}}]}, "file-exists: path missing"),
        ({"goals": [{"file-exists": {"path": "x", "colour": "red"}}]}, "does not take colour"),
        ({"goals": [{"no-dangling": None}]}, "it is solved before anything is done"),
    ],
)
def test_faults_of_goals(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    found = faults(tmp_path, lesson_data(**change))
    assert len(found) == 1, found
    assert found[0].startswith("mine/make: ")
    assert says in found[0]


def test_a_wrong_turn_may_fail_any_of_several_goals_of_one_kind(tmp_path: Path) -> None:
    goals = [{"file-exists": {"path": "note"}}, {"file-exists": {"path": "other"}}]
    turn = {"do": [{"run": "touch other"}], "because": "file-exists"}
    data = lesson_data(goals=goals, solution=[{"run": "touch note other"}], wrong=[turn])
    assert faults(tmp_path, data, MARKDOWN.replace("- a note", "- a note\n- another")) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"question": "why"}, "no question is called why"),
        ({"question": "layers"}, "the target lacks 'image'"),
        ({"run": [{"run": "echo a b"}]}, "all or none of the candidates are true"),
        ({"run": [{"run": "true"}]}, "all or none of the candidates are true"),
        ({"question": "containers", "candidates": ["3", "4"]}, "no candidate, or several, are true"),
    ],
)
def test_faults_of_questions(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    found = faults(tmp_path, asking(**change), QUESTION)
    assert any(says in fault for fault in found), found


def test_a_start_that_fails(tmp_path: Path) -> None:
    data = {"start": [{"run": "docker start nobody"}], **lesson_data()}
    assert "its start prints an error" in faults(tmp_path, data)[0]


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["FROM busybox", "COPY nothing /"], "no arrangement of these lines can be built"),
        (["FROM busybox", *(f"RUN echo {n}" for n in range(6))], "more than 5 movable lines"),
    ],
)
def test_faults_of_orders(tmp_path: Path, lines: list[str], says: str) -> None:
    data = {"minutes": 5, "steps": [{"id": "make", "kind": "order", "lines": lines, "edits": {"a": 1}}]}
    assert any(says in fault for fault in faults(tmp_path, data, QUESTION))


def test_the_command_checks_previews_and_lists(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sound = write_lesson(tmp_path / "sound", lesson_data())
    call_command("lesson", "check", str(sound))
    call_command("lesson", "preview", str(sound))
    call_command("lesson", "reference")
    said = capsys.readouterr().out
    assert "✓ sound" in said
    assert "## Make it [do]" in said and "There is no file note." in said and "solution: touch note" in said
    assert "file-exists: path" in said and "Which of these lines will docker diff show?" in said
    bad = write_lesson(tmp_path / "bad", lesson_data(solution=[{"run": "true"}]))
    with pytest.raises(CommandError, match=r"bad/make: .* leaves file-exists unmet"):
        call_command("lesson", "check", str(bad))
    with pytest.raises(CommandError, match="no lesson is called nothing"):
        call_command("lesson", "check", "nothing")
