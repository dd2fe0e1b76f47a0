"""``docker tag``."""

from __future__ import annotations

from engine.cli.command import Api, Cli, CliError, docker_command
from engine.image.reference import ReferenceError, parse_normalized


@docker_command(
    "tag",
    "image tag",
    arguments="SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
    summary="Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE",
    at_least=2,
    at_most=2,
)
def tag(cli: Cli) -> None:
    """Let another name point at an image."""
    tag_image(cli.api, cli.arguments[0], cli.arguments[1])


def tag_image(api: Api, source: str, target: str) -> None:
    """Check ``target`` and ask the daemon. Raises CliError, DaemonError."""
    try:
        reference = parse_normalized(target)
    except ReferenceError as error:
        raise CliError(
            f'Error parsing reference: "{target}" is not a valid repository/tag: {error}'
        ) from None
    if reference.digest:
        raise CliError("refusing to create a tag with a digest reference")
    api.post(f"/images/{source}/tag", reference=str(reference.tagged()))
