"""Blobs in the database."""

import pytest

from engine.content import BlobMissing, Digest, MemoryStore, StackedStore, sha256_digest
from labsite.workspaces.models import Blob
from labsite.workspaces.store import DatabaseStore, RecentBlobs

pytestmark = pytest.mark.django_db


def test_what_is_put_comes_back_in_another_process() -> None:
    digest = DatabaseStore(MemoryStore()).put(b"bytes")
    other = DatabaseStore(MemoryStore())
    assert other.has(digest) and other.get(digest) == b"bytes"
    assert other.fetch([digest, digest]) == {digest: b"bytes"}


def test_the_same_bytes_are_stored_once() -> None:
    one, two = DatabaseStore(MemoryStore()), DatabaseStore(MemoryStore())
    assert one.put(b"same") == two.put(b"same")
    assert Blob.objects.count() == 1


def test_reads_fall_through_to_the_catalogue() -> None:
    beneath = MemoryStore()
    digest = beneath.put(b"base layer")
    store = DatabaseStore(beneath)
    assert store.has(digest) and store.get(digest) == b"base layer"
    assert store.fetch([digest]) == {digest: b"base layer"}
    stack = StackedStore(store)
    stack.put(b"base layer")
    assert not stack.new_blobs


def test_a_missing_blob_is_an_error() -> None:
    store = DatabaseStore(MemoryStore())
    missing = Digest("sha256:" + "0" * 64)
    assert not store.has(missing)
    with pytest.raises(BlobMissing):
        store.get(missing)
    with pytest.raises(BlobMissing):
        store.fetch([missing])


def test_large_blobs_are_stored_compressed() -> None:
    data = b"layer " * 100_000
    DatabaseStore(MemoryStore()).put(data)
    row = Blob.objects.get(pk=sha256_digest(data))
    assert row.size == len(data) and len(row.data) < len(data) // 20


def test_memory_is_bounded_and_the_longest_unused_goes_first() -> None:
    recent = RecentBlobs(100)
    for name in "abcd":
        recent.keep(name, b"x" * 25)
    recent.get("a")
    recent.keep("e", b"x" * 25)
    assert recent.get("a") and recent.get("b") is None and recent.get("e")
    recent.keep("huge", b"x" * 60)
    assert recent.get("huge") is None and recent.get("e")
