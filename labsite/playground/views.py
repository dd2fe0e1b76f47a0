"""The pages of the playground and what their forms do.

Every form works without JavaScript (it answers with a redirect to the page) and with htmx (it answers with
the transcript entry, if there is one, and the panels that changed).
"""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from engine import session
from engine.errors import EngineError
from labsite.playground import terminal
from labsite.playground.bench import Bench, is_dockerfile, open_bench, open_share
from labsite.playground.companions import closed
from labsite.playground.panels import panels, pick, terminal_panel
from labsite.playground.pictures import view_of
from labsite.playground.presets import find_preset, presets
from labsite.playground.take_home import zip_of
from labsite.web.errors import Trouble, not_found, trouble
from labsite.web.panels import answer, held
from labsite.workspaces import services, visitors
from labsite.workspaces.models import Revision, Workspace

LONGEST_TEXT = 1024 * 1024
View = Callable[..., HttpResponse]


# ---------------------------------------------------------------------- plumbing


def own_bench(view: View) -> View:
    """Gives a view the visitor's own workspace instead of its key; other people's do not exist."""

    @wraps(view)
    def found(request: HttpRequest, key: str, **rest: Any) -> HttpResponse:
        workspace = services.find(visitors.visitor_of(request), key)
        try:
            return view(request, workspace, **rest)
        except services.Busy:
            return _busy(request)
        except services.FileConflict as conflict:
            return _conflict(request, workspace, conflict)
        except services.CannotMove:
            return _done(request, workspace, _("There is no other moment in that direction."))
        except EngineError as refused:
            return _refused(request, workspace, str(refused))

    return found


def own_change(view: View) -> View:
    """Like `own_bench`, for forms; somebody who reloads a form's address is led back to the page."""

    @wraps(view)
    def changed(request: HttpRequest, workspace: Workspace, **rest: Any) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseRedirect(reverse("bench", args=[workspace.key]))
        return view(request, workspace, **rest)

    return own_bench(changed)


def _busy(request: HttpRequest) -> HttpResponse:
    said = Trouble(
        _("The lab was being changed from somewhere else"),
        _("Another tab or another person kept working in it at the same moment."),
        _("Nothing of yours was lost. Try again."),
    )
    return trouble(request, 409, said)


def _refused(
    request: HttpRequest, workspace: Workspace, why: str, title: str = "", then: str = ""
) -> HttpResponse:
    said = Trouble(
        title or _("That cannot be done"), why, then or _("Choose another name or place and try again.")
    )
    if request.headers.get("HX-Request"):
        return trouble(request, 422, said)
    messages.error(request, f"{said.title}: {why}")
    return HttpResponseRedirect(open_bench(request, workspace).address(at=""))


def _conflict(request: HttpRequest, workspace: Workspace, conflict: services.FileConflict) -> HttpResponse:
    """409: keep mine, or take theirs."""
    bench = open_bench(request, workspace)
    context = {
        "bench": bench,
        "path": conflict.path,
        "mine": _text(request, "text"),
        "theirs": conflict.theirs,
        "base": services.text_digest(conflict.theirs or ""),
    }
    template = (
        "playground/_conflict.html" if request.headers.get("HX-Request") else "playground/conflict.html"
    )
    return render(request, template, context, status=409)


def _done(request: HttpRequest, workspace: Workspace, said: str = "", **look: str) -> HttpResponse:
    """The page after a change: its changed panels, or all of it by redirect."""
    bench = open_bench(request, workspace)
    if request.headers.get("HX-Request"):
        if look:
            request.GET = request.GET.copy()
            request.GET.update(look)
            bench = open_bench(request, workspace)
        response = answer(request, panels(request, bench), said)
        if look:
            response.headers["HX-Push-Url"] = bench.address()
        return response
    if said:
        messages.info(request, said)
    return HttpResponseRedirect(bench.address(**{"at": "", **look}))


def _text(request: HttpRequest, name: str) -> str:
    """A text field with the line ends of a text file."""
    return request.POST.get(name, "").replace("\r\n", "\n").replace("\r", "\n")


def _events(response: HttpResponse, applied: list[services.Applied]) -> HttpResponse:
    """Tell the page's other listeners (a lesson, say) what happened, by a browser event."""
    names = [str(event.get("event")) for item in applied if item.entry for event in item.entry.events]
    if applied:
        response.headers["HX-Trigger"] = _json(
            {"lab:changed": {"revision": applied[-1].revision.number, "events": names[:200]}}
        )
    return response


def _json(value: Any) -> str:
    return json.dumps(value)


# ---------------------------------------------------------------------- pages


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """The start page: presets, and the visitor's own labs."""
    visitor = visitors.visitor_of(request)
    language = (get_language() or "en")[:2]
    labs = visitor.workspaces.filter(head__isnull=False).order_by("-changed_at")[:12] if visitor else []
    shown = [(item.slug, item.title(language), item.summary(language), item.command) for item in presets()]
    return render(request, "playground/start.html", {"presets": shown, "labs": labs})


@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """A new lab from a preset."""
    preset = find_preset(request.POST.get("preset", "empty"))
    if preset is None:
        return not_found(request)
    workspace = create_from_preset(request, preset.slug)
    return HttpResponseRedirect(reverse("bench", args=[workspace.key]))


@require_safe
def latest(request: HttpRequest) -> HttpResponse:
    """The lab worked in last; on a first visit a new one."""
    workspace = services.latest(visitors.visitor_of(request)) or create_from_preset(request, "centos")
    return HttpResponseRedirect(reverse("bench", args=[workspace.key]))


def create_from_preset(request: HttpRequest, slug: str) -> Workspace:
    """A new workspace of the asking visitor with the preset's files."""
    preset = find_preset(slug)
    assert preset is not None
    language = (get_language() or "en")[:2]
    visitor = visitors.ensure_visitor(request)
    return services.create(visitor, preset.title(language), preset.files, origin=f"preset:{slug}")


@require_safe
@own_bench
def bench(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The workbench; for htmx only the panels that look different."""
    return _page(request, open_bench(request, workspace))


def _page(request: HttpRequest, shown: Bench) -> HttpResponse:
    drawn = panels(request, shown)
    if request.headers.get("HX-Request"):
        return answer(request, drawn)
    context = {"bench": shown, "panels": {panel.name: panel.html() for panel in drawn}}
    response = render(request, "playground/bench.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_safe
def share_page(request: HttpRequest, key: str) -> HttpResponse:
    """A shared moment: anybody with the link may look, and fork it."""
    return _page(request, open_share(request, services.shared(key)))


@require_safe
def embed(request: HttpRequest, key: str) -> HttpResponse:
    """A shared moment's diagram alone, for other sites' frames."""
    shown = open_share(request, services.shared(key))
    layers = pick(panels(request, shown), "layers")
    response = render(request, "playground/embed.html", {"bench": shown, "layers": layers.html()})
    response.embeddable = True
    return response


@require_safe
def diagram(request: HttpRequest, key: str, file_format: str) -> HttpResponse:
    """The diagram of one's bench as a file."""
    return _diagram_file(open_bench(request, services.find(visitors.visitor_of(request), key)), file_format)


@require_safe
def share_diagram(request: HttpRequest, key: str, file_format: str) -> HttpResponse:
    """The diagram of a shared moment as a file."""
    return _diagram_file(open_share(request, services.shared(key)), file_format)


def _diagram_file(shown: Bench, file_format: str) -> HttpResponse:
    drawn = view_of(shown).draw()
    if file_format == "dot":
        content, kind = drawn.rendered.dot, "text/vnd.graphviz"
    else:
        content, kind = drawn.rendered.svg, "image/svg+xml"
    name = f"{drawn.rendered.kind}.{file_format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=f"{kind}; charset=utf-8", headers=headers)


# ---------------------------------------------------------------------- terminal


@own_change
def run(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Run what was typed or pasted, line by line."""
    text = request.POST.get("line", "")
    if len(text) > terminal.LONGEST_INPUT:
        return _refused(request, workspace, _("The line is longer than 64 kB."))
    lines = terminal.split_paste(text)
    if len(lines) > terminal.MOST_LINES:
        return _refused(request, workspace, _("More than 60 lines were pasted at once."))
    return _evaluate(request, workspace, [session.RunLine(line) for line in lines])


@own_change
def press(request: HttpRequest, workspace: Workspace, stroke: str) -> HttpResponse:
    """Ctrl-C or Ctrl-D."""
    action = session.Interrupt() if stroke == "interrupt" else session.EndOfInput()
    return _evaluate(request, workspace, [action])


@own_change
def build(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Save what the editor holds, then run the build line on the host: one path for every build."""
    path = request.POST.get("path", "")
    shown = _terminal_before(request, workspace)
    if path and "text" in request.POST:
        services.save_file(workspace, path, _text(request, "text"), request.POST.get("base"))
    line = " ".join(request.POST.get("line", "").split()) or "docker build -t lab:1 ."
    return _evaluate(
        request, workspace, [session.RunLine(line[: terminal.LONGEST_INPUT], at_host=True)], shown
    )


def _terminal_before(request: HttpRequest, workspace: Workspace) -> bool:
    """Whether the page's transcript is that of the head, so that new entries can simply be appended."""
    panel = terminal_panel(request, open_bench(request, workspace))
    return held(request).get("terminal") == panel.digest


def _evaluate(
    request: HttpRequest, workspace: Workspace, actions: list[session.Action], up_to_date: bool | None = None
) -> HttpResponse:
    if reason := closed(workspace):
        return _refused(request, workspace, reason, _("One thing first"), _("Then the bench is yours."))
    current = _terminal_before(request, workspace) if up_to_date is None else up_to_date
    applied: list[services.Applied] = []
    for action in actions:
        line = action.text if isinstance(action, session.RunLine) else ""
        kind = "build" if terminal.is_build(line) else "command"
        label = line.strip() or {session.Interrupt: "^C", session.EndOfInput: "^D"}.get(type(action), "⏎")
        applied.append(services.apply(workspace, action, kind=kind, label=label))
    if not request.headers.get("HX-Request"):
        return HttpResponseRedirect(open_bench(request, workspace).address(at="") + "#prompt")
    bench_ = open_bench(request, workspace)
    drawn = panels(request, bench_)
    lost = any(item.lost_races for item in applied)
    said = terminal.said(applied[-1].entry) if applied and applied[-1].entry else ""
    first = ""
    if current and not lost:
        new = len([item for item in applied if item.entry])
        entries = terminal.shown_all(bench_.transcript[-new - 1 :])[-new:] if new else []
        panel = pick(drawn, "terminal")
        drawn = [item for item in drawn if item.name != "terminal"]
        first = render_to_string(
            "playground/_entries.html",
            {"entries": entries, "digest": panel.digest, "appended": True, "output_base": bench_.base},
            request,
        )
    return _events(answer(request, drawn, said, first), applied)


@require_safe
@own_bench
def output(request: HttpRequest, workspace: Workspace, number: int) -> HttpResponse:
    """All that one command printed, as text."""
    revision = services.revision_numbered(workspace, number)
    if not revision.entry:
        raise Http404
    entry = services.Entry.decode(services.shared_store().fetch([revision.entry])[revision.entry])
    return HttpResponse(terminal.output_text(entry), content_type="text/plain; charset=utf-8")


@require_GET
@own_bench
def complete(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Completions of a half-typed line, as JSON: ``{"start": column, "words": […]}``."""
    line = request.GET.get("line", "")[:2000]
    cursor = request.GET.get("cursor", "")
    position = min(int(cursor), len(line)) if cursor.isascii() and cursor.isdigit() else len(line)
    machine = services.machine_at(workspace.head)
    start_, words = session.complete(machine, services.shared_store(), line, position)
    return JsonResponse({"start": start_, "words": list(words)[:200]}, headers={"Cache-Control": "no-store"})


# ---------------------------------------------------------------------- files


@own_change
def save(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Save the editor's text."""
    path = request.POST.get("path", "")
    text = _text(request, "text")
    if len(text) > LONGEST_TEXT:
        return _refused(request, workspace, _("A file here may have at most 1 MB."))
    services.save_file(workspace, path, text, request.POST.get("base"))
    if not request.headers.get("HX-Request"):
        return _done(request, workspace, _("Saved %(path)s.") % {"path": path}, file=path)
    bench_ = open_bench(request, workspace)
    drawn = panels(request, bench_)
    forecast = bench_.forecast if is_dockerfile(path) or bench_.forecast else None
    editor = pick(drawn, "editor")
    keeps_editor = bool(bench_.file and bench_.file.path == path and not request.POST.get("reload"))
    shown = [panel for panel in drawn if panel.name != "editor" or not keeps_editor]
    response = answer(request, shown, forecast.sentence if forecast else "")
    response.headers["HX-Trigger"] = _json(
        {"lab:saved": {"path": path, "base": services.text_digest(text), "digest": editor.digest}}
    )
    return response


@own_change
def files(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Create, rename, delete, upload, change mode: ``do`` says which."""
    path = request.POST.get("path", "").strip()
    match request.POST.get("do", ""):
        case "create":
            return _create_file(request, workspace, path)
        case "upload":
            return _upload(request, workspace)
        case "delete":
            services.apply(workspace, session.DeletePath(path), kind="delete", label=path)
            return _done(
                request, workspace, _("Deleted %(path)s. Undo brings it back.") % {"path": path}, file=""
            )
        case "rename":
            to = request.POST.get("to", "").strip()
            _must_be_free(workspace, to)
            services.apply(workspace, session.RenamePath(path, to), kind="rename", label=f"{path} → {to}")
            return _done(request, workspace, _("Renamed %(path)s.") % {"path": path}, file=to)
        case "mode":
            executable = request.POST.get("executable") == "1"
            services.apply(
                workspace, session.ChangeMode(path, 0o755 if executable else 0o644), kind="mode", label=path
            )
            said = (
                _("%(path)s can now be executed.") if executable else _("%(path)s can no longer be executed.")
            )
            return _done(request, workspace, said % {"path": path})
    raise Http404


def _create_file(request: HttpRequest, workspace: Workspace, path: str) -> HttpResponse:
    if path.endswith("/"):
        services.apply(workspace, session.MakeDirectory(path.rstrip("/")), kind="create", label=path)
        return _done(request, workspace, _("Created %(path)s.") % {"path": path})
    _must_be_free(workspace, path)
    services.apply(workspace, session.SaveFile(path, ""), kind="create", label=path)
    return _done(request, workspace, _("Created %(path)s.") % {"path": path}, file=path)


def _must_be_free(workspace: Workspace, path: str) -> None:
    taken = {
        file.path
        for file in session.project_files(services.machine_at(workspace.head), services.shared_store())
    }
    if path in taken:
        raise EngineError(_("%(path)s exists already.") % {"path": path})


def _upload(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    uploads = request.FILES.getlist("upload")
    if not uploads:
        return _refused(request, workspace, _("No file was chosen."))
    path = ""
    for upload in uploads[:20]:
        if upload.size > LONGEST_TEXT:
            return _refused(request, workspace, _("A file here may have at most 1 MB."))
        path = upload.name or "file"
        services.apply(workspace, session.UploadFile(path, upload.read()), kind="upload", label=path)
    return _done(request, workspace, _("Uploaded %(path)s.") % {"path": path}, file=path)


# ---------------------------------------------------------------------- time


@own_change
def undo(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """One moment back."""
    label = workspace.head.label
    services.undo(workspace)
    return _done(request, workspace, _("Undid: %(what)s") % {"what": label})


@own_change
def redo(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """One moment forward."""
    services.redo(workspace)
    return _done(request, workspace, _("Redid: %(what)s") % {"what": workspace.head.label})


@own_change
def jump(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Go on working from any moment."""
    number = _number(request)
    services.jump(workspace, number)
    return _done(request, workspace, _("The lab is back at moment %(n)d.") % {"n": number}, at="")


@own_change
def name(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Name a moment."""
    services.name_moment(workspace, _number(request), request.POST.get("name", ""))
    return _done(request, workspace, _("The moment has its name."))


def _moment(request: HttpRequest, workspace: Workspace) -> Revision:
    """The moment a form names; without a name, the head."""
    return (
        services.revision_numbered(workspace, _number(request))
        if "number" in request.POST
        else workspace.head
    )


def _number(request: HttpRequest) -> int:
    asked = request.POST.get("number", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 10):
        raise Http404
    return int(asked)


# ---------------------------------------------------------------------- settings of the lab


@own_change
def builder(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """BuildKit or the classic builder."""
    chosen = "classic" if request.POST.get("builder") == "classic" else "buildkit"
    services.apply(workspace, session.SetBuilder(chosen), kind="builder", label=chosen)
    return _done(request, workspace, _("docker build now uses: %(builder)s") % {"builder": chosen})


LEAPS = {"hour": 3600, "day": 86_400, "month": 30 * 86_400}
"""How far the simulated clock can be put forward at once."""


@own_change
def clock(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Let simulated time pass: package lists grow stale, containers end."""
    leap = request.POST.get("leap", "")
    if leap not in LEAPS:
        raise Http404
    said = {"hour": _("One hour later."), "day": _("One day later."), "month": _("30 days later.")}[leap]
    services.apply(workspace, session.AdvanceClock(LEAPS[leap]), kind="clock", label=said)
    return _done(request, workspace, said)


@own_change
def rename(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Another title."""
    services.rename(workspace, request.POST.get("title", ""))
    workspace.refresh_from_db()
    return _done(request, workspace)


# ---------------------------------------------------------------------- fork, share, private link


@own_change
def fork(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """A second lab that starts at a moment of this one."""
    revision = _moment(request, workspace)
    copy = services.fork(workspace.visitor, revision, _("%(title)s, fork") % {"title": workspace.title[:70]})
    return _go(request, reverse("bench", args=[copy.key]))


@own_change
def share(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """A read-only link to a moment."""
    revision = _moment(request, workspace)
    made = services.share(revision)
    links = {
        "share": request.build_absolute_uri(reverse("share", args=[made.key])),
        "embed": request.build_absolute_uri(reverse("embed", args=[made.key])),
        "private": request.build_absolute_uri(
            reverse("private-link", args=[visitors.private_link_token(workspace.visitor)])
        ),
    }
    context = {"bench": open_bench(request, workspace), "links": links}
    template = "playground/_links.html" if request.headers.get("HX-Request") else "playground/links.html"
    return render(request, template, context)


@require_POST
def fork_share(request: HttpRequest, key: str) -> HttpResponse:
    """Make a shared moment one's own."""
    found = services.shared(key)
    title = _("%(title)s, fork") % {"title": found.revision.workspace.title[:70]}
    copy = services.fork(visitors.ensure_visitor(request), found.revision, title)
    return _go(request, reverse("bench", args=[copy.key]))


def private_link(request: HttpRequest, token: str) -> HttpResponse:
    """Opens one's labs on another device; asks first, because the browser will then be that visitor."""
    visitor = visitors.visitor_of_link(token)
    if visitor is None:
        raise Http404
    if request.method == "POST":
        visitors.become(request, visitor)
        return HttpResponseRedirect(reverse("latest"))
    own = visitors.visitor_of(request)
    context = {
        "count": visitor.workspaces.count(),
        "same": own == visitor,
        "other": own is not None and own != visitor,
    }
    return render(request, "playground/private_link.html", context)


def _go(request: HttpRequest, url: str) -> HttpResponse:
    """Go to another page, also when htmx asked."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


@require_safe
@own_bench
def take_home(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The project and the commands as a zip file."""
    data = zip_of(open_bench(request, workspace))
    return HttpResponse(
        data,
        content_type="application/zip",
        headers={"Content-Disposition": 'attachment; filename="layer-lab.zip"', "Cache-Control": "no-store"},
    )
