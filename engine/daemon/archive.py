"""save, load, import and export: images and containers as archives that real tools read.

``docker save`` writes an OCI image layout with Docker's ``manifest.json`` beside it, as Docker 25 and
later do (OCI image-layout.md). ``docker load`` reads both, also gzip-compressed.
"""

import json
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from engine.clock import rfc3339
from engine.content import Digest, ImageID, canonical_json, sha256_digest
from engine.daemon.daemon import Daemon
from engine.daemon.errors import DaemonError
from engine.daemon.state import Container
from engine.errors import EngineError
from engine.fs import (
    Content,
    ContentReader,
    Directory,
    Entry,
    Layer,
    MalformedTar,
    read_tar,
    tar_chunks,
    tar_size,
)
from engine.image.config import ImageConfig
from engine.image.history import History
from engine.image.image import Image, load_layer, store_layer
from engine.image.reference import ReferenceError, parse_normalized

OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
MAX_UNPACKED = 512 * 1024 * 1024
"""Bytes a compressed archive may unpack to."""
_MAX_DOCUMENT = 4 * 1024 * 1024


# ---------------------------------------------------------------------- save


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    size: int
    chunks: Iterable[bytes]


def save(daemon: Daemon, names: Iterable[str]) -> Content:
    """``docker save``: an archive of the named images, layers shared between them stored once.

    Raises NotFound, DaemonError for an image without layers.
    """
    wanted: dict[ImageID, list[str]] = {}
    for name in names:
        identity = daemon.find_image(name)
        reference = daemon.find_reference(name)
        wanted.setdefault(identity, []).extend([reference] if reference else [])
    return Content.sparse(_archive_chunks(daemon, wanted))


def _archive_chunks(daemon: Daemon, wanted: dict[ImageID, list[str]]) -> Iterator[bytes]:
    blobs: dict[Digest, _Member] = {}
    index: list[dict[str, Any]] = []
    docker: list[dict[str, Any]] = []
    repositories: dict[str, dict[str, str]] = {}
    for identity, references in wanted.items():
        image = daemon.state.images[identity].image
        if not image.layers:
            raise DaemonError("empty export - not implemented")
        config = canonical_json(image.config_json)
        _add_blob(blobs, Digest(identity), len(config), (config,))
        layers = []
        for ref in image.layers:
            layer = load_layer(daemon.store, ref)
            size = tar_size(layer)
            _add_blob(blobs, Digest(ref.diff_id), size, tar_chunks(layer))
            layers.append({"mediaType": OCI_LAYER, "digest": ref.diff_id, "size": size})
        manifest = canonical_json(
            {
                "schemaVersion": 2,
                "mediaType": OCI_MANIFEST,
                "config": {"mediaType": OCI_CONFIG, "digest": identity, "size": len(config)},
                "layers": layers,
            }
        )
        manifest_digest = sha256_digest(manifest)
        _add_blob(blobs, manifest_digest, len(manifest), (manifest,))
        descriptor = {"mediaType": OCI_MANIFEST, "digest": manifest_digest, "size": len(manifest)}
        for reference in references:
            tagged = parse_normalized(reference)
            names = {
                "io.containerd.image.name": reference,
                "org.opencontainers.image.ref.name": tagged.tag or "",
            }
            index.append({**descriptor, "annotations": names})
            top = image.layers[-1].diff_id.removeprefix("sha256:")
            repositories.setdefault(tagged.familiar_name, {})[tagged.tag or ""] = top
        if not references:
            index.append(descriptor)
        docker.append(
            {
                "Config": _blob_path(Digest(identity)),
                "RepoTags": [parse_normalized(reference).familiar for reference in references] or None,
                "Layers": [_blob_path(Digest(ref.diff_id)) for ref in image.layers],
            }
        )
    for name in ("blobs", "blobs/sha256"):
        yield _tar_header(name + "/", 0, tarfile.DIRTYPE)
    for digest in sorted(blobs):
        yield from _tar_member(blobs[digest])
    documents = {
        "index.json": {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": index},
        "manifest.json": docker,
        "oci-layout": {"imageLayoutVersion": "1.0.0"},
        "repositories": repositories,
    }
    for name, document in documents.items():
        if document:
            data = canonical_json(document)
            yield from _tar_member(_Member(name, len(data), (data,)))
    yield bytes(1024)


def _add_blob(blobs: dict[Digest, _Member], digest: Digest, size: int, chunks: Iterable[bytes]) -> None:
    blobs.setdefault(digest, _Member(_blob_path(digest), size, chunks))


def _blob_path(digest: Digest) -> str:
    return "blobs/" + digest.replace(":", "/")


def _tar_header(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    info.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _tar_member(member: _Member) -> Iterator[bytes]:
    yield _tar_header(member.name, member.size)
    yield from member.chunks
    if member.size % 512:
        yield bytes(512 - member.size % 512)


# ---------------------------------------------------------------------- load


class NotAnArchive(DaemonError):
    """The bytes hold no image archive."""


def gunzipped(content: Content) -> Content:
    """``content`` unpacked when it is gzip, as it is otherwise. Raises NotAnArchive when it is too big."""
    if not content.head.startswith(b"\x1f\x8b"):
        return content
    return Content.sparse(_inflate(content))


def _inflate(content: Content) -> Iterator[bytes]:
    inflater = zlib.decompressobj(wbits=31)
    total = 0
    try:
        for chunk in content.chunks():
            pending = chunk
            while pending:
                piece = inflater.decompress(pending, 1 << 16)
                pending = inflater.unconsumed_tail
                total += len(piece)
                if total > MAX_UNPACKED:
                    raise NotAnArchive(f"the archive unpacks to more than {MAX_UNPACKED:,} bytes")
                if piece:
                    yield piece
                if inflater.eof:
                    return
    except zlib.error as error:
        raise NotAnArchive("gzip: invalid header") from error


class _Archive:
    """Members of an image archive by name."""

    def __init__(self, content: Content) -> None:
        self._content = gunzipped(content)
        self._members: dict[str, tuple[int, int]] = {}
        try:
            with tarfile.open(fileobj=ContentReader(self._content), mode="r:") as archive:
                for member in archive:
                    if len(self._members) > 10_000:
                        raise NotAnArchive("too many members")
                    if member.isfile():
                        name = member.name.removeprefix("./")
                        self._members[name] = (member.offset_data, member.size)
        except (tarfile.TarError, ValueError, EOFError, OverflowError) as error:
            raise NotAnArchive("unexpected EOF") from error

    def has(self, name: str) -> bool:
        return name in self._members

    def document(self, name: str) -> Any:
        """A JSON member. Raises NotAnArchive."""
        offset, size = self._find(name)
        if size > _MAX_DOCUMENT:
            raise NotAnArchive(f"{name} is too large")
        try:
            return json.loads(ContentReader(self._content, offset, size).read())
        except (ValueError, RecursionError) as error:
            raise NotAnArchive(f"invalid character in {name}") from error

    def raw(self, name: str) -> Content:
        """A member's bytes."""
        offset, size = self._find(name)
        reader = ContentReader(self._content, offset, size)
        return Content.sparse(iter(lambda: reader.read(1 << 16), b""))

    def _find(self, name: str) -> tuple[int, int]:
        try:
            return self._members[name]
        except KeyError:
            raise NotAnArchive(f"open {name}: no such file or directory") from None


def load(daemon: Daemon, content: Content) -> list[str]:
    """``docker load``: the lines it prints. Raises NotAnArchive."""
    archive = _Archive(content)
    lines: list[str] = []
    for config_name, layer_names, references in _listed_images(archive):
        image = _image_from(daemon, archive, config_name, layer_names)
        identity = daemon.add_image(image, origin="load")
        daemon.log("image", "load", identity)
        for reference in references:
            try:
                tagged = parse_normalized(reference).tagged()
            except ReferenceError as error:
                raise NotAnArchive(str(error)) from error
            daemon.tag(identity, str(tagged), announced=False)
            lines.append(f"Loaded image: {tagged.familiar}")
        if not references:
            lines.append(f"Loaded image ID: {identity}")
    return lines


def archive_layers(content: Content) -> list[list[Layer]]:
    """The layers of every image in an archive, bottom first. Raises NotAnArchive."""
    archive = _Archive(content)
    return [
        [_read_layer(archive, name) for name in layer_names] for _, layer_names, _ in _listed_images(archive)
    ]


def _read_layer(archive: _Archive, name: str) -> Layer:
    try:
        return read_tar(ContentReader(gunzipped(archive.raw(name))))  # type: ignore[arg-type]
    except MalformedTar as error:
        raise NotAnArchive(str(error)) from error


def _listed_images(archive: _Archive) -> Iterator[tuple[str, list[str], list[str]]]:
    """(config member, layer members, references) of each image."""
    try:
        if archive.has("manifest.json"):
            for item in archive.document("manifest.json"):
                yield item["Config"], list(item["Layers"]), list(item.get("RepoTags") or ())
            return
        if not archive.has("index.json"):
            raise NotAnArchive("open manifest.json: no such file or directory")
        for descriptor in archive.document("index.json")["manifests"]:
            manifest = archive.document(_blob_path(descriptor["digest"]))
            names = descriptor.get("annotations") or {}
            reference = names.get("io.containerd.image.name")
            yield (
                _blob_path(manifest["config"]["digest"]),
                [_blob_path(layer["digest"]) for layer in manifest["layers"]],
                [reference] if isinstance(reference, str) else [],
            )
    except (KeyError, TypeError, AttributeError) as error:
        raise NotAnArchive("invalid manifest") from error


def _image_from(daemon: Daemon, archive: _Archive, config_name: str, layer_names: list[str]) -> Image:
    document = archive.document(config_name)
    refs = [store_layer(daemon.store, _read_layer(archive, name)) for name in layer_names]
    try:
        image = Image(
            config=ImageConfig.from_json(document.get("config") or {}),
            history=tuple(History.from_json(row) for row in document.get("history") or ()),
            layers=tuple(refs),
            created=str(document.get("created", "")),
            author=str(document.get("author", "")),
            os=str(document.get("os", "linux")),
            architecture=str(document.get("architecture", "amd64")),
        )
        image.validate()
    except (EngineError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotAnArchive("invalid image configuration") from error
    return image


# ---------------------------------------------------------------------- import, export


def import_image(
    daemon: Daemon, content: Content, reference: str, message: str, source: str, config: ImageConfig
) -> ImageID:
    """``docker import``: a one-layer image of a file system tar. Raises NotAnArchive."""
    try:
        layer = read_tar(ContentReader(gunzipped(content)))  # type: ignore[arg-type]
    except MalformedTar as error:
        raise NotAnArchive("archive/tar: invalid tar header") from error
    created = rfc3339(daemon.clock.now)
    comment = message or f"Imported from {source}"
    image = Image(
        config=config,
        history=(History(created, "", comment=comment),),
        layers=(store_layer(daemon.store, layer),),
        created=created,
    )
    identity = daemon.add_image(image, origin="import", comment=comment)
    if reference:
        daemon.tag(identity, reference)
    daemon.log("image", "import", identity)
    return identity


def export(daemon: Daemon, container: Container) -> Content:
    """``docker export``: the container's files as one tar, volumes left out."""
    entries: dict[str, Entry] = dict(daemon.tree(container).flattened().entries)
    daemon.budget.step(len(entries))
    for path in ("dev", "proc", "sys", "etc"):
        entries.setdefault(path, Directory())
    return Content.sparse(tar_chunks(Layer(entries)))
