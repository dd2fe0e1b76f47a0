"""``docker system df``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.cli.format.containers import container_row
from engine.cli.format.images import image_columns
from engine.cli.format.listing import TABLE, FormatError, ListType, Row
from engine.cli.format.times import parse_rfc3339
from engine.cli.gotemplate import GoStruct, StructField, TemplateError, parse_template
from engine.cli.text import truncate_id
from engine.image.reference import ReferenceError, parse_normalized
from engine.units import human_duration, human_size, human_size3

_SUMMARY = ListType(
    "formatter.diskUsageContext",
    {
        "Type": "TYPE",
        "TotalCount": "TOTAL",
        "Active": "ACTIVE",
        "Size": "SIZE",
        "Reclaimable": "RECLAIMABLE",
    },
    ("Type", "TotalCount", "Active", "Size", "Reclaimable"),
)
_IMAGES = ListType(
    "formatter.imageContext",
    {
        "Repository": "REPOSITORY",
        "Tag": "TAG",
        "ID": "IMAGE ID",
        "CreatedSince": "CREATED",
        "Size": "SIZE",
        "SharedSize": "SHARED SIZE",
        "UniqueSize": "UNIQUE SIZE",
        "Containers": "CONTAINERS",
    },
    ("Repository", "Tag", "ID", "CreatedSince", "Size", "SharedSize", "UniqueSize", "Containers"),
)
_CONTAINERS = ListType(
    "formatter.ContainerContext",
    {
        "ID": "CONTAINER ID",
        "Image": "IMAGE",
        "Command": "COMMAND",
        "LocalVolumes": "LOCAL VOLUMES",
        "Size": "SIZE",
        "RunningFor": "CREATED",
        "Status": "STATUS",
        "Names": "NAMES",
    },
    ("ID", "Image", "Command", "LocalVolumes", "Size", "RunningFor", "Status", "Names"),
)
_VOLUMES = ListType(
    "formatter.volumeContext",
    {"Name": "VOLUME NAME", "Links": "LINKS", "Size": "SIZE"},
    ("Name", "Links", "Size"),
)
_BUILD_CACHE = ListType(
    "formatter.buildCacheContext",
    {
        "ID": "CACHE ID",
        "CacheType": "CACHE TYPE",
        "Size": "SIZE",
        "CreatedSince": "CREATED",
        "LastUsedSince": "LAST USED",
        "UsageCount": "USAGE",
        "Shared": "SHARED",
    },
    ("ID", "CacheType", "Size", "CreatedSince", "LastUsedSince", "UsageCount", "Shared"),
)
_ACTIVE_STATES = frozenset({"running", "paused", "restarting"})

Usage = Mapping[str, Any]


def format_disk_usage(usage: Usage, *, format_text: str = "", verbose: bool = False, now: int = 0) -> str:
    """``docker system df`` of the answer of ``/system/df``. Raises FormatError."""
    source = format_text or TABLE
    if not verbose:
        return _SUMMARY.render(source, _summary(usage))
    images = [_image_row(item, now) for item in usage.get("Images") or ()]
    containers = [_container_row(item, now) for item in usage.get("Containers") or ()]
    volumes = [_volume_row(item) for item in usage.get("Volumes") or ()]
    records = sorted(usage.get("BuildCache") or (), key=_cache_order)
    cache = [_cache_row(item, now) for item in records]
    if source != TABLE:
        return _custom(source, images, containers, volumes, cache)
    return (
        f"Images space usage:\n\n{_IMAGES.render(TABLE, images)}"
        f"\nContainers space usage:\n\n{_CONTAINERS.render(TABLE, containers)}"
        f"\nLocal Volumes space usage:\n\n{_VOLUMES.render(TABLE, volumes)}"
        f"\nBuild cache usage: {human_size(_cache_size(records))}\n\n{_BUILD_CACHE.render(TABLE, cache)}"
    )


def _custom(source: str, *lists: Sequence[Row]) -> str:
    names = ("Images", "Containers", "Volumes", "BuildCache")
    types = (_IMAGES, _CONTAINERS, _VOLUMES, _BUILD_CACHE)
    fields = tuple(
        StructField(name, [row.as_struct(kind.go_type, has_labels=False) for row in rows], name)
        for name, kind, rows in zip(names, types, lists, strict=True)
    )
    text = "{{json .}}" if source == "json" else source
    try:
        return parse_template(text).execute(GoStruct("formatter.diskUsageContext", fields)) + "\n"
    except TemplateError as error:
        raise FormatError(error) from None


def _summary(usage: Usage) -> list[Row]:
    images = usage.get("Images") or ()
    containers = usage.get("Containers") or ()
    volumes = usage.get("Volumes") or ()
    cache = usage.get("BuildCache") or ()
    layers = int(usage.get("LayersSize", 0))
    used = sum(
        int(item.get("VirtualSize", item["Size"])) - int(item["SharedSize"])
        for item in images
        if item["Containers"] and -1 not in (item.get("VirtualSize", item["Size"]), item["SharedSize"])
    )
    all_written = sum(int(item.get("SizeRw", 0)) for item in containers)
    active = [item for item in containers if item["State"] in _ACTIVE_STATES]
    active_written = sum(int(item.get("SizeRw", 0)) for item in active)
    volume_sizes = [(int(item["UsageData"]["Size"]), int(item["UsageData"]["RefCount"])) for item in volumes]
    volumes_total = sum(size for size, _ in volume_sizes if size != -1)
    volumes_free = sum(size for size, links in volume_sizes if size != -1 and links == 0)
    cache_free = sum(int(item["Size"]) for item in cache if not item["InUse"] and not item["Shared"])
    return [
        _line("Images", len(images), sum(bool(i["Containers"]) for i in images), layers, layers - used),
        _line("Containers", len(containers), len(active), all_written, all_written - active_written),
        _line(
            "Local Volumes", len(volumes), sum(n > 0 for _, n in volume_sizes), volumes_total, volumes_free
        ),
        Row(
            {
                "Type": "Build Cache",
                "TotalCount": str(len(cache)),
                "Active": str(sum(bool(item["InUse"]) for item in cache)),
                "Size": human_size(_cache_size(cache)),
                "Reclaimable": human_size(cache_free),
            }
        ),
    ]


def _line(kind: str, total: int, active: int, size: int, reclaimable: int) -> Row:
    text = human_size(reclaimable)
    if size > 0:
        text += f" ({reclaimable * 100 // size}%)"
    return Row(
        {
            "Type": kind,
            "TotalCount": str(total),
            "Active": str(active),
            "Size": human_size(size),
            "Reclaimable": text,
        }
    )


def _image_row(image: Mapping[str, Any], now: int) -> Row:
    columns = image_columns(image, no_trunc=False, now=now)
    repository = tag = "<none>"
    for text in (image.get("RepoTags") or ())[:1]:
        try:
            reference = parse_normalized(text)
        except ReferenceError:
            break
        repository, tag = reference.familiar_name, reference.tag or "<none>"
    return Row(columns | {"Repository": repository, "Tag": tag})


def _container_row(item: Mapping[str, Any], now: int) -> Row:
    row = container_row(item, no_trunc=False, now=now)
    return Row({**row.columns, "Size": human_size3(int(item.get("SizeRw", 0)))})


def _volume_row(item: Mapping[str, Any]) -> Row:
    size, links = int(item["UsageData"]["Size"]), int(item["UsageData"]["RefCount"])
    return Row({"Name": item["Name"], "Links": str(links), "Size": human_size(size)})


def _cache_size(records: Sequence[Mapping[str, Any]]) -> int:
    return sum(int(item["Size"]) for item in records if not item["Shared"])


def _cache_order(item: Mapping[str, Any]) -> tuple[bool, int, str]:
    used = item.get("LastUsedAt")
    return used is not None, parse_rfc3339(used) if used else 0, str(item["ID"])


def _cache_row(item: Mapping[str, Any], now: int) -> Row:
    used = item.get("LastUsedAt")
    return Row(
        {
            "ID": truncate_id(item["ID"]) + ("*" if item["InUse"] else ""),
            "CacheType": item["Type"],
            "Description": item.get("Description", ""),
            "Size": human_size3(int(item["Size"])),
            "CreatedSince": human_duration(now - parse_rfc3339(item["CreatedAt"])) + " ago",
            "LastUsedSince": human_duration(now - parse_rfc3339(used)) + " ago" if used else "",
            "UsageCount": str(item["UsageCount"]),
            "InUse": "true" if item["InUse"] else "false",
            "Shared": "true" if item["Shared"] else "false",
        }
    )
