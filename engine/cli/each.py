"""Doing the same to several named objects: one failure does not stop the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from engine.cli.command import Cli
from engine.daemon.errors import DaemonError
from engine.errors import EngineError


def complaint(error: EngineError) -> str:
    """An error as the client prints it."""
    return f"Error response from daemon: {error}" if isinstance(error, DaemonError) else str(error)


def for_each(cli: Cli, names: Iterable[str], work: Callable[[str], str | None]) -> list[str]:
    """Call ``work`` for each name and print the text it returns, or the name when it returns None.

    Complaints go to standard error after everything else; returns the names that failed.
    """
    failed: list[str] = []
    complaints: list[str] = []
    for name in names:
        try:
            text = work(name)
        except EngineError as error:
            failed.append(name)
            complaints.append(complaint(error))
            continue
        if text is None:
            cli.out(f"{name}\n")
        elif text:
            cli.out(text)
    for text in complaints:
        cli.err(f"{text}\n")
    return failed
