"""``make bench-web``: how fast the site answers over HTTP to one user, and how heavy its pages are.

A real server is started on the loopback interface with a database of its own. Exit status 1 when a limit is
missed. Milliseconds are those of the whole exchange as a browser's script would see it.
"""

import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from urllib.parse import urlencode, urlsplit

ROUNDS = 40
TEN_STEPS = """FROM busybox
ENV GREETING=hello
WORKDIR /app
COPY app.py .
RUN echo one > one
RUN echo two > two
RUN mkdir -p data && touch data/x
LABEL stage=bench
EXPOSE 8000
CMD ["sh"]
"""


@dataclass(frozen=True)
class Row:
    """One figure with its limit, both in ``unit``."""

    what: str
    measured: float
    limit: float
    unit: str
    note: str = ""

    @property
    def ok(self) -> bool:
        """Whether the limit holds."""
        return self.measured <= self.limit


@dataclass(frozen=True)
class Answer:
    """What came back: ``sent`` counts the bytes of the body as they travelled."""

    status: int
    headers: dict[str, str]
    body: bytes
    sent: int


class Browser:
    """One user on one kept connection, as a page with htmx asks: cookies, token, compressed answers."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.connection = HTTPConnection(urlsplit(address).netloc, timeout=30)
        self.cookies: dict[str, str] = {}
        self.token = ""
        self.held = ""

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None, htmx: bool = False) -> Answer:
        """One exchange; redirects are not followed."""
        headers = {
            "Accept-Encoding": "gzip, br",
            "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()),
        }
        if htmx:
            headers |= {"HX-Request": "true", "Lab-Panels": self.held}
        body = None
        if fields is not None:
            body = urlencode(fields)
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": self.token}
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        data = response.read()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                cookie, _semicolon, _rest = value.partition(";")
                key, _equals, content = cookie.partition("=")
                self.cookies[key] = content
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, _plain(data, found.get("content-encoding", "")), len(data))

    def open(self, path: str) -> tuple[str, Answer]:
        """A page, redirects followed: its path and the answer."""
        answer = self.ask("GET", path)
        while answer.status in (301, 302):
            path = answer.headers["location"]
            answer = self.ask("GET", path)
        text = answer.body.decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)
        self.token = token[1] if token else self.token
        self.take_in(text)
        return path, answer

    def take_in(self, text: str) -> None:
        """Remember which panels are shown now."""
        shown = dict(pair.split("=") for pair in self.held.split(",") if pair)
        shown |= dict(re.findall(r'data-panel="([a-z]+)" data-digest="([0-9a-f]+)"', text))
        self.held = ",".join(f"{name}={digest}" for name, digest in shown.items())


def _plain(data: bytes, encoding: str) -> bytes:
    if encoding == "gzip":
        import gzip

        return gzip.decompress(data)
    return data


# ---------------------------------------------------------------------- what is measured


@dataclass(frozen=True)
class Times:
    """Milliseconds of many rounds, and the largest answer in bytes."""

    best: float
    middle: float
    late: float
    """The 95th percentile."""
    largest: int


def times_of(work: Callable[[int], Answer], rounds: int = ROUNDS) -> Times:
    """Time ``work``, after three rounds that do not count."""
    for number in range(3):
        work(-1 - number)
    times = []
    largest = 0
    for number in range(rounds):
        begun = time.perf_counter()
        answer = work(number)
        times.append((time.perf_counter() - begun) * 1000)
        if answer.status != 200:
            raise SystemExit(f"answer {answer.status}: {answer.body[:300].decode()}")
        largest = max(largest, answer.sent)
    times.sort()
    return Times(times[0], median(times), times[int(len(times) * 0.95) - 1], largest)


def weight_of(browser: Browser, path: str) -> tuple[int, int, list[tuple[str, int]]]:
    """Bytes and requests of a first load: the page, what it names, and what its modules import at once."""
    _path, page = browser.open(path)
    parts = [("page", page.sent)]
    text = page.body.decode()
    waiting = re.findall(r'<(?:link rel="(?:stylesheet|icon)" href|script[^>]* src)="([^"]+)"', text)
    seen: set[str] = set()
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        answer = browser.ask("GET", name)
        parts.append((name.rpartition("/")[2], answer.sent))
        if name.endswith(".js"):
            folder = name.rpartition("/")[0]
            imports = re.findall(rb'from\s*"(\.[^"]+)"|import\(\s*"(\.[^"]+)"', answer.body)
            waiting += [_join(folder, (found or lazy).decode()) for found, lazy in imports]
    return sum(size for _name, size in parts), len(parts), parts


def _join(folder: str, name: str) -> str:
    parts = folder.split("/")
    for part in name.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def measure(address: str) -> list[Row]:
    """Everything, for one user who has the site to himself."""
    rows: list[Row] = []
    for title, path in (("start page", "/"), ("workbench", "/lab/")):
        size, requests, parts = weight_of(Browser(address), path)
        heaviest = ", ".join(
            f"{name} {bytes_ / 1000:.1f}" for name, bytes_ in sorted(parts, key=lambda p: -p[1])[:4]
        )
        rows.append(Row(f"first load, {title}", size / 1000, 250, "kB", heaviest))
        rows.append(Row(f"requests, {title}", requests, 10, ""))
    browser = Browser(address)
    lab, _page = browser.open("/lab/")
    lab = lab.partition("?")[0]

    def post(action: str, **fields: str) -> Answer:
        answer = browser.ask("POST", lab + action, fields, htmx=True)
        browser.take_in(answer.body.decode())
        return answer

    post("save/", path="app.py", text="print(1)\n")
    post("save/", path="Dockerfile", text=TEN_STEPS)

    def build(number: int) -> Answer:
        """Every second build finds nothing cached from COPY on; the others find everything."""
        return post("build/", path="app.py", text=f"print({number // 2})\n", line="docker build -t ten .")

    kinds: list[tuple[str, Callable[[int], Answer]]] = [
        ("command (echo)", lambda number: post("run/", line=f"echo {number}")),
        ("command (docker images)", lambda number: post("run/", line="docker images")),
        (
            "save with forecast",
            lambda number: post("save/", path="Dockerfile", text=TEN_STEPS.replace("one", f"one{number}")),
        ),
        ("build of ten instructions", build),
    ]
    for title, work in kinds:
        if title.startswith("build"):
            post("save/", path="Dockerfile", text=TEN_STEPS)
        times = times_of(work)
        note = f"p50 {times.middle:.1f} ms, best {times.best:.1f} ms"
        rows.append(Row(f"{title}, p95", times.late, 40, "ms", note))
        rows.append(Row(f"{title}, answer", times.largest / 1000, 30, "kB"))
    return rows


def report(rows: list[Row]) -> str:
    """The figures as a table."""
    lines = []
    for row in rows:
        mark = "ok " if row.ok else "MISSED"
        figure = f"{row.measured:8.1f} {row.unit:2}  (limit {row.limit:g})"
        lines.append(f"{mark:7}{row.what:34}{figure:28}{row.note}".rstrip())
    return "\n".join(lines)


def main() -> int:
    """Start a server, measure, stop it."""
    from labsite.tests.conftest import free_port, start_server, stop_server

    with tempfile.TemporaryDirectory() as data:
        server = start_server(Path(data), free_port())
        try:
            rows = measure(server.address)
        finally:
            stop_server(server)
    busy, processors = os.getloadavg()[0], os.cpu_count() or 1
    sys.stdout.write(
        report(rows) + f"\nload {busy:.1f} on {processors} processors: figures want a load below 1\n"
    )
    return 0 if all(row.ok for row in rows) else 1


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labsite.settings")
    django.setup()
    raise SystemExit(main())
