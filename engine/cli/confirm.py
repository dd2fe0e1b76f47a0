"""Asking before something is deleted."""

from __future__ import annotations

from engine.cli.command import Cli, CliError


def confirm(cli: Cli, warning: str, question: str = "Are you sure you want to continue?") -> None:
    """Show ``warning`` and ask; without a yes the command ends quietly (CliError without words)."""
    cli.out(f"{warning}{question} [y/N] ")
    answer = cli.host.stdin.read_line()
    if answer.strip().lower() not in (b"y", b"yes"):
        raise CliError("", 0)
