"""Times in the many ways that logs write them; all from the simulated clock, UTC."""

from datetime import UTC, datetime

from engine.clock import SECOND
from engine.shell.process import Process


def stamp(process: Process, layout: str) -> str:
    """Now, by ``strftime`` layout; ``%f`` is microseconds."""
    seconds, rest = divmod(process.system.clock.now, SECOND)
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1000)
    return moment.strftime(layout)
