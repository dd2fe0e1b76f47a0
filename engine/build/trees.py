"""Reading file trees that steps copy from: contexts, stages, images; paths resolved inside their root."""

from collections.abc import Collection, Iterator, Mapping
from typing import Protocol

from engine.build.errors import BuildError
from engine.build.wildcards import has_wildcard, matches, split_at_wildcard
from engine.fs import Directory, Node, Symlink, View, clean, parent_of

MAX_LINKS = 255


class Tree(Protocol):
    """What a View and an OverlayFS have in common: look-ups by path without leading slash."""

    def get(self, path: str) -> Node | None:
        """What stands at ``path``, the root for the empty path, or None."""
        ...

    def names(self, directory: str) -> Collection[str]:
        """Names in a directory."""
        ...


class TooManyLinks(BuildError):
    """Symbolic links that lead to each other for ever."""

    def __init__(self) -> None:
        super().__init__("too many links")


def tree_of(nodes: Mapping[str, Node]) -> View:
    """A tree that holds ``nodes``; directories that only lie on the way are added."""
    complete: dict[str, Node] = {}
    children: dict[str, set[str]] = {}
    for path, node in nodes.items():
        complete[path] = node
        here = path
        while here:
            parent, _, name = here.rpartition("/")
            names = children.setdefault(parent, set())
            if name in names:
                break
            names.add(name)
            if parent and parent not in complete and parent not in nodes:
                complete[parent] = Directory()
            here = parent
    return View((), complete, children)


def resolve(tree: Tree, path: str, *, follow_last: bool = True) -> str:
    """``path`` with symbolic links followed, never leaving the root; what is missing is kept as written.

    Raises TooManyLinks.
    """
    pending = [part for part in reversed(path.split("/")) if part not in ("", ".")]
    here = ""
    links = 0
    while pending:
        part = pending.pop()
        if part == "..":
            here = parent_of(here)
            continue
        there = f"{here}/{part}" if here else part
        node = tree.get(there)
        if isinstance(node, Symlink) and (pending or follow_last):
            links += 1
            if links > MAX_LINKS:
                raise TooManyLinks
            if node.target.startswith("/"):
                here = ""
            pending += [part for part in reversed(node.target.split("/")) if part not in ("", ".")]
            continue
        here = there
    return here


def walk(tree: Tree, top: str) -> Iterator[tuple[str, Node]]:
    """Everything below ``top``, parents before children, names sorted; links are not followed."""
    pending = [f"{top}/{name}" if top else name for name in sorted(tree.names(top), reverse=True)]
    while pending:
        path = pending.pop()
        node = tree.get(path)
        if node is None:
            continue
        yield path, node
        if isinstance(node, Directory):
            pending += [f"{path}/{name}" for name in sorted(tree.names(path), reverse=True)]


def expand(tree: Tree, path: str) -> list[str]:
    """The paths that ``path``, perhaps a wildcard pattern, names; a plain path names itself, found or not.

    Rules of BuildKit's ``ResolveWildcards``: the part before the first wildcard is taken literally, the
    rest is matched against whole paths below it, and a matched directory is not searched further.
    """
    if not has_wildcard(path):
        return [clean(path)]
    fixed, pattern = split_at_wildcard(clean(path))
    base = resolve(tree, fixed)
    depth = pattern.count("/") + 1
    found: list[str] = []
    pending = [(base, name, name, 1) for name in sorted(tree.names(base), reverse=True)]
    while pending:
        parent, name, relative, level = pending.pop()
        here = f"{parent}/{name}" if parent else name
        if level == depth and matches(pattern, relative):
            found.append(f"{fixed}/{relative}" if fixed else relative)
        elif level < depth:
            pending += [
                (here, child, f"{relative}/{child}", level + 1)
                for child in sorted(tree.names(here), reverse=True)
            ]
    return found
