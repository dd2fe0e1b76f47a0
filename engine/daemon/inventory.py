"""The daemon's images and containers as the analyses want them."""

from collections.abc import Mapping
from functools import lru_cache

from engine.analysis.inventory import Inventory, StoredContainer, StoredImage
from engine.content import ChainID, ImageID
from engine.daemon.state import DaemonState
from engine.image.reference import ReferenceError, parse_normalized


def inventory(state: DaemonState, bases: Mapping[ChainID, str] | None = None) -> Inventory:
    """What ``state`` keeps, newest first.

    ``bases`` names well-known stacks; images this daemon pulled, loaded or imported are added to them.
    """
    names: dict[ImageID, list[str]] = {}
    for reference, image_id in state.tags.items():
        names.setdefault(image_id, []).append(familiar(reference))
    records = sorted(
        state.images.values(),
        key=lambda record: (record.image.created, record.stored_at, record.image.id),
        reverse=True,
    )
    known: dict[ChainID, str] = {}
    for record in records:
        image = record.image
        if record.origin in ("pull", "load", "import") and image.layers and image.id in names:
            known[image.chain_ids[-1]] = sorted(names[image.id])[0]
    return Inventory(
        images=tuple(
            StoredImage(
                record.image,
                tuple(sorted(names.get(record.image.id, ()))),
                record.parent,
                tuple(familiar(digest) for digest in record.repo_digests),
            )
            for record in records
        ),
        containers=tuple(
            StoredContainer(item.id, item.name, item.image, item.status, item.upper)
            for item in sorted(
                state.containers.values(), key=lambda item: (item.created, item.id), reverse=True
            )
        ),
        bases={**known, **(bases or {})},
    )


@lru_cache(maxsize=4096)
def familiar(reference: str) -> str:
    """A full reference as ``docker images`` shows it (``busybox:latest``)."""
    try:
        return parse_normalized(reference).familiar
    except ReferenceError:
        return reference
