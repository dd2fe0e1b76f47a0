"""BuildKit's progress display: plain, for a terminal, and as JSON (``util/progress/progressui``)."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from engine.build.executor import LogLine
from engine.build.ops import SourceRange
from engine.clock import SECOND, rfc3339

TERMINAL_WIDTH = 80
ERROR_LINES = 10
"""Lines of a failed step's output that are shown again below."""

_BLUE, _RED, _YELLOW, _RESET = "\x1b[34m", "\x1b[31m", "\x1b[33m", "\x1b[0m"
_WARNING = "\x1b[33m"


@dataclass(frozen=True, slots=True)
class Detail:
    """A line below a step (``transferring context: 34B``) and how long it took (ns)."""

    text: str
    took: int = 0
    done: bool = True


@dataclass(frozen=True, slots=True)
class CheckWarning:
    """A build check that found something: ``line`` is where, 0 for nowhere in particular."""

    rule: str
    text: str
    line: int
    url: str = ""
    location: SourceRange | None = None


@dataclass(slots=True)
class Vertex:
    """One step of the display. ``status``: DONE, CACHED, ERROR, CANCELED, or "" (never finished)."""

    name: str
    status: str = "DONE"
    started: int = 0
    ended: int = 0
    details: list[Detail] = field(default_factory=list)
    log: Sequence[LogLine] = ()
    error: str = ""
    warnings: list[str] = field(default_factory=list)

    @property
    def took(self) -> int:
        """How long it ran (ns)."""
        return max(0, self.ended - self.started)


def seconds(duration: int) -> str:
    """A duration as the display writes it."""
    return f"{duration / SECOND:.1f}s"


def size_text(size: int) -> str:
    """Bytes as BuildKit's display writes them: SI units, two decimals."""
    if size < 1000:
        return f"{size}B"
    value, unit = size / 1000, "kB"
    for larger in ("MB", "GB", "TB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{value:.2f}{unit}"


def log_lines(log: Sequence[LogLine]) -> Iterator[tuple[int, str]]:
    """A step's output cut into lines, each with the time (ns) its end was printed."""
    buffers: dict[str, str] = {}
    last = 0
    for piece in log:
        *whole, rest = (buffers.get(piece.stream, "") + piece.text).split("\n")
        last = piece.at
        for line in whole:
            yield piece.at, line.rpartition("\r")[2] if line.rstrip("\r") != line else line
        buffers[piece.stream] = rest
    for rest in buffers.values():
        if rest:
            yield last, rest


def _stamp(at: int) -> str:
    value = at / SECOND
    decimals = 3 if value < 10 else 2 if value < 100 else 1
    return f"{value:.{decimals}f}"


# ---------------------------------------------------------------- plain


def plain(vertices: Iterable[Vertex], driver_line: str = "") -> str:
    """The display as lines, each step with its number."""
    blocks: list[str] = []
    if driver_line:
        blocks.append(f"#0 {driver_line}\n")
    for number, vertex in enumerate(vertices, 1):
        lines = [vertex.name]
        for detail in vertex.details:
            took = f" {seconds(detail.took)}" if detail.took >= SECOND // 20 else ""
            lines.append(f"{detail.text}{took} done" if detail.done else detail.text)
        lines += [f"{_stamp(at)} {text}".rstrip() for at, text in log_lines(vertex.log)]
        lines += [f"WARN: {warning}" for warning in vertex.warnings]
        match vertex.status:
            case "DONE":
                lines.append(f"DONE {seconds(vertex.took)}")
            case "ERROR":
                lines.append(f"ERROR: {vertex.error}")
            case "CACHED" | "CANCELED":
                lines.append(vertex.status)
        blocks.append("".join(f"#{number} {line}\n" for line in lines))
    return "\n".join(blocks)


# ---------------------------------------------------------------- terminal


def terminal(vertices: Sequence[Vertex], *, failed: bool, width: int = TERMINAL_WIDTH) -> str:
    """What stands on a terminal once the build is over."""
    counted = [vertex for vertex in vertices if vertex.status]
    finished = sum(1 for vertex in counted if vertex.status in ("DONE", "CACHED"))
    start = min((vertex.started for vertex in counted if vertex.started), default=0)
    end = max((vertex.ended for vertex in counted), default=0)
    state = "" if failed else " FINISHED"
    head = f"[+] Building {seconds(max(0, end - start))} ({finished}/{len(counted)}){state}"
    lines = [
        _BLUE + _aligned(head, "docker:default", width) + _RESET
        if not failed
        else _aligned(head, "docker:default", width)
    ]
    for vertex in counted:
        word = {"CACHED": "CACHED ", "ERROR": "ERROR ", "CANCELED": "CANCELED "}.get(vertex.status, "")
        colour = {"ERROR": _RED, "CANCELED": _YELLOW}.get(vertex.status, _BLUE)
        lines.append(colour + _aligned(f" => {word}{vertex.name}", seconds(vertex.took), width) + _RESET)
        for detail in vertex.details:
            text = _aligned(f" => => {detail.text}", seconds(detail.took), width)
            lines.append(f"{_BLUE}{text}{_RESET}")
        for at, text in log_lines(vertex.log) if vertex.status == "ERROR" else ():
            lines.append(f"{_stamp(at)} {text}".rstrip())
    return "\n".join(lines) + "\n"


def _aligned(left: str, right: str, width: int) -> str:
    room = width - len(right) - 1
    if len(left) > room:
        left = left[: max(0, room - 4)] + "... "
    return left.ljust(room) + " " + right


# ---------------------------------------------------------------- JSON


def raw_json(vertices: Sequence[Vertex]) -> str:
    """``--progress=rawjson``: one status document for each step, as BuildKit's API sends them."""
    lines: list[str] = []
    for vertex in vertices:
        digest = "sha256:" + sha256(vertex.name.encode("utf-8", "surrogateescape")).hexdigest()
        entry: dict[str, object] = {"digest": digest, "name": vertex.name}
        if vertex.status:
            entry["started"] = rfc3339(vertex.started)
            if vertex.status != "CANCELED":
                entry["completed"] = rfc3339(vertex.ended)
        if vertex.status == "CACHED":
            entry["cached"] = True
        if vertex.error:
            entry["error"] = vertex.error
        document: dict[str, object] = {"vertexes": [entry]}
        if vertex.details:
            document["statuses"] = [
                {
                    "id": detail.text,
                    "vertex": digest,
                    "timestamp": rfc3339(vertex.ended),
                    "started": rfc3339(vertex.started),
                    "completed": rfc3339(vertex.ended),
                }
                for detail in vertex.details
            ]
        if vertex.log:
            document["logs"] = [
                {
                    "vertex": digest,
                    "stream": 2 if piece.stream == "stderr" else 1,
                    "data": _base64(piece.text),
                    "timestamp": rfc3339(vertex.started + piece.at),
                }
                for piece in vertex.log
            ]
        lines.append(json.dumps(document, separators=(",", ":")) + "\n")
    return "".join(lines)


def _base64(text: str) -> str:
    from base64 import b64encode

    return b64encode(text.encode("utf-8", "surrogateescape")).decode()


# ---------------------------------------------------------------- what follows the display


def failed_step(vertices: Iterable[Vertex]) -> str:
    """The failed steps once more, with the end of what they printed."""
    pieces: list[str] = []
    for vertex in vertices:
        if vertex.status == "ERROR" and not vertex.name.startswith("[internal]"):
            pieces.append(f"------\n > {vertex.name}:\n")
            shown = list(log_lines(vertex.log))[-ERROR_LINES:]
            pieces += [f"{_stamp(at)} {text}".rstrip() + "\n" for at, text in shown]
            pieces.append("------\n")
    return "".join(pieces)


def warning_list(
    warnings: Sequence[CheckWarning], *, expanded: bool = False, source: str = "", name: str = ""
) -> str:
    """The checks that found something, as listed after the build."""
    if not warnings:
        return ""
    count = f"{len(warnings)} warning{'' if len(warnings) == 1 else 's'} found"
    hint = "" if expanded else " (use docker --debug to expand)"
    lines = [f"\n {_WARNING}{count}{hint}:\n{_RESET}"]
    for warning in warnings:
        lines.append(
            f" - {warning.rule}: {warning.text}{f' (line {warning.line})' if warning.line else ''}\n"
        )
        if expanded and warning.location is not None:
            lines.append(f"More info: {warning.url}\n{excerpt(source, (warning.location,), name)}\n")
    return "".join(lines)


def excerpt(text: str, locations: Sequence[SourceRange], name: str) -> str:
    """The lines an error is about, marked, with some around them."""
    if not locations or not text:
        return ""
    lines = text.split("\n")
    marked = {
        number
        for place in locations
        for number in range(place.start_line, max(place.start_line, place.end_line) + 1)
    }
    start, end = min(marked), min(max(marked), len(lines))
    if start < 1 or start > len(lines):
        return ""
    shown_start = start
    padding = 4 if start == end else 2
    added = 0
    while added < padding:
        if start > 1:
            start -= 1
            added += 1
        if end != len(lines):
            end += 1
            added += 1
        added += 1
    rule = "-" * 20
    pieces = [f"{name}:{shown_start}\n{rule}\n"]
    for number in range(start, end + 1):
        mark = ">>>" if number in marked else "   "
        pieces.append(f" {number:3d} | {mark} {lines[number - 1]}\n")
    pieces.append(f"{rule}\n")
    return "".join(pieces)
