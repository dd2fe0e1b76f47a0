"""RPM packages of CentOS 7 and release-9 systems, with approximate figures, and the package database."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from engine.catalogue.bases import RPM_MARK
from engine.catalogue.closure import dependencies_first
from engine.catalogue.debian import filler
from engine.catalogue.files import read_json
from engine.catalogue.programs import program_for
from engine.fs import Content, File, Node, OverlayFS, program_stub

DATABASES = ("var/lib/rpm/Packages", "var/lib/rpm/rpmdb.sqlite")


@dataclass(frozen=True)
class RpmPackage:
    """One package. ``version`` is ``[epoch:]version-release``; sizes in bytes."""

    name: str
    version: str
    arch: str
    size: int
    installed: int
    repo: str
    depends: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    @property
    def nevra(self) -> str:
        """``name-version-release.arch``, without the epoch, as rpm prints it."""
        return f"{self.name}-{self.version.rpartition(':')[2]}.{self.arch}"

    @cached_property
    def nodes(self) -> tuple[tuple[str, Node], ...]:
        """What it unpacks, in path order."""
        return tuple(sorted(self._nodes()))

    def _nodes(self) -> Iterator[tuple[str, Node]]:
        left = self.installed
        paths = [_merged(path) for path in self.files]
        share = min(left // (len(paths) + 1), 2_500_000) if paths else 0
        for path in paths:
            left -= share
            name = path.rpartition("/")[2]
            if "/bin/" in path or "/sbin/" in path:
                yield path, File(program_stub(program_for(name), share), 0o755)
            else:
                yield path, File(filler(share))
        if left > 0:
            place = f"usr/lib64/{self.name}.so.0" if self.name.startswith("lib") and not paths else ""
            yield place or f"usr/share/{self.name}/other-files-of-{self.name}", File(filler(left))


def _merged(path: str) -> str:
    bare = path.lstrip("/")
    return f"usr/{bare}" if bare.split("/")[0] in ("bin", "sbin", "lib", "lib64") else bare


@cache
def packages(release: str = "7") -> dict[str, RpmPackage]:
    """Every package by name; a dependency nobody described is a 100 kB library of the base repository."""
    found: dict[str, RpmPackage] = {}
    newer = release != "7"
    for name, raw in read_json("yum.json.gz")["packages"].items():
        version = (
            raw["version"].replace(".el7_9", ".el9").replace(".el7", ".el9") if newer else raw["version"]
        )
        repo = (
            {"base": "baseos", "updates": "appstream"}.get(raw["repo"], "appstream") if newer else raw["repo"]
        )
        found[name] = RpmPackage(
            name,
            version,
            raw["arch"],
            raw["download"],
            raw["installed"],
            repo,
            tuple(raw["depends"]),
            tuple(raw["files"]),
        )
    base = {row[0] for row in read_json("rpm-base.json")["el9" if newer else "centos7"]}
    for package in list(found.values()):
        for name in package.depends:
            if name not in found and name not in base:
                suffix = "1.0-1.el9" if newer else "1.0-1.el7"
                found[name] = RpmPackage(
                    name, suffix, "x86_64", 42_000, 100_000, "baseos" if newer else "base"
                )
    return found


@dataclass(frozen=True, slots=True)
class InstalledRpm:
    """A row of the package database."""

    name: str
    version: str
    arch: str
    installed: int
    repo: str

    @property
    def nevra(self) -> str:
        """``name-version-release.arch``, without the epoch."""
        shown = f"{self.name}-{self.version.rpartition(':')[2]}"
        return shown if self.arch == "(none)" else f"{shown}.{self.arch}"


def read_database(content: Content) -> dict[str, InstalledRpm]:
    """What the package database says is installed; empty for a file that is none."""
    if not content.head.startswith(RPM_MARK):
        return {}
    found: dict[str, InstalledRpm] = {}
    for line in content.head[len(RPM_MARK) :].decode("utf-8", "replace").splitlines():
        cells = line.split("\t")
        if len(cells) == 5 and cells[3].isdigit():
            found[cells[0]] = InstalledRpm(cells[0], cells[1], cells[2], int(cells[3]), cells[4])
    return found


_RECORD = 24_000
"""Bytes an installed package adds to the database, on average."""


def write_database(rows: dict[str, InstalledRpm], before: Content, added: int) -> Content:
    """The database with ``rows``; it grows by what ``added`` packages take and never shrinks."""
    lines = "".join(f"{r.name}\t{r.version}\t{r.arch}\t{r.installed}\t{r.repo}\n" for r in rows.values())
    head = RPM_MARK + lines.encode()
    return Content(head, max(before.size + _RECORD * max(added, 0), len(head)))


def add_packages(tree: OverlayFS, names: list[str]) -> list[tuple[str, Node]]:
    """What installing ``names`` writes into ``tree``, the database included and caches cleaned."""
    path = next((path for path in DATABASES if tree.get(path) is not None), DATABASES[1])
    node = tree.get(path)
    before = node.content if isinstance(node, File) else Content(RPM_MARK)
    rows = read_database(before)
    known = packages("7" if path == DATABASES[0] else "9")
    nodes: list[tuple[str, Node]] = []
    added = dependencies_first(known, names, set(rows))
    for package in added:
        nodes += package.nodes
        rows[package.name] = InstalledRpm(
            package.name, package.version, package.arch, package.installed, package.repo
        )
    nodes.append((path, File(write_database(rows, before, len(added)))))
    return nodes
