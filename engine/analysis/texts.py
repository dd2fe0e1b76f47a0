"""Line by line: a file in one place against the same file in another."""

from dataclasses import dataclass
from typing import Literal

from engine.fs import Content, Device, Directory, File, Node, Symlink

MAX_LINES = 5_000
"""Lines of a file that are still compared."""
MAX_EDITS = 600
"""Changed lines after which the rest is shown as replaced whole: the work grows with their square."""


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line: `` `` kept, ``-`` only before, ``+`` only after. Line numbers count from 1, 0 = none."""

    kind: Literal[" ", "-", "+"]
    text: str
    before: int = 0
    after: int = 0


@dataclass(frozen=True, slots=True)
class TextDiff:
    """What changed between two versions of a file.

    ``reason`` is "" when ``lines`` tell it all; otherwise why there are none: ``same``, ``binary``,
    ``simulated`` (its content is a stand-in), ``large``, ``type`` (a file became something else) or
    ``absent`` (in neither place).
    """

    lines: tuple[DiffLine, ...]
    reason: str = ""
    added: int = 0
    removed: int = 0


def text_of(node: Node | None) -> str | None:
    """The text of a file, or None when it is no text (zero bytes in it, or not UTF-8)."""
    if isinstance(node, Symlink):
        return f"-> {node.target}\n"
    if not isinstance(node, File) or node.content.is_filler or b"\0" in node.content.head:
        return None
    try:
        return node.content.head.decode()
    except UnicodeDecodeError:
        return None


def text_diff(before: Node | None, after: Node | None, context: int = 3) -> TextDiff:
    """The difference of two files; a missing one counts as empty.

    Unchanged lines farther than ``context`` lines from a change are left out.
    """
    if before is None and after is None:
        return TextDiff((), "absent")
    if isinstance(before, Directory | Device) or isinstance(after, Directory | Device):
        return TextDiff((), "type")
    if _content(before) == _content(after):
        return TextDiff((), "same")
    if any(isinstance(node, File) and node.content.is_filler for node in (before, after)):
        return TextDiff((), "simulated")
    old = "" if before is None else text_of(before)
    new = "" if after is None else text_of(after)
    if old is None or new is None:
        return TextDiff((), "binary")
    return diff_texts(old, new, context)


def _content(node: Node | None) -> Content | str | None:
    if isinstance(node, File):
        return node.content
    return node.target if isinstance(node, Symlink) else None


def diff_texts(old: str, new: str, context: int = 3) -> TextDiff:
    """The difference of two texts, by lines."""
    a, b = old.splitlines(), new.splitlines()
    if max(len(a), len(b)) > MAX_LINES:
        return TextDiff((), "large")
    lines: list[DiffLine] = []
    first = 0
    while first < min(len(a), len(b)) and a[first] == b[first]:
        first += 1
    last = 0
    while last < min(len(a), len(b)) - first and a[-1 - last] == b[-1 - last]:
        last += 1
    end_a, end_b = len(a) - last, len(b) - last
    lines += [DiffLine(" ", a[n], n + 1, n + 1) for n in range(first)]
    lines += _middle(a, b, first, end_a, end_b)
    lines += [DiffLine(" ", a[end_a + n], end_a + n + 1, end_b + n + 1) for n in range(last)]
    added = sum(1 for line in lines if line.kind == "+")
    removed = sum(1 for line in lines if line.kind == "-")
    if not added and not removed:
        return TextDiff((), "same")
    return TextDiff(tuple(_near(lines, context)), "", added, removed)


def _middle(a: list[str], b: list[str], first: int, end_a: int, end_b: int) -> list[DiffLine]:
    """The shortest edit between ``a[first:end_a]`` and ``b[first:end_b]`` (Myers, O(ND))."""
    left, right = a[first:end_a], b[first:end_b]
    trace = _trace(left, right)
    if trace is None:
        gone = [DiffLine("-", text, first + n + 1, 0) for n, text in enumerate(left)]
        return gone + [DiffLine("+", text, 0, first + n + 1) for n, text in enumerate(right)]
    found: list[DiffLine] = []
    x, y = len(left), len(right)
    for edits in range(len(trace) - 1, -1, -1):
        reached = trace[edits]
        k = x - y
        if edits == 0:
            start_x, start_y = 0, 0
        elif k == -edits or (k != edits and reached.get(k - 1, -1) < reached.get(k + 1, -1)):
            start_x = reached[k + 1]
            start_y = start_x - (k + 1)
        else:
            start_x = reached[k - 1]
            start_y = start_x - (k - 1)
        while x > start_x and y > start_y:
            x, y = x - 1, y - 1
            found.append(DiffLine(" ", left[x], first + x + 1, first + y + 1))
        if edits:
            if x > start_x:
                x -= 1
                found.append(DiffLine("-", left[x], first + x + 1, 0))
            elif y > start_y:
                y -= 1
                found.append(DiffLine("+", right[y], 0, first + y + 1))
        x, y = start_x, start_y
    found.reverse()
    return found


def _trace(left: list[str], right: list[str]) -> list[dict[int, int]] | None:
    """How far each diagonal reaches before every edit; None after MAX_EDITS."""
    reached = {1: 0}
    trace = []
    for edits in range(min(len(left) + len(right), MAX_EDITS) + 1):
        trace.append(dict(reached))
        for k in range(-edits, edits + 1, 2):
            if k == -edits or (k != edits and reached.get(k - 1, -1) < reached.get(k + 1, -1)):
                x = reached[k + 1]
            else:
                x = reached[k - 1] + 1
            y = x - k
            while x < len(left) and y < len(right) and left[x] == right[y]:
                x, y = x + 1, y + 1
            reached[k] = x
            if x >= len(left) and y >= len(right):
                return trace
    return None


def _near(lines: list[DiffLine], context: int) -> list[DiffLine]:
    wanted: set[int] = set()
    for index, line in enumerate(lines):
        if line.kind != " ":
            wanted.update(range(max(0, index - context), min(len(lines), index + context + 1)))
    return [lines[index] for index in sorted(wanted)]
