"""``docker cp``: files between a container and the host, by the rules of the command's reference."""

from dataclasses import replace

from engine.daemon.daemon import Daemon
from engine.daemon.errors import DaemonError, NotFound
from engine.daemon.state import Container
from engine.fs import (
    Content,
    Directory,
    Entry,
    File,
    Files,
    FsError,
    Layer,
    Node,
    Symlink,
    read_tar,
    tar_chunks,
)


class CopyError(DaemonError):
    """``docker cp`` cannot do that; the client prints the sentence as it is."""


def container_files(daemon: Daemon, container: Container) -> Files:
    """The container's files as root sees them, volumes included."""
    return Files(daemon.namespace(container), daemon.clock, daemon.budget, umask=0)


def copy(
    source: Files,
    source_path: str,
    target: Files,
    target_path: str,
    *,
    follow: bool = False,
    archive: bool = False,
) -> int:
    """Copy a file or tree and return the bytes copied.

    A directory goes into an existing directory under its own name, or becomes a new one; ``SRC/.``
    copies what is in it. Owners become root unless ``archive``. Raises NotFound, CopyError.
    """
    node = source.find(source_path, follow=follow or source_path.endswith("/"))
    if node is None:
        raise NotFound(f"Could not find the file {source_path}")
    contents_only = source_path.rstrip("/").endswith("/.") or source_path == "."
    name = source.absolute(source_path).rpartition("/")[2]
    there = target.find(target_path)
    destination = target_path.rstrip("/") or "/"
    if isinstance(node, Directory):
        if there is not None and not isinstance(there, Directory):
            raise CopyError("cannot copy directory")
        if there is not None and not contents_only:
            destination = f"{destination.rstrip('/')}/{name}"
    elif isinstance(there, Directory):
        destination = f"{destination.rstrip('/')}/{name}"
    elif target_path.endswith("/"):
        raise CopyError("destination directory must exist")
    try:
        return _copy_tree(source, source_path, node, target, destination, archive)
    except FsError as error:
        raise CopyError(str(error)) from error


def _copy_tree(
    source: Files, source_path: str, node: Node, target: Files, destination: str, archive: bool
) -> int:
    total = _place(target, destination, node, archive)
    if isinstance(node, Directory):
        top = source_path.rstrip("/") or "/"
        for path, child in source.walk(top):
            relative = path[len(top.rstrip("/")) :]
            total += _place(target, destination.rstrip("/") + relative, child, archive)
    return total


def _place(target: Files, path: str, node: Node, archive: bool) -> int:
    if not archive:
        node = replace(node, uid=target.user.uid, gid=target.user.gid)
    location = target.locate(path, follow=False)
    if location.read_only:
        raise FsError("EROFS", path)
    present = location.tree.get(location.path)
    if present is not None and isinstance(present, Directory) != isinstance(node, Directory):
        location.tree.remove(location.path)
    target.budget.create()
    location.tree.put(location.path, node)
    return node.content.size if isinstance(node, File) else 0


def pack(files: Files, path: str) -> Content:
    """``docker cp CONTAINER:PATH -``: a tar of what is there. Raises NotFound."""
    node = files.find(path, follow=False)
    if node is None:
        raise NotFound(f"Could not find the file {path}")
    name = files.absolute(path).rpartition("/")[2] or "."
    entries: dict[str, Entry] = {name: node}
    if isinstance(node, Directory):
        top = path.rstrip("/") or "/"
        for child_path, child in files.walk(top):
            entries[name + child_path[len(top.rstrip("/")) :]] = child
    return Content.sparse(tar_chunks(Layer(entries)))


def unpack(files: Files, path: str, data: bytes) -> None:
    """``docker cp - CONTAINER:PATH``: extract a tar into an existing directory. Raises CopyError."""
    if not isinstance(files.find(path), Directory):
        raise CopyError(f'destination "{path}" must be a directory')
    layer = read_tar(data, whiteouts=False)
    for name, entry in layer.entries.items():
        if isinstance(entry, Directory | File | Symlink):
            _place(files, f"{path.rstrip('/')}/{name}", entry, archive=True)
