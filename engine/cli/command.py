"""The table of docker subcommands, and what each of them is given.

A subcommand is a function in a module of ``engine.cli.commands``, registered with ``@docker_command``
under every path it answers to (``image ls``, ``images``). It takes a `Cli` and returns an exit status
(None = 0); as a generator it yields pieces of standard output, so that they keep their place among
what is printed on standard error.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol

from engine.cli.flags import Flags, Option, describe_options
from engine.daemon.daemon import Daemon
from engine.discovery import import_submodules
from engine.errors import EngineError
from engine.shell.process import Process, Sink

CommandResult = int | None | Generator[bytes, None, int | None]
CommandFunction = Callable[["Cli"], CommandResult]

EXIT_USAGE = 125
EXIT_FAILURE = 1


class CliError(EngineError):
    """The client refuses, or passes a refusal on: ``str()`` is printed as it is, ``status`` is the exit
    status."""

    def __init__(self, message: str, status: int = EXIT_FAILURE) -> None:
        self.status = status
        super().__init__(message)


class Api(Protocol):
    """The daemon's HTTP interface as the client sees it; answers are decoded JSON."""

    def get(self, path: str, **query: Any) -> Any:
        """Answer a GET request. Raises DaemonError."""
        ...

    def post(self, path: str, **query: Any) -> Any:
        """Answer a POST request. Raises DaemonError."""
        ...


@dataclass(frozen=True, slots=True)
class Command:
    """One subcommand under one path, such as ``image ls``."""

    path: str
    arguments: str
    summary: str
    run: CommandFunction
    options: tuple[Option, ...] = ()
    at_least: int = 0
    at_most: int | None = None
    interspersed: bool = True
    aliases: tuple[str, ...] = ()
    """Every path the subcommand answers to, this one included."""
    hidden: bool = False

    @property
    def full_path(self) -> str:
        """With ``docker`` in front."""
        return f"docker {self.path}"

    @property
    def usage(self) -> str:
        """The usage line."""
        return f"{self.full_path} {self.arguments}".rstrip()

    @property
    def help(self) -> str:
        """The text of ``--help``."""
        text = f"\nUsage:  {self.usage}\n\n{self.summary}\n"
        if len(self.aliases) > 1:
            text += f"\nAliases:\n  {', '.join(f'docker {path}' for path in self.aliases)}\n"
        shown = describe_options(self.options)
        return text + (f"\nOptions:\n{shown}" if shown else "")

    def framed(self, message: str, *, see: str = "Run") -> str:
        """A usage error the way docker prints it."""
        return f"{message}\n\nUsage:  {self.usage}\n\n{see} '{self.full_path} --help' for more information"

    def check_arguments(self, count: int) -> None:
        """Raise CliError when there are too few or too many arguments."""
        low, high = self.at_least, self.at_most
        if count >= low and (high is None or count <= high):
            return
        see = "Run"
        if high == 0:
            wanted = "accepts no arguments"
        elif high is None:
            wanted, see = f"requires at least {_arguments(low)}", "See"
        elif high == low:
            wanted = f"requires {_arguments(low)}"
        elif low == 0:
            wanted = f"requires at most {_arguments(high)}"
        else:
            wanted = f"requires at least {low} and at most {_arguments(high)}"
        raise CliError(self.framed(f"docker: '{self.full_path}' {wanted}", see=see))


def _arguments(count: int) -> str:
    return f"{count} argument" if count == 1 else f"{count} arguments"


@dataclass(slots=True)
class Cli:
    """What a running subcommand works with."""

    command: Command
    flags: Flags
    api: Api
    now: int
    """The clock (ns)."""
    process: Process | None = None
    """The docker program itself: host files, standard input, environment. None outside a machine."""
    _pending: list[tuple[bool, bytes]] = field(default_factory=list)

    @property
    def arguments(self) -> list[str]:
        """What is left of the command line after the flags."""
        return self.flags.arguments

    @property
    def daemon(self) -> Daemon:
        """The daemon behind the API, for the verbs that change it."""
        process = self.host
        daemon = process.system.docker
        if not isinstance(daemon, Daemon):
            raise CliError(
                "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. "
                "Is the docker daemon running?"
            )
        return daemon

    @property
    def host(self) -> Process:
        """The docker program's process. Raises CliError when there is none."""
        if self.process is None:
            raise CliError("this command needs a machine")
        return self.process

    def out(self, text: str | bytes) -> None:
        """Print to standard output."""
        self._pending.append((False, _encoded(text)))

    def err(self, text: str | bytes) -> None:
        """Print to standard error."""
        self._pending.append((True, _encoded(text)))

    def sink(self, *, error: bool) -> Sink:
        """One of the two streams, for a process that writes to it."""
        return _CliSink(self.err if error else self.out)

    def drain(self) -> Generator[bytes, None, None]:
        """Let out what was printed, both streams in their order: yields standard output."""
        pending, self._pending = self._pending, []
        for is_error, data in pending:
            if not is_error:
                yield data
            elif self.process is not None:
                yield b""
                self.process.complain(data.decode("utf-8", "surrogateescape"))


class _CliSink:
    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write

    def write(self, data: bytes) -> None:
        self._write(data)


def _encoded(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


_commands: dict[str, Command] = {}

GROUPS: dict[str, str] = {
    "builder": "Manage builds",
    "buildx": "Docker Buildx",
    "container": "Manage containers",
    "context": "Manage contexts",
    "image": "Manage images",
    "manifest": "Manage Docker image manifests and manifest lists",
    "network": "Manage networks",
    "system": "Manage Docker",
    "volume": "Manage volumes",
}
"""Management commands and their one-line summaries."""


def docker_command(
    *paths: str,
    arguments: str = "",
    summary: str,
    options: tuple[Option, ...] = (),
    at_least: int = 0,
    at_most: int | None = None,
    interspersed: bool = True,
    hidden: bool = False,
) -> Callable[[CommandFunction], CommandFunction]:
    """Register the decorated function as the subcommand called by any of ``paths``.

    ``arguments`` is the usage line after the name. ``at_most`` None means any number.
    """

    def register(function: CommandFunction) -> CommandFunction:
        for path in paths:
            known = _commands.get(path)
            if known is not None and known.run.__qualname__ != function.__qualname__:
                raise ValueError(f"two subcommands are called {path}")
            _commands[path] = Command(
                path, arguments, summary, function, options, at_least, at_most, interspersed, paths, hidden
            )
        return function

    return register


@cache
def load_commands() -> Mapping[str, Command]:
    """Every subcommand by path."""
    import_submodules("engine.cli.commands")
    return _commands
