"""Debian packages: what exists, what each holds, and the texts dpkg keeps about them.

One release (bookworm) is real. The others are approximated from it: their base packages keep their own
versions, everything else is bookworm's with the versions of ``data/releases.json`` where they are known.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

from engine.catalogue.files import read_json
from engine.catalogue.programs import program_for
from engine.fs import Content, File, Node, Symlink, program_stub

NOTE = b"Simulated content.\n"
"""Stands at the start of every file of which only name and size are known."""
LIBRARIES = "usr/lib/x86_64-linux-gnu"
_EXECUTABLE_PLACES = re.compile(r"(^|/)s?bin/[^/]+$|^usr/games/|/libexec/|/git-core/")


def filler(size: int) -> Content:
    """``size`` bytes of which nobody knows what they are."""
    return Content(NOTE, size) if size >= len(NOTE) else Content(b"", size)


def plain_file(path: str, size: int, mtime: int = 0, mode: int | None = None) -> File:
    """The file at ``path`` (no leading slash): a program's stand-in in a place for programs, else filler."""
    executable = bool(_EXECUTABLE_PLACES.search(path)) if mode is None else bool(mode & 0o111)
    content = program_stub(program_for(path.rpartition("/")[2]), size) if executable else filler(size)
    return File(content, (0o755 if executable else 0o644) if mode is None else mode, mtime=mtime)


@dataclass(frozen=True)
class Package:
    """One binary package. Sizes in bytes, ``installed`` in KiB as ``Installed-Size`` gives it.

    ``depends``, ``pre_depends`` and ``recommends`` are alternatives in order of preference.
    """

    name: str
    version: str
    size: int
    installed: int
    section: str = "misc"
    description: str = ""
    architecture: str = "amd64"
    depends: tuple[tuple[str, ...], ...] = ()
    pre_depends: tuple[tuple[str, ...], ...] = ()
    recommends: tuple[tuple[str, ...], ...] = ()
    provides: tuple[str, ...] = ()
    base: bool = False
    raw: Any = field(default=None, compare=False, repr=False)

    @property
    def deb_name(self) -> str:
        """The archive's file name as apt stores it in its cache (an epoch's colon written ``%3a``)."""
        return f"{self.name}_{self.version.replace(':', '%3a')}_{self.architecture}.deb"

    @property
    def plain_version(self) -> str:
        """The version without its epoch, as archive file names have it."""
        return self.version.partition(":")[2] or self.version

    @cached_property
    def nodes(self) -> tuple[tuple[str, Node], ...]:
        """What it unpacks: (path without leading slash, node), parents not included, in path order."""
        return tuple(sorted(_nodes(self)))

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Everything ``dpkg -L`` lists: absolute, with parent directories."""
        found = {"/."}
        for path, _ in self.nodes:
            parts = path.split("/")
            found.update("/" + "/".join(parts[:depth]) for depth in range(1, len(parts) + 1))
        return tuple(sorted(found))

    @cached_property
    def stanza(self) -> str:
        """Its paragraph in ``/var/lib/dpkg/status``, without the final blank line."""
        lines = [
            f"Package: {self.name}",
            "Status: install ok installed",
            f"Priority: {'required' if self.base else 'optional'}",
            f"Section: {self.section}",
            f"Installed-Size: {self.installed}",
            f"Architecture: {self.architecture}",
            f"Version: {self.version}",
        ]
        for title, value in (
            ("Provides", ", ".join(self.provides)),
            ("Depends", _relation(self.depends)),
            ("Pre-Depends", _relation(self.pre_depends)),
            ("Recommends", _relation(self.recommends)),
        ):
            if value:
                lines.append(f"{title}: {value}")
        lines.append(f"Description: {self.description}")
        return "\n".join(lines) + "\n"


def _relation(groups: tuple[tuple[str, ...], ...]) -> str:
    return ", ".join(dict.fromkeys(" | ".join(group) for group in groups))


def _groups(texts: list[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(dict.fromkeys(tuple(text.split(" | ")) for text in texts))


def _package(name: str, raw: dict[str, Any]) -> Package:
    return Package(
        name,
        raw["v"],
        raw["size"],
        raw["inst"],
        raw["sec"],
        raw["desc"],
        "all" if raw.get("all") else "amd64",
        _groups(raw.get("dep", [])),
        _groups(raw.get("pre", [])),
        _groups(raw.get("rec", [])),
        tuple(raw.get("prov", ())),
        bool(raw.get("base")),
        raw,
    )


# ---------------------------------------------------------------------- what a package unpacks


def _nodes(package: Package) -> Iterator[tuple[str, Node]]:
    raw = package.raw or {}
    if "files" in raw:
        yield from _listed_nodes(package, raw["files"])
    else:
        yield from _guessed_nodes(package, raw)


def _listed_nodes(package: Package, listing: dict[str, Any]) -> Iterator[tuple[str, Node]]:
    known: dict[str, int] = {}
    for path, size, *target in listing["bin"]:
        if target:
            yield _canonical(path), Symlink(target[0])
        else:
            known[_canonical(path)] = size
    for path, size in listing["largest"]:
        known.setdefault(_canonical(path), size)
    for path, size in known.items():
        yield path, plain_file(path, size)
    for directory, total in listing["dirs"]:
        prefix = _canonical(directory)
        if prefix in known:
            continue
        rest = total - sum(size for path, size in known.items() if path.startswith(prefix + "/"))
        if rest > 0:
            yield f"{_home(prefix, package.name)}/other-files-of-{package.name}", File(filler(rest))


def _home(directory: str, name: str) -> str:
    """Where files nobody listed belong: documentation and manuals live in a directory per package."""
    return f"{directory}/{name}" if directory in ("usr/share/doc", "usr/share/bug") else directory


def _guessed_nodes(package: Package, raw: dict[str, Any]) -> Iterator[tuple[str, Node]]:
    count = raw.get("nf") or 3
    total = max(package.installed * 1024 - 5000 - 650 * count, package.installed * 512, 600)
    copyright_size = min(1800 + 37 * (len(package.name) + package.size % 53), total // 3)
    changelog_size = min(900 + package.size % 1500, total // 3)
    yield f"usr/share/doc/{package.name}/copyright", File(filler(copyright_size))
    yield f"usr/share/doc/{package.name}/changelog.Debian.gz", File(filler(changelog_size))
    left = total - copyright_size - changelog_size
    settings = [path for path in raw.get("f", ()) if path.startswith("/etc/")]
    commands = [path for path in raw.get("f", ()) if not path.startswith("/etc/")]
    for path in settings:
        size = min(180 + 61 * (len(path) % 17), left // (len(settings) + 1))
        left -= size
        yield _canonical(path), File(filler(size))
    body = _body(package)
    share = left // (len(commands) + (1 if body else 0)) if commands or body else 0
    if commands and body:
        share = min(share, 180_000)
    for path in commands:
        left -= share
        yield _canonical(path), plain_file(_canonical(path), share)
    if body and left > 0:
        yield body, File(filler(left))


def _body(package: Package) -> str:
    """The path of the file that stands for the bulk of a package of which only commands are known."""
    name = package.name
    if name.startswith("lib") and name.endswith("-dev"):
        return f"{LIBRARIES}/{name.removesuffix('-dev').rstrip('0123456789.-')}.a"
    if name.startswith("lib") and package.section in ("libs", "oldlibs"):
        matched = re.fullmatch(r"(lib.*?)-?([0-9][0-9.]*)?(t64)?(-[a-z].*)?", name)
        stem, number = (matched.group(1), matched.group(2)) if matched else (name, None)
        return f"{LIBRARIES}/{stem}.so.{number or '1'}"
    if name.startswith("lib") and name.endswith("-perl"):
        return f"usr/share/perl5/{name[3:-5].replace('-', '/')}.pm"
    if name.startswith("python3-"):
        return f"usr/lib/python3/dist-packages/{name[8:].replace('-', '_')}/__init__.py"
    if name.startswith("node-"):
        return f"usr/share/nodejs/{name[5:]}/index.js"
    if name.startswith("fonts-"):
        return f"usr/share/fonts/truetype/{name[6:]}/{name[6:]}.ttf"
    if name.endswith("-doc"):
        return f"usr/share/doc/{name}/html/index.html"
    place = "usr/share" if package.architecture == "all" else "usr/lib"
    return f"{place}/{name}/other-files-of-{name}"


_MERGED = ("bin", "sbin", "lib", "lib64")


def _canonical(path: str) -> str:
    """Without the leading slash, and below /usr where the merged /usr puts it."""
    bare = path.lstrip("/")
    return f"usr/{bare}" if bare.partition("/")[0] in _MERGED else bare


# ---------------------------------------------------------------------- releases


class Packages(Mapping[str, Package]):
    """A release's packages by name; each is made when it is first asked for.

    ``raws`` are the archive's rows, ``own`` packages that replace them, ``versions`` and ``suffix`` what
    a release approximated from another one changes.
    """

    def __init__(
        self,
        raws: Mapping[str, Any],
        own: Mapping[str, Package],
        versions: Mapping[str, str],
        suffix: str,
        renamed: Mapping[str, str],
    ) -> None:
        self._raws = raws
        self._own = own
        self._versions = versions
        self._suffix = suffix
        self._sources = {new: old for old, new in renamed.items()}
        self._gone = frozenset(renamed)
        self._made: dict[str, Package] = {}

    def __getitem__(self, name: str) -> Package:
        known = self._made.get(name)
        if known is None:
            if name in self._gone:
                raise KeyError(name)
            source = self._sources.get(name, name)
            known = self._own.get(source) or _package(source, self._raws[source])
            version = self._versions.get(source)
            if version is None:
                version = known.version + self._suffix
            if (version, name) != (known.version, known.name):
                known = replace(known, name=name, version=version)
            self._made[name] = known
        return known

    def __iter__(self) -> Iterator[str]:
        for name in self._raws:
            if name not in self._gone:
                yield name
        for name in (*self._own, *self._sources):
            if name not in self._raws and name not in self._gone:
                yield name

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        here = name in self._raws or name in self._own or name in self._sources
        return here and name not in self._gone


@dataclass(frozen=True)
class Release:
    """One release of a distribution: its archive, as ``apt-get update`` would learn it."""

    name: str
    distribution: str
    packages: Mapping[str, Package]
    virtual: dict[str, tuple[str, ...]]
    base: tuple[str, ...]
    archive: str
    security: str
    suites: tuple[tuple[str, str, int, int, int], ...]
    """(archive URL, suite, InRelease bytes, compressed index bytes, stored index bytes) per index."""
    components: str

    def find(self, name: str) -> Package | None:
        """The package called ``name``, or None; virtual names are not packages."""
        return self.packages.get(name)

    def providers(self, name: str) -> tuple[str, ...]:
        """Packages that provide the virtual package ``name``, in the archive's order."""
        return self.virtual.get(name, ())


@cache
def release(name: str) -> Release:
    """The release called ``name`` (``bookworm``, ``jammy`` …); raises KeyError for one nobody knows."""
    about = read_json("releases.json")[name]
    raws = _archive()
    base = tuple(title for title, raw in raws.items() if raw.get("base"))
    own: dict[str, Package] = {}
    table = _base_table(name)
    if table:
        own = {title: replace(_package(title, raws[title]), base=False) for title in base}
        own.update((row[0], _base_package(row, raws)) for row in table)
        base = tuple(row[0] for row in table)
    renamed = about.get("renamed", {})
    return Release(
        name,
        about["distribution"],
        Packages(raws, own, about.get("versions", {}), about.get("suffix", ""), renamed),
        _providers(),
        tuple(renamed.get(title, title) for title in base),
        about["archive"],
        about["security"],
        tuple(tuple(row) for row in about["suites"]),
        about["components"],
    )


@cache
def _archive() -> dict[str, dict[str, Any]]:
    """The real release's rows, the supplement's packages and corrections included."""
    supplement = read_json("apt-supplement.json")
    raws = {**read_json("apt-bookworm.json.gz")["packages"], **supplement["packages"]}
    for title, relations in supplement["depends"].items():
        raws[title] = {**raws[title], "dep": relations}
    for title, virtual in supplement["provides"].items():
        raws[title] = {**raws[title], "prov": virtual}
    return raws


def _base_package(row: list[str], raws: dict[str, dict[str, Any]]) -> Package:
    """A base package of a release of which only that table is known, the rest taken from its relative."""
    title, version, architecture, size, description = row
    old = title.removesuffix("t64")
    raw = raws.get(title) or raws.get(old)
    return Package(
        title,
        version,
        raw["size"] if raw else int(size) * 300,
        int(size),
        raw["sec"] if raw else "misc",
        description,
        architecture,
        provides=(old,) if title.endswith("t64") else (),
        base=True,
        raw=raw,
    )


@cache
def _providers() -> dict[str, tuple[str, ...]]:
    listed = read_json("apt-bookworm.json.gz")["virtual"]
    found = {virtual: list(providers) for virtual, providers in listed.items()}
    for virtual, title in read_json("apt-supplement.json")["first_provider"].items():
        found[virtual] = [title, *(other for other in found.get(virtual, ()) if other != title)]
    for title, raw in _archive().items():
        for virtual in raw.get("prov", ()):
            if title not in found.setdefault(virtual, []):
                found[virtual].append(title)
    return {virtual: tuple(providers) for virtual, providers in found.items()}


def _base_table(name: str) -> list[list[str]]:
    if name == "bookworm":
        return []
    rows: list[list[str]] = read_json("texts.json.gz").get(f"debian-{name}:dpkg-l", [])
    return rows
