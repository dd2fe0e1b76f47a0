"""The whole simulated computer of one learner, as one immutable value."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any, Literal

from engine.budget import Budget
from engine.clock import SECOND, Clock
from engine.content import BlobStore, Digest, canonical_json, sha256_digest
from engine.daemon.sandbox import kernel_mounts
from engine.daemon.state import DaemonState, layer_from_json, layer_to_json
from engine.fs import (
    EMPTY_LAYER,
    Content,
    Directory,
    Entry,
    File,
    Files,
    Layer,
    Namespace,
    OverlayFS,
    Symlink,
    View,
    program_stub,
)
from engine.image.image import LayerRef, load_layer
from engine.registry import Hub
from engine.shell.state import ShellState

HOME = "/home/learner"
PROJECT = "/home/learner/lab"
HOST_NAME = "lab"
EPOCH = 1_795_320_000 * SECOND
"""Where every machine's clock starts: 2026-11-22T04:00:00Z."""

Builder = Literal["buildkit", "classic"]


@dataclass(frozen=True)
class TerminalFrame:
    """One shell on the terminal; the last one of a machine's stack has the prompt."""

    shell: ShellState
    container: str = ""
    """Id of the container it runs in, "" for the host."""
    is_main: bool = False
    """Whether it is the container's main process."""
    rest: str = ""
    """Source text that the shell below has still to run once this one ends."""
    waits: bool = False
    """A program that never ends by itself has the terminal: only Ctrl-C comes back."""
    prompt: str = ""
    """What the shell shows before the cursor, noted when its last line ended."""

    def to_json(self) -> dict[str, Any]:
        """The value ``from_json`` reads."""
        return {
            "shell": self.shell.to_json(),
            "container": self.container,
            "is_main": self.is_main,
            "rest": self.rest,
            "waits": self.waits,
            "prompt": self.prompt,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "TerminalFrame":
        """The frame ``to_json`` wrote."""
        rest = {key: item for key, item in value.items() if key != "shell"}
        return cls(shell=ShellState.from_json(value["shell"]), **rest)


@dataclass(frozen=True)
class Pending:
    """A line that waits for the learner to type more (a question, ``read``, ``cat``)."""

    line: str
    typed: tuple[str, ...]
    """What was typed for it so far, line by line."""
    shown: int
    """How many bytes of its output were shown already."""
    unfinished: bool = False
    """The line itself goes on (an open quote, a loop without its end): nothing was run yet."""


@dataclass(frozen=True)
class Machine:
    """Host, daemon, hub, terminal and clock. Everything big is named by digest and lives in a blob store."""

    seed: str
    host: LayerRef | None = None
    """What was written on the host, over ``host_layer()``."""
    daemon: DaemonState = field(default_factory=DaemonState)
    hub: Hub = field(default_factory=Hub)
    terminal: tuple[TerminalFrame, ...] = ()
    pending: Pending | None = None
    now: int = EPOCH
    serial: int = 0
    builder: Builder = "buildkit"

    @cached_property
    def parts(self) -> dict[str, Any]:
        """The machine as independent JSON values; a page panel depends on some of them only."""
        daemon = self.daemon.to_json()
        parts: dict[str, Any] = {f"daemon.{name}": value for name, value in daemon.items()}
        parts["host"] = layer_to_json(self.host)
        parts["hub"] = self.hub.to_json()
        parts["terminal"] = [frame.to_json() for frame in self.terminal]
        parts["pending"] = (
            [self.pending.line, list(self.pending.typed), self.pending.shown, self.pending.unfinished]
            if self.pending
            else None
        )
        parts["machine"] = [self.seed, self.now, self.serial, self.builder]
        return parts

    @cached_property
    def encoded_parts(self) -> dict[str, bytes]:
        """``parts`` as blobs."""
        return {name: canonical_json(value) for name, value in self.parts.items()}

    @cached_property
    def part_digests(self) -> dict[str, Digest]:
        """The digest of each part: equal digests mean that nothing in it changed."""
        return {name: sha256_digest(blob) for name, blob in self.encoded_parts.items()}

    @cached_property
    def digest(self) -> Digest:
        """Names this state of the machine."""
        return sha256_digest(canonical_json(self.part_digests))

    def save(self, store: BlobStore) -> Digest:
        """Put the machine into ``store``, part by part, and return the digest ``load`` takes."""
        for blob in self.encoded_parts.values():
            store.put(blob)
        return store.put(canonical_json(self.part_digests))

    @classmethod
    def load(cls, store: BlobStore, digest: Digest) -> "Machine":
        """The machine that ``save`` named ``digest``; raises BlobMissing."""
        import json

        names: dict[str, Digest] = json.loads(store.get(digest))
        parts = {name: json.loads(store.get(part)) for name, part in names.items()}
        daemon = {
            name.removeprefix("daemon."): value for name, value in parts.items() if name.startswith("daemon.")
        }
        seed, now, serial, builder = parts["machine"]
        pending = parts["pending"]
        return cls(
            seed=seed,
            host=layer_from_json(parts["host"]),
            daemon=DaemonState.from_json(daemon),
            hub=Hub.from_json(parts["hub"]),
            terminal=tuple(TerminalFrame.from_json(frame) for frame in parts["terminal"]),
            pending=Pending(pending[0], tuple(pending[1]), *pending[2:]) if pending else None,
            now=now,
            serial=serial,
            builder=builder,
        )

    def changed(self, **parts: Any) -> "Machine":
        """This machine with some fields replaced."""
        return replace(self, **parts)


_HOST_PROGRAMS_TEXT = """
awk base64 basename bash bzip2 cat chgrp chmod chown cksum clear cmp comm cp curl cut date dd df diff
dirname docker du echo env expr fallocate false file find fold free git grep egrep fgrep gunzip gzip
head hostname id install join kill less ln ls md5sum mkdir mktemp more mv nano nl nproc od paste ping
printenv printf ps pwd python3 readlink realpath rev rm rmdir sed seq sh sha1sum sha256sum shuf sleep
sort split stat strings sudo tac tail tar tee test timeout top touch tr tree true truncate uname uniq
unzip vi vim watch wc wget which whoami xargs xxd xz yes zcat zip
"""
_HOST_PROGRAMS = _HOST_PROGRAMS_TEXT.split()
"""What the learner's own computer has in /usr/bin."""


@cache
def host_layer() -> Layer:
    """The learner's computer as it came: programs, a home directory, and the project directory."""
    entries: dict[str, Entry] = {}
    for path in (
        "bin",
        "etc",
        "etc/ssl",
        "etc/ssl/certs",
        "home",
        "home/learner",
        "home/learner/lab",
        "root",
        "tmp",
        "usr",
        "usr/bin",
        "var",
    ):
        entries[path] = Directory(0o1777 if path == "tmp" else 0o755, mtime=EPOCH)
    for name in ("learner", "learner/lab"):
        entries[f"home/{name}"] = Directory(0o755, 1000, 1000, EPOCH)
    for name in _HOST_PROGRAMS:
        entries[f"usr/bin/{name}"] = File(program_stub(name), 0o755, mtime=EPOCH)
    for name in ("sh", "bash"):
        entries[f"bin/{name}"] = Symlink(f"/usr/bin/{name}", mtime=EPOCH)
    texts = {
        "etc/passwd": f"root:x:0:0:root:/root:/bin/bash\nlearner:x:1000:1000:learner:{HOME}:/bin/bash\n",
        "etc/group": "root:x:0:\nlearner:x:1000:\ndocker:x:999:learner\n",
        "etc/bash.bashrc": "# The prompt shows user, host and directory.\n",
        "etc/hostname": f"{HOST_NAME}\n",
        "etc/ssl/certs/ca-certificates.crt": "# The authorities of the simulated network.\n",
        "etc/os-release": 'PRETTY_NAME="Layer Lab (simulated host)"\nID=layerlab\n',
    }
    for path, text in texts.items():
        entries[path] = File(Content(text.encode()), mtime=EPOCH)
    return Layer(entries)


def host_tree(machine: Machine, store: BlobStore, clock: Clock) -> OverlayFS:
    """The host's files, writable."""
    upper = load_layer(store, machine.host) if machine.host else EMPTY_LAYER
    return OverlayFS(View.of([host_layer()]), upper, clock)


def host_files(tree: OverlayFS, clock: Clock, budget: Budget) -> Files:
    """The host's files as the learner's session sees them: nothing there needs sudo."""
    return Files(Namespace(tree, kernel_mounts(clock)), clock, budget, cwd=PROJECT)
