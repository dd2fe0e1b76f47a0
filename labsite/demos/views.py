"""The presenter's pages, the speaker's notes, the phones' vote, and handouts."""

import json
import secrets
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labsite.demos import running
from labsite.demos.demo import LONGEST_FILE, SHOWS, BadDemo, Demo, in_language, read_demo, shows
from labsite.demos.models import Show
from labsite.demos.recording import recorded
from labsite.demos.stage import stage_of
from labsite.lessons.bench import Bench as LessonBench
from labsite.lessons.bench import do, fresh_bench
from labsite.lessons.loader import course
from labsite.lessons.questions import is_single
from labsite.workspaces import services, visitors

View = Callable[..., HttpResponse]
PHONE = "phone"
"""Name of the cookie that keeps a phone from voting twice; it says nothing else."""
LAST_LINES = 12
"""Lines of output that have room on paper."""


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
    units = [
        (unit.title(language), [(lesson.id, lesson.text(language)[0].title) for lesson in unit.lessons])
        for unit in course()
    ]
    return render(request, "demos/index.html", {"demos": listed, "shows": mine, "units": units})


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
    if upload is None or upload.size is None or upload.size > LONGEST_FILE:
        messages.error(request, _("Choose a demo's file of at most 256 kB."))
        return HttpResponseRedirect(reverse("demos"))
    source = upload.read().decode("utf-8", "replace")
    try:
        demo = read_demo(source)
        title = in_language(demo.title, _language())
        show = running.begin(visitors.ensure_visitor(request), demo, title, source)
    except BadDemo as error:
        messages.error(request, _("The file is no demo. %(why)s") % {"why": error})
        return HttpResponseRedirect(reverse("demos"))
    return HttpResponseRedirect(reverse("show", args=[show.workspace.key]))


def _file(source: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.yaml"', "Cache-Control": "no-store"}
    return HttpResponse(source, content_type="application/yaml; charset=utf-8", headers=headers)


@require_safe
def export(request: HttpRequest, demo: str) -> HttpResponse:
    """The file of a demo that comes with the site, to change and import."""
    if demo not in shows():
        raise Http404
    return _file((SHOWS / f"{demo}.yaml").read_text("utf-8"), demo)


@require_safe
def record(request: HttpRequest, key: str) -> HttpResponse:
    """One's own lab as a demo's file."""
    workspace = services.find(visitors.visitor_of(request), key)
    return _file(recorded(workspace), "demo")


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
    bars, total = running.tally(show, scene, language)
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
        "many": scene.ask is not None and not is_single(scene.ask.question),
        "commands": [line for doing in scene.do for line in doing.run.splitlines() if line.strip()],
        "edited": [path for doing in scene.do for path in doing.edit],
        "bars": bars,
        "votes": total,
        "steps": steps,
        "next_title": in_language(demo.scenes[show.scene + 1].title, language)
        if show.scene + 1 < len(demo.scenes)
        else "",
        "vote_url": request.build_absolute_uri(reverse("vote", args=[show.code])),
        "vote_place": f"{request.get_host()}{reverse('vote-find')}",
        "poll": _tag_of(show, total, bars, language),
    }


def _tag_of(show: Show, *facts: Any) -> str:
    """Names what a polled part shows: equal tags mean equal parts."""
    text = json.dumps([show.scene, show.revealed, facts], default=str)
    return f'"{sha256(text.encode("utf-8", "replace")).hexdigest()[:20]}"'


@require_safe
@own_show
def present(request: HttpRequest, show: Show, demo: Demo) -> HttpResponse:
    """One diagram, one command line, nothing else: legible from the back row."""
    scene = demo.scenes[show.scene]
    stage = stage_of(request, show, scene)
    context = {**_context(request, show, demo), "stage": stage}
    response = render(request, "demos/present.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
@own_show
def go(request: HttpRequest, show: Show, demo: Demo) -> HttpResponse:
    """Another scene."""
    wanted = request.POST.get("scene", "")
    if wanted.isascii() and wanted.isdigit():
        with running.turn(show) as mine:
            if mine:
                running.go_to(show, demo, int(wanted[:4]))
    return HttpResponseRedirect(reverse("show", args=[show.workspace.key]))


@require_POST
@own_show
def reveal(request: HttpRequest, show: Show, demo: Demo) -> HttpResponse:
    """Do the scene and show what happened."""
    with running.turn(show) as mine:
        if mine:
            running.reveal(show, demo)
    return HttpResponseRedirect(reverse("show", args=[show.workspace.key]))


@require_safe
@own_show
def notes(request: HttpRequest, show: Show, demo: Demo) -> HttpResponse:
    """The speaker's second window; polled. The votes are counted here before they are shown to the room."""
    return _polled(request, "demos/_notes.html", "demos/notes.html", _context(request, show, demo))


@require_safe
@own_show
def tally(request: HttpRequest, show: Show, demo: Demo) -> HttpResponse:
    """How many have voted so far; polled by the presenter's page."""
    return _polled(request, "demos/_tally.html", "demos/_tally.html", _context(request, show, demo))


def _polled(request: HttpRequest, part: str, page: str, context: dict[str, Any]) -> HttpResponse:
    """The whole page, or to a page that polls the part that changes; nothing when it did not change."""
    asked = request.headers.get("If-None-Match", "").removeprefix("W/")
    if asked and asked == context["poll"]:
        return HttpResponseNotModified(headers={"ETag": context["poll"]})
    response = render(request, part if asked else page, context)
    response.headers["ETag"] = context["poll"]
    response.headers["Cache-Control"] = "no-cache, private"
    return response


# ---------------------------------------------------------------------- voting


@require_safe
def find_vote(request: HttpRequest) -> HttpResponse:
    """Where a code is typed."""
    code = "".join(request.GET.get("code", "").lower().split())
    if code and Show.objects.filter(code=code).exists():
        return HttpResponseRedirect(reverse("vote", args=[code]))
    return render(request, "demos/vote_find.html", {"wrong": bool(code)})


@require_http_methods(["GET", "HEAD", "POST"])
def vote(request: HttpRequest, code: str) -> HttpResponse:
    """One question, one tap, nobody's name."""
    show = Show.objects.filter(code=code).first()
    demo = running.demo_of(show) if show else None
    if show is None or demo is None:
        raise Http404
    phone = request.get_signed_cookie(PHONE, default="", salt=PHONE)
    if request.method == "POST":
        number = request.POST.get("scene", "")
        if phone and number.isascii() and number.isdigit():
            running.vote(show, demo, int(number[:4]), phone, request.POST.get("choice", ""))
        return _known(HttpResponseRedirect(reverse("vote", args=[code])), phone)
    mine = show.votes.filter(scene=show.scene, phone=phone).values_list("choice", flat=True).first()
    context = {**_context(request, show, demo), "mine": mine}
    counted = (context["votes"], context["bars"]) if show.revealed else ()
    context["poll"] = _tag_of(show, mine, _language(), counted)
    return _known(_polled(request, "demos/_vote.html", "demos/vote.html", context), phone)


def _known(response: HttpResponse, phone: str) -> HttpResponse:
    """Give a phone that has none its random name: not the visitor's, and for these pages alone."""
    if not phone:
        response.set_signed_cookie(
            PHONE,
            secrets.token_hex(12),
            salt=PHONE,
            max_age=24 * 3600,
            path=reverse("vote-find"),
            httponly=True,
            samesite="Lax",
            secure=settings.HTTPS,
        )
    return response


# ---------------------------------------------------------------------- handout


@require_safe
def handout(request: HttpRequest, demo: str) -> HttpResponse:
    """A demo on paper: every scene with its commands; what they print only on request, for it answers."""
    found = shows().get(demo)
    if found is None:
        raise Http404
    language = _language()
    answered = "answers" in request.GET
    bench: LessonBench = do(fresh_bench(), found.start)
    pages = []
    for scene in found.scenes:
        hidden = scene.ask is not None and not answered
        before = bench.since_now()
        if answered:
            bench = do(before, scene.do)
        true = running.truth(scene, before, bench) if answered else []
        pages.append(
            {
                "title": in_language(scene.title, language),
                "say": "" if hidden else in_language(scene.say, language),
                "question": in_language(scene.ask.text, language) if scene.ask else "",
                "candidates": [
                    (scene.ask.label(candidate, language), candidate in true)
                    for candidate in scene.ask.candidates
                ]
                if scene.ask
                else (),
                "commands": [doing.run for doing in scene.do if doing.run],
                "files": [(path, text) for doing in scene.do for path, text in doing.edit.items() if text],
                "output": "\n".join(bench.output.splitlines()[-LAST_LINES:]) if answered else "",
            }
        )
    start = [(path, text) for doing in found.start for path, text in doing.edit.items() if text]
    context = {
        "title": in_language(found.title, language),
        "summary": in_language(found.summary, language),
        "pages": pages,
        "start": start,
        "answered": answered,
    }
    return render(request, "demos/handout.html", context)
