"""The build context: which files are sent, and which the builder believes it has already.

BuildKit sends the status of every file a build can need and asks only for those whose size, time or
permissions differ from what it kept of this directory. A file rewritten with the same size and the same
time is therefore not sent again, and its old content is used.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from engine.build.ops import BuildPlan, ContextSource, CopyOp, PathItem, RunOp
from engine.build.trees import MAX_LINKS, Tree, expand, tree_of
from engine.build.wildcards import has_wildcard
from engine.fs import (
    EMPTY_LAYER,
    Device,
    Directory,
    Entry,
    File,
    Layer,
    Node,
    Symlink,
    View,
    clean,
    parent_of,
)

_FINISH = 2
_CHUNK = 32 * 1024


@dataclass(frozen=True, slots=True)
class SentContext:
    """One directory as the builder sees it. ``transferred`` counts the bytes of the transfer protocol."""

    tree: View
    layer: Layer
    transferred: int
    reused: bool
    """Nothing differs from what was kept."""


def needed_paths(plan: BuildPlan, name: str = "") -> tuple[str, ...] | None:
    """The source paths of context ``name`` that a build reads; None when it reads all of it."""
    paths: list[str] = []
    for stage in plan.stages:
        if not stage.needed:
            continue
        for op in stage.operations:
            if isinstance(op, CopyOp) and op.origin == ContextSource(name):
                if op.parents:
                    return None
                paths += [item.path for item in op.items if isinstance(item, PathItem)]
            elif isinstance(op, RunOp):
                paths += [mount.source for mount in op.mounts if mount.origin == ContextSource(name)]
    return None if any(not clean(path) for path in paths) else tuple(paths)


def selected(nodes: Mapping[str, Node], paths: tuple[str, ...] | None) -> dict[str, Node]:
    """What of ``nodes`` is sent when ``paths`` are needed: they, all below, parents, and links' targets."""
    if paths is None:
        return dict(nodes)
    tree = tree_of(nodes)
    wanted: set[str] = set()
    for path in paths:
        for found in expand(tree, path) if has_wildcard(path) else [clean(path)]:
            wanted.add(found)
            wanted.update(_ways(tree, found))
    chosen: dict[str, Node] = {}
    for path, node in nodes.items():
        if path in wanted or _inside(path, wanted):
            chosen[path] = node
    for path in list(chosen):
        parent = parent_of(path)
        while parent and parent not in chosen:
            chosen[parent] = nodes.get(parent, Directory())
            parent = parent_of(parent)
    return chosen


def _inside(path: str, wanted: set[str]) -> bool:
    parent = parent_of(path)
    while parent:
        if parent in wanted:
            return True
        parent = parent_of(parent)
    return False


def _ways(tree: Tree, path: str) -> Iterator[str]:
    """Every symbolic link on the way of ``path``, and every place it leads to."""
    pending = [part for part in reversed(path.split("/")) if part]
    here = ""
    for _ in range(MAX_LINKS * 4):
        if not pending:
            break
        part = pending.pop()
        if part == "..":
            here = parent_of(here)
            continue
        there = f"{here}/{part}" if here else part
        node = tree.get(there)
        if not isinstance(node, Symlink):
            here = there
            continue
        yield there
        if node.target.startswith("/"):
            here = ""
        pending += [part for part in reversed(node.target.split("/")) if part not in ("", ".")]
    yield here


def synchronise(nodes: Mapping[str, Node], kept: Layer | None) -> SentContext:
    """Send ``nodes`` to a builder that has ``kept`` of the same directory."""
    before: Mapping[str, Entry] = kept.entries if kept is not None else EMPTY_LAYER.entries
    files: dict[str, Node] = {}
    transferred = _FINISH
    same = kept is not None and len(before) == len(nodes)
    for number, path in enumerate(sorted(nodes)):
        node = replace(nodes[path], uid=0, gid=0)
        transferred += _status_size(path, node)
        old = before.get(path)
        if old is not None and _looks_same(old, node):
            files[path] = old  # type: ignore[assignment]
            continue
        same = False
        files[path] = node
        if isinstance(node, File):
            transferred += _content_size(node.content.size, number)
    layer = kept if same and kept is not None else Layer(files)
    return SentContext(tree_of(files), layer, transferred, same)


def _looks_same(old: Entry, new: Node) -> bool:
    if isinstance(old, File) and isinstance(new, File):
        return (old.content.size, old.mtime, old.mode) == (new.content.size, new.mtime, new.mode)
    if isinstance(old, Directory) and isinstance(new, Directory):
        return old.mode == new.mode
    return old == new


def _status_size(path: str, node: Node) -> int:
    """Bytes of one status message: a protocol buffer with path, mode, size, time and link target."""
    name = len(path.encode("utf-8", "surrogateescape"))
    size = 1 + _varint(name) + name
    kind = {File: 0, Directory: 1 << 31, Symlink: 1 << 27, Device: 1 << 26}[type(node)]
    size += 1 + _varint(node.mode | kind)
    if isinstance(node, File) and node.content.size:
        size += 1 + _varint(node.content.size)
    if node.mtime:
        size += 1 + _varint(node.mtime)
    if isinstance(node, Symlink):
        target = len(node.target.encode("utf-8", "surrogateescape"))
        size += 1 + _varint(target) + target
    return size + 1 + _varint(size)


def _content_size(size: int, number: int) -> int:
    """Bytes of the messages that carry one file's content, and the empty one that ends it."""
    envelope = 2 + (1 + _varint(number) if number else 0)
    whole, rest = divmod(size, _CHUNK)
    total = whole * (envelope + 1 + _varint(_CHUNK) + _CHUNK)
    if rest:
        total += envelope + 1 + _varint(rest) + rest
    return total + envelope


def _varint(value: int) -> int:
    return max(1, (value.bit_length() + 6) // 7)


def tar_size(nodes: Mapping[str, Node]) -> int:
    """Bytes of the tar archive the classic builder's client sends."""
    total = 1024
    for node in nodes.values():
        total += 512
        if isinstance(node, File):
            total += (node.content.size + 511) // 512 * 512
    return total
