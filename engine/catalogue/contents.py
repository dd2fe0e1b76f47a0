"""What each layer holds, written down in a small notation and painted over the layers below.

``data/contents/*.txt`` has one section per layer: a line ``== DIGEST…`` (the first twelve hex digits of
the published compressed digest; several digests may share a section), then one operation a line:

    base NAME                      start from a distribution's root file system
    dir PATH [MODE [UID:GID]]      a directory
    file PATH SIZE [MODE [UID:GID]]    a file of which only the size matters
    prog PATH SIZE [PROGRAM]       an executable; PROGRAM defaults to what the file name says
    link PATH TARGET               a symbolic link
    text PATH [MODE [UID:GID]]     a text file: the ``| `` lines that follow
    append PATH                    the ``| `` lines that follow, at the end of a file from below
    many DIR TOTAL NAME…           files that share TOTAL bytes
    user NAME UID GID HOME SHELL   entries in passwd and shadow; ``group NAME GID`` in group and gshadow
    apt NAME…   apk NAME…   rpm NAME…    packages with what they depend on, in the package database too
    remove PATH                    what the step deleted
    rest PATH                      the file that takes up what is missing to the layer's published size
    pad PATH                       the same for a text file, by comment lines
    natural                        the published size is a guess from the compressed one: keep what is here
    scale                          grow or shrink all filler so that the published size comes out

A layer whose size neither ``rest``, ``pad``, ``scale`` nor ``natural`` settles must come out right by
itself; ``python -m engine.catalogue check`` says so otherwise.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from engine.catalogue.bases import base_tree
from engine.catalogue.debian import plain_file
from engine.catalogue.files import DATA
from engine.catalogue.programs import program_for
from engine.clock import Clock
from engine.errors import EngineError
from engine.fs import Content, Directory, Entry, File, Layer, Node, OverlayFS, Symlink, View, program_stub


class BadContents(EngineError):
    """A line of the notation that makes no sense where it stands."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One line: its words, and the text of the ``| `` lines below it."""

    words: tuple[str, ...]
    text: str = ""


@cache
def sections() -> dict[str, tuple[Operation, ...]]:
    """Every section of ``data/contents``, by short digest."""
    found: dict[str, tuple[Operation, ...]] = {}
    for path in sorted((DATA / "contents").glob("*.txt")):
        digests: list[str] = []
        lines: list[str] = []
        for line in [*path.read_text().splitlines(), "=="]:
            if line.startswith("=="):
                operations = parse(lines)
                found.update(dict.fromkeys(digests, operations))
                digests, lines = line[2:].split(), []
            else:
                lines.append(line)
    return found


def parse(lines: list[str]) -> tuple[Operation, ...]:
    """The operations written in ``lines``; blank lines and ``#`` comments do not count."""
    operations: list[Operation] = []
    for line in lines:
        if line.startswith("|"):
            last = operations.pop()
            operations.append(replace(last, text=last.text + line[2:] + "\n"))
        elif line.strip() and not line.startswith("#"):
            operations.append(Operation(tuple(line.split())))
    return tuple(operations)


def paint(view: View, operations: tuple[Operation, ...], created: int, size: int) -> Layer:
    """The layer that ``operations`` make over ``view``.

    ``created`` (nanoseconds) stamps what they write; ``size`` is the published size in bytes. Raises
    BadContents.
    """
    if not operations:
        return Layer({})
    if operations[0].words[0] == "base":
        layer = _base_layer(operations[0].words[1], created)
        if len(operations) == 1:
            return _scaled(layer, size)
        view = View.of([layer])
        painted = _Painter(view, created).run(operations[1:])
        merged = {**layer.entries, **painted.entries}
        return _settled(Layer(merged), operations, size)
    return _settled(_Painter(view, created).run(operations), operations, size)


def _base_layer(name: str, created: int) -> Layer:
    tree: dict[str, Entry] = {}
    for path, entry in base_tree(name).items():
        tree[path] = replace(entry, mtime=created) if isinstance(entry, File | Directory | Symlink) else entry
    return Layer(tree)


class _Painter:
    def __init__(self, view: View, created: int) -> None:
        self.tree = OverlayFS(view, clock=Clock(created))
        self.created = created

    def run(self, operations: tuple[Operation, ...]) -> Layer:
        for operation in operations:
            word = operation.words[0]
            if word not in _SETTLING:
                try:
                    method = _METHODS[word]
                except KeyError:
                    raise BadContents(f"unknown operation: {' '.join(operation.words)}") from None
                method(self, operation)
        return self.tree.upper_layer()

    # -- writing

    def put(self, path: str, node: Node) -> None:
        path = self.resolve(path.lstrip("/"))
        self.parents(path)
        here = self.tree.get(path)
        if here is not None and isinstance(here, Directory) != isinstance(node, Directory):
            self.tree.remove(path)
        self.tree.put(path, replace(node, mtime=self.created))

    def parents(self, path: str) -> None:
        parent = path.rpartition("/")[0]
        if parent and self.tree.get(parent) is None:
            self.parents(parent)
            self.tree.put(parent, Directory(mtime=self.created))

    def resolve(self, path: str) -> str:
        """``path`` through links in its directories, such as /bin to usr/bin and /var/run to /run."""
        done = ""
        pending = path.split("/")
        for _ in range(64):
            here = f"{done}/{pending[0]}" if done else pending[0]
            node = self.tree.get(here)
            if len(pending) == 1:
                return here
            if isinstance(node, Symlink):
                start = "" if node.target.startswith("/") else done
                pending = [*node.target.strip("/").split("/"), *pending[1:]]
                while pending[0] == "..":
                    start, pending = start.rpartition("/")[0], pending[1:]
                done = start
            else:
                done, pending = here, pending[1:]
        raise BadContents(f"{path}: too many links")

    def file_text(self, path: str) -> str:
        node = self.tree.get(path)
        return node.content.head.decode() if isinstance(node, File) else ""

    def rewrite(self, path: str, text: str, mode: int = 0o644) -> None:
        node = self.tree.get(path)
        content = Content(text.encode())
        self.put(path, replace(node, content=content) if isinstance(node, File) else File(content, mode))

    # -- operations

    def op_dir(self, operation: Operation) -> None:
        _, path, *rest = operation.words
        mode, uid, gid = _mode_owner(rest, 0o755)
        self.put(path, Directory(mode, uid, gid))

    def op_file(self, operation: Operation) -> None:
        _, path, size, *rest = operation.words
        if rest:
            mode, uid, gid = _mode_owner(rest, 0o644)
            self.put(path, replace(plain_file(path.lstrip("/"), int(size), mode=mode), uid=uid, gid=gid))
        else:
            self.put(path, plain_file(path.lstrip("/"), int(size)))

    def op_prog(self, operation: Operation) -> None:
        _, path, size, *program = operation.words
        name = program[0] if program else program_for(path.rpartition("/")[2])
        self.put(path, File(program_stub(name, int(size)), 0o755))

    def op_link(self, operation: Operation) -> None:
        _, path, target = operation.words
        self.put(path, Symlink(target))

    def op_text(self, operation: Operation) -> None:
        _, path, *rest = operation.words
        mode, uid, gid = _mode_owner(rest, 0o644)
        self.put(path, File(Content(operation.text.encode()), mode, uid, gid))

    def op_append(self, operation: Operation) -> None:
        path = operation.words[1].lstrip("/")
        self.rewrite(path, self.file_text(path) + operation.text)

    def op_many(self, operation: Operation) -> None:
        _, directory, total_text, *names = operation.words
        weights = [11 + (sum(name.encode()) * 7 + position) % 29 for position, name in enumerate(names)]
        total, left = int(total_text), int(total_text)
        for position, name in enumerate(names):
            last = position == len(names) - 1
            size = left if last else total * weights[position] // sum(weights)
            left -= size
            self.put(f"{directory}/{name}", plain_file(f"{directory.lstrip('/')}/{name}", size))

    def op_user(self, operation: Operation) -> None:
        _, name, uid, gid, home, shell = operation.words
        self._add_line("etc/passwd", f"{name}:x:{uid}:{gid}::{home}:{shell}\n")
        self._add_line("etc/shadow", f"{name}:!:19000::::::\n", 0o640)

    def op_group(self, operation: Operation) -> None:
        _, name, gid = operation.words
        self._add_line("etc/group", f"{name}:x:{gid}:\n")
        self._add_line("etc/gshadow", f"{name}:!::\n", 0o640)

    def _add_line(self, path: str, line: str, mode: int = 0o644) -> None:
        before = self.file_text(path)
        if before:
            self.rewrite(path + "-", before, mode)
        self.rewrite(path, before + line, mode)

    def op_apt(self, operation: Operation) -> None:
        from engine.catalogue.dpkg import add_packages

        for path, node in add_packages(self.tree, list(operation.words[1:])):
            self.put(path, node)

    def op_apk(self, operation: Operation) -> None:
        from engine.catalogue.alpine import add_packages

        for path, node in add_packages(self.file_text("lib/apk/db/installed"), list(operation.words[1:])):
            self.put(path, node)

    def op_rpm(self, operation: Operation) -> None:
        from engine.catalogue.redhat import add_packages

        for path, node in add_packages(self.tree, list(operation.words[1:])):
            self.put(path, node)

    def op_remove(self, operation: Operation) -> None:
        path = operation.words[1].lstrip("/")
        if self.tree.get(path) is not None:
            self.tree.remove(path)


_METHODS: dict[str, Callable[[_Painter, Operation], None]] = {
    name.removeprefix("op_"): method for name, method in vars(_Painter).items() if name.startswith("op_")
}
_SETTLING = frozenset({"rest", "pad", "natural", "scale"})


def _mode_owner(words: list[str], mode: int) -> tuple[int, int, int]:
    if words:
        mode = int(words[0], 8)
    uid, _, gid = (words[1] if len(words) > 1 else "0:0").partition(":")
    return mode, int(uid), int(gid)


# ---------------------------------------------------------------------- settling the size


def _settled(layer: Layer, operations: tuple[Operation, ...], size: int) -> Layer:
    for operation in operations:
        match operation.words:
            case ("natural",):
                return layer
            case ("scale",):
                return _scaled(layer, size)
            case ("rest", path):
                return _with_rest(layer, path.lstrip("/"), size)
            case ("pad", path):
                return _padded(layer, path.lstrip("/"), size)
    return layer


def _with_rest(layer: Layer, path: str, size: int) -> Layer:
    missing = size - layer.size
    if missing < 0:
        return _scaled(layer, size)
    if missing == 0:
        return layer
    entries = dict(layer.entries)
    here = entries.get(path)
    if isinstance(here, File):
        entries[path] = replace(here, content=Content(here.content.head, here.content.size + missing))
        return Layer(entries)
    stamp = max((entry.mtime for entry in entries.values() if isinstance(entry, File | Directory)), default=0)
    parent = path.rpartition("/")[0]
    while parent and parent not in entries:
        entries[parent] = Directory(mtime=stamp)
        parent = parent.rpartition("/")[0]
    entries[path] = replace(plain_file(path, missing), mtime=stamp)
    return Layer(entries)


def _padded(layer: Layer, path: str, size: int) -> Layer:
    missing = size - layer.size
    here = layer.entries.get(path)
    if missing <= 0 or not isinstance(here, File):
        return layer
    line = b"# (this script is shorter than the published one)\n"
    padding = (line * (missing // len(line) + 1))[: missing - 1].rstrip(b"\n") if missing > 1 else b""
    padding = padding + b"#" * (missing - 1 - len(padding)) + b"\n"
    content = Content(here.content.head + padding)
    return Layer({**layer.entries, path: replace(here, content=content)})


_WORTH_SCALING = 2048


def _scaled(layer: Layer, size: int) -> Layer:
    """Filler grown or shrunk in proportion; files of known content stay as they are."""
    elastic = {
        path: entry
        for path, entry in layer.entries.items()
        if isinstance(entry, File) and entry.content.is_filler and entry.content.size >= _WORTH_SCALING
    }
    total = sum(entry.content.size - len(entry.content.head) for entry in elastic.values())
    missing = size - layer.size
    if not elastic or total + missing < 0:
        return layer
    entries = dict(layer.entries)
    left = missing
    for position, (path, entry) in enumerate(elastic.items()):
        tail = entry.content.size - len(entry.content.head)
        change = left if position == len(elastic) - 1 else missing * tail // total
        change = max(change, -tail)
        left -= change
        entries[path] = replace(entry, content=Content(entry.content.head, entry.content.size + change))
    if left:
        largest = max(elastic, key=lambda path: elastic[path].content.size)
        big = entries[largest]
        assert isinstance(big, File)
        entries[largest] = replace(big, content=Content(big.content.head, big.content.size + left))
    return Layer(entries)
