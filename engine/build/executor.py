"""What a build needs from the rest of the machine, as protocols: the solver itself touches nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from engine.build.ops import BaseImage, RunOp
from engine.fs import Content, Mount, OverlayFS, View
from engine.image.image import LayerRef


@dataclass(frozen=True, slots=True)
class LogLine:
    """A piece of a step's output: ``stream`` is ``stdout`` or ``stderr``, ``at`` ns after the step began."""

    stream: str
    at: int
    text: str


@dataclass(frozen=True, slots=True)
class RunRequest:
    """One process to run: ``tree`` is its root file system, ``mounts`` what is mounted over it.

    ``env`` is ``NAME=value``; ``hosts`` are further lines for /etc/hosts. ``args`` is what is executed.
    """

    op: RunOp
    args: tuple[str, ...]
    env: tuple[str, ...]
    tree: OverlayFS
    mounts: tuple[Mount, ...] = ()
    hosts: tuple[str, ...] = ()
    user: str = ""


@dataclass(frozen=True, slots=True)
class RunResult:
    """How it ended. ``error`` is the runtime's message when the process could not be started."""

    exit_code: int
    log: tuple[LogLine, ...] = ()
    error: str = ""


class Executor(Protocol):
    """Runs the process of a RUN step and lets time pass."""

    def run(self, request: RunRequest) -> RunResult:
        """Run it to its end; what it writes is in ``request.tree`` and the mounts' trees."""
        ...


@dataclass(frozen=True, slots=True)
class Download:
    """A file from the simulated network; ``modified`` is its Last-Modified time in ns, 0 when unknown."""

    content: Content
    modified: int = 0


@dataclass(frozen=True, slots=True)
class Checkout:
    """A git repository at one commit; ``files`` has ``.git`` only when it was asked for."""

    commit: str
    files: View


class Fetcher(Protocol):
    """The simulated network. Both raise EngineError with the tool's own words when they fail."""

    def download(self, url: str) -> Download:
        """The file at ``url``."""
        ...

    def checkout(self, remote: str, ref: str, *, keep_git_dir: bool) -> Checkout:
        """The repository ``remote`` at ``ref`` ("" = its default branch)."""
        ...


@dataclass(frozen=True, slots=True)
class FoundImage:
    """An image a build starts from or copies from; ``image_id`` is its id on this machine."""

    base: BaseImage
    layers: tuple[LayerRef, ...]
    image_id: str = ""
    notice: str = ""
    """What the classic builder prints because the image had to be pulled first."""
    download: int = 0
    """Bytes to fetch from a registry, 0 when the image is here."""
    digests: tuple[str, ...] = ()
    """Of the compressed layers, when they are fetched."""


class Images(Protocol):
    """Finds images by full reference. Raises EngineError when there is none."""

    def find(self, reference: str, platform: str) -> FoundImage:
        """The image called ``reference`` for ``platform``."""
        ...


@dataclass(frozen=True, slots=True)
class Secrets:
    """What ``--secret`` and ``--ssh`` hand over, by id; ``""`` is not a valid id."""

    values: Mapping[str, bytes] = field(default_factory=dict)
    sockets: Sequence[str] = ()
