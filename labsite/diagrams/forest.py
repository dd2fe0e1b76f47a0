"""Blocks that stand on each other: trees that grow upwards, every row of blocks on one ground line."""

from dataclasses import dataclass

from graphviz import Digraph

from labsite.diagrams import parts
from labsite.diagrams.markup import Markup, cell, row
from labsite.diagrams.tokens import TOKENS

_UNSEEN = 6
"""Pixels of difference in height that nobody sees."""


@dataclass(frozen=True, slots=True)
class _Block:
    node: str
    parent: str
    tree: int
    depth: int
    rows: tuple[Markup, ...]
    height: int
    dashed: bool


class Forest:
    """Collects blocks, then draws them.

    Graphviz centres the nodes of a rank on one line; blank space on top of the lower ones puts their
    feet on one line instead, which is what makes them look like stacks. Trees that share nothing are
    laid out apart and packed side by side, on one ground.
    """

    def __init__(self, name: str, headline: Markup | None = None) -> None:
        self._graph = parts.graph(name, rankdir="BT")
        self._graph.attr("edge", arrowhead="none", penwidth="2")
        if headline is not None:
            self._graph.attr(label=f"<{headline}>", labelloc="t", labeljust="l")
        self._blocks: dict[str, _Block] = {}

    def add(self, rows: list[Markup], height: int, parent: str = "", *, dashed: bool = False) -> str:
        """Add a block of rows (top first) about ``height`` px high and return its id.

        It stands on the block ``parent``, with a dashed line for a container, or on the ground.
        """
        node = f"b{len(self._blocks)}"
        below = self._blocks.get(parent)
        tree, depth = (below.tree, below.depth + 1) if below else (len(self._blocks), 0)
        self._blocks[node] = _Block(node, parent, tree, depth, tuple(rows), height, dashed)
        return node

    def _connect(self) -> None:
        """Upright connectors while branches overlap what they stand on, else straight slanting ones.

        The more blocks stand on one, the more room is between them, so that slants can be told apart.
        """
        children: dict[str, list[str]] = {}
        for block in self._blocks.values():
            if block.parent:
                children.setdefault(block.parent, []).append(block.node)
        leaves: dict[str, int] = {}
        for node in reversed(self._blocks):
            leaves[node] = sum(leaves[child] for child in children.get(node, ())) or 1
        narrow = all(len(found) <= 2 for found in children.values())
        upright = narrow and max(leaves.values(), default=0) <= 3
        most = max((len(found) for found in children.values()), default=0)
        room = 0.32 if upright else min(1.5, 0.2 + 0.08 * most)
        self._graph.attr(splines="ortho" if upright else "line", ranksep=f"{room:.2f}")

    def drawn(self) -> Digraph:
        """The finished graph."""
        self._connect()
        tallest: dict[tuple[int, int], int] = {}
        for block in self._blocks.values():
            rank = block.tree, block.depth
            tallest[rank] = max(tallest.get(rank, 0), block.height)
        if len({block.tree for block in self._blocks.values()}) > 1:
            self._graph.attr(pack="22", packmode="array_tu999")
        for block in self._blocks.values():
            spare = tallest[block.tree, block.depth] - block.height
            rows = [_with_port(block.rows[0]), *block.rows[1:]]
            if spare > _UNSEEN:
                rows.insert(0, row(cell(height=spare, fixedsize=True, width=1)))
            parts.add(self._graph, block.node, parts.column(rows), sortv=str(block.tree + 1))
        for block in self._blocks.values():
            if block.parent:
                look = {"style": "dashed", "color": TOKENS["rwe"]} if block.dashed else {}
                self._graph.edge(f"{block.parent}:top:n", f"{block.node}:s", **look)
        return self._graph


def _with_port(item: Markup) -> Markup:
    """Mark a row as the place where edges leave its block."""
    return Markup(item.replace("<TR><TD", '<TR><TD PORT="top"', 1))
