"""Starting, stopping, pausing, renaming and removing containers, by moby's rules."""

from __future__ import annotations

from dataclasses import replace

import re2

from engine.clock import SECOND
from engine.daemon.daemon import EXIT_KILLED, Daemon
from engine.daemon.errors import Conflict, DaemonError
from engine.daemon.state import Container

STOP_TIMEOUT = 10
"""Seconds ``docker stop`` waits before it kills."""

_NAME_RE = re2.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
_SIGNALS = {
    "HUP": 1,
    "INT": 2,
    "QUIT": 3,
    "ABRT": 6,
    "KILL": 9,
    "USR1": 10,
    "USR2": 12,
    "PIPE": 13,
    "ALRM": 14,
    "TERM": 15,
    "CHLD": 17,
    "CONT": 18,
    "STOP": 19,
    "TSTP": 20,
    "WINCH": 28,
}
_KILL = 9
_ENDING = frozenset({1, 2, 3, 6, 15, 28})
_GRACEFUL = frozenset(
    [
        "apache2",
        "apache2-foreground",
        "httpd",
        "httpd-foreground",
        "mongod",
        "mysqld",
        "mariadbd",
        "nginx",
        "postgres",
        "redis-server",
    ]
)
"""Servers that handle signals: as process 1 everything else ignores what it has no handler for."""
_GRACE = SECOND // 5
_FIRST_EPHEMERAL_PORT = 32768


def check_name(name: str) -> None:
    """Raise DaemonError unless ``name`` can be given to a container."""
    if not _NAME_RE.fullmatch(name):
        raise DaemonError(f"Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")


def signal_number(text: str) -> int:
    """A signal by number, name or name with SIG. Raises DaemonError."""
    if text.isascii() and text.isdigit() and 0 < int(text[:4]) < 65:
        return int(text)
    number = _SIGNALS.get(text.upper().removeprefix("SIG"))
    if number is None:
        raise DaemonError(f"invalid signal: {text}")
    return number


def _exit_status(container: Container, signal: int) -> int | None:
    """How the main process ends on a signal, None when it goes on."""
    if signal == _KILL:
        return EXIT_KILLED
    if signal not in _ENDING:
        return None
    main = next((command for pid, _, command in container.processes if pid == 1), container.path)
    if main.partition(" ")[0].rpartition("/")[2].rstrip(":") in _GRACEFUL:
        return 0
    return 128 + signal if container.host_config.init else None


def stop(daemon: Daemon, container: Container, timeout: int | None = None, signal: str = "") -> None:
    """``docker stop``: ask, wait ``timeout`` seconds, kill. Nothing happens when it is not running."""
    if not container.running:
        return
    wanted = signal_number(signal or container.config.stop_signal or "TERM")
    daemon.log("container", "kill", container.name, signal=wanted)
    status = _exit_status(container, wanted)
    if status is None:
        daemon.clock.advance((STOP_TIMEOUT if timeout is None else max(0, timeout)) * SECOND)
        daemon.log("container", "kill", container.name, signal=9)
        status = EXIT_KILLED
    daemon.clock.advance(_GRACE)
    daemon.finish(container, status, by_hand=True)
    daemon.log("container", "stop", container.name)


def kill(daemon: Daemon, container: Container, name: str, signal: str = "KILL") -> None:
    """``docker kill``; ``name`` is how the container was called. Raises Conflict when it is not running."""
    number = signal_number(signal)
    if not container.running:
        raise Conflict(f"cannot kill container: {name}: container {container.id} is not running")
    daemon.log("container", "kill", container.name, signal=number)
    status = _exit_status(container, number)
    if status is not None:
        daemon.finish(container, status, by_hand=True)


def pause(daemon: Daemon, container: Container) -> None:
    """``docker pause``. Raises Conflict."""
    if not container.running:
        raise Conflict(f"container {container.id} is not running")
    if container.status == "paused":
        raise Conflict(f"container {container.id} is already paused")
    daemon.update(replace(container, status="paused"))
    daemon.log("container", "pause", container.name)


def unpause(daemon: Daemon, container: Container) -> None:
    """``docker unpause``. Raises Conflict."""
    if container.status != "paused":
        raise Conflict(f"Container {container.id} is not paused")
    daemon.update(replace(container, status="running"))
    daemon.log("container", "unpause", container.name)


def rename(daemon: Daemon, container: Container, new_name: str) -> None:
    """``docker rename``. Raises DaemonError, Conflict."""
    wanted = new_name.removeprefix("/")
    if container.name == wanted:
        raise DaemonError("Renaming a container with the same name as its current name")
    try:
        check_name(wanted)
    except DaemonError as error:
        raise DaemonError(f"Error when allocating new name: {error}") from None
    refuse_taken_name(daemon, wanted, "Error when allocating new name: ")
    daemon.update(replace(container, name=wanted))
    daemon.log("container", "rename", wanted, oldName=f"/{container.name}")


def refuse_taken_name(daemon: Daemon, name: str, prefix: str = "") -> None:
    """Raise Conflict when a container is called ``name``."""
    for other in daemon.state.containers.values():
        if other.name == name:
            raise Conflict(
                f'{prefix}Conflict. The container name "/{name}" is already in use by container '
                f'"{other.id}". You have to remove (or rename) that container to be able to reuse that name.'
            )


def remove(daemon: Daemon, container: Container, name: str, *, force: bool, volumes: bool) -> None:
    """``docker rm``; ``name`` is how the container was called. Raises Conflict for a running one."""
    if container.running:
        if not force:
            hint = ": stop the container before removing or force remove"
            if container.status == "paused":
                hint = " and must be unpaused first"
            raise Conflict(f'cannot remove container "{name}": container is {container.status}{hint}')
        container = daemon.finish(container, EXIT_KILLED, by_hand=True)
        if container.id not in daemon.state.containers:
            return
    daemon.remove_container(container, volumes=volumes)


def prune(daemon: Daemon, *, before: int | None = None) -> tuple[list[str], int]:
    """``docker container prune``: the ids removed and the bytes freed."""
    removed: list[str] = []
    freed = 0
    for container in list(daemon.state.containers.values()):
        if container.running or (before is not None and container.created > before):
            continue
        freed += daemon.tree(container).upper_layer().size
        daemon.remove_container(container)
        removed.append(container.id)
    return removed, freed


def publish(daemon: Daemon, container: Container) -> Container:
    """Give every published port without a host port a free one, and refuse taken ones.

    Raises DaemonError in the words of the network driver.
    """
    taken = {
        text.rpartition(":")[0].rpartition(":")[2] + "/" + text.rpartition("/")[2]
        for other in daemon.state.containers.values()
        if other.running and other.id != container.id
        for text in other.host_config.ports
    }
    ports: list[str] = []
    following = _FIRST_EPHEMERAL_PORT
    for text in container.host_config.ports:
        head, _, target = text.rpartition(":")
        address, _, host_port = head.rpartition(":")
        protocol = target.rpartition("/")[2]
        if not host_port:
            while f"{following}/{protocol}" in taken:
                following += 1
            host_port = str(following)
        elif f"{host_port}/{protocol}" in taken:
            raise DaemonError(
                "failed to set up container networking: driver failed programming external connectivity "
                f"on endpoint {container.name} ({container.id[::-1]}): "
                f"Bind for {address or '0.0.0.0'}:{host_port} failed: port is already allocated"
            )
        taken.add(f"{host_port}/{protocol}")
        ports.append(f"{address}:{host_port}:{target}")
    if tuple(ports) == container.host_config.ports:
        return container
    return daemon.update(replace(container, host_config=replace(container.host_config, ports=tuple(ports))))
