"""The daemon's answers as its HTTP API gives them: decoded JSON in Docker's field names and order.

The client prints nothing it has not got from here, so recorded answers can take the daemon's place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from engine.clock import SECOND, rfc3339
from engine.content import ImageID
from engine.daemon.daemon import Daemon
from engine.daemon.errors import DaemonError, NotFound
from engine.daemon.filters import (
    BadFilter,
    Filters,
    glob_matches,
    group_filters,
    matches_labels,
    matches_text,
    truth,
)
from engine.daemon.health import STARTING, health_of
from engine.daemon.network import container_address
from engine.daemon.state import Container, ImageRecord, Network, Volume, VolumeMount
from engine.daemon.times import parse_instant
from engine.daemon.usage import build_cache_records, disk_usage
from engine.daemon.version import API_VERSION, BUILD, BUILT, GO_VERSION, MIN_API_VERSION, VERSION
from engine.image.config import ImageConfig
from engine.image.reference import parse_reference
from engine.units import human_duration

_ZERO_TIME = "0001-01-01T00:00:00Z"
_IMAGE_FILTERS = ("dangling", "label", "label!", "before", "since", "reference", "until")
_CONTAINER_FILTERS = (
    "ancestor",
    "before",
    "exited",
    "expose",
    "health",
    "id",
    "is-task",
    "label",
    "name",
    "network",
    "publish",
    "since",
    "status",
    "volume",
)
_STATES = ("created", "running", "paused", "restarting", "removing", "exited", "dead")
_ROOT = "/var/lib/docker"


class DaemonApi:
    """GET and POST requests to one daemon."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon

    def get(self, path: str, **query: Any) -> Any:
        """Answer a GET request. Raises DaemonError and its kinds."""
        daemon = self._daemon
        exact = _GET.get(path)
        if exact is not None:
            return exact(daemon, query)
        _, kind, rest = path.split("/", 2)
        name, _, verb = rest.rpartition("/")
        answer = _GET_ONE.get((kind, verb)) if name else None
        if answer is not None:
            return answer(daemon, name, query)
        if kind == "volumes":
            return volume_answer(_find_volume(daemon, rest))
        if kind == "networks":
            return network_answer(daemon, find_network(daemon, rest))
        raise NotFound("page not found")

    def post(self, path: str, **query: Any) -> Any:
        """Answer a POST request. Raises DaemonError and its kinds."""
        _, kind, rest = path.split("/", 2)
        name, _, verb = rest.rpartition("/")
        if (kind, verb) == ("images", "tag"):
            daemon = self._daemon
            daemon.tag(daemon.find_image(name), query["reference"])
            return ""
        raise NotFound("page not found")


Query = Mapping[str, Any]


# ---------------------------------------------------------------------- images


@lru_cache(maxsize=4096)
def _seconds(created: str) -> int:
    """The Unix time of an RFC 3339 text, 0 when there is none."""
    if len(created) < 19:
        return 0
    try:
        return int(datetime.fromisoformat(created[:19]).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return 0


def _familiar_tags(daemon: Daemon, identity: str) -> list[str]:
    return [parse_reference(reference).familiar for reference in daemon.tags_of(identity)]


def _newest_first(daemon: Daemon) -> list[tuple[ImageID, ImageRecord]]:
    order = {identity: index for index, identity in enumerate(daemon.state.images)}
    return sorted(
        daemon.state.images.items(),
        key=lambda item: (item[1].image.created, item[1].stored_at, order[item[0]]),
        reverse=True,
    )


def list_images(daemon: Daemon, query: Query) -> list[dict[str, Any]]:
    """``/images/json``. ``all`` includes what is only a parent; ``filters`` are ``name=value`` texts."""
    filters = group_filters(query.get("filters", ()), _IMAGE_FILTERS)
    pattern = query.get("reference", "")
    if pattern:
        filters["reference"] = (*filters.get("reference", ()), pattern)
    parents = {record.parent for record in daemon.state.images.values() if record.parent}
    dangling_given = "dangling" in filters
    dangling = truth(filters, "dangling", False)
    before = min((_created_of(daemon, name) for name in filters.get("before", ())), default=None)
    since = max((_created_of(daemon, name) for name in filters.get("since", ())), default=None)
    until = min((parse_instant(text, daemon.clock.now) for text in filters.get("until", ())), default=None)
    answers = []
    for identity, record in _newest_first(daemon):
        key = (record.image.created, record.stored_at)
        if before is not None and key >= before:
            continue
        if since is not None and key <= since:
            continue
        if until is not None and _seconds(record.image.created) * SECOND > until:
            continue
        labels = record.image.config.label_map()
        if not matches_labels(filters.get("label", ()), labels):
            continue
        if any(matches_labels((pair,), labels) for pair in filters.get("label!", ())):
            continue
        tags = _familiar_tags(daemon, identity)
        digests = list(record.repo_digests)
        if "reference" in filters:
            wanted = filters["reference"]
            tags = [tag for tag in tags if _reference_matches(wanted, tag)]
            digests = [item for item in digests if _reference_matches(wanted, item)]
            if not tags and not digests:
                continue
        untagged = not tags and not digests
        if dangling_given and untagged != dangling:
            continue
        if untagged and identity in parents and not query.get("all"):
            continue
        answers.append(image_summary(record, identity, tags, digests))
    return answers


def _created_of(daemon: Daemon, name: str) -> tuple[str, int]:
    record = daemon.image(name)
    return record.image.created, record.stored_at


def _reference_matches(patterns: Iterable[str], text: str) -> bool:
    reference = parse_reference(text) if "@" not in text else parse_reference(text).without_tag()
    name = reference.familiar_name
    full = f"{name}:{reference.tag}" if reference.tag else name
    return any(
        glob_matches(pattern, full) or (":" not in pattern.rpartition("/")[2] and glob_matches(pattern, name))
        for pattern in patterns
    )


def image_summary(record: ImageRecord, identity: str, tags: list[str], digests: list[str]) -> dict[str, Any]:
    """One element of ``/images/json``."""
    return {
        "Containers": -1,
        "Created": _seconds(record.image.created),
        "Id": identity,
        "Labels": record.image.config.label_map() or None,
        "ParentId": record.parent,
        "RepoDigests": digests,
        "RepoTags": tags,
        "SharedSize": -1,
        "Size": record.image.size,
    }


def image_history(daemon: Daemon, name: str, query: Query) -> list[dict[str, Any]]:
    """``/images/NAME/history``, top row first."""
    identity = daemon.find_image(name)
    image = daemon.state.images[identity].image
    layers = iter(image.layers)
    rows: list[dict[str, Any]] = []
    for row in image.history:
        layer = None if row.empty_layer else next(layers, None)
        rows.append(
            {
                "Comment": row.comment,
                "Created": _seconds(row.created),
                "CreatedBy": row.created_by,
                "Id": "<missing>",
                "Size": layer.size if layer else 0,
                "Tags": None,
            }
        )
    rows.reverse()
    current: str = identity
    for answer in rows:
        answer["Id"] = current
        answer["Tags"] = _familiar_tags(daemon, current) or None
        current = daemon.state.images[ImageID(current)].parent
        if ImageID(current) not in daemon.state.images:
            break
    return rows


def inspect_image(daemon: Daemon, name: str, query: Query) -> dict[str, Any]:
    """``/images/NAME/json``."""
    identity = daemon.find_image(name)
    record = daemon.state.images[identity]
    image = record.image
    local = record.origin in ("classic", "commit", "import")
    answer: dict[str, Any] = {
        "Id": identity,
        "RepoTags": _familiar_tags(daemon, identity),
        "RepoDigests": list(record.repo_digests),
        "Parent": record.parent,
        "Comment": record.comment or (image.history[-1].comment if image.history else ""),
        "Created": image.created,
        "DockerVersion": VERSION if local else "",
        "Author": image.author,
        "Architecture": image.architecture,
        "Os": image.os,
        "Size": image.size,
        "GraphDriver": {"Data": _layer_directories(image.chain_ids), "Name": "overlay2"},
        "RootFS": {"Type": "layers", "Layers": [layer.diff_id for layer in image.layers]},
        "Metadata": {"LastTagTime": rfc3339(record.tagged_at) if record.tagged_at else _ZERO_TIME},
        "Config": _image_config(image.config),
    }
    if image.variant:
        answer["Variant"] = image.variant
    return answer


def _layer_directories(chain: Iterable[str]) -> dict[str, str]:
    stack = [f"{_ROOT}/overlay2/{identity.removeprefix('sha256:')}" for identity in chain]
    if not stack:
        return {}
    lower = ":".join(f"{directory}/diff" for directory in reversed(stack[:-1]))
    top = stack[-1]
    directories = {"LowerDir": lower} if lower else {}
    return directories | {
        "MergedDir": f"{top}/merged",
        "UpperDir": f"{top}/diff",
        "WorkDir": f"{top}/work",
    }


def _image_config(config: ImageConfig) -> dict[str, Any]:
    document = config.to_json()
    for name in ("Cmd", "Entrypoint", "Env", "Labels", "OnBuild", "Volumes"):
        document.setdefault(name, None)
    for name in ("User", "WorkingDir"):
        document.setdefault(name, "")
    return {name: document[name] for name in sorted(document)}


# ---------------------------------------------------------------------- containers


def container_status(container: Container, now: int) -> str:
    """The STATUS column of ``docker ps``."""
    if container.status == "restarting":
        return f"Restarting ({container.exit_code}) {human_duration(now - container.finished)} ago"
    if container.running:
        up = f"Up {human_duration(now - container.started)}"
        health = health_of(container)
        if container.status == "paused":
            return f"{up} (Paused)"
        return f"{up} ({'health: starting' if health == STARTING else health})" if health else up
    if container.status == "dead":
        return "Dead"
    if not container.started and container.status == "created":
        return "Created"
    return f"Exited ({container.exit_code}) {human_duration(now - container.finished)} ago"


def _command_text(container: Container) -> str:
    words = [f"'{word}'" if " " in word else word for word in container.args]
    return " ".join((container.path, *words))


def shown_image(daemon: Daemon, container: Container) -> str:
    """The image's name as it was typed, or its id when that name now means something else."""
    try:
        same = daemon.find_image(container.image_name) == container.image
    except DaemonError:
        same = False
    return container.image_name if same else container.image


def _ports(container: Container) -> list[dict[str, Any]]:
    if not container.running:
        return []
    answers: list[dict[str, Any]] = []
    published = set()
    for text in container.host_config.ports:
        address, host_port, target = _split_port(text)
        number, _, protocol = target.partition("/")
        published.add(target)
        for ip in [address] if address else ["0.0.0.0", "::"]:
            answers.append(
                {"IP": ip, "PrivatePort": int(number), "PublicPort": int(host_port), "Type": protocol}
            )
    for port in container.config.exposed_ports:
        if port not in published:
            number, _, protocol = port.partition("/")
            answers.append({"PrivatePort": int(number), "Type": protocol or "tcp"})
    return answers


def _split_port(text: str) -> tuple[str, str, str]:
    head, _, target = text.rpartition(":")
    address, _, host_port = head.rpartition(":")
    return address.strip("[]"), host_port, target


def _mounts(daemon: Daemon, container: Container) -> list[dict[str, Any]]:
    return [_mount(mount) for mount in container.host_config.mounts]


def _mount(mount: VolumeMount) -> dict[str, Any]:
    answer: dict[str, Any] = {"Type": mount.kind}
    if mount.kind == "volume":
        answer |= {
            "Name": mount.source,
            "Source": f"{_ROOT}/volumes/{mount.source}/_data",
            "Destination": mount.target,
            "Driver": "local",
        }
    else:
        answer |= {"Source": mount.source, "Destination": mount.target}
    mode = "ro" if mount.read_only else ("z" if mount.kind == "volume" else "")
    return answer | {
        "Mode": mode,
        "RW": not mount.read_only,
        "Propagation": "rprivate" if mount.kind == "bind" else "",
    }


def container_sizes(daemon: Daemon, container: Container) -> tuple[int, int]:
    """Bytes in the read-write layer, and in all layers together."""
    written = daemon.written(container).disk_size
    return written, written + sum(layer.size for layer in daemon.view_layers(container.image))


def container_summary(daemon: Daemon, container: Container, *, size: bool) -> dict[str, Any]:
    """One element of ``/containers/json``."""
    answer: dict[str, Any] = {
        "Id": container.id,
        "Names": [f"/{container.name}"],
        "Image": shown_image(daemon, container),
        "ImageID": container.image,
        "Command": _command_text(container),
        "Created": container.created // SECOND,
        "Ports": _ports(container),
        "Labels": container.config.label_map(),
        "State": container.status,
        "Status": container_status(container, daemon.clock.now),
        "HostConfig": {"NetworkMode": container.host_config.network},
        "NetworkSettings": {"Networks": {container.host_config.network: {}}},
        "Mounts": _mounts(daemon, container),
    }
    if size:
        answer["SizeRw"], answer["SizeRootFs"] = container_sizes(daemon, container)
    return answer


def list_containers(daemon: Daemon, query: Query) -> list[dict[str, Any]]:
    """``/containers/json``, newest first. ``limit`` > 0 keeps that many and implies ``all``."""
    filters = group_filters(query.get("filters", ()), _CONTAINER_FILTERS)
    for status in filters.get("status", ()):
        if status not in _STATES:
            raise BadFilter(f"invalid filter 'status={status}'")
    limit = int(query.get("limit", 0))
    shows_all = (
        bool(query.get("all")) or limit > 0 or bool({"status", "exited", "before", "since"} & set(filters))
    )
    matching = _container_matcher(daemon, filters)
    order = {identity: index for index, identity in enumerate(daemon.state.containers)}
    chosen = sorted(
        (item for item in daemon.state.containers.values() if (shows_all or item.running) and matching(item)),
        key=lambda item: (item.created, order[item.id]),
        reverse=True,
    )
    if limit > 0:
        chosen = chosen[:limit]
    return [container_summary(daemon, item, size=bool(query.get("size"))) for item in chosen]


def _container_matcher(daemon: Daemon, filters: Filters) -> Callable[[Container], bool]:
    before = min((daemon.find_container(name).created for name in filters.get("before", ())), default=None)
    since = max((daemon.find_container(name).created for name in filters.get("since", ())), default=None)
    ancestors: set[str] | None = None
    if "ancestor" in filters:
        ancestors = set()
        for name in filters["ancestor"]:
            try:
                ancestors.add(daemon.find_image(name))
            except DaemonError:
                continue
    exits = set()
    for text in filters.get("exited", ()):
        if not text.lstrip("-").isdigit():
            raise BadFilter(f"invalid filter 'exited={text}'")
        exits.add(int(text))

    def matches(item: Container) -> bool:
        host = item.host_config
        checks: list[bool] = []
        if before is not None:
            checks.append(item.created < before)
        if since is not None:
            checks.append(item.created > since)
        if ancestors is not None:
            checks.append(_descends(daemon, item.image, ancestors))
        if exits:
            checks.append(item.exit_code in exits and not item.running and item.started > 0)
        if "status" in filters:
            checks.append(item.status in filters["status"])
        if "id" in filters:
            checks.append(any(item.id.startswith(prefix) for prefix in filters["id"]))
        if "name" in filters:
            checks.append(
                matches_text((name.removeprefix("/") for name in filters["name"]), item.name)
                or matches_text(filters["name"], f"/{item.name}")
            )
        if "label" in filters:
            checks.append(matches_labels(filters["label"], item.config.label_map()))
        if "network" in filters:
            checks.append(host.network in filters["network"])
        if "volume" in filters:
            places = {place for mount in host.mounts for place in (mount.source, mount.target)}
            checks.append(bool(places & set(filters["volume"])))
        if "publish" in filters:
            ports = {_split_port(text)[1] for text in host.ports}
            checks.append(bool(ports & {port.partition("/")[0] for port in filters["publish"]}))
        if "expose" in filters:
            exposed = {port.partition("/")[0] for port in item.config.exposed_ports}
            checks.append(bool(exposed & {port.partition("/")[0] for port in filters["expose"]}))
        if "health" in filters:
            checks.append((health_of(item) or "none") in filters["health"])
        return all(checks)

    return matches


def _descends(daemon: Daemon, identity: str, ancestors: set[str]) -> bool:
    """Whether an image is one of ``ancestors`` or was made from one."""
    image = daemon.state.images.get(ImageID(identity))
    if image is None:
        return identity in ancestors
    if identity in ancestors:
        return True
    chain = image.image.chain_ids
    for ancestor in ancestors:
        other = daemon.state.images[ImageID(ancestor)].image.chain_ids
        if other and chain[: len(other)] == other:
            return True
    return False


def container_changes(daemon: Daemon, name: str, query: Query) -> list[dict[str, Any]]:
    """``/containers/NAME/changes``: kind 0 changed, 1 added, 2 deleted."""
    kinds = {"C": 0, "A": 1, "D": 2}
    found = daemon.diff(daemon.find_container(name))
    return [{"Path": f"/{change.path}", "Kind": kinds[change.kind]} for change in found]


def inspect_container(daemon: Daemon, name: str, query: Query) -> dict[str, Any]:
    """``/containers/NAME/json``."""
    container = daemon.find_container(name)
    host = container.host_config
    directory = f"{_ROOT}/containers/{container.id}"
    answer: dict[str, Any] = {
        "Id": container.id,
        "Created": rfc3339(container.created),
        "Path": container.path,
        "Args": list(container.args),
        "State": {
            "Status": container.status,
            "Running": container.running,
            "Paused": container.status == "paused",
            "Restarting": container.status == "restarting",
            "OOMKilled": False,
            "Dead": container.status == "dead",
            "Pid": int(container.id[:4], 16) + 1000 if container.running else 0,
            "ExitCode": 0 if container.running else container.exit_code,
            "Error": container.error,
            "StartedAt": rfc3339(container.started) if container.started else _ZERO_TIME,
            "FinishedAt": rfc3339(container.finished) if container.finished else _ZERO_TIME,
            **_health_answer(container),
        },
        "Image": container.image,
        "ResolvConfPath": f"{directory}/resolv.conf",
        "HostnamePath": f"{directory}/hostname",
        "HostsPath": f"{directory}/hosts",
        "LogPath": f"{directory}/{container.id}-json.log",
        "Name": f"/{container.name}",
        "RestartCount": container.restart_count,
        "Driver": "overlay2",
        "Platform": "linux",
        "MountLabel": "",
        "ProcessLabel": "",
        "AppArmorProfile": "",
        "ExecIDs": None,
        "HostConfig": _host_config(container),
        "GraphDriver": {"Data": _container_directories(daemon, container), "Name": "overlay2"},
    }
    if query.get("size"):
        answer["SizeRw"], answer["SizeRootFs"] = container_sizes(daemon, container)
    return answer | {
        "Mounts": _mounts(daemon, container),
        "Config": _container_config(container),
        "NetworkSettings": _network_settings(daemon, container, host.network),
    }


def _health_answer(container: Container) -> dict[str, Any]:
    health = health_of(container)
    if not health:
        return {}
    return {"Health": {"Status": health, "FailingStreak": container.failing_streak, "Log": []}}


def _container_directories(daemon: Daemon, container: Container) -> dict[str, str]:
    chain = daemon.state.images[container.image].image.chain_ids
    directory = f"{_ROOT}/overlay2/{container.id}"
    lower = [f"{directory}-init/diff"]
    lower += [f"{_ROOT}/overlay2/{identity.removeprefix('sha256:')}/diff" for identity in reversed(chain)]
    return {
        "ID": container.id,
        "LowerDir": ":".join(lower),
        "MergedDir": f"{directory}/merged",
        "UpperDir": f"{directory}/diff",
        "WorkDir": f"{directory}/work",
    }


def _bind_text(mount: VolumeMount) -> str:
    return f"{mount.source}:{mount.target}" + (":ro" if mount.read_only else "")


def port_bindings(container: Container) -> dict[str, list[dict[str, str]]]:
    """Published ports as ``{"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}``."""
    bindings: dict[str, list[dict[str, str]]] = {}
    for text in container.host_config.ports:
        address, host_port, target = _split_port(text)
        bindings.setdefault(target, []).append({"HostIp": address, "HostPort": host_port})
    return bindings


def _host_config(container: Container) -> dict[str, Any]:
    host = container.host_config
    binds = [_bind_text(mount) for mount in host.mounts if mount.kind != "tmpfs" and not mount.anonymous]
    name, _, count = host.restart.partition(":")
    return {
        "Binds": binds or None,
        "ContainerIDFile": "",
        "LogConfig": {"Type": "json-file", "Config": {}},
        "NetworkMode": host.network,
        "PortBindings": port_bindings(container),
        "RestartPolicy": {"Name": name, "MaximumRetryCount": int(count or 0)},
        "AutoRemove": host.auto_remove,
        "VolumeDriver": "",
        "VolumesFrom": None,
        "ConsoleSize": [0, 0],
        "CapAdd": None,
        "CapDrop": None,
        "CgroupnsMode": "private",
        "Dns": [],
        "DnsOptions": [],
        "DnsSearch": [],
        "ExtraHosts": list(host.extra_hosts) or None,
        "GroupAdd": None,
        "IpcMode": "private",
        "Cgroup": "",
        "Links": list(host.links) or None,
        "OomScoreAdj": 0,
        "PidMode": "",
        "Privileged": host.privileged,
        "PublishAllPorts": False,
        "ReadonlyRootfs": host.read_only,
        "SecurityOpt": None,
        "UTSMode": "",
        "UsernsMode": "",
        "ShmSize": 67108864,
        "Runtime": "runc",
        "Isolation": "",
        "CpuShares": 0,
        "Memory": host.memory,
        "NanoCpus": 0,
        "CgroupParent": "",
        "Tmpfs": {mount.target: "" for mount in host.mounts if mount.kind == "tmpfs"} or None,
        "MaskedPaths": ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"],
        "ReadonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
    }


def _container_config(container: Container) -> dict[str, Any]:
    config = container.config
    answer: dict[str, Any] = {
        "Hostname": container.hostname,
        "Domainname": "",
        "User": config.user,
        "AttachStdin": container.open_stdin and container.attached,
        "AttachStdout": container.attached,
        "AttachStderr": container.attached,
    }
    if config.exposed_ports:
        answer["ExposedPorts"] = {port: {} for port in config.exposed_ports}
    answer |= {
        "Tty": container.tty,
        "OpenStdin": container.open_stdin,
        "StdinOnce": container.open_stdin and container.attached,
        "Env": list(config.env),
        "Cmd": None if config.cmd is None else list(config.cmd),
    }
    if config.healthcheck:
        answer["Healthcheck"] = config.healthcheck.to_json()
    answer |= {
        "Image": container.image_name,
        "Volumes": {path: {} for path in config.volumes} or None,
        "WorkingDir": config.working_dir,
        "Entrypoint": None if config.entrypoint is None else list(config.entrypoint),
        "OnBuild": list(config.on_build) or None,
        "Labels": config.label_map(),
    }
    if config.stop_signal:
        answer["StopSignal"] = config.stop_signal
    if config.shell:
        answer["Shell"] = list(config.shell)
    return answer


def _network_settings(daemon: Daemon, container: Container, network: str) -> dict[str, Any]:
    connected = container.running and network not in ("none", "host")
    address = container_address(daemon.state, container) if connected else ""
    gateway = address.rpartition(".")[0] + ".1" if connected else ""
    mac = "02:42:" + ":".join(f"{int(part):02x}" for part in address.split(".")) if connected else ""
    known = next((item.id for item in daemon.state.networks.values() if item.name == network), "")
    endpoint = container.id[::-1] if connected else ""
    ports: dict[str, Any] = dict.fromkeys(container.config.exposed_ports) if container.running else {}
    if container.running:
        ports |= port_bindings(container)
    own = {
        "EndpointID": endpoint,
        "Gateway": gateway,
        "IPAddress": address,
        "IPPrefixLen": 16 if connected else 0,
        "IPv6Gateway": "",
        "GlobalIPv6Address": "",
        "GlobalIPv6PrefixLen": 0,
    }
    return {
        "Bridge": "",
        "SandboxID": container.id if container.running else "",
        "SandboxKey": f"/var/run/docker/netns/{container.id[:12]}" if container.running else "",
        "Ports": ports,
        "HairpinMode": False,
        "LinkLocalIPv6Address": "",
        "LinkLocalIPv6PrefixLen": 0,
        "SecondaryIPAddresses": None,
        "SecondaryIPv6Addresses": None,
        **own,
        "MacAddress": mac,
        "Networks": {
            network: {
                "IPAMConfig": None,
                "Links": None,
                "Aliases": None,
                "MacAddress": mac,
                "DriverOpts": None,
                "GwPriority": 0,
                "NetworkID": known if container.running else "",
                **own,
                "DNSNames": None,
            }
        },
    }


# ---------------------------------------------------------------------- volumes and networks


def _find_volume(daemon: Daemon, name: str) -> Volume:
    volume = daemon.state.volumes.get(name)
    if volume is None:
        raise NotFound(f"get {name}: no such volume")
    return volume


def volume_answer(volume: Volume) -> dict[str, Any]:
    """One volume as the API describes it."""
    return {
        "CreatedAt": rfc3339(volume.created // SECOND * SECOND),
        "Driver": volume.driver,
        "Labels": dict(volume.labels) or ({"com.docker.volume.anonymous": ""} if volume.anonymous else None),
        "Mountpoint": f"{_ROOT}/volumes/{volume.name}/_data",
        "Name": volume.name,
        "Options": None,
        "Scope": "local",
    }


def list_volumes(daemon: Daemon, query: Query) -> dict[str, Any]:
    """``/volumes``, by name."""
    filters = group_filters(query.get("filters", ()), ("dangling", "driver", "label", "name"))
    used = {m.source for item in daemon.state.containers.values() for m in item.host_config.mounts}
    answers = []
    for name in sorted(daemon.state.volumes):
        volume = daemon.state.volumes[name]
        if "dangling" in filters and truth(filters, "dangling", False) != (name not in used):
            continue
        if "driver" in filters and volume.driver not in filters["driver"]:
            continue
        if "name" in filters and not matches_text(filters["name"], name):
            continue
        if not matches_labels(filters.get("label", ()), dict(volume.labels)):
            continue
        answers.append(volume_answer(volume))
    return {"Volumes": answers, "Warnings": None}


def find_network(daemon: Daemon, name: str) -> Network:
    """A network by name, id or unique id prefix. Raises NotFound."""
    networks = daemon.state.networks
    for network in networks.values():
        if name in (network.name, network.id):
            return network
    found = [network for identity, network in networks.items() if name and identity.startswith(name)]
    if len(found) == 1:
        return found[0]
    raise NotFound(f"network {name} not found")


def network_answer(daemon: Daemon, network: Network) -> dict[str, Any]:
    """One network as the API describes it."""
    names = [item.name for item in daemon.state.networks.values() if item.name not in ("host", "none")]
    config = []
    if network.name in names:
        block = 17 + names.index(network.name)
        config = [{"Subnet": f"172.{block}.0.0/16", "Gateway": f"172.{block}.0.1"}]
    members = {
        item.id: {
            "Name": item.name,
            "EndpointID": item.id[::-1],
            "MacAddress": "",
            "IPv4Address": f"{container_address(daemon.state, item)}/16",
            "IPv6Address": "",
        }
        for item in daemon.state.containers.values()
        if item.running and item.host_config.network == network.name and config
    }
    return {
        "Name": network.name,
        "Id": network.id,
        "Created": rfc3339(network.created),
        "Scope": network.scope,
        "Driver": network.driver,
        "EnableIPv4": True,
        "EnableIPv6": False,
        "IPAM": {"Driver": "default", "Options": None, "Config": config},
        "Internal": network.internal,
        "Attachable": False,
        "Ingress": False,
        "ConfigFrom": {"Network": ""},
        "ConfigOnly": False,
        "Containers": members,
        "Options": {},
        "Labels": dict(network.labels),
    }


def list_networks(daemon: Daemon, query: Query) -> list[dict[str, Any]]:
    """``/networks``, by name."""
    filters = group_filters(
        query.get("filters", ()), ("dangling", "driver", "id", "label", "name", "scope", "type")
    )
    answers = []
    for network in sorted(daemon.state.networks.values(), key=lambda item: item.name):
        builtin = network.name in ("bridge", "host", "none")
        if "driver" in filters and network.driver not in filters["driver"]:
            continue
        if "id" in filters and not any(network.id.startswith(prefix) for prefix in filters["id"]):
            continue
        if "name" in filters and not matches_text(filters["name"], network.name):
            continue
        if "scope" in filters and network.scope not in filters["scope"]:
            continue
        if "type" in filters and ("builtin" if builtin else "custom") not in filters["type"]:
            continue
        if not matches_labels(filters.get("label", ()), dict(network.labels)):
            continue
        answers.append(network_answer(daemon, network))
    return answers


# ---------------------------------------------------------------------- system


def system_info(daemon: Daemon, query: Query) -> dict[str, Any]:
    """``/info``."""
    containers = daemon.state.containers.values()
    return {
        "ID": daemon.seed,
        "Containers": len(containers),
        "ContainersRunning": sum(item.status == "running" for item in containers),
        "ContainersPaused": sum(item.status == "paused" for item in containers),
        "ContainersStopped": sum(not item.running for item in containers),
        "Images": len(daemon.state.images),
        "Driver": "overlay2",
        "DriverStatus": [
            ["Backing Filesystem", "extfs"],
            ["Supports d_type", "true"],
            ["Using metacopy", "false"],
            ["Native Overlay Diff", "true"],
            ["userxattr", "false"],
        ],
        "Plugins": {
            "Volume": ["local"],
            "Network": ["bridge", "host", "null"],
            "Authorization": None,
            "Log": ["json-file"],
        },
        "LoggingDriver": "json-file",
        "CgroupDriver": "systemd",
        "CgroupVersion": "2",
        "KernelVersion": "6.8.0-45-generic",
        "OperatingSystem": "Layer Lab (simulated)",
        "OSType": "linux",
        "Architecture": "x86_64",
        "NCPU": 1,
        "MemTotal": 2_097_152_000,
        "DockerRootDir": _ROOT,
        "Name": "lab",
        "Labels": [],
        "ExperimentalBuild": False,
        "ServerVersion": VERSION,
        "DefaultRuntime": "runc",
        "Swarm": {"NodeID": "", "LocalNodeState": "inactive", "ControlAvailable": False},
        "LiveRestoreEnabled": False,
        "IndexServerAddress": "https://index.docker.io/v1/",
        "InsecureRegistries": ["127.0.0.0/8", "::1/128"],
    }


def system_version(daemon: Daemon, query: Query) -> dict[str, Any]:
    """``/version``."""
    return {
        "Platform": {"Name": "Layer Lab"},
        "Version": VERSION,
        "ApiVersion": API_VERSION,
        "MinAPIVersion": MIN_API_VERSION,
        "Os": "linux",
        "Arch": "amd64",
        "KernelVersion": "6.8.0-45-generic",
        "GoVersion": GO_VERSION,
        "GitCommit": BUILD,
        "BuildTime": BUILT,
        "Experimental": False,
    }


def system_disk_usage(daemon: Daemon, query: Query) -> dict[str, Any]:
    """``/system/df``."""
    usage = disk_usage(daemon.state)
    images = []
    for identity, record in _newest_first(daemon):
        tags = _familiar_tags(daemon, identity)
        if not tags and not record.repo_digests and identity in usage.parents:
            continue
        summary = image_summary(record, identity, tags, list(record.repo_digests))
        summary["SharedSize"] = usage.shared[identity]
        summary["Containers"] = usage.containers.get(identity, 0)
        images.append(summary)
    volumes = []
    for name in sorted(daemon.state.volumes):
        answer = volume_answer(daemon.state.volumes[name])
        size = daemon.volume_tree(name).upper_layer().size
        answer["UsageData"] = {"Size": size, "RefCount": usage.volume_users.get(name, 0)}
        volumes.append(answer)
    return {
        "LayersSize": usage.layers_size,
        "Images": images,
        "Containers": list_containers(daemon, {"all": True, "size": True}),
        "Volumes": volumes,
        "BuildCache": build_cache_records(daemon.state),
    }


_GET: dict[str, Callable[[Daemon, Query], Any]] = {
    "/images/json": list_images,
    "/containers/json": list_containers,
    "/volumes": list_volumes,
    "/networks": list_networks,
    "/info": system_info,
    "/version": system_version,
    "/system/df": system_disk_usage,
}
_GET_ONE: dict[tuple[str, str], Callable[[Daemon, str, Query], Any]] = {
    ("images", "json"): inspect_image,
    ("images", "history"): image_history,
    ("containers", "json"): inspect_container,
    ("containers", "changes"): container_changes,
}
