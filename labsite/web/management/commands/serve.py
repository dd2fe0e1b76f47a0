"""``manage.py serve``: everything between "the packages are installed" and "open this address"."""

import json
import os
import socket
import sys
from argparse import ArgumentParser
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

STAMP = "collected.json"


class Command(BaseCommand):
    """Prepares the database and the static files if they are not up to date, then serves."""

    help = "Prepare the database and static files, then serve the site."
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen and with how many processes."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=min(4, os.cpu_count() or 1))

    def handle(self, *args: Any, host: str, port: int, workers: int, **options: Any) -> None:
        """Serve until interrupted."""
        _check_port(host, port)
        _migrate()
        _collect_static()
        shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host
        self.stdout.write(
            f"\n  Layer Lab is at http://{shown}:{port}\n\n"
            '  Try first: open the address, choose "centos:7, one RUN per step", press Build, then type\n'
            "  docker history test:v1.0  in the terminal. Ctrl-C here stops the site; labs are kept in\n"
            f"  {settings.DATA_DIR}\n"
        )
        self.stdout.flush()
        connection.close()
        os.execv(
            sys.executable,
            [
                sys.executable,
                "-m",
                "granian",
                "--interface",
                "wsgi",
                "--host",
                host,
                "--port",
                str(port),
                "--workers",
                str(workers),
                "--blocking-threads",
                "2",
                "--backpressure",
                "128",
                "--respawn-failed-workers",
                "--log-level",
                "warning",
                "labsite.wsgi:application",
            ],
        )


def _check_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"cannot listen on {host}:{port} ({error.strerror}). Another port: make run PORT={port + 1}"
            ) from None


def _migrate() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0)


def _collect_static() -> None:
    """Collect when a static file's name, size or time changed since the last collection."""
    listing = [
        (name, (found := Path(storage.path(name)).stat()).st_size, found.st_mtime_ns)
        for finder in get_finders()
        for name, storage in finder.list([])
    ]
    digest = sha256(json.dumps(sorted(listing)).encode()).hexdigest()
    stamp = settings.STATIC_ROOT / STAMP
    if stamp.exists() and stamp.read_text() == digest:
        return
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    stamp.write_text(digest)
