"""What long-running servers have in common: their version, their lines, and that they stay up."""

from collections.abc import Sequence
from typing import NoReturn

from engine.catalogue.dpkg import read_status
from engine.programs.lib.unpack import text_of
from engine.shell.process import Process, StaysUp


def stay_up(process: Process, output: str = "", errors: str = "") -> NoReturn:
    """Print what the server logs at start and keep running. Raises StaysUp."""
    if errors:
        process.complain(errors)
    raise StaysUp(output.encode())


def version_of(process: Process, variable: str, package: str, default: str) -> str:
    """A server's version: from the image's environment, else from the package database."""
    given = process.env.get(variable, "")
    if given:
        return given.partition("-")[0]
    stanza = read_status(text_of(process, "/var/lib/dpkg/status")).get(package)
    if stanza is not None:
        return stanza.version.rpartition(":")[2].partition("-")[0]
    return default


def is_running(process: Process, name: str) -> bool:
    """Whether another process of this machine is the program ``name``."""
    return runs(process.system.processes, name)


def runs(processes: Sequence[tuple[int, str, str]], name: str) -> bool:
    """Whether one of ``processes`` (pid, user, command line) is the program ``name``."""
    return any(command.split(" ")[0].rpartition("/")[2].rstrip(":") == name for _, _, command in processes)
