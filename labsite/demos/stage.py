"""What stands on the projector, and the way back to it from the bench."""

from dataclasses import dataclass, replace
from itertools import pairwise

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language

from labsite.demos import running
from labsite.demos.demo import LOOKS, Scene, in_language
from labsite.demos.models import Show
from labsite.playground.bench import DOCKERFILE, Bench, Look
from labsite.playground.pictures import Drawn, Tab, view_of
from labsite.web.panels import Panel
from labsite.workspaces import services
from labsite.workspaces.models import Workspace
from labsite.workspaces.services import Entry

MOST_LINES = 9


class StageBench(Bench):
    """A bench that does not tell the future: a forecast beside the stack would answer the question."""

    forecast = None


@dataclass(frozen=True)
class Stage:
    """The picture, what the scene's last command printed, and links to other pictures of the same moment."""

    drawn: Drawn
    printed: str
    tabs: tuple[Tab, ...]
    files: tuple[tuple[str, str], ...]
    """(path, text) to read: what the scene edits, and the Dockerfile a question asks about."""


def stage_of(request: HttpRequest, show: Show, scene: Scene) -> Stage:
    """The script's present moment, wherever the bench is; the address may ask for another look at it."""
    viewed = services.revision_numbered(show.workspace, running.moment_of(show))
    line = services.line_to(viewed.pk)
    asked = {name: text for name in ("view", *LOOKS) if (text := getattr(Look.of(request), name))}
    if "view" not in request.GET:
        asked.pop("view", None)
    look = replace(Look(), **{"shape": "picture", **scene.look, **asked})
    open_question = scene.ask is not None and not show.revealed
    if open_question and look.view == "buildgraph":
        look = replace(look, view="stack")
    kind = StageBench if open_question or look.view != "buildgraph" else Bench
    address = reverse("show", args=[show.workspace.key])
    bench = kind(show.workspace, viewed, tuple(line), len(line) - 1, look, address, readonly=True)
    entries = [entry for _moment, entry in bench.transcript if entry.line]
    last = entries[-1] if entries and scene.do and show.revealed else None
    built = last is not None and "docker build" in last.line and last.exit_code == 0
    files = {path: text for doing in scene.do for path, text in doing.edit.items() if text is not None}
    if open_question:
        built_from = {name for doing in scene.do for name in _dockerfiles(doing.run)}
        read = {file.path: file.text for file in bench.files if file.path in built_from and file.text}
        files = {**read, **files}
    elif look.view == "buildgraph":
        files = {}
    view = view_of(bench)
    tabs = tuple(tab for tab in view.tabs if not open_question or tab.kind != "buildgraph")
    return Stage(view.draw(), _shortened(last) if last and not built else "", tabs, tuple(files.items()))


def _shortened(entry: Entry) -> str:
    """What has room under the picture: the beginning, or of a failure the end."""
    lines = "".join(text for _stream, text in entry.output).strip("\n").splitlines()
    if len(lines) <= MOST_LINES:
        return "\n".join(lines)
    return "\n".join(["…", *lines[1 - MOST_LINES :]] if entry.exit_code else [*lines[: MOST_LINES - 1], "…"])


def _dockerfiles(run: str) -> list[str]:
    """The Dockerfiles that the build lines among some command lines read."""
    found = []
    for line in run.splitlines():
        words = line.split()
        if words[:2] == ["docker", "build"]:
            named = [after for word, after in pairwise(words) if word in ("-f", "--file")]
            found += named or [DOCKERFILE]
    return found


def script_panel(request: HttpRequest, bench: Bench) -> Panel | None:
    """Beside the bench of a show: where the script stands, and the way back."""
    show = Show.objects.filter(workspace=bench.workspace).first()
    demo = running.demo_of(show) if show else None
    if show is None or demo is None:
        return None
    title = in_language(demo.scenes[show.scene].title, get_language() or "en")
    context = {"show": show, "title": title, "number": show.scene + 1, "total": len(demo.scenes)}

    def draw() -> str:
        return render_to_string("demos/_script.html", {**context, "key": bench.workspace.key}, request)

    return Panel("companion", [show.scene, show.revealed, title], draw)


def never_closed(_workspace: Workspace) -> str:
    """The presenter may always try what the room asks for."""
    return ""
