"""Fetching over the simulated network: remote sites, and servers that run on this machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from engine.catalogue.world import Page, UnknownHost, fetch
from engine.errors import EngineError
from engine.fs import Content, File, Files
from engine.programs.lib.servers import runs
from engine.shell.process import Process

_LOCAL = ("localhost", "127.0.0.1", "::1", "0.0.0.0")
_ROOTS = {
    "nginx": ("/usr/share/nginx/html", "/var/www/html"),
    "httpd": ("/usr/local/apache2/htdocs",),
    "apache2": ("/var/www/html",),
    "python3": (".",),
    "python": (".",),
    "node": (".",),
}
_PORTS = {"nginx": 80, "httpd": 80, "apache2": 80}
"""Where servers listen that have a port of their own; programs may listen on any."""
_PROGRAMS_PAGE = "<!doctype html>\n<title>{name}</title>\n<p>The simulated program {name} answers here.</p>\n"
MAX_REDIRECTS = 10


class CannotResolve(EngineError):
    """The host name is unknown, or there is no network."""

    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(f"could not resolve {host}")


class Refused(EngineError):
    """Nothing listens at that address."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        super().__init__(f"connection to {host} port {port} refused")


@dataclass(frozen=True, slots=True)
class Answer:
    """A page and the address it finally came from; ``hops`` are the redirects on the way."""

    url: str
    page: Page
    hops: tuple[Page, ...] = ()

    @property
    def host(self) -> str:
        """The host that answered."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The port it answered on."""
        parts = urlsplit(self.url)
        try:
            given = parts.port
        except ValueError:
            given = None
        return given or (443 if parts.scheme == "https" else 80)


def request(process: Process, url: str, follow: bool) -> Answer:
    """Fetch ``url`` (http or https; a bare host is http). Raises CannotResolve, Refused."""
    address = url if "://" in url else f"http://{url}"
    hops: list[Page] = []
    while True:
        process.budget.step()
        page = _one(process, address)
        if not page.location or not follow or len(hops) >= MAX_REDIRECTS:
            return Answer(address, page, tuple(hops))
        hops.append(page)
        address = urljoin(address, page.location)


def _one(process: Process, url: str) -> Page:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise CannotResolve(url) from None
    peer = process.system.find_peer(host, port)
    if peer is not None:
        return _served(peer.files, peer.processes, host, port, peer.port, parts.path or "/")
    if host in _LOCAL:
        processes = tuple(process.system.processes)
        return _served(process.files, processes, host, port, port, parts.path or "/")
    if not process.system.network:
        raise CannotResolve(host)
    try:
        return fetch(url)
    except UnknownHost:
        raise CannotResolve(host) from None


def _served(
    files: Files, processes: Sequence[tuple[int, str, str]], host: str, port: int, inside: int, path: str
) -> Page:
    """What a web server answers that runs among ``processes``, asked on its own port ``inside``."""
    for name, roots in _ROOTS.items():
        if not runs(processes, name) or inside != _PORTS.get(name, inside):
            continue
        for root in roots:
            wanted = f"{root}{path}"
            if files.is_dir(wanted):
                wanted = wanted.rstrip("/") + "/index.html"
            node = files.find(wanted)
            if isinstance(node, File):
                return Page(200, "text/html", node.content)
        if path == "/" and name not in _PORTS:
            return Page(200, "text/html", Content(_PROGRAMS_PAGE.format(name=name).encode()))
        body = b"<html><h1>404 Not Found</h1></html>\n"
        return Page(404, "text/html", Content(body))
    raise Refused(host, port)


STATUS_TEXT = {
    200: "OK",
    301: "Moved Permanently",
    302: "Found",
    404: "Not Found",
    500: "Internal Server Error",
}


CERTIFICATES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
)


def has_certificates(process: Process) -> bool:
    """Whether the machine knows any certificate authority, which every https client needs."""
    return any(process.files.is_file(path) for path in CERTIFICATES)


def head_of(page: Page) -> str:
    """The response's header block, as HTTP/1.1."""
    lines = [f"HTTP/1.1 {page.status} {STATUS_TEXT.get(page.status, 'OK')}"]
    lines += [
        "Server: layerlab",
        f"Content-Type: {page.content_type}",
        f"Content-Length: {page.content.size}",
    ]
    if page.location:
        lines.append(f"Location: {page.location}")
    return "\r\n".join([*lines, "", ""])


def save(process: Process, path: str, content: Content) -> None:
    """Write a download to ``path``; filler stays filler. Raises FsError."""
    process.files.write(path, content)
    process.system.clock.advance(content.size * 1_000_000_000 // 50_000_000)
