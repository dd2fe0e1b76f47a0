"""Suites ``format`` and ``template``: the real subcommands over recorded answers of a daemon."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.cli.command import Api, CliError
from engine.cli.commands.tag import tag_image
from engine.cli.docker import run_docker
from engine.clock import SECOND
from engine.conformance.units import unit_suite
from engine.daemon.errors import NotFound
from engine.errors import EngineError


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


class _Recorder:
    """Stands for the docker process: collects both streams."""

    def __init__(self) -> None:
        self.stdout = ""
        self.stderr = ""

    def write(self, data: str | bytes) -> None:
        self.stdout += data if isinstance(data, str) else data.decode()

    def complain(self, text: str) -> None:
        self.stderr += text


def _run(argv: list[str], api: Api, now: int) -> dict[str, Any]:
    recorder = _Recorder()
    running = run_docker(argv[1:], api, now * SECOND, recorder)  # type: ignore[arg-type]
    try:
        while True:
            recorder.write(next(running))
    except StopIteration as stop:
        return {"stdout": recorder.stdout, "stderr": recorder.stderr, "rc": stop.value}


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
