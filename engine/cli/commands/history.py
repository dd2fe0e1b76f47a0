"""``docker history``."""

from __future__ import annotations

from engine.cli.command import Cli, docker_command
from engine.cli.flags import FORMAT_HELP, Option, flag, option
from engine.cli.format.history import format_history


@docker_command(
    "history",
    "image history",
    arguments="[OPTIONS] IMAGE",
    summary="Show the history of an image",
    options=(
        option("format", FORMAT_HELP),
        Option("human", "Print sizes and dates in human readable format", "H", "bool", default=True),
        flag("no-trunc", "Don't truncate output"),
        option("platform", 'Show history for the given platform. Formatted as "os[/arch[/variant]]"'),
        flag("quiet", "Only show image IDs", "q"),
    ),
    at_least=1,
    at_most=1,
)
def history(cli: Cli) -> None:
    """Show every row of an image's history, the newest first."""
    flags = cli.flags
    rows = cli.api.get(f"/images/{cli.arguments[0]}/history")
    cli.out(
        format_history(
            rows,
            format_text=flags.text("format"),
            quiet=flags.on("quiet"),
            human=flags.on("human"),
            no_trunc=flags.on("no-trunc"),
            now=cli.now,
        )
    )
