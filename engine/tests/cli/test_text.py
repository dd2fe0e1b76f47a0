"""Tables, widths, sizes, references: laws that hold for any input."""

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cli.tabwriter import TabStops, align
from engine.cli.text import display_width, ellipsis, go_quote, truncate_id
from engine.image.reference import ReferenceError, parse_normalized, parse_reference
from engine.units import SizeError, from_human_size, human_duration, human_size, ram_in_bytes

CELLS = st.lists(st.lists(st.text("ab 本é", max_size=6), min_size=1, max_size=4), min_size=1, max_size=6)


@given(CELLS)
@settings(max_examples=100, deadline=None)
def test_cells_of_a_column_start_at_the_same_place(rows: list[list[str]]) -> None:
    width = max(len(row) for row in rows)
    rows = [[f"<{cell}>" for cell in row] + ["<>"] * (width - len(row)) for row in rows]
    lines = align("".join("\t".join(row) + "\n" for row in rows)).split("\n")[:-1]
    assert len({tuple(_starts(line, row)) for line, row in zip(lines, rows, strict=True)}) == 1


def _starts(line: str, row: list[str]) -> list[int]:
    """Where each cell of ``row`` begins in ``line``, in columns of the terminal."""
    starts, index = [], 0
    for cell in row:
        index = line.index(cell, index)
        starts.append(display_width(line[:index]))
        index += len(cell)
    return starts


@given(st.text(max_size=40), st.integers(0, 12))
@settings(max_examples=100, deadline=None)
def test_ellipsis_never_takes_more_columns(text: str, width: int) -> None:
    short = ellipsis(text, width)
    assert display_width(short) <= max(width, 2)
    if display_width(text) <= width:
        assert short == text


@given(st.integers(0, 10**17))
@settings(max_examples=100, deadline=None)
def test_sizes_read_back_within_rounding(size: int) -> None:
    assert abs(from_human_size(human_size(size)) - size) <= size / 1000 + 1


@given(st.text("0123456789.kKmMgGiIbB -e", max_size=10))
@settings(max_examples=150, deadline=None)
def test_any_text_is_a_size_or_a_size_error(text: str) -> None:
    for read in (from_human_size, ram_in_bytes):
        with suppress(SizeError):
            assert read(text) >= 0


@given(st.integers(0, 10**18), st.integers(0, 10**18))
@settings(max_examples=50, deadline=None)
def test_durations_are_words(first: int, second: int) -> None:
    assert human_duration(first) and human_duration(first + second)[-1].isalpha()


@given(st.text("abcAB01:/@._-[]% \n", max_size=24))
@settings(max_examples=300, deadline=None)
def test_references_read_back_as_themselves(text: str) -> None:
    try:
        reference = parse_normalized(text)
    except ReferenceError:
        return
    assert parse_reference(str(reference)) == reference
    assert parse_normalized(reference.familiar) == reference
    assert reference.tagged().tag or reference.digest


def test_long_references_are_refused_at_once() -> None:
    for text in ("a/" * 50_000, "a" * 100_000, "a-" * 2000 + "!", ":" * 10_000):
        try:
            parse_normalized(text)
        except ReferenceError:
            continue
        raise AssertionError(text[:20])


def test_quoting_and_short_ids() -> None:
    assert go_quote('a"b\\\n\x01é\udcff') == '"a\\"b\\\\\\n\\x01é\\xff"'
    assert truncate_id("sha256:" + "ab" * 32) == "ab" * 6


def test_columns_block_by_block() -> None:
    stops = TabStops(minwidth=4, padding=1, padchar=".")
    assert align("a\tb\nlonger\tc\n\nx\ty\n", stops) == "a......b\nlonger.c\n\nx...y\n"
