"""Who uses how much disk: what ``docker system df`` is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.build.cache import BuildCacheState
from engine.build.cache import usage as cache_usage
from engine.clock import rfc3339
from engine.daemon.state import DaemonState


@dataclass(frozen=True, slots=True)
class DiskUsage:
    """Sizes in bytes. A layer counts once, however many images it belongs to."""

    layers_size: int
    shared: Mapping[str, int]
    """Image -> bytes of its layers that other listed images have as well."""
    containers: Mapping[str, int]
    """Image -> number of containers made from it."""
    volume_users: Mapping[str, int]
    """Volume -> number of containers that mount it."""
    parents: frozenset[str]
    """Images other images were made from."""


def disk_usage(state: DaemonState) -> DiskUsage:
    """Count everything ``state`` keeps."""
    parents = frozenset(record.parent for record in state.images.values() if record.parent)
    named = set(state.tags.values())
    sizes: dict[str, int] = {}
    users: Counter[str] = Counter()
    for identity, record in state.images.items():
        listed = identity in named or bool(record.repo_digests) or identity not in parents
        for chain, layer in zip(record.image.chain_ids, record.image.layers, strict=True):
            sizes[chain] = layer.size
            users[chain] += listed
    shared = {
        str(identity): sum(
            layer.size
            for chain, layer in zip(record.image.chain_ids, record.image.layers, strict=True)
            if users[chain] > 1
        )
        for identity, record in state.images.items()
    }
    containers = Counter(str(item.image) for item in state.containers.values())
    volumes = Counter(
        name
        for item in state.containers.values()
        for name in {mount.source for mount in item.host_config.mounts if mount.kind == "volume"}
    )
    return DiskUsage(sum(sizes.values()), shared, containers, volumes, parents)


def build_cache_records(state: DaemonState) -> list[dict[str, Any]]:
    """The builder's records as ``/system/df`` lists them."""
    cache = BuildCacheState.from_json(state.build_cache)
    chains = {chain for record in state.images.values() for chain in record.image.chain_ids}
    return [
        {
            "ID": row.record.id,
            "Parents": [row.record.parent] if row.record.parent else None,
            "Type": row.record.kind,
            "Description": row.record.description,
            "InUse": row.in_use,
            "Shared": row.shared,
            "Size": row.record.size,
            "CreatedAt": rfc3339(row.record.created),
            "LastUsedAt": rfc3339(row.record.last_used) if row.record.last_used else None,
            "UsageCount": row.record.usage,
        }
        for row in cache_usage(cache, chains)
    ]
