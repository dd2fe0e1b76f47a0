"""The shorter lists: volumes, networks, search results, statistics, contexts, build cache."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.cli.format.listing import TABLE, ListType, Row
from engine.cli.text import ellipsis, truncate_id
from engine.units import bytes_size, human_size3

_DESCRIPTION_WIDTH = 45

VOLUMES = ListType(
    "formatter.volumeContext",
    {
        "Driver": "DRIVER",
        "Name": "VOLUME NAME",
        "Scope": "SCOPE",
        "Mountpoint": "MOUNTPOINT",
        "Labels": "LABELS",
        "Links": "LINKS",
        "Size": "SIZE",
        "Availability": "AVAILABILITY",
        "Group": "GROUP",
        "Status": "STATUS",
    },
    ("Driver", "Name"),
    has_labels=True,
)
NETWORKS = ListType(
    "network.networkContext",
    {
        "ID": "NETWORK ID",
        "Name": "NAME",
        "Driver": "DRIVER",
        "Scope": "SCOPE",
        "IPv4": "IPV4",
        "IPv6": "IPV6",
        "Internal": "INTERNAL",
        "Labels": "LABELS",
        "CreatedAt": "CREATED AT",
    },
    ("ID", "Name", "Driver", "Scope"),
    has_labels=True,
)
SEARCH = ListType(
    "search.searchContext",
    {
        "Name": "NAME",
        "Description": "DESCRIPTION",
        "StarCount": "STARS",
        "IsOfficial": "OFFICIAL",
        "IsAutomated": "AUTOMATED",
    },
    ("Name", "Description", "StarCount", "IsOfficial"),
)
STATS = ListType(
    "container.statsContext",
    {
        "Container": "CONTAINER",
        "ID": "CONTAINER ID",
        "Name": "NAME",
        "CPUPerc": "CPU %",
        "MemUsage": "MEM USAGE / LIMIT",
        "MemPerc": "MEM %",
        "NetIO": "NET I/O",
        "BlockIO": "BLOCK I/O",
        "PIDs": "PIDS",
    },
    ("ID", "Name", "CPUPerc", "MemUsage", "MemPerc", "NetIO", "BlockIO", "PIDs"),
)
CONTEXTS = ListType(
    "formatter.clientContextContext",
    {
        "Name": "NAME",
        "Description": "DESCRIPTION",
        "DockerEndpoint": "DOCKER ENDPOINT",
        "Error": "ERROR",
        "Current": "CURRENT",
    },
    ("Name", "Description", "DockerEndpoint", "Error"),
)


def _joined(labels: Mapping[str, str]) -> str:
    return ",".join(f"{name}={labels[name]}" for name in sorted(labels))


def format_volumes(volumes: Sequence[Mapping[str, Any]], format_text: str, *, quiet: bool) -> str:
    """``docker volume ls``. Raises FormatError."""
    rows = []
    for volume in volumes:
        labels = volume.get("Labels") or {}
        rows.append(
            Row(
                {
                    "Driver": volume["Driver"],
                    "Name": volume["Name"],
                    "Scope": volume["Scope"],
                    "Mountpoint": volume["Mountpoint"],
                    "Labels": _joined(labels),
                    "Links": "N/A",
                    "Size": "N/A",
                    "Availability": "N/A",
                    "Group": "N/A",
                    "Status": "N/A",
                },
                labels,
            )
        )
    source = "{{.Name}}" if quiet and format_text in ("", TABLE) else format_text or TABLE
    return VOLUMES.render(source, rows)


def format_networks(
    networks: Sequence[Mapping[str, Any]], format_text: str, *, quiet: bool, no_trunc: bool
) -> str:
    """``docker network ls``. Raises FormatError."""
    rows = []
    for network in networks:
        labels = network.get("Labels") or {}
        rows.append(
            Row(
                {
                    "ID": network["Id"] if no_trunc else truncate_id(network["Id"]),
                    "Name": network["Name"],
                    "Driver": network["Driver"],
                    "Scope": network["Scope"],
                    "IPv4": "true" if network["EnableIPv4"] else "false",
                    "IPv6": "true" if network["EnableIPv6"] else "false",
                    "Internal": "true" if network["Internal"] else "false",
                    "Labels": _joined(labels),
                    "CreatedAt": str(network["Created"]).replace("T", " ").removesuffix("Z") + " +0000 UTC",
                },
                labels,
            )
        )
    source = "{{.ID}}" if quiet and format_text in ("", TABLE) else format_text or TABLE
    return NETWORKS.render(source, rows)


def format_search(results: Sequence[Mapping[str, Any]], format_text: str, *, no_trunc: bool) -> str:
    """``docker search``. Raises FormatError."""
    rows = []
    for item in results:
        description = str(item["description"]).replace("\n", " ").replace("\r", " ")
        rows.append(
            Row(
                {
                    "Name": item["name"],
                    "Description": description if no_trunc else ellipsis(description, _DESCRIPTION_WIDTH),
                    "StarCount": str(item["star_count"]),
                    "IsOfficial": "[OK]" if item["is_official"] else "",
                    "IsAutomated": "",
                }
            )
        )
    return SEARCH.render(format_text or TABLE, rows)


def stats_row(
    name: str, identity: str, *, running: bool, memory: int, limit: int, processes: int, no_trunc: bool
) -> Row:
    """One container's statistics; nothing really runs, so the processor is idle."""
    used = memory if running else 0
    share = 100 * used / limit if running and limit else 0.0
    return Row(
        {
            "Container": name,
            "ID": identity if no_trunc else truncate_id(identity),
            "Name": name,
            "CPUPerc": "0.00%",
            "MemUsage": f"{bytes_size(used)} / {bytes_size(limit if running else 0)}",
            "MemPerc": f"{share:.2f}%",
            "NetIO": f"{human_size3(866 if running else 0)} / {human_size3(126 if running else 0)}",
            "BlockIO": "0B / 0B",
            "PIDs": str(processes if running else 0),
        }
    )
