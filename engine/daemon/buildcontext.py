"""The client's side of a build: reading the context directory and its ignore file."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.budget import Budget
from engine.dockerfile.dockerignore import IgnoreMatcher
from engine.fs import Directory, Files, FsError, Node, read_tar
from engine.fs.entries import Hardlink, Whiteout

IGNORE_FILE = ".dockerignore"


@dataclass(frozen=True, slots=True)
class ContextDirectory:
    """What a build may see of one directory.

    ``key`` tells it from others (the builder keeps a copy per directory). ``nodes`` is what is left after
    the ignore file; ``hidden`` are files that are sent to the classic builder only because it needs to
    read them (the Dockerfile and the ignore file, when they are themselves ignored).
    """

    key: str
    nodes: Mapping[str, Node]
    hidden: Mapping[str, Node] = field(default_factory=dict)


def read_context(
    files: Files, directory: str, matcher: IgnoreMatcher | None, always: tuple[str, ...] = ()
) -> ContextDirectory:
    """Read ``directory`` of the host. ``always`` are paths below it that are read even when ignored.

    Raises FsError, IgnoreFileError.
    """
    top = files.real_path(directory).strip("/")
    nodes: dict[str, Node] = {}
    hidden: dict[str, Node] = {}
    prefix = f"{top}/" if top else ""
    namespace = files.namespace
    descend_ignored = matcher is not None and matcher.has_exclusions
    waiting: dict[str, Node] = {}
    pending = list(reversed(namespace.names(top)))
    while pending:
        path = pending.pop()
        node = namespace.get(prefix + path)
        if node is None:
            continue
        files.budget.step()
        ignored = matcher is not None and matcher.ignores(path)
        if ignored:
            if path in always:
                hidden[path] = node
            if isinstance(node, Directory) and (descend_ignored or _leads_to(path, always)):
                waiting[path] = node
                pending += [f"{path}/{name}" for name in reversed(namespace.names(prefix + path))]
            continue
        _add_parents(path, waiting, nodes)
        nodes[path] = node
        if isinstance(node, Directory):
            pending += [f"{path}/{name}" for name in reversed(namespace.names(prefix + path))]
    return ContextDirectory("/" + top, nodes, hidden)


def _leads_to(path: str, wanted: tuple[str, ...]) -> bool:
    return any(one.startswith(path + "/") for one in wanted)


def _add_parents(path: str, waiting: dict[str, Node], nodes: dict[str, Node]) -> None:
    """Directories that are ignored themselves, but lead to something that is not."""
    parent = path.rpartition("/")[0]
    missing: list[str] = []
    while parent and parent in waiting:
        missing.append(parent)
        parent = parent.rpartition("/")[0]
    for one in reversed(missing):
        nodes[one] = waiting.pop(one)


def read_archive(data: bytes, budget: Budget) -> ContextDirectory:
    """A context sent as a tar archive on standard input. Raises MalformedTar."""
    layer = read_tar(data, whiteouts=False)
    nodes: dict[str, Node] = {}
    for path, entry in layer.entries.items():
        budget.step()
        target = layer.entries.get(entry.target) if isinstance(entry, Hardlink) else entry
        if target is not None and not isinstance(target, Hardlink | Whiteout):
            nodes[path] = target
    return ContextDirectory("-", nodes)


def ignore_file(files: Files, directory: str, dockerfile: str) -> tuple[str, str] | None:
    """Name and text of the ignore file that applies: the Dockerfile's own one comes first."""
    for path in (f"{dockerfile}{IGNORE_FILE}", f"{directory.rstrip('/')}/{IGNORE_FILE}"):
        try:
            return path, files.read_text(path)
        except FsError:
            continue
    return None
