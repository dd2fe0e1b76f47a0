"""``docker network``: names that containers can be attached to."""

from __future__ import annotations

from engine.cli.command import Cli, docker_command
from engine.cli.confirm import confirm
from engine.cli.each import for_each
from engine.cli.flags import FILTER, FORMAT_HELP, PRUNE_FILTER, flag, option
from engine.cli.format.listings import format_networks
from engine.daemon import volumes as daemon_objects


@docker_command(
    "network ls",
    "network list",
    arguments="[OPTIONS]",
    summary="List networks",
    options=(
        FILTER,
        option("format", FORMAT_HELP),
        flag("no-trunc", "Do not truncate the output"),
        flag("quiet", "Only display network IDs", "q"),
    ),
    at_most=0,
)
def network_ls(cli: Cli) -> None:
    """List networks by name."""
    flags = cli.flags
    answer = cli.api.get("/networks", filters=tuple(flags.items("filter")))
    cli.out(
        format_networks(answer, flags.text("format"), quiet=flags.on("quiet"), no_trunc=flags.on("no-trunc"))
    )


@docker_command(
    "network create",
    arguments="[OPTIONS] NETWORK",
    summary="Create a network",
    options=(
        flag("attachable", "Enable manual container attachment"),
        option("driver", "Driver to manage the Network", "d", default="bridge"),
        option("gateway", "IPv4 or IPv6 Gateway for the master subnet", kind="list"),
        flag("internal", "Restrict external access to the network"),
        option("ip-range", "Allocate container ip from a sub-range", kind="list"),
        option("label", "Set metadata on a network", kind="list"),
        option("opt", "Set driver specific options", "o", kind="list"),
        option("subnet", "Subnet in CIDR format that represents a network segment", kind="list"),
    ),
    at_least=1,
    at_most=1,
)
def network_create(cli: Cli) -> None:
    """Create a network."""
    flags = cli.flags
    labels = [pair.partition("=") for pair in flags.items("label")]
    network = daemon_objects.create_network(
        cli.daemon,
        cli.arguments[0],
        flags.text("driver"),
        tuple((key, value) for key, _, value in labels),
        internal=flags.on("internal"),
    )
    cli.out(f"{network.id}\n")


@docker_command(
    "network rm",
    "network remove",
    arguments="NETWORK [NETWORK...]",
    summary="Remove one or more networks",
    options=(flag("force", "Do not error if the network does not exist", "f"),),
    at_least=1,
)
def network_rm(cli: Cli) -> int:
    """Remove networks."""
    force = cli.flags.on("force")
    failed = for_each(
        cli, cli.arguments, lambda name: daemon_objects.remove_network(cli.daemon, name, force=force)
    )
    return 1 if failed else 0


@docker_command(
    "network prune",
    arguments="[OPTIONS]",
    summary="Remove all unused networks",
    options=(
        PRUNE_FILTER,
        flag("force", "Do not prompt for confirmation", "f"),
    ),
    at_most=0,
)
def network_prune(cli: Cli) -> None:
    """Remove networks that no container uses."""
    if not cli.flags.on("force"):
        confirm(cli, "WARNING! This will remove all custom networks not used by at least one container.\n")
    names = daemon_objects.prune_networks(cli.daemon)
    if names:
        cli.out("Deleted Networks:\n" + "".join(f"{name}\n" for name in names) + "\n")


@docker_command(
    "network connect",
    arguments="[OPTIONS] NETWORK CONTAINER",
    summary="Connect a container to a network",
    options=(option("alias", "Add network-scoped alias for the container", kind="list"),),
    at_least=2,
    at_most=2,
)
def network_connect(cli: Cli) -> None:
    """Attach a container to a network."""
    daemon_objects.connect(cli.daemon, *cli.arguments)


@docker_command(
    "network disconnect",
    arguments="[OPTIONS] NETWORK CONTAINER",
    summary="Disconnect a container from a network",
    options=(flag("force", "Force the container to disconnect from a network", "f"),),
    at_least=2,
    at_most=2,
)
def network_disconnect(cli: Cli) -> None:
    """Take a container off a network."""
    daemon_objects.disconnect(cli.daemon, *cli.arguments)
