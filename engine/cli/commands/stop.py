"""``docker stop``, ``kill``, ``pause``, ``unpause`` and ``wait``."""

from __future__ import annotations

from engine.cli.command import Cli, docker_command
from engine.cli.each import for_each
from engine.cli.flags import option
from engine.daemon import lifecycle
from engine.shell.process import StaysUp

_STOP_OPTIONS = (
    option("signal", "Signal to send to the container", "s"),
    option("timeout", "Seconds to wait before killing the container", "t", kind="int"),
    option("time", "Seconds to wait before killing the container", kind="int", hidden=True),
)


@docker_command(
    "stop",
    "container stop",
    arguments="[OPTIONS] CONTAINER [CONTAINER...]",
    summary="Stop one or more running containers",
    options=_STOP_OPTIONS,
    at_least=1,
)
def stop(cli: Cli) -> int:
    """Ask main processes to end, and kill those that do not."""
    flags = cli.flags
    timeout = next((flags.number(name) for name in ("timeout", "time") if name in flags.changed), None)

    def stop_one(name: str) -> None:
        lifecycle.stop(cli.daemon, cli.daemon.find_container(name), timeout, flags.text("signal"))

    return 1 if for_each(cli, cli.arguments, stop_one) else 0


@docker_command(
    "kill",
    "container kill",
    arguments="[OPTIONS] CONTAINER [CONTAINER...]",
    summary="Kill one or more running containers",
    options=(option("signal", "Signal to send to the container", "s", default="KILL"),),
    at_least=1,
)
def kill(cli: Cli) -> int:
    """Send a signal to main processes."""

    def kill_one(name: str) -> None:
        lifecycle.kill(cli.daemon, cli.daemon.find_container(name), name, cli.flags.text("signal"))

    return 1 if for_each(cli, cli.arguments, kill_one) else 0


@docker_command(
    "pause",
    "container pause",
    arguments="CONTAINER [CONTAINER...]",
    summary="Pause all processes within one or more containers",
    at_least=1,
)
def pause(cli: Cli) -> int:
    """Freeze containers."""

    def pause_one(name: str) -> None:
        lifecycle.pause(cli.daemon, cli.daemon.find_container(name))

    return 1 if for_each(cli, cli.arguments, pause_one) else 0


@docker_command(
    "unpause",
    "container unpause",
    arguments="CONTAINER [CONTAINER...]",
    summary="Unpause all processes within one or more containers",
    at_least=1,
)
def unpause(cli: Cli) -> int:
    """Let frozen containers go on."""

    def unpause_one(name: str) -> None:
        lifecycle.unpause(cli.daemon, cli.daemon.find_container(name))

    return 1 if for_each(cli, cli.arguments, unpause_one) else 0


@docker_command(
    "wait",
    "container wait",
    arguments="CONTAINER [CONTAINER...]",
    summary="Block until one or more containers stop, then print their exit codes",
    at_least=1,
)
def wait(cli: Cli) -> int:
    """Print exit statuses; a container that runs for ever is waited for until Ctrl-C."""

    def wait_one(name: str) -> str:
        ended = cli.daemon.await_end(cli.daemon.find_container(name))
        if ended is None:
            raise StaysUp
        return f"{ended.exit_code}\n"

    return 1 if for_each(cli, cli.arguments, wait_one) else 0
