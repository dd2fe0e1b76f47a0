"""dpkg's own files: the status database, file lists, and what a package leaves on a system."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from engine.catalogue.bases import outside_usr
from engine.catalogue.debian import Package, Release, release
from engine.catalogue.files import read_json
from engine.catalogue.resolve import Installed, closure, unpack_order
from engine.fs import Content, File, Node, OverlayFS, Symlink

STATUS = "var/lib/dpkg/status"
INFO = "var/lib/dpkg/info"


@dataclass(frozen=True)
class Stanza:
    """One package's paragraph in the status file."""

    text: str
    fields: dict[str, str]

    @property
    def name(self) -> str:
        """The package's name."""
        return self.fields.get("Package", "")

    @property
    def version(self) -> str:
        """The installed version."""
        return self.fields.get("Version", "")

    @property
    def is_installed(self) -> bool:
        """False for a package of which only configuration files are left."""
        return self.fields.get("Status", "").endswith(" installed")

    @property
    def provides(self) -> tuple[str, ...]:
        """Virtual names it answers to."""
        return tuple(part.split(" ")[0] for part in self.fields.get("Provides", "").split(", ") if part)

    @property
    def relations(self) -> tuple[tuple[str, ...], ...]:
        """Depends and Pre-Depends as groups of alternatives."""
        joined = ", ".join(filter(None, (self.fields.get("Pre-Depends"), self.fields.get("Depends"))))
        return tuple(tuple(part.split(" | ")) for part in joined.split(", ") if part)

    @property
    def recommended(self) -> tuple[tuple[str, ...], ...]:
        """Recommends as groups of alternatives."""
        return tuple(tuple(p.split(" | ")) for p in self.fields.get("Recommends", "").split(", ") if p)


@lru_cache(maxsize=16)
def read_status(text: str) -> dict[str, Stanza]:
    """The status file's paragraphs by package name; text that is no paragraph is ignored."""
    found: dict[str, Stanza] = {}
    for paragraph in text.split("\n\n"):
        fields: dict[str, str] = {}
        for line in paragraph.splitlines():
            title, colon, value = line.partition(": ")
            if colon and not line.startswith(" "):
                fields[title] = value
        if "Package" in fields:
            found[fields["Package"]] = Stanza(paragraph.strip("\n") + "\n", fields)
    return found


def write_status(stanzas: Iterable[Stanza]) -> str:
    """The status file's text."""
    return "".join(stanza.text + "\n" for stanza in stanzas)


def installed_of(stanzas: dict[str, Stanza]) -> Installed:
    """What dependency resolution needs to know of the system."""
    return Installed.of({name: stanza.provides for name, stanza in stanzas.items() if stanza.is_installed})


def codename_of(os_release: str) -> str | None:
    """Which release ``/etc/os-release`` names, as ``release`` knows it; None when it is none of those."""
    fields = dict(line.partition("=")[::2] for line in os_release.splitlines())
    named = fields.get("VERSION_CODENAME", "").strip('"')
    if not named and (matched := re.search(r"\(([a-z]+)\)", fields.get("VERSION", ""))):
        named = matched.group(1)
    return named if named in read_json("releases.json") else None


def path_filter(configuration: str) -> Callable[[str], bool]:
    """Whether dpkg unpacks a path, by the ``path-exclude`` and ``path-include`` lines (last match wins)."""
    rules: list[tuple[bool, re.Pattern[str]]] = []
    for line in configuration.splitlines()[:200]:
        option, _, pattern = line.strip().partition("=")
        if option in ("path-exclude", "path-include"):
            translated = ".*".join(
                re.escape(part) for part in re.sub(r"\*+", "*", pattern.strip()).split("*")
            )
            if translated.count(".*") <= 3:
                rules.append((option == "path-include", re.compile(translated + r"\Z")))

    def wanted(path: str) -> bool:
        keep = True
        for include, rule in rules:
            if include != keep and rule.match(path):
                keep = include
        return keep

    return wanted


def unpacked(package: Package, wanted: Callable[[str], bool], merged: bool) -> Iterator[tuple[str, Node]]:
    """What unpacking puts in place: (path without leading slash, node).

    ``merged`` tells whether /bin and /lib are links into /usr here; without them a few well-known
    commands live in /bin.
    """
    for path, node in package.nodes:
        if wanted("/" + path):
            yield (path if merged else _split(path)), node


def _split(path: str) -> str:
    return (
        path.removeprefix("usr/") if path.startswith("usr/bin/") and path[8:] in outside_usr("bin") else path
    )


def package_records(package: Package) -> Iterator[tuple[str, Node]]:
    """The package's own files in /var/lib/dpkg/info."""
    stem = f"{INFO}/{package.name}"
    if package.architecture != "all" and package.section in ("libs", "libdevel", "oldlibs"):
        stem += ":amd64"
    yield stem + ".list", File(Content(("\n".join(package.paths) + "\n").encode()))
    count = package.raw.get("nf", 3) if package.raw else 3
    yield stem + ".md5sums", File(Content(b"", 70 * count))


# ---------------------------------------------------------------------- alternatives

_ALTERNATIVES = {
    "vim": (("usr/bin/vim.basic", ("vim", "vi", "view", "ex", "vimdiff", "rview", "rvim", "editor")),),
    "vim-tiny": (("usr/bin/vim.tiny", ("vi", "view", "ex", "rview", "editor")),),
    "nano": (("bin/nano", ("editor", "pico")),),
    "netcat-openbsd": (("usr/bin/nc.openbsd", ("nc", "netcat")),),
    "netcat-traditional": (("usr/bin/nc.traditional", ("nc", "netcat")),),
    "less": (("usr/bin/less", ("pager",)),),
    "gawk": (("usr/bin/gawk", ("awk",)),),
    "nodejs": (("usr/bin/node", ("js",)),),
    "gcc": (("usr/bin/gcc", ("cc",)),),
    "g++": (("usr/bin/g++", ("c++",)),),
    "openjdk-17-jre-headless": (("usr/lib/jvm/java-17-openjdk-amd64/bin/java", ("java",)),),
    "openjdk-17-jdk-headless": (("usr/lib/jvm/java-17-openjdk-amd64/bin/javac", ("javac",)),),
    "php8.2-cli": (("usr/bin/php8.2", ("php",)),),
}


def alternatives(package: Package) -> Iterator[tuple[str, Node]]:
    """The links in /etc/alternatives and /usr/bin that the package's scripts make."""
    for path, names in _ALTERNATIVES.get(package.name, ()):
        for name in names:
            yield f"etc/alternatives/{name}", Symlink("/" + path)
            yield f"usr/bin/{name}", Symlink(f"/etc/alternatives/{name}")


_WELCOME = (
    b"<!DOCTYPE html>\n<html>\n<head><title>Welcome to nginx!</title></head>\n<body>\n"
    b"<h1>Welcome to nginx!</h1>\n</body>\n</html>\n"
)
_AFTER_INSTALL: dict[str, tuple[tuple[str, Node], ...]] = {
    "ca-certificates": (
        ("etc/ssl/certs/ca-certificates.crt", File(Content(b"", 213_777))),
        ("etc/ca-certificates.conf", File(Content(b"mozilla/ISRG_Root_X1.crt\n", 5_989))),
    ),
    "nginx-common": (("var/www/html/index.nginx-debian.html", File(Content(_WELCOME))),),
    "apache2": (("var/www/html/index.html", File(Content(b"<html>It works!</html>\n", 10_701))),),
    "tzdata": (
        ("etc/timezone", File(Content(b"Etc/UTC\n"))),
        ("etc/localtime", Symlink("/usr/share/zoneinfo/Etc/UTC")),
    ),
}


def after_install(name: str) -> tuple[tuple[str, Node], ...]:
    """Files that a package's postinst script makes, as far as lessons meet them."""
    return _AFTER_INSTALL.get(name, ())


# ---------------------------------------------------------------------- accounts that packages create

ACCOUNTS = {
    "openssh-server": ("sshd", 100, 65534, "/run/sshd"),
    "postgresql-common": ("postgres", 101, 104, "/var/lib/postgresql"),
    "mariadb-server": ("mysql", 102, 105, "/nonexistent"),
    "redis-server": ("redis", 103, 106, "/var/lib/redis"),
    "memcached": ("memcache", 104, 107, "/nonexistent"),
    "dbus": ("messagebus", 105, 108, "/nonexistent"),
}
"""Package -> (user, usual uid, usual gid, home) of the system account its postinst adds."""


def add_packages(tree: OverlayFS, names: list[str]) -> list[tuple[str, Node]]:
    """What installing ``names`` (without Recommends, lists and caches cleaned) writes into ``tree``."""
    stanzas = dict(read_status(_text(tree, STATUS)))
    archive = archive_of(tree)
    chosen = closure(archive, names, installed_of(stanzas), recommends=False)
    folder = "etc/dpkg/dpkg.cfg.d"
    wanted = path_filter("\n".join(_text(tree, f"{folder}/{name}") for name in tree.names(folder)))
    merged = isinstance(tree.get("bin"), Symlink)
    nodes: list[tuple[str, Node]] = []
    for package in unpack_order(chosen):
        nodes += unpacked(package, wanted, merged)
        nodes += package_records(package)
        nodes += alternatives(package)
        nodes += after_install(package.name)
        stanzas[package.name] = stanza_of(package)
    if chosen:
        nodes.append((STATUS, File(Content(write_status(stanzas.values()).encode()))))
    return nodes


@lru_cache(maxsize=8192)
def stanza_of(package: Package) -> Stanza:
    """The paragraph that says ``package`` is installed."""
    return next(iter(read_status(package.stanza).values()))


def archive_of(tree: OverlayFS) -> Release:
    """The release whose root file system ``tree`` holds; bookworm when it does not say."""
    text = _text(tree, "usr/lib/os-release") or _text(tree, "etc/os-release")
    return release(codename_of(text) or "bookworm")


def _text(tree: OverlayFS, path: str) -> str:
    node = tree.get(path)
    return node.content.head.decode("utf-8", "replace") if isinstance(node, File) else ""
