"""What the site's tests share: a store without hashed static files, visitors, and a server with a browser."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils.translation import override

from labsite.workspaces import services
from labsite.workspaces.models import Visitor, Workspace

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright keeps a loop in this thread

CHROMIUM = shutil.which("chromium")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ROOT = Path(django_settings.BASE_DIR)
AXE = Path(__file__).parent / "vendor" / "axe.min.js"


@pytest.fixture(autouse=True)
def plain_settings(settings: Any) -> None:
    """Static files by their plain names, and no limit on how fast a test may click."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.LAYERLAB_RATE_PER_SECOND = 10_000.0
    settings.LAYERLAB_RATE_BURST = 100_000


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A request leaves its language behind in its thread; no test inherits it from the one before."""
    with override("en"):
        yield


@pytest.fixture
def visitor(db: None) -> Visitor:
    """Somebody with a lab."""
    return Visitor.objects.create()


@pytest.fixture
def workspace(visitor: Visitor) -> Workspace:
    """A lab with a Dockerfile on busybox and a file beside it."""
    files = {
        "Dockerfile": "FROM busybox\nRUN echo one > /one\nCOPY app.txt /app.txt\n",
        "app.txt": "first\n",
    }
    return services.create(visitor, "a lab", files, origin="preset:empty")


def client_of(visitor: Visitor) -> Client:
    """A browser that has this visitor's cookie."""
    from django.core import signing

    from labsite.workspaces.visitors import COOKIE

    client = Client()
    client.cookies[COOKIE] = signing.get_cookie_signer(salt=COOKIE + COOKIE).sign(visitor.key)
    return client


@pytest.fixture
def own(visitor: Visitor, workspace: Workspace) -> Client:
    """The owner's browser."""
    return client_of(visitor)


# ---------------------------------------------------------------------- a real server


@dataclass
class Server:
    """The site as it is run, with a database of its own."""

    address: str
    data: Path
    process: subprocess.Popen[bytes]
    environment: dict[str, str]


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start_server(data: Path, port: int, **extra: str) -> Server:
    """Start the site on ``port`` with its data in ``data``, and wait until it answers."""
    environment = {
        **os.environ,
        "LAYERLAB_DATA": str(data),
        "LAYERLAB_STATIC_ROOT": str(data / "static"),
        "LAYERLAB_RATE_PER_SECOND": "10000",
        "LAYERLAB_RATE_BURST": "100000",
        **extra,
    }
    environment.pop("LAYERLAB_DATABASE", None) if "LAYERLAB_DATABASE" not in extra else None
    command = [sys.executable, "manage.py", "serve", "--port", str(port), "--workers", "1"]
    log = (data / "server.log").open("ab")
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
    )
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while True:
        try:
            with urlopen(f"{address}/health/", timeout=2) as answer:
                assert answer.read() == b"ok\n"
            return Server(address, data, process, environment)
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((data / "server.log").read_text()) from None
            time.sleep(0.1)


def stop_server(server: Server, sign: int = 15) -> None:
    """End the server and the workers it started."""
    try:
        os.killpg(server.process.pid, sign)
    except ProcessLookupError:
        return
    server.process.wait(20)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all browser tests of a process."""
    running = start_server(tmp_path_factory.mktemp("site"), free_port())
    yield running
    stop_server(running)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A Chromium; tests that ask for it skip by name where none is installed."""
    if CHROMIUM is None:
        pytest.skip("browser test: chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()
