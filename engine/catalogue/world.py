"""The simulated network: a small, deterministic world of sites, files to download and git repositories.

Host names end in ``.example``, or are those of well-known projects whose download addresses appear in
everyone's Dockerfiles; nothing is ever fetched from anywhere.
"""

import gzip
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from engine.catalogue.files import read_json
from engine.errors import EngineError
from engine.fs import Content, Directory, Entry, File, Layer, tar_bytes

ADDRESS = "192.0.2.10"
"""Every site's address (TEST-NET-1, RFC 5737)."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a URL answers: HTTP status, content type, body, and where it redirects to, if it does."""

    status: int
    content_type: str
    content: Content
    location: str = ""


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository: commits are (short hash, subject, author), newest first."""

    url: str
    branch: str
    files: tuple[tuple[str, str], ...]
    commits: tuple[tuple[str, str, str], ...]
    size: int


class UnknownHost(EngineError):
    """No such host in this world."""


@cache
def _data() -> dict[str, dict[str, object]]:
    value: dict[str, dict[str, object]] = read_json("world.json")
    return value


def resolves(host: str) -> bool:
    """Whether the host name exists here: ``.example`` names that are listed, and known projects' hosts."""
    name = host.partition(":")[0].lower()
    hosts = _data()["hosts"]
    return name in hosts or any(name.endswith("." + known) for known in hosts)


def fetch(url: str) -> Page:
    """What ``url`` answers. Raises UnknownHost; unknown paths on known hosts are 404 pages."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    host = (parts.hostname or "").lower()
    if not resolves(host):
        raise UnknownHost(host)
    path = parts.path or "/"
    pages = _data()["pages"]
    bare = host.rpartition(".")[0]  # package archives are listed without their top-level domain
    for key in (f"{host}{path}", f"{host}{path.rstrip('/')}", f"{bare}{path}"):
        row = pages.get(key)
        if isinstance(row, dict):
            if "location" in row:
                return Page(301, "text/html", Content(b""), str(row["location"]))
            head = str(row.get("text", "")).encode()
            size = row.get("size", len(head))
            return Page(200, str(row.get("type", "text/html")), Content(head, int(str(size))))
    if path in ("/", "/index.html"):
        body = _HOME.format(host=host).encode()
        return Page(200, "text/html", Content(body))
    archive = _archive(path)
    if archive is not None:
        return archive
    return Page(404, "text/html", Content(_MISSING.encode()))


_HOME = (
    "<!doctype html>\n<html>\n<head><title>{host}</title></head>\n<body>\n<h1>{host}</h1>\n"
    "<p>A page of the simulated network.</p>\n</body>\n</html>\n"
)
_MISSING = "<html>\n<head><title>404 Not Found</title></head>\n<body><h1>404 Not Found</h1></body>\n</html>\n"
_ARCHIVES = {
    ".tar.gz": "application/gzip",
    ".tgz": "application/gzip",
    ".tar.xz": "application/x-xz",
    ".tar.bz2": "application/x-bzip2",
    ".zip": "application/zip",
    ".deb": "application/vnd.debian.binary-package",
    ".rpm": "application/x-rpm",
    ".jar": "application/java-archive",
    ".whl": "application/zip",
}


def _archive(path: str) -> Page | None:
    """A download nobody described: an archive whose size follows from its name, the same every time."""
    for suffix, kind in _ARCHIVES.items():
        if path.endswith(suffix) and "missing" not in path and "notfound" not in path:
            name = path.rpartition("/")[2]
            stem = name.removesuffix(suffix)
            size = 400_000 + sum(byte * (position + 7) for position, byte in enumerate(name.encode())) * 331
            head = f"layerlab:archive\nname={stem}\n".encode()
            if suffix in (".tar.gz", ".tgz"):
                return Page(200, kind, Content(_tarball(stem)))
            return Page(200, kind, Content(head, size))
    return None


def _tarball(stem: str) -> bytes:
    """A true gzipped tar with a source tree in a directory called after the archive."""
    top = stem or "source"
    entries: dict[str, Entry] = {
        top: Directory(),
        f"{top}/README": File(Content(f"{top}: a simulated source tree.\n".encode())),
        f"{top}/configure": File(Content(b"#!/bin/sh\necho 'configure: creating Makefile'\n"), 0o755),
        f"{top}/Makefile": File(Content(b"all:\n\t@echo building\ninstall:\n\t@echo installing\n")),
    }
    return gzip.compress(tar_bytes(Layer(entries)), mtime=0)


def repository(url: str) -> Repository | None:
    """The git repository at ``url`` (with or without ``.git`` and a trailing slash), or None."""
    key = url.rstrip("/").removesuffix(".git").removeprefix("https://").removeprefix("http://")
    key = key.removeprefix("git@").replace(":", "/", 1) if key.startswith("git@") else key
    row = _data()["repositories"].get(key)
    if not isinstance(row, dict):
        return None
    files = row["files"]
    commits = row["commits"]
    return Repository(
        f"https://{key}.git",
        str(row["branch"]),
        tuple((str(path), str(text)) for path, text in files.items()),
        tuple((str(a), str(b), str(c)) for a, b, c in commits),
        int(row["size"]),
    )
