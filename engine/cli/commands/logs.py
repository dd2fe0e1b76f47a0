"""``docker logs``."""

from __future__ import annotations

from collections.abc import Iterable

from engine.cli.command import Cli, docker_command
from engine.cli.flags import flag, option
from engine.cli.format.times import rfc3339_seconds
from engine.clock import SECOND
from engine.daemon.errors import DaemonError
from engine.daemon.times import parse_instant
from engine.shell.process import StaysUp

LogLine = tuple[int, str, str]
"""When (ns), which stream, and the text with its newline."""


def log_lines(rows: Iterable[LogLine]) -> list[LogLine]:
    """Join pieces of output to lines, per stream; a last line may lack its newline."""
    lines: list[LogLine] = []
    open_lines: dict[str, tuple[int, str]] = {}
    for when, stream, text in rows:
        started, rest = open_lines.pop(stream, (when, ""))
        pieces = (rest + text).splitlines(keepends=True) if "\r" not in text else (rest + text).split("\n")
        if "\r" in text:
            pieces = [f"{piece}\n" for piece in pieces[:-1]] + ([pieces[-1]] if pieces[-1] else [])
        for piece in pieces:
            if piece.endswith("\n"):
                lines.append((started, stream, piece))
                started = when
            else:
                open_lines[stream] = (started, piece)
    lines += ((when, stream, text) for stream, (when, text) in open_lines.items())
    return lines


def stamp(instant: int) -> str:
    """RFC 3339 with all nine digits of the fraction."""
    seconds, fraction = divmod(instant, SECOND)
    return f"{rfc3339_seconds(seconds)[:-1]}.{fraction:09d}Z"


@docker_command(
    "logs",
    "container logs",
    arguments="[OPTIONS] CONTAINER",
    summary="Fetch the logs of a container",
    options=(
        flag("details", "Show extra details provided to logs"),
        flag("follow", "Follow log output", "f"),
        option("since", 'Show logs since timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m")'),
        option("tail", "Number of lines to show from the end of the logs", "n", default="all"),
        flag("timestamps", "Show timestamps", "t"),
        option("until", 'Show logs before a timestamp (e.g. "2013-01-02T13:23:37Z") or relative'),
    ),
    at_least=1,
    at_most=1,
)
def logs(cli: Cli) -> None:
    """Show what the main process printed."""
    flags = cli.flags
    daemon = cli.daemon
    container = daemon.find_container(cli.arguments[0])
    waits = flags.on("follow") and daemon.await_end(container) is None
    lines = log_lines(daemon.read_log(daemon.state.containers.get(container.id, container)))
    if flags.text("since"):
        since = _instant("since", flags.text("since"), cli.now)
        lines = [line for line in lines if line[0] >= since]
    if flags.text("until"):
        until = _instant("until", flags.text("until"), cli.now)
        lines = [line for line in lines if line[0] <= until]
    tail = flags.text("tail")
    if tail.isascii() and tail.isdigit():
        count = int(tail[:9])
        lines = lines[-count:] if count else []
    for when, stream, text in lines:
        shown = f"{stamp(when)} {text}" if flags.on("timestamps") else text
        if stream == "stderr" and not container.tty:
            cli.err(shown)
        else:
            cli.out(shown)
    if waits:
        raise StaysUp


def _instant(name: str, text: str, now: int) -> int:
    try:
        return parse_instant(text, now)
    except DaemonError:
        raise DaemonError(f'invalid value for "{name}": {text}') from None
