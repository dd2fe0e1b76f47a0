"""Which of the two builders a command line means."""

from __future__ import annotations

from engine.cli.command import Cli
from engine.cli.flags import parse_bool
from engine.errors import EngineError

LEGACY_NOTICE = (
    "DEPRECATED: The legacy builder is deprecated and will be removed in a future release.\n"
    "            BuildKit is currently disabled; enable it by removing the DOCKER_BUILDKIT=0\n"
    "            environment-variable.\n\n"
)


def uses_classic_builder(cli: Cli) -> bool:
    """What ``DOCKER_BUILDKIT`` says, or else the machine's setting."""
    wish = cli.host.env.get("DOCKER_BUILDKIT", "")
    if wish:
        try:
            return not parse_bool(wish)
        except EngineError:
            return False
    return cli.daemon.default_builder == "classic"
