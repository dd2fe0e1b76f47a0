"""A layer: an immutable, sorted map from path to entry, stored as one blob."""

import json
from base64 import b64decode, b64encode
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any

from engine.content import DiffID, Digest, canonical_json, sha256_digest
from engine.errors import EngineError
from engine.fs.entries import Content, Device, Directory, Entry, File, Hardlink, Symlink, Whiteout


class MalformedLayer(EngineError):
    """A blob that should hold a layer does not."""


def tar_order(path: str) -> str:
    """Sort key: a directory right before its children, names in byte order, as Docker walks a tree."""
    return path.replace("/", "\0")


class Layer:
    """Paths have neither a leading nor a trailing slash; the root itself is never an entry."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self.entries: Mapping[str, Entry] = MappingProxyType(
            {path: entries[path] for path in sorted(entries, key=tar_order)}
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Layer) and dict(self.entries) == dict(other.entries)

    def __hash__(self) -> int:
        return hash(self.digest)

    def __len__(self) -> int:
        return len(self.entries)

    def __repr__(self) -> str:
        return f"Layer({len(self)} entries, {self.size} bytes)"

    @cached_property
    def size(self) -> int:
        """Bytes of regular files, each hard-linked file once: what ``docker history`` shows as SIZE."""
        return sum(entry.content.size for entry in self.entries.values() if isinstance(entry, File))

    @cached_property
    def disk_size(self) -> int:
        """Bytes as Docker's storage driver counts them: ``size`` and the targets of symbolic links.

        What a committed layer's SIZE is, and a container's in ``docker ps -s``; BuildKit counts ``size``.
        """
        links = (entry.target for entry in self.entries.values() if isinstance(entry, Symlink))
        return self.size + sum(len(target.encode("utf-8", "surrogateescape")) for target in links)

    def forget_encoded(self, digest: Digest) -> None:
        """Keep only the blob's ``digest``: the store has the blob, and it is made again when asked for."""
        self.__dict__.pop("encoded", None)
        self.__dict__["digest"] = digest

    @cached_property
    def encoded(self) -> bytes:
        """The blob that stores this layer."""
        return canonical_json([list(_encode(path, entry)) for path, entry in self.entries.items()])

    @cached_property
    def digest(self) -> Digest:
        """Names the blob that stores this layer (not what Docker shows: see ``diff_id``)."""
        return sha256_digest(self.encoded)

    @property
    def diff_id(self) -> DiffID:
        """sha256 of the layer's canonical tar; hashed once per content and remembered by ``digest``."""
        from engine.fs.tar import layer_diff_id

        known = _diff_ids.get(self.digest)
        if known is None:
            known = layer_diff_id(self)
            remember_diff_id(self.digest, known)
        return known

    @classmethod
    def decode(cls, blob: bytes) -> "Layer":
        """The layer stored in ``blob``; raises MalformedLayer."""
        try:
            layer = cls(dict(_decode(row) for row in json.loads(blob)))
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise MalformedLayer(f"not a layer: {error}") from error
        layer.__dict__["encoded"] = blob
        return layer


EMPTY_LAYER = Layer({})

_diff_ids: "OrderedDict[Digest, DiffID]" = OrderedDict()
_DIFF_IDS_KEPT = 20_000


def remember_diff_id(layer: Digest, diff_id: DiffID) -> None:
    """Note a DiffID known from elsewhere (the catalogue ships those of base images)."""
    _diff_ids[layer] = diff_id
    while len(_diff_ids) > _DIFF_IDS_KEPT:
        _diff_ids.popitem(last=False)


def forget_diff_ids() -> None:
    """Forget every DiffID hashed so far (benchmarks measure cold and warm)."""
    _diff_ids.clear()


def _encode(path: str, entry: Entry) -> Iterator[Any]:
    yield path
    match entry:
        case File():
            yield "f"
            yield from (entry.mode, entry.uid, entry.gid, entry.mtime, entry.content.size)
            try:
                yield entry.content.head.decode()
            except UnicodeDecodeError:
                yield [b64encode(entry.content.head).decode()]
            for offset, piece in entry.content.extents:
                yield from (offset, b64encode(piece).decode())
        case Directory():
            yield "o" if entry.opaque else "d"
            yield from (entry.mode, entry.uid, entry.gid, entry.mtime)
        case Symlink():
            yield "l"
            yield from (entry.target, entry.uid, entry.gid, entry.mtime)
        case Hardlink():
            yield "h"
            yield entry.target
        case Device():
            yield "n"
            yield from (entry.kind, entry.major, entry.minor, entry.mode, entry.uid, entry.gid, entry.mtime)
        case Whiteout():
            yield "w"


def _decode(row: list[Any]) -> tuple[str, Entry]:
    path, kind, *rest = row
    match kind:
        case "f":
            mode, uid, gid, mtime, size, head, *pieces = rest
            data = head.encode() if isinstance(head, str) else b64decode(head[0])
            extents = tuple(zip(pieces[::2], map(b64decode, pieces[1::2]), strict=True))
            return path, File(Content(data, size, extents), mode, uid, gid, mtime)
        case "d" | "o":
            mode, uid, gid, mtime = rest
            return path, Directory(mode, uid, gid, mtime, opaque=kind == "o")
        case "l":
            return path, Symlink(*rest)
        case "h":
            return path, Hardlink(*rest)
        case "n":
            return path, Device(*rest)
        case "w":
            return path, Whiteout()
    raise MalformedLayer(f"unknown entry kind {kind!r}")
