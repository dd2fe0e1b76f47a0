"""The small pieces of the builder, each on its own."""

from __future__ import annotations

import pytest

from engine.build.assemble import assemble_image
from engine.build.context import needed_paths, selected, synchronise
from engine.build.errors import BuildError
from engine.build.executor import LogLine
from engine.build.modes import changed_mode
from engine.build.ops import BuildPlan, ScratchSource, SourceRange, StagePlan
from engine.build.progress import Vertex, excerpt, log_lines, plain, size_text, terminal
from engine.build.solver import changed_only
from engine.build.text import quoted
from engine.build.trees import TooManyLinks, expand, resolve, tree_of
from engine.build.wildcards import matches
from engine.clock import SECOND, rfc3339
from engine.content import DiffID, Digest
from engine.fs import Content, Directory, File, Layer, Node, Symlink, View
from engine.image.config import ImageConfig
from engine.image.history import History
from engine.image.image import LayerRef


@pytest.mark.parametrize(
    ("specification", "before", "directory", "after"),
    [
        ("600", 0o755, False, 0o600),
        ("04755", 0o644, False, 0o4755),
        ("u+x", 0o644, False, 0o744),
        ("go-rwx", 0o777, False, 0o700),
        ("a=r", 0o755, False, 0o444),
        ("=rX", 0o600, True, 0o555),
        ("u=rwX,go=rX", 0o600, False, 0o644),
        ("g=u", 0o640, False, 0o660),
        ("u+s,+t", 0o755, False, 0o5755),
    ],
)
def test_permissions(specification: str, before: int, directory: bool, after: int) -> None:
    assert changed_mode(specification, before, directory) == after


@pytest.mark.parametrize("specification", ["", "u", "u+q", "8", "u~x"])
def test_permissions_that_mean_nothing(specification: str) -> None:
    with pytest.raises(BuildError):
        changed_mode(specification, 0o644, False)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*.txt", "a.txt", True),
        ("*.txt", "d/a.txt", False),
        ("d/*", "d/a", True),
        ("a?c", "abc", True),
        ("[a-c]x", "bx", True),
        ("[^a]x", "bx", True),
        ("[^a]x", "ax", False),
        (r"\*", "*", True),
        ("[", "[", False),
        ("a.c", "abc", False),
    ],
)
def test_wildcards(pattern: str, path: str, expected: bool) -> None:
    assert matches(pattern, path) is expected


def test_wildcards_are_linear() -> None:
    assert not matches("*a" * 200, "a" * 5000 + "b")


def test_links_are_followed_inside_the_root_only() -> None:
    tree = tree_of({"up": Symlink("../../etc"), "etc/x": File(), "a": Symlink("b"), "b": Symlink("a")})
    assert resolve(tree, "up/x") == "etc/x"
    with pytest.raises(TooManyLinks):
        resolve(tree, "a/c")


def test_patterns_expand_in_order() -> None:
    tree = tree_of({"d/b.c": File(), "d/a.c": File(), "d/e/f.c": File(), "x": File()})
    assert expand(tree, "d/*.c") == ["d/a.c", "d/b.c"]
    assert expand(tree, "*/*/f*") == ["d/e/f.c"]
    assert expand(tree, "./x") == ["x"]


FILES: dict[str, Node] = {
    "a.txt": File(Content(b"a\n"), mtime=1_767_323_045 * SECOND),
    "b.txt": File(Content(b"b\n"), mtime=1_767_323_045 * SECOND),
}


def test_transfer_sizes_are_those_of_the_real_protocol() -> None:
    first = synchronise({"a.txt": FILES["a.txt"]}, None)
    assert first.transferred == 34
    assert synchronise({"a.txt": FILES["a.txt"]}, first.layer).transferred == 26
    assert synchronise({}, None).transferred == 2
    one = {name: File(Content(b"1"), mtime=1_767_323_045 * SECOND) for name in "xy"}
    assert synchronise(one, None).transferred == 60


def test_same_size_and_time_means_unchanged_to_the_builder() -> None:
    kept = synchronise(FILES, None).layer
    stale = File(Content(b"A\n"), mtime=1_767_323_045 * SECOND)
    assert synchronise({**FILES, "a.txt": stale}, kept).tree.get("a.txt") == FILES["a.txt"]
    newer = File(Content(b"A\n"), mtime=1_767_323_046 * SECOND)
    assert synchronise({**FILES, "a.txt": newer}, kept).tree.get("a.txt") == newer


def test_only_what_is_needed_is_sent() -> None:
    tree: dict[str, Node] = {
        "src": Directory(),
        "src/x": File(),
        "link": Symlink("target"),
        "target": Symlink("src/x"),
        "other": File(),
    }
    assert set(selected(tree, ("link",))) == {"src", "src/x", "link", "target"}
    assert set(selected(tree, ("s*",))) == {"src", "src/x"}
    assert selected(tree, None) == tree


def test_a_plan_without_copies_needs_no_context() -> None:
    assert needed_paths(BuildPlan((), 0)) == ()


def test_unchanged_files_are_dropped_from_a_layer() -> None:
    below = View.of([Layer({"d": Directory(), "d/f": FILES["a.txt"], "g": File()})])
    again = Layer({"d": Directory(mtime=5), "d/f": FILES["a.txt"], "g": File(Content(b"new"))})
    assert list(changed_only(again, below).entries) == ["g"]


def test_excerpts_mark_lines_and_show_some_around() -> None:
    text = "one\ntwo\nthree\nfour\nfive\nsix\n"
    assert excerpt(text, (SourceRange(4, 0, 4),), "Dockerfile") == (
        "Dockerfile:4\n--------------------\n   2 |     two\n   3 |     three\n   4 | >>> four\n"
        "   5 |     five\n   6 |     six\n--------------------\n"
    )
    assert excerpt(text, (SourceRange(1, 0, 2),), "D").split("\n")[2:6] == [
        "   1 | >>> one",
        "   2 | >>> two",
        "   3 |     three",
        "--------------------",
    ]
    assert excerpt(text, (), "D") == excerpt(text, (SourceRange(99),), "D") == ""


def test_output_is_cut_into_lines_with_their_times() -> None:
    log = (LogLine("stdout", 5, "a\nb"), LogLine("stderr", 6, "err\n"), LogLine("stdout", 7, "c\nrest"))
    assert list(log_lines(log)) == [(5, "a"), (6, "err"), (7, "bc"), (7, "rest")]


def test_displays() -> None:
    steps = [
        Vertex("[1/2] FROM x", "CACHED", SECOND, SECOND),
        Vertex(
            "[2/2] RUN y", "ERROR", SECOND, 3 * SECOND, log=(LogLine("stdout", SECOND, "hi\n"),), error="bad"
        ),
    ]
    assert plain(steps) == "#1 [1/2] FROM x\n#1 CACHED\n\n#2 [2/2] RUN y\n#2 1.000 hi\n#2 ERROR: bad\n"
    shown = terminal(steps, failed=True, width=40)
    assert shown.startswith("[+] Building 2.0s (1/2) ")
    assert " => ERROR [2/2] RUN y " in shown


@pytest.mark.parametrize(
    ("size", "text"), [(2, "2B"), (999, "999B"), (1234, "1.23kB"), (5_000_000, "5.00MB")]
)
def test_sizes(size: int, text: str) -> None:
    assert size_text(size) == text


def test_quoting_is_go_s() -> None:
    assert quoted('a"b\\c\n\x01é\udc80') == '"a\\"b\\\\c\\n\\x01é\\x80"'


def test_times_of_rows_follow_the_new_layers() -> None:
    base = History("2020-01-01T00:00:00Z", "base")
    rows = (
        base,
        History("", "ENV", empty_layer=True),
        History("", "RUN"),
        History("", "CMD", empty_layer=True),
    )
    stage = StagePlan(0, "", "", ScratchSource(), "linux/arm64/v8", SourceRange(1), (), ImageConfig(), rows)
    ref = LayerRef(Digest("sha256:" + "0" * 64), DiffID("sha256:" + "1" * 64), 1)
    image = assemble_image(BuildPlan((stage,), 0), (ref, ref), (5 * SECOND,))
    made = rfc3339(5 * SECOND)
    assert [row.created for row in image.history] == [base.created, made, made, made]
    assert (image.created, image.architecture, image.variant) == (made, "arm64", "v8")
