"""Turns what was done in a lab into a demo's file."""

from typing import Any

import yaml

from engine import session
from labsite.workspaces import services
from labsite.workspaces.models import Workspace
from labsite.workspaces.store import shared_store


def recorded(workspace: Workspace) -> str:
    """YAML of a demo with the lab's first files and one scene for each command typed since."""
    moments, index = services.timeline(workspace)
    known = _files(moments[0].machine)
    start = [{"edit": dict(known)}] if known else []
    scenes: list[dict[str, Any]] = []
    entries = {moment.pk: entry for moment, entry in services.transcript(moments[: index + 1])}
    for moment in moments[1 : index + 1]:
        entry = entries.get(moment.pk)
        if entry is None or not entry.line:
            continue
        files = _files(moment.machine)
        edited = {path: text for path, text in files.items() if known.get(path) != text}
        known = files
        do: list[dict[str, Any]] = [{"edit": edited}] if edited else []
        do.append({"run": entry.line})
        title = {"en": entry.line}
        scenes.append({"title": title, "say": {"en": ""}, "do": do, "look": {"view": "stack"}})
    document = {"title": {"en": workspace.title}, "start": start, "scenes": scenes or [_EMPTY_SCENE]}
    text: str = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=100)
    return text


_EMPTY_SCENE = {"title": {"en": "The beginning"}}


def _files(machine: str) -> dict[str, str]:
    files = session.project_files(services.load_machine(machine), shared_store())
    return {file.path: file.text for file in files if file.text is not None and not file.is_directory}
