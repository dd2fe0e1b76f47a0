"""Every recorded snippet prints and returns what the real shell did."""

import json
from pathlib import Path
from typing import Any

import pytest

from engine.shell.registry import find_program
from engine.tests.shell.record import RECORDED, snippets
from engine.tests.shell.replay import run

RECORDS: list[dict[str, Any]] = json.loads(Path(RECORDED).read_text())
FILES = sorted({record["name"].partition("/")[0] for record in RECORDS})


@pytest.mark.parametrize("shell", ["dash", "bash", "ash"])
@pytest.mark.parametrize("file", FILES)
def test_snippets_answer_as_the_real_shell(file: str, shell: str) -> None:
    differing = []
    for record in RECORDS:
        if record["shell"] != shell or not record["name"].startswith(file + "/"):
            continue
        outcome = run(shell, record["script"])
        if (outcome.stdout, outcome.stderr, outcome.status) != (
            record["stdout"],
            record["stderr"],
            record["status"],
        ):
            differing.append((record["name"], record["script"], record, outcome))
    assert not differing


def test_the_recording_is_of_these_snippets() -> None:
    known = {(name, shell): text for name, shells, text in snippets() for shell in shells}
    assert all(known[record["name"], record["shell"]] == record["script"] for record in RECORDS)
    assert len(RECORDS) >= 400


def test_the_shells_are_programs() -> None:
    assert find_program("sh") is find_program("bash") is not None
