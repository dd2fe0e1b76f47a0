"""The daemon's state as one immutable, JSON-able value that names everything big by digest."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from engine.content import DiffID, Digest, ImageID
from engine.image.config import ImageConfig
from engine.image.image import Image, LayerRef


@dataclass(frozen=True)
class ImageRecord:
    """An image on this daemon and what is known of it besides its config."""

    image: Image
    parent: str = ""
    """ImageID it was made from on this daemon by ``commit`` or the classic builder, "" otherwise."""
    comment: str = ""
    origin: str = "build"
    """``buildkit``, ``classic``, ``commit``, ``pull``, ``load`` or ``import``."""
    stored_at: int = 0
    """When it came to this daemon (ns); breaks ties in ``docker images``."""
    tagged_at: int = 0
    """When a tag was last given to it (ns), 0 = never."""
    container: str = ""
    """Id of the container a commit or classic step was made from."""
    container_command: tuple[str, ...] = ()
    """The command of that container: what the classic builder compares to reuse a step."""
    repo_digests: tuple[str, ...] = ()
    """``repository@sha256:…`` for every repository it was pushed to or pulled from."""

    def to_json(self) -> dict[str, Any]:
        """The value ``from_json`` reads."""
        value: dict[str, Any] = {"image": self.image.to_value()}
        for name in _IMAGE_FIELDS:
            if stored := getattr(self, name):
                value[name] = list(stored) if isinstance(stored, tuple) else stored
        return value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "ImageRecord":
        """The record ``to_json`` wrote."""
        rest: dict[str, Any] = {
            name: tuple(value[name]) if isinstance(value[name], list) else value[name]
            for name in _IMAGE_FIELDS
            if name in value
        }
        return cls(Image.from_value(value["image"]), **rest)


_IMAGE_FIELDS = tuple(f.name for f in fields(ImageRecord) if f.name != "image")


@dataclass(frozen=True)
class VolumeMount:
    """What ``-v``/``--mount``/VOLUME put into a container."""

    kind: str
    """``volume``, ``bind`` or ``tmpfs``."""
    source: str
    """Volume name, host path, or "" for tmpfs."""
    target: str
    """Absolute path in the container."""
    read_only: bool = False
    anonymous: bool = False


@dataclass(frozen=True)
class HostConfig:
    """How a container is run, beyond what its image says."""

    auto_remove: bool = False
    mounts: tuple[VolumeMount, ...] = ()
    network: str = "bridge"
    ports: tuple[str, ...] = ()
    """Published ports as ``host_ip:host_port:container_port/protocol`` with empty parts allowed."""
    restart: str = "no"
    read_only: bool = False
    privileged: bool = False
    memory: int = 0
    """Limit in bytes, 0 = none."""
    links: tuple[str, ...] = ()
    extra_hosts: tuple[str, ...] = ()
    init: bool = False
    aliases: tuple[str, ...] = ()
    """Further names on its network."""


@dataclass(frozen=True)
class Container:
    """One container. ``upper`` is its read-write layer, stored as a blob like any other layer."""

    id: str
    name: str
    image: ImageID
    image_name: str
    """The reference it was created with, as typed."""
    created: int
    config: ImageConfig
    """The image's configuration with the command line's changes."""
    host_config: HostConfig = HostConfig()
    hostname: str = ""
    tty: bool = False
    open_stdin: bool = False
    attached: bool = False
    path: str = ""
    args: tuple[str, ...] = ()
    """``path`` and ``args`` are what is executed: entrypoint and command."""
    status: str = "created"
    """``created``, ``running``, ``paused``, ``restarting``, ``exited`` or ``dead``."""
    exit_code: int = 0
    started: int = 0
    finished: int = 0
    """Times in ns, 0 = never."""
    error: str = ""
    ends_at: int = 0
    """When the running main process will end (ns), 0 = never by itself; ``ends_with`` is its status then."""
    ends_with: int = 0
    health: str = ""
    """What its health check last said: "", ``starting``, ``healthy`` or ``unhealthy``."""
    health_checked: int = 0
    """When that was (ns), 0 = not yet."""
    failing_streak: int = 0
    stopped_by_hand: bool = False
    restart_count: int = 0
    upper: LayerRef | None = None
    """None until something was written."""
    log: Digest | None = None
    """Blob of JSON ``[[ns, "stdout"|"stderr", text], …]``."""
    processes: tuple[tuple[int, str, str], ...] = ()
    """(pid, user, command line) of what runs inside."""
    waiting_shell: Mapping[str, Any] | None = None
    """The main process when it is a shell that waits at its prompt: what ``docker attach`` shows."""

    @property
    def running(self) -> bool:
        """Whether its main process is alive (paused counts)."""
        return self.status in ("running", "paused", "restarting")

    @property
    def size_rw(self) -> int:
        """Bytes in the read-write layer."""
        return self.upper.size if self.upper else 0

    @property
    def command(self) -> tuple[str, ...]:
        """The whole argument list of the main process."""
        return (self.path, *self.args)

    def to_json(self) -> dict[str, Any]:
        """The value ``from_json`` reads."""
        value = {f.name: getattr(self, f.name) for f in fields(self)}
        value["config"] = self.config.to_json()
        value["host_config"] = asdict(self.host_config)
        value["upper"] = layer_to_json(self.upper)
        return value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Container":
        """The container ``to_json`` wrote."""
        arguments = dict(value)
        arguments["config"] = ImageConfig.from_json(value["config"])
        host = dict(value["host_config"])
        host["mounts"] = tuple(VolumeMount(**mount) for mount in host["mounts"])
        for name in ("ports", "links", "extra_hosts", "aliases"):
            host[name] = tuple(host.get(name, ()))
        arguments["host_config"] = HostConfig(**host)
        arguments["upper"] = layer_from_json(value["upper"])
        arguments["args"] = tuple(value["args"])
        arguments["processes"] = tuple((pid, user, line) for pid, user, line in value["processes"])
        return cls(**arguments)


@dataclass(frozen=True)
class Volume:
    """A named or anonymous volume; its files live outside every image and container layer."""

    name: str
    created: int
    driver: str = "local"
    labels: tuple[tuple[str, str], ...] = ()
    content: LayerRef | None = None
    anonymous: bool = False

    def to_json(self) -> dict[str, Any]:
        """The value ``from_json`` reads."""
        value = asdict(self)
        value["content"] = layer_to_json(self.content)
        return value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Volume":
        """The volume ``to_json`` wrote."""
        arguments = dict(value)
        arguments["content"] = layer_from_json(value["content"])
        arguments["labels"] = tuple((key, item) for key, item in value["labels"])
        return cls(**arguments)


@dataclass(frozen=True)
class Network:
    """A network: a name containers can be attached to; no packet ever moves."""

    id: str
    name: str
    created: int
    driver: str = "bridge"
    scope: str = "local"
    internal: bool = False
    labels: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Network":
        """The network ``dataclasses.asdict`` wrote."""
        return cls(**{**value, "labels": tuple((key, item) for key, item in value["labels"])})


@dataclass(frozen=True)
class DaemonState:
    """Everything the daemon remembers. Mappings are never mutated: ``replace`` them."""

    images: Mapping[ImageID, ImageRecord] = field(default_factory=dict)
    tags: Mapping[str, ImageID] = field(default_factory=dict)
    """Full reference (``docker.io/library/busybox:latest``) -> image."""
    containers: Mapping[str, Container] = field(default_factory=dict)
    volumes: Mapping[str, Volume] = field(default_factory=dict)
    networks: Mapping[str, Network] = field(default_factory=dict)
    build_cache: Mapping[str, Any] = field(default_factory=dict)
    """The builder's cache records (engine.build.cache says what they mean)."""
    provenance: Mapping[str, Digest] = field(default_factory=dict)
    """Layer digest -> blob of JSON ``{path: command}``: which command put the path there."""
    logins: Mapping[str, str] = field(default_factory=dict)
    """Registry host -> user name logged in as."""
    log: tuple[tuple[int, str, str, str], ...] = ()
    """``docker events``: (ns, type, action, actor)."""

    def to_json(self) -> dict[str, Any]:
        """The value ``from_json`` reads."""
        return {
            "images": {key: record.to_json() for key, record in self.images.items()},
            "tags": dict(self.tags),
            "containers": {key: item.to_json() for key, item in self.containers.items()},
            "volumes": {key: item.to_json() for key, item in self.volumes.items()},
            "networks": {key: asdict(item) for key, item in self.networks.items()},
            "build_cache": dict(self.build_cache),
            "provenance": dict(self.provenance),
            "logins": dict(self.logins),
            "log": [list(row) for row in self.log],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "DaemonState":
        """The state ``to_json`` wrote."""
        return cls(
            images={ImageID(key): ImageRecord.from_json(item) for key, item in value["images"].items()},
            tags={key: ImageID(item) for key, item in value["tags"].items()},
            containers={key: Container.from_json(item) for key, item in value["containers"].items()},
            volumes={key: Volume.from_json(item) for key, item in value["volumes"].items()},
            networks={key: Network.from_json(item) for key, item in value["networks"].items()},
            build_cache=value["build_cache"],
            provenance={key: Digest(item) for key, item in value["provenance"].items()},
            logins=dict(value["logins"]),
            log=tuple((when, kind, action, actor) for when, kind, action, actor in value["log"]),
        )

    def changed(self, **parts: Any) -> "DaemonState":
        """This state with some parts replaced."""
        return replace(self, **parts)


def layer_to_json(ref: LayerRef | None) -> list[Any] | None:
    """A layer's name as JSON."""
    return [ref.digest, ref.diff_id, ref.size] if ref else None


def layer_from_json(value: list[Any] | None) -> LayerRef | None:
    """The name ``layer_to_json`` wrote."""
    return LayerRef(Digest(value[0]), DiffID(value[1]), value[2]) if value else None
