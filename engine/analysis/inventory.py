"""What the analyses look at: the images and containers of one machine, as plain values.

The daemon makes an `Inventory` of its state; a test or a lesson can make one by hand. Nothing here is
Docker's own: it is the part of a machine that layers, sizes and sharing depend on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from engine.content import ChainID, ImageID
from engine.image.image import Image, LayerRef


@dataclass(frozen=True)
class StoredImage:
    """An image a machine keeps, with the names that point at it (familiar form, ``busybox:latest``)."""

    image: Image
    names: tuple[str, ...] = ()
    parent: str = ""
    """ImageID it was made from on this machine (classic builder, commit), "" when unknown."""
    digests: tuple[str, ...] = ()
    """``repository@sha256:…`` under which a registry holds it."""

    @property
    def id(self) -> ImageID:
        """The image's ID."""
        return self.image.id

    @property
    def label(self) -> str:
        """Its first name, or its short ID when nothing points at it."""
        return self.names[0] if self.names else short_id(self.id)


@dataclass(frozen=True, slots=True)
class StoredContainer:
    """A container a machine keeps. ``upper`` names its read-write layer (None = nothing written)."""

    id: str
    name: str
    image: ImageID
    status: str = "running"
    upper: LayerRef | None = None

    @property
    def running(self) -> bool:
        """Whether its main process is alive (a paused one counts)."""
        return self.status in ("running", "paused", "restarting")

    @property
    def size(self) -> int:
        """Bytes in the read-write layer."""
        return self.upper.size if self.upper else 0


@dataclass(frozen=True)
class Inventory:
    """Images and containers of a machine, newest first; ``bases`` names well-known stacks by ChainID."""

    images: tuple[StoredImage, ...] = ()
    containers: tuple[StoredContainer, ...] = ()
    bases: Mapping[ChainID, str] = field(default_factory=dict)
    """Top ChainID of an image that came from outside -> its familiar name."""

    @cached_property
    def listed(self) -> tuple[StoredImage, ...]:
        """The images ``docker images`` lists without ``-a``: named, or not the parent of another one."""
        parents = {stored.parent for stored in self.images}
        return tuple(
            stored for stored in self.images if stored.names or stored.digests or stored.id not in parents
        )

    @cached_property
    def by_id(self) -> Mapping[ImageID, StoredImage]:
        """Every image by its ID."""
        return {stored.id: stored for stored in self.images}

    def find_image(self, name: str) -> StoredImage | None:
        """The image with this familiar name, ID, or unambiguous beginning of an ID; else None."""
        wanted = name.removeprefix("sha256:")
        if not wanted:
            return None
        found: list[StoredImage] = []
        for stored in self.images:
            if name in stored.names or f"{name}:latest" in stored.names:
                return stored
            if stored.id.removeprefix("sha256:").startswith(wanted):
                found.append(stored)
        return found[0] if len(found) == 1 else None

    def find_container(self, name: str) -> StoredContainer | None:
        """The container with this name, ID, or unambiguous beginning of an ID; else None."""
        if not name:
            return None
        found = [item for item in self.containers if item.id.startswith(name)]
        for container in self.containers:
            if name in (container.name, container.id):
                return container
        return found[0] if len(found) == 1 else None

    def base_of(self, image: Image) -> tuple[int, str]:
        """How many of the image's layers came with a base image, and that image's name (0, "" = none)."""
        return base_of(image.chain_ids, self.bases)


def base_of(chain: Sequence[ChainID], bases: Mapping[ChainID, str]) -> tuple[int, str]:
    """The longest beginning of ``chain`` that is a known image: its length and name (0, "" = none)."""
    for position in range(len(chain), 0, -1):
        name = bases.get(chain[position - 1])
        if name is not None:
            return position, name
    return 0, ""


def short_id(digest: str) -> str:
    """The first twelve hex digits, as Docker shows ids."""
    return digest.removeprefix("sha256:")[:12]
