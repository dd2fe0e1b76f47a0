"""Instants as the client shows them. Everything is UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

import re2

from engine.clock import SECOND
from engine.units import human_duration

_RFC3339_RE = re2.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z")
_LAST_SECOND = 253402300799


def go_time(seconds: int) -> str:
    """``time.Time.String`` of a Unix time."""
    return _moment(seconds).strftime("%Y-%m-%d %H:%M:%S +0000 UTC")


def rfc3339_seconds(seconds: int) -> str:
    """RFC 3339 without a fraction."""
    return _moment(seconds).strftime("%Y-%m-%dT%H:%M:%SZ")


def ago(seconds: int, now: int) -> str:
    """How long before ``now`` (ns) a Unix time in seconds was: ``2 minutes ago``."""
    return human_duration(now - seconds * SECOND) + " ago"


@lru_cache(maxsize=4096)
def parse_rfc3339(text: str) -> int:
    """Nanoseconds since the epoch of an API time stamp; 0 when it is none or Go's zero time."""
    match = _RFC3339_RE.fullmatch(text)
    if match is None or text.startswith("0001-"):
        return 0
    year, month, day, hour, minute, second = (int(match.group(n)) for n in range(1, 7))
    moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return int(moment.timestamp()) * SECOND + int((match.group(7) or "").ljust(9, "0"))


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(min(max(seconds, -62135596800), _LAST_SECOND), UTC)
