"""Blob stores: where bytes live, named by their digest."""

from collections.abc import Mapping
from typing import Protocol

from engine.content.digest import Digest, sha256_digest


class BlobMissing(KeyError):
    """No store holds the blob that a value names: the store is broken, not the learner's doing."""


class BlobStore(Protocol):
    """Reads blobs by digest and keeps new ones."""

    def get(self, digest: Digest) -> bytes:
        """The blob's bytes; raises BlobMissing."""
        ...

    def has(self, digest: Digest) -> bool:
        """Whether ``get`` would answer."""
        ...

    def put(self, data: bytes) -> Digest:
        """Keep ``data`` and return its digest."""
        ...


class MemoryStore:
    """Blobs in a dictionary."""

    def __init__(self, blobs: Mapping[Digest, bytes] | None = None) -> None:
        self._blobs: dict[Digest, bytes] = dict(blobs or {})

    def get(self, digest: Digest) -> bytes:
        try:
            return self._blobs[digest]
        except KeyError:
            raise BlobMissing(digest) from None

    def has(self, digest: Digest) -> bool:
        return digest in self._blobs

    def put(self, data: bytes) -> Digest:
        digest = sha256_digest(data)
        self._blobs.setdefault(digest, data)
        return digest


class StackedStore:
    """Copy-on-write over another store: reads fall through, writes stay here until they are flushed."""

    def __init__(self, lower: BlobStore) -> None:
        self._lower = lower
        self._new: dict[Digest, bytes] = {}

    @property
    def new_blobs(self) -> Mapping[Digest, bytes]:
        """What was put here and is not in the lower store, in the order it was put."""
        return self._new

    def get(self, digest: Digest) -> bytes:
        found = self._new.get(digest)
        return self._lower.get(digest) if found is None else found

    def has(self, digest: Digest) -> bool:
        return digest in self._new or self._lower.has(digest)

    def put(self, data: bytes) -> Digest:
        digest = sha256_digest(data)
        if digest not in self._new and not self._lower.has(digest):
            self._new[digest] = data
        return digest
