"""``docker top``, ``stats``, ``port`` and ``update``: looking at running containers, and retuning them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.cli.command import Cli, CliError, docker_command
from engine.cli.each import for_each
from engine.cli.flags import FORMAT_HELP, flag, option
from engine.cli.format.listing import TABLE
from engine.cli.format.listings import STATS, stats_row
from engine.cli.tabwriter import TabStops, align
from engine.cli.text import join_host
from engine.daemon.errors import Conflict, DaemonError
from engine.daemon.state import Container
from engine.shell.process import StaysUp

_MEMORY = 2_097_152_000
_MEMORY_OF_A_PROCESS = 880_640
_INERT = " (accepted, has no effect in the lab)"


@docker_command(
    "top",
    "container top",
    arguments="CONTAINER [ps OPTIONS]",
    summary="Display the running processes of a container",
    at_least=1,
    interspersed=False,
)
def top(cli: Cli) -> None:
    """List a container's processes as the host's ``ps -ef`` would."""
    daemon = cli.daemon
    container = daemon.find_container(cli.arguments[0])
    if not container.running:
        raise Conflict(f"container {container.id} is not running")
    clock = cli.now // 1_000_000_000 % 86400
    first = int(container.id[:4], 16) + 1000
    lines = ["UID\tPID\tPPID\tC\tSTIME\tTTY\tTIME\tCMD"]
    for pid, user, command in container.processes:
        own = first + pid - 1
        parent = first - 22 if pid == 1 else first
        terminal = "pts/0" if container.tty else "?"
        started = f"{clock // 3600:02d}:{clock // 60 % 60:02d}"
        lines.append(f"{user}\t{own}\t{parent}\t0\t{started}\t{terminal}\t00:00:00\t{command}")
    cli.out(align("\n".join(lines) + "\n", TabStops(minwidth=20, tabwidth=1, padding=3)))


@docker_command(
    "stats",
    "container stats",
    arguments="[OPTIONS] [CONTAINER...]",
    summary="Display a live stream of container(s) resource usage statistics",
    options=(
        flag("all", "Show all containers (default shows just running)", "a"),
        option("format", FORMAT_HELP),
        flag("no-stream", "Disable streaming stats and only pull the first result"),
        flag("no-trunc", "Do not truncate output"),
    ),
)
def stats(cli: Cli) -> None:
    """Show resource usage once, and go on watching unless told not to."""
    flags = cli.flags
    daemon = cli.daemon
    if cli.arguments:
        chosen = [daemon.find_container(name) for name in cli.arguments]
    else:
        chosen = [item for item in daemon.state.containers.values() if item.running or flags.on("all")]
        chosen.sort(key=lambda item: (item.created, item.id), reverse=True)
    rows = []
    for item in chosen:
        processes = max(1, len(item.processes))
        rows.append(
            stats_row(
                item.name,
                item.id,
                running=item.running,
                memory=processes * _MEMORY_OF_A_PROCESS,
                limit=item.host_config.memory or _MEMORY,
                processes=processes,
                no_trunc=flags.on("no-trunc"),
            )
        )
    cli.out(STATS.render(flags.text("format") or TABLE, rows))
    if not flags.on("no-stream"):
        raise StaysUp


@docker_command(
    "port",
    "container port",
    arguments="CONTAINER [PRIVATE_PORT[/PROTO]]",
    summary="List port mappings or a specific mapping for the container",
    at_least=1,
    at_most=2,
)
def port(cli: Cli) -> None:
    """Show which host ports lead into a container."""
    answer = cli.api.get(f"/containers/{cli.arguments[0]}/json")
    bindings: dict[str, list[dict[str, str]] | None] = answer["NetworkSettings"]["Ports"]
    if len(cli.arguments) == 2:
        wanted = cli.arguments[1]
        number, _, protocol = wanted.partition("/")
        if not (number.isascii() and number.isdigit()):
            raise CliError(f"Error: No public port '{wanted}' published for {cli.arguments[0]}")
        found = bindings.get(f"{number}/{protocol or 'tcp'}")
        if not found:
            shown = f"{number}/{protocol or 'tcp'}"
            raise CliError(f"Error: No public port '{shown}' published for {cli.arguments[0]}")
        cli.out("".join(f"{host}\n" for binding in found for host in _hosts(binding)))
        return
    for target in sorted(bindings, key=_port_order):
        for binding in bindings[target] or ():
            for host in _hosts(binding):
                cli.out(f"{target} -> {host}\n")


def _hosts(binding: dict[str, str]) -> list[str]:
    addresses = [binding["HostIp"]] if binding["HostIp"] else ["0.0.0.0", "::"]
    return [join_host(address, binding["HostPort"]) for address in addresses]


def _port_order(target: str) -> tuple[int, str]:
    return int(target.partition("/")[0]), target


@docker_command(
    "update",
    "container update",
    arguments="[OPTIONS] CONTAINER [CONTAINER...]",
    summary="Update configuration of one or more containers",
    options=(
        option("cpu-shares", f"CPU shares (relative weight){_INERT}", "c", kind="int"),
        option("cpus", f"Number of CPUs{_INERT}"),
        option("memory", "Memory limit", "m", kind="bytes"),
        option("memory-swap", f"Swap limit equal to memory plus swap{_INERT}", kind="bytes"),
        option("pids-limit", f"Tune container pids limit{_INERT}", kind="int"),
        option("restart", "Restart policy to apply when a container exits"),
    ),
    at_least=1,
)
def update(cli: Cli) -> int:
    """Change limits or the restart policy."""
    flags = cli.flags
    if not flags.changed:
        raise CliError("you must provide one or more flags when using this command")
    changes: dict[str, Any] = {}
    if "memory" in flags.changed:
        changes["memory"] = flags.number("memory")
    if "restart" in flags.changed:
        changes["restart"] = flags.text("restart")

    def update_one(name: str) -> None:
        container: Container = cli.daemon.find_container(name)
        if changes.get("restart", "no") != "no" and container.host_config.auto_remove:
            raise DaemonError(
                "Restart policy cannot be updated because AutoRemove is enabled for the container"
            )
        cli.daemon.update(replace(container, host_config=replace(container.host_config, **changes)))

    return 1 if for_each(cli, cli.arguments, update_one) else 0
