"""bash's brace expansion: ``a{b,c}d`` and ``{1..3}``."""

import re
from collections.abc import Sequence
from itertools import pairwise

from engine.budget import Budget, BudgetExceeded
from engine.shell.syntax import Part, Text

_MAX_BRACE_DEPTH = 30
_SEQUENCE = re.compile(r"(-?[0-9]{1,18}|[A-Za-z])\.\.(-?[0-9]{1,18}|[A-Za-z])(?:\.\.(-?[0-9]{1,18}))?")
_Piece = Part | str
"""A part, or one unquoted character."""


def expand_braces(parts: Sequence[Part], budget: Budget) -> list[list[Part]]:
    """bash's brace expansion: the words that ``a{b,c}d`` and ``{1..3}`` stand for, in order."""
    pieces: list[_Piece] = []
    for part in parts:
        if isinstance(part, Text) and not part.quoted:
            pieces += part.text
        else:
            pieces.append(part)
    return [_joined(found) for found in _expand(pieces, budget, 0)]


def _joined(pieces: Sequence[_Piece]) -> list[Part]:
    joined: list[Part] = []
    run: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            run.append(piece)
            continue
        if run:
            joined.append(Text("".join(run), False))
            run = []
        joined.append(piece)
    if run:
        joined.append(Text("".join(run), False))
    return joined


def _expand(pieces: list[_Piece], budget: Budget, depth: int) -> list[list[_Piece]]:
    if depth > _MAX_BRACE_DEPTH:
        raise BudgetExceeded("nesting", _MAX_BRACE_DEPTH)
    start = 0
    while True:
        try:
            start = pieces.index("{", start)
        except ValueError:
            return [pieces]
        budget.step(1 + (len(pieces) - start) // 32)
        found = _alternatives(pieces, start, budget)
        if found is not None:
            break
        start += 1
    alternatives, end = found
    heads = [inner for alternative in alternatives for inner in _expand(alternative, budget, depth + 1)]
    tails = _expand(pieces[end:], budget, depth + 1)
    budget.step(len(heads) * len(tails))
    budget.allocate(len(heads) * len(tails) * (start + 16))
    before = pieces[:start]
    return [before + head + tail for head in heads for tail in tails]


def _alternatives(pieces: list[_Piece], start: int, budget: Budget) -> tuple[list[list[_Piece]], int] | None:
    """The alternatives of the brace at ``start`` and the index after it; None when it expands to nothing."""
    depth = 0
    commas: list[int] = []
    for index in range(start, len(pieces)):
        piece = pieces[index]
        if piece == "{":
            depth += 1
        elif piece == "," and depth == 1:
            commas.append(index)
        elif piece == "}":
            depth -= 1
            if depth:
                continue
            if commas:
                bounds = [start, *commas, index]
                return [pieces[a + 1 : b] for a, b in pairwise(bounds)], index + 1
            inside = pieces[start + 1 : index]
            if all(isinstance(piece, str) for piece in inside):
                items = _sequence("".join(str(piece) for piece in inside), budget)
                if items is not None:
                    return [list(item) for item in items], index + 1
            return None
    return None


def _sequence(text: str, budget: Budget) -> list[str] | None:
    match = _SEQUENCE.fullmatch(text)
    if match is None:
        return None
    first, last, step_text = match.groups()
    numeric = first.lstrip("-").isdigit()
    if numeric != last.lstrip("-").isdigit():
        return None
    low, high = (int(first), int(last)) if numeric else (ord(first), ord(last))
    step = abs(int(step_text or 1)) or 1
    count = abs(high - low) // step + 1
    budget.step(min(count, 1 << 40))
    budget.allocate(count * 8)
    values = range(low, high + 1, step) if low <= high else range(low, high - 1, -step)
    if not numeric:
        return [chr(value) for value in values]
    padded = any(t.lstrip("-").startswith("0") and len(t.lstrip("-")) > 1 for t in (first, last))
    width = max(len(first), len(last)) if padded else 0
    return [f"{value:0{width}d}" if width else str(value) for value in values]
