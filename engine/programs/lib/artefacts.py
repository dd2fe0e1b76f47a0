"""Programs that were compiled inside the simulation: what they print is kept in their stand-in file."""

import json

from engine.fs import Content, File, program_stub
from engine.shell.process import Process

_NAME = "compiled-artefact"
_MARK = b"\nlayerlab:prints="
_SERVES = b"\nlayerlab:serves="


def artefact(lines: list[str], size: int, serves: str = "") -> Content:
    """An executable that prints ``lines``; with ``serves`` it then stays up like a server."""
    stub = program_stub(_NAME)
    head = stub.head + _MARK.lstrip(b"\n") + json.dumps(lines).encode() + b"\n"
    if serves:
        head += _SERVES.lstrip(b"\n") + serves.encode() + b"\n"
    return Content(head, max(size, len(head)))


def artefact_of(process: Process) -> tuple[list[str], bool]:
    """What the running executable prints, and whether it stays up afterwards."""
    node = process.files.find(process.executable)
    if not isinstance(node, File):
        return [], False
    _, found, rest = node.content.head.partition(_MARK)
    if not found:
        return [], False
    try:
        lines = json.loads(rest.partition(b"\n")[0])
    except ValueError:
        return [], False
    return [str(line) for line in lines], _SERVES in b"\n" + rest


NAME = _NAME
