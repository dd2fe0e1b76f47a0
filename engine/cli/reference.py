"""Every docker subcommand of the lab as data, for a reference page: the tables behind ``--help``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from engine.cli.command import Command, load_commands


@dataclass(frozen=True, slots=True)
class OptionRow:
    """One flag: how it is written (``-a, --all``, ``--filter filter``) and what it does."""

    flags: str
    help: str


@dataclass(frozen=True, slots=True)
class CommandPage:
    """One subcommand. ``aliases`` are its other names, in full."""

    path: str
    usage: str
    summary: str
    aliases: tuple[str, ...]
    options: tuple[OptionRow, ...]


@cache
def command_pages() -> tuple[CommandPage, ...]:
    """One page per subcommand under its first name, sorted."""
    first = (item for path, item in load_commands().items() if item.aliases[0] == path and not item.hidden)
    return tuple(sorted(map(_page, first), key=lambda page: page.path))


def _page(command: Command) -> CommandPage:
    rows = []
    for item in sorted(command.options, key=lambda option: option.name):
        if not item.hidden:
            short = f"-{item.short}, " if item.short else ""
            rows.append(OptionRow(f"{short}--{item.name} {item.word}".rstrip(), item.help))
    names = tuple(f"docker {path}" for path in command.aliases[1:])
    return CommandPage(command.full_path, command.usage, command.summary, names, tuple(rows))
