"""All stacks of a machine as one tree: every layer, named by its ChainID, appears once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from engine.analysis.inventory import Inventory, StoredContainer, StoredImage, base_of, short_id
from engine.analysis.steps import author_step
from engine.content import BlobStore, ChainID, DiffID, Digest, ImageID
from engine.fs import Change, OverlayFS, changes
from engine.image.history import History
from engine.image.image import Image, LayerRef, load_layer, load_view

Role = Literal["base", "shared", "own"]
"""``base``: came with a base image; ``shared``: in two or more images; ``own``: in one image only."""


@dataclass(frozen=True, slots=True)
class MetaRow:
    """A history row without a layer: it changed only the configuration."""

    step: str
    created_by: str


@dataclass(frozen=True, slots=True)
class LayerRow:
    """One stored layer in its place. ``position`` counts from 1 at the bottom; ``size`` is in bytes."""

    chain_id: ChainID
    diff_id: DiffID
    digest: Digest
    position: int
    size: int
    step: str
    """The author's Dockerfile line, or ``FROM name`` for a base image of one layer."""
    created_by: str
    created: str
    role: Role
    images: tuple[ImageID, ...]
    """The listed images that contain it."""
    base_name: str = ""
    """Set on the top layer of a base image: its familiar name."""

    @property
    def short_id(self) -> str:
        """First twelve digits of the DiffID, which names the layer's content."""
        return short_id(self.diff_id)

    @property
    def short_chain(self) -> str:
        """First twelve digits of the ChainID, which names the layer in its place."""
        return short_id(self.chain_id)


Row = LayerRow | MetaRow


@dataclass(frozen=True, slots=True)
class ImageTop:
    """Where an image ends. ``rows`` are its zero-byte rows that its neighbours in the tree do not have."""

    id: ImageID
    names: tuple[str, ...]
    size: int
    layer_count: int
    rows: tuple[MetaRow, ...] = ()

    @property
    def label(self) -> str:
        """Its first name, or its short ID when nothing points at it."""
        return self.names[0] if self.names else self.short_id

    @property
    def short_id(self) -> str:
        """First twelve digits of the ImageID."""
        return short_id(self.id)


@dataclass(frozen=True, slots=True)
class ContainerTop:
    """A container's read-write layer: what ``docker diff`` says of it, and its size in bytes."""

    id: str
    name: str
    image: ImageID
    status: str
    running: bool
    size: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """Neighbouring layers that exactly the same images contain; ``rows`` bottom first."""

    id: str
    """ChainID of its top layer ("scratch" for images without any layer)."""
    parent: str
    """Id of the segment it stands on, "" at the bottom."""
    rows: tuple[Row, ...]
    images: tuple[ImageID, ...]
    tops: tuple[ImageTop, ...]
    containers: tuple[ContainerTop, ...]
    depth: int = 0

    @property
    def layers(self) -> tuple[LayerRow, ...]:
        """Only the stored layers, bottom first."""
        return tuple(row for row in self.rows if isinstance(row, LayerRow))

    @property
    def size(self) -> int:
        """Bytes this segment takes on the disk, once."""
        return sum(row.size for row in self.layers)


@dataclass(frozen=True)
class Stacks:
    """The tree of segments, parents before children, in a fixed order."""

    segments: tuple[Segment, ...]
    detached: tuple[ContainerTop, ...] = ()
    """Containers whose image was removed by force."""

    @cached_property
    def children(self) -> Mapping[str, tuple[Segment, ...]]:
        """Segments by the id of the segment they stand on ("" = nothing)."""
        found: dict[str, list[Segment]] = {}
        for segment in self.segments:
            found.setdefault(segment.parent, []).append(segment)
        return {parent: tuple(items) for parent, items in found.items()}

    @cached_property
    def layers(self) -> Mapping[ChainID, LayerRow]:
        """Every layer by ChainID."""
        return {row.chain_id: row for segment in self.segments for row in segment.layers}

    @property
    def tops(self) -> tuple[ImageTop, ...]:
        """Every image of the tree."""
        return tuple(top for segment in self.segments for top in segment.tops)

    @property
    def containers(self) -> tuple[ContainerTop, ...]:
        """Every container of the tree."""
        return tuple(container for segment in self.segments for container in segment.containers)

    @property
    def largest(self) -> int:
        """Bytes of the largest layer: what a full size bar means."""
        return max((row.size for row in self.layers.values()), default=0)

    @property
    def stored(self) -> int:
        """Bytes of all layers, each once."""
        return sum(row.size for row in self.layers.values())


@dataclass(slots=True)
class _Cursor:
    """How far one image's history was put into the tree.

    ``slots[n]`` are its zero-byte rows above n layers; ``unread`` what is left of the slot it is at;
    ``spare`` the rows that its neighbours in the tree do not have.
    """

    stored: StoredImage
    slots: tuple[tuple[MetaRow, ...], ...]
    unread: tuple[MetaRow, ...]
    spare: list[MetaRow]

    @classmethod
    def of(cls, stored: StoredImage) -> "_Cursor":
        _, slots = read_history(stored.image)
        return cls(stored, slots, slots[0], [])

    def climb(self, layers: int) -> None:
        """Go on above ``layers`` layers; what was not read stays as this image's own."""
        self.spare += self.unread
        self.unread = self.slots[layers]


def read_history(image: Image) -> tuple[tuple[History | None, ...], tuple[tuple[MetaRow, ...], ...]]:
    """The history row of each layer (None when the history says less), and the zero-byte rows.

    The second answer has one item more than there are layers: item n holds the rows between the n-th
    and the next layer.
    """
    count = len(image.layers)
    rows: list[History] = []
    slots: list[list[MetaRow]] = [[] for _ in range(count + 1)]
    for row in image.history:
        if row.empty_layer:
            slots[min(len(rows), count)].append(MetaRow(author_step(row.created_by), row.created_by))
        elif len(rows) < count:
            rows.append(row)
    padded: list[History | None] = [*rows, *([None] * (count - len(rows)))]
    return tuple(padded), tuple(tuple(slot) for slot in slots)


def layer_rows(
    image: Image,
    bases: Mapping[ChainID, str],
    users: Mapping[ChainID, Sequence[ImageID]] | None = None,
) -> tuple[LayerRow, ...]:
    """The layers of one image, bottom first; ``users`` says which images contain each ChainID."""
    history, _ = read_history(image)
    chain = image.chain_ids
    from_base, base_name = base_of(chain, bases)
    rows = []
    for index, (ref, row, chain_id) in enumerate(zip(image.layers, history, chain, strict=True)):
        images = tuple(users[chain_id]) if users and chain_id in users else (image.id,)
        rows.append(
            LayerRow(
                chain_id=chain_id,
                diff_id=ref.diff_id,
                digest=ref.digest,
                position=index + 1,
                size=ref.size,
                step=_step(row, index + 1 == from_base == 1, base_name),
                created_by=row.created_by if row else "",
                created=row.created if row else "",
                role="base" if index < from_base else "shared" if len(images) > 1 else "own",
                images=images,
                base_name=base_name if index + 1 == from_base else "",
            )
        )
    return tuple(rows)


def _step(row: History | None, whole_base: bool, base_name: str) -> str:
    if whole_base:
        return f"FROM {base_name}"
    if row is None:
        return ""
    return author_step(row.created_by) or row.comment


def users_by_chain(images: Iterable[StoredImage]) -> dict[ChainID, list[ImageID]]:
    """Which of the images contain each ChainID, in the order given."""
    users: dict[ChainID, list[ImageID]] = {}
    for stored in images:
        for chain_id in stored.image.chain_ids:
            users.setdefault(chain_id, []).append(stored.id)
    return users


def container_changes(
    inventory: Inventory, store: BlobStore, container: StoredContainer
) -> tuple[Change, ...]:
    """What ``docker diff`` says of a container; nothing when its image is gone or nothing was written."""
    stored = inventory.by_id.get(container.image)
    if stored is None or container.upper is None:
        return ()
    view = load_view(store, stored.image.layers)
    return tuple(changes(OverlayFS(view, load_layer(store, container.upper))))


def stacks(inventory: Inventory, store: BlobStore) -> Stacks:
    """The tree of all listed images and of all containers.

    Images that are not listed (parents of the classic builder) appear only where a container runs on
    them. Raises BlobMissing when a read-write layer is not in ``store``.
    """
    in_use = {container.image for container in inventory.containers}
    listed = inventory.listed
    shown = [*listed, *(item for item in inventory.images if item.id in in_use and item not in listed)]
    users = users_by_chain(shown)
    cursors = {stored.id: _Cursor.of(stored) for stored in shown}
    rows = {stored.id: layer_rows(stored.image, inventory.bases, users) for stored in shown}
    containers: dict[ImageID, list[ContainerTop]] = {}
    for item in inventory.containers:
        containers.setdefault(item.image, []).append(
            ContainerTop(
                item.id,
                item.name,
                item.image,
                item.status,
                item.running,
                item.size,
                container_changes(inventory, store, item),
            )
        )
    segments: list[Segment] = []
    without_layers = [stored.id for stored in shown if not stored.image.layers]
    if without_layers:
        segments.append(_segment((), 0, 0, without_layers, "", 0, cursors, containers))
    pending: list[tuple[list[ImageID], int, str, int]] = [
        ([stored.id for stored in shown if stored.image.layers], 0, "", 0)
    ]
    while pending:
        group, start, parent, depth = pending.pop()
        branches: dict[ChainID, list[ImageID]] = {}
        for image_id in group:
            branches.setdefault(rows[image_id][start].chain_id, []).append(image_id)
        found = []
        for members in branches.values():
            stack = rows[members[0]]
            end = start + 1
            while end < len(stack) and set(stack[end].images) == set(members):
                end += 1
            segment = _segment(stack, start, end, members, parent, depth, cursors, containers)
            segments.append(segment)
            above = [image_id for image_id in members if len(rows[image_id]) > end]
            if above:
                found.append((above, end, segment.id, depth + 1))
        pending += reversed(found)
    detached = (top for item, tops in containers.items() if item not in inventory.by_id for top in tops)
    return Stacks(tuple(segments), tuple(detached))


def _segment(
    stack: Sequence[LayerRow],
    start: int,
    end: int,
    members: Sequence[ImageID],
    parent: str,
    depth: int,
    cursors: Mapping[ImageID, _Cursor],
    containers: Mapping[ImageID, Sequence[ContainerTop]],
) -> Segment:
    """The layers ``start`` to ``end`` of ``stack``, which exactly the images ``members`` contain."""
    here = [cursors[image_id] for image_id in members]
    rows: list[Row] = list(_read_together(here))
    for index in range(start, end):
        rows.append(stack[index])
        for cursor in here:
            cursor.climb(index + 1)
        rows += _read_together(here)
    ending = [cursor for cursor in here if len(cursor.stored.image.layers) == end]
    tops = [
        ImageTop(
            cursor.stored.id,
            cursor.stored.names,
            cursor.stored.image.size,
            end,
            (*cursor.spare, *cursor.unread),
        )
        for cursor in ending
    ]
    return Segment(
        id=stack[end - 1].chain_id if end else "scratch",
        parent=parent,
        rows=tuple(rows),
        images=tuple(members),
        tops=tuple(tops),
        containers=tuple(item for cursor in ending for item in containers.get(cursor.stored.id, ())),
        depth=depth,
    )


def _read_together(cursors: Sequence[_Cursor]) -> tuple[MetaRow, ...]:
    """The next zero-byte rows that all images have in common."""
    first = cursors[0].unread
    count = 0
    while all(count < len(cursor.unread) and cursor.unread[count] == first[count] for cursor in cursors):
        count += 1
    for cursor in cursors:
        cursor.unread = cursor.unread[count:]
    return first[:count]


# ---------------------------------------------------------------- long stacks


@dataclass(frozen=True, slots=True)
class Run:
    """Rows folded into one line: "12 more layers, 310 MB"."""

    id: str
    """ChainID of its lowest layer, to open it."""
    rows: tuple[Row, ...]

    @property
    def layer_count(self) -> int:
        """How many layers are folded away."""
        return sum(1 for row in self.rows if isinstance(row, LayerRow))

    @property
    def size(self) -> int:
        """Their bytes."""
        return sum(row.size for row in self.rows if isinstance(row, LayerRow))

    @property
    def role(self) -> Role:
        """The role all its layers have."""
        return next(row.role for row in self.rows if isinstance(row, LayerRow))


def fold(
    rows: Sequence[Row],
    opened: frozenset[str] = frozenset(),
    longest: int = 8,
    keep: frozenset[str] = frozenset(),
    below: int = 1,
    above: int = 2,
) -> tuple[Row | Run, ...]:
    """``rows`` with every run of more than ``longest`` layers of one role folded.

    The ``below`` lowest and ``above`` highest layers of a run stay, as do runs in ``opened`` (by
    `Run.id`, whole or short) and those that hold a layer in ``keep`` (by ChainID).
    """
    answer: list[Row | Run] = []
    group: list[Row] = []

    def flush() -> None:
        layers = [index for index, row in enumerate(group) if isinstance(row, LayerRow)]
        if len(layers) > longest:
            first, last = layers[below], layers[len(layers) - above - 1]
            middle = group[first : last + 1]
            bottom = middle[0]
            assert isinstance(bottom, LayerRow)
            held = any(isinstance(row, LayerRow) and row.chain_id in keep for row in middle)
            is_open = bottom.chain_id in opened or short_id(bottom.chain_id) in opened
            if not is_open and not held:
                answer.extend(group[:first])
                answer.append(Run(bottom.chain_id, tuple(middle)))
                answer.extend(group[last + 1 :])
                group.clear()
                return
        answer.extend(group)
        group.clear()

    role: Role | None = None
    for row in rows:
        if isinstance(row, LayerRow):
            if role is not None and row.role != role:
                flush()
            role = row.role
        group.append(row)
    flush()
    return tuple(answer)


def refs(rows: Iterable[LayerRow]) -> tuple[LayerRef, ...]:
    """The stored layers behind rows, to load them."""
    return tuple(LayerRef(row.digest, row.diff_id, row.size) for row in rows)
