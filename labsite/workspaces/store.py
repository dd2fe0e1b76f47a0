"""The engine's blob store over the database, with the catalogue's blobs underneath."""

import zlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from functools import cache
from threading import Lock

from engine.content import BlobStore, Digest, sha256_digest
from labsite.workspaces.models import Blob

MEMORY = 64 * 1024 * 1024
"""Bytes of blobs kept in this process."""


class RecentBlobs:
    """The blobs used last, up to ``most`` bytes; blobs never change, so nothing here is ever stale."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self._blobs: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, digest: str) -> bytes | None:
        """The blob, if it is kept."""
        with self._lock:
            data = self._blobs.get(digest)
            if data is not None:
                self._blobs.move_to_end(digest)
            return data

    def keep(self, digest: str, data: bytes) -> None:
        """Keep a blob; the ones used longest ago make room."""
        if len(data) > self._most // 4:
            return
        with self._lock:
            if digest not in self._blobs:
                self._blobs[digest] = data
                self._size += len(data)
            while self._size > self._most:
                self._size -= len(self._blobs.popitem(last=False)[1])


class DatabaseStore:
    """Blobs in the database over a read-only store that is there anyway (the catalogue)."""

    def __init__(self, beneath: BlobStore) -> None:
        self._beneath = beneath
        self._recent = RecentBlobs(MEMORY)

    def get(self, digest: Digest) -> bytes:
        data = self._recent.get(digest)
        if data is not None:
            return data
        row = Blob.objects.filter(pk=digest).values_list("data", flat=True).first()
        if row is None:
            return self._beneath.get(digest)
        data = zlib.decompress(row)
        self._recent.keep(digest, data)
        return data

    def has(self, digest: Digest) -> bool:
        return (
            self._recent.get(digest) is not None
            or self._beneath.has(digest)
            or Blob.objects.filter(pk=digest).exists()
        )

    def put(self, data: bytes) -> Digest:
        digest = sha256_digest(data)
        self.flush({digest: data})
        return digest

    def flush(self, blobs: Mapping[Digest, bytes]) -> None:
        """Store all of ``blobs``; those that somebody stored meanwhile are left as they are."""
        Blob.objects.bulk_create(
            [
                Blob(digest=digest, data=zlib.compress(data, 1), size=len(data))
                for digest, data in blobs.items()
            ],
            ignore_conflicts=True,
            batch_size=50,
        )
        for digest, data in blobs.items():
            self._recent.keep(digest, data)

    def fetch(self, digests: Iterable[str]) -> dict[str, bytes]:
        """Many blobs at once, with one query; raises BlobMissing."""
        found: dict[str, bytes] = {}
        missing: list[str] = []
        for digest in dict.fromkeys(digests):
            data = self._recent.get(digest)
            if data is None:
                missing.append(digest)
            else:
                found[digest] = data
        for digest, row in Blob.objects.filter(pk__in=missing).values_list("digest", "data"):
            found[digest] = zlib.decompress(row)
            self._recent.keep(digest, found[digest])
        for digest in missing:
            if digest not in found:
                found[digest] = self._beneath.get(Digest(digest))
        return found


@cache
def shared_store() -> DatabaseStore:
    """The store of this process."""
    from engine.catalogue.images import CatalogueStore

    return DatabaseStore(CatalogueStore())
