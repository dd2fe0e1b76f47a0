"""What registries hold, as one immutable value that several machines can share.

A repository keeps manifests by digest and tags that point at them. Layers travel compressed; their
compressed digest is derived from the DiffID, since nothing is really compressed here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from engine.content import DiffID, Digest, canonical_json, sha256_digest
from engine.errors import EngineError
from engine.image.image import Image, LayerRef

MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG_TYPE = "application/vnd.docker.container.image.v1+json"
LAYER_TYPE = "application/vnd.docker.image.rootfs.diff.tar.gzip"


class RegistryError(EngineError):
    """A registry's refusal, in its words."""


def compressed_digest(diff_id: DiffID) -> Digest:
    """The digest under which a layer travels and which ``docker pull`` prints."""
    return Digest("sha256:" + sha256(f"gzip {diff_id}".encode()).hexdigest())


def compressed_size(layer: LayerRef) -> int:
    """Bytes sent for a layer: about two fifths of it, as real layers shrink, plus gzip's own header."""
    return layer.size * 2 // 5 + 32


@dataclass(frozen=True)
class Manifest:
    """One image as a registry stores it."""

    image: Image

    @property
    def document(self) -> dict[str, Any]:
        """The schema 2 manifest."""
        config = canonical_json(self.image.config_json)
        return {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": {"mediaType": CONFIG_TYPE, "size": len(config), "digest": self.image.id},
            "layers": [
                {
                    "mediaType": LAYER_TYPE,
                    "size": compressed_size(layer),
                    "digest": compressed_digest(layer.diff_id),
                }
                for layer in self.image.layers
            ],
        }

    @property
    def encoded(self) -> bytes:
        """The manifest's bytes; their length is what ``docker push`` prints as size."""
        return canonical_json(self.document)

    @property
    def digest(self) -> Digest:
        """What names this image in a registry."""
        return sha256_digest(self.encoded)


@dataclass(frozen=True)
class Repository:
    """One repository. ``layers`` are the DiffIDs it holds."""

    manifests: Mapping[str, Manifest] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    layers: frozenset[str] = frozenset()
    private: bool = False


@dataclass(frozen=True)
class Hub:
    """All registries of the simulated world. Keys of ``repositories`` are ``host/path``."""

    repositories: Mapping[str, Repository] = field(default_factory=dict)
    accounts: Mapping[str, str] = field(default_factory=dict)
    """User name -> password on Docker Hub."""
    open_hosts: tuple[str, ...] = ()
    """Registries besides Docker Hub that answer, without login (``127.0.0.1:5000``)."""
    offers_catalogue: bool = True
    """Whether Docker Hub has the official images of the catalogue; without them it starts empty."""

    def repository(self, name: str) -> Repository | None:
        """The repository called ``host/path``."""
        return self.repositories.get(name)

    def with_manifest(self, name: str, tag: str, manifest: Manifest) -> "Hub":
        """This hub after a push of ``manifest`` as ``name:tag`` (an empty tag pushes by digest only)."""
        old = self.repositories.get(name, Repository())
        repository = replace(
            old,
            manifests={**old.manifests, manifest.digest: manifest},
            tags={**old.tags, tag: manifest.digest} if tag else old.tags,
            layers=old.layers | {layer.diff_id for layer in manifest.image.layers},
        )
        return replace(self, repositories={**self.repositories, name: repository})

    def holder_of(self, host: str, diff_id: str, user: str) -> str | None:
        """Some other repository of ``host`` that ``user`` may mount the layer from, or None."""
        for name, repository in sorted(self.repositories.items()):
            if name.startswith(host + "/") and diff_id in repository.layers:
                return name
        return None

    def to_json(self) -> dict[str, Any]:
        """The value ``from_json`` reads."""
        return {
            "repositories": {
                name: {
                    "manifests": [manifest.image.to_value() for manifest in repository.manifests.values()],
                    "tags": dict(repository.tags),
                    "layers": sorted(repository.layers),
                    "private": repository.private,
                }
                for name, repository in self.repositories.items()
            },
            "accounts": dict(self.accounts),
            "open_hosts": list(self.open_hosts),
            "offers_catalogue": self.offers_catalogue,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Hub":
        """The hub ``to_json`` wrote."""
        repositories = {}
        for name, stored in value["repositories"].items():
            manifests = [Manifest(Image.from_value(item)) for item in stored["manifests"]]
            repositories[name] = Repository(
                {manifest.digest: manifest for manifest in manifests},
                dict(stored["tags"]),
                frozenset(stored["layers"]),
                stored["private"],
            )
        return cls(
            repositories, dict(value["accounts"]), tuple(value["open_hosts"]), value["offers_catalogue"]
        )
