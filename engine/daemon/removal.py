"""``docker rmi`` and pruning of images, by moby's rules (daemon/images/image_delete.go)."""

from dataclasses import dataclass, replace

from engine.build.cache import BuildCacheState
from engine.content import ImageID
from engine.daemon.daemon import Daemon
from engine.daemon.errors import Conflict, NotFound
from engine.events import ImageRemoved
from engine.image.image import chain_ids
from engine.image.reference import parse_normalized


@dataclass(frozen=True, slots=True)
class Removed:
    """One line of the answer: ``Untagged`` with a reference, or ``Deleted`` with a digest."""

    action: str
    name: str

    def __str__(self) -> str:
        return f"{self.action}: {self.name}"


@dataclass(frozen=True, slots=True)
class _Obstacle:
    """Why an image cannot be deleted. Hard ones cannot be forced; ``used``: a container stands on it."""

    message: str
    hard: bool
    used: bool


def short(identity: str) -> str:
    """An id as messages show it: twelve digits."""
    return identity.removeprefix("sha256:")[:12]


class _Removal:
    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self.lines: list[Removed] = []

    def children(self, identity: str) -> list[str]:
        return [other for other, record in self.daemon.state.images.items() if record.parent == identity]

    def obstacle(self, identity: str, *, soft: bool, references: bool) -> _Obstacle | None:
        """The first thing in the way: dependent images, containers, or references (``soft`` ones too)."""
        if self.children(identity):
            return _Obstacle("image has dependent child images", True, False)
        users = [c for c in self.daemon.state.containers.values() if c.image == identity]
        running = next((c for c in users if c.running), None)
        if running is not None:
            message = f"image is being used by running container {short(running.id)}"
            return _Obstacle(message, True, True)
        if soft and references and self.daemon.tags_of(identity):
            return _Obstacle("image is referenced in multiple repositories", False, False)
        if soft and users:
            return _Obstacle(f"image is being used by stopped container {short(users[0].id)}", False, True)
        return None

    def refuse(self, identity: str, obstacle: _Obstacle) -> Conflict:
        force = "cannot be forced" if obstacle.hard else "must be forced"
        return Conflict(f"conflict: unable to delete {short(identity)} ({force}) - {obstacle.message}")

    def untag(self, reference: str) -> None:
        daemon = self.daemon
        identity = daemon.state.tags[reference]
        tags = {name: target for name, target in daemon.state.tags.items() if name != reference}
        daemon.state = daemon.state.changed(tags=tags)
        shown = parse_normalized(reference).familiar
        self.lines.append(Removed("Untagged", shown))
        daemon.events.append(ImageRemoved(shown, identity, 0))
        daemon.log("image", "untag", identity)

    def forget_digests(self, identity: ImageID, repository: str | None) -> None:
        """Drop ``repository@digest`` names (of one repository, or all) and say so."""
        daemon = self.daemon
        record = daemon.state.images[identity]
        gone = [d for d in record.repo_digests if repository is None or d.partition("@")[0] == repository]
        if gone:
            kept = tuple(digest for digest in record.repo_digests if digest not in gone)
            images = {**daemon.state.images, identity: replace(record, repo_digests=kept)}
            daemon.state = daemon.state.changed(images=images)
            self.lines += [Removed("Untagged", digest) for digest in gone]

    def delete(self, identity: ImageID, *, force: bool, prune: bool, quiet: bool) -> None:
        """Delete an image and, with ``prune``, the untagged parents that nothing else needs."""
        while True:
            obstacle = self.obstacle(identity, soft=not force, references=True)
            if obstacle is not None:
                dangling = not self.daemon.tags_of(identity) and not self.children(identity)
                if quiet and (not dangling or obstacle.used):
                    return
                raise self.refuse(identity, obstacle)
            parent = self.daemon.state.images[identity].parent
            for reference in self.daemon.tags_of(identity):
                self.untag(reference)
            self.forget_digests(identity, None)
            self.drop(identity)
            if not prune or parent not in self.daemon.state.images:
                return
            identity, force, quiet = ImageID(parent), False, True

    def drop(self, identity: ImageID) -> None:
        """Remove the image and name the layers that nothing holds any more, top first."""
        daemon = self.daemon
        record = daemon.state.images[identity]
        images = {key: item for key, item in daemon.state.images.items() if key != identity}
        daemon.state = daemon.state.changed(images=images)
        self.lines.append(Removed("Deleted", identity))
        held = held_chains(daemon)
        freed = 0
        for chain, layer in reversed(list(zip(record.image.chain_ids, record.image.layers, strict=True))):
            if chain in held:
                break
            self.lines.append(Removed("Deleted", chain))
            freed += layer.size
        daemon.events.append(ImageRemoved(identity, identity, freed))
        daemon.log("image", "delete", identity)


def held_chains(daemon: Daemon) -> set[str]:
    """ChainIDs that an image or the build cache still needs."""
    held: set[str] = set()
    for record in daemon.state.images.values():
        held.update(record.image.chain_ids)
    cache = BuildCacheState.from_json(daemon.state.build_cache)
    for kept in cache.records:
        if kept.id not in cache.children:
            held.update(chain_ids([layer.diff_id for layer in cache.stack(kept)]))
    return held


def remove_image(daemon: Daemon, name: str, *, force: bool = False, prune: bool = True) -> list[Removed]:
    """``docker rmi NAME``: the lines of the answer. Raises NotFound, Conflict."""
    identity = daemon.find_image(name)
    removal = _Removal(daemon)
    reference = daemon.find_reference(name)
    digest = name if "@" in name else None
    references = daemon.tags_of(identity)
    if reference is None and digest is None:
        if len(references) <= 1:
            obstacle = removal.obstacle(identity, soft=not force, references=False)
            if obstacle is not None:
                raise removal.refuse(identity, obstacle)
            for tag in references:
                removal.untag(tag)
        removal.delete(identity, force=force, prune=prune, quiet=False)
        return removal.lines
    user = next((c for c in daemon.state.containers.values() if c.image == identity), None)
    if not force and len(references) <= 1 and user is not None:
        raise Conflict(
            f'conflict: unable to remove repository reference "{name}" (must force) - '
            f"container {short(user.id)} is using its referenced image {short(identity)}"
        )
    if reference is not None:
        removal.untag(reference)
        repository = parse_normalized(reference)
        same = [r for r in daemon.tags_of(identity) if parse_normalized(r).name == repository.name]
        if not same:
            removal.forget_digests(identity, repository.familiar_name)
    elif digest is not None:
        removal.forget_digests(identity, digest.partition("@")[0])
    if daemon.tags_of(identity) or daemon.state.images[identity].repo_digests:
        return removal.lines
    removal.delete(identity, force=force, prune=prune, quiet=True)
    return removal.lines


def prune_images(
    daemon: Daemon, *, every: bool = False, before: int | None = None
) -> tuple[list[Removed], int]:
    """``docker image prune``: dangling images, or with ``every`` all that no container uses.

    ``before`` keeps images stored later than that instant (ns). Returns the lines and the bytes freed.
    """
    removal = _Removal(daemon)
    size_before = stored_bytes(daemon)
    used = {container.image for container in daemon.state.containers.values()}
    for identity, record in list(daemon.state.images.items()):
        if identity not in daemon.state.images or identity in used or removal.children(identity):
            continue
        tags = daemon.tags_of(identity)
        if (tags and not every) or (before is not None and record.stored_at > before):
            continue
        for reference in tags:
            removal.untag(reference)
        try:
            removal.delete(identity, force=False, prune=True, quiet=False)
        except (Conflict, NotFound):
            continue
    return removal.lines, max(0, size_before - stored_bytes(daemon))


def stored_bytes(daemon: Daemon) -> int:
    """Bytes of all image layers, each stored once."""
    sizes = {
        layer.digest: layer.size for record in daemon.state.images.values() for layer in record.image.layers
    }
    return sum(sizes.values())
