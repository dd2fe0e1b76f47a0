"""``docker system df``."""

from __future__ import annotations

from engine.cli.command import Cli, docker_command
from engine.cli.flags import FORMAT_HELP, flag, option
from engine.cli.format.diskusage import format_disk_usage


@docker_command(
    "system df",
    arguments="[OPTIONS]",
    summary="Show docker disk usage",
    options=(
        option("format", FORMAT_HELP),
        flag("verbose", "Show detailed information on space usage", "v"),
    ),
    at_most=0,
)
def system_df(cli: Cli) -> None:
    """Show what takes space and what could be freed."""
    usage = cli.api.get("/system/df")
    flags = cli.flags
    cli.out(
        format_disk_usage(usage, format_text=flags.text("format"), verbose=flags.on("verbose"), now=cli.now)
    )
