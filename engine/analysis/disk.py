"""What is on the disk once, who pays for it, and what a removal would free."""

from collections.abc import Collection
from dataclasses import dataclass

from engine.analysis.inventory import Inventory, StoredImage
from engine.analysis.stack_tree import LayerRow, layer_rows, users_by_chain
from engine.content import ChainID, DiffID, ImageID


@dataclass(frozen=True, slots=True)
class ImageUsage:
    """One row of ``docker system df -v``: ``size = shared + unique``, all in bytes.

    ``shared`` counts the layers that another listed image contains too (moby, daemon/images).
    """

    id: ImageID
    names: tuple[str, ...]
    size: int
    shared: int
    unique: int
    containers: int
    freed_by_removal: int
    """Bytes that ``docker rmi`` of all its names would free: layers nothing else holds."""


@dataclass(frozen=True, slots=True)
class DiskUsage:
    """The whole machine. ``layers`` is what all layers take, ``drawn`` what the images' sizes add up to."""

    images: tuple[ImageUsage, ...]
    layers: int
    drawn: int
    containers: int
    """Bytes in all read-write layers."""

    @property
    def saved(self) -> int:
        """Bytes that sharing spares."""
        return self.drawn - self.layers


def disk_usage(inventory: Inventory) -> DiskUsage:
    """The disk ledger of the listed images, in their order."""
    listed = inventory.listed
    users = users_by_chain(listed)
    holders = users_by_chain(inventory.images)
    running_on: dict[ImageID, int] = {}
    for container in inventory.containers:
        running_on[container.image] = running_on.get(container.image, 0) + 1
    rows = []
    for stored in listed:
        shared = unique = freed = 0
        leaving = {stored.id, *_unneeded_parents(inventory, stored)}
        for ref, chain_id in zip(stored.image.layers, stored.image.chain_ids, strict=True):
            if len(users[chain_id]) > 1:
                shared += ref.size
            else:
                unique += ref.size
            if set(holders[chain_id]) <= leaving:
                freed += ref.size
        count = running_on.get(stored.id, 0)
        rows.append(
            ImageUsage(
                stored.id, stored.names, stored.image.size, shared, unique, count, 0 if count else freed
            )
        )
    sizes = {
        chain_id: ref.size
        for stored in listed
        for ref, chain_id in zip(stored.image.layers, stored.image.chain_ids, strict=True)
    }
    return DiskUsage(
        images=tuple(rows),
        layers=sum(sizes.values()),
        drawn=sum(row.size for row in rows),
        containers=sum(container.size for container in inventory.containers),
    )


def _unneeded_parents(inventory: Inventory, stored: StoredImage) -> set[ImageID]:
    """The nameless parents that go with an image, as no other image was made from them."""
    children: dict[str, int] = {}
    for item in inventory.images:
        children[item.parent] = children.get(item.parent, 0) + 1
    used = {container.image for container in inventory.containers}
    gone: set[ImageID] = set()
    parent = inventory.by_id.get(ImageID(stored.parent)) if stored.parent else None
    while parent and not parent.names and children[parent.id] == 1 and parent.id not in used | gone:
        gone.add(parent.id)
        parent = inventory.by_id.get(ImageID(parent.parent)) if parent.parent else None
    return gone


@dataclass(frozen=True, slots=True)
class LayerTransfer:
    """One layer of a push or pull and whether its bytes would travel."""

    row: LayerRow
    travels: bool


@dataclass(frozen=True, slots=True)
class Transfer:
    """What a push would send or a pull would fetch; sizes are uncompressed bytes, layers top first."""

    layers: tuple[LayerTransfer, ...]

    @property
    def travelling(self) -> int:
        """Bytes that would travel."""
        return sum(item.row.size for item in self.layers if item.travels)

    @property
    def already_there(self) -> int:
        """Bytes the other side has."""
        return sum(item.row.size for item in self.layers if not item.travels)


def push_transfer(inventory: Inventory, stored: StoredImage, held: Collection[DiffID]) -> Transfer:
    """What pushing an image would send to a repository that holds the layers ``held``."""
    rows = layer_rows(stored.image, inventory.bases, users_by_chain(inventory.listed))
    return Transfer(tuple(LayerTransfer(row, row.diff_id not in held) for row in reversed(rows)))


def pull_transfer(inventory: Inventory, stored: StoredImage) -> Transfer:
    """What pulling an image would fetch: the layers whose ChainID is not on this machine yet."""
    here: set[ChainID] = {chain_id for item in inventory.images for chain_id in item.image.chain_ids}
    rows = layer_rows(stored.image, inventory.bases)
    return Transfer(tuple(LayerTransfer(row, row.chain_id not in here) for row in reversed(rows)))
