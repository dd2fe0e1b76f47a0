"""What a simulated program is given, and how programs start each other.

A program is a Python function registered with ``@program("name", …)`` (see ``registry``). It takes a
Process and is either

* a generator: it yields bytes for standard output as it makes them and returns its exit status
  (None = 0), so that ``yes | head -3`` ends because ``head`` stops asking; or
* a plain function: it may call ``write`` and returns its exit status (None = 0).

FsError and other EngineErrors that escape are printed as ``NAME: message`` with status 1;
BudgetExceeded always escapes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from engine.budget import Budget
from engine.clock import Clock
from engine.errors import EngineError
from engine.events import Event
from engine.fs import Files, Namespace

if TYPE_CHECKING:
    from engine.shell.users import Accounts

Output = Iterator[bytes]
"""Pieces of standard output, made on demand."""


class NeedInput(EngineError):
    """A program read from the terminal and the learner has not typed that line yet.

    The session undoes the line that led here, shows what was printed so far, and runs it again with the
    next typed line appended to ``System.typed``.
    """

    def __init__(self) -> None:
        super().__init__("waiting for input")


class Interactive(EngineError):
    """A shell was started on the terminal with nothing to execute: the session opens a nested prompt.

    ``request`` is what the daemon wants opened (engine.daemon.daemon.ContainerPrompt or Attachment), or
    None for a further shell on the same computer. ``rest`` is source text of the interrupted line that
    the outer shell has still to run when the inner one ends.
    """

    def __init__(self, request: Any = None, rest: str = "") -> None:
        self.request = request
        self.rest = rest
        super().__init__("interactive")


class StaysUp(EngineError):
    """A program that never ends by itself (a server, ``sleep infinity``, ``tail -f``) is up and waiting.

    What it printed on the way there is in ``ready`` (standard output not yet written) and on its standard
    error. The caller decides what "for ever" means: a container's main process keeps the container running;
    in a build step or at a prompt nothing would follow, so it is stopped as by Ctrl-C or by a limit.
    ``command`` is its command line, once it is known.
    """

    def __init__(self, ready: bytes = b"", command: str = "") -> None:
        self.ready = ready
        self.command = command
        super().__init__("keeps running")


class Sink(Protocol):
    """Where a stream goes."""

    def write(self, data: bytes) -> None:
        """Take ``data``."""
        ...


class Source(Protocol):
    """Standard input, pulled on demand."""

    is_terminal: bool

    def read_line(self) -> bytes:
        """The next line with its newline; empty at end of input. May raise NeedInput."""
        ...

    def chunks(self) -> Iterator[bytes]:
        """Everything that is left, piece by piece."""
        ...


@dataclass(frozen=True)
class Peer:
    """Another computer on the network: its address, the port meant there, its files and what runs on it."""

    address: str
    port: int
    files: Files
    processes: tuple[tuple[int, str, str], ...]


def _nobody(host: str, port: int) -> Peer | None:
    return None


@dataclass
class System:
    """The simulated computer that processes run on: a host, a container or a build step."""

    namespace: Namespace
    clock: Clock
    budget: Budget
    hostname: str = "localhost"
    kind: str = "container"
    """``host``, ``container`` or ``build``."""
    network: bool = True
    """Whether the simulated network can be reached (``--network=none``)."""
    terminal: bool = False
    """Whether a person types at a terminal (``-t``); decides prompts, colours and column layout."""
    typed: list[bytes] = field(default_factory=list)
    """Lines the person has typed ahead for programs that read the terminal."""
    docker: Any = None
    """The daemon's client port on the host (an engine.daemon.Daemon), None in containers."""
    events: list[Event] = field(default_factory=list)
    random_seed: str = ""
    """What mktemp, $RANDOM, shuf and keys derive from (with ``serial``): same machine, same answers."""
    serial: int = 0
    """Counts things that want to be different each time; raise it after use."""
    last_pid: int = 0
    """The process id given out last."""
    processes: list[tuple[int, str, str]] = field(default_factory=list)
    """(pid, user, command line) of what runs besides the asking process: what ``ps`` shows."""
    find_peer: Callable[[str, int], Peer | None] = _nobody
    """The container that a host name and port mean to this computer; port 0 asks for the name only."""


@dataclass
class Process:
    """One running program."""

    argv: list[str]
    env: dict[str, str]
    files: Files
    system: System
    stdin: Source
    stderr: Sink
    pid: int = 1
    executable: str = ""
    """The file that runs, absolute and with every symbolic link resolved; empty for a shell's builtin."""
    stdout_is_terminal: bool = False
    """Whether standard output goes straight to a person's terminal: columns, colours, quoted names."""
    _written: bytearray = field(default_factory=bytearray)

    @property
    def name(self) -> str:
        """The program's name as messages show it: the last part of ``argv[0]``."""
        return self.argv[0].rpartition("/")[2] or self.argv[0]

    @property
    def budget(self) -> Budget:
        """The fuel this evaluation has left."""
        return self.system.budget

    def write(self, data: str | bytes) -> None:
        """Print to standard output (plain-function programs; generators yield instead)."""
        piece = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        self.budget.allocate(len(piece))
        self._written += piece

    def error(self, message: str) -> None:
        """Print ``NAME: message`` and a newline to standard error."""
        self.complain(f"{self.name}: {message}\n")

    def complain(self, text: str) -> None:
        """Print ``text`` as it is to standard error."""
        data = text.encode("utf-8", "surrogateescape")
        self.budget.print(len(data))
        self.stderr.write(data)

    def take_written(self) -> bytes:
        """What ``write`` has collected since the last call."""
        data = bytes(self._written)
        self._written.clear()
        return data

    @property
    def is_busybox(self) -> bool:
        """Whether this runs as an applet of BusyBox, which has its own usage and error texts."""
        if self.executable.endswith("/busybox"):
            return True
        shared = self.files.find("/bin/busybox")
        return shared is not None and shared is self.files.find(self.executable or "/")

    @property
    def has_musl(self) -> bool:
        """Whether the image's C library is musl (Alpine), whose getopt words its errors differently."""
        return any(self.files.exists(f"/lib/ld-musl-{machine}.so.1") for machine in ("x86_64", "aarch64"))

    @property
    def busybox_version(self) -> str:
        """What BusyBox says of itself, as in ``BusyBox v1.36.1 (2024-06-10 07:11:47 UTC)``."""
        return "1.36.1 (2024-06-10 07:11:47 UTC)"

    @property
    def accounts(self) -> "Accounts":
        """Users and groups of this machine, read from /etc/passwd and /etc/group as they are now."""
        from engine.shell.users import Accounts

        return Accounts.read(self.files)
