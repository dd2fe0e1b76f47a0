"""Turns what was done in a lab into a demo's file."""

from itertools import pairwise
from typing import Any

import yaml

from engine import session
from labsite.demos.demo import MOST_SCENES
from labsite.workspaces import services
from labsite.workspaces.models import Workspace
from labsite.workspaces.store import shared_store

_EMPTY_SCENE = {"title": {"en": "The beginning"}}


def recorded(workspace: Workspace) -> str:
    """YAML of a demo with the lab's first files and one scene for each command typed since.

    What was edited between two commands belongs to the scene of the second one. Lines typed inside a
    container, or to answer a question, go on in the scene that led there.
    """
    moments, index = services.timeline(workspace)
    entries = {moment.pk: entry for moment, entry in services.transcript(moments[: index + 1])}
    known = _files(moments[0].machine)
    builder = services.load_machine(moments[0].machine).builder
    start: list[dict[str, Any]] = [{"edit": dict(known)}] if known else []
    if builder != session.new_machine().builder:
        start.append({"builder": builder})
    scenes: list[dict[str, Any]] = []
    for previous, moment in pairwise(moments[: index + 1]):
        entry = entries.get(moment.pk)
        line = _line(previous, moment, entry) if entry else ""
        if not line:
            continue
        machine = services.load_machine(previous.machine)
        files = _files(previous.machine)
        edited: dict[str, str | None] = {
            path: text for path, text in files.items() if known.get(path) != text
        }
        edited.update(dict.fromkeys(known.keys() - files.keys()))
        do: list[dict[str, Any]] = [{"edit": edited}] if edited else []
        if machine.builder != builder:
            builder = machine.builder
            do.append({"builder": builder})
        do.append({"run": line})
        known = _files(moment.machine)
        goes_on = len(machine.terminal) > 1 or machine.pending is not None or len(scenes) >= MOST_SCENES
        if goes_on and scenes:
            scenes[-1]["do"] += do
        else:
            scenes.append({"title": {"en": line[:200]}, "do": do, "look": {"view": "stack"}})
    document = {"title": {"en": workspace.title}, "start": start, "scenes": scenes or [_EMPTY_SCENE]}
    text: str = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=100)
    return text


def _line(previous: services.Moment, moment: services.Moment, entry: services.Entry) -> str:
    """What was typed; leaving a shell by Ctrl-D is written as ``exit``."""
    if entry.line.strip():
        return entry.line
    machine = services.load_machine(previous.machine)
    return "exit" if moment.label == "^D" and len(machine.terminal) > 1 and machine.pending is None else ""


def _files(machine: str) -> dict[str, str]:
    files = session.project_files(services.load_machine(machine), shared_store())
    return {file.path: file.text for file in files if file.text is not None and not file.is_directory}
