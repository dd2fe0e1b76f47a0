"""Who reaches whom: the addresses of containers, their names on networks, and published ports."""

from collections.abc import Callable

from engine.budget import Budget
from engine.clock import Clock
from engine.daemon.state import Container, DaemonState
from engine.fs import Files, Namespace
from engine.shell.process import Peer

_HOST_NAMES = ("localhost", "127.0.0.1", "::1", "0.0.0.0")
_APART = ("host", "none")
"""Networks on which containers have no address of their own."""


def container_address(state: DaemonState, container: Container) -> str:
    """The address of a running container: the order of creation decides."""
    networks = [item.name for item in state.networks.values() if item.name not in _APART]
    network = container.host_config.network
    block = 17 + (networks.index(network) if network in networks else 0)
    peers = [item.id for item in state.containers.values() if item.host_config.network == network]
    place = peers.index(container.id) + 2
    return f"172.{block}.{place // 256}.{place % 256}"


def find_peer(
    state: DaemonState, origin: Container | None, host: str, port: int
) -> tuple[Container, int] | None:
    """The running container that ``host:port`` means to ``origin`` (None: the host), and its port.

    A published port is the host's, and so is every port of a container on the host's network. Names are
    known on user-defined networks, and through ``--link`` on the default one; addresses are known to all on
    the same network. ``port`` 0 asks for the name only.
    """
    running = [item for item in state.containers.values() if item.status == "running"]
    if origin is None and host in _HOST_NAMES:
        for container in running:
            for text in container.host_config.ports:
                published, _, inside = text.rpartition(":")
                number = inside.partition("/")[0]
                if published.rpartition(":")[2] == str(port) and number.isdigit():
                    return container, int(number)
        return next(((item, port) for item in running if item.host_config.network == "host"), None)
    for container in running:
        network = container.host_config.network
        if network in _APART or (origin is not None and network != origin.host_config.network):
            continue
        if host == container_address(state, container) or (
            origin is not None and host in _names(origin, container)
        ):
            return container, port
    return None


def _names(origin: Container, container: Container) -> set[str]:
    """What ``origin`` may call ``container`` on the network they share."""
    if container.host_config.network != "bridge":
        return {container.name, container.id[:12], *container.host_config.aliases}
    links = (link.partition(":") for link in origin.host_config.links)
    return {
        name
        for target, _, alias in links
        if target in (container.name, container.id[:12])
        for name in (target, alias or target)
    }


def peers(
    state: Callable[[], DaemonState],
    origin: Container | None,
    namespace: Callable[[Container], Namespace],
    clock: Clock,
    budget: Budget,
) -> Callable[[str, int], Peer | None]:
    """What a simulated computer asks to find another one on the network."""

    def find(host: str, port: int) -> Peer | None:
        known = state()
        found = find_peer(known, origin, host, port)
        if found is None:
            return None
        container, inside = found
        files = Files(namespace(container), clock, budget, cwd=container.config.working_dir or "/")
        return Peer(container_address(known, container), inside, files, container.processes)

    return find
