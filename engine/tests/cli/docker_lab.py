"""A small machine for tests of the docker command line: one image, a host, no shell in between."""

import re
import shlex
from collections.abc import Iterator

from engine.budget import Budget
from engine.cli.docker import run_docker
from engine.clock import SECOND, Clock
from engine.content import MemoryStore
from engine.daemon.api import DaemonApi
from engine.daemon.daemon import Daemon
from engine.daemon.health import probe
from engine.daemon.state import DaemonState
from engine.fs import Content, Directory, Entry, File, Layer, OverlayFS, View, program_stub
from engine.image.config import ImageConfig
from engine.image.history import History
from engine.image.image import Image, store_layer
from engine.machine import EPOCH, host_files, host_layer
from engine.registry import Hub
from engine.shell.process import Interactive, Process, StaysUp, System

CREATED = "2026-11-22T03:00:00Z"
_PROGRAMS = ("cat", "env", "sh", "id", "ls", "mkdir", "rm", "sleep", "touch")
_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class _NoInput:
    is_terminal = False

    def read_line(self) -> bytes:
        return b""

    def chunks(self) -> Iterator[bytes]:
        return iter(())


class _Collected:
    def __init__(self, pieces: list[str]) -> None:
        self._pieces = pieces

    def write(self, data: bytes) -> None:
        self._pieces.append(data.decode("utf-8", "replace"))


def base_image(store: MemoryStore) -> Image:
    """A root file system with a few programs and two history rows."""
    entries: dict[str, Entry] = {path: Directory() for path in ("bin", "etc", "srv")}
    entries |= {f"bin/{name}": File(program_stub(name, 1000), 0o755) for name in _PROGRAMS}
    entries["etc/passwd"] = File(Content(b"root:x:0:0:root:/root:/bin/sh\nwww:x:33:33::/srv:/bin/sh\n"))
    entries["etc/group"] = File(Content(b"root:x:0:\nwww:x:33:\n"))
    entries["srv/data.txt"] = File(Content(b"x\n"))
    rows = (
        History(CREATED, "/bin/sh -c #(nop) ADD file:1 in / "),
        History(CREATED, '/bin/sh -c #(nop)  CMD ["sh"]', empty_layer=True),
    )
    layer = store_layer(store, Layer(entries))
    return Image(ImageConfig(env=(_PATH,), cmd=("sh",)), rows, (layer,), CREATED)


class DockerLab:
    """Runs docker command lines one after the other; every line takes a second."""

    def __init__(self) -> None:
        self.clock = Clock(EPOCH)
        self.store = MemoryStore()
        self.budget = Budget()
        self.host = host_files(OverlayFS(View.of([host_layer()]), clock=self.clock), self.clock, self.budget)
        self.daemon = Daemon(
            DaemonState(),
            self.store,
            self.clock,
            self.budget,
            hub=Hub(offers_catalogue=False),
            seed="test",
            serial=0,
            host=self.host,
        )
        identity = self.daemon.add_image(base_image(self.store), origin="pull")
        self.daemon.tag(identity, "docker.io/library/busybox:latest")

    def run(self, line: str) -> tuple[str, str, int]:
        """Standard output, standard error and exit status; -1 when the terminal would be kept."""
        self.clock.advance(SECOND)
        self.budget.steps = self.budget.output = self.budget.files = 0
        self.daemon.settle()
        probe(self.daemon)
        errors: list[str] = []
        system = System(self.host.namespace, self.clock, self.budget, "lab", "host", docker=self.daemon)
        environment = {"HOME": "/home/learner", "PATH": "/usr/bin"}
        process = Process(
            shlex.split(line), environment, self.host.copy(), system, _NoInput(), _Collected(errors)
        )
        output: list[str] = []
        running = run_docker(process.argv[1:], DaemonApi(self.daemon), self.clock.now, process)
        status = -1
        try:
            while True:
                piece = next(running)
                output += (
                    process.take_written().decode("utf-8", "replace"),
                    piece.decode("utf-8", "replace"),
                )
        except StopIteration as stop:
            status = stop.value
        except (Interactive, StaysUp):
            pass
        output.append(process.take_written().decode("utf-8", "replace"))
        return "".join(output), "".join(errors), status

    def transcript(self, lines: list[str]) -> str:
        """All lines with what they printed, as a golden file keeps it."""
        parts: list[str] = []
        for line in lines:
            out, err, status = self.run(line)
            parts.append(f"$ {line}\n{out}")
            parts += [f"! {text}\n" for text in err.splitlines()]
            if status:
                parts.append(f"= {status}\n")
        return _without_ids("".join(parts))


def _without_ids(text: str) -> str:
    """Ids and digests as runs of one letter each: equal ones stay equal, lengths stay."""
    letters: dict[str, str] = {}

    def letter(match: re.Match[str]) -> str:
        found = match.group()
        known = letters.setdefault(found[:12], chr(ord("A") + len(letters) % 26))
        return known * len(found)

    return re.sub(r"\b[0-9a-f]{12}(?:[0-9a-f]{52})?\b", letter, text)
