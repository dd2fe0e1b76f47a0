"""``docker start`` and ``docker restart``."""

from __future__ import annotations

from engine.cli.attach import run_attached, start_container
from engine.cli.command import Cli, CliError, docker_command
from engine.cli.each import complaint, for_each
from engine.cli.flags import flag, option
from engine.daemon.errors import DaemonError
from engine.daemon.lifecycle import stop


@docker_command(
    "start",
    "container start",
    arguments="[OPTIONS] CONTAINER [CONTAINER...]",
    summary="Start one or more stopped containers",
    options=(
        flag("attach", "Attach STDOUT/STDERR and forward signals", "a"),
        option("detach-keys", "Override the key sequence for detaching a container"),
        flag("interactive", "Attach container's STDIN", "i"),
    ),
    at_least=1,
)
def start(cli: Cli) -> int:
    """Start containers again; their read-write layers are as they were left."""
    daemon = cli.daemon
    names = cli.arguments
    if cli.flags.on("attach") or cli.flags.on("interactive"):
        if len(names) > 1:
            raise CliError("you cannot start and attach multiple containers at once")
        container = daemon.find_container(names[0])
        if container.running:
            daemon.attach(container, with_input=cli.flags.on("interactive"))
        return run_attached(cli, container, with_input=cli.flags.on("interactive"))

    def start_one(name: str) -> None:
        container = daemon.find_container(name)
        if container.status == "paused":
            raise DaemonError("cannot start a paused container, try unpause instead")
        start_container(daemon, container)

    failed = []
    for name in names:
        try:
            start_one(name)
        except DaemonError as error:
            failed.append(name)
            cli.err(f"{complaint(error)}\n")
        else:
            cli.out(f"{name}\n")
    if failed:
        raise CliError(f"Error: failed to start containers: {', '.join(failed)}")
    return 0


@docker_command(
    "restart",
    "container restart",
    arguments="[OPTIONS] CONTAINER [CONTAINER...]",
    summary="Restart one or more containers",
    options=(
        option("signal", "Signal to send to the container", "s"),
        option("timeout", "Seconds to wait before killing the container", "t", kind="int"),
        option("time", "Seconds to wait before killing the container", kind="int", hidden=True),
    ),
    at_least=1,
)
def restart(cli: Cli) -> int:
    """Stop containers, when they run, and start them."""
    flags = cli.flags
    timeout = next((flags.number(name) for name in ("timeout", "time") if name in flags.changed), None)

    def restart_one(name: str) -> None:
        daemon = cli.daemon
        container = daemon.find_container(name)
        keep = container.host_config.auto_remove
        if container.running and not keep:
            stop(daemon, container, timeout, flags.text("signal"))
        start_container(daemon, daemon.find_container(name))

    return 1 if for_each(cli, cli.arguments, restart_one) else 0
