"""Random file trees and random operations on them."""

from hypothesis import strategies as st

from engine.fs import Content, Directory, Entry, File, Layer, Symlink

NAMES = st.sampled_from(["a", "b", "é"])
"""Few, so that operations meet on the same paths."""
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
CONTENTS = st.one_of(
    st.binary(max_size=8).map(Content),
    st.integers(1, 5000).map(lambda size: Content(b"stub", size)),
)
FILES = st.builds(
    File,
    CONTENTS,
    st.sampled_from([0o644, 0o755, 0o4755]),
    st.integers(0, 2),
    st.integers(0, 2),
    st.integers(0, 3).map(lambda seconds: seconds * 10**9),
)
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("file"), PATHS, FILES),
        st.tuples(st.just("mkdir"), PATHS, st.sampled_from([0o755, 0o700])),
        st.tuples(st.just("symlink"), PATHS, PATHS),
        st.tuples(st.just("remove"), PATHS, st.none()),
        st.tuples(st.just("remake"), PATHS, st.sampled_from([0o755, 0o700])),
        st.tuples(st.just("rename"), PATHS, PATHS),
        st.tuples(st.just("link"), PATHS, PATHS),
        st.tuples(st.just("chmod"), PATHS, st.sampled_from([0o600, 0o777])),
    ),
    max_size=14,
)


@st.composite
def layers(draw: st.DrawFn) -> Layer:
    """A layer without whiteouts: a small tree whose parents are all there."""
    entries: dict[str, Entry] = {}
    for path in draw(st.lists(PATHS, max_size=6)):
        parents = ["/".join(path.split("/")[:depth]) for depth in range(1, path.count("/") + 1)]
        if any(not isinstance(entries.get(parent, Directory()), Directory) for parent in parents):
            continue
        if isinstance(entries.get(path), Directory):
            continue
        for parent in parents:
            entries.setdefault(parent, Directory())
        entries[path] = draw(st.one_of(FILES, st.just(Directory(0o750)), st.just(Symlink("a"))))
    return Layer(entries)
