"""The panels of the workbench: what each depends on, and its template."""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from engine.catalogue.images import catalogue
from labsite.playground import inspector, pictures, terminal
from labsite.playground.bench import Bench, is_dockerfile
from labsite.playground.companions import companion_panel
from labsite.playground.presets import find_preset
from labsite.web.panels import Panel
from labsite.workspaces import services

DEFAULT_BUILD = "docker build -t lab:1 ."
CHIPS = ("docker images", "docker ps -a", "docker history ", "docker run -it --rm ", "ls -l")
"""Beginnings of commands, for those who have no Tab key under their fingers."""
MOST_PATHS = 300
"""Paths the editor offers after COPY."""
SHOWN_MOMENTS = 48
"""Points on the rail; the rest is behind a link."""


def panels(request: HttpRequest, bench: Bench) -> list[Panel]:
    """Every panel of the page, cheap to make: drawing happens only when one is sent."""
    beside = companion_panel(request, bench)
    return [
        *([beside] if beside else []),
        files_panel(request, bench),
        editor_panel(request, bench),
        forecast_panel(request, bench),
        layers_panel(request, bench),
        inspector_panel(request, bench),
        terminal_panel(request, bench),
        prompt_panel(request, bench),
        timeline_panel(request, bench),
        status_panel(request, bench),
    ]


def _panel(
    request: HttpRequest,
    bench: Bench,
    name: str,
    key: Any,
    context: Callable[[], dict[str, Any]] | None = None,
) -> Panel:
    def draw() -> str:
        values = {"bench": bench, **(context() if context else {})}
        return render_to_string(f"playground/_{name}.html", values, request)

    return Panel(name, [key, bench.language, bench.readonly, bench.base], draw)


def files_panel(request: HttpRequest, bench: Bench) -> Panel:
    """Tabs of the project's files, and what can be done with them."""
    listed = [(file.path, file.is_directory, file.mode, file.size) for file in bench.files]
    return _panel(
        request, bench, "files", [listed, bench.file.path if bench.file else "", bench.look.query()]
    )


def editor_panel(request: HttpRequest, bench: Bench) -> Panel:
    """The text of the open file."""
    file = bench.file
    key = [file.path, services.text_digest(file.text or ""), file.text is None] if file else []

    def context() -> dict[str, Any]:
        values: dict[str, Any] = {"file": file, "base": services.text_digest(file.text or "") if file else ""}
        if file and is_dockerfile(file.path):
            stored = pictures.scene_of(bench.machine).inventory.images
            local = [name for image in stored for name in image.names]
            values["images"] = sorted({*local, *catalogue().references(), "scratch"})
            values["paths"] = [item.path + "/" * item.is_directory for item in bench.files][:MOST_PATHS]
        return values

    return _panel(request, bench, "editor", key, context)


def forecast_panel(request: HttpRequest, bench: Bench) -> Panel:
    """Verdicts, reasons and findings, and the sum at the foot with the Build line."""
    forecast = bench.forecast
    command = build_line(bench)
    path = bench.file.path if bench.file else ""
    key = [forecast.key() if forecast else None, command, path, bench.dockerfile, bench.look.query()]
    return _panel(
        request, bench, "forecast", key, lambda: {"forecast": forecast, "command": command, "path": path}
    )


def build_line(bench: Bench) -> str:
    """What Build runs."""
    preset = find_preset(bench.workspace.origin.removeprefix("preset:"))
    default = preset.command if preset and preset.command else DEFAULT_BUILD
    return terminal.build_command(bench.transcript, bench.dockerfile, default)


def layers_panel(request: HttpRequest, bench: Bench) -> Panel:
    """The diagram tabs and the picture or list."""
    view = pictures.view_of(bench)
    key = [view.key, bench.look.query()]

    def context() -> dict[str, Any]:
        values: dict[str, Any] = {"view": view, "drawn": view.draw()}
        if view.kind in ("overlay", "beforeafter"):
            values["choices"] = pictures.choices(bench)
            values["sides"] = pictures.compared(bench)
            values["most_peel"] = pictures.most_peel(bench)
            kind, name = pictures.split_focus(bench.look.focus)
            values["path"] = f"/{name}" if kind == "path" else ""
        return values

    return _panel(request, bench, "layers", key, context)


def inspector_panel(request: HttpRequest, bench: Bench) -> Panel:
    """Everything about the layer, image, container or path in focus."""
    key = [bench.look.query(), bench.parts("daemon.images", "daemon.containers", "daemon.tags", "hub")]
    return _panel(request, bench, "inspector", key, lambda: {"subject": inspector.inspect(bench)})


def terminal_panel(request: HttpRequest, bench: Bench) -> Panel:
    """The transcript."""
    return _panel(
        request,
        bench,
        "terminal",
        [terminal_state(bench), bench.look.whole],
        lambda: {**shown_transcript(bench), "history": terminal.history(bench.transcript)},
    )


def terminal_state(bench: Bench) -> list[tuple[int, str]]:
    """What the transcript is made of."""
    return [(moment.number, moment.entry) for moment in bench.moments[: bench.index + 1] if moment.entry]


def shown_transcript(bench: Bench) -> dict[str, Any]:
    """The entries to show, and how many older ones are left out."""
    entries = [
        (moment, entry) for moment, entry in bench.transcript if entry.line or entry.output or entry.prompt
    ]
    left_out = 0 if bench.look.whole else max(0, len(entries) - terminal.SHOWN_ENTRIES)
    shown = terminal.shown_all(entries)[left_out:]
    return {"entries": shown, "left_out": left_out, "output_base": "" if bench.shared else bench.base}


def prompt_panel(request: HttpRequest, bench: Bench) -> Panel:
    """The line being typed."""
    last = bench.transcript[-1][1] if bench.transcript else None
    secret = bool(last and bench.waiting and terminal.asks_for_secret(last))
    key = [bench.prompt, bench.waiting, bench.occupied, secret, bench.look.query()]
    return _panel(request, bench, "prompt", key, lambda: {"secret": secret, "chips": CHIPS})


def timeline_panel(request: HttpRequest, bench: Bench) -> Panel:
    """Every moment as a point, undo, redo, and names."""
    points = [(m.number, m.kind, m.label, m.name) for m in bench.moments]
    key = [points, bench.index, bench.workspace.head_id, bench.look.query()]

    def context() -> dict[str, Any]:
        moments = bench.moments
        first = max(0, min(bench.index - SHOWN_MOMENTS // 2, len(moments) - SHOWN_MOMENTS))
        return {
            "points": [Point.of(bench, i) for i in range(first, min(len(moments), first + SHOWN_MOMENTS))],
            "earlier": first,
            "later": max(0, len(moments) - first - SHOWN_MOMENTS),
            "can_undo": bench.index > 0,
            "can_redo": bench.index + 1 < len(moments),
            "total": len(moments),
            "position": bench.index + 1,
            "now": moments[bench.index],
            "here_label": moments[bench.index].name or label_of(moments[bench.index]),
        }

    return _panel(request, bench, "timeline", key, context)


_SHAPES = {"build": "square", "start": "start"}


class Point:
    """One moment on the rail."""

    def __init__(
        self, number: int, shape: str, label: str, name: str, here: bool, future: bool, url: str
    ) -> None:
        self.number = number
        self.shape = shape
        self.label = label
        self.name = name
        self.here = here
        self.future = future
        self.url = url

    @classmethod
    def of(cls, bench: Bench, index: int) -> "Point":
        """The point of one of the bench's moments."""
        moment = bench.moments[index]
        shape = _SHAPES.get(moment.kind, "circle")
        is_head = moment.pk == bench.workspace.head_id
        url = bench.address(at="" if is_head else str(moment.number))
        return cls(
            moment.number,
            shape,
            label_of(moment),
            moment.name,
            index == bench.index,
            index > bench.index,
            url,
        )


_KINDS = {
    "start": _("start: %s"),
    "save": _("saved %s"),
    "create": _("created %s"),
    "delete": _("deleted %s"),
    "rename": _("renamed %s"),
    "upload": _("uploaded %s"),
    "mode": _("changed mode of %s"),
    "builder": _("builder: %s"),
    "clock": _("clock: %s"),
}


def label_of(moment: services.Moment) -> str:
    """What was done, in words: a command as typed, or a sentence."""
    pattern = _KINDS.get(moment.kind)
    return str(pattern) % moment.label if pattern else moment.label


def status_panel(request: HttpRequest, bench: Bench) -> Panel:
    """Title, builder, and what moment is on view."""
    key = [
        bench.workspace.title,
        bench.machine.builder,
        bench.viewed.number if bench.readonly else 0,
        bench.look.query(),
    ]
    return _panel(request, bench, "status", key)


def pick(panels_: Sequence[Panel], name: str) -> Panel:
    """The panel called ``name``."""
    return next(panel for panel in panels_ if panel.name == name)
