"""Facts about file-system nodes that several programs print."""

from zlib import crc32

from engine.fs import Device, Directory, File, Files, FsError, Node, Symlink
from engine.programs.lib.sizes import blocks


def size_of(node: Node) -> int:
    """``st_size``: bytes of a file, length of a link's target, one block for a directory."""
    match node:
        case File(content=content):
            return content.size
        case Symlink(target=target):
            return len(target.encode("utf-8", "surrogateescape"))
        case Directory():
            return 4096
        case Device():
            return 0


def disk_blocks(node: Node, block: int = 1024) -> int:
    """Disk usage in units of ``block`` bytes; short symbolic links live in the inode."""
    match node:
        case File(content=content):
            return blocks(content.size, block)
        case Directory():
            return 4096 // block
        case _:
            return 0


def link_count(files: Files, path: str, node: Node) -> int:
    """``st_nlink``. A directory merged from several layers always says 1, as overlayfs does."""
    try:
        location = files.locate(path, follow=False)
    except FsError:
        return 1
    if not isinstance(node, Directory):
        return location.tree.link_count(location.path)
    tree = location.tree
    if not location.path or (tree.in_upper(location.path) and tree.view.get(location.path) is not None):
        return 1
    prefix = f"{location.path}/"
    return 2 + sum(isinstance(tree.get(prefix + name), Directory) for name in tree.names(location.path))


def inode_number(files: Files, path: str) -> int:
    """A stable number for the file at ``path``; hard links of one file share it."""
    try:
        location = files.locate(path, follow=False)
    except FsError:
        return 0
    return 1 + crc32(location.tree.first_name(location.path).encode("utf-8", "surrogateescape")) % 9_999_991


def join(directory: str, name: str) -> str:
    """``directory/name`` without doubling a trailing slash."""
    return directory + name if directory.endswith("/") else f"{directory}/{name}"


def base_name(path: str) -> str:
    """The last component, trailing slashes ignored; ``/`` for the root."""
    return path.rstrip("/").rpartition("/")[2] or ("/" if path.startswith("/") else path)


def contains(files: Files, parent: str, child: str) -> bool:
    """Whether ``child`` (which may not exist yet) lies in the directory ``parent`` or is it."""
    try:
        above = files.real_path(parent).rstrip("/")
        below = files.real_path(child)
    except FsError:
        return False
    return below.rstrip("/") == above or below.startswith(above + "/")


def same_file(files: Files, one: str, other: str, follow: bool = True) -> bool:
    """Whether two paths name the same file (also through links)."""
    try:
        a, b = files.locate(one, follow), files.locate(other, follow)
    except FsError:
        return False
    if a.tree is not b.tree or a.tree.get(a.path) is None:
        return False
    return a.path == b.path or a.tree.first_name(a.path) == a.tree.first_name(b.path)
