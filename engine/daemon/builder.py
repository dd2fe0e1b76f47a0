"""The builder as the rest of the house sees it: forecast, and looking after the cache."""

from engine.build.cache import (
    BuildCacheState,
    CacheUsage,
    PruneFilter,
    prune,
    usage,
)
from engine.content import ChainID
from engine.daemon.buildkit import BuildKit
from engine.daemon.buildrequest import BuilderName, BuildForecast, BuildRequest
from engine.daemon.classicbuilder import ClassicBuilder
from engine.daemon.daemon import Daemon
from engine.image.reference import parse_normalized


def forecast_build(daemon: Daemon, request: BuildRequest, builder: BuilderName) -> BuildForecast:
    """What a build would reuse and what it would carry out, without carrying anything out."""
    if builder == "classic":
        return ClassicBuilder(daemon, request).forecast()
    return BuildKit(daemon, request).forecast()


def image_chains(daemon: Daemon) -> set[ChainID]:
    """ChainIDs of every image on the daemon."""
    return {chain for record in daemon.state.images.values() for chain in record.image.chain_ids}


def cache_usage(daemon: Daemon) -> tuple[CacheUsage, ...]:
    """The build cache, record by record."""
    return usage(BuildCacheState.from_json(daemon.state.build_cache), image_chains(daemon))


def prune_cache(daemon: Daemon, rule: PruneFilter) -> tuple[CacheUsage, ...]:
    """``docker builder prune``: what was removed."""
    state = BuildCacheState.from_json(daemon.state.build_cache)
    left, removed = prune(state, image_chains(daemon), rule)
    daemon.state = daemon.state.changed(build_cache=left.to_json())
    return removed


def check_tag(tag: str) -> str:
    """The full reference a ``--tag`` means. Raises ReferenceError."""
    return str(parse_normalized(tag).tagged())
