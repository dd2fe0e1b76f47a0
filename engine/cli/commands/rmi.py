"""``docker rmi`` and ``docker image prune``."""

from __future__ import annotations

from collections.abc import Iterable

from engine.cli.command import Cli, docker_command
from engine.cli.confirm import confirm
from engine.cli.each import complaint
from engine.cli.flags import PRUNE_FILTER, flag, option
from engine.cli.pruning import until_filter
from engine.daemon.errors import DaemonError, NotFound
from engine.daemon.removal import Removed, prune_images, remove_image
from engine.units import human_size

DANGLING_WARNING = "WARNING! This will remove all dangling images.\n"
ALL_WARNING = "WARNING! This will remove all images without at least one container associated to them.\n"


@docker_command(
    "rmi",
    "image rm",
    "image remove",
    arguments="[OPTIONS] IMAGE [IMAGE...]",
    summary="Remove one or more images",
    options=(
        flag("force", "Force removal of the image", "f"),
        flag("no-prune", "Do not delete untagged parents"),
        option("platform", "Remove only the given platform variant", kind="list"),
    ),
    at_least=1,
)
def rmi(cli: Cli) -> int:
    """Untag images and delete those that have no name left."""
    flags = cli.flags
    failed = False
    complaints: list[str] = []
    for name in cli.arguments:
        try:
            lines = remove_image(cli.daemon, name, force=flags.on("force"), prune=not flags.on("no-prune"))
        except NotFound as error:
            failed = failed or not flags.on("force")
            complaints.append(complaint(error))
        except DaemonError as error:
            failed = True
            complaints.append(complaint(error))
        else:
            cli.out("".join(f"{line}\n" for line in lines))
    for text in complaints:
        cli.err(f"{text}\n")
    return 1 if failed else 0


def deleted_images_text(lines: Iterable[Removed]) -> str:
    """The list that the prune commands print: lower-case words here, unlike ``docker rmi``."""
    texts = [f"{line.action.lower()}: {line.name}\n" for line in lines]
    return "Deleted Images:\n" + "".join(texts) + "\n" if texts else ""


@docker_command(
    "image prune",
    arguments="[OPTIONS]",
    summary="Remove unused images",
    options=(
        flag("all", "Remove all unused images, not just dangling ones", "a"),
        PRUNE_FILTER,
        flag("force", "Do not prompt for confirmation", "f"),
    ),
    at_most=0,
)
def image_prune(cli: Cli) -> None:
    """Remove images without a name, or all that no container uses."""
    every = cli.flags.on("all")
    before = until_filter(cli)
    if not cli.flags.on("force"):
        confirm(cli, ALL_WARNING if every else DANGLING_WARNING)
    lines, freed = prune_images(cli.daemon, every=every, before=before)
    cli.out(f"{deleted_images_text(lines)}Total reclaimed space: {human_size(freed)}\n")
