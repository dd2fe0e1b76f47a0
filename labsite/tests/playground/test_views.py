"""Every view: for its owner, for a stranger, with htmx and without."""

import json
import re
from io import BytesIO
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from labsite.playground import urls
from labsite.tests.conftest import client_of
from labsite.workspaces import services
from labsite.workspaces.models import Revision, Share, Visitor, Workspace
from labsite.workspaces.visitors import COOKIE, private_link_token

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def address(workspace: Workspace, rest: str = "") -> str:
    return f"/lab/{workspace.key}/{rest}"


def fresh(workspace: Workspace) -> Workspace:
    return Workspace.objects.select_related("head", "tip", "visitor").get(pk=workspace.pk)


def text_of(workspace: Workspace, path: str) -> str | None:
    return services.file_text(services.machine_at(fresh(workspace).head), path)


def held_by(page: str) -> str:
    found = re.findall(r'data-panel="([a-z]+)" data-digest="([0-9a-f]+)"', page)
    return ",".join(f"{name}={digest}" for name, digest in found)


def sent(response: Any) -> set[str]:
    return set(re.findall(r'id="panel-([a-z]+)"', response.content.decode()))


# ---------------------------------------------------------------------- first visit


def test_a_first_visit_makes_a_lab_without_sign_up(client: Client) -> None:
    response = client.get("/lab/", follow=True)
    assert response.status_code == 200
    assert COOKIE in response.client.cookies
    assert response.client.cookies[COOKIE]["httponly"]
    workspace = Workspace.objects.get()
    assert response.redirect_chain[-1][0] == address(workspace)
    assert client.get("/lab/", follow=True).redirect_chain[-1][0] == address(workspace)


def test_the_start_page_makes_nothing(client: Client) -> None:
    response = client.get("/")
    assert response.status_code == 200
    assert not Visitor.objects.exists() and COOKIE not in client.cookies


def test_a_preset_opens_with_its_files(client: Client) -> None:
    response = client.post("/lab/new/", {"preset": "jessie"}, follow=True)
    assert b"FROM debian:jessie" in response.content
    assert b"docker build -t jessie-tools ." in response.content
    assert client.post("/lab/new/", {"preset": "nope"}).status_code == 404


def test_the_start_page_lists_ones_own_labs(own: Client, workspace: Workspace) -> None:
    assert address(workspace) in own.get("/").content.decode()
    assert address(workspace) not in Client().get("/").content.decode()


# ---------------------------------------------------------------------- strangers

FIRST_ARGUMENT = {"file_format": "svg", "stroke": "interrupt"}


def owned_paths(workspace: Workspace) -> list[str]:
    """Every address under /lab/KEY/."""
    paths = []
    for pattern in urls.urlpatterns:
        route = str(pattern.pattern)
        if "key>" not in route or "look/" in route:
            continue
        route = route.removeprefix("^").removesuffix("$")
        route = route.replace("<int:number>", "1")
        route = re.sub(r"<slug:key>|\(\?P<key>[^)]*\)", workspace.key, route)
        route = re.sub(r"\(\?P<(\w+)>[^)]*\)", lambda match: FIRST_ARGUMENT[match[1]], route)
        paths.append("/" + route)
    return paths


def test_other_peoples_labs_do_not_exist(workspace: Workspace) -> None:
    paths = owned_paths(workspace)
    assert len(paths) >= 15
    before = fresh(workspace).head_id
    strangers = [Client(), client_of(Visitor.objects.create())]
    forged = Client()
    forged.cookies[COOKIE] = workspace.visitor.key
    for browser in [*strangers, forged]:
        for path in paths:
            assert browser.get(path).status_code == 404, path
            assert browser.post(path).status_code in (404, 405), path
    assert fresh(workspace).head_id == before


def test_a_forms_address_leads_its_owner_back(own: Client, workspace: Workspace) -> None:
    for path in owned_paths(workspace):
        response = own.get(path)
        well = response.status_code == 200 or path.endswith("/output/1/")
        assert well or response.headers["Location"] == address(workspace), path


def test_a_key_that_never_was(own: Client) -> None:
    assert own.get("/lab/AAAAAAAAAAAAAAAAAAAAAA/").status_code == 404
    assert own.get("/look/AAAAAAAAAAAAAAAAAAAAAA/").status_code == 404
    assert own.get("/mine/forged/").status_code == 404


# ---------------------------------------------------------------------- terminal


def test_a_command_without_scripts_comes_back_to_the_page(own: Client, workspace: Workspace) -> None:
    response = own.post(address(workspace, "run/?file=app.txt"), {"line": "echo seen"})
    assert response.status_code == 302
    assert response.headers["Location"] == address(workspace, "?file=app.txt#prompt")
    page = own.get(address(workspace)).content.decode()
    assert '<span class="line">echo seen</span>' in page and "<pre>seen\n</pre>" in page


def test_a_command_with_htmx_answers_its_entry_and_only_changed_panels(
    own: Client, workspace: Workspace
) -> None:
    page = own.get(address(workspace)).content.decode()
    headers = {**HTMX, "Lab-Panels": held_by(page)}
    response = own.post(address(workspace, "run/"), {"line": "echo seen"}, headers=headers)
    text = response.content.decode()
    assert text.lstrip().startswith('<div class="entry"')
    assert 'data-digest-of="terminal"' in text
    assert sent(response) == {"timeline"}
    assert 'id="live"' in text
    assert json.loads(response.headers["HX-Trigger"])["lab:changed"]["events"] == ["CommandRan"]


def test_a_stale_page_gets_the_whole_transcript(own: Client, workspace: Workspace) -> None:
    held = held_by(own.get(address(workspace)).content.decode())
    own.post(address(workspace, "run/"), {"line": "echo elsewhere"})
    headers = {**HTMX, "Lab-Panels": held}
    response = own.post(address(workspace, "run/"), {"line": "echo here"}, headers=headers)
    assert "terminal" in sent(response)
    text = response.content.decode()
    assert "echo elsewhere" in text and "echo here" in text and "data-digest-of" not in text


def test_nothing_changed_nothing_sent(own: Client, workspace: Workspace) -> None:
    held = held_by(own.get(address(workspace)).content.decode())
    response = own.get(address(workspace), headers={**HTMX, "Lab-Panels": held})
    assert response.content == b""


def test_build_saves_the_editor_and_runs_the_shown_line(own: Client, workspace: Workspace) -> None:
    fields = {
        "path": "Dockerfile",
        "text": "FROM busybox\r\nRUN echo two > /two\r\n",
        "base": services.text_digest(text_of(workspace, "Dockerfile") or ""),
        "line": "docker build -t mine:2 .",
    }
    page = own.get(address(workspace)).content.decode()
    response = own.post(address(workspace, "build/"), fields, headers={**HTMX, "Lab-Panels": held_by(page)})
    assert response.status_code == 200
    assert text_of(workspace, "Dockerfile") == "FROM busybox\nRUN echo two > /two\n"
    assert {"layers", "forecast", "timeline"} <= sent(response)
    assert "Built mine:2" in response.content.decode()
    assert fresh(workspace).head.kind == "build"
    page = own.get(address(workspace)).content.decode()
    assert 'value="docker build -t mine:2 ."' in page
    assert page.count("✓ cached") >= 2


def test_build_runs_on_the_host_even_inside_a_container(own: Client, workspace: Workspace) -> None:
    own.post(address(workspace, "run/"), {"line": "docker run -it --name inner busybox sh"})
    own.post(address(workspace, "build/"), {"line": "docker build -t outer ."})
    page = own.get(address(workspace)).content.decode()
    assert "outer:latest" in page
    assert "inner" in page
    own.post(address(workspace, "press/end/"))
    assert "learner@lab" in own.get(address(workspace)).content.decode().split('id="prompt"')[1]


def test_long_and_many_lines_are_refused_with_a_reason(own: Client, workspace: Workspace) -> None:
    response = own.post(address(workspace, "run/"), {"line": "x" * 70_000}, headers=HTMX)
    assert response.status_code == 422 and b"64 kB" in response.content
    response = own.post(address(workspace, "run/"), {"line": "true\n" * 61}, headers=HTMX)
    assert response.status_code == 422
    assert fresh(workspace).last_number == 1


def test_a_flood_is_cut_on_the_page_and_whole_as_text(own: Client, workspace: Workspace) -> None:
    response = own.post(address(workspace, "run/"), {"line": "seq 1 100000"}, headers=HTMX)
    assert len(response.content) < 100_000
    page = own.get(address(workspace)).content.decode()
    assert len(page) < 200_000 and address(workspace, "output/2/") in page
    whole = own.get(address(workspace, "output/2/"))
    assert whole.headers["Content-Type"].startswith("text/plain")
    assert b"\n54321\n" in whole.content
    assert own.get(address(workspace, "output/1/")).status_code == 404


MONSTERS = {
    "many": "FROM busybox\n" + "RUN true\n" * 4000,
    "long": "FROM busybox\nRUN echo " + "a " * 500_000,
    "stages": "FROM busybox AS a\n" * 3000,
}


@pytest.mark.parametrize("name", MONSTERS)
def test_a_monstrous_dockerfile_gives_a_page_of_normal_size(
    own: Client, workspace: Workspace, name: str
) -> None:
    fields = {"path": "Dockerfile", "text": MONSTERS[name], "line": "docker build -t x ."}
    headers = {**HTMX, "Lab-Panels": "forecast=0,layers=0"}
    response = own.post(address(workspace, "build/"), fields, headers=headers)
    assert response.status_code == 200 and len(response.content) < 600_000


def test_completion_is_json(own: Client, workspace: Workspace) -> None:
    answer = own.get(address(workspace, "complete/"), {"line": "cat Dock", "cursor": "8"}).json()
    assert answer["words"] == ["Dockerfile"] and answer["start"] == 4
    assert own.get(address(workspace, "complete/"), {"line": "x", "cursor": "²"}).status_code == 200


# ---------------------------------------------------------------------- files


def test_saving_answers_the_forecast(own: Client, workspace: Workspace) -> None:
    page = own.get(address(workspace)).content.decode()
    fields = {
        "path": "Dockerfile",
        "text": "FROM busybox\nRUN true\n",
        "base": services.text_digest(text_of(workspace, "Dockerfile") or ""),
    }
    response = own.post(address(workspace, "save/"), fields, headers={**HTMX, "Lab-Panels": held_by(page)})
    assert sent(response) >= {"forecast", "timeline"}
    assert "editor" not in sent(response)
    trigger = json.loads(response.headers["HX-Trigger"])["lab:saved"]
    assert trigger["base"] == services.text_digest("FROM busybox\nRUN true\n")
    page = own.get(address(workspace)).content.decode()
    assert f'id="panel-editor" data-panel="editor" data-digest="{trigger["digest"]}"' in page


def test_saving_over_another_tab_is_a_choice(own: Client, workspace: Workspace) -> None:
    base = services.text_digest("first\n")
    own.post(address(workspace, "save/"), {"path": "app.txt", "text": "theirs", "base": base})
    for headers in (HTMX, {}):
        response = own.post(
            address(workspace, "save/"),
            {"path": "app.txt", "text": "mine <b>", "base": base},
            headers=headers,
        )
        text = response.content.decode()
        assert response.status_code == 409
        assert "Keep mine" in text and "Take theirs" in text and "mine &lt;b&gt;" in text
    again = re.search(r'name="base" value="([0-9a-f]+)"', text)
    assert again is not None
    kept = own.post(address(workspace, "save/"), {"path": "app.txt", "text": "mine", "base": again[1]})
    assert kept.status_code == 302 and text_of(workspace, "app.txt") == "mine"


def test_a_file_of_a_megabyte_is_saved_and_more_is_refused(own: Client, workspace: Workspace) -> None:
    big = "# " + "x" * (1024 * 1024 - 100)
    assert own.post(address(workspace, "save/"), {"path": "big", "text": big}).status_code == 302
    assert (
        own.post(address(workspace, "save/"), {"path": "big", "text": big * 2}, headers=HTMX).status_code
        == 422
    )
    assert text_of(workspace, "big") == big


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "", "a/../../b", "x" * 300, "a\nb"])
def test_paths_outside_the_project_are_refused(own: Client, workspace: Workspace, path: str) -> None:
    for do in ("create", "delete", "rename", "mode"):
        response = own.post(address(workspace, "files/"), {"do": do, "path": path, "to": path}, headers=HTMX)
        assert response.status_code == 422, do
    assert fresh(workspace).last_number == 1


def test_files_are_created_renamed_marked_and_deleted(own: Client, workspace: Workspace) -> None:
    def do(**fields: str) -> Any:
        return own.post(address(workspace, "files/"), fields)

    assert do(do="create", path="src/new.sh").headers["Location"] == address(workspace, "?file=src%2Fnew.sh")
    assert text_of(workspace, "src/new.sh") == ""
    do(do="rename", path="src/new.sh", to="run.sh")
    assert text_of(workspace, "run.sh") == ""
    do(do="mode", path="run.sh", executable="1")
    assert 'aria-label="executable"' in own.get(address(workspace)).content.decode()
    do(do="delete", path="run.sh")
    assert text_of(workspace, "run.sh") is None
    do(do="create", path="folder/")
    refused = own.post(address(workspace, "files/"), {"do": "create", "path": "app.txt"}, headers=HTMX)
    assert refused.status_code == 422 and text_of(workspace, "app.txt") == "first\n"
    assert do(do="unknown").status_code == 404


def test_uploads_keep_their_bytes(own: Client, workspace: Workspace) -> None:
    upload = SimpleUploadedFile("logo.bin", b"\x00\x01binary")
    own.post(address(workspace, "files/"), {"do": "upload", "upload": upload})
    page = own.get(address(workspace, "?file=logo.bin")).content.decode()
    assert "is no text" in page
    own.post(address(workspace, "run/"), {"line": "wc -c logo.bin"})
    assert "8 logo.bin" in own.get(address(workspace)).content.decode()


# ---------------------------------------------------------------------- time


def test_undo_redo_and_the_way_back(own: Client, workspace: Workspace) -> None:
    own.post(address(workspace, "run/"), {"line": "echo two > app.txt"})
    assert own.post(address(workspace, "undo/")).status_code == 302
    assert text_of(workspace, "app.txt") == "first\n"
    assert own.post(address(workspace, "undo/")).status_code == 302
    own.post(address(workspace, "redo/"))
    assert text_of(workspace, "app.txt") == "two\n"
    own.post(address(workspace, "jump/"), {"number": "1"})
    assert text_of(workspace, "app.txt") == "first\n"
    assert own.post(address(workspace, "jump/"), {"number": "99"}).status_code == 404
    assert own.post(address(workspace, "jump/"), {"number": "x"}).status_code == 404


def test_an_earlier_moment_is_read_only(own: Client, workspace: Workspace) -> None:
    own.post(address(workspace, "run/"), {"line": "echo two > app.txt"})
    page = own.get(address(workspace, "?at=1&file=app.txt")).content.decode()
    assert "You are looking at an earlier moment" in page
    assert "first\n</textarea>" in page and " readonly>" in page
    assert 'id="prompt"' not in page and "Go on from here" in page
    assert text_of(workspace, "app.txt") == "two\n"
    assert own.get(address(workspace, "?at=99")).status_code == 404


def test_a_moment_has_a_name(own: Client, workspace: Workspace) -> None:
    own.post(address(workspace, "name/"), {"number": "1", "name": "  before   it all "})
    assert "before it all" in own.get(address(workspace)).content.decode()


# ---------------------------------------------------------------------- settings, forks, shares


def test_the_builder_switches(own: Client, workspace: Workspace) -> None:
    own.post(address(workspace, "builder/"), {"builder": "classic"})
    own.post(address(workspace, "build/"), {"line": "docker build -t c ."})
    assert "Step 1/3 : FROM busybox" in own.get(address(workspace)).content.decode()
    own.post(address(workspace, "builder/"), {"builder": "anything else"})
    assert services.machine_at(fresh(workspace).head).builder == "buildkit"


def test_the_clock_goes_forward_by_known_leaps_only(own: Client, workspace: Workspace) -> None:
    before = services.machine_at(workspace.head).now
    assert own.post(address(workspace, "clock/"), {"leap": "day"}).status_code == 302
    assert services.machine_at(fresh(workspace).head).now - before == 86_400 * 1_000_000_000
    assert "One day later." in own.get(address(workspace)).content.decode()
    assert own.post(address(workspace, "clock/"), {"leap": "century"}).status_code == 404


def test_the_title_changes(own: Client, workspace: Workspace) -> None:
    own.post(address(workspace, "rename/"), {"title": "  New title "})
    assert fresh(workspace).title == "New title"
    own.post(address(workspace, "rename/"), {"title": "  "})
    assert fresh(workspace).title == "New title"


def test_a_fork_is_another_lab(own: Client, workspace: Workspace) -> None:
    own.post(address(workspace, "run/"), {"line": "echo two > app.txt"})
    response = own.post(address(workspace, "fork/"), {"number": "1"})
    copy = Workspace.objects.exclude(pk=workspace.pk).get()
    assert response.headers["Location"] == address(copy)
    assert text_of(copy, "app.txt") == "first\n"
    assert own.post(address(workspace, "fork/"), headers=HTMX).headers["HX-Redirect"].startswith("/lab/")


def test_a_share_can_be_looked_at_and_forked_by_anybody(own: Client, workspace: Workspace) -> None:
    page = own.post(address(workspace, "share/")).content.decode()
    share = Share.objects.get()
    assert f"/look/{share.key}/" in page and "/mine/" in page
    own.post(address(workspace, "share/"))
    assert Share.objects.count() == 1
    own.post(address(workspace, "run/"), {"line": "echo afterwards > app.txt"})

    stranger = Client()
    page = stranger.get(f"/look/{share.key}/?file=app.txt").content.decode()
    assert "first\n</textarea>" in page and "afterwards" not in page
    assert 'id="prompt"' not in page and workspace.key not in page
    stranger.post(f"/look/{share.key}/fork/")
    copy = Workspace.objects.exclude(pk=workspace.pk).get()
    assert copy.visitor != workspace.visitor
    assert text_of(copy, "app.txt") == "first\n"
    assert stranger.get(address(copy)).status_code == 200


def test_an_embedded_share_may_be_framed_and_holds_no_forms(own: Client, workspace: Workspace) -> None:
    own.post(address(workspace, "share/"))
    response = Client().get(f"/look/{Share.objects.get().key}/embed/")
    assert "frame-ancestors *" in response.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in response.headers
    assert b"<form" not in response.content


def test_a_private_link_opens_ones_labs_elsewhere_but_asks_first(workspace: Workspace) -> None:
    browser = Client()
    path = f"/mine/{private_link_token(workspace.visitor)}/"
    assert browser.get(path).status_code == 200
    assert browser.get(address(workspace)).status_code == 404
    browser.post(path)
    assert browser.get(address(workspace)).status_code == 200


def test_the_diagram_can_be_saved(own: Client, workspace: Workspace) -> None:
    svg = own.get(address(workspace, "diagram/svg/"))
    assert svg.headers["Content-Type"].startswith("image/svg+xml") and b"<svg" in svg.content
    assert "attachment" in svg.headers["Content-Disposition"]
    ElementTree.fromstring(svg.content)
    assert b"digraph" in own.get(address(workspace, "diagram/dot/")).content


def test_take_home_is_a_zip_of_files_and_commands(own: Client, workspace: Workspace) -> None:
    own.post(address(workspace, "run/"), {"line": "docker images"})
    with ZipFile(BytesIO(own.get(address(workspace, "take-home.zip")).content)) as archive:
        assert archive.read("layer-lab/app.txt") == b"first\n"
        assert "\ndocker images\n" in archive.read("layer-lab/commands.sh").decode()


# ---------------------------------------------------------------------- every look


@pytest.mark.parametrize("view", ["stack", "sharing", "overlay", "buildgraph", "beforeafter", "hub", "<x>"])
def test_every_diagram_has_a_picture_and_a_list(own: Client, workspace: Workspace, view: str) -> None:
    own.post(address(workspace, "build/"), {"line": "docker build -t one ."})
    own.post(address(workspace, "run/"), {"line": "docker run -d --name box one sleep 100"})
    page = own.get(address(workspace), {"view": view})
    assert page.status_code == 200
    text = page.content.decode()
    assert "<svg" in text and 'class="outline' in text and "#~" not in text


def test_everything_in_a_picture_can_be_inspected(own: Client, workspace: Workspace) -> None:
    own.post(address(workspace, "build/"), {"line": "docker build -t one ."})
    own.post(address(workspace, "run/"), {"line": "docker run --name box one rm /one"})
    page = own.get(address(workspace)).content.decode()
    focused = set(re.findall(r"focus=((?:layer|image|container)%3A[0-9a-f]+)", page))
    assert {kind.split("%3A")[0] for kind in focused} == {"layer", "image", "container"}
    for focus in focused:
        text = own.get(address(workspace) + "?focus=" + focus).content.decode()
        assert "Choose a layer" not in text
    text = own.get(address(workspace), {"focus": "path:app.txt", "top": "one:latest"}).content.decode()
    assert "COPY app.txt /app.txt" in text and "first\n" in text
    gone = own.get(address(workspace), {"focus": "path:one", "top": "box"}).content.decode()
    assert "finds nothing" in gone


@pytest.mark.parametrize(
    "query",
    [
        "focus=layer:000000000000",
        "focus=container:nobody",
        "focus=path:../../etc",
        "focus=path:",
        "focus=%00",
        "view=overlay&peel=999",
        "view=overlay&peel=-1&top=nothing",
        "view=beforeafter&before=nothing&after=%3Cscript%3E",
        "unfold=a.b.c",
        "at=²",
        "file=../secret",
        "shape=%22%3E",
        "under=no/such/directory&focus=layer:zz",
        "focus=" + "x" * 5000,
    ],
)
def test_odd_addresses_show_the_page(own: Client, workspace: Workspace, query: str) -> None:
    own.post(address(workspace, "run/"), {"line": "docker pull busybox"})
    response = own.get(address(workspace) + "?" + query)
    assert response.status_code == 200
    assert b"<script>" not in response.content.replace(b"<script type", b"")


# ---------------------------------------------------------------------- hostile names

HOSTILE = [
    "<script>alert(1)</script>",
    '"]; malicious [',
    "\u202eRTL",
    "a'b\"c",
    "x" * 200,
    "&lt;b&gt;",
    "{{ 7*7 }}",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_inert_everywhere(own: Client, workspace: Workspace, name: str) -> None:
    own.post(address(workspace, "files/"), {"do": "create", "path": name.replace("/", "_")})
    own.post(address(workspace, "rename/"), {"title": name})
    own.post(address(workspace, "name/"), {"number": "1", "name": name})
    quoted = "'" + name.replace("'", "'\\''") + "'"
    own.post(address(workspace, "run/"), {"line": f"echo {quoted}"})
    text = f"FROM busybox\nLABEL a={json.dumps(name)}\nRUN echo {quoted}\n"
    own.post(
        address(workspace, "build/"), {"path": "Dockerfile", "text": text, "line": "docker build -t h ."}
    )
    for query in ("", "?view=sharing", "?view=buildgraph", "?shape=list", "?at=1"):
        page = own.get(address(workspace, query)).content.decode()
        assert "<script>alert" not in page
        assert "49" not in re.findall(r'<span class="line">(.*?)</span>', page)
    assert b"<script>alert" not in own.get(address(workspace, "diagram/svg/")).content
    archive = own.get(address(workspace, "take-home.zip")).content
    with ZipFile(BytesIO(archive)) as opened:
        assert all(".." not in item and not item.startswith("/") for item in opened.namelist())


# ---------------------------------------------------------------------- bad input on the first walk


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("FROM busybox\nBOGUS x\n", "unknown instruction: BOGUS"),
        ("FROM busybox\nRUN exit 3\n", "exit code: 3"),
        ("FROM busybox\nRUN while true; do :; done\n", ""),
        ("FROM nosuchimage:never\n", "nosuchimage"),
        ("", "empty"),
    ],
)
def test_a_failing_build_is_told_in_dockers_words_and_nothing_is_lost(
    own: Client, workspace: Workspace, text: str, says: str
) -> None:
    response = own.post(
        address(workspace, "build/"), {"path": "Dockerfile", "text": text, "line": "docker build -t x ."}
    )
    assert response.status_code == 302
    page = own.get(address(workspace)).content.decode()
    assert says in page and 'class="status"' in page
    assert text_of(workspace, "app.txt") == "first\n"
    assert Revision.objects.filter(workspace=workspace, kind="build").count() == 1


@pytest.mark.parametrize(
    "line",
    [
        "rm -rf /",
        "docker tag busybox UPPER:tag",
        ":(){ :|:& };:",
        "yes",
        "\x00\x1b[2J",
        "docker run x\ud800y",
    ],
)
def test_bad_commands_do_no_harm(own: Client, workspace: Workspace, line: str) -> None:
    response = own.post(address(workspace, "run/"), {"line": line.encode("utf-8", "replace").decode()})
    assert response.status_code == 302
    assert own.get(address(workspace)).status_code == 200
    own.post(address(workspace, "undo/"))
    assert text_of(workspace, "app.txt") == "first\n"
