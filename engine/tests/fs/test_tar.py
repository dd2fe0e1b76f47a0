"""Layers and tar archives: a round trip, a true DiffID, and archives that mean harm."""

import io
import tarfile
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.clock import Clock
from engine.fs import (
    Content,
    Directory,
    File,
    Hardlink,
    Layer,
    MalformedTar,
    OverlayFS,
    View,
    Whiteout,
    read_tar,
    tar_bytes,
)
from engine.tests.fs.strategies import OPERATIONS, layers
from engine.tests.fs.test_overlay_laws import apply


@given(layers(), OPERATIONS)
@settings(max_examples=150, deadline=None)
def test_a_layer_survives_its_tar(lower: Layer, operations: list) -> None:
    overlay = OverlayFS(View.of([lower]), clock=Clock(10**9))
    for operation in operations:
        apply(overlay, operation)
    layer = overlay.upper_layer()
    assert read_tar(tar_bytes(layer)).diff_id == layer.diff_id


@given(layers())
@settings(max_examples=60, deadline=None)
def test_the_diff_id_is_the_digest_of_the_exported_tar(layer: Layer) -> None:
    assert layer.diff_id == "sha256:" + sha256(tar_bytes(layer)).hexdigest()


def test_whiteouts_and_opaque_directories_are_spelled_as_the_image_spec_says() -> None:
    layer = Layer({"srv": Directory(opaque=True), "etc": Directory(), "etc/motd": Whiteout()})
    with tarfile.open(fileobj=io.BytesIO(tar_bytes(layer))) as archive:
        assert archive.getnames() == ["etc", "etc/.wh.motd", "srv", "srv/.wh..wh..opq"]


def test_a_hard_link_is_one_file_with_two_names() -> None:
    layer = Layer({"a": File(Content(b"x" * 100)), "b": Hardlink("a")})
    assert layer.size == 100
    view = View.of([layer])
    assert view.get("b") == view.get("a")


def test_filler_costs_nothing_but_counts() -> None:
    layer = Layer({"big": File(Content(b"stub", 50_000_000))})
    assert layer.size == 50_000_000
    assert len(layer.encoded) < 200
    assert read_tar(tar_bytes(replace_size(layer, 10_000))).entries["big"] == File(Content(b"stub", 10_000))


def replace_size(layer: Layer, size: int) -> Layer:
    entry = layer.entries["big"]
    assert isinstance(entry, File)
    return Layer({"big": replace(entry, content=Content(entry.content.head, size))})


def test_names_cannot_leave_the_layer() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name in ("../../etc/passwd", "/abs", "a/../../b"):
            archive.addfile(tarfile.TarInfo(name))
    assert set(read_tar(buffer.getvalue()).entries) == {"etc/passwd", "abs", "b"}


@pytest.mark.parametrize("data", [b"not a tar" * 100, b"\x1f\x8b" + bytes(600), b"x" * 511])
def test_what_is_no_tar_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedTar):
        read_tar(data)


def test_an_archive_with_too_many_entries_is_refused() -> None:
    layer = Layer({f"f{number}": File() for number in range(50)})
    with pytest.raises(MalformedTar):
        read_tar(tar_bytes(layer), max_entries=20)


@given(st.lists(st.one_of(st.binary(max_size=600), st.integers(1, 9000).map(bytes)), max_size=6))
@settings(max_examples=80, deadline=None)
def test_sparse_content_is_the_same_bytes(chunks: list[bytes]) -> None:
    content = Content.sparse(chunks)
    assert b"".join(content.chunks()) == b"".join(chunks)
    layer = Layer({"f": File(content)})
    assert Layer.decode(layer.encoded) == layer
