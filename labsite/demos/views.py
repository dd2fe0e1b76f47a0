"""The presenter's pages, the speaker's notes, the phones' vote, and handouts."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from hashlib import sha256
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from labsite.demos import running
from labsite.demos.demo import BadDemo, Demo, in_language, read_demo, shows
from labsite.demos.models import Show
from labsite.demos.recording import recorded
from labsite.lessons.bench import Bench as LessonBench
from labsite.lessons.bench import do, fresh_bench
from labsite.playground.bench import Look, open_bench
from labsite.playground.pictures import view_of
from labsite.workspaces import services, visitors

View = Callable[..., HttpResponse]
LONGEST_UPLOAD = 256 * 1024


def _language() -> str:
    return (get_language() or "en")[:2]


# ---------------------------------------------------------------------- choosing


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every demo, the import form, and the visitor's own shows."""
    language = _language()
    listed = [
        (demo.id, in_language(demo.title, language), in_language(demo.summary, language), len(demo.scenes))
        for demo in shows().values()
    ]
    visitor = visitors.visitor_of(request)
    mine = Show.objects.filter(visitor=visitor).select_related("workspace")[:8] if visitor else ()
    return render(request, "demos/index.html", {"demos": listed, "shows": mine})


@require_POST
def start(request: HttpRequest, demo: str) -> HttpResponse:
    """Begin a demo that comes with the site."""
    found = shows().get(demo)
    if found is None:
        raise Http404
    show = running.begin(visitors.ensure_visitor(request), found, in_language(found.title, _language()))
    return HttpResponseRedirect(reverse("show", args=[show.workspace.key]))


@require_POST
def import_demo(request: HttpRequest) -> HttpResponse:
    """Begin a demo from a file of one's own."""
    upload = request.FILES.get("file")
    if upload is None or upload.size is None or upload.size > LONGEST_UPLOAD:
        messages.error(request, _("Choose a demo's file of at most 256 kB."))
        return HttpResponseRedirect(reverse("demos"))
    source = upload.read().decode("utf-8", "replace")
    try:
        demo = read_demo(source)
    except BadDemo as error:
        messages.error(request, _("The file is no demo. %(why)s") % {"why": error})
        return HttpResponseRedirect(reverse("demos"))
    show = running.begin(visitors.ensure_visitor(request), demo, in_language(demo.title, _language()), source)
    return HttpResponseRedirect(reverse("show", args=[show.workspace.key]))


@require_safe
def record(request: HttpRequest, key: str) -> HttpResponse:
    """One's own lab as a demo's file."""
    workspace = services.find(visitors.visitor_of(request), key)
    headers = {"Content-Disposition": 'attachment; filename="demo.yaml"', "Cache-Control": "no-store"}
    return HttpResponse(recorded(workspace), content_type="application/yaml; charset=utf-8", headers=headers)


# ---------------------------------------------------------------------- presenting


def own_show(view: View) -> View:
    """Gives a view the visitor's own show by its workspace's key; other people's do not exist."""

    @wraps(view)
    def found(request: HttpRequest, key: str) -> HttpResponse:
        workspace = services.find(visitors.visitor_of(request), key)
        show = Show.objects.filter(workspace=workspace).first()
        demo = running.demo_of(show) if show else None
        if show is None or demo is None:
            raise Http404
        show.workspace = workspace
        return view(request, show, demo)

    return found


def _context(request: HttpRequest, show: Show, demo: Demo) -> dict[str, Any]:
    language = _language()
    scene = demo.scenes[show.scene]
    bars, total = running.tally(show, scene)
    steps = [
        (number, in_language(item.title, language), number == show.scene)
        for number, item in enumerate(demo.scenes)
    ]
    return {
        "show": show,
        "scene": scene,
        "number": show.scene + 1,
        "total": len(demo.scenes),
        "title": in_language(scene.title, language),
        "say": in_language(scene.say, language),
        "question": in_language(scene.ask.text, language) if scene.ask else "",
        "commands": [doing.run for doing in scene.do if doing.run],
        "edited": [path for doing in scene.do for path in doing.edit],
        "bars": bars,
        "votes": total,
        "steps": steps,
        "next_title": in_language(demo.scenes[show.scene + 1].title, language)
        if show.scene + 1 < len(demo.scenes)
        else "",
        "vote_url": request.build_absolute_uri(reverse("vote", args=[show.code])),
    }


@require_safe
@own_show
def present(request: HttpRequest, show: Show, demo: Demo) -> HttpResponse:
    """One diagram, one command line, nothing else: legible from the back row."""
    scene = demo.scenes[show.scene]
    wanted = {name: text for name, text in scene.look.items() if name in Look.__slots__}
    bench = replace(open_bench(request, show.workspace), look=Look(**{"shape": "picture", **wanted}))
    entries = [entry for _moment, entry in bench.transcript if entry.line]
    recent = entries[-len(scene.do) :] if scene.do and show.revealed else []
    context = {**_context(request, show, demo), "drawn": view_of(bench).draw(), "entries": recent[-1:]}
    response = render(request, "demos/present.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
@own_show
def go(request: HttpRequest, show: Show, demo: Demo) -> HttpResponse:
    """Another scene."""
    wanted = request.POST.get("scene", "")
    if wanted.isascii() and wanted.isdigit():
        running.go_to(show, demo, int(wanted))
    return HttpResponseRedirect(reverse("show", args=[show.workspace.key]))


@require_POST
@own_show
def reveal(request: HttpRequest, show: Show, demo: Demo) -> HttpResponse:
    """Do the scene and show what happened."""
    running.reveal(show, demo)
    return HttpResponseRedirect(reverse("show", args=[show.workspace.key]))


@require_safe
@own_show
def notes(request: HttpRequest, show: Show, demo: Demo) -> HttpResponse:
    """The speaker's second window; polled."""
    context = _context(request, show, demo)
    if request.headers.get("HX-Request"):
        return _polled(request, "demos/_notes.html", context)
    return render(request, "demos/notes.html", context)


@require_safe
@own_show
def tally(request: HttpRequest, show: Show, demo: Demo) -> HttpResponse:
    """The votes so far; polled by the presenter's page."""
    return _polled(request, "demos/_tally.html", _context(request, show, demo))


def _polled(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    response = render(request, template, context)
    etag = f'"{sha256(response.content).hexdigest()[:20]}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified()
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "no-cache"
    return response


# ---------------------------------------------------------------------- voting


@require_safe
def find_vote(request: HttpRequest) -> HttpResponse:
    """Where a code is typed."""
    code = request.GET.get("code", "").strip().lower()
    if code and Show.objects.filter(code=code).exists():
        return HttpResponseRedirect(reverse("vote", args=[code]))
    return render(request, "demos/vote_find.html", {"wrong": bool(code)})


def vote(request: HttpRequest, code: str) -> HttpResponse:
    """One question, one tap, nobody's name."""
    show = Show.objects.filter(code=code).first()
    demo = running.demo_of(show) if show else None
    if show is None or demo is None:
        raise Http404
    scene = demo.scenes[show.scene]
    phone = visitors.ensure_visitor(request).key
    if request.method == "POST":
        running.vote(show, scene, phone, request.POST.get("choice", ""))
        return HttpResponseRedirect(reverse("vote", args=[code]))
    mine = show.votes.filter(scene=show.scene, phone=phone).values_list("choice", flat=True).first()
    context = {**_context(request, show, demo), "mine": mine}
    if request.headers.get("HX-Request"):
        return _polled(request, "demos/_vote.html", context)
    return render(request, "demos/vote.html", context)


# ---------------------------------------------------------------------- handout


@require_safe
def handout(request: HttpRequest, demo: str) -> HttpResponse:
    """A demo on paper: every scene with its commands and what they print."""
    found = shows().get(demo)
    if found is None:
        raise Http404
    language = _language()
    bench: LessonBench = do(fresh_bench(), found.start)
    pages = []
    for scene in found.scenes:
        bench = do(bench.since_now(), scene.do)
        pages.append(
            {
                "title": in_language(scene.title, language),
                "say": in_language(scene.say, language),
                "question": in_language(scene.ask.text, language) if scene.ask else "",
                "candidates": scene.ask.candidates if scene.ask else (),
                "commands": [doing.run for doing in scene.do if doing.run],
                "files": [(path, text) for doing in scene.do for path, text in doing.edit.items() if text],
                "output": "\n".join(bench.output.splitlines()[-14:]),
            }
        )
    title = in_language(found.title, language)
    return render(request, "demos/handout.html", {"title": title, "pages": pages})
