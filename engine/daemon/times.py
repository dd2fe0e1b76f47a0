"""Times as the daemon takes them in ``--since`` and ``until=``."""

from __future__ import annotations

from datetime import UTC, datetime

import re2

from engine.clock import SECOND
from engine.daemon.errors import DaemonError

_PART_RE = re2.compile(r"([0-9]+(?:\.[0-9]+)?)(h|m|s|ms)")
_WHOLE_RE = re2.compile(r"(?:[0-9]+(?:\.[0-9]+)?(?:h|m|s|ms))+")
_UNITS = {"h": 3600 * SECOND, "m": 60 * SECOND, "s": SECOND, "ms": SECOND // 1000}
_LONGEST = 64


def parse_instant(text: str, now: int) -> int:
    """Nanoseconds of a Unix time, an RFC 3339 text (its end may be missing) or a duration before ``now``.

    Raises DaemonError.
    """
    if len(text) <= _LONGEST:
        whole, _, fraction = text.partition(".")
        if whole.isascii() and whole.isdigit() and (not fraction or fraction.isdigit()):
            return int(whole) * SECOND + int(fraction[:9].ljust(9, "0"))
        if _WHOLE_RE.fullmatch(text):
            return now - int(sum(float(count) * _UNITS[unit] for count, unit in _PART_RE.findall(text)))
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None
        if moment is not None:
            aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return int(aware.timestamp()) * SECOND + aware.microsecond * 1000
    raise DaemonError(f"failed to parse value as time or duration: {text[:_LONGEST]!r}")
