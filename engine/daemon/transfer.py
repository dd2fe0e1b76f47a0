"""Login, push and pull: what moves between this daemon and the simulated registries."""

from dataclasses import dataclass, replace
from functools import cache

from engine.catalogue.images import CatalogueImage, catalogue
from engine.content import DiffID, Digest, ImageID
from engine.daemon.daemon import Daemon
from engine.daemon.errors import DaemonError, NotFound
from engine.daemon.removal import held_chains
from engine.events import ImagePulled, ImagePushed, LayerPushed
from engine.image.image import Image, LayerRef
from engine.image.reference import DEFAULT_DOMAIN, Reference, parse_normalized
from engine.registry import Manifest, Repository, compressed_digest
from engine.registry.hub import compressed_size

DENIED = "denied: requested access to the resource is denied"
PUSHED, EXISTS = "Pushed", "Layer already exists"


@dataclass(frozen=True, slots=True)
class LayerTransfer:
    """One layer's line: ``name`` is the id printed (12 digits), ``outcome`` its last words."""

    name: str
    outcome: str
    size: int
    sent: int
    """Bytes that really moved."""


@dataclass(frozen=True, slots=True)
class Push:
    """What ``docker push`` reports. ``layers`` are in the order printed, the top one first."""

    repository: str
    tag: str
    digest: Digest
    manifest_size: int
    layers: tuple[LayerTransfer, ...]


@dataclass(frozen=True, slots=True)
class Pull:
    """What ``docker pull`` reports. ``layers`` are in the order printed, the base one first."""

    reference: Reference
    repository: str
    tag: str
    digest: Digest
    layers: tuple[LayerTransfer, ...]
    image: ImageID
    is_new: bool


@dataclass(frozen=True, slots=True)
class RemoteImage:
    """An image as a registry offers it. ``layer_digests`` are the compressed ones, bottom first."""

    image: Image
    digest: Digest
    layer_digests: tuple[Digest, ...]
    layer_sizes: tuple[int, ...]


def login(daemon: Daemon, host: str, user: str, password: str) -> None:
    """Log in. An unknown user is signed up on the spot: the simulated hub has no other way to register.

    Raises DaemonError for a wrong password, as Docker Hub words it.
    """
    known = daemon.hub.accounts.get(user)
    if not user or not password or (known is not None and known != password):
        raise DaemonError(
            'Get "https://registry-1.docker.io/v2/": unauthorized: incorrect username or password'
        )
    if known is None:
        daemon.hub = replace(daemon.hub, accounts={**daemon.hub.accounts, user: password})
    daemon.state = daemon.state.changed(logins={**daemon.state.logins, host: user})


def logout(daemon: Daemon, host: str) -> bool:
    """Forget the login; False when there was none."""
    if host not in daemon.state.logins:
        return False
    logins = {name: user for name, user in daemon.state.logins.items() if name != host}
    daemon.state = daemon.state.changed(logins=logins)
    return True


def _require_registry(daemon: Daemon, host: str) -> None:
    if host != DEFAULT_DOMAIN and host not in daemon.hub.open_hosts:
        name = host.partition(":")[0]
        raise DaemonError(f'Get "https://{host}/v2/": dial tcp: lookup {name} on 192.0.2.53:53: no such host')


def _may_push(daemon: Daemon, reference: Reference) -> bool:
    if reference.domain != DEFAULT_DOMAIN:
        return True
    return daemon.state.logins.get(DEFAULT_DOMAIN) == reference.path.partition("/")[0]


def _may_pull(daemon: Daemon, name: str, repository: Repository) -> bool:
    owner = name.partition("/")[2].partition("/")[0]
    return not repository.private or daemon.state.logins.get(DEFAULT_DOMAIN) == owner


# ---------------------------------------------------------------------- push


def push(daemon: Daemon, reference: Reference) -> Push:
    """Push one tagged reference. Raises NotFound when it is not here, DaemonError when it is refused."""
    full = str(reference)
    identity = daemon.state.tags.get(full)
    if identity is None:
        if any(name.startswith(f"{reference.name}:") for name in daemon.state.tags):
            raise NotFound(f"tag does not exist: {reference.familiar}")
        raise NotFound(f"An image does not exist locally with the tag: {reference.familiar_name}")
    _require_registry(daemon, reference.domain)
    if not _may_push(daemon, reference):
        raise DaemonError(DENIED)
    record = daemon.state.images[identity]
    manifest = Manifest(record.image)
    layers = tuple(_send(daemon, reference, layer) for layer in reversed(record.image.layers))
    daemon.hub = daemon.hub.with_manifest(reference.name, reference.tag or "", manifest)
    digest = manifest.digest
    _remember_digest(daemon, identity, f"{reference.familiar_name}@{digest}")
    daemon.events.append(ImagePushed(reference.familiar, digest, sum(layer.sent for layer in layers)))
    daemon.log("image", "push", reference.familiar, name=reference.familiar_name)
    return Push(reference.name, reference.tag or "", digest, len(manifest.encoded), layers)


def _send(daemon: Daemon, reference: Reference, layer: LayerRef) -> LayerTransfer:
    there = daemon.hub.repository(reference.name)
    outcome, sent = PUSHED, compressed_size(layer)
    if there is not None and layer.diff_id in there.layers:
        outcome, sent = EXISTS, 0
    else:
        holder = _layer_holder(daemon, reference.domain, layer.diff_id)
        if holder is not None:
            outcome, sent = f"Mounted from {holder}", 0
    daemon.events.append(LayerPushed(reference.familiar_name, layer.diff_id, layer.size, outcome))
    return LayerTransfer(layer.diff_id[7:19], outcome, layer.size, sent)


def _layer_holder(daemon: Daemon, host: str, diff_id: DiffID) -> str | None:
    """The path of a repository of that host from which the layer can be mounted."""
    name = daemon.hub.holder_of(host, diff_id, daemon.state.logins.get(host, ""))
    if name is not None:
        return name.partition("/")[2]
    if host == DEFAULT_DOMAIN and daemon.hub.offers_catalogue:
        return _published_layers().get(diff_id)
    return None


@cache
def _published_layers() -> dict[DiffID, str]:
    """Which official repository (``library/debian``) holds a layer; the first by name."""
    holders: dict[DiffID, str] = {}
    for found in catalogue():
        path = parse_normalized(found.references[0]).path
        for layer in found.image.layers:
            holders[layer.diff_id] = min(path, holders.get(layer.diff_id, path))
    return holders


def _remember_digest(daemon: Daemon, identity: ImageID, repo_digest: str) -> None:
    record = daemon.state.images[identity]
    if repo_digest not in record.repo_digests:
        images = dict(daemon.state.images)
        images[identity] = replace(record, repo_digests=(*record.repo_digests, repo_digest))
        daemon.state = daemon.state.changed(images=images)


# ---------------------------------------------------------------------- pull


def find_remote(daemon: Daemon, reference: Reference) -> RemoteImage:
    """What the registry offers under a tagged or digested reference.

    Raises DaemonError in the registry's words when it offers nothing.
    """
    _require_registry(daemon, reference.domain)
    repository = daemon.hub.repository(reference.name)
    if repository is not None and not _may_pull(daemon, reference.name, repository):
        repository = None
    if repository is not None:
        digest = reference.digest or repository.tags.get(reference.tag or "", "")
        manifest = repository.manifests.get(digest)
        if manifest is not None:
            image = manifest.image
            return RemoteImage(
                image,
                manifest.digest,
                tuple(compressed_digest(layer.diff_id) for layer in image.layers),
                tuple(compressed_size(layer) for layer in image.layers),
            )
    published = _published(daemon, reference)
    if published is not None:
        return RemoteImage(
            published.image,
            Digest(published.repo_digest),
            tuple(Digest(digest) for digest in published.compressed_digests),
            published.compressed_sizes,
        )
    known = repository is not None or (
        reference.domain == DEFAULT_DOMAIN
        and daemon.hub.offers_catalogue
        and reference.familiar_name in catalogue().repositories()
    )
    if known:
        raise DaemonError(f"manifest for {reference.familiar} not found: manifest unknown: manifest unknown")
    raise NotFound(
        f"pull access denied for {reference.familiar_name}, repository does not exist or may require "
        f"'docker login': {DENIED}"
    )


def _published(daemon: Daemon, reference: Reference) -> CatalogueImage | None:
    if reference.domain != DEFAULT_DOMAIN or not daemon.hub.offers_catalogue:
        return None
    return catalogue().find(reference.familiar)


def pull(daemon: Daemon, name: str) -> Pull:
    """Pull one reference (``:latest`` when it names no tag). Raises DaemonError."""
    reference = parse_normalized(name).tagged()
    remote = find_remote(daemon, reference)
    layers = () if remote.image.id in daemon.state.images else _fetch(daemon, remote)
    is_new = daemon.state.tags.get(str(reference)) != remote.image.id
    identity = keep_remote(daemon, reference, remote)
    fetched = sum(layer.sent for layer in layers)
    daemon.events.append(ImagePulled(reference.familiar, remote.digest, fetched))
    daemon.log("image", "pull", reference.familiar, name=reference.familiar_name)
    path = reference.path
    return Pull(
        reference, path, reference.tag or reference.digest or "", remote.digest, layers, identity, is_new
    )


def _fetch(daemon: Daemon, remote: RemoteImage) -> tuple[LayerTransfer, ...]:
    """What happens to each layer of an image that is not here yet; a stack that is here is not fetched."""
    held = held_chains(daemon)
    chains = remote.image.chain_ids
    return tuple(
        LayerTransfer(
            digest[7:19],
            "Already exists" if chain in held else "Pull complete",
            layer.size,
            0 if chain in held else size,
        )
        for layer, chain, digest, size in zip(
            remote.image.layers, chains, remote.layer_digests, remote.layer_sizes, strict=True
        )
    )


def keep_remote(daemon: Daemon, reference: Reference, remote: RemoteImage) -> ImageID:
    """Add a registry's image to this daemon and let ``reference`` point at it."""
    identity = remote.image.id
    if identity not in daemon.state.images:
        daemon.add_image(remote.image, origin="pull")
    _remember_digest(daemon, identity, f"{reference.familiar_name}@{remote.digest}")
    if reference.tag and daemon.state.tags.get(str(reference)) != identity:
        daemon.tag(identity, f"{reference.name}:{reference.tag}", announced=False)
    return identity
