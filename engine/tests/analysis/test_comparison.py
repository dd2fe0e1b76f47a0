"""Two things side by side: layers matched by content and by text, files by what differs."""

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.analysis import Comparison, DiffLine, Side, compare, diff_texts, side_of, text_diff
from engine.clock import Clock
from engine.fs import Content, Directory, File, Layer, OverlayFS, View, Whiteout
from engine.image.image import Image
from engine.tests.analysis.worlds import BASE, STORE, file, layer, machine, named, run, text
from engine.tests.fs.strategies import OPERATIONS, layers
from engine.tests.fs.test_overlay_laws import apply


def compared(before: Image, after: Image) -> Comparison:
    inventory = machine(named(before, "a:1"), named(after, "b:1"))
    left, right = side_of(inventory, STORE, "a:1"), side_of(inventory, STORE, "b:1")
    assert left and right
    return compare(left, right)


def told(comparison: Comparison) -> list[tuple[str, str]]:
    return [(pair.state, pair.reason) for pair in comparison.pairs]


def test_the_same_image_is_all_reused() -> None:
    image = run(BASE, "make", layer(out=file(5)))
    found = compared(image, image)
    assert told(found) == [("reused", "same_base"), ("reused", "same_inputs")]
    assert (found.reused, found.new, found.gone, found.files) == (BASE.size + 5, 0, 0, ())


def test_an_edited_step_is_rebuilt_and_so_is_what_stands_on_it() -> None:
    before = run(run(BASE, "apt install vim", layer(vim=file(5))), "make", layer(out=file(7)))
    after = run(run(BASE, "apt install vim git", layer(git=file(6))), "make", layer(out=file(8)))
    found = compared(before, after)
    assert told(found) == [
        ("reused", "same_base"),
        ("rebuilt", "text_changed"),
        ("rebuilt", "parent_changed"),
    ]
    assert (found.new, found.gone) == (14, 12)
    assert [change.kind + change.path for change in found.files] == ["Agit", "Cout", "Dvim"]


def test_added_removed_and_moved_steps() -> None:
    one, two = layer(one=file(1)), layer(two=file(2))
    before = run(run(run(BASE, "one", one), "two", two), "rm x", layer(x=Whiteout()))
    after = run(run(BASE, "two", two), "one", layer(one=file(3)))
    assert told(compared(before, after)) == [
        ("reused", "same_base"),
        ("gone", "moved"),
        ("reused", "same_content"),
        ("gone", "removed"),
        ("new", "moved"),
    ]
    grown = run(run(BASE, "one", one), "curl", layer(curl=file(9)))
    assert told(compared(run(BASE, "one", one), grown))[-1] == ("new", "added")


def test_same_step_on_the_same_parent_with_other_bytes() -> None:
    found = compared(run(BASE, "date", layer(now=text("1"))), run(BASE, "date", layer(now=text("2"))))
    assert told(found)[-1] == ("rebuilt", "content_changed")
    assert found.text("/now").lines == (DiffLine("-", "1", 1, 0), DiffLine("+", "2", 0, 1))


def test_layers_containers_and_unknown_things() -> None:
    image = run(BASE, "make", layer(out=file(5)))
    inventory = machine(named(image, "a:1"))
    lower = side_of(inventory, STORE, image.chain_ids[0])
    assert lower is not None and lower.name == "FROM base:1" and lower.size == BASE.size
    assert side_of(inventory, STORE, "nothing") is None and side_of(inventory, STORE, "") is None


@given(layers(), OPERATIONS)
@settings(max_examples=100, deadline=None)
def test_files_that_differ_are_exactly_those_listed(lower: Layer, operations: list) -> None:
    overlay = OverlayFS(View.of([lower]), clock=Clock(7))
    for operation in operations:
        apply(overlay, operation)
    comparison = Comparison(Fixed(OverlayFS(View.of([lower]))), Fixed(overlay), ())
    before, after = dict(OverlayFS(View.of([lower])).walk()), dict(overlay.walk())
    listed = {change.path: change.kind for change in comparison.files}

    def covered(path: str, kind: str) -> bool:
        parts = path.split("/")
        return any(listed.get("/".join(parts[:n])) in (kind, "C") for n in range(1, len(parts) + 1))

    for path in {*before, *after}:
        old, new = before.get(path), after.get(path)
        if old is None:
            assert covered(path, "A")
        elif new is None:
            assert covered(path, "D")
        elif isinstance(old, File) and isinstance(new, File):
            same = (old.content, old.mode, old.uid, old.gid) == (new.content, new.mode, new.uid, new.gid)
            assert (path in listed) != same


class Fixed(Side):
    """A side whose files are given."""

    def __init__(self, tree: OverlayFS) -> None:
        super().__init__("fixed", ())
        self.__dict__["tree"] = tree


LINES = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=14)


@given(LINES, LINES)
@settings(max_examples=200, deadline=None)
def test_a_text_difference_rebuilds_both_texts(old: list[str], new: list[str]) -> None:
    before, after = "".join(line + "\n" for line in old), "".join(line + "\n" for line in new)
    found = diff_texts(before, after, context=99)
    if found.reason:
        assert found.reason == "same" and old == new
        return
    assert [line.text for line in found.lines if line.kind != "+"] == old
    assert [line.text for line in found.lines if line.kind != "-"] == new
    assert [line.before for line in found.lines if line.before] == list(range(1, len(old) + 1))
    assert [line.after for line in found.lines if line.after] == list(range(1, len(new) + 1))


def test_what_cannot_be_compared_line_by_line_says_why() -> None:
    assert text_diff(None, None).reason == "absent"
    assert text_diff(text("a"), text("a")).reason == "same"
    assert text_diff(text("a"), Directory()).reason == "type"
    assert text_diff(text("a"), File(Content(b"\0"))).reason == "binary"
    assert text_diff(text("a"), File(Content(b"x", 10))).reason == "simulated"
    assert text_diff(text("a"), text("x\n" * 6000)).reason == "large"
    assert text_diff(None, text("a\n")).added == 1


def test_a_difference_without_end_is_cut_short() -> None:
    old = "".join(f"{n}\n" for n in range(3000))
    new = "".join(f"{-n}\n" for n in range(1, 3000))
    found = diff_texts(old, new)
    assert (found.removed, found.added) == (3000, 2999)
