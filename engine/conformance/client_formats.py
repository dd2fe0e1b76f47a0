"""Suites ``format`` and ``template``: the real subcommands over recorded answers of a daemon."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.budget import Budget
from engine.cli.command import Api, CliError
from engine.cli.commands.tag import tag_image
from engine.cli.docker import run_docker
from engine.clock import SECOND, Clock
from engine.conformance.units import unit_suite
from engine.daemon.daemon import ClosedInput
from engine.daemon.errors import NotFound
from engine.errors import EngineError
from engine.fs import EMPTY_VIEW, Files, Namespace, OverlayFS
from engine.shell.process import Process, System


class RecordedApi:
    """Answers from a table; anything else is a refusal that names the path."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._answers = answers

    def get(self, path: str, **query: Any) -> Any:
        """The recorded answer. Raises NotFound."""
        if path not in self._answers:
            raise NotFound(path)
        return self._answers[path]

    def post(self, path: str, **query: Any) -> Any:
        """The recorded answer. Raises NotFound."""
        return self.get(path)


class _Collected:
    """Standard error, kept."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes) -> None:
        self.data += data


def _run(argv: list[str], api: Api, now: int) -> dict[str, Any]:
    clock, budget = Clock(now * SECOND), Budget()
    namespace = Namespace(OverlayFS(EMPTY_VIEW, clock=clock))
    errors = _Collected()
    process = Process(
        argv,
        {},
        Files(namespace, clock, budget),
        System(namespace, clock, budget, kind="host"),
        ClosedInput(),
        errors,
    )
    output = bytearray()
    running = run_docker(argv[1:], api, clock.now, process)
    while True:
        try:
            output += next(running)
        except StopIteration as stop:
            return {"stdout": output.decode(), "stderr": errors.data.decode(), "rc": stop.value}


@unit_suite("format")
def format_suite(case: dict[str, Any]) -> dict[str, Any]:
    """Run one docker command line. ``docker tag`` is recorded below its flags."""
    argv, api = case["argv"], RecordedApi(case["api"])
    if argv[1] != "tag":
        return _run(argv, api, case["now"])
    try:
        tag_image(api, argv[2], argv[3])
    except CliError as error:
        return {"stdout": "", "stderr": f"{error}\n", "rc": error.status}
    except EngineError as error:
        return {"stdout": "", "stderr": f"Error response from daemon: {error}\n", "rc": 1}
    return {"stdout": "", "stderr": "", "rc": 0}


@unit_suite("template")
def template_suite(case: dict[str, Any]) -> dict[str, Any]:
    """``docker image inspect -f FORMAT`` of one object."""
    api = RecordedApi({"/images/x/json": case["object"]})
    return _run(["docker", "image", "inspect", "-f", case["format"], "x"], api, 0)
