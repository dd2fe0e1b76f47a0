"""Volumes and networks: creating, removing and pruning them, by moby's rules."""

from __future__ import annotations

from dataclasses import replace

import re2

from engine.daemon.api import find_network
from engine.daemon.daemon import DEFAULT_NETWORKS, Daemon
from engine.daemon.errors import Conflict, DaemonError, NotFound
from engine.daemon.state import Container, Network, Volume

_NAME_RE = re2.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
_MOST_NETWORKS = 100
_DRIVERS = ("bridge", "host", "null", "ipvlan", "macvlan", "overlay")


def create_volume(daemon: Daemon, name: str, driver: str, labels: tuple[tuple[str, str], ...]) -> Volume:
    """``docker volume create``; an empty name makes an anonymous volume. Raises DaemonError."""
    if driver != "local":
        raise DaemonError(
            f'create {name}: error looking up volume plugin {driver}: plugin "{driver}" not found'
        )
    if name and not _NAME_RE.fullmatch(name):
        raise DaemonError(
            f'create {name}: "{name}" includes invalid characters for a local volume name, only '
            '"[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, '
            "use absolute path"
        )
    daemon.log("volume", "create", name)
    return daemon.create_volume(name or daemon.new_id("volume"), labels=labels, anonymous=not name)


def users_of(daemon: Daemon, name: str) -> list[Container]:
    """The containers, running or not, that mount a volume."""
    return [
        item
        for item in daemon.state.containers.values()
        if any(mount.kind == "volume" and mount.source == name for mount in item.host_config.mounts)
    ]


def remove_volume(daemon: Daemon, name: str, *, force: bool) -> None:
    """``docker volume rm``. Raises NotFound, Conflict."""
    if name not in daemon.state.volumes:
        if force:
            return
        raise NotFound(f"get {name}: no such volume")
    users = users_of(daemon, name)
    if users:
        listed = ", ".join(item.id for item in users)
        raise Conflict(f"remove {name}: volume is in use - [{listed}]")
    daemon.log("volume", "destroy", name)
    daemon.remove_volume(name)


def prune_volumes(daemon: Daemon, *, every: bool) -> tuple[list[str], int]:
    """``docker volume prune``: names removed and bytes freed; named volumes only with ``every``."""
    removed: list[str] = []
    freed = 0
    for name in sorted(daemon.state.volumes):
        volume = daemon.state.volumes[name]
        if users_of(daemon, name) or not (every or volume.anonymous):
            continue
        freed += daemon.volume_tree(name).upper_layer().size
        daemon.remove_volume(name)
        removed.append(name)
    return removed, freed


# ---------------------------------------------------------------------- networks


def create_network(
    daemon: Daemon, name: str, driver: str, labels: tuple[tuple[str, str], ...], *, internal: bool
) -> Network:
    """``docker network create``. Raises Conflict, DaemonError."""
    if not name.strip():
        raise DaemonError("invalid network name: name is empty")
    if any(network.name == name for network in daemon.state.networks.values()):
        raise Conflict(f"network with name {name} already exists")
    if driver not in _DRIVERS:
        raise NotFound(f'could not find plugin {driver} in v1 plugin registry: plugin "{driver}" not found')
    if driver in ("host", "null"):
        raise DaemonError(f'only one instance of "{driver}" network is allowed')
    if len(daemon.state.networks) >= _MOST_NETWORKS:
        raise DaemonError(f"the lab keeps at most {_MOST_NETWORKS} networks: remove some first")
    identity = daemon.new_id("network")
    network = Network(identity, name, daemon.clock.now, driver, internal=internal, labels=labels)
    daemon.state = daemon.state.changed(networks={**daemon.state.networks, identity: network})
    daemon.log("network", "create", name)
    return network


def members_of(daemon: Daemon, network: Network) -> list[Container]:
    """Running containers on a network."""
    return [
        item
        for item in daemon.state.containers.values()
        if item.running and item.host_config.network == network.name
    ]


def remove_network(daemon: Daemon, name: str, *, force: bool) -> None:
    """``docker network rm``. Raises NotFound, Conflict."""
    try:
        network = find_network(daemon, name)
    except NotFound:
        if force:
            return
        raise
    if network.name in DEFAULT_NETWORKS:
        raise DaemonError(f"{network.name} is a pre-defined network and cannot be removed")
    members = members_of(daemon, network)
    if members:
        listed = ", ".join(f'name:"{item.name}" id:"{item.id[:12]}"' for item in members)
        raise Conflict(
            f"error while removing network: network {network.name} has active endpoints ({listed})"
        )
    networks = {key: item for key, item in daemon.state.networks.items() if key != network.id}
    daemon.state = daemon.state.changed(networks=networks)
    daemon.log("network", "destroy", network.name, id=network.id, type=network.driver)


def prune_networks(daemon: Daemon) -> list[str]:
    """``docker network prune``: the names removed."""
    used = {item.host_config.network for item in daemon.state.containers.values()}
    removed = []
    for network in list(daemon.state.networks.values()):
        if network.name not in DEFAULT_NETWORKS and network.name not in used:
            remove_network(daemon, network.id, force=False)
            removed.append(network.name)
    return removed


def connect(daemon: Daemon, network_name: str, container_name: str) -> None:
    """``docker network connect``: the container's network is the last one it was connected to."""
    network = find_network(daemon, network_name)
    container = daemon.find_container(container_name)
    if container.host_config.network == network.name:
        raise DaemonError(f"endpoint with name {container.name} already exists in network {network.name}")
    host = replace(container.host_config, network=network.name)
    daemon.update(replace(container, host_config=host))
    daemon.log("network", "connect", network.name, container=container.id)


def disconnect(daemon: Daemon, network_name: str, container_name: str) -> None:
    """``docker network disconnect``. Raises NotFound, DaemonError."""
    network = find_network(daemon, network_name)
    container = daemon.find_container(container_name)
    if container.host_config.network != network.name:
        raise DaemonError(f"container {container.id} is not connected to network {network.name}")
    host = replace(container.host_config, network="none")
    daemon.update(replace(container, host_config=host))
    daemon.log("network", "disconnect", network.name, container=container.id)
