"""What the passing of simulated time changes: ages, and package lists that go stale."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.timesince import timesince

from engine import session
from engine.analysis import StoredImage, side_of
from engine.clock import SECOND
from engine.content import BlobStore
from engine.fs import Directory
from engine.machine import Machine

MOST_IMAGES = 12
APT_LISTS = "var/lib/apt/lists"


@dataclass(frozen=True, slots=True)
class Aged:
    """One image: how old it is, and how old the package lists in it are ("" = there are none)."""

    name: str
    before: str
    """Its age before the clock was moved, "" when it was not."""
    age: str
    lists: str
    stale: bool
    """Whether the archive no longer has some of the files the lists name."""
    became_stale: bool


def moment(now: int) -> datetime:
    """An instant of the simulation."""
    return datetime.fromtimestamp(now // SECOND, UTC)


def ages(machine: Machine, before: Machine | None, store: BlobStore) -> Iterator[Aged]:
    """The images built or pulled here, newest first; ``before`` is the machine before time passed."""
    inventory = session.inventory(machine)
    for stored in inventory.listed[:MOST_IMAGES]:
        fetched = _lists_fetched(machine, stored, store)
        stale = fetched is not None and machine.now - fetched > session.PACKAGE_LISTS_STALE_AFTER
        was_stale = (
            before is not None
            and fetched is not None
            and before.now - fetched > session.PACKAGE_LISTS_STALE_AFTER
        )
        yield Aged(
            stored.label,
            _age(stored, before.now) if before else "",
            _age(stored, machine.now),
            timesince(moment(fetched), moment(machine.now), depth=1) if fetched is not None else "",
            stale,
            stale and before is not None and not was_stale,
        )


def _age(stored: StoredImage, now: int) -> str:
    try:
        created = datetime.fromisoformat(stored.image.created)
    except ValueError:
        return ""
    return timesince(created, moment(now), depth=1)


def _lists_fetched(machine: Machine, stored: StoredImage, store: BlobStore) -> int | None:
    """When the newest of an image's apt lists was fetched, in nanoseconds; None when it has none."""
    side = side_of(session.inventory(machine), store, stored.id)
    if side is None or side.tree is None or not isinstance(side.tree.get(APT_LISTS), Directory):
        return None
    nodes = [
        side.tree.get(f"{APT_LISTS}/{name}")
        for name in side.tree.names(APT_LISTS)
        if name.endswith("_InRelease")
    ]
    return max((node.mtime for node in nodes if node is not None), default=None)
