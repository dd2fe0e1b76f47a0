"""Programs answer as the real tools did when they were recorded (see recorder)."""

import base64
import io
import json
import tarfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from engine.clock import SECOND
from engine.fs import Content, Directory, Entry, File, Symlink
from engine.tests.programs.laboratory import Laboratory
from engine.tests.programs.recorder import MTIME, TREE, split

RECORDED = Path(__file__).parent / "recorded"
HOME = "t"


def entries() -> dict[str, Entry]:
    found: dict[str, Entry] = {HOME: Directory(mtime=MTIME * SECOND)}
    for name, value in TREE.items():
        path = f"{HOME}/{name}"
        if value is None:
            found[path] = Directory(mtime=MTIME * SECOND)
        elif isinstance(value, str):
            found[path] = Symlink(value, mtime=MTIME * SECOND)
        else:
            found[path] = File(Content(value), mtime=MTIME * SECOND)
    return found


def describe(lab: Laboratory) -> dict[str, list[str]]:
    found = {}
    for path, node in lab.tree.walk(HOME):
        name = path.removeprefix(HOME + "/")
        if isinstance(node, Symlink):
            found[name] = ["link", node.target]
        elif isinstance(node, Directory):
            found[name] = ["dir", f"{node.mode:o}"]
        elif isinstance(node, File):
            data = b"".join(node.content.chunks())
            found[name] = ["file", f"{node.mode:o}", base64.b64encode(data).decode()]
    return found


@cache
def recorded(family: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((RECORDED / f"{family}.json").read_text())
    return data


def normal(text: str, unordered: bool) -> str:
    """Usage texts of BusyBox are its own prose; listings without an order are sorted."""
    head, mark, _ = text.partition("BusyBox v")
    text = head + mark
    return "\n".join(sorted(text.split("\n"))) if unordered else text


def comparable(changes: dict[str, Any]) -> dict[str, Any]:
    """Archives by their members: order on a real disk and compressed bytes are nobody's promise."""
    return {
        name: _members(value) if name.endswith((".tar", ".tgz")) else value for name, value in changes.items()
    }


def _members(value: list[str] | None) -> Any:
    if value is None:
        return None
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(value[2])), mode="r:*") as archive:
        return sorted(
            (
                member.name,
                member.type,
                member.mode,
                member.size,
                member.linkname,
                int(member.mtime),
                member.uname,
            )
            for member in archive
            if member.isdir() is False or member.mtime == MTIME
        )


def play(family: str, scenario: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the programs do, and what was recorded, in comparable form."""
    lab = Laboratory(busybox=family == "busybox", entries=entries(), umask=0o022)
    lab.files.cwd = f"/{HOME}"
    lab.env.update(A="1", LC_ALL="C", TZ="UTC0")
    before = describe(lab)
    unordered = scenario.startswith("~")
    steps = []
    for line in scenario.lstrip("~").split(" ;; "):
        argv, stdin = split(line)
        done = lab.run(*argv, stdin=stdin)
        steps.append(
            [
                normal(done.stdout.decode("latin-1"), unordered),
                normal(done.stderr.encode("utf-8", "surrogateescape").decode("latin-1"), unordered),
                done.status,
            ]
        )
    after = describe(lab)
    changes = {
        name: after.get(name) for name in sorted({*before, *after}) if before.get(name) != after.get(name)
    }
    wanted = recorded(family)[scenario]
    expected = [
        [normal(out, unordered), normal(err, unordered), status] for out, err, status in wanted["steps"]
    ]
    return (
        {"steps": steps, "changes": comparable(changes)},
        {"steps": expected, "changes": comparable(wanted["changes"])},
    )


@pytest.mark.parametrize("family", ["gnu", "busybox"])
def test_programs_answer_as_recorded(family: str) -> None:
    different = []
    for scenario in recorded(family):
        ours, theirs = play(family, scenario)
        if ours != theirs:
            different.append(scenario)
    assert different == []
