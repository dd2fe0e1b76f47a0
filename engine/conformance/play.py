"""Plays recorded scenarios: a machine, a few host commands and edits, and what came out.

A scenario names base images, files and steps; a step is a command, an edit, or a look at an image's layers.
"""

import gzip
import json
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from engine.clock import SECOND, Clock, rfc3339
from engine.content import BlobStore, ImageID, MemoryStore
from engine.daemon.state import DaemonState, ImageRecord
from engine.errors import EngineError
from engine.fs import (
    Content,
    Credentials,
    Directory,
    Entry,
    File,
    Hardlink,
    Layer,
    OverlayFS,
    Symlink,
    Whiteout,
)
from engine.image.config import ImageConfig
from engine.image.history import History
from engine.image.image import Image, load_layer, store_changes, store_layer
from engine.image.reference import parse_normalized
from engine.machine import PROJECT, Machine, TerminalFrame, host_tree
from engine.registry import Hub
from engine.session import first_shell, new_machine, run_command

IMAGE_AGE = 600 * SECOND
"""How long before the first step the given images were made."""
_TOP = PROJECT.strip("/")


class Player:
    """Runs one scenario on a fresh machine."""

    def __init__(self, scenario: dict[str, Any], images: Path | None) -> None:
        self.scenario = scenario
        self.images = images
        self.store: BlobStore = MemoryStore()
        self.given: dict[str, str] = {}
        registry = scenario.get("registry")
        hub = Hub(open_hosts=(registry,) if registry else (), offers_catalogue=False)
        machine = replace(new_machine(scenario["id"]), builder=scenario.get("builder", "buildkit"), hub=hub)
        root = TerminalFrame(replace(first_shell(), user=Credentials()))
        machine = replace(machine, terminal=(root,))
        self.machine = self._with_host(self._with_images(machine))

    def play(self) -> dict[str, Any]:
        """The result document."""
        steps = [self._step(step) for step in self.scenario["steps"]]
        return {"format": 1, "id": self.scenario["id"], "steps": steps}

    # ------------------------------------------------------------------ the start

    def _with_images(self, machine: Machine) -> Machine:
        images: dict[ImageID, ImageRecord] = {}
        tags: dict[str, ImageID] = {}
        made = machine.now - IMAGE_AGE
        for age, (name, value) in enumerate(self.scenario.get("images", {}).items()):
            document, layers = (
                _named_image(self.images, value) if isinstance(value, str) else _read_image(value)
            )
            image = self._image(document, layers, made - age * SECOND)
            reference = str(parse_normalized(name).tagged())
            for layer in image.layers:
                self.given.setdefault(layer.digest, name)
            parent = ""
            if document.get("classic_parents"):
                parent = self._add_parents(image, images, made - age * SECOND)
            tags[reference] = image.id
            images[image.id] = ImageRecord(
                image, parent=parent, origin="pull", stored_at=made - age * SECOND, tagged_at=made
            )
        return replace(machine, daemon=DaemonState(images=images, tags=tags))

    def _add_parents(self, image: Image, images: dict[ImageID, ImageRecord], made: int) -> str:
        """One image for every history row below the top, as the classic builder leaves them."""
        parent = ""
        for rows in range(1, len(image.history)):
            history = image.history[:rows]
            layers = sum(1 for row in history if not row.empty_layer)
            lower = replace(image, history=history, layers=image.layers[:layers], created=history[-1].created)
            images[lower.id] = ImageRecord(lower, parent=parent, origin="classic", stored_at=made + 1)
            parent = lower.id
        return parent

    def _image(self, document: dict[str, Any], layers: tuple[Layer, ...], made: int) -> Image:
        created = rfc3339(made)
        return Image(
            config=ImageConfig.from_json(document.get("config") or {}),
            history=tuple(
                History.from_json({"created": created, **row}) for row in document.get("history", ())
            ),
            layers=tuple(store_layer(self.store, layer) for layer in layers),
            created=document.get("created", created),
            os=document.get("os", "linux"),
            architecture=document.get("architecture", "amd64"),
        )

    def _with_host(self, machine: Machine) -> Machine:
        tree = host_tree(machine, self.store, Clock(machine.now))
        for path, value in self.scenario.get("files", {}).items():
            where = f"{_TOP}/{path}"
            mtime = int(value.get("mtime", machine.now // SECOND) * SECOND)
            if value.get("dir"):
                _make_parents(tree, where)
                tree.put(where, Directory(int(value.get("mode", "0755"), 8), mtime=mtime))
            elif "symlink" in value:
                _make_parents(tree, where)
                tree.put(where, Symlink(value["symlink"], mtime=mtime))
            else:
                _write(tree, where, _data(value), int(value.get("mode", "0644"), 8), mtime)
        return replace(machine, host=store_changes(self.store, tree.upper_layer()))

    # ------------------------------------------------------------------ steps

    def _step(self, step: dict[str, Any]) -> dict[str, Any]:
        if "cmd" in step:
            self.machine, out, err, status = run_command(self.machine, step["cmd"], self.store)
            return {"cmd": step["cmd"], "stdout": out, "stderr": err, "rc": status}
        if "edit" in step:
            self._edit(step["edit"])
            return {"edit": step["edit"]["op"]}
        return self._layers(step["layers"])

    def _edit(self, edit: dict[str, Any]) -> None:
        machine = replace(self.machine, now=self.machine.now + SECOND)
        tree = host_tree(machine, self.store, Clock(machine.now))
        path = f"{_TOP}/{edit['path']}"
        node = tree.get(path)
        mtime = int(edit["mtime"] * SECOND) if "mtime" in edit else machine.now
        match edit["op"]:
            case "write":
                old_mode = node.mode if isinstance(node, File) else 0o644
                _write(tree, path, _data(edit), int(edit["mode"], 8) if "mode" in edit else old_mode, mtime)
            case "append":
                before = node.content.head if isinstance(node, File) else b""
                _write(tree, path, before + _data(edit), node.mode if node else 0o644, mtime)
            case "chmod" if node:
                if not isinstance(node, Symlink):
                    tree.put(path, replace(node, mode=int(edit["mode"], 8)))
            case "chown" if node:
                tree.put(path, replace(node, uid=edit["uid"], gid=edit["gid"]))
            case "mtime" if node:
                tree.put(path, replace(node, mtime=mtime))
            case "mv":
                _make_parents(tree, f"{_TOP}/{edit['to']}")
                tree.rename(path, f"{_TOP}/{edit['to']}")
            case "rm":
                tree.remove(path)
            case "mkdir":
                _make_parents(tree, f"{path}/x")
            case "symlink":
                _make_parents(tree, path)
                tree.put(path, Symlink(edit["target"], mtime=mtime))
        self.machine = replace(machine, host=store_changes(self.store, tree.upper_layer()))

    def _layers(self, name: str) -> dict[str, Any]:
        daemon = self.machine.daemon
        reference = str(parse_normalized(name).tagged())
        identity = daemon.tags.get(reference)
        if identity is None:
            return {"error": f"Error response from daemon: No such image: {name}"}
        image = daemon.images[identity].image
        refusal = (
            {} if image.layers else {"error": "Error response from daemon: empty export - not implemented"}
        )
        return {
            **refusal,
            "layers": [
                {"base": self.given[layer.digest]}
                if layer.digest in self.given
                else {"entries": list(_entries(load_layer(self.store, layer)))}
                for layer in image.layers
            ],
            "config": image.config.to_json(),
            "history": [
                {key: value for key, value in row.to_json().items() if key != "created"}
                for row in image.history
            ],
        }


def play(scenario: dict[str, Any], images: Path | None) -> dict[str, Any]:
    """The result of ``scenario``; an engine error that escapes a step is the scenario's error."""
    try:
        return Player(scenario, images).play()
    except EngineError as error:
        return {"format": 1, "id": scenario.get("id"), "steps": [], "error": str(error)}


_ReadImage = tuple[dict[str, Any], tuple[Layer, ...]]


def _read_image(document: dict[str, Any]) -> _ReadImage:
    return document, tuple(Layer(dict(map(_entry, layer["entries"]))) for layer in document.get("layers", ()))


@lru_cache(maxsize=64)
def _stored_image(path: Path) -> _ReadImage:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        return _read_image(json.load(stream))


def _named_image(images: Path | None, value: str) -> _ReadImage:
    if images is None:
        raise EngineError("the scenario names an image; give --images DIR")
    return _stored_image(images / f"{value.removeprefix('@')}.json.gz")


def _data(value: dict[str, Any]) -> bytes:
    if "base64" in value:
        return b64decode(value["base64"])
    text: str = value.get("text", "")
    return text.encode()


def _make_parents(tree: OverlayFS, path: str) -> None:
    parts = path.split("/")[:-1]
    for depth in range(1, len(parts) + 1):
        parent = "/".join(parts[:depth])
        if tree.get(parent) is None:
            tree.put(parent, Directory(mtime=tree.clock.now))


def _write(tree: OverlayFS, path: str, data: bytes, mode: int, mtime: int) -> None:
    _make_parents(tree, path)
    tree.put(path, File(Content(data), mode, mtime=mtime))


def _entry(value: dict[str, Any]) -> tuple[str, Entry]:
    path = value["path"]
    parent, slash, name = path.rpartition("/")
    if name.startswith(".wh."):
        return f"{parent}{slash}{name[4:]}", Whiteout()
    mode = int(value.get("mode", "0644"), 8)
    owner = (value.get("uid", 0), value.get("gid", 0), int(value.get("mtime", 0)) * SECOND)
    match value["type"]:
        case "dir":
            return path, Directory(mode, *owner)
        case "symlink":
            return path, Symlink(value["link"], *owner)
        case "hardlink":
            return path, Hardlink(value["link"])
        case _:
            known = "text" in value or "base64" in value
            content = Content(_data(value)) if known else Content(b"", value.get("size", 0))
            return path, File(content, mode, *owner)


def _entries(layer: Layer) -> Iterator[dict[str, Any]]:
    for path, entry in layer.entries.items():
        parent, slash, name = path.rpartition("/")
        match entry:
            case Whiteout():
                yield {"path": f"{parent}{slash}.wh.{name}", "type": "file", "mode": "0600", "size": 0}
            case Hardlink():
                yield {"path": path, "type": "hardlink", "link": entry.target}
            case Symlink():
                owner = {"uid": entry.uid, "gid": entry.gid}
                yield {"path": path, "type": "symlink", "mode": "0777", "link": entry.target, **owner}
            case _:
                row = {"path": path, "mode": f"{entry.mode:04o}", "uid": entry.uid, "gid": entry.gid}
                if isinstance(entry, Directory):
                    yield {**row, "type": "dir"}
                    if entry.opaque:
                        yield {"path": f"{path}/.wh..wh..opq", "type": "file", "mode": "0755", "size": 0}
                elif isinstance(entry, File):
                    digest = sha256()
                    for chunk in entry.content.chunks():
                        digest.update(chunk)
                    yield {
                        **row,
                        "type": "file",
                        "size": entry.content.size,
                        "mtime": entry.mtime // SECOND,
                        "sha256": digest.hexdigest(),
                    }
                else:
                    yield {**row, "type": entry.kind}
