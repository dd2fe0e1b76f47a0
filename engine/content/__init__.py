"""Digests, canonical encoding and blob stores: everything stored is a blob named by its sha256."""

from engine.content.canonical import canonical_json
from engine.content.digest import DIGEST_PATTERN, ChainID, DiffID, Digest, ImageID, sha256_digest
from engine.content.store import BlobMissing, BlobStore, MemoryStore, StackedStore

__all__ = [
    "DIGEST_PATTERN",
    "BlobMissing",
    "BlobStore",
    "ChainID",
    "DiffID",
    "Digest",
    "ImageID",
    "MemoryStore",
    "StackedStore",
    "canonical_json",
    "sha256_digest",
]
