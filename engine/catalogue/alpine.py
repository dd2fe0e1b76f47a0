"""Alpine packages, with approximate figures, and apk's own database."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from engine.catalogue.closure import dependencies_first
from engine.catalogue.debian import filler, plain_file
from engine.catalogue.files import read_json
from engine.catalogue.programs import program_for
from engine.fs import Content, File, Node, program_stub

INSTALLED = "lib/apk/db/installed"
_LIBRARY_SIZE = 80_000


@dataclass(frozen=True)
class ApkPackage:
    """One package; ``size`` is the download's and ``installed`` the unpacked size, both in bytes."""

    name: str
    version: str
    size: int
    installed: int
    depends: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    @cached_property
    def nodes(self) -> tuple[tuple[str, Node], ...]:
        """What it unpacks, in path order."""
        return tuple(sorted(self._nodes()))

    def _nodes(self) -> Iterator[tuple[str, Node]]:
        left = self.installed
        paths = [path.lstrip("/") for path in self.files]
        share = min(left // (len(paths) + 1), 1_500_000) if paths else 0
        for path in paths:
            left -= share
            name = path.rpartition("/")[2]
            program = "/bin/" in f"/{path}" or "/sbin/" in f"/{path}"
            yield (
                path,
                (File(program_stub(program_for(name), share), 0o755) if program else plain_file(path, share)),
            )
        if self.name.startswith("lib") and not paths:
            yield f"usr/lib/{self.name.rstrip('0123456789')}.so.1", File(filler(left), 0o755)
        elif left > 0:
            yield f"usr/share/{self.name}/other-files-of-{self.name}", File(filler(left))

    @cached_property
    def record(self) -> str:
        """Its paragraph in /lib/apk/db/installed, with the final blank line."""
        lines = [
            f"P:{self.name}",
            f"V:{self.version}",
            "A:x86_64",
            f"S:{self.size}",
            f"I:{self.installed}",
            f"T:{self.name}",
        ]
        if self.depends:
            lines.append("D:" + " ".join(self.depends))
        folder = ""
        for path, _ in self.nodes:
            parent, _, name = path.rpartition("/")
            if parent != folder:
                folder = parent
                lines.append(f"F:{folder}")
            lines.append(f"R:{name}")
        return "\n".join(lines) + "\n\n"


@cache
def packages() -> dict[str, ApkPackage]:
    """Every package of the branch by name; dependencies nobody described are small libraries."""
    source = read_json("apk.json.gz")
    found: dict[str, ApkPackage] = {}
    for name, raw in source["packages"].items():
        found[name] = _package(name, raw)
    for package in list(found.values()):
        for name in package.depends:
            if name not in found:
                found[name] = ApkPackage(name, "1.0.0-r0", _LIBRARY_SIZE * 2 // 5, _LIBRARY_SIZE)
    return {name: package for name, package in found.items() if name not in base_names()}


@cache
def base_names() -> frozenset[str]:
    """Packages every image starts with; nothing ever counts them as unneeded."""
    return frozenset(name for name, _, _ in read_json("apk.json.gz")["base"])


def _package(name: str, raw: dict[str, Any]) -> ApkPackage:
    return ApkPackage(
        name, raw["version"], raw["download"], raw["installed"], tuple(raw["depends"]), tuple(raw["files"])
    )


def closure(wanted: list[str], installed: set[str]) -> list[ApkPackage]:
    """New packages, dependencies first. Raises KeyError with the first name that does not exist."""
    known = packages()
    for name in wanted:
        if name not in known and name not in installed:
            raise KeyError(name)
    return dependencies_first(known, wanted, installed)


def installed_names(database: str) -> dict[str, str]:
    """Name -> version of what /lib/apk/db/installed says is there."""
    found: dict[str, str] = {}
    name = ""
    for line in database.splitlines():
        if line.startswith("P:"):
            name = line[2:]
        elif line.startswith("V:") and name:
            found[name] = line[2:]
            name = ""
    return found


def add_packages(database: str, names: list[str]) -> list[tuple[str, Node]]:
    """What ``apk add --no-cache`` of ``names`` writes, the database included."""
    nodes: list[tuple[str, Node]] = []
    for package in closure(names, set(installed_names(database))):
        nodes += package.nodes
        database += package.record
    nodes.append((INSTALLED, File(Content(database.encode()))))
    return nodes
