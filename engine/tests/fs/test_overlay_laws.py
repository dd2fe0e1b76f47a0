"""The overlay's laws: it behaves as one flat file system, and its read-write layer is all that changed."""

from dataclasses import replace

from hypothesis import given, settings

from engine.clock import Clock
from engine.fs import Directory, File, FsError, Layer, Node, OverlayFS, Symlink, View, changes
from engine.tests.fs.strategies import OPERATIONS, layers


class FlatTree:
    """The plainest possible file system: one dictionary, whole subtrees moved by hand."""

    def __init__(self, nodes: dict[str, Node]) -> None:
        self.nodes = nodes
        self.groups: dict[str, set[str]] = {}

    def get(self, path: str) -> Node | None:
        return self.nodes.get(path) if path else Directory()

    def children(self, path: str) -> list[str]:
        return [other for other in self.nodes if other.startswith(path + "/")]

    def parent_is_directory(self, path: str) -> bool:
        return isinstance(self.get(path.rpartition("/")[0]), Directory)

    def put(self, path: str, node: Node) -> None:
        present = self.get(path)
        if not self.parent_is_directory(path):
            raise FsError("ENOENT", path)
        if present is not None and isinstance(present, Directory) != isinstance(node, Directory):
            raise FsError("EISDIR", path)
        for name in self.groups.get(path, {path}):
            self.nodes[name] = node

    def remove(self, path: str) -> None:
        if path not in self.nodes:
            raise FsError("ENOENT", path)
        for gone in [path, *self.children(path)]:
            del self.nodes[gone]
            group = self.groups.pop(gone, None)
            if group is not None:
                group.discard(gone)

    def rename(self, source: str, target: str) -> None:
        node = self.nodes.get(source)
        if node is None or not self.parent_is_directory(target) or target.startswith(source + "/"):
            raise FsError("ENOENT", source)
        if source == target:
            return
        there = self.get(target)
        if there is not None:
            if isinstance(node, Directory) != isinstance(there, Directory) or self.children(target):
                raise FsError("ENOTEMPTY", target)
            self.remove(target)
        for old in [source, *self.children(source)]:
            new = target + old[len(source) :]
            self.nodes[new] = self.nodes.pop(old)
            group = self.groups.pop(old, None)
            if group is not None:
                group.discard(old)
                group.add(new)
                self.groups[new] = group

    def link(self, existing: str, path: str) -> None:
        node = self.nodes.get(existing)
        if (
            node is None
            or isinstance(node, Directory)
            or path in self.nodes
            or not self.parent_is_directory(path)
        ):
            raise FsError("EPERM", path)
        self.nodes[path] = node
        group = self.groups.setdefault(existing, {existing})
        group.add(path)
        self.groups[path] = group


def apply(tree: FlatTree | OverlayFS, operation: tuple[str, str, object]) -> str:
    """Do one operation; the answer says only whether it was refused."""
    kind, path, argument = operation
    try:
        match kind:
            case "file" if isinstance(argument, File):
                tree.put(path, argument)
            case "mkdir" if isinstance(argument, int):
                if tree.get(path) is not None:
                    return "refused"
                tree.put(path, Directory(argument))
            case "symlink" if isinstance(argument, str):
                if isinstance(tree.get(path), Directory):
                    return "refused"
                tree.put(path, Symlink(argument))
            case "remove":
                tree.remove(path)
            case "remake" if isinstance(argument, int):
                tree.remove(path)
                tree.put(path, Directory(argument))
            case "rename" if isinstance(argument, str):
                tree.rename(path, argument)
            case "link" if isinstance(argument, str):
                tree.link(path, argument)
            case "chmod" if isinstance(argument, int):
                node = tree.get(path)
                if node is None or isinstance(node, Symlink):
                    return "refused"
                tree.put(path, replace(node, mode=argument))  # type: ignore[arg-type, call-arg]
    except FsError:
        return "refused"
    return "done"


def snapshot(tree: OverlayFS) -> dict[str, Node]:
    """All paths, directory times left out (a flat tree has none)."""
    return {p: replace(n, mtime=0) if isinstance(n, Directory) else n for p, n in tree.walk()}


def flatten(tree: FlatTree) -> dict[str, Node]:
    return {p: replace(n, mtime=0) if isinstance(n, Directory) else n for p, n in tree.nodes.items()}


@given(layers(), layers(), OPERATIONS)
@settings(max_examples=300, deadline=None)
def test_overlay_equals_a_flat_file_system(lower: Layer, upper: Layer, operations: list) -> None:
    overlay = OverlayFS(View.of([lower, upper]), clock=Clock(7))
    flat = FlatTree(dict(overlay.walk()))
    for operation in operations:
        assert apply(overlay, operation) == apply(flat, operation), operation
        assert snapshot(overlay) == flatten(flat), operation


@given(layers(), OPERATIONS)
@settings(max_examples=200, deadline=None)
def test_the_read_write_layer_on_the_same_image_restores_everything(lower: Layer, operations: list) -> None:
    overlay = OverlayFS(View.of([lower]), clock=Clock(7))
    for operation in operations:
        apply(overlay, operation)
    layer = Layer.decode(overlay.upper_layer().encoded)
    assert layer == overlay.upper_layer()
    again = OverlayFS(View.of([lower]), layer)
    assert dict(again.walk()) == dict(overlay.walk())
    committed = View.of([lower, layer])
    assert {path: committed.get(path) for path in committed.paths()} == dict(overlay.walk())


@given(layers(), OPERATIONS)
@settings(max_examples=150, deadline=None)
def test_diff_names_exactly_what_differs(lower: Layer, operations: list) -> None:
    view = View.of([lower])
    overlay = OverlayFS(view, clock=Clock(7))
    for operation in operations:
        apply(overlay, operation)
    found = {change.path: change.kind for change in changes(overlay)}
    now = dict(overlay.walk())
    for path, kind in found.items():
        before = view.get(path)
        assert {"A": before is None and path in now, "C": before is not None and path in now}.get(
            kind, path not in now and before is not None
        )
    added = {path for path in now if view.get(path) is None}
    assert added == {path for path, kind in found.items() if kind == "A"}
