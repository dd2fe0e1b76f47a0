"""What the prune commands have in common."""

from __future__ import annotations

from engine.cli.command import Cli
from engine.daemon.filters import group_filters
from engine.daemon.times import parse_instant

_ACCEPTED = ("until", "label", "label!", "dangling", "all")


def until_filter(cli: Cli) -> int | None:
    """The instant (ns) of ``--filter until=…``, or None. Raises DaemonError."""
    filters = group_filters(cli.flags.items("filter"), _ACCEPTED)
    instants = [parse_instant(text, cli.now) for text in filters.get("until", ())]
    return min(instants) if instants else None
