"""A learner's machine with a project, driven by edits and command lines."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from engine.build.cache import BuildCacheState
from engine.catalogue.images import CatalogueStore
from engine.clock import SECOND
from engine.content import StackedStore
from engine.events import Event
from engine.fs import View
from engine.image.image import Image, load_view
from engine.image.reference import parse_normalized
from engine.machine import PROJECT, Machine
from engine.session import (
    ChangeMode,
    DeletePath,
    Forecast,
    RunLine,
    SaveFile,
    SetBuilder,
    execute,
    forecast,
    new_machine,
)


@dataclass(frozen=True)
class Ran:
    """What a line printed."""

    out: str
    err: str
    status: int
    events: tuple[Event, ...]

    @property
    def steps(self) -> dict[str, str]:
        """Status of every step of a plain progress display, by the step's name."""
        names: dict[str, str] = {}
        found: dict[str, str] = {}
        for line in self.err.split("\n"):
            number, blank, text = line.partition(" ")
            if not blank or not number.startswith("#"):
                continue
            if number not in names:
                names[number] = text.partition("] ")[2] if text.startswith("[") else text
            elif text.startswith(("DONE", "CACHED", "ERROR", "CANCELED")):
                found[names[number]] = text.split(" ")[0].rstrip(":")
        return found


@dataclass
class Lab:
    """One machine; every method changes it."""

    machine: Machine = field(default_factory=lambda: new_machine("tests"))
    store: StackedStore = field(default_factory=lambda: StackedStore(CatalogueStore()))

    @classmethod
    def with_files(cls, **files: str) -> Lab:
        """A machine that has pulled busybox; ``a_txt`` is the file a.txt."""
        lab = cls(new_machine("tests"))
        lab.run("docker pull busybox")
        for name, text in files.items():
            lab.save(name.replace("__", "/").replace("_", "."), text)
        return lab

    def classic(self) -> Lab:
        """Build with the classic builder from now on."""
        self.machine = execute(self.machine, SetBuilder("classic"), self.store).machine
        return self

    def save(self, path: str, text: str) -> None:
        """Write a project file a second later."""
        self.machine = execute(self.machine, SaveFile(path, text), self.store).machine

    def delete(self, path: str) -> None:
        """Delete a project file."""
        self.machine = execute(self.machine, DeletePath(path), self.store).machine

    def chmod(self, path: str, mode: int) -> None:
        """Change a project file's permissions."""
        self.machine = execute(self.machine, ChangeMode(path, mode), self.store).machine

    def run(self, line: str) -> Ran:
        """Type a line."""
        step = execute(self.machine, RunLine(line), self.store)
        self.machine = step.machine
        return Ran(
            "".join(piece.text for piece in step.output if piece.stream == "stdout"),
            "".join(piece.text for piece in step.output if piece.stream == "stderr"),
            step.exit_code,
            step.events,
        )

    def build(self, options: str = "") -> Ran:
        """``docker build`` with plain progress, named ``img``."""
        return self.run(f"docker build --progress=plain {options} -t img .")

    def forecast(self) -> Forecast:
        """What the editor shows."""
        return forecast(self.machine, self.store)

    @property
    def cache(self) -> BuildCacheState:
        """The build cache."""
        return BuildCacheState.from_json(json.loads(json.dumps(self.machine.daemon.build_cache)))

    def image(self, name: str = "img") -> Image:
        """An image by name."""
        daemon = self.machine.daemon
        return daemon.images[daemon.tags[str(parse_normalized(name).tagged())]].image

    def tree(self, name: str = "img") -> View:
        """An image's files."""
        return load_view(self.store, self.image(name).layers)

    def host_time(self) -> float:
        """The machine's clock in seconds."""
        return self.machine.now / SECOND


HOST_PROJECT = PROJECT
