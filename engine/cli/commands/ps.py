"""``docker ps``."""

from __future__ import annotations

from typing import Any

from engine.cli.command import Cli, docker_command
from engine.cli.flags import FILTER, FORMAT_HELP, flag, option
from engine.cli.format.containers import format_containers


@docker_command(
    "ps",
    "container ls",
    "container list",
    "container ps",
    arguments="[OPTIONS]",
    summary="List containers",
    options=(
        flag("all", "Show all containers (default shows just running)", "a"),
        FILTER,
        option("format", FORMAT_HELP),
        option("last", "Show n last created containers (includes all states)", "n", kind="int", default=-1),
        flag("latest", "Show the latest created container (includes all states)", "l"),
        flag("no-trunc", "Don't truncate output"),
        flag("quiet", "Only display container IDs", "q"),
        flag("size", "Display total file sizes", "s"),
    ),
    at_most=0,
)
def ps(cli: Cli) -> None:
    """List containers, newest first."""
    flags = cli.flags
    format_text = flags.text("format")
    limit = 1 if flags.on("latest") and flags.number("last") == -1 else flags.number("last")
    query: dict[str, Any] = {
        "all": flags.on("all"),
        "limit": max(limit, 0),
        "size": flags.on("size") or ".Size" in format_text,
        "filters": tuple(flags.items("filter")),
    }
    cli.out(
        format_containers(
            cli.api.get("/containers/json", **query),
            format_text=format_text,
            quiet=flags.on("quiet"),
            size=flags.on("size"),
            no_trunc=flags.on("no-trunc"),
            now=cli.now,
        )
    )
