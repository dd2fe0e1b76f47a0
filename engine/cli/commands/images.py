"""``docker images``."""

from __future__ import annotations

from engine.cli.command import Cli, docker_command
from engine.cli.flags import FILTER, FORMAT_HELP, flag, option
from engine.cli.format.images import format_images
from engine.cli.format.imagetree import format_image_tree


@docker_command(
    "images",
    "image ls",
    "image list",
    arguments="[OPTIONS] [REPOSITORY[:TAG]]",
    summary="List images",
    options=(
        flag("all", "Show all images (default hides intermediate images)", "a"),
        flag("digests", "Show digests"),
        FILTER,
        option("format", FORMAT_HELP),
        flag("no-trunc", "Don't truncate output"),
        flag("quiet", "Only show image IDs", "q"),
        flag("tree", "List the platforms and layers of every image as a tree"),
    ),
    at_most=1,
)
def images(cli: Cli) -> None:
    """List images, newest first."""
    flags = cli.flags
    query = {"all": flags.on("all"), "filters": tuple(flags.items("filter"))}
    if cli.arguments:
        query["reference"] = cli.arguments[0]
    answer = cli.api.get("/images/json", **query)
    if flags.on("tree"):
        cli.out(format_image_tree(answer))
        return
    cli.out(
        format_images(
            answer,
            format_text=flags.text("format"),
            quiet=flags.on("quiet"),
            digests=flags.on("digests"),
            no_trunc=flags.on("no-trunc"),
            now=cli.now,
        )
    )
