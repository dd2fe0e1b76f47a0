"""Running a container's process with its output on the client's terminal."""

from __future__ import annotations

from engine.cli.command import Cli, CliError
from engine.daemon.daemon import Attachment, Daemon
from engine.daemon.errors import DaemonError
from engine.daemon.lifecycle import publish
from engine.daemon.state import Container
from engine.shell.process import Interactive, Sink, Source
from engine.shell.run import CommandNotFound, NotExecutable

_CREATE_TASK = (
    "failed to create task for container: failed to create shim task: OCI runtime create failed: "
    "runc create failed: unable to start container process: error during container init: "
)
EXEC_FAILED = "OCI runtime exec failed: exec failed: unable to start container process: "
_REASONS = {
    "EACCES": "permission denied",
    "EISDIR": "is a directory",
    "ENOEXEC": "exec format error",
    "ELOOP": "too many levels of symbolic links",
    "ENOTDIR": "not a directory",
}


def runtime_reason(error: CommandNotFound | NotExecutable) -> str:
    """Why nothing could be executed, in the container runtime's words."""
    if isinstance(error, NotExecutable):
        return f'exec: "{error.name}": {_REASONS.get(error.code, str(error))}'
    if "/" in error.name:
        return f'exec: "{error.name}": stat {error.name}: no such file or directory'
    return f'exec: "{error.name}": executable file not found in $PATH'


class StartFailed(DaemonError):
    """A container could not be started; ``status`` is what the client exits with."""

    def __init__(self, message: str, status: int) -> None:
        self.status = status
        super().__init__(message)


def start_container(
    daemon: Daemon,
    container: Container,
    *,
    stdin: Source | None = None,
    stdout: Sink | None = None,
    stderr: Sink | None = None,
    typed: list[bytes] | None = None,
) -> Container:
    """Publish ports and start the main process, as ``Daemon.start``; StartFailed when that fails."""
    try:
        container = publish(daemon, container)
        return daemon.start(container, stdin=stdin, stdout=stdout, stderr=stderr, typed=typed)
    except (CommandNotFound, NotExecutable) as error:
        raise StartFailed(_CREATE_TASK + runtime_reason(error), error.status) from error


def run_attached(cli: Cli, container: Container, *, with_input: bool) -> int:
    """Start ``container`` with its streams on the terminal; returns its exit status.

    A main process that never ends keeps the terminal: raises Interactive with an Attachment.
    """
    process = cli.host
    ended = start_container(
        cli.daemon,
        container,
        stdin=process.stdin if with_input else None,
        stdout=cli.sink(error=False),
        stderr=cli.sink(error=not container.tty),
        typed=process.system.typed,
    )
    if ended.status == "running":
        raise Interactive(Attachment(ended.id))
    return ended.exit_code


def require_terminal(cli: Cli) -> None:
    """``-t`` together with ``-i`` needs a terminal on standard input. Raises CliError."""
    if not cli.host.stdin.is_terminal:
        raise CliError("the input device is not a TTY")
