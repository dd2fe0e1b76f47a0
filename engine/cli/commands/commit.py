"""``docker commit``."""

from __future__ import annotations

from collections.abc import Sequence

from engine.build.ops import BaseImage
from engine.cli.command import Cli, docker_command
from engine.cli.flags import Option, flag, option
from engine.daemon.errors import DaemonError
from engine.dockerfile.frontend import FrontendOptions, compile_dockerfile
from engine.image.config import ImageConfig
from engine.image.reference import parse_normalized

_ALLOWED = frozenset(
    [
        "cmd",
        "entrypoint",
        "env",
        "expose",
        "healthcheck",
        "label",
        "onbuild",
        "stopsignal",
        "user",
        "volume",
        "workdir",
    ]
)
_BASE = "committed"


def apply_changes(config: ImageConfig, changes: Sequence[str]) -> ImageConfig:
    """The configuration after Dockerfile instructions (``-c``). Raises DaemonError."""
    for change in changes:
        word = change.split(maxsplit=1)[0] if change.strip() else ""
        if word.lower() not in _ALLOWED:
            raise DaemonError(f"{word} is not a valid change command")
    if not changes:
        return config
    result = compile_dockerfile(
        "\n".join([f"FROM {_BASE}", *changes]),
        FrontendOptions(classic=True),
        lambda written, platform: BaseImage(reference=written, config=config),
    )
    if result.error is not None:
        raise DaemonError(str(result.error))
    return result.plan.result.config if result.plan else config


@docker_command(
    "commit",
    "container commit",
    arguments="[OPTIONS] CONTAINER [REPOSITORY[:TAG]]",
    summary="Create a new image from a container's changes",
    options=(
        option("author", 'Author (e.g., "John Hannibal Smith <hannibal@a-team.com>")', "a"),
        option("change", "Apply Dockerfile instruction to the created image", "c", kind="list"),
        option("message", "Commit message", "m"),
        Option("pause", "Pause container during commit", "p", "bool", default=True),
        flag("no-pause", "Disable pausing container during commit"),
    ),
    at_least=1,
    at_most=2,
)
def commit(cli: Cli) -> None:
    """Freeze a container's read-write layer as the top layer of a new image."""
    flags = cli.flags
    reference = ""
    if len(cli.arguments) == 2:
        reference = str(parse_normalized(cli.arguments[1]).tagged())
    container = cli.daemon.find_container(cli.arguments[0])
    identity = cli.daemon.commit(
        container,
        reference,
        message=flags.text("message"),
        author=flags.text("author"),
        config=apply_changes(container.config, flags.items("change")),
    )
    cli.out(f"{identity}\n")
