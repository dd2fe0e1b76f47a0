"""``docker diff``."""

from __future__ import annotations

from engine.cli.command import Cli, docker_command

_KINDS = {0: "C", 1: "A", 2: "D"}


@docker_command(
    "diff",
    "container diff",
    arguments="CONTAINER",
    summary="Inspect changes to files or directories on a container's filesystem",
    at_least=1,
    at_most=1,
)
def diff(cli: Cli) -> None:
    """List what a container's read-write layer changes."""
    for change in cli.api.get(f"/containers/{cli.arguments[0]}/changes"):
        cli.out(f"{_KINDS[change['Kind']]} {change['Path']}\n")
