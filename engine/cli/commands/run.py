"""``docker run``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from engine.cli.attach import StartFailed, require_terminal, run_attached, start_container
from engine.cli.command import Cli, CliError, docker_command
from engine.cli.container_options import (
    CREATE_OPTIONS,
    check_image_name,
    create_container,
    read_creation,
)
from engine.cli.flags import Option, flag
from engine.cli.pulling import check_platform, pull_lines
from engine.daemon.errors import DaemonError, NotFound
from engine.daemon.transfer import find_remote, pull
from engine.errors import EngineError
from engine.image.reference import ReferenceError, parse_normalized

EXIT_RUN_FAILED = 125
_RUN_OPTIONS: tuple[Option, ...] = (
    *CREATE_OPTIONS,
    flag("detach", "Run container in background and print container ID", "d"),
    Option("detach-keys", "Override the key sequence for detaching a container", hidden=True),
    Option("sig-proxy", "Proxy received signals to the process", kind="bool", default=True, hidden=True),
)
Result = TypeVar("Result")


def _refused(cli: Cli, error: Exception, status: int) -> CliError:
    prefix = "Error response from daemon: " if isinstance(error, DaemonError) else ""
    hint = f"Run '{cli.command.full_path} --help' for more information"
    return CliError(f"docker: {prefix}{error}\n\n{hint}", status)


def _try(cli: Cli, work: Callable[[], Result]) -> Result:
    """Do ``work``; a refusal becomes what ``docker run`` prints and exits with."""
    try:
        return work()
    except CliError as error:
        raise _refused(cli, error, EXIT_RUN_FAILED) from error
    except (DaemonError, ReferenceError) as error:
        raise _refused(cli, error, EXIT_RUN_FAILED) from error


def ensure_image(cli: Cli, name: str) -> None:
    """Pull an image that is not here, or always, as ``--pull`` says. Raises DaemonError, CliError."""
    policy = cli.flags.text("pull")
    daemon = cli.daemon
    if policy != "always":
        try:
            daemon.find_image(name)
            return
        except NotFound:
            if policy == "never":
                raise
    reference = parse_normalized(name).tagged()
    if policy != "always" and not cli.flags.on("quiet"):
        cli.err(f"Unable to find image '{reference.familiar}' locally\n")
    check_platform(cli.flags.text("platform"), find_remote(daemon, reference).image)
    result = pull(daemon, name)
    if not cli.flags.on("quiet"):
        for line in pull_lines(result, terminal=cli.host.stdout_is_terminal):
            cli.err(line)


@docker_command(
    "run",
    "container run",
    arguments="[OPTIONS] IMAGE [COMMAND] [ARG...]",
    summary="Create and run a new container from an image",
    options=_RUN_OPTIONS,
    at_least=1,
    interspersed=False,
)
def run(cli: Cli) -> int:
    """Create a container, start it and show what it prints."""
    flags = cli.flags
    detached = flags.on("detach")
    if flags.on("tty") and flags.on("interactive") and not detached:
        require_terminal(cli)
    creation = _try(cli, lambda: read_creation(cli))
    _try(cli, lambda: check_image_name(creation.image))
    try:
        ensure_image(cli, creation.image)
    except (DaemonError, EngineError) as error:
        raise _refused(cli, error, EXIT_RUN_FAILED) from error
    container = _try(cli, lambda: create_container(cli, creation))
    daemon = cli.daemon
    try:
        if detached:
            start_container(daemon, container)
            cli.out(f"{container.id}\n")
            return 0
        return run_attached(cli, container, with_input=flags.on("interactive"))
    except DaemonError as error:
        if container.host_config.auto_remove and container.id in daemon.state.containers:
            daemon.remove_container(daemon.state.containers[container.id])
        if detached:
            cli.out(f"{container.id}\n")
        status = error.status if isinstance(error, StartFailed) else EXIT_RUN_FAILED
        raise _refused(cli, error, status) from error
