"""``docker history``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.cli.format.listing import TABLE, ListType, Row
from engine.cli.format.times import ago, rfc3339_seconds
from engine.cli.text import ellipsis, truncate_id
from engine.units import human_size3

_CREATED_BY_WIDTH = 45
_HEADERS = {
    "ID": "IMAGE",
    "CreatedSince": "CREATED",
    "CreatedAt": "CREATED AT",
    "CreatedBy": "CREATED BY",
    "Size": "SIZE",
    "Comment": "COMMENT",
}
_HUMAN = ("ID", "CreatedSince", "CreatedBy", "Size", "Comment")
_EXACT = ("ID", "CreatedAt", "CreatedBy", "Size", "Comment")
HISTORY = ListType("image.historyContext", _HEADERS, _HUMAN)


def format_history(
    rows: Sequence[Mapping[str, Any]],
    *,
    format_text: str = "",
    quiet: bool = False,
    human: bool = True,
    no_trunc: bool = False,
    now: int = 0,
) -> str:
    """``docker history`` of the answer of ``/images/NAME/history``. Raises FormatError."""
    source = format_text or TABLE
    if source == TABLE and quiet:
        source = "{{.ID}}"
    lines = [_row(row, human=human, no_trunc=no_trunc, now=now) for row in rows]
    return HISTORY.render(source, lines, columns=_HUMAN if human else _EXACT)


def _row(row: Mapping[str, Any], *, human: bool, no_trunc: bool, now: int) -> Row:
    created = int(row["Created"])
    created_by = str(row["CreatedBy"]).replace("\t", " ")
    size = int(row["Size"])
    return Row(
        {
            "ID": row["Id"] if no_trunc else truncate_id(row["Id"]),
            "CreatedSince": ago(created, now) if human else rfc3339_seconds(created),
            "CreatedAt": rfc3339_seconds(created),
            "CreatedBy": created_by if no_trunc else ellipsis(created_by, _CREATED_BY_WIDTH),
            "Size": human_size3(size) if human else str(size),
            "Comment": row.get("Comment", ""),
        }
    )
