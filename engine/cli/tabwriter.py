"""Elastic tab stops: Go's text/tabwriter, with double-width characters as docker/cli counts them.

A cell is text ended by a tab; the text after the last tab of a line belongs to no column. A column
is a block of neighbouring lines that all have that cell, and is as wide as its widest cell.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.cli.text import display_width

ALIGN_RIGHT = 4
DISCARD_EMPTY_COLUMNS = 8
TAB_INDENT = 16
DEBUG = 32
STRIP_ESCAPE = 2
ESCAPE = "\udcff"


@dataclass(frozen=True, slots=True)
class TabStops:
    """The parameters of a tab writer; the defaults are those of every docker table."""

    minwidth: int = 10
    tabwidth: int = 1
    padding: int = 3
    padchar: str = " "
    flags: int = 0


@dataclass(slots=True)
class _Cell:
    text: str
    width: int
    ended_by_tab: bool


@dataclass(slots=True)
class _Line:
    cells: list[_Cell]
    ending: str


DOCKER_TABLE = TabStops()


def align(text: str, stops: TabStops = DOCKER_TABLE) -> str:
    """Return ``text`` with its tab-separated cells padded into columns."""
    lines = _split(text, strip_escape=bool(stops.flags & STRIP_ESCAPE))
    widths: list[list[int]] = [[] for _ in lines]
    column = 0
    active = [index for index, line in enumerate(lines) if len(line.cells) > 1]
    while active:
        start = 0
        while start < len(active):
            end = start + 1
            while end < len(active) and active[end] == active[end - 1] + 1:
                if lines[active[end - 1]].ending == "\f":
                    break
                end += 1
            block = active[start:end]
            width = _column_width([lines[index].cells[column] for index in block], stops)
            for index in block:
                widths[index].append(width)
            start = end
        column += 1
        active = [index for index in active if len(lines[index].cells) > column + 1]
    return "".join(_render(line, widths[index], stops) for index, line in enumerate(lines))


def _column_width(cells: list[_Cell], stops: TabStops) -> int:
    if stops.flags & DISCARD_EMPTY_COLUMNS and all(c.width == 0 and not c.ended_by_tab for c in cells):
        return 0
    return max(stops.minwidth, max(cell.width for cell in cells) + stops.padding)


def _render(line: _Line, widths: list[int], stops: TabStops) -> str:
    parts: list[str] = []
    indent_with_tabs = bool(stops.flags & TAB_INDENT)
    right = bool(stops.flags & ALIGN_RIGHT) and stops.padchar != "\t"
    for column, cell in enumerate(line.cells):
        if column and stops.flags & DEBUG:
            parts.append("|")
        if cell.text:
            indent_with_tabs = False
        padding = ""
        if column < len(widths):
            padding = _padding(cell.width, widths[column], stops, indent_with_tabs)
        parts += (padding, cell.text) if right else (cell.text, padding)
    if line.ending:
        parts.append("\n")
        if line.ending == "\f" and stops.flags & DEBUG:
            parts.append("---\n")
    return "".join(parts)


def _padding(text_width: int, cell_width: int, stops: TabStops, with_tabs: bool) -> str:
    if stops.padchar == "\t" or with_tabs:
        if stops.tabwidth == 0:
            return ""
        rounded = -(-cell_width // stops.tabwidth) * stops.tabwidth
        return "\t" * -(-(rounded - text_width) // stops.tabwidth)
    return stops.padchar * (cell_width - text_width)


def _split(text: str, *, strip_escape: bool) -> list[_Line]:
    lines: list[_Line] = []
    cells: list[_Cell] = []
    pieces: list[str] = []
    width = 0
    escaped = False
    start = 0

    def take(end: int) -> None:
        nonlocal width
        piece = text[start:end]
        pieces.append(piece)
        width += display_width(piece)

    for index, char in enumerate(text):
        if char == ESCAPE:
            take(index)
            start = index + 1
            escaped = not escaped
            if not strip_escape:
                pieces.append(char)
        elif not escaped and char in "\t\v\n\f":
            take(index)
            start = index + 1
            cells.append(_Cell("".join(pieces), width, char == "\t"))
            pieces, width = [], 0
            if char in "\n\f":
                lines.append(_Line(cells, char))
                cells = []
    take(len(text))
    rest = "".join(pieces)
    if rest:
        cells.append(_Cell(rest, width, False))
    if cells:
        lines.append(_Line(cells, ""))
    return lines
