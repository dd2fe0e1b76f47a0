"""Every golden file is a transcript: run its lines again and get the same text.

Write a new one with the lines alone, each behind ``$ ``, and run pytest with ``GOLDEN=write``.
"""

import os
from pathlib import Path

import pytest

from engine.tests.cli.docker_lab import DockerLab

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.golden"))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_transcript(path: Path) -> None:
    expected = path.read_text()
    lines = [line[2:] for line in expected.splitlines() if line.startswith("$ ")]
    actual = DockerLab().transcript(lines)
    if os.environ.get("GOLDEN") == "write":
        path.write_text(actual)
    assert actual == path.read_text()
