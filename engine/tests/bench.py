"""``make bench``: how fast the engine is, in medians, against its limits and a real docker if one answers.

Exit status 1 when a limit is missed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from engine.catalogue.images import CatalogueStore
from engine.content import StackedStore
from engine.fs.layer import forget_diff_ids
from engine.machine import Machine
from engine.session import RunLine, SaveFile, execute, forecast, new_machine

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
APT = "FROM debian:bookworm-slim\nRUN apt-get update\nRUN apt-get install -y vim git\n"


@dataclass(frozen=True)
class Row:
    """One figure: what was measured, its median and its limit in milliseconds."""

    what: str
    measured: float
    limit: float
    docker: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the limit holds."""
        return self.measured <= self.limit


def clock(work: Callable[[], object], rounds: int = 15) -> float:
    """Median milliseconds of ``work``, after one round that does not count."""
    work()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return median(times) * 1000


def machine_with(files: dict[str, str], *lines: str) -> tuple[Machine, StackedStore]:
    """A machine with project files, after some lines that must succeed."""
    store = StackedStore(CatalogueStore())
    machine = new_machine("bench")
    for path, text in files.items():
        machine = execute(machine, SaveFile(path, text), store).machine
    for line in lines:
        machine = run(machine, line, store)
    return machine, store


def run(machine: Machine, line: str, store: StackedStore) -> Machine:
    """The machine after ``line``; stops the benchmark when it fails."""
    step = execute(machine, RunLine(line), store)
    if step.exit_code:
        sys.exit(f"{line}: exit status {step.exit_code}\n" + "".join(piece.text for piece in step.output))
    return step.machine


def measure() -> list[Row]:
    """All figures."""
    files = {"Dockerfile": TEN_STEPS, "app.py": "print(1)\n"}
    fresh, store = machine_with(files, "docker pull busybox")
    built, _ = machine_with(files, "docker build -t bench .")
    started = run(built, "docker run -tid --name test bench", store)
    edited = execute(built, SaveFile("Dockerfile", TEN_STEPS.replace("two", "2")), store).machine
    rows = [
        Row("cold build, 10 instructions", clock(lambda: run(fresh, "docker build -t b .", store)), 10),
        Row("cached rebuild", clock(lambda: run(built, "docker build -t bench .", store)), 2),
        Row("forecast", clock(lambda: forecast(edited, store)), 2),
        Row("docker history", clock(lambda: run(built, "docker history bench", store)), 1),
        Row("docker exec touch", clock(lambda: run(started, "docker exec test touch /toto", store)), 1),
        Row("docker diff", clock(lambda: run(started, "docker diff test", store)), 1),
    ]
    lists_only = {"Dockerfile": APT.partition("RUN apt-get install")[0]}
    updated, packages = machine_with(lists_only, "docker build -t u .")
    ready = execute(updated, SaveFile("Dockerfile", APT), packages).machine

    def install() -> None:
        run(ready, "docker build -t v .", StackedStore(packages))

    forget_diff_ids()
    start = time.perf_counter()
    install()
    rows.append(Row("apt-get install vim git, cold", (time.perf_counter() - start) * 1000, 400))
    rows.append(Row("apt-get install vim git, hashed before", clock(install, 7), 20))
    return rows


def real_docker() -> dict[str, float]:
    """The same figures from a Docker daemon, empty when none answers."""
    if shutil.which("docker") is None:
        return {}
    if subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=20).returncode:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "Dockerfile").write_text(TEN_STEPS)
        Path(folder, "app.py").write_text("print(1)\n")

        def docker(*arguments: str) -> float:
            start = time.perf_counter()
            subprocess.run(["docker", *arguments], cwd=folder, capture_output=True, check=True, timeout=300)
            return (time.perf_counter() - start) * 1000

        figures = {
            "cold build, 10 instructions": docker("build", "--no-cache", "-t", "layerlab-bench", "."),
            "cached rebuild": docker("build", "-t", "layerlab-bench", "."),
            "docker history": docker("history", "layerlab-bench"),
        }
        docker("run", "-tid", "--name", "layerlab-bench", "layerlab-bench")
        figures["docker exec touch"] = docker("exec", "layerlab-bench", "touch", "/toto")
        figures["docker diff"] = docker("diff", "layerlab-bench")
        docker("rm", "-f", "layerlab-bench")
        return figures


def main() -> int:
    """Print the table."""
    rows = measure()
    docker = real_docker()
    print(f"{'what':40} {'median':>10} {'limit':>10} {'docker':>10}")
    for row in rows:
        real = f"{docker[row.what]:7.0f} ms" if row.what in docker else "-"
        verdict = "" if row.ok else "  MISSED"
        print(f"{row.what:40} {row.measured:7.2f} ms {row.limit:7.0f} ms {real:>10}{verdict}")
    return 0 if all(row.ok for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
