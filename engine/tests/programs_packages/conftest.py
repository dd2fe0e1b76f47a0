"""A machine made from a base image, on which tests run one program after another."""

from collections.abc import Callable

import pytest

from engine.budget import Budget
from engine.catalogue.images import CatalogueStore, catalogue
from engine.clock import SECOND, Clock
from engine.fs import Content, Credentials, File, Files, Layer, Namespace, OverlayFS
from engine.image.image import load_view
from engine.shell.process import StaysUp, System
from engine.shell.run import prepare, start
from engine.shell.streams import BytesInput, Collector, TerminalInput

STORE = CatalogueStore()


class Lab:
    """One container's worth of machine."""

    def __init__(self, reference: str) -> None:
        found = catalogue().find(reference)
        assert found is not None, reference
        self.image = found.image
        self.clock = Clock(1_795_327_200 * SECOND)
        self.tree = OverlayFS(load_view(STORE, found.image.layers), clock=self.clock)
        self.env = {"HOME": "/root", **found.image.config.env_map()}
        self.cwd = "/"
        self.network = True
        self.typed: list[bytes] | None = None
        self.user = Credentials()
        self.processes: list[tuple[int, str, str]] = []
        self.out = self.err = ""
        self.stayed_up = False

    def run(self, *argv: str) -> int:
        """Run a program to its end; what it printed is in ``out`` and ``err``."""
        budget = Budget()
        namespace = Namespace(self.tree)
        files = Files(namespace, self.clock, budget, self.user, self.cwd)
        terminal = self.typed is not None
        system = System(namespace, self.clock, budget, network=self.network, terminal=terminal)
        system.typed = list(self.typed or [])
        system.processes = self.processes
        errors = Collector()
        pieces: list[bytes] = []
        stdin = TerminalInput(system) if terminal else BytesInput(b"", budget)
        process, program = prepare(system, files, dict(self.env), list(argv), stdin, errors)
        running = start(process, program)
        self.stayed_up = False
        try:
            while True:
                pieces.append(next(running))
        except StopIteration as stop:
            status = int(stop.value)
        except StaysUp:
            self.stayed_up, status = True, -1
        finally:
            self.out = b"".join(pieces).decode("utf-8", "replace")
            self.err = errors.data.decode("utf-8", "replace")
        return status

    def write(self, path: str, text: str) -> None:
        """Put a text file in place."""
        Files(Namespace(self.tree), self.clock, Budget()).make_dirs("/" + path.rpartition("/")[0])
        self.tree.put(path.lstrip("/"), File(Content(text.encode())))

    def has(self, path: str) -> bool:
        """Whether something stands at ``path``."""
        return self.tree.get(path.lstrip("/")) is not None

    @property
    def layer(self) -> Layer:
        """What was written so far."""
        return self.tree.upper_layer()


@pytest.fixture
def lab() -> Callable[[str], Lab]:
    """Makes a machine from an image reference."""
    return Lab
