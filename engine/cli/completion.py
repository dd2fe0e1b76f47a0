"""What the Tab key may add to a docker command line, from the same tables as ``--help``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from engine.cli.command import GROUPS, Command, load_commands
from engine.cli.flags import Option
from engine.daemon.inventory import familiar
from engine.daemon.state import DaemonState

_MOST = 100
_KINDS: Mapping[str, str] = {
    "CONTAINER": "containers",
    "IMAGE": "images",
    "SOURCE_IMAGE[:TAG]": "images",
    "NAME[:TAG]": "images",
    "VOLUME": "volumes",
    "NETWORK": "networks",
}
"""First placeholder of a usage line -> the kind of names that fit there."""


def complete(words: Sequence[str], state: DaemonState) -> list[str]:
    """Whole words that may stand for the last of ``words`` (the one being typed, perhaps empty).

    ``words`` start after ``docker``. The answer is sorted, without duplicates, and never long.
    """
    if not words:
        return []
    typed = words[-1]
    command, used = _command_of(words[:-1])
    if command is None:
        candidates = _subcommands(used)
    elif typed.startswith("-"):
        candidates = _flags(command.options, typed)
    else:
        candidates = _names(command, state)
    return sorted({word for word in candidates if word.startswith(typed)})[:_MOST]


def _command_of(words: Sequence[str]) -> tuple[Command | None, list[str]]:
    commands = load_commands()
    path = [word for word in words if not word.startswith("-")]
    for count in (2, 1):
        found = commands.get(" ".join(path[:count]))
        if found is not None and len(path) >= count:
            return found, path[:count]
    return None, path


def _subcommands(path: list[str]) -> Iterable[str]:
    commands = load_commands()
    if not path:
        yield from (name for name, item in commands.items() if " " not in name and not item.hidden)
        yield from GROUPS
    elif len(path) == 1:
        prefix = f"{path[0]} "
        yield from (name.removeprefix(prefix) for name in commands if name.startswith(prefix))


def _flags(options: Iterable[Option], typed: str) -> Iterable[str]:
    for item in options:
        if item.hidden:
            continue
        yield f"--{item.name}"
        if item.short and not typed.startswith("--"):
            yield f"-{item.short}"
    yield "--help"


def _names(command: Command, state: DaemonState) -> Iterable[str]:
    placeholders = [word for word in command.arguments.split() if not word.startswith(("[", "docker"))]
    kind = _KINDS.get(placeholders[0].partition("|")[0] if placeholders else "", "")
    if command.arguments.startswith("[OPTIONS] NAME|ID"):
        kind = "any"
    if kind in ("containers", "any"):
        yield from (container.name for container in state.containers.values())
    if kind in ("images", "any"):
        yield from (familiar(reference) for reference in state.tags)
    if kind == "volumes":
        yield from state.volumes
    if kind == "networks":
        yield from (network.name for network in state.networks.values())
