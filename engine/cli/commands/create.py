"""``docker create``."""

from __future__ import annotations

from engine.cli.command import Cli, docker_command
from engine.cli.commands.run import ensure_image
from engine.cli.container_options import (
    CREATE_OPTIONS,
    check_image_name,
    create_container,
    read_creation,
)


@docker_command(
    "create",
    "container create",
    arguments="[OPTIONS] IMAGE [COMMAND] [ARG...]",
    summary="Create a new container",
    options=CREATE_OPTIONS,
    at_least=1,
    interspersed=False,
)
def create(cli: Cli) -> None:
    """Create a container without starting it."""
    creation = read_creation(cli)
    check_image_name(creation.image)
    ensure_image(cli, creation.image)
    container = create_container(cli, creation)
    cli.out(f"{container.id}\n")
