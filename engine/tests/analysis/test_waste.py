"""Waste and efficiency: what is stored but not seen, and who is to blame."""

import pytest
from hypothesis import given, settings

from engine.analysis import Waste, efficiency, wasted
from engine.clock import Clock
from engine.fs import Content, Directory, File, FsError, Hardlink, Layer, OverlayFS, View, Whiteout
from engine.tests.analysis.worlds import file
from engine.tests.fs.strategies import OPERATIONS, layers
from engine.tests.fs.test_overlay_laws import apply


def visible_bytes(stack: list[Layer]) -> int:
    """Bytes of the files one can see, a file with several names in its layer once."""
    view = View.of(stack)
    seen = set()
    for path in view.paths():
        if isinstance(view.get(path), File):
            index = view.answering_layer(path)
            assert index is not None
            entry = stack[index].entries[path]
            seen.add((index, entry.target if isinstance(entry, Hardlink) else path))
    total = 0
    for index, path in seen:
        entry = stack[index].entries[path]
        assert isinstance(entry, File)
        total += entry.content.size
    return total


@given(layers(), OPERATIONS, OPERATIONS)
@settings(max_examples=120, deadline=None)
def test_stored_bytes_are_either_seen_or_wasted(lower: Layer, first: list, second: list) -> None:
    stack = [lower]
    for operations in (first, second):
        overlay = OverlayFS(View.of(stack), clock=Clock(7))
        for operation in operations:
            apply(overlay, operation)
        stack.append(overlay.upper_layer())
    stored = sum(layer.size for layer in stack)
    assert stored == visible_bytes(stack) + sum(item.size for item in wasted(stack))


def test_every_waste_names_its_layer_its_cause_and_what_hides_it() -> None:
    stack = [
        Layer({"d": Directory(), "d/a": file(10), "d/b": file(20), "c": file(5), "t": file(3)}),
        Layer({"c": file(6), "d": Whiteout(), "t": Directory()}),
        Layer({"c": Whiteout()}),
    ]
    assert wasted(stack) == (
        Waste("d/b", 20, 1, 2, "deleted", "d"),
        Waste("d/a", 10, 1, 2, "deleted", "d"),
        Waste("c", 6, 2, 3, "deleted", "c"),
        Waste("c", 5, 1, 2, "overwritten", "c"),
        Waste("t", 3, 1, 2, "replaced", "t"),
    )


def test_a_file_with_another_visible_name_is_not_wasted() -> None:
    linked = Layer({"a": file(10), "b": Hardlink("a")})
    assert wasted([linked, Layer({"a": Whiteout()})]) == ()
    gone = wasted([linked, Layer({"a": Whiteout(), "b": Whiteout()})])
    assert [(item.size, item.layer) for item in gone] == [(10, 1)]


def test_efficiency_is_the_smallest_versions_over_all_versions() -> None:
    found = efficiency([Layer({"a": file(30), "b": file(10)}), Layer({"a": file(40)})])
    assert found.score == pytest.approx((30 + 10) / 80)
    assert (found.matches, found.inefficient, found.size) == ((("a", 70),), 70, 80)
    assert efficiency([Layer({}), Layer({"z": File(Content())})]).score == 1.0


def test_efficiency_counts_a_deleted_directory_only_when_a_layer_records_it() -> None:
    recorded = Layer({"d": Directory(), "d/f": file(10)})
    implied = Layer({"d/f": file(10)})
    deletion = Layer({"d": Whiteout(), "e": file(10)})
    assert efficiency([recorded, deletion, Layer({"e": file(20)})]).score == pytest.approx(30 / 50)
    assert efficiency([implied, deletion, Layer({"e": file(20)})]).score == pytest.approx(20 / 40)


def test_unknown_paths_raise_nothing() -> None:
    with pytest.raises(FsError):
        OverlayFS(View.of([])).remove("nowhere")
    assert wasted([Layer({"nowhere": Whiteout()})]) == ()
