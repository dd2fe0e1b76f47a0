"""Laying many files down at once, as a package manager or an archive does when root unpacks it."""

from collections.abc import Iterable
from dataclasses import replace

from engine.fs import Content, Directory, File, FsError, Node, Symlink
from engine.shell.process import Process

PACKAGE_TIME = 1_690_000_000 * 1_000_000_000
"""Modification time (ns) of files from packages whose build date nobody recorded."""


class Unpacker:
    """Puts nodes in place for root: links in parent directories are followed, parents made as needed."""

    def __init__(self, process: Process) -> None:
        self._files = process.files
        self._budget = process.budget
        self._now = process.system.clock.now
        self._directories: dict[str, str] = {}

    def put(self, path: str, node: Node) -> None:
        """Create or replace ``path`` (no leading slash). A node without a time gets PACKAGE_TIME.

        Raises FsError: EROFS, ENOTDIR, EISDIR.
        """
        parent, _, name = path.rpartition("/")
        where = self._directory(parent)
        absolute = f"{where}/{name}" if where else name
        location = self._files.namespace.locate(absolute)
        if location.read_only:
            raise FsError("EROFS", "/" + path)
        present = location.tree.get(location.path)
        if isinstance(node, Directory):
            if present is not None:
                return
        elif (isinstance(present, Symlink) and isinstance(node, File)) or (
            isinstance(present, File) and isinstance(node, Symlink)
        ):
            location.tree.remove(location.path)
        if present is None:
            self._budget.create()
        location.tree.put(location.path, node if node.mtime else replace(node, mtime=PACKAGE_TIME))

    def put_all(self, nodes: Iterable[tuple[str, Node]]) -> int:
        """``put`` each; returns how many."""
        count = 0
        for path, node in nodes:
            self.put(path, node)
            count += 1
        self._budget.step(1 + count // 4)
        return count

    def text(self, path: str, text: str, mode: int = 0o644) -> None:
        """Write a text file now."""
        self.put(path, File(Content(text.encode("utf-8", "surrogateescape")), mode, mtime=self._now))

    def _directory(self, path: str) -> str:
        """The real directory behind ``path``, created (0755) where it is missing."""
        known = self._directories.get(path)
        if known is not None:
            return known
        if not path:
            return ""
        parent, _, name = path.rpartition("/")
        where = self._directory(parent)
        absolute = f"{where}/{name}" if where else name
        node = self._files.namespace.get(absolute)
        if isinstance(node, Symlink):
            absolute = self._files.locate("/" + absolute).absolute
            node = self._files.namespace.get(absolute)
        if node is None:
            location = self._files.namespace.locate(absolute)
            if location.read_only:
                raise FsError("EROFS", "/" + absolute)
            self._budget.create()
            location.tree.put(location.path, Directory(mtime=self._now))
        elif not isinstance(node, Directory):
            raise FsError("ENOTDIR", "/" + absolute)
        self._directories[path] = absolute
        return absolute


def text_of(process: Process, path: str) -> str:
    """A file's known text, or an empty one where there is no such file; filler bytes are left out."""
    node = process.files.find(path)
    return node.content.head.decode("utf-8", "surrogateescape") if isinstance(node, File) else ""
