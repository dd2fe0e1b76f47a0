"""Suites about layers: ``chainid``, ``changes``, ``archive`` and ``ocivalid``."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from typing import Any

from engine.analysis.waste import Efficiency, efficiency
from engine.clock import Clock
from engine.conformance.units import unit_suite
from engine.content import DiffID
from engine.daemon.archive import archive_layers
from engine.fs import (
    EMPTY_VIEW,
    Content,
    Directory,
    Entry,
    File,
    Layer,
    OverlayFS,
    Symlink,
    View,
    Whiteout,
    changes,
)
from engine.fs.diff import recorded_changes
from engine.fs.tar import clean_path
from engine.image.image import chain_ids
from engine.image.validate import InvalidDocument, validate

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"


@unit_suite("chainid")
def chain_id_suite(case: dict[str, Any]) -> dict[str, Any]:
    """ChainIDs of a stack."""
    return {"chain_ids": list(chain_ids([DiffID(text) for text in case["diff_ids"]]))}


@unit_suite("ocivalid")
def oci_suite(case: dict[str, Any]) -> dict[str, Any]:
    """Whether a text is a valid OCI document."""
    try:
        validate(case["kind"], case["json_text"])
    except InvalidDocument as error:
        return {"valid": False, "reason": str(error)}
    return {"valid": True}


@unit_suite("archive")
def archive_suite(case: dict[str, Any]) -> dict[str, Any]:
    """Score the layers given, or those of an archive."""
    if case["kind"] == "efficiency":
        score = efficiency([Layer(dict(_sized_entry(*row) for row in rows)) for rows in case["layers"]])
        return {
            "score": score.score,
            "matches": [[f"/{path.lstrip('/')}", size] for path, size in score.matches],
        }
    content = Content(base64.b64decode(case["tar_gz_base64"]))
    (layers,) = archive_layers(content)
    result: Efficiency = efficiency(layers)
    return {
        "efficiency": result.score,
        "inefficient_bytes": result.inefficient,
        "size_bytes": result.size,
    }


def _sized_entry(path: str, size: int) -> tuple[str, Entry]:
    parent, _, name = clean_path(path).rpartition("/")
    if name.startswith(_WHITEOUT):
        return f"{parent}/{name.removeprefix(_WHITEOUT)}".lstrip("/"), Whiteout()
    return clean_path(path), File(Content(b"", size))


# ---------------------------------------------------------------------- changes


@unit_suite("changes")
def changes_suite(case: dict[str, Any]) -> dict[str, Any]:
    """Changes between trees, or the names that are left as layers are applied one after the other."""
    if case["kind"] == "apply_layers_in_sequence":
        return {"files_after_each": list(_names_after_each(case["layers"]))}
    if case["kind"] == "changes_dirs":
        return {"changes": list(_tree_changes(_tree(case["old"]), _tree(case["new"])))}
    view = View.of([Layer(_tree(case["lower"]))])
    return {"changes": [str(change) for change in recorded_changes(view, _upper(case["upper"]))]}


def _tree(rows: Iterable[dict[str, Any]]) -> dict[str, Entry]:
    return {row["path"]: _entry(row) for row in rows}


def _entry(row: dict[str, Any]) -> Entry:
    if row["type"] == "symlink":
        return Symlink(row["link"])
    mode = int(row["mode"], 8)
    mtime = 1 if row.get("touched") else 0
    if row["type"] == "dir":
        return Directory(mode, mtime=mtime)
    return File(Content(row["content"].encode()), mode, mtime=mtime)


def _upper(rows: Iterable[dict[str, Any]]) -> Layer:
    entries: dict[str, Entry] = {}
    for path, entry in _tree(rows).items():
        parent, _, name = path.rpartition("/")
        if name.startswith(_WHITEOUT):
            entries[f"{parent}/{name.removeprefix(_WHITEOUT)}".lstrip("/")] = Whiteout()
        else:
            entries[path] = entry
    return Layer(entries)


def _tree_changes(old: dict[str, Entry], new: dict[str, Entry]) -> Iterator[str]:
    """What a diff of two whole trees shows: a change marks its directory, a deletion hides its content."""
    overlay = OverlayFS(View.of([Layer(old)]), clock=Clock(0))
    for path in sorted(old):
        if (path not in new or type(old[path]) is not type(new[path])) and overlay.get(path) is not None:
            overlay.remove(path)
    for path, entry in new.items():
        before = old.get(path)
        if before is None or type(before) is not type(entry) or before != entry:
            overlay.put(path, entry)  # type: ignore[arg-type]
    yield from (str(change) for change in changes(overlay))


def _names_after_each(layers: Iterable[list[str]]) -> Iterator[list[str]]:
    overlay = OverlayFS(EMPTY_VIEW, clock=Clock(0))
    for names in layers:
        entries: dict[str, Entry] = {}
        for name in names:
            parent, _, last = name.rstrip("/").rpartition("/")
            if last == _OPAQUE:
                for child in overlay.names(parent):
                    overlay.remove(f"{parent}/{child}".lstrip("/"))
            elif last.startswith(_WHITEOUT):
                overlay.remove(f"{parent}/{last.removeprefix(_WHITEOUT)}".lstrip("/"))
            else:
                entries[name.rstrip("/")] = Directory() if name.endswith("/") else File()
        for path, entry in entries.items():
            if not (isinstance(entry, Directory) and isinstance(overlay.get(path), Directory)):
                overlay.put(path, entry)  # type: ignore[arg-type]
        yield [f"{path}/" if isinstance(node, Directory) else path for path, node in overlay.walk()]
