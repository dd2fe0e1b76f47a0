"""``docker images --tree``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.cli.text import display_width, truncate_id
from engine.units import human_size3

_UNTAGGED = "<untagged>"


def format_image_tree(images: Sequence[Mapping[str, Any]]) -> str:
    """Names of every image with its id and disk usage, names of one image under each other."""
    rows: list[tuple[str, str, str]] = []
    for image in images:
        identity, size = truncate_id(image["Id"]), human_size3(int(image["Size"]))
        names = list(image.get("RepoTags") or ()) or [_UNTAGGED]
        rows.append((names[0], identity, size))
        for index, name in enumerate(names[1:], 2):
            rows.append((("└─ " if index == len(names) else "├─ ") + name, identity, size))
    width = max([5, *(display_width(name) for name, _, _ in rows)])
    lines = [f"{'IMAGE'.ljust(width)}   {'ID':<12}   DISK USAGE"]
    for name, identity, size in rows:
        lines.append(f"{name}{' ' * (width - display_width(name))}   {identity}   {size:>10}")
    return "\n".join(lines) + "\n"
