"""The build cache: records of steps already done, as one immutable value.

A record's ``key`` is a digest of everything the step depends on: the key of the step below and its own
``parts``. The parts are kept, so that a step that finds no record can be told what changed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import Any

from engine.content import ChainID, DiffID, Digest, canonical_json
from engine.image.image import LayerRef, chain_id_on

REGULAR = "regular"
LOCAL_SOURCE = "source.local"
CACHE_MOUNT = "exec.cachemount"

Parts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CacheRecord:
    """One thing the builder keeps.

    ``parent`` is the id of the record below ("" = none). ``kind`` is BuildKit's record type. ``layers``
    are those this record adds: the whole stack for an image, one or none for a step. ``quick_key`` is the
    key by definitions alone (see the solver). ``blob`` names a stored value: the manifest of what a COPY
    read, or the files of a context, download or cache mount; ``size`` counts bytes of files, times are ns.
    """

    id: str
    key: str
    kind: str
    description: str
    created: int
    last_used: int
    usage: int = 1
    parent: str = ""
    layers: tuple[LayerRef, ...] = ()
    size: int = 0
    parts: Parts = ()
    quick_key: str = ""
    blob: str = ""
    has_layer: bool = True

    @property
    def mutable(self) -> bool:
        """Whether later builds write into it (a star after its id in listings)."""
        return self.kind in (LOCAL_SOURCE, CACHE_MOUNT)

    def part(self, name: str) -> str | None:
        """The value of one part of its key, None when there is none of that name."""
        return next((value for key, value in self.parts if key == name), None)

    def to_json(self) -> dict[str, Any]:
        """The value ``from_json`` reads; empty fields are left out."""
        value: dict[str, Any] = {
            "id": self.id,
            "key": self.key,
            "kind": self.kind,
            "description": self.description,
            "created": self.created,
            "last_used": self.last_used,
            "usage": self.usage,
        }
        for name in ("parent", "size", "quick_key", "blob"):
            if stored := getattr(self, name):
                value[name] = stored
        if self.layers:
            value["layers"] = [[ref.digest, ref.diff_id, ref.size] for ref in self.layers]
        if self.parts:
            value["parts"] = [list(part) for part in self.parts]
        if not self.has_layer:
            value["has_layer"] = False
        return value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "CacheRecord":
        """The record ``to_json`` wrote."""
        rest = {name: item for name, item in value.items() if name not in ("layers", "parts")}
        return cls(
            **rest,
            layers=tuple(LayerRef(Digest(a), DiffID(b), size) for a, b, size in value.get("layers", ())),
            parts=tuple((name, item) for name, item in value.get("parts", ())),
        )


@dataclass(frozen=True)
class BuildCacheState:
    """Every record, oldest first. ``serial`` counts the records ever made.

    ``manifests`` names, by the checksum the classic builder puts into an image's history, the manifest
    of what was copied: its cache is the images themselves, which cannot say which file changed.
    """

    records: tuple[CacheRecord, ...] = ()
    serial: int = 0
    manifests: tuple[tuple[str, str], ...] = ()

    @cached_property
    def by_id(self) -> Mapping[str, CacheRecord]:
        """Records by id."""
        return {record.id: record for record in self.records}

    @cached_property
    def by_key(self) -> Mapping[str, CacheRecord]:
        """Records by key; the newest wins."""
        return {record.key: record for record in self.records}

    @cached_property
    def by_quick_key(self) -> Mapping[str, CacheRecord]:
        """Records by quick key, for those that have one; the one used last wins."""
        found = [record for record in self.records if record.quick_key]
        return {record.quick_key: record for record in sorted(found, key=lambda one: one.last_used)}

    @cached_property
    def children(self) -> Mapping[str, tuple[CacheRecord, ...]]:
        """Records by the id of the record below them."""
        found: dict[str, list[CacheRecord]] = {}
        for record in self.records:
            found.setdefault(record.parent, []).append(record)
        return {parent: tuple(records) for parent, records in found.items()}

    def stack(self, record: CacheRecord) -> tuple[LayerRef, ...]:
        """All layers up to and including the record's, bottom first."""
        pieces: list[tuple[LayerRef, ...]] = []
        here: CacheRecord | None = record
        while here is not None:
            pieces.append(here.layers)
            here = self.by_id.get(here.parent)
        return tuple(ref for piece in reversed(pieces) for ref in piece)

    def to_json(self) -> dict[str, Any]:
        """The value ``from_json`` reads."""
        return {
            "serial": self.serial,
            "records": [record.to_json() for record in self.records],
            "manifests": [list(pair) for pair in self.manifests],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "BuildCacheState":
        """The state ``to_json`` wrote; an empty mapping is an empty cache."""
        return cls(
            tuple(CacheRecord.from_json(record) for record in value.get("records", ())),
            value.get("serial", 0),
            tuple((checksum, blob) for checksum, blob in value.get("manifests", ())),
        )

    def with_manifest(self, checksum: str, blob: str) -> "BuildCacheState":
        """This state with one more manifest; the last 100 are kept."""
        others = tuple(pair for pair in self.manifests if pair[0] != checksum)
        return replace(self, manifests=(*others[-99:], (checksum, blob)))


@dataclass
class CacheWriter:
    """The cache during one build: reads the state it started from and what was added since."""

    state: BuildCacheState
    _new: dict[str, CacheRecord] = field(default_factory=dict)
    _serial: int = 0
    _changed: bool = False

    def __post_init__(self) -> None:
        self._new = dict(self.state.by_id)
        self._keys = dict(self.state.by_key)
        self._quick = dict(self.state.by_quick_key)
        self._serial = self.state.serial

    def find(self, key: str) -> CacheRecord | None:
        """The record of that key."""
        return self._keys.get(key)

    def find_quick(self, quick_key: str) -> CacheRecord | None:
        """The record of that quick key."""
        return self._quick.get(quick_key) if quick_key else None

    def get(self, identity: str) -> CacheRecord | None:
        """The record of that id."""
        return self._new.get(identity)

    def records(self) -> Iterable[CacheRecord]:
        """All records, oldest first."""
        return self._new.values()

    def stack(self, record: CacheRecord) -> tuple[LayerRef, ...]:
        """All layers up to and including the record's, bottom first."""
        pieces: list[tuple[LayerRef, ...]] = []
        here: CacheRecord | None = record
        while here is not None:
            pieces.append(here.layers)
            here = self._new.get(here.parent)
        return tuple(ref for piece in reversed(pieces) for ref in piece)

    def use(self, record: CacheRecord, now: int) -> CacheRecord:
        """Note that a record served again."""
        return self.store(replace(record, last_used=now, usage=record.usage + 1))

    def new_id(self, key: str) -> str:
        """A fresh 25-character id, as BuildKit's look."""
        self._serial += 1
        number = int(sha256(f"{self._serial} {key}".encode()).hexdigest(), 16)
        letters: list[str] = []
        for _ in range(_ID_LENGTH):
            number, digit = divmod(number, len(_ID_DIGITS))
            letters.append(_ID_DIGITS[digit])
        return "".join(letters)

    def store(self, record: CacheRecord) -> CacheRecord:
        """Add a record, or replace the one of its id."""
        self._changed = True
        self._new[record.id] = record
        self._keys[record.key] = record
        if record.quick_key:
            self._quick[record.quick_key] = record
        return record

    def discard(self, record: CacheRecord) -> None:
        """Forget a record that nothing else stands on."""
        self._changed = True
        self._new.pop(record.id, None)
        if self._keys.get(record.key) is record:
            del self._keys[record.key]

    def freeze(self) -> BuildCacheState:
        """The cache as it is now."""
        if not self._changed:
            return self.state
        return replace(self.state, records=tuple(self._new.values()), serial=self._serial)


_ID_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_ID_LENGTH = 25


def key_of(parent_key: str, parts: Iterable[tuple[str, str]]) -> str:
    """The digest that names a step's result: what it builds upon, and its own parts."""
    return sha256(canonical_json([parent_key, *[list(part) for part in parts]])).hexdigest()


# ---------------------------------------------------------------- usage and pruning


@dataclass(frozen=True, slots=True)
class CacheUsage:
    """One row of ``docker buildx du``: ``shared`` with an image, ``in_use`` by a build going on."""

    record: CacheRecord
    shared: bool
    in_use: bool = False


def usage(state: BuildCacheState, image_chains: Iterable[ChainID]) -> tuple[CacheUsage, ...]:
    """Every record with whether some image on this machine holds its layers; oldest first."""
    held = set(image_chains)
    tops: dict[str, ChainID | None] = {}
    rows: list[CacheUsage] = []
    for record in state.records:
        shared = record.kind == REGULAR and _top_chain(state, record, tops) in held
        rows.append(CacheUsage(record, shared))
    return tuple(rows)


def _top_chain(
    state: BuildCacheState, record: CacheRecord, tops: dict[str, ChainID | None]
) -> ChainID | None:
    """The ChainID of all layers up to the record's, None for no layers; ``tops`` remembers it by record."""
    pending: list[CacheRecord] = []
    here: CacheRecord | None = record
    while here is not None and here.id not in tops:
        pending.append(here)
        here = state.by_id.get(here.parent)
    top = tops[here.id] if here is not None else None
    for above in reversed(pending):
        for ref in above.layers:
            top = chain_id_on(top, ref.diff_id)
        tops[above.id] = top
    return top


@dataclass(frozen=True, slots=True)
class PruneFilter:
    """What ``docker builder prune`` may take.

    ``everything`` is ``--all``; ``unused_since`` keeps records used after that instant (ns);
    ``keep_bytes`` stops once no more than that is kept; ``kinds`` and ``ids`` limit the choice.
    """

    everything: bool = False
    unused_since: int | None = None
    keep_bytes: int = 0
    kinds: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()


def prune(
    state: BuildCacheState, image_chains: Iterable[ChainID], rule: PruneFilter
) -> tuple[BuildCacheState, tuple[CacheUsage, ...]]:
    """Remove what ``rule`` allows, least recently used first; returns the new state and what went.

    Without ``everything``, records shared with an image stay. A record that another one stands on stays
    as long as that one does.
    """
    rows = {row.record.id: row for row in usage(state, image_chains)}
    standing: dict[str, int] = {}
    for record in state.records:
        standing[record.parent] = standing.get(record.parent, 0) + 1
    kept_bytes = sum(row.record.size for row in rows.values() if not row.shared)
    removed: list[CacheUsage] = []
    gone: set[str] = set()
    order = sorted(state.records, key=lambda record: (record.last_used, record.created))
    progress = True
    while progress:
        progress = False
        for record in order:
            row = rows[record.id]
            if record.id in gone or standing.get(record.id) or not _may_go(row, rule):
                continue
            if rule.keep_bytes and kept_bytes <= rule.keep_bytes:
                continue
            gone.add(record.id)
            removed.append(row)
            kept_bytes -= 0 if row.shared else record.size
            standing[record.parent] = standing.get(record.parent, 1) - 1
            progress = True
    left = tuple(record for record in state.records if record.id not in gone)
    return replace(state, records=left), tuple(removed)


def _may_go(row: CacheUsage, rule: PruneFilter) -> bool:
    record = row.record
    if row.shared and not rule.everything:
        return False
    if rule.unused_since is not None and record.last_used > rule.unused_since:
        return False
    if rule.kinds and record.kind not in rule.kinds:
        return False
    return not rule.ids or record.id in rule.ids
