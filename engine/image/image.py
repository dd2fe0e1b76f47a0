"""An image: configuration, history and a stack of layers, named by the digest of its config JSON."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import Any

from engine.content import BlobStore, ChainID, DiffID, Digest, ImageID, canonical_json, sha256_digest
from engine.errors import EngineError
from engine.fs import Layer, View, remember_diff_id
from engine.image.config import ImageConfig
from engine.image.history import History


@dataclass(frozen=True, slots=True)
class LayerRef:
    """A layer by name: ``digest`` finds its blob, ``diff_id`` is what Docker shows, ``size`` is in bytes."""

    digest: Digest
    diff_id: DiffID
    size: int

    @classmethod
    def of(cls, layer: Layer) -> "LayerRef":
        """Name ``layer`` (hashes its tar unless its DiffID is known already)."""
        return cls(layer.digest, layer.diff_id, layer.size)


def chain_ids(diff_ids: Sequence[DiffID]) -> tuple[ChainID, ...]:
    """The ChainID of every prefix of a stack, bottom first (OCI image-spec, config.md, "Layer ChainID")."""
    chain: list[ChainID] = []
    for diff_id in diff_ids:
        chain.append(chain_id_on(chain[-1] if chain else None, diff_id))
    return tuple(chain)


def chain_id_on(below: ChainID | None, diff_id: DiffID) -> ChainID:
    """The ChainID of a layer on top of the stack ``below`` (None: it is the first one)."""
    if below is None:
        return ChainID(diff_id)
    return ChainID("sha256:" + sha256(f"{below} {diff_id}".encode()).hexdigest())


class BrokenImage(EngineError):
    """An image whose history and layers contradict each other."""


@dataclass(frozen=True)
class Image:
    """What ``docker image inspect`` describes. ``created`` is RFC 3339 text, as in the config JSON."""

    config: ImageConfig
    history: tuple[History, ...] = ()
    layers: tuple[LayerRef, ...] = ()
    created: str = ""
    author: str = ""
    os: str = "linux"
    architecture: str = "amd64"
    variant: str = ""

    @cached_property
    def config_json(self) -> dict[str, Any]:
        """The OCI image config document (image-spec, config.md)."""
        document: dict[str, Any] = {
            "architecture": self.architecture,
            "config": self.config.to_json(),
            "history": [row.to_json() for row in self.history],
            "os": self.os,
            "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in self.layers]},
        }
        for key in ("created", "author", "variant"):
            if value := getattr(self, key):
                document[key] = value
        return document

    @cached_property
    def id(self) -> ImageID:
        """The image ID: digest of the config JSON."""
        return ImageID(sha256_digest(canonical_json(self.config_json)))

    @property
    def size(self) -> int:
        """Bytes in all layers, shared or not."""
        return sum(layer.size for layer in self.layers)

    @cached_property
    def chain_ids(self) -> tuple[ChainID, ...]:
        """The ChainID up to each layer, bottom first."""
        return chain_ids([layer.diff_id for layer in self.layers])

    def validate(self) -> None:
        """Raise BrokenImage unless each non-empty history row has its layer."""
        rows = sum(1 for row in self.history if not row.empty_layer)
        if self.history and rows != len(self.layers):
            raise BrokenImage(f"{rows} history rows with a layer, {len(self.layers)} layers")

    def with_layer(self, layer: LayerRef, row: History) -> "Image":
        """This image with one more layer on top and the history row that explains it."""
        return replace(self, layers=(*self.layers, layer), history=(*self.history, row), created=row.created)

    # ------------------------------------------------------------------ storing

    def to_value(self) -> dict[str, Any]:
        """A JSON value that ``from_value`` understands: the config plus where the layers' blobs are."""
        return {"config": self.config_json, "layers": [[layer.digest, layer.size] for layer in self.layers]}

    @classmethod
    def from_value(cls, value: dict[str, Any]) -> "Image":
        """The image stored by ``to_value``."""
        document = value["config"]
        diff_ids = document["rootfs"]["diff_ids"]
        return cls(
            config=ImageConfig.from_json(document.get("config") or {}),
            history=tuple(History.from_json(row) for row in document.get("history", ())),
            layers=tuple(
                LayerRef(Digest(digest), DiffID(diff_id), size)
                for (digest, size), diff_id in zip(value["layers"], diff_ids, strict=True)
            ),
            created=document.get("created", ""),
            author=document.get("author", ""),
            os=document.get("os", "linux"),
            architecture=document.get("architecture", "amd64"),
            variant=document.get("variant", ""),
        )


_layers: dict[Digest, Layer] = {}
_LAYERS_KEPT, _ENTRIES_KEPT = 256, 100_000
"""How many decoded layers are remembered, and how many entries in them."""


def load_layer(store: BlobStore, ref: LayerRef) -> Layer:
    """The layer ``ref`` names; decoded layers are kept for a while, since they never change."""
    layer = _layers.pop(ref.digest, None)
    if layer is None:
        layer = Layer.decode(store.get(ref.digest))
        layer.forget_encoded(ref.digest)
        if ref.diff_id:
            remember_diff_id(ref.digest, ref.diff_id)
    else:
        _kept.entries -= len(layer.entries)
    _layers[ref.digest] = layer
    _kept.entries += len(layer.entries)
    while len(_layers) > 1 and (len(_layers) > _LAYERS_KEPT or _kept.entries > _ENTRIES_KEPT):
        _kept.entries -= len(_layers.pop(next(iter(_layers))).entries)
    return layer


class _Kept:
    entries = 0


_kept = _Kept()


def store_layer(store: BlobStore, layer: Layer) -> LayerRef:
    """Keep ``layer`` as one blob and name it."""
    store.put(layer.encoded)
    return LayerRef.of(layer)


def store_changes(store: BlobStore, layer: Layer) -> LayerRef:
    """Keep a read-write layer; its DiffID stays empty until it becomes a layer of an image."""
    store.put(layer.encoded)
    return LayerRef(layer.digest, DiffID(""), layer.size)


def load_view(store: BlobStore, layers: Sequence[LayerRef]) -> View:
    """The merged view of a stack, bottom first."""
    return View.of(load_layer(store, ref) for ref in layers)
