"""The layer inspector's facts."""

from hypothesis import given, settings

from engine.analysis import Lookup, entries_of, image_waste, layer_details, tree_of, visible_entries
from engine.clock import Clock
from engine.fs import Directory, Layer, OverlayFS, Symlink, View, Whiteout
from engine.tests.analysis.worlds import BASE, STORE, file, layer, machine, named, run
from engine.tests.fs.strategies import OPERATIONS, layers
from engine.tests.fs.test_overlay_laws import apply


@given(layers(), OPERATIONS)
@settings(max_examples=80, deadline=None)
def test_added_and_deleted_paths_are_those_of_the_two_views(lower: Layer, operations: list) -> None:
    below = View.of([lower])
    overlay = OverlayFS(below, clock=Clock(7))
    for operation in operations:
        apply(overlay, operation)
    upper = overlay.upper_layer()
    above = View.of([lower, upper])
    for entry in entries_of(upper, below):
        before, after = below.get(entry.path), above.get(entry.path)
        if entry.kind == "A":
            assert before is None and after is not None
        elif entry.kind == "D":
            assert after is None
        else:
            assert before is not None and after is not None
    new = {path for path in above.paths() if below.get(path) is None}
    assert new <= {entry.path for entry in entries_of(upper, below) if entry.kind == "A"}


def test_a_layer_tells_its_place_its_users_its_entries_and_its_waste() -> None:
    first = run(BASE, "install", layer(cache=file(50), bin=file(9), usr=Directory(), usr__lib=file(2100)))
    second = run(first, "clean", layer(cache=Whiteout(), link=Symlink("bin")))
    inventory = machine(named(second, "b:1"), named(first, "a:1"))
    found = layer_details(inventory, STORE, first.chain_ids[-1])
    assert found is not None
    assert (found.row.position, found.count, found.row.role) == (2, 3, "shared")
    assert [stored.label for stored in found.used_by] == ["b:1", "a:1"]
    assert found.counts == {"A": 2, "C": 1, "D": 0}
    replaced = next(entry for entry in found.entries if entry.path == "usr/lib")
    assert (replaced.kind, replaced.size, replaced.hides) == ("C", 2100, 2000)
    assert found.wasted == 50 and found.waste[0].hidden_by == 3
    alone = layer_details(inventory, STORE, first.chain_ids[-1], first.id)
    assert alone is not None and alone.wasted == 0
    assert [item.path for item in image_waste(inventory.images[0], STORE)] == ["usr/lib", "cache"]
    assert layer_details(inventory, STORE, "sha256:unknown") is None


def test_the_merged_view_says_which_layer_shows_each_name() -> None:
    stack = (
        Layer({"d": Directory(), "d/a": file(1), "d/b": file(2)}),
        Layer({"d": Directory(0o700), "d/b": Whiteout(), "d/implied/x": file(1)}),
    )
    lookup = Lookup("box", (), stack, Layer({"d": Directory(), "d/c": Symlink("a")}))
    seen = {entry.name: (entry.type, entry.position) for entry in visible_entries(lookup, "/d/")}
    assert seen == {"a": ("file", 1), "c": ("symlink", 0), "implied": ("directory", 2)}
    assert [entry.mode for entry in visible_entries(lookup)] == [0o755]
    assert visible_entries(lookup, "d/a") == () and visible_entries(lookup, "nowhere") == ()


def test_entries_form_a_tree_that_adds_up() -> None:
    below = View.of([Layer({"d": Directory(), "d/old": file(30), "d/x": file(1)})])
    upper = Layer({"d": Directory(opaque=True), "d/new": file(4), "d/s/deep": file(6)})
    entries = entries_of(upper, below)
    assert [(entry.kind, entry.path) for entry in entries] == [
        ("C", "d"),
        ("D", "d/old"),
        ("D", "d/x"),
        ("A", "d/new"),
        ("A", "d/s/deep"),
    ]
    (top,) = tree_of(entries)
    assert (top.size, top.added, top.changed, top.deleted) == (10, 2, 1, 2)
    assert [child.name for child in top.children] == ["new", "old", "s", "x"]
    assert top.children[2].entry is None
    deep = Layer({"/".join("d" for _ in range(500)): file(1)})
    assert tree_of(entries_of(deep, View.of([])))[0].size == 1
