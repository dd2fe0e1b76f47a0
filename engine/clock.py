"""Simulated time: it moves only when something in the machine takes time."""

SECOND = 1_000_000_000
"""Nanoseconds in a second; every instant and duration in the engine is an int in nanoseconds."""


class Clock:
    """The machine's clock. ``now`` is nanoseconds since the Unix epoch, UTC."""

    __slots__ = ("now",)

    def __init__(self, now: int) -> None:
        self.now = now

    def advance(self, nanoseconds: int) -> None:
        """Let time pass; a negative duration is ignored, since time never runs backwards here."""
        if nanoseconds > 0:
            self.now += nanoseconds


def rfc3339(instant: int) -> str:
    """``instant`` as RFC 3339 with nanoseconds and ``Z``, trailing zeros dropped as Go's RFC3339Nano does."""
    from datetime import UTC, datetime

    seconds, nanoseconds = divmod(instant, SECOND)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f"{nanoseconds:09d}".rstrip("0")
    return f"{text}.{fraction}Z" if fraction else f"{text}Z"
