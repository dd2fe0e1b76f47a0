"""Base images: what ``docker pull`` of a familiar name gives, with layers made only when they are read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from engine.catalogue.files import DATA, read_json
from engine.clock import SECOND
from engine.content import BlobMissing, DiffID, Digest
from engine.errors import EngineError
from engine.fs import Layer, View
from engine.image.config import ImageConfig
from engine.image.history import History
from engine.image.image import Image, LayerRef

if TYPE_CHECKING:
    from engine.catalogue.contents import Operation

LOCK = "lock.json"


class StaleLock(EngineError):
    """Data and lock file disagree: somebody changed one and not the other."""


@dataclass(frozen=True)
class CatalogueImage:
    """One image of the simulated world.

    ``references`` are familiar ones (``nginx:alpine``), the image's own name first. ``repo_digest`` is what
    ``docker pull`` prints as Digest. ``compressed_sizes`` are bytes to download per layer, bottom first, and
    ``compressed_digests`` the published digests of those downloads.
    """

    references: tuple[str, ...]
    repo_digest: str
    image: Image
    compressed_sizes: tuple[int, ...]
    compressed_digests: tuple[str, ...]


class Catalogue:
    """Every image by familiar reference."""

    def __init__(self) -> None:
        self._lock: dict[str, Any] = read_json(LOCK)
        self._names: dict[str, str] = self._lock["references"]

    def references(self) -> list[str]:
        """Every ``name:tag``, sorted."""
        return sorted(self._names)

    def find(self, reference: str) -> CatalogueImage | None:
        """The image a familiar reference names (``alpine`` means ``alpine:latest``), or None.

        ``docker.io/library/alpine`` and ``alpine@sha256:…`` are understood too.
        """
        name = reference
        for prefix in ("docker.io/", "index.docker.io/", "library/"):
            name = name.removeprefix(prefix)
        name, at, digest = name.partition("@")
        if at:
            bare = name.partition(":")[0]
            for key in self._images_of(bare):
                found = _load(key)
                if found.repo_digest == digest:
                    return found
            return None
        file = self._names.get(name if ":" in name else f"{name}:latest")
        return _load(file) if file else None

    def _images_of(self, name: str) -> list[str]:
        return sorted({file for ref, file in self._names.items() if ref.partition(":")[0] == name})

    def repositories(self) -> list[str]:
        """Every repository name, sorted."""
        return sorted({reference.partition(":")[0] for reference in self._names})

    def __iter__(self) -> Iterator[CatalogueImage]:
        return (_load(file) for file in sorted(set(self._names.values())))


@cache
def catalogue() -> Catalogue:
    """The catalogue; reads one index file now and each image's own file when it is asked for."""
    return Catalogue()


@cache
def _load(file: str) -> CatalogueImage:
    document = read_json(f"images/{file}.json")
    locked: Mapping[str, list[Any]] = read_json(LOCK)["layers"]
    refs = []
    for layer in document["layers"]:
        digest, diff_id, size = locked[short(layer["digest"])]
        refs.append(LayerRef(Digest(digest), DiffID(diff_id), size))
    return CatalogueImage(
        references_of(document),
        document["index_digest"],
        image_of(document, tuple(refs)),
        tuple(layer["compressed_size"] for layer in document["layers"]),
        tuple(layer["digest"] for layer in document["layers"]),
    )


def references_of(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The familiar references an image file claims, its own name first."""
    tags = [document["tag"], *(document.get("aliases") or ()), *(document.get("aliases_substitute") or ())]
    return tuple(f"{document['name']}:{tag}" for tag in dict.fromkeys(tags))


def image_of(document: Mapping[str, Any], layers: tuple[LayerRef, ...]) -> Image:
    """The image an image file describes, over the given layers."""
    return Image(
        config=ImageConfig.from_json(document["config"]),
        history=tuple(History.from_json(row) for row in document["history"]),
        layers=layers,
        created=document["created"],
        os=document["os"],
        architecture=document["arch"],
    )


def short(digest: str) -> str:
    """The first twelve hex digits of a digest: how data files name a published layer."""
    return digest.removeprefix("sha256:")[:12]


# ---------------------------------------------------------------------- layers, made on demand


@dataclass(frozen=True)
class _Recipe:
    file: str
    """The image file that lists the layer."""
    index: int
    """Its position there, bottom first."""


class CatalogueStore:
    """A read-only blob store that holds every catalogue layer: the bottom of each store stack."""

    @cached_property
    def _recipes(self) -> dict[Digest, _Recipe]:
        rows = read_json(LOCK)
        return {
            Digest(digest): _Recipe(*rows["recipes"][name]) for name, (digest, _, _) in rows["layers"].items()
        }

    def get(self, digest: Digest) -> bytes:
        """The blob's bytes; raises BlobMissing, and StaleLock when the data no longer make that blob."""
        recipe = self._recipes.get(digest)
        if recipe is None:
            raise BlobMissing(digest)
        layer = build_layer(recipe.file, recipe.index)
        if layer.digest != digest:
            raise StaleLock(f"catalogue: layer {recipe.index} of {recipe.file} is not what the lock says")
        return layer.encoded

    def has(self, digest: Digest) -> bool:
        """Whether ``get`` would answer."""
        return digest in self._recipes

    def put(self, data: bytes) -> Digest:
        """Never called: the catalogue is the read-only bottom of a stack. Raises EngineError."""
        raise EngineError("the catalogue is read-only")


_BUILT: dict[str, Layer] = {}
_BUILT_KEPT = 24


def build_layer(file: str, index: int) -> Layer:
    """Layer ``index`` (0 = bottom) of the image in ``data/images/FILE.json``, from its recipe."""
    from engine.catalogue.contents import paint

    document = read_json(f"images/{file}.json")
    facts = document["layers"][index]
    name = short(facts["digest"])
    layer = _BUILT.pop(name, None)
    if layer is None:
        view = View.of(build_layer(file, below) for below in range(index))
        layer = paint(view, operations_of(facts), _created(document, index), facts["size"])
    _BUILT[name] = layer
    while len(_BUILT) > _BUILT_KEPT:
        del _BUILT[next(iter(_BUILT))]
    return layer


def operations_of(facts: Mapping[str, Any]) -> "tuple[Operation, ...]":
    """What paints a layer: its own ``content`` lines, or the section named by its digest.

    Raises StaleLock when there is neither.
    """
    from engine.catalogue.contents import parse, sections

    if "content" in facts:
        return parse(facts["content"])
    try:
        return sections()[short(facts["digest"])]
    except KeyError:
        raise StaleLock(f"catalogue: nothing says what layer {short(facts['digest'])} holds") from None


def _created(document: Mapping[str, Any], index: int) -> int:
    rows = [row for row in document["history"] if not row["empty_layer"]]
    text = rows[index]["created"][:19]
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


def image_files() -> list[str]:
    """The names (without ``.json``) of every image file, sorted."""
    return sorted(path.name.removesuffix(".json") for path in (DATA / "images").glob("*.json"))
