"""The Go types of the daemon's answers, so that templates see structs as the client does.

Each struct is a list of ``GoName:jsonName type``; a trailing ``?`` on the JSON name means omitempty.
Answers come as decoded JSON and are turned into Go values field by field.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from engine.cli.gotemplate import (
    Duration,
    GoInt,
    GoMap,
    GoSlice,
    GoString,
    GoStruct,
    GoTime,
    GoValue,
    NilPointer,
    StructField,
)

_STRUCTS: Mapping[str, str] = {
    "image.InspectResponse": """
        ID:Id string; RepoTags []string; RepoDigests []string; Parent string; Comment string;
        Created? string; DockerVersion string; Author string; Config *container.Config;
        Architecture string; Variant? string; Os string; OsVersion? string; Size int64; VirtualSize? int64;
        GraphDriver storage.DriverData; RootFS image.RootFS; Metadata image.Metadata
    """,
    "image.Summary": """
        Containers int64; Created int64; ID:Id string; Labels map[string]string; ParentID:ParentId string;
        Descriptor? *ocispec.Descriptor; Manifests? []any; RepoDigests []string; RepoTags []string;
        SharedSize int64; Size int64; VirtualSize? int64
    """,
    "ocispec.Descriptor": "MediaType:mediaType string; Digest:digest string; Size:size int64",
    "image.RootFS": "Type? string; Layers? []string",
    "image.Metadata": "LastTagTime? time",
    "storage.DriverData": "Data map[string]string; Name string",
    "container.Config": """
        Hostname string; Domainname string; User string; AttachStdin bool; AttachStdout bool;
        AttachStderr bool; ExposedPorts? map[nat.Port]struct{}; Tty bool; OpenStdin bool; StdinOnce bool;
        Env []string; Cmd strslice; Healthcheck? *container.HealthConfig; ArgsEscaped? bool; Image string;
        Volumes map[string]struct{}; WorkingDir string; Entrypoint strslice; NetworkDisabled? bool;
        MacAddress? string; OnBuild? []string; Labels map[string]string; StopSignal? string;
        StopTimeout? *int; Shell? strslice
    """,
    "container.HealthConfig": """
        Test? []string; Interval? duration; Timeout? duration; StartPeriod? duration;
        StartInterval? duration; Retries? int
    """,
    "container.InspectResponse": """
        ID:Id string; Created string; Path string; Args []string; State *container.State; Image string;
        ResolvConfPath string; HostnamePath string; HostsPath string; LogPath string; Name string;
        RestartCount int; Driver string; Platform string; MountLabel string; ProcessLabel string;
        AppArmorProfile string; ExecIDs []string; HostConfig *container.HostConfig;
        GraphDriver storage.DriverData; SizeRw? *int64; SizeRootFs? *int64; Mounts []container.MountPoint;
        Config *container.Config; NetworkSettings *container.NetworkSettings
    """,
    "container.State": """
        Status string; Running bool; Paused bool; Restarting bool; OOMKilled bool; Dead bool; Pid int;
        ExitCode int; Error string; StartedAt string; FinishedAt string; Health? *container.Health
    """,
    "container.Health": "Status string; FailingStreak int; Log []any",
    "container.HostConfig": """
        Binds []string; ContainerIDFile string; LogConfig container.LogConfig; NetworkMode string;
        PortBindings map[string]any; RestartPolicy container.RestartPolicy; AutoRemove bool;
        VolumeDriver string; VolumesFrom []string; ConsoleSize []any; CapAdd []string; CapDrop []string;
        CgroupnsMode string; Dns []string; DnsOptions []string; DnsSearch []string; ExtraHosts []string;
        GroupAdd []string; IpcMode string; Cgroup string; Links []string; OomScoreAdj int; PidMode string;
        Privileged bool; PublishAllPorts bool; ReadonlyRootfs bool; SecurityOpt []string; UTSMode string;
        UsernsMode string; ShmSize int64; Runtime? string; Isolation string; CPUShares:CpuShares int64;
        Memory int64; NanoCPUs:NanoCpus int64; CgroupParent string; Init? *bool;
        Tmpfs? map[string]string; MaskedPaths []string; ReadonlyPaths []string
    """,
    "container.LogConfig": "Type string; Config map[string]string",
    "container.RestartPolicy": "Name string; MaximumRetryCount int",
    "container.MountPoint": """
        Type? string; Name? string; Source string; Destination string; Driver? string; Mode string; RW bool;
        Propagation string
    """,
    "container.NetworkSettings": """
        Bridge string; SandboxID string; SandboxKey string; Ports map[string]any; HairpinMode bool;
        LinkLocalIPv6Address string; LinkLocalIPv6PrefixLen int; SecondaryIPAddresses any;
        SecondaryIPv6Addresses any; EndpointID string; Gateway string; GlobalIPv6Address string;
        GlobalIPv6PrefixLen int; IPAddress string; IPPrefixLen int; IPv6Gateway string; MacAddress string;
        Networks map[string]*network.EndpointSettings
    """,
    "network.EndpointSettings": """
        IPAMConfig any; Links []string; Aliases []string; MacAddress string; DriverOpts map[string]string;
        GwPriority int; NetworkID string; EndpointID string; Gateway string; IPAddress string;
        IPPrefixLen int; IPv6Gateway string; GlobalIPv6Address string; GlobalIPv6PrefixLen int;
        DNSNames []string
    """,
    "volume.Volume": """
        CreatedAt? string; Driver string; Labels map[string]string; Mountpoint string; Name string;
        Options map[string]string; Scope string
    """,
    "network.Inspect": """
        Name string; ID:Id string; Created time; Scope string; Driver string; EnableIPv4 bool;
        EnableIPv6 bool; IPAM network.IPAM; Internal bool; Attachable bool; Ingress bool;
        ConfigFrom network.ConfigReference; ConfigOnly bool; Containers map[string]network.EndpointResource;
        Options map[string]string; Labels map[string]string
    """,
    "network.IPAM": "Driver string; Options map[string]string; Config []network.IPAMConfig",
    "network.IPAMConfig": "Subnet? string; IPRange? string; Gateway? string",
    "network.ConfigReference": "Network string",
    "network.EndpointResource": """
        Name string; EndpointID string; MacAddress string; IPv4Address string; IPv6Address string
    """,
}

_Field = tuple[str, str, bool, str]
_SCALARS = {"string": "", "bool": False, "int": 0, "any": None}


@cache
def _fields(name: str) -> tuple[_Field, ...]:
    result: list[_Field] = []
    for declaration in _STRUCTS[name].split(";"):
        left, _, kind = declaration.strip().rpartition(" ")
        optional = left.endswith("?")
        go_name, _, json_name = left.removesuffix("?").partition(":")
        result.append((go_name, json_name or go_name, optional, kind))
    return tuple(result)


def typed(name: str, answer: Mapping[str, Any], *, pointer: bool = False) -> GoStruct:
    """The struct ``name`` with the values of ``answer``; what the answer lacks is zero."""
    return GoStruct(
        name,
        tuple(
            StructField(go_name, _value(kind, answer.get(json_name)), json_name, optional)
            for go_name, json_name, optional, kind in _fields(name)
        ),
        is_pointer=pointer,
    )


def _value(kind: str, value: Any) -> GoValue:
    if kind.startswith("*"):
        return _pointer(kind[1:], value)
    if kind.startswith("[]"):
        inner = kind[2:]
        items = value if isinstance(value, list) else []
        return GoSlice([_value(inner, item) for item in items], _go_name(inner), is_nil=value is None)
    if kind == "strslice":
        return GoSlice(value or [], "string", is_nil=value is None)
    if kind.startswith("map["):
        inner = kind.partition("]")[2]
        members = value if isinstance(value, dict) else {}
        values = {key: _value(inner, item) for key, item in members.items()}
        return GoMap(values, _go_name(inner), is_nil=value is None)
    if kind == "struct{}":
        return GoStruct("struct {}")
    if kind in _STRUCTS:
        return typed(kind, value if isinstance(value, dict) else {})
    if kind == "time":
        return GoTime(value if isinstance(value, str) else "0001-01-01T00:00:00Z")
    if kind == "duration":
        return Duration(value or 0)
    if kind == "int64":
        return GoInt(value or 0, "int64")
    if kind == "any":
        return untyped(value)
    return _SCALARS[kind] if value is None else value


def _pointer(kind: str, value: Any) -> GoValue:
    if value is not None:
        return typed(kind, value, pointer=True) if kind in _STRUCTS else _value(kind, value)
    names = frozenset(item[0] for item in _fields(kind)) if kind in _STRUCTS else frozenset[str]()
    return NilPointer(kind, names)


def _go_name(kind: str) -> str:
    return {"any": "interface {}", "struct{}": "struct {}"}.get(kind, kind)


def untyped(value: Any) -> GoValue:
    """Decoded JSON whose numbers keep their text, as the client's second try at a template sees it."""
    if isinstance(value, dict):
        return {key: untyped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [untyped(item) for item in value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return GoString(repr(value))
    return value
