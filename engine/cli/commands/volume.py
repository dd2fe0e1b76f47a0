"""``docker volume``."""

from __future__ import annotations

from engine.cli.command import Cli, CliError, docker_command
from engine.cli.confirm import confirm
from engine.cli.each import for_each
from engine.cli.flags import FILTER, FORMAT_HELP, PRUNE_FILTER, flag, option
from engine.cli.format.listings import format_volumes
from engine.daemon.volumes import create_volume, prune_volumes, remove_volume
from engine.units import human_size


@docker_command(
    "volume ls",
    "volume list",
    arguments="[OPTIONS]",
    summary="List volumes",
    options=(
        FILTER,
        option("format", FORMAT_HELP),
        flag("quiet", "Only display volume names", "q"),
    ),
    at_most=0,
)
def volume_ls(cli: Cli) -> None:
    """List volumes by name."""
    answer = cli.api.get("/volumes", filters=tuple(cli.flags.items("filter")))
    cli.out(format_volumes(answer["Volumes"], cli.flags.text("format"), quiet=cli.flags.on("quiet")))


@docker_command(
    "volume create",
    arguments="[OPTIONS] [VOLUME]",
    summary="Create a volume",
    options=(
        option("driver", "Specify volume driver name", "d", default="local"),
        option("label", "Set metadata for a volume", kind="list"),
        option("name", "Specify volume name", hidden=True),
        option("opt", "Set driver specific options", "o", kind="list"),
    ),
    at_most=1,
)
def volume_create(cli: Cli) -> None:
    """Create a place for data outside all layers."""
    flags = cli.flags
    if flags.text("name") and cli.arguments:
        raise CliError(
            "conflicting options: cannot specify a volume name through both --name and as a positional arg"
        )
    name = cli.arguments[0] if cli.arguments else flags.text("name")
    labels = [pair.partition("=") for pair in flags.items("label")]
    volume = create_volume(
        cli.daemon, name, flags.text("driver"), tuple((key, value) for key, _, value in labels)
    )
    cli.out(f"{volume.name}\n")


@docker_command(
    "volume rm",
    "volume remove",
    arguments="[OPTIONS] VOLUME [VOLUME...]",
    summary="Remove one or more volumes",
    options=(flag("force", "Force the removal of one or more volumes", "f"),),
    at_least=1,
)
def volume_rm(cli: Cli) -> int:
    """Remove volumes with their data."""
    force = cli.flags.on("force")
    failed = for_each(cli, cli.arguments, lambda name: remove_volume(cli.daemon, name, force=force))
    return 1 if failed else 0


@docker_command(
    "volume prune",
    arguments="[OPTIONS]",
    summary="Remove unused local volumes",
    options=(
        flag("all", "Remove all unused volumes, not just anonymous ones", "a"),
        PRUNE_FILTER,
        flag("force", "Do not prompt for confirmation", "f"),
    ),
    at_most=0,
)
def volume_prune(cli: Cli) -> None:
    """Remove volumes that no container uses."""
    every = cli.flags.on("all")
    kind = "local volumes" if every else "anonymous local volumes"
    if not cli.flags.on("force"):
        confirm(cli, f"WARNING! This will remove {kind} not used by at least one container.\n")
    names, freed = prune_volumes(cli.daemon, every=every)
    if names:
        cli.out("Deleted Volumes:\n" + "".join(f"{name}\n" for name in names) + "\n")
    cli.out(f"Total reclaimed space: {human_size(freed)}\n")
