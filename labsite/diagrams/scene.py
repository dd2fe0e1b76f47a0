"""What diagrams are drawn from: one machine's images, containers and hub, and what to look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from engine.analysis import BuildGraph, Comparison, Inventory, Stacks, StoredImage, stacks
from engine.content import BlobStore
from engine.image.image import Image
from engine.machine import Machine
from engine.session import inventory


@dataclass(frozen=True)
class Scene:
    """The part of a machine that diagrams show. A lesson can make one by hand."""

    inventory: Inventory
    store: BlobStore
    hub: Any = None
    """`engine.registry.Hub`, or None when there is nothing to show of it."""

    @classmethod
    def of(cls, machine: Machine, store: BlobStore) -> "Scene":
        """The scene of a learner's machine."""
        return cls(inventory(machine), store, machine.hub)

    @cached_property
    def stacks(self) -> Stacks:
        """All stacks as one tree."""
        return stacks(self.inventory, self.store)

    def held_layers(self, name: str) -> frozenset[str]:
        """DiffIDs that the registry of an image name holds in any of its repositories."""
        if self.hub is None:
            return frozenset()
        host = registry_host(name)
        held: set[str] = set()
        for repository, content in self.hub.repositories.items():
            if repository.partition("/")[0] == host:
                held |= content.layers
        return frozenset(held)

    def at_hub(self, only: str = "") -> "Scene":
        """The images of the registries as a scene of their own; ``only`` keeps one repository."""
        names: dict[str, list[str]] = {}
        images: dict[str, Image] = {}
        for repository, content in sorted((self.hub.repositories if self.hub else {}).items()):
            shown = repository.removeprefix("docker.io/").removeprefix("library/")
            if only and only.partition(":")[0] not in (repository, shown):
                continue
            for tag, digest in sorted(content.tags.items()):
                image = content.manifests[digest].image
                images[image.id] = image
                names.setdefault(image.id, []).append(f"{shown}:{tag}")
        stored = tuple(StoredImage(images[image_id], tuple(found)) for image_id, found in names.items())
        return Scene(Inventory(stored, (), self.inventory.bases), self.store)


def registry_host(name: str) -> str:
    """The registry an image name belongs to: ``docker.io`` unless the first part is a host."""
    first, slash, _rest = name.partition("/")
    is_host = slash and ("." in first or ":" in first or first == "localhost")
    return first if is_host else "docker.io"


@dataclass(frozen=True, slots=True)
class Focus:
    """What to look at; each kind of diagram reads the fields it knows."""

    selected: str = ""
    """ChainID or container id whose slab is marked."""
    images: tuple[str, ...] = ()
    """Names or ids of the images to show; empty = all."""
    unfolded: frozenset[str] = frozenset()
    """Keys of folded runs that are open (see `Links.unfold`); ``*`` opens all."""
    marks: Mapping[str, str] = field(default_factory=dict, hash=False)
    """ChainID -> ``reused``, ``rebuilt`` or ``new``: what the latest build did."""
    build: BuildGraph | None = None
    """The build to draw, or to predict in the stack."""
    paths: tuple[str, ...] = ()
    """Overlay: the paths to look up."""
    top: str = ""
    """Overlay: the container or image that looks."""
    peeled: int = 0
    """Overlay: how many layers are taken off the top."""
    comparison: Comparison | None = None
    """Before/after: the two sides."""
    repository: str = ""
    """Hub: the repository to show alone."""
