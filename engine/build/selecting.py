"""What a step reads from other places: found once, hashed for its key, and written when it is carried out."""

from collections.abc import Callable
from dataclasses import dataclass

from engine.build.contenthash import Manifest, below, manifest
from engine.build.copying import (
    CompilePatterns,
    Copier,
    Matcher,
    Selection,
    select,
    select_with_parents,
    text_file,
)
from engine.build.errors import BuildError, PathNotFound
from engine.build.executor import Checkout, Download
from engine.build.ops import (
    ContextSource,
    CopyOp,
    FileSystemSource,
    GitItem,
    InlineItem,
    PathItem,
    RunOp,
    UrlItem,
)
from engine.build.trees import Tree, resolve
from engine.errors import EngineError
from engine.fs import Directory, File, Node, clean

URL_FILE_MODE = 0o600
INLINE_FILE_MODE = 0o644

NOTHING = Selection(())
TreeOf = Callable[[FileSystemSource], Tree]


@dataclass(frozen=True, slots=True)
class _Source:
    """One item of a COPY: paths of a tree, or one file with a name."""

    tree: Tree | None = None
    selection: Selection = NOTHING
    name: str = ""
    file: File | None = None
    unpack: bool = False


@dataclass(frozen=True, slots=True)
class Picked:
    """The sources of one step, and the manifest of all they hold."""

    manifest: Manifest
    sources: tuple[_Source, ...] = ()

    def write(self, copier: Copier, op: CopyOp) -> None:
        """Copy everything to the step's destination."""
        destination = op.destination_path
        for source in self.sources:
            if source.file is not None:
                copier.write_file(source.name, source.file, destination)
            elif source.tree is not None and op.parents:
                copier.copy_with_parents(source.tree, source.selection, destination)
            elif source.tree is not None:
                for path in source.selection.paths:
                    copier.copy(source.tree, path, destination, unpack=source.unpack)


def pick(
    op: CopyOp,
    tree_of: TreeOf,
    download: Callable[[str], Download],
    checkout: Callable[[GitItem, bool], Checkout],
    compile_patterns: CompilePatterns,
    new_reference: Callable[[], str],
) -> Picked:
    """Find everything a COPY or ADD names. Raises PathNotFound, BuildError."""
    excluded = compile_patterns(op.excludes) if op.excludes else None
    entries: list[tuple[str, Node]] = []
    sources: list[_Source] = []
    missing: list[str] = []
    for item in op.items:
        match item:
            case PathItem():
                tree = tree_of(op.origin)
                chosen = (
                    select_with_parents(tree, item.path, compile_patterns)
                    if op.parents
                    else select(tree, item.path)
                )
                if chosen.missing:
                    missing.append(chosen.missing)
                for path in chosen.paths:
                    entries += _read(tree, path, excluded, whole_path=op.parents)
                sources.append(_Source(tree, chosen, unpack=op.unpack))
            case UrlItem():
                file = _downloaded(item, op, download)
                entries.append((item.filename, file))
                sources.append(_Source(name=item.filename, file=file))
            case GitItem():
                found = _checked_out(item, op, checkout)
                top = clean(item.subdir)
                if not isinstance(found.files.get(top), Directory):
                    raise BuildError(f"subdir not found: {item.subdir}")
                entries += [(path, node) for path, node in below(found.files, top) if path]
                sources.append(_Source(found.files, Selection((top,))))
            case InlineItem():
                file = text_file(item.content, INLINE_FILE_MODE, 0)
                entries.append((item.name, file))
                sources.append(_Source(name=item.name, file=file))
    if missing:
        if not isinstance(op.origin, ContextSource) and not tree_of(op.origin).names(""):
            # There is no snapshot to take a checksum of: the copy itself fails.
            raise BuildError(f"lstat {min(missing)}: no such file or directory")
        raise PathNotFound(min(missing), new_reference())
    return Picked(manifest(entries), tuple(sources))


def _read(tree: Tree, path: str, excluded: Matcher | None, *, whole_path: bool) -> list[tuple[str, Node]]:
    """What a copy of ``path`` reads, under the name it was asked for."""
    real = resolve(tree, path)
    found: list[tuple[str, Node]] = []
    for here, node in below(tree, real):
        relative = here[len(real) :].lstrip("/")
        named = f"{path}/{relative}" if path and relative else path or relative
        if excluded is not None:
            tested = named if whole_path else relative or path.rpartition("/")[2]
            if tested and not (isinstance(node, Directory) and not relative) and excluded.ignores(tested):
                continue
        found.append((named, node))
    return found


def _downloaded(item: UrlItem, op: CopyOp, download: Callable[[str], Download]) -> File:
    try:
        got = download(item.url)
    except EngineError as error:
        raise BuildError(f"failed to load cache key: {error}") from error
    digest = f"sha256:{got.content.sha256()}"
    if op.checksum and op.checksum != digest:
        raise BuildError(f"digest mismatch {digest}: {op.checksum}")
    return File(got.content, URL_FILE_MODE, mtime=got.modified)


def _checked_out(item: GitItem, op: CopyOp, checkout: Callable[[GitItem, bool], Checkout]) -> Checkout:
    try:
        found = checkout(item, op.keep_git_dir)
    except EngineError as error:
        raise BuildError(f"failed to load cache key: {error}") from error
    if op.checksum and not found.commit.startswith(op.checksum):
        raise BuildError(f"expected checksum to match {op.checksum}, got {found.commit}")
    return found


def pick_mount(op: RunOp, tree_of: TreeOf, new_reference: Callable[[], str]) -> Picked:
    """Everything the bind mounts of a RUN show, as its key counts it. Raises PathNotFound."""
    entries: list[tuple[str, Node]] = []
    for mount in op.mounts:
        if mount.kind != "bind":
            continue
        tree = tree_of(mount.origin)
        wanted = clean(mount.source)
        real = resolve(tree, wanted)
        if tree.get(real) is None:
            raise PathNotFound(f"/{wanted}", new_reference())
        for here, node in below(tree, real):
            relative = here[len(real) :].lstrip("/")
            entries.append((f"{wanted}/{relative}" if wanted and relative else wanted or relative, node))
    return Picked(manifest(entries))
