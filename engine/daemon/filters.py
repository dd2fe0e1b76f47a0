"""``--filter`` values as the daemon receives them, and the matching it does with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import re2

from engine.daemon.errors import DaemonError

Filters = Mapping[str, tuple[str, ...]]
"""Filter name -> the values given for it; several values are alternatives."""


_QUIET = re2.Options()
_QUIET.log_errors = False


class BadFilter(DaemonError):
    """A filter the daemon does not know, or a value it cannot use."""


def group_filters(pairs: Iterable[str], accepted: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Group ``name=value`` texts by name. Raises BadFilter for a name not ``accepted``."""
    known = frozenset(accepted)
    result: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        if name not in known:
            raise BadFilter(f"invalid filter '{name}'")
        result[name] = (*result.get(name, ()), value)
    return result


def truth(filters: Filters, name: str, default: bool) -> bool:
    """The value of a yes-or-no filter. Raises BadFilter."""
    values = filters.get(name)
    if not values:
        return default
    answers = {"1": True, "true": True, "0": False, "false": False}
    wanted = {answers.get(value.lower()) for value in values}
    if None in wanted or len(wanted) != 1:
        shown = " ".join(values)
        raise BadFilter(f"invalid filter '{name}=[{shown}]'")
    return True in wanted


def matches_labels(wanted: Iterable[str], labels: Mapping[str, str]) -> bool:
    """Whether all ``name`` or ``name=value`` texts hold for ``labels``."""
    for pair in wanted:
        name, equals, value = pair.partition("=")
        if name not in labels or (equals and labels[name] != value):
            return False
    return True


def matches_text(patterns: Iterable[str], text: str) -> bool:
    """Whether any pattern, taken as a regular expression, is found in ``text`` (or equals it)."""
    for pattern in patterns:
        if pattern == text:
            return True
        try:
            if re2.compile(pattern, _QUIET).search(text):
                return True
        except re2.error:
            continue
    return False


def glob_matches(pattern: str, text: str) -> bool:
    """Go's path.Match: ``*`` and ``?`` do not cross a slash. A malformed pattern matches nothing."""
    parts: list[str] = []
    index = 0
    while index < len(pattern):
        char = pattern[index]
        index += 1
        if char == "*":
            parts.append("[^/]*")
        elif char == "?":
            parts.append("[^/]")
        elif char == "[":
            end = pattern.find("]", index + 1)
            if end < 0:
                return False
            parts.append("[" + pattern[index:end] + "]")
            index = end + 1
        else:
            if char == "\\" and index < len(pattern):
                char = pattern[index]
                index += 1
            parts.append(re2.escape(char))
    try:
        return bool(re2.compile("".join(parts), _QUIET).fullmatch(text))
    except re2.error:
        return False
