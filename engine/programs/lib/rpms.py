"""What yum, dnf, microdnf and rpm share: the package database and the repositories of a machine."""

from dataclasses import dataclass, field
from functools import cached_property

from engine.catalogue.closure import dependencies_first
from engine.catalogue.redhat import (
    DATABASES,
    InstalledRpm,
    RpmPackage,
    packages,
    read_database,
    write_database,
)
from engine.clock import SECOND
from engine.fs import Content, Directory, File, FsError, Symlink
from engine.programs.lib.unpack import Unpacker, text_of
from engine.shell.process import Process

_PROVIDED_BY = {
    "vim": "vim-enhanced",
    "vi": "vim-minimal",
    "python2": "python",
    "pip": "python3-pip",
    "gcc-g++": "gcc-c++",
    "g++": "gcc-c++",
    "java": "java-1.8.0-openjdk",
    "nslookup": "bind-utils",
    "dig": "bind-utils",
    "ping": "iputils",
    "ifconfig": "net-tools",
    "netstat": "net-tools",
    "mysql": "mariadb",
    "mysql-server": "mariadb-server",
    "nodejs-npm": "npm",
    "ssh": "openssh-clients",
}
GROUPS = {"development tools": ["gcc", "gcc-c++", "make", "git", "patch", "autoconf", "automake"]}
_STALE = 6 * 3600 * SECOND


@dataclass
class RpmSystem:
    """The rpm side of one machine."""

    process: Process
    rows: dict[str, InstalledRpm] = field(default_factory=dict)

    def __post_init__(self) -> None:
        node = self.process.files.find(self.database)
        self.rows = read_database(node.content) if isinstance(node, File) else {}

    @cached_property
    def database(self) -> str:
        """The path of the package database."""
        for path in DATABASES:
            if self.process.files.exists("/" + path):
                return "/" + path
        return "/" + DATABASES[0]

    @cached_property
    def release(self) -> str:
        """``7`` on CentOS 7, ``9`` on everything newer."""
        return "7" if self.database.endswith("/Packages") else "9"

    @cached_property
    def known(self) -> dict[str, RpmPackage]:
        """Every package of the repositories."""
        return packages(self.release)

    def find(self, name: str) -> RpmPackage | None:
        """A package by name, by ``name.arch``, by ``name-version``, by path or by what it provides."""
        bare = name
        for arch in (".x86_64", ".noarch"):
            bare = bare.removesuffix(arch)
        package = self.known.get(bare) or self.known.get(_PROVIDED_BY.get(bare, ""))
        if package is not None:
            return package
        if name.startswith("/"):
            return next((known for known in self.known.values() if name in known.files), None)
        stem = bare.rpartition("-")[0]
        while stem:
            package = self.known.get(stem)
            if package is not None:
                wanted = bare.removeprefix(stem + "-")
                version = package.version.rpartition(":")[2]
                return package if version.startswith(wanted.rstrip("*")) else None
            stem = stem.rpartition("-")[0]
        return None

    def closure(self, wanted: list[str]) -> list[RpmPackage]:
        """What installing ``wanted`` adds, dependencies first."""
        return dependencies_first(self.known, wanted, set(self.rows))

    # ------------------------------------------------------------------ repositories

    @property
    def repositories(self) -> list[str]:
        """Identifiers of the enabled repositories, as the files of /etc/yum.repos.d name them."""
        found: list[str] = []
        try:
            names = self.process.files.names("/etc/yum.repos.d")
        except FsError:
            names = []
        for name in names:
            if not name.endswith(".repo"):
                continue
            section, enabled = "", True
            for line in [*text_of(self.process, f"/etc/yum.repos.d/{name}").splitlines(), "[]"]:
                text = line.strip()
                if text.startswith("[") and text.endswith("]"):
                    if section and enabled:
                        found.append(section)
                    section, enabled = text[1:-1], True
                elif text.replace(" ", "") == "enabled=0":
                    enabled = False
        return found

    @property
    def cache(self) -> str:
        """Where metadata and packages are kept."""
        return "/var/cache/yum/x86_64/7" if self.release == "7" else "/var/cache/dnf"

    def has_metadata(self) -> bool:
        """Whether the repositories' metadata is there and recent."""
        node = self.process.files.find(
            f"{self.cache}/{'timedhosts.txt' if self.release == '7' else 'tempfiles.json'}"
        )
        return isinstance(node, File) and self.process.system.clock.now - node.mtime < _STALE

    def fetch_metadata(self) -> int:
        """Download the repositories' metadata; returns the bytes fetched."""
        unpacker = Unpacker(self.process)
        now = self.process.system.clock.now
        top = self.cache.lstrip("/")
        fetched = 0
        for name in self.repositories:
            size = _METADATA.get(name, 4_000_000)
            fetched += size // 5
            if self.release == "7":
                folder = f"{top}/{name}"
                unpacker.put(
                    f"{folder}/repomd.xml", File(Content(b'<?xml version="1.0"?>\n', 3_671), mtime=now)
                )
                unpacker.put(f"{folder}/cachecookie", File(Content(), mtime=now))
                unpacker.put(
                    f"{folder}/gen/primary_db.sqlite", File(Content(b"SQLite format 3\0", size), mtime=now)
                )
                unpacker.put(f"{folder}/packages", Directory(mtime=now))
            else:
                stem = f"{top}/{name}"
                unpacker.put(f"{stem}.solv", File(Content(b"SOLV", size // 3), mtime=now))
                unpacker.put(
                    f"{stem}-cache/repodata/primary.xml.gz", File(Content(b"\x1f\x8b", size // 5), mtime=now)
                )
                unpacker.put(f"{stem}-cache/repodata/repomd.xml", File(Content(b"<?xml\n", 4_200), mtime=now))
        marker = "timedhosts.txt" if self.release == "7" else "tempfiles.json"
        unpacker.put(f"{top}/{marker}", File(Content(b"yum.example 0.1\n"), mtime=now))
        self.process.system.clock.advance(2 * SECOND)
        return fetched

    def clean(self) -> None:
        """``clean all``: what the caches hold goes, empty directories stay."""
        files = self.process.files
        if not files.is_dir(self.cache):
            return
        for path, node in list(files.walk(self.cache)):
            if isinstance(node, File | Symlink):
                files.remove(path)

    @property
    def keeps_packages(self) -> bool:
        """Whether downloaded packages stay in the cache (``keepcache=1``)."""
        texts = text_of(self.process, "/etc/yum.conf") + text_of(self.process, "/etc/dnf/dnf.conf")
        return any(
            line.replace(" ", "").lower() in ("keepcache=1", "keepcache=true") for line in texts.splitlines()
        )

    # ------------------------------------------------------------------ changing

    def install(self, added: list[RpmPackage]) -> None:
        """Lay the packages' files down and note them in the database."""
        unpacker = Unpacker(self.process)
        now = self.process.system.clock.now
        for package in added:
            unpacker.put_all(package.nodes)
            self.rows[package.name] = InstalledRpm(
                package.name, package.version, package.arch, package.installed, package.repo
            )
            for alias, target in _LINKS.get(package.name, ()):
                unpacker.put(alias, Symlink(target, mtime=now))
            for path, text in _SETTINGS.get(package.name, ()):
                unpacker.text(path, text)
            if self.keeps_packages:
                path = f"{self.cache.lstrip('/')}/{package.repo}/packages/{package.nevra}.rpm"
                unpacker.put(path, File(Content(b"\xed\xab\xee\xdb", package.size), mtime=now))
        self._write(len(added))
        log = "".join(f"Installed: {package.nevra}\n" for package in added)
        self.process.files.append(
            "/var/log/yum.log" if self.release == "7" else "/var/log/dnf.rpm.log", log.encode()
        )
        seconds = 1 + sum(package.installed for package in added) // 60_000_000
        self.process.system.clock.advance(seconds * SECOND)

    def remove(self, names: list[str]) -> None:
        """Delete the packages' files and their rows."""
        files = self.process.files
        for name in names:
            package = self.known.get(name)
            for path, _ in package.nodes if package is not None else ():
                if files.find("/" + path, follow=False) is not None:
                    files.remove("/" + path)
            self.rows.pop(name, None)
        self._write(0)

    def dependants(self, names: set[str]) -> set[str]:
        """``names`` and every installed package that needs one of them."""
        gone = set(names)
        changed = True
        while changed:
            changed = False
            for name in self.rows:
                self.process.budget.step()
                package = self.known.get(name)
                if name not in gone and package is not None and gone.intersection(package.depends):
                    gone.add(name)
                    changed = True
        return gone

    def _write(self, added: int) -> None:
        node = self.process.files.find(self.database)
        before = node.content if isinstance(node, File) else Content()
        Unpacker(self.process).put(
            self.database.lstrip("/"),
            File(write_database(self.rows, before, added), mtime=self.process.system.clock.now),
        )

    def paths(self, name: str) -> list[str]:
        """Absolute paths of an installed package's files, as far as they are known."""
        package = self.known.get(name)
        return [f"/{path}" for path, _ in package.nodes] if package is not None else []


_METADATA = {
    "base": 31_200_000,
    "updates": 143_900_000,
    "extras": 1_600_000,
    "epel": 42_000_000,
    "baseos": 24_000_000,
    "appstream": 61_000_000,
}
_LINKS = {
    "vim-enhanced": (("usr/bin/rvim", "vim"), ("usr/bin/vimdiff", "vim"), ("usr/bin/ex", "vi")),
    "python3": (("usr/bin/python3", "python3.6"),),
    "gcc": (("usr/bin/cc", "gcc"),),
}
_SETTINGS = {
    "epel-release": (
        (
            "etc/yum.repos.d/epel.repo",
            "[epel]\nname=Extra Packages for Enterprise Linux 7 - $basearch\n"
            "metalink=https://yum.example/metalink?repo=epel-7&arch=$basearch\nenabled=1\ngpgcheck=1\n",
        ),
    ),
}


def size_text(size: int) -> str:
    """Bytes as yum writes them: ``19 M``, ``547 k``, ``1.1 M`` (yum's format_number, 1024-based)."""
    value, power = float(size), 0
    while value >= 999 and power < 3:
        value /= 1024
        power += 1
    unit = ("", "k", "M", "G")[power]
    if not unit:
        return f"{size}  "
    return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"
