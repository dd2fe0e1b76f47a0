"""``docker ps``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.cli.format.listing import RAW, TABLE, ListType, Row
from engine.cli.format.times import ago, go_time
from engine.cli.text import display_ports, ellipsis, go_quote, truncate_id
from engine.image.reference import ReferenceError, parse_normalized
from engine.units import human_size3

_COMMAND_WIDTH = 20
_MOUNT_WIDTH = 15
_HEADERS = {
    "ID": "CONTAINER ID",
    "Names": "NAMES",
    "Image": "IMAGE",
    "Command": "COMMAND",
    "CreatedAt": "CREATED AT",
    "RunningFor": "CREATED",
    "Ports": "PORTS",
    "State": "STATE",
    "Status": "STATUS",
    "Size": "SIZE",
    "Labels": "LABELS",
    "Mounts": "MOUNTS",
    "LocalVolumes": "LOCAL VOLUMES",
    "Networks": "NETWORKS",
    "Platform": "PLATFORM",
}
_COLUMNS = ("ID", "Image", "Command", "RunningFor", "Status", "Ports", "Names")
CONTAINERS = ListType("formatter.ContainerContext", _HEADERS, _COLUMNS, has_labels=True)


def format_containers(
    containers: Sequence[Mapping[str, Any]],
    *,
    format_text: str = "",
    quiet: bool = False,
    size: bool = False,
    no_trunc: bool = False,
    now: int = 0,
) -> str:
    """``docker ps`` of the answer of ``/containers/json``. Raises FormatError."""
    source = format_text or TABLE
    if source == RAW:
        source = _raw(quiet=quiet, size=size)
    elif quiet:
        source = "{{.ID}}"
    rows = [container_row(item, no_trunc=no_trunc, now=now) for item in containers]
    return CONTAINERS.render(source, rows, columns=(*_COLUMNS, "Size") if size else _COLUMNS)


def _raw(*, quiet: bool, size: bool) -> str:
    if quiet:
        return "container_id: {{.ID}}"
    return (
        "container_id: {{.ID}}\nimage: {{.Image}}\ncommand: {{.Command}}\ncreated_at: {{.CreatedAt}}\n"
        "state: {{- pad .State 1 0}}\nstatus: {{- pad .Status 1 0}}\nnames: {{.Names}}\n"
        "labels: {{- pad .Labels 1 0}}\nports: {{- pad .Ports 1 0}}\n"
    ) + ("size: {{.Size}}\n" if size else "")


def container_row(item: Mapping[str, Any], *, no_trunc: bool, now: int) -> Row:
    """One container as a row."""
    created = int(item["Created"])
    command = str(item["Command"])
    labels: Mapping[str, str] = item.get("Labels") or {}
    mounts: Sequence[Mapping[str, Any]] = item.get("Mounts") or ()
    networks = (item.get("NetworkSettings") or {}).get("Networks") or {}
    return Row(
        {
            "ID": item["Id"] if no_trunc else truncate_id(item["Id"]),
            "Names": _names(item.get("Names") or (), no_trunc),
            "Image": _image(item, no_trunc),
            "Command": go_quote(command if no_trunc else ellipsis(command, _COMMAND_WIDTH)),
            "CreatedAt": go_time(created),
            "RunningFor": ago(created, now),
            "Ports": display_ports(item.get("Ports") or ()),
            "State": item.get("State", ""),
            "Status": item.get("Status", ""),
            "Size": _size(int(item.get("SizeRw", 0)), int(item.get("SizeRootFs", 0))),
            "Labels": ",".join(f"{key}={labels[key]}" for key in sorted(labels)),
            "Mounts": ",".join(_mount(mount, no_trunc) for mount in mounts),
            "LocalVolumes": str(sum(mount.get("Driver") == "local" for mount in mounts)),
            "Networks": ",".join(sorted(networks)),
            "Platform": None,
        },
        labels,
    )


def _names(names: Sequence[str], no_trunc: bool) -> str:
    plain = [name.removeprefix("/") for name in names]
    if not no_trunc:
        own = [name for name in plain if "/" not in name]
        plain = own[:1] or plain
    return ",".join(plain)


def _image(item: Mapping[str, Any], no_trunc: bool) -> str:
    image = str(item.get("Image", ""))
    if not image:
        return "<no image>"
    if no_trunc:
        return image
    short = truncate_id(str(item.get("ImageID", "")))
    if short == truncate_id(image):
        return short
    try:
        reference = parse_normalized(image)
    except ReferenceError:
        return image
    plain = reference.without_tag()
    return (plain.with_tag(reference.tag) if reference.tag else plain).familiar


def _mount(mount: Mapping[str, Any], no_trunc: bool) -> str:
    name = str(mount.get("Name") or mount.get("Source", ""))
    return name if no_trunc else ellipsis(name, _MOUNT_WIDTH)


def _size(writable: int, virtual: int) -> str:
    text = human_size3(writable)
    return f"{text} (virtual {human_size3(virtual)})" if virtual > 0 else text
