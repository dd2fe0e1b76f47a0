"""A path through the layers: the answer is always what the merged view shows."""

import json

from hypothesis import given, settings

from engine.analysis import (
    Lookup,
    StoredContainer,
    look_through_container,
    look_through_image,
    path_history,
    provenance,
    telling_paths,
)
from engine.clock import Clock
from engine.content import Digest
from engine.fs import Directory, File, Layer, OverlayFS, Whiteout
from engine.fs.view import View
from engine.tests.analysis.worlds import BASE, STORE, file, layer, machine, named, run
from engine.tests.fs.strategies import OPERATIONS, layers
from engine.tests.fs.test_overlay_laws import apply


def kinds(lookup: Lookup, path: str) -> list[str]:
    return [cell.kind for cell in path_history(lookup, path).cells]


@given(layers(), OPERATIONS, OPERATIONS)
@settings(max_examples=120, deadline=None)
def test_the_look_up_finds_what_the_merged_view_shows(lower: Layer, first: list, second: list) -> None:
    stack = [lower]
    for operations in (first, second):
        overlay = OverlayFS(View.of(stack), clock=Clock(7))
        for operation in operations:
            apply(overlay, operation)
        stack.append(overlay.upper_layer())
    view = View.of(stack)
    lookup = Lookup("x", (), tuple(stack))
    for path in {path for part in stack for path in part.entries}:
        history = path_history(lookup, path)
        node = view.get(path)
        assert history.found == (node is not None)
        served = [cell.position for cell in history.cells if cell.kind == "served"]
        index = view.answering_layer(path)
        assert served == ([] if index is None else [index + 1])
        if isinstance(node, File):
            assert history.size == node.content.size


def test_hidden_copies_whiteouts_and_copy_up_are_told_apart() -> None:
    stack = (
        Layer({"f": file(10), "d": Directory(), "d/x": file(1)}),
        Layer({"f": file(12)}),
        Layer({"d": Whiteout(), "g": file(2)}),
    )
    lookup = Lookup("box", (), stack, Layer({"g": file(3), "n": file(4)}))
    assert kinds(lookup, "/f") == ["absent", "absent", "served", "hidden"]
    assert path_history(lookup, "f").hidden == 10
    assert path_history(lookup, "f").cells[2].copied_up
    assert kinds(lookup, "d") == ["absent", "whiteout", "unreached", "hidden"]
    masked = path_history(lookup, "d/x")
    assert [cell.kind for cell in masked.cells] == ["absent", "masked", "unreached", "hidden"]
    assert masked.cells[1].by_path == "d"
    assert kinds(lookup, "g") == ["served", "hidden", "unreached", "unreached"]
    assert path_history(lookup, "n").cells[0].position == 0
    assert kinds(lookup, "nowhere") == ["absent"] * 4


def test_directories_merge_until_an_opaque_one() -> None:
    stack = (
        Layer({"d": Directory(), "d/1": file(1)}),
        Layer({"d": Directory(opaque=True), "d/2": file(1)}),
        Layer({"d": Directory(), "d/3": file(1)}),
    )
    assert kinds(Lookup("x", (), stack), "d") == ["served", "merged", "hidden"]


def test_peeling_takes_the_read_write_layer_first() -> None:
    container = StoredContainer("c" * 64, "box", BASE.id, upper=layer(new=file(1)))
    image = run(BASE, "make", layer(out=file(5)))
    inventory = machine(named(image, "x:1"), named(BASE, "base:1"), containers=(container,))
    lookup = look_through_container(inventory, STORE, container)
    assert lookup is not None and len(lookup.stack) == 2
    assert path_history(lookup.peeled(0), "new").found
    assert not path_history(lookup.peeled(1), "new").found
    assert lookup.peeled(2).stack == () and lookup.peeled(9).stack == ()
    through = look_through_image(inventory, STORE, inventory.images[0])
    assert not path_history(through.peeled(1), "out").found
    assert telling_paths(lookup)[0] == "new"
    assert look_through_container(machine(), STORE, container) is None


def test_provenance_names_the_step_and_the_command_within_it() -> None:
    made = layer(out=file(5), log=file(2))
    image = run(BASE, "make && make log", made)
    inventory = machine(named(image, "x:1"))
    lookup = look_through_image(inventory, STORE, inventory.images[0])
    causes: dict[str, Digest] = {made.digest: STORE.put(json.dumps({"log": "make log"}).encode())}
    found = provenance(lookup, "/log", STORE, causes)
    assert found is not None and (found.step, found.command) == ("RUN make && make log", "make log")
    unknown = provenance(lookup, "/out", STORE, causes)
    assert unknown is not None and unknown.command == ""
    base = provenance(lookup, "/etc/motd", STORE)
    assert base is not None and base.step == "FROM base:1"
    assert provenance(lookup, "/nowhere", STORE) is None
    broken: dict[str, Digest] = {made.digest: STORE.put(b"no json")}
    assert provenance(lookup, "/log", STORE, broken) is not None
