"""COPY and ADD at work: the rules of BuildKit's file operations (``tonistiigi/fsutil/copy``)."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from engine.budget import Budget
from engine.build.archives import unpacked
from engine.build.errors import BuildError
from engine.build.modes import changed_mode
from engine.build.trees import Tree, expand, resolve, walk
from engine.build.wildcards import has_wildcard
from engine.fs import (
    Content,
    Directory,
    File,
    Hardlink,
    Layer,
    Node,
    OverlayFS,
    Symlink,
    Whiteout,
    clean,
    parent_of,
)

PARENTS_PIVOT = "/./"


class Matcher(Protocol):
    """A list of ignore patterns."""

    def ignores(self, path: str) -> bool:
        """Whether ``path``, or a directory above it, is matched."""
        ...


CompilePatterns = Callable[[Sequence[str]], Matcher]


@dataclass(frozen=True, slots=True)
class Owner:
    """Who copied files shall belong to."""

    uid: int = 0
    gid: int = 0


@dataclass(frozen=True, slots=True)
class Selection:
    """What one source item names: ``paths`` of the source tree.

    With ``parents`` each is copied to its own place below the destination, less its first ``cut``
    components; ``missing`` is a path that must be there and is not.
    """

    paths: tuple[str, ...]
    cut: int = 0
    missing: str = ""


def select(tree: Tree, path: str) -> Selection:
    """The paths a COPY source names; a plain path that does not exist is ``missing``."""
    if has_wildcard(path):
        return Selection(tuple(expand(tree, path)))
    plain = clean(path)
    if tree.get(resolve(tree, plain)) is None:
        return Selection((), missing=f"/{plain}")
    return Selection((plain,))


def select_with_parents(tree: Tree, path: str, compile_patterns: CompilePatterns) -> Selection:
    """The paths a ``COPY --parents`` source names, every one with its own directories."""
    while path.startswith("./"):
        path = path[2:].lstrip("/")
    before, pivot, after = f"/{path}".partition(PARENTS_PIVOT)
    base, pattern = (clean(before), clean(after)) if pivot else ("", clean(path))
    if not pattern:
        return Selection((), missing=f"/{base}")
    cut = base.count("/") + 1 if base else 0
    if not has_wildcard(base) and not has_wildcard(pattern):
        whole = f"{base}/{pattern}" if base else pattern
        if tree.get(resolve(tree, whole, follow_last=False)) is None:
            return Selection((), missing=f"/{whole}")
        return Selection((whole,), cut)
    matcher = compile_patterns((pattern,))
    found: list[str] = []
    for top in expand(tree, base) if base else [""]:
        last = "\0"
        for candidate, _ in walk(tree, top):
            below_top = candidate[len(top) :].lstrip("/")
            if not candidate.startswith(last + "/") and matcher.ignores(below_top):
                found.append(candidate)
                last = candidate
    return Selection(tuple(found), cut)


class Copier:
    """Writes into ``target``. Every file it makes is charged to the budget."""

    def __init__(
        self,
        target: OverlayFS,
        budget: Budget,
        *,
        owner: Owner | None = None,
        chmod: str = "",
        excluded: Matcher | None = None,
    ) -> None:
        self.target = target
        self.budget = budget
        self.owner = owner
        self.chmod = chmod
        self.excluded = excluded
        self._written: dict[int, tuple[Node, str]] = {}

    # ------------------------------------------------------------------ directories

    def make_dirs(self, path: str) -> None:
        """Create ``path`` and what is missing above it. Raises BuildError when a file is in the way."""
        here = ""
        for part in path.split("/") if path else ():
            here = f"{here}/{part}" if here else part
            there = resolve(self.target, here)
            node = self.target.get(there)
            if node is None:
                self.budget.create()
                self.target.put(there, self._owned(Directory(0o755, mtime=self.target.clock.now)))
            elif not isinstance(node, Directory):
                raise BuildError(f"mkdir /{here}: not a directory")

    def _owned(self, node: Node) -> Node:
        if self.owner is not None:
            node = replace(node, uid=self.owner.uid, gid=self.owner.gid)
        if self.chmod and not isinstance(node, Symlink):
            mode = changed_mode(self.chmod, node.mode, isinstance(node, Directory))
            node = replace(node, mode=mode)
        return node

    # ------------------------------------------------------------------ copying

    def copy(self, source: Tree, path: str, destination: str, *, unpack: bool = False) -> None:
        """Copy ``path`` of ``source`` (followed when it is a link) to ``destination``.

        A directory is copied by its contents. A destination with a slash at its end is a directory.
        """
        real = resolve(source, path)
        node = source.get(real)
        if node is None:
            return
        into_directory = destination.endswith("/") or not destination
        wanted = clean(destination)
        if unpack and isinstance(node, File):
            layer = unpacked(node.content)
            if layer is not None:
                self._unpack(layer, wanted)
                return
        name = path.rpartition("/")[2]
        if self.excluded is not None and not isinstance(node, Directory) and self.excluded.ignores(name):
            return
        self.make_dirs(wanted if into_directory else parent_of(wanted))
        where = resolve(self.target, wanted)
        there = self.target.get(where)
        if isinstance(node, Directory):
            if there is None:
                self.make_dirs(where)
            self._copy_directory(source, real, where, own=False)
            return
        if isinstance(there, Directory):
            where = f"{where}/{name}" if where else name
        self._copy_leaf(node, where)

    def copy_with_parents(self, source: Tree, selection: Selection, destination: str) -> None:
        """Copy each selected path below ``destination``, with the directories that lead to it."""
        base = clean(destination)
        self.make_dirs(base)
        base = resolve(self.target, base)
        for path in selection.paths:
            components = path.split("/")
            origin, place = "/".join(components[: selection.cut]), base
            *parents, name = components[selection.cut :]
            for part in parents:
                origin = f"{origin}/{part}" if origin else part
                place = f"{place}/{part}" if place else part
                self._copy_one_directory(source.get(resolve(source, origin)), place, own=True)
            where = f"{place}/{name}" if place else name
            node = source.get(path)
            if self.excluded is not None and self.excluded.ignores(path):
                continue
            if isinstance(node, Directory):
                self._copy_one_directory(node, where, own=True)
                self._copy_directory(source, path, where, own=True, base=path)
            elif node is not None:
                self._copy_leaf(node, where)

    def write_file(self, name: str, node: File, destination: str) -> None:
        """Put a file that exists only here (a download, a heredoc) at ``destination``."""
        into_directory = destination.endswith("/") or not destination
        wanted = clean(destination)
        self.make_dirs(wanted if into_directory else parent_of(wanted))
        where = resolve(self.target, wanted)
        if isinstance(self.target.get(where), Directory):
            where = f"{where}/{name}" if where else name
        self._copy_leaf(node, where)

    def _copy_one_directory(self, node: Node | None, where: str, *, own: bool) -> None:
        there = self.target.get(where)
        made = node if isinstance(node, Directory) else Directory()
        if there is None:
            self.budget.create()
            self.target.put(where, self._owned(made))
        elif not isinstance(there, Directory):
            raise BuildError(f"cannot copy to non-directory: /{where}")
        elif own:
            self.target.put(where, self._owned(made))

    def _copy_directory(self, source: Tree, top: str, where: str, *, own: bool, base: str = "") -> None:
        if not isinstance(self.target.get(where), Directory):
            raise BuildError(f"cannot copy to non-directory: /{where}")
        skip = len(top) + 1 if top else 0
        pending: list[tuple[str, Node]] = []
        for path, node in walk(source, top):
            relative = path[skip:]
            if self.excluded is not None and self.excluded.ignores(
                f"{base}/{relative}" if base else relative
            ):
                if isinstance(node, Directory):
                    pending.append((relative, node))
                continue
            if pending:
                self._make_skipped(pending, relative, where)
            place = f"{where}/{relative}" if where else relative
            if isinstance(node, Directory):
                self._copy_one_directory(node, place, own=True)
            else:
                self._copy_leaf(node, place)

    def _make_skipped(self, skipped: list[tuple[str, Node]], relative: str, where: str) -> None:
        for path, node in skipped:
            if relative.startswith(path + "/"):
                self._copy_one_directory(node, f"{where}/{path}" if where else path, own=False)

    def _copy_leaf(self, node: Node, where: str) -> None:
        there = self.target.get(where)
        if isinstance(there, Directory):
            raise BuildError(f"cannot replace to directory /{where} with file")
        self.budget.create()
        if there is not None:
            self.target.remove(where)
        twin = self._written.get(id(node))
        if twin is not None and isinstance(self.target.get(twin[1]), File):
            # Names of one file in the source stay names of one file.
            self.target.link(twin[1], where)
            return
        self.target.put(where, self._owned(node))
        if isinstance(node, File):
            self._written[id(node)] = (node, where)

    # ------------------------------------------------------------------ archives

    def _unpack(self, layer: Layer, wanted: str) -> None:
        self.make_dirs(wanted)
        top = resolve(self.target, wanted)
        inside = _Below(self.target, top)
        for path, entry in layer.entries.items():
            where = inside.place(resolve(inside, path, follow_last=False))
            there = self.target.get(where)
            self.budget.create()
            if isinstance(entry, Whiteout):
                continue
            if isinstance(entry, Hardlink):
                existing = inside.place(resolve(inside, entry.target))
                if there is not None:
                    self.target.remove(where)
                if isinstance(self.target.get(existing), File):
                    self.target.link(existing, where)
                continue
            self._ensure_parent(where)
            if isinstance(entry, Directory):
                if there is not None and not isinstance(there, Directory):
                    self.target.remove(where)
            elif there is not None:
                self.target.remove(where)
            node = entry if self.owner is None else replace(entry, uid=self.owner.uid, gid=self.owner.gid)
            self.target.put(where, node)

    def _ensure_parent(self, where: str) -> None:
        parent = parent_of(where)
        if parent and self.target.get(parent) is None:
            here = ""
            for part in parent.split("/"):
                here = f"{here}/{part}" if here else part
                if self.target.get(here) is None:
                    self.budget.create()
                    self.target.put(here, Directory(0o755, mtime=self.target.clock.now))


class _Below:
    """A directory of a tree as a tree of its own: links in an archive cannot lead out of it."""

    def __init__(self, tree: Tree, top: str) -> None:
        self._tree = tree
        self._top = top

    def place(self, path: str) -> str:
        """``path`` as the whole tree calls it."""
        return f"{self._top}/{path}" if self._top and path else self._top or path

    def get(self, path: str) -> Node | None:
        """What stands at ``path``."""
        return self._tree.get(self.place(path))

    def names(self, directory: str) -> Collection[str]:
        """Names in a directory."""
        return self._tree.names(self.place(directory))


def make_workdir(target: OverlayFS, path: str, owner: Owner, budget: Budget) -> None:
    """WORKDIR: make ``path`` and what is missing above it, all of it belonging to ``owner``."""
    Copier(target, budget, owner=owner).make_dirs(clean(path))


def text_file(text: str, mode: int, mtime: int) -> File:
    """A file made from text of the build description."""
    return File(Content(text.encode("utf-8", "surrogateescape")), mode, mtime=mtime)
