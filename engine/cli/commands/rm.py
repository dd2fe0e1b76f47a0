"""``docker rm``, ``docker rename`` and ``docker container prune``."""

from __future__ import annotations

from engine.cli.command import Cli, CliError, docker_command
from engine.cli.confirm import confirm
from engine.cli.each import complaint, for_each
from engine.cli.flags import PRUNE_FILTER, flag
from engine.cli.pruning import until_filter
from engine.daemon import lifecycle
from engine.daemon.errors import DaemonError, NotFound
from engine.units import human_size


@docker_command(
    "rm",
    "container rm",
    "container remove",
    arguments="[OPTIONS] CONTAINER [CONTAINER...]",
    summary="Remove one or more containers",
    options=(
        flag("force", "Force the removal of a running container (uses SIGKILL)", "f"),
        flag("link", "Remove the specified link", "l"),
        flag("volumes", "Remove anonymous volumes associated with the container", "v"),
    ),
    at_least=1,
)
def rm(cli: Cli) -> int:
    """Remove containers with their read-write layers."""
    flags = cli.flags
    failures = 0

    def remove_one(name: str) -> str | None:
        nonlocal failures
        try:
            container = cli.daemon.find_container(name)
            lifecycle.remove(
                cli.daemon, container, name, force=flags.on("force"), volumes=flags.on("volumes")
            )
        except NotFound:
            failures += not flags.on("force")
            raise
        except DaemonError:
            failures += 1
            raise
        return None

    for_each(cli, cli.arguments, remove_one)
    return 1 if failures else 0


@docker_command(
    "rename",
    "container rename",
    arguments="CONTAINER NEW_NAME",
    summary="Rename a container",
    at_least=2,
    at_most=2,
)
def rename(cli: Cli) -> None:
    """Give a container another name."""
    old, new = (word.strip() for word in cli.arguments)
    if not old or not new:
        raise CliError("Error: Neither old nor new names may be empty")
    try:
        lifecycle.rename(cli.daemon, cli.daemon.find_container(old), new)
    except DaemonError as error:
        raise CliError(f"{complaint(error)}\nError: failed to rename container named {old}") from None


@docker_command(
    "container prune",
    arguments="[OPTIONS]",
    summary="Remove all stopped containers",
    options=(
        PRUNE_FILTER,
        flag("force", "Do not prompt for confirmation", "f"),
    ),
    at_most=0,
)
def container_prune(cli: Cli) -> None:
    """Remove every container that does not run."""
    before = until_filter(cli)
    if not cli.flags.on("force"):
        confirm(cli, "WARNING! This will remove all stopped containers.\n")
    removed, freed = lifecycle.prune(cli.daemon, before=before)
    if removed:
        cli.out("Deleted Containers:\n" + "".join(f"{identity}\n" for identity in removed) + "\n")
    cli.out(f"Total reclaimed space: {human_size(freed)}\n")
