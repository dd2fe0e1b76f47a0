"""Options shared by ``docker run`` and ``docker create``, and what they mean."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import re2

from engine.cli.command import Cli, CliError
from engine.cli.flags import Flags, Option, flag, option, parse_bool
from engine.daemon.daemon import Daemon
from engine.daemon.errors import DaemonError
from engine.daemon.lifecycle import check_name
from engine.daemon.state import Container, HostConfig, VolumeMount
from engine.errors import EngineError
from engine.fs import Files, FsError
from engine.image.config import Healthcheck
from engine.image.reference import parse_normalized

_NO_EFFECT = " (accepted, has no effect in the lab)"
_VOLUME_NAME_RE = re2.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
_HIGHEST_PORT = 65535
_MOST_PORTS = 256
_PULL_CHOICES = ("always", "missing", "never")
_RESTART_POLICIES = ("no", "always", "unless-stopped", "on-failure")


def _inert(name: str, kind: str = "string", short: str = "") -> Option:
    return Option(name, f"{name.replace('-', ' ').capitalize()}{_NO_EFFECT}", short, kind)


CREATE_OPTIONS: tuple[Option, ...] = (
    option("add-host", "Add a custom host-to-IP mapping (host:ip)", kind="list"),
    option("attach", "Attach to STDIN, STDOUT or STDERR", "a", kind="list"),
    option("cidfile", "Write the container ID to the file"),
    option("entrypoint", "Overwrite the default ENTRYPOINT of the image"),
    option("env", "Set environment variables", "e", kind="list"),
    option("env-file", "Read in a file of environment variables", kind="list"),
    option("expose", "Expose a port or a range of ports", kind="list"),
    option("health-cmd", "Command to run to check health"),
    option("health-interval", "Time between running the check (ms|s|m|h)", kind="duration"),
    option("health-retries", "Consecutive failures needed to report unhealthy", kind="int"),
    option("health-timeout", "Maximum time to allow one check to run (ms|s|m|h)", kind="duration"),
    option("hostname", "Container host name", "h"),
    flag("init", "Run an init inside the container that forwards signals and reaps processes"),
    flag("interactive", "Keep STDIN open even if not attached", "i"),
    option("label", "Set meta data on a container", "l", kind="list"),
    option("label-file", "Read in a line delimited file of labels", kind="list"),
    option("link", "Add link to another container", kind="list"),
    option("memory", "Memory limit", "m", kind="bytes"),
    option("mount", "Attach a filesystem mount to the container", kind="list", type_name="mount"),
    option("name", "Assign a name to the container"),
    option("network", "Connect a container to a network", kind="list", type_name="network"),
    option("net", "Connect a container to a network", kind="list", type_name="network", hidden=True),
    option("network-alias", "Add network-scoped alias for the container", kind="list"),
    flag("no-healthcheck", "Disable any container-specified HEALTHCHECK"),
    option("platform", "Set platform if server is multi-platform capable"),
    flag("privileged", "Give extended privileges to this container"),
    option("publish", "Publish a container's port(s) to the host", "p", kind="list"),
    flag("publish-all", "Publish all exposed ports to random ports", "P"),
    option("pull", 'Pull image before running ("always", "missing", "never")', default="missing"),
    flag("quiet", "Suppress the pull output", "q"),
    flag("read-only", "Mount the container's root filesystem as read only"),
    option("restart", "Restart policy to apply when a container exits", default="no"),
    flag("rm", "Automatically remove the container and its associated anonymous volumes when it exits"),
    option("stop-signal", "Signal to stop the container"),
    option("stop-timeout", "Timeout (in seconds) to stop a container", kind="int"),
    option("tmpfs", "Mount a tmpfs directory", kind="list"),
    flag("tty", "Allocate a pseudo-TTY", "t"),
    option("user", "Username or UID (format: <name|uid>[:<group|gid>])", "u"),
    option("volume", "Bind mount a volume", "v", kind="list"),
    option("volumes-from", "Mount volumes from the specified container(s)", kind="list"),
    option("workdir", "Working directory inside the container", "w"),
    _inert("cap-add", "list"),
    _inert("cap-drop", "list"),
    _inert("cpu-shares", "int", "c"),
    _inert("cpus"),
    _inert("cpuset-cpus"),
    _inert("device", "list"),
    _inert("dns", "list"),
    _inert("gpus"),
    _inert("group-add", "list"),
    _inert("ip"),
    _inert("ipc"),
    _inert("log-driver"),
    _inert("log-opt", "list"),
    _inert("memory-swap", "bytes"),
    _inert("pid"),
    _inert("pids-limit", "int"),
    _inert("security-opt", "list"),
    _inert("shm-size", "bytes"),
    _inert("sysctl", "list"),
    _inert("ulimit", "list"),
    _inert("userns"),
)


@dataclass(frozen=True, slots=True)
class Creation:
    """What ``Daemon.create`` is to be called with."""

    image: str
    command: tuple[str, ...]
    entrypoint: tuple[str, ...] | None
    name: str
    hostname: str
    host_config: HostConfig
    changes: dict[str, Any]
    environment: tuple[str, ...]
    labels: dict[str, str]
    exposed: tuple[str, ...]
    publish_all: bool
    volumes_from: tuple[str, ...]


def read_creation(cli: Cli) -> Creation:
    """Make sense of the command line. Raises CliError with the client's own complaints."""
    flags = cli.flags
    words = cli.arguments
    if flags.text("pull") not in _PULL_CHOICES:
        choices = 'must be one of "always", "missing" or "never"'
        raise CliError(f"invalid pull option: '{flags.text('pull')}': {choices}")
    _check_restart(flags)
    files = cli.host.files
    changes: dict[str, Any] = {}
    for name, field in (("user", "user"), ("workdir", "working_dir"), ("stop-signal", "stop_signal")):
        if flags.text(name):
            changes[field] = flags.text(name)
    if "working_dir" in changes and not changes["working_dir"].startswith("/"):
        raise CliError(
            f"Error response from daemon: the working directory '{changes['working_dir']}' is invalid, "
            "it needs to be an absolute path"
        )
    if flags.on("no-healthcheck"):
        changes["healthcheck"] = Healthcheck(("NONE",))
    elif flags.text("health-cmd"):
        changes["healthcheck"] = Healthcheck(
            ("CMD-SHELL", flags.text("health-cmd")),
            interval=flags.number("health-interval"),
            timeout=flags.number("health-timeout"),
            retries=flags.number("health-retries"),
        )
    networks = flags.items("network") or flags.items("net")
    ports = tuple(port for text in flags.items("publish") for port in parse_port(text))
    entrypoint: tuple[str, ...] | None = None
    if "entrypoint" in flags.changed:
        entrypoint = (flags.text("entrypoint"),) if flags.text("entrypoint") else ()
    return Creation(
        image=words[0],
        command=tuple(words[1:]),
        entrypoint=entrypoint,
        name=flags.text("name"),
        hostname=flags.text("hostname"),
        host_config=HostConfig(
            auto_remove=flags.on("rm"),
            mounts=_mounts(files, flags),
            network=networks[0] if networks else "bridge",
            ports=ports,
            restart=flags.text("restart") or "no",
            read_only=flags.on("read-only"),
            privileged=flags.on("privileged"),
            memory=flags.number("memory"),
            links=tuple(flags.items("link")),
            aliases=tuple(flags.items("network-alias")),
            extra_hosts=tuple(flags.items("add-host")),
            init=flags.on("init"),
        ),
        changes=changes,
        environment=environment_pairs(cli),
        labels=_labels([*_lines_of_files(files, flags.items("label-file")), *flags.items("label")]),
        exposed=tuple(port for text in flags.items("expose") for port in _exposed(text)),
        publish_all=flags.on("publish-all"),
        volumes_from=tuple(flags.items("volumes-from")),
    )


def create_container(cli: Cli, creation: Creation) -> Container:
    """Create the container. Raises DaemonError."""
    daemon = cli.daemon
    flags = cli.flags
    if creation.name:
        check_name(creation.name.removeprefix("/"))
    config = daemon.image(creation.image).image.config
    for pair in creation.environment:
        variable, _, value = pair.partition("=")
        config = config.with_env(variable, value)
    anonymous = (mount.target for mount in creation.host_config.mounts if mount.anonymous)
    config = config.with_volumes(*anonymous)
    config = config.with_labels(creation.labels).with_exposed_ports(
        *creation.exposed, *(text.rpartition(":")[2] for text in creation.host_config.ports)
    )
    changes = {
        "env": config.env,
        "labels": config.labels,
        "exposed_ports": config.exposed_ports,
        "volumes": config.volumes,
        **creation.changes,
    }
    host = creation.host_config
    if creation.publish_all:
        published = {text.rpartition(":")[2] for text in host.ports}
        extra = tuple(f"::{port}" for port in config.exposed_ports if port not in published)
        host = replace(host, ports=host.ports + extra)
    host = replace(host, mounts=host.mounts + _mounts_from(daemon, creation.volumes_from))
    host = replace(host, network=_network_name(daemon, host.network))
    _prepare_binds(daemon, host.mounts)
    _check_memory(host.memory)
    container = daemon.create(
        creation.image,
        name=creation.name.removeprefix("/"),
        command=creation.command,
        entrypoint=creation.entrypoint,
        changes=changes,
        host_config=host,
        hostname=creation.hostname,
        tty=flags.on("tty"),
        open_stdin=flags.on("interactive"),
        attached=not flags.values.get("detach", True),
    )
    if flags.text("cidfile"):
        _write_cidfile(cli.host.files, flags.text("cidfile"), container.id)
    return container


def environment_pairs(cli: Cli) -> tuple[str, ...]:
    """``NAME=value`` texts of ``--env-file`` and ``-e``. Raises CliError."""
    files, flags = cli.host.files, cli.flags
    pairs = [*_lines_of_files(files, flags.items("env-file")), *flags.items("env")]
    return tuple(_environment(pairs, cli.host.env))


def check_image_name(text: str) -> None:
    """Raise ReferenceError when ``text`` is no image reference or id."""
    digits = text.removeprefix("sha256:")
    if len(digits) == 64 and all(digit in "0123456789abcdef" for digit in digits):
        return
    parse_normalized(text)


def _write_cidfile(files: Files, path: str, identity: str) -> None:
    if files.exists(path):
        raise CliError(
            f"container ID file found, make sure the other container isn't running or delete {path}"
        )
    files.write(path, identity.encode())


def _check_memory(memory: int) -> None:
    if 0 < memory < 6 * 1024 * 1024:
        raise DaemonError("Minimum memory limit allowed is 6MB")


def _check_restart(flags: Flags) -> None:
    policy = flags.text("restart")
    name, _, count = policy.partition(":")
    if name not in ("", *_RESTART_POLICIES):
        raise CliError(
            "Error response from daemon: invalid restart policy: unknown policy "
            f"'{name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'"
        )
    if count and not count.isdigit():
        raise CliError("invalid restart policy format: maximum retry count must be an integer")
    if count and name != "on-failure":
        raise CliError(
            "Error response from daemon: invalid restart policy: maximum retry count can only be used "
            "with 'on-failure'"
        )
    if flags.on("rm") and name not in ("", "no"):
        raise CliError("conflicting options: cannot specify both --restart and --rm")


# ---------------------------------------------------------------------- environment and labels


def _lines_of_files(files: Files, paths: Iterable[str]) -> list[str]:
    lines: list[str] = []
    for path in paths:
        try:
            text = files.read_text(path)
        except FsError as error:
            raise CliError(f"open {path}: {error.reason[:1].lower() + error.reason[1:]}") from None
        for line in text.splitlines():
            stripped = line.lstrip()
            if stripped and not stripped.startswith("#"):
                name = stripped.partition("=")[0]
                if any(char.isspace() for char in name):
                    raise CliError(f"invalid env file ({path}): variable '{name}' contains whitespaces")
                if not name:
                    raise CliError(f"invalid env file ({path}): no variable name on line '{line}'")
                lines.append(stripped)
    return lines


def _environment(pairs: Iterable[str], host: dict[str, str]) -> Iterable[str]:
    for pair in pairs:
        name, equals, _ = pair.partition("=")
        if not name:
            raise CliError(f"invalid environment variable: {pair}")
        if equals:
            yield pair
        elif name in host:
            yield f"{name}={host[name]}"


def _labels(pairs: Iterable[str]) -> dict[str, str]:
    labels: dict[str, str] = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        if not name:
            raise CliError(f"invalid label '{pair}': empty name")
        labels[name] = value
    return labels


# ---------------------------------------------------------------------- ports


def _port_range(text: str, what: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    numbers = [first, last] if dash else [first, first]
    if not all(
        number.isascii() and number.isdigit() and int(number[:6]) <= _HIGHEST_PORT for number in numbers
    ):
        raise CliError(f"invalid {what}: {text}")
    low, high = int(numbers[0]), int(numbers[1])
    if high < low or high - low >= _MOST_PORTS:
        raise CliError(f"invalid {what}: {text}")
    return low, high


def parse_port(text: str) -> list[str]:
    """``[[ip:]host:]container[/protocol]`` as ``ip:host:container/protocol`` texts. Raises CliError."""
    body, _, protocol = text.partition("/")
    protocol = protocol.lower() or "tcp"
    if protocol not in ("tcp", "udp", "sctp"):
        raise CliError(f"invalid proto: {protocol}")
    head, _, container = body.rpartition(":")
    address, _, host = head.rpartition(":")
    if not container:
        raise CliError(f"no port specified: {text}<empty>")
    low, high = _port_range(container, "containerPort")
    if not host:
        return [f"{address}::{port}/{protocol}" for port in range(low, high + 1)]
    host_low, host_high = _port_range(host, "hostPort")
    if host_high - host_low != high - low:
        raise CliError(f"invalid ranges specified for container and host Ports: {container} and {host}")
    shift = host_low - low
    return [f"{address}:{port + shift}:{port}/{protocol}" for port in range(low, high + 1)]


def _exposed(text: str) -> list[str]:
    body, _, protocol = text.partition("/")
    if ":" in body:
        raise CliError(f"invalid port format for --expose: {text}")
    try:
        low, high = _port_range(body, "containerPort")
    except CliError:
        raise CliError(f"invalid range format for --expose: {text}, error: invalid port range") from None
    return [f"{port}/{protocol or 'tcp'}" for port in range(low, high + 1)]


# ---------------------------------------------------------------------- mounts and networks


def _mounts(files: Files, flags: Flags) -> tuple[VolumeMount, ...]:
    mounts = [parse_volume(text, files.cwd) for text in flags.items("volume")]
    mounts += [parse_mount(text, files.cwd) for text in flags.items("mount")]
    mounts += [VolumeMount("tmpfs", "", text.partition(":")[0]) for text in flags.items("tmpfs")]
    seen: set[str] = set()
    for mount in mounts:
        if not mount.target.startswith("/"):
            raise CliError(
                f'Error response from daemon: invalid mount config for type "{mount.kind}": '
                f"invalid mount path: '{mount.target}' mount path must be absolute"
            )
        target = posixpath.normpath(mount.target)
        if target == "/":
            raise CliError("Error response from daemon: invalid specification: destination can't be '/'")
        if target in seen:
            raise CliError(f"Error response from daemon: Duplicate mount point: {mount.target}")
        seen.add(target)
    return tuple(mounts)


def parse_volume(text: str, cwd: str) -> VolumeMount:
    """``-v``: ``[name|path:]target[:mode]``. Raises CliError."""
    parts = text.split(":")
    if not text or len(parts) > 3 or not all(parts):
        raise CliError(f"Error response from daemon: invalid volume specification: '{text}'")
    if len(parts) == 1:
        return VolumeMount("volume", "", parts[0], anonymous=True)
    source, target = parts[0], parts[1]
    modes = parts[2].split(",") if len(parts) == 3 else []
    for mode in modes:
        if mode not in ("ro", "rw", "z", "Z", "nocopy", "cached", "delegated", "consistent", "rprivate"):
            raise CliError(f"Error response from daemon: invalid mode: {parts[2]}")
    read_only = "ro" in modes
    if source.startswith((".", "/", "~")):
        return VolumeMount("bind", _host_path(source, cwd), target, read_only)
    if not _VOLUME_NAME_RE.fullmatch(source):
        raise CliError(
            f'Error response from daemon: create {source}: "{source}" includes invalid characters for a '
            'local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a '
            "host directory, use absolute path"
        )
    return VolumeMount("volume", source, target, read_only)


def _host_path(path: str, cwd: str) -> str:
    return posixpath.normpath(posixpath.join(cwd, path))


_MOUNT_KEYS = {
    "type": "type",
    "source": "source",
    "src": "source",
    "target": "target",
    "dst": "target",
    "destination": "target",
    "readonly": "readonly",
    "ro": "readonly",
}


def parse_mount(text: str, cwd: str) -> VolumeMount:
    """``--mount``: ``type=…,source=…,target=…[,readonly]``. Raises CliError."""
    found: dict[str, str] = {"type": "volume"}
    problem = f'invalid argument "{text}" for "--mount" flag: '
    for field in text.split(","):
        key, equals, value = field.partition("=")
        name = _MOUNT_KEYS.get(key.lower().strip())
        if name is None:
            if not equals:
                raise CliError(f"{problem}invalid field '{field}' must be a key=value pair", 125)
            if key in (
                "bind-propagation",
                "volume-driver",
                "volume-opt",
                "volume-nocopy",
                "tmpfs-size",
                "tmpfs-mode",
            ):
                continue
            raise CliError(f"{problem}unexpected key '{key}' in '{field}'", 125)
        if name == "readonly":
            try:
                value = "true" if parse_bool(value or "true") else ""
            except EngineError:
                raise CliError(f"{problem}invalid value for {key}: {value}", 125) from None
        found[name] = value
    kind = found["type"]
    if kind not in ("bind", "volume", "tmpfs"):
        raise CliError(f'Error response from daemon: invalid mount config: mount type unknown: "{kind}"')
    if not found.get("target"):
        raise CliError(f"{problem}target is required", 125)
    source = found.get("source", "")
    if kind == "bind":
        if not source:
            problem = 'invalid mount config for type "bind": field Source must not be empty'
            raise CliError(f"Error response from daemon: {problem}")
        source = _host_path(source, cwd)
    read_only = bool(found.get("readonly"))
    return VolumeMount(kind, source, found["target"], read_only, kind == "volume" and not source)


def _prepare_binds(daemon: Daemon, mounts: Iterable[VolumeMount]) -> None:
    """A host directory that is not there is created, as ``-v`` does."""
    host = daemon.host
    if host is None:
        return
    for mount in mounts:
        if mount.kind == "bind" and not host.exists(mount.source):
            try:
                host.make_dirs(mount.source, 0o755)
            except FsError as error:
                raise DaemonError(
                    f"error while creating mount source path '{mount.source}': mkdir {mount.source}: "
                    f"{error.reason.lower()}"
                ) from None


def _mounts_from(daemon: Daemon, names: Iterable[str]) -> tuple[VolumeMount, ...]:
    mounts: list[VolumeMount] = []
    for text in names:
        name, _, mode = text.partition(":")
        for mount in daemon.find_container(name).host_config.mounts:
            mounts.append(replace(mount, read_only=mount.read_only or mode == "ro"))
    return tuple(mounts)


def _network_name(daemon: Daemon, wanted: str) -> str:
    if wanted in ("default", "bridge", "host", "none") or wanted.startswith("container:"):
        return "bridge" if wanted == "default" else wanted
    for network in daemon.state.networks.values():
        if wanted in (network.name, network.id) or network.id.startswith(wanted):
            return network.name
    raise DaemonError(f"network {wanted} not found")
