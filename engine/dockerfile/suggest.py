"""``(did you mean …?)``: the closest of several names, by edit distance."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_TOO_FAR: Final = 3
_TOO_LONG: Final = 64
"""Names longer than this get no suggestion."""


def closest(name: str, options: Iterable[str], *, ignore_case: bool = False) -> str:
    """The option less than three edits away from ``name``, the nearest first; "" when there is none.

    There is none either when ``name`` is itself an option: then the spelling was not the problem. With
    ``ignore_case`` the suggestion takes over the case of ``name`` if that is all upper or all lower.
    """
    if len(name) > _TOO_LONG:
        return ""
    wanted = name.lower() if ignore_case else name
    best, distance = "", _TOO_FAR
    for option in options:
        candidate = option.lower() if ignore_case else option
        if candidate == wanted:
            return ""
        if abs(len(candidate) - len(wanted)) < distance:
            edits = edit_distance(wanted, candidate)
            if edits < distance:
                best, distance = candidate, edits
    if ignore_case and best:
        return best.upper() if name == name.upper() and name != name.lower() else best
    return best


def did_you_mean(message: str, name: str, options: Iterable[str], *, ignore_case: bool = False) -> str:
    """``message`` with a suggestion behind it, if there is one."""
    suggestion = closest(name, options, ignore_case=ignore_case)
    return f"{message} (did you mean {suggestion}?)" if suggestion else message


def edit_distance(one: str, other: str) -> int:
    """Levenshtein distance: insertions, deletions and replacements needed."""
    row = list(range(len(other) + 1))
    for at, character in enumerate(one, 1):
        diagonal, row[0] = row[0], at
        for column, compared in enumerate(other, 1):
            replaced = diagonal + (character != compared)
            diagonal = row[column]
            row[column] = min(diagonal + 1, row[column - 1] + 1, replaced)
    return row[-1]
