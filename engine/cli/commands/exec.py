"""``docker exec`` and ``docker attach``."""

from __future__ import annotations

from dataclasses import replace

from engine.cli.attach import EXEC_FAILED, require_terminal, runtime_reason
from engine.cli.command import Cli, CliError, docker_command
from engine.cli.container_options import environment_pairs
from engine.cli.flags import Option, flag, option
from engine.daemon.daemon import NoWorkingDirectory
from engine.shell.process import Sink, StaysUp
from engine.shell.run import CommandNotFound, NotExecutable


class _Nowhere:
    """Where the output of a detached process goes."""

    def write(self, data: bytes) -> None:
        pass


@docker_command(
    "exec",
    "container exec",
    arguments="[OPTIONS] CONTAINER COMMAND [ARG...]",
    summary="Execute a command in a running container",
    options=(
        flag("detach", "Detached mode: run command in the background", "d"),
        option("detach-keys", "Override the key sequence for detaching a container"),
        option("env", "Set environment variables", "e", kind="list"),
        option("env-file", "Read in a file of environment variables", kind="list"),
        flag("interactive", "Keep STDIN open even if not attached", "i"),
        flag("privileged", "Give extended privileges to the command"),
        flag("tty", "Allocate a pseudo-TTY", "t"),
        option("user", "Username or UID (format: <name|uid>[:<group|gid>])", "u"),
        option("workdir", "Working directory inside the container", "w"),
    ),
    at_least=2,
    interspersed=False,
)
def execute(cli: Cli) -> int:
    """Run a further program in a running container."""
    flags = cli.flags
    process = cli.host
    environment = environment_pairs(cli)
    daemon = cli.daemon
    container = daemon.find_container(cli.arguments[0])
    terminal = flags.on("tty") and not flags.on("detach")
    if terminal and flags.on("interactive"):
        require_terminal(cli)

    def work(stdout: Sink, stderr: Sink) -> int:
        return daemon.execute_in(
            container,
            tuple(cli.arguments[1:]),
            user=flags.text("user"),
            cwd=flags.text("workdir"),
            env=environment,
            terminal=terminal,
            stdin=process.stdin if flags.on("interactive") else None,
            stdout=stdout,
            stderr=stderr,
            typed=process.system.typed,
        )

    try:
        if flags.on("detach"):
            started = daemon.clock.now
            try:
                work(_Nowhere(), _Nowhere())
            except StaysUp:
                pid = max((pid for pid, _, _ in container.processes), default=1) + 6
                row = (pid, flags.text("user") or "root", " ".join(cli.arguments[1:]))
                current = daemon.state.containers[container.id]
                daemon.update(replace(current, processes=(*current.processes, row)))
            daemon.clock.now = started
            return 0
        return work(cli.sink(error=False), cli.sink(error=not terminal))
    except (CommandNotFound, NotExecutable) as error:
        cli.out(f"{EXEC_FAILED}{runtime_reason(error)}\n")
        return error.status
    except NoWorkingDirectory as error:
        cli.out(f"{EXEC_FAILED}{error}\n")
        return error.status


@docker_command(
    "attach",
    "container attach",
    arguments="[OPTIONS] CONTAINER",
    summary="Attach local standard input, output, and error streams to a running container",
    options=(
        option("detach-keys", "Override the key sequence for detaching a container"),
        flag("no-stdin", "Do not attach STDIN"),
        Option("sig-proxy", "Proxy all received signals to the process", kind="bool", default=True),
    ),
    at_least=1,
    at_most=1,
)
def attach(cli: Cli) -> None:
    """Take a container's main process to the terminal: a shell's prompt, or its output until Ctrl-C."""
    container = cli.daemon.find_container(cli.arguments[0])
    if not container.running:
        raise CliError("You cannot attach to a stopped container, start it first")
    if container.status == "paused":
        raise CliError("You cannot attach to a paused container, unpause it first")
    cli.daemon.attach(container, with_input=container.open_stdin and not cli.flags.on("no-stdin"))
