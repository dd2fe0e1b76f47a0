"""Walking directory trees, as find, du, ``chmod -R`` and their like do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.fs import EXECUTE, READ, Directory, Files, FsError, Node, Symlink
from engine.programs.lib.nodes import join


@dataclass(slots=True)
class Visit:
    """One stop of a walk. ``path`` is spelled from the starting point, ``absolute`` from the root."""

    path: str
    absolute: str
    node: Node
    depth: int
    leaving: bool = False
    """In a post-order walk: this is the second stop, after everything inside."""


class Walker:
    """A walk from one starting point, names sorted; ``prune`` keeps it out of the directory just met."""

    def __init__(
        self,
        files: Files,
        *,
        follow: bool = False,
        follow_top: bool = False,
        both_ways: bool = False,
        max_depth: int = 1 << 30,
        one_file_system: bool = False,
        on_error: Callable[[str, FsError], None] | None = None,
    ) -> None:
        self._files = files
        self._follow = follow
        self._follow_top = follow or follow_top
        self._both_ways = both_ways
        self._max_depth = max_depth
        self._one_file_system = one_file_system
        self._on_error = on_error
        self._pruned = False

    def prune(self) -> None:
        """Do not descend into the directory the walk has just yielded."""
        self._pruned = True

    def walk(self, top: str) -> Iterator[Visit]:
        """Every stop, parents first (and once more last with ``both_ways``). Raises FsError for ``top``."""
        files = self._files
        namespace = files.namespace
        step = files.budget.step
        try:
            node = files.stat(top, self._follow_top)
        except FsError:
            node = files.stat(top, follow=False)
        location = files.locate(top, self._follow_top and not isinstance(node, Symlink))
        stack = [Visit(top, location.absolute, node, 0)]
        home = location.tree
        while stack:
            visit = stack.pop()
            if visit.leaving:
                yield visit
                continue
            step()
            self._pruned = False
            yield visit
            node = visit.node
            if not isinstance(node, Directory):
                continue
            if self._both_ways:
                stack.append(Visit(visit.path, visit.absolute, node, visit.depth, True))
            if self._pruned or visit.depth >= self._max_depth:
                continue
            if self._one_file_system and namespace.locate(visit.absolute).tree is not home:
                continue
            if files.user.uid and not files.access("/" + visit.absolute, READ | EXECUTE):
                if self._on_error is not None:
                    self._on_error(visit.path, FsError("EACCES", visit.path))
                if not files.access("/" + visit.absolute, READ):
                    continue
            prefix = f"{visit.absolute}/" if visit.absolute else ""
            depth = visit.depth + 1
            spelled = visit.path if visit.path.endswith("/") else visit.path + "/"
            for name in reversed(namespace.names(visit.absolute)):
                absolute = prefix + name
                child = namespace.get(absolute)
                if child is None:
                    continue
                if self._follow and isinstance(child, Symlink):
                    absolute, child = self._followed(absolute, child, visit.absolute)
                stack.append(Visit(spelled + name, absolute, child, depth))

    def _followed(self, absolute: str, link: Symlink, inside: str) -> tuple[str, Node]:
        """Where a link leads; a link to a directory above it stays a link, so that walks end."""
        try:
            location = self._files.locate("/" + absolute)
            node = self._files.stat("/" + absolute)
        except FsError:
            return absolute, link
        if isinstance(node, Directory) and (inside + "/").startswith(location.absolute + "/"):
            return absolute, link
        return (location.absolute if isinstance(node, Directory) else absolute), node


__all__ = ["Visit", "Walker", "join"]
