"""Programs that start other programs: env, xargs, find -exec, nohup, timeout, su and their like."""

from collections.abc import Generator, Sequence

from engine.fs import Files, FsError
from engine.shell.process import Process, Sink, Source
from engine.shell.run import CommandNotFound, NotExecutable, prepare, start
from engine.shell.streams import NullStream

NOTHING = NullStream()
"""A standard input at its end."""


def run_child(
    process: Process,
    argv: Sequence[str],
    *,
    env: dict[str, str] | None = None,
    files: Files | None = None,
    stdin: Source | None = None,
    stderr: Sink | None = None,
) -> Generator[bytes, None, int]:
    """Run ``argv`` found through PATH: yields its output, returns its exit status.

    A text file without ``#!`` is handed to /bin/sh, as execvp does. Raises CommandNotFound, NotExecutable.
    """
    environment = process.env if env is None else env
    view = process.files if files is None else files
    process.budget.step(15)
    source = process.stdin if stdin is None else stdin
    sink = process.stderr if stderr is None else stderr
    try:
        child, program = prepare(process.system, view, environment, argv, source, sink)
    except NotExecutable as error:
        if error.code != "ENOEXEC":
            raise
        script = ["/bin/sh", *argv]
        child, program = prepare(process.system, view, environment, script, source, sink)
    child.stdout_is_terminal = process.stdout_is_terminal
    status = yield from start(child, program)
    return status


def exec_or_explain(
    process: Process,
    argv: Sequence[str],
    message: str,
    *,
    busybox: str = "can't execute '{name}': {reason}",
    env: dict[str, str] | None = None,
    files: Files | None = None,
    stdin: Source | None = None,
) -> Generator[bytes, None, int]:
    """``run_child`` for a wrapper's last act: a failure to start is explained by ``message``.

    ``{name}`` and ``{reason}`` are filled in; the status is 127 for a missing program, 126 otherwise.
    """
    template = busybox if process.is_busybox else message
    try:
        status = yield from run_child(process, argv, env=env, files=files, stdin=stdin)
        return status
    except CommandNotFound as error:
        process.error(template.format(name=error.name, reason="No such file or directory"))
        return error.status
    except NotExecutable as error:
        process.error(template.format(name=error.name, reason=FsError(error.code, "").reason))
        return error.status


def drain(running: Generator[bytes, None, int], out: list[bytes]) -> int:
    """Run to the end, adding the output to ``out``; returns the exit status."""
    try:
        while True:
            out.append(next(running))
    except StopIteration as stop:
        return int(stop.value)
