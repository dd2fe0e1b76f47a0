"""A token bucket per asker, kept in this process: one busy browser cannot starve a classroom."""

from collections import OrderedDict
from threading import Lock
from time import monotonic

MOST_ASKERS = 10_000


class TokenBuckets:
    """``burst`` tokens each, refilled at ``per_second``; the longest-quiet asker is forgotten first."""

    def __init__(self, per_second: float, burst: int) -> None:
        self._per_second = per_second
        self._burst = burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def wait(self, asker: str, now: float | None = None) -> float:
        """Take a token for ``asker``: 0 when there was one, else the seconds until there will be."""
        moment = monotonic() if now is None else now
        with self._lock:
            tokens, then = self._buckets.pop(asker, (float(self._burst), moment))
            tokens = min(float(self._burst), tokens + (moment - then) * self._per_second)
            wait = 0.0 if tokens >= 1 else (1 - tokens) / self._per_second
            self._buckets[asker] = (tokens if wait else tokens - 1, moment)
            while len(self._buckets) > MOST_ASKERS:
                self._buckets.popitem(last=False)
        return wait
