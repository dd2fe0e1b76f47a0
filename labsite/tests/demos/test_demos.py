"""Demos: played to their end, kept from strangers, voted on, recorded, exported and imported."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from engine.session import SaveFile, SetBuilder, inventory
from labsite.demos import running
from labsite.demos.demo import BadDemo, read_demo, shows
from labsite.demos.models import Show, Vote
from labsite.demos.recording import recorded
from labsite.demos.running import truth
from labsite.lessons.bench import do, fresh_bench
from labsite.lessons.loader import course
from labsite.tests.conftest import client_of
from labsite.workspaces import services
from labsite.workspaces.models import Visitor, Workspace

SMALL = """
title: {en: Small, fr: Petit}
start: [{edit: {Dockerfile: "FROM busybox\\nRUN echo a > /a\\n"}}]
scenes:
  - title: {en: Build}
    do: [{run: docker build -t one .}]
    look: {view: stack}
    ask:
      text: {en: How many layers?, fr: Combien de couches ?}
      question: layers
      target: {image: one}
      candidates: ["1", "2", "7"]
      labels: {"7": {en: seven of them, fr: sept}}
  - title: {en: Look}
    do: [{run: docker history one}]
  - title: {en: Once more}
    do: [{run: "docker build -t two ."}]
    ask:
      text: {en: How many layers now?}
      question: layers
      target: {image: two}
      candidates: ["1", "2", "7"]
"""


@pytest.fixture
def show(visitor: Visitor) -> Show:
    """A small demo that was just begun."""
    return running.begin(visitor, read_demo(SMALL), "Small", SMALL)


@pytest.fixture
def presenter(visitor: Visitor) -> Client:
    """The presenter's browser."""
    return client_of(visitor)


def address(show: Show, action: str = "") -> str:
    return f"/show/{show.workspace.key}/{action}"


def upload(client: Client, source: str | bytes) -> Any:
    data = source.encode() if isinstance(source, str) else source
    return client.post("/demos/import/", {"file": SimpleUploadedFile("demo.yaml", data)}, follow=True)


# ---------------------------------------------------------------------- the demos of the site


def test_there_is_a_demo_for_every_unit_of_the_course() -> None:
    assert len(shows()) == 8 >= len([unit for unit in course() if not unit.lessons[0].challenge])


@pytest.mark.parametrize("name", shows())
def test_a_demo_plays_to_its_end(name: str) -> None:
    demo = shows()[name]
    asked = [scene for scene in demo.scenes if scene.ask]
    assert 5 <= len(demo.scenes) <= 8
    assert len(asked) >= 2
    bench = do(fresh_bench(), demo.start)
    for scene in demo.scenes:
        for text in (scene.title, scene.say, *([scene.ask.text] if scene.ask else [])):
            assert text.get("en") and text.get("fr"), scene.title
        before = bench.since_now()
        bench = do(before, scene.do)
        assert "No such" not in bench.output and "not simulated" not in bench.output, bench.output
        if scene.ask:
            true = truth(scene, before, bench)
            assert true, f"{scene.title['en']}: {bench.output}"
            if not scene.do or "ERROR" in bench.output or "denied" in bench.output:
                assert true == ["no"]
        else:
            assert "ERROR" not in bench.output, bench.output


def test_a_demo_is_presented_from_its_first_scene_to_its_last(presenter: Client, visitor: Visitor) -> None:
    page = presenter.post("/demos/4-containers/start/", follow=True)
    show = Show.objects.get(visitor=visitor)
    for number in range(len(shows()["4-containers"].scenes)):
        page = presenter.post(address(show, "go/"), {"scene": number}, follow=True)
        if b'id="reveal"' in page.content:
            assert b"it is so" not in page.content
            page = presenter.post(address(show, "reveal/"), follow=True)
            assert b"it is so" in page.content
        assert b"<svg" in page.content
    assert b'id="next"' not in page.content


# ---------------------------------------------------------------------- presenting


def test_the_answer_is_not_in_the_page_before_it_is_revealed(presenter: Client, show: Show) -> None:
    before = presenter.get(address(show)).content.decode()
    assert "it is so" not in before
    assert 'class="true"' not in before
    assert "RUN echo a &gt; /a" in before
    assert "≈" not in before, "a forecast beside the question would answer it"
    presenter.post(address(show, "reveal/"))
    assert 'class="true"' in presenter.get(address(show)).content.decode()


def test_the_script_waits_while_the_presenter_tries_something_else(presenter: Client, show: Show) -> None:
    presenter.post(address(show, "go/"), {"scene": "1"})
    bench = f"/lab/{show.workspace.key}/"
    assert b"Back to the script" in presenter.get(bench).content
    presenter.post(f"{bench}run/", {"line": "docker rmi -f one"})
    show.workspace.refresh_from_db()
    assert not inventory(services.machine_at(show.workspace.head)).images
    assert "docker history one" in presenter.get(address(show)).content.decode()
    presenter.post(address(show, "go/"), {"scene": "2"})
    presenter.post(address(show, "reveal/"))
    show.refresh_from_db()
    assert show.answers["2"] == ["1"], "the scenes after it play as if nobody had left"


def test_jumping_ahead_plays_what_was_skipped(show: Show) -> None:
    demo = read_demo(SMALL)
    running.go_to(show, demo, 99)
    assert show.scene == 2 and not show.revealed
    assert show.answers == {"0": ["1"]}
    running.go_to(show, demo, -5)
    assert show.scene == 0 and show.revealed


def test_a_key_pressed_twice_plays_a_scene_once(show: Show) -> None:
    with running.turn(show) as mine, running.turn(show) as also_mine:
        assert (mine, also_mine) == (True, False)
    with running.turn(show) as mine:
        assert mine


def test_strangers_see_no_show(show: Show, db: None) -> None:
    stranger = client_of(Visitor.objects.create())
    for action in ("", "notes/", "tally/"):
        assert stranger.get(address(show, action)).status_code == 404
    for action in ("go/", "reveal/"):
        assert stranger.post(address(show, action), {"scene": "1"}).status_code == 404
    assert stranger.get(f"/lab/{show.workspace.key}/record.yaml").status_code == 404


def test_a_lab_that_is_no_show_is_not_presented(own: Client, workspace: Workspace) -> None:
    assert own.get(f"/show/{workspace.key}/").status_code == 404


# ---------------------------------------------------------------------- voting


def phone(show: Show) -> Client:
    client = Client()
    client.get(f"/vote/{show.code}/")
    return client


def test_phones_vote_once_each_and_may_change_their_minds(show: Show, presenter: Client) -> None:
    first, second = phone(show), phone(show)
    for client, choice in ((first, "7"), (first, "1"), (second, "2"), (second, "nonsense")):
        client.post(f"/vote/{show.code}/", {"choice": choice, "scene": "0"})
    assert sorted(Vote.objects.values_list("choice", flat=True)) == ["1", "2"]
    assert not set(Vote.objects.values_list("phone", flat=True)) & set(
        Visitor.objects.values_list("key", flat=True)
    )
    open_page = presenter.get(address(show)).content.decode()
    assert "2 votes" in open_page and "50 %" not in open_page
    assert "50 %" in presenter.get(address(show, "notes/")).content.decode()
    presenter.post(address(show, "reveal/"))
    assert "50 %" in presenter.get(address(show)).content.decode()


def test_no_vote_counts_after_the_answer_or_for_another_scene(show: Show, presenter: Client) -> None:
    client = phone(show)
    client.post(f"/vote/{show.code}/", {"choice": "1", "scene": "2"})
    presenter.post(address(show, "reveal/"))
    client.post(f"/vote/{show.code}/", {"choice": "1", "scene": "0"})
    assert not Vote.objects.exists()
    assert b'name="choice"' not in client.get(f"/vote/{show.code}/").content


def test_polls_answer_only_when_something_changed(show: Show, presenter: Client) -> None:
    client = phone(show)
    places = ((presenter, address(show, "tally/")), (presenter, address(show, "notes/")))
    for asking, place in (*places, (client, f"/vote/{show.code}/")):
        tag = asking.get(place).headers["ETag"]
        assert asking.get(place, headers={"If-None-Match": f"W/{tag}"}).status_code == 304
    tag = presenter.get(address(show, "tally/")).headers["ETag"]
    client.post(f"/vote/{show.code}/", {"choice": "1", "scene": "0"})
    answer = presenter.get(address(show, "tally/"), headers={"If-None-Match": tag})
    assert answer.status_code == 200 and b"1 vote" in answer.content


def test_a_code_is_found_however_it_is_typed(show: Show, client: Client) -> None:
    found = client.get("/vote/", {"code": f" {show.code[:3].upper()} {show.code[3:]}"})
    assert found.headers["Location"] == f"/vote/{show.code}/"
    assert b'role="alert"' in client.get("/vote/", {"code": "zzzzzz"}).content
    assert client.get("/vote/zzzzzz/").status_code == 404


def test_candidates_have_words_in_the_language_of_the_phone(show: Show) -> None:
    client = Client(headers={"Accept-Language": "fr"})
    page = client.get(f"/vote/{show.code}/").content.decode()
    assert "Combien de couches" in page and "sept" in page


# ---------------------------------------------------------------------- recording, files


def test_a_recorded_lab_imports_and_replays_to_the_same_images(own: Client, workspace: Workspace) -> None:
    from engine.session import RunLine

    for line in ("docker build -t one .", "echo two > app.txt", "docker build -t two ."):
        services.apply(workspace, RunLine(line), kind="command", label=line)
    services.apply(workspace, SaveFile("app.txt", "third\n"), kind="save", label="app.txt")
    services.apply(workspace, SetBuilder("classic"), kind="builder", label="classic")
    for line in ("docker build -t three .", "docker run -it --name box one sh", "touch /in-the-box", "exit"):
        services.apply(workspace, RunLine(line), kind="command", label=line)
    services.apply(workspace, RunLine("docker commit box four"), kind="command", label="commit")

    source = own.get(f"/lab/{workspace.key}/record.yaml").content.decode()
    assert source == recorded(workspace)
    page = upload(own, source)
    assert page.status_code == 200 and page.redirect_chain
    show = Show.objects.get(visitor=workspace.visitor)
    running.go_to(show, read_demo(source), 99)

    def images(at: Workspace) -> dict[str, list[str]]:
        found = inventory(services.machine_at(at.head))
        return {item.label: [str(ref.diff_id) for ref in item.image.layers] for item in found.listed}

    assert images(show.workspace) == images(workspace)
    assert {"one:latest", "two:latest", "three:latest", "four:latest"} <= set(images(workspace))


@pytest.mark.parametrize("name", shows())
def test_a_demo_leaves_as_a_file_and_comes_back(name: str, client: Client) -> None:
    source = client.get(f"/demos/{name}/demo.yaml").content.decode()
    assert read_demo(source, name) == shows()[name]


HOSTILE = {
    "not yaml": "{{{",
    "nothing": "",
    "a list": "- 1",
    "no scenes": "title: {en: x}",
    "empty scenes": "title: {en: x}\nscenes: []",
    "unknown key": "title: {en: x}\nscenes: [{title: {en: y}, evil: 1}]",
    "python object": "title: !!python/object/apply:os.system ['true']\nscenes: []",
    "alias bomb": "a: &a [x,x,x]\nb: &b [*a,*a,*a]\ntitle: {en: x}\nscenes: [{title: {en: y}}]",
    "deep": "[" * 5000 + "]" * 5000,
    "keys that are no text": "title: {1: x, en: y}\nscenes: [{title: {en: y}}]",
    "surrogate": 'title: {en: "\\ud800"}\nscenes: [{title: {en: y}}]',
    "unknown question": SMALL.replace("question: layers", "question: no-such"),
    "a look with code": SMALL.replace("{view: stack}", "{peel: x}"),
    "long": "title: {en: x}\n# " + "x" * 300_000,
    "endless waiting": "title: {en: x}\nscenes: [{title: {en: y}, do: [{wait: 99999999999}]}]",
    "too much to do": "title: {en: x}\nscenes: [{title: {en: y}, do: [{run: '"
    + "true\n\n    " * 250
    + "'}]}]",
    "a start that cannot be": "title: {en: x}\nstart: [{edit: {../../x: y}}]\nscenes: [{title: {en: y}}]",
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_files_are_refused_with_a_reason(source: str, presenter: Client) -> None:
    page = upload(presenter, source)
    assert page.status_code == 200
    assert page.redirect_chain[-1][0] == "/demos/"
    assert b'class="notice' in page.content
    assert not Show.objects.exists()


def test_a_question_without_an_answer_does_not_end_the_show(presenter: Client, visitor: Visitor) -> None:
    strange = SMALL.replace("question: layers", "question: size").replace('"7"]', '"x"]', 1)
    upload(presenter, strange.replace("target: {image: one}", "target: {}", 1))
    show = Show.objects.get(visitor=visitor)
    page = presenter.post(address(show, "reveal/"), follow=True)
    assert page.status_code == 200 and b"it is so" not in page.content
    show.refresh_from_db()
    assert show.revealed and show.answers["0"] == []


def test_binary_uploads_and_missing_files_are_refused(presenter: Client) -> None:
    assert b'class="notice' in upload(presenter, b"\x00\xff\xfe" * 100).content
    assert b'class="notice' in presenter.post("/demos/import/", follow=True).content


def test_aliases_are_refused_before_they_are_expanded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 40)]
    with pytest.raises(BadDemo):
        read_demo("\n".join(lines))


# ---------------------------------------------------------------------- paper


@pytest.mark.parametrize("name", shows())
def test_every_demo_has_a_handout_without_and_with_answers(name: str, client: Client) -> None:
    plain = client.get(f"/demos/{name}/handout/").content.decode()
    assert "☐" in plain and "☒" not in plain and 'class="printed"' not in plain
    if name == "4-containers":
        answered = client.get(f"/demos/{name}/handout/?answers").content.decode()
        assert "☒" in answered and 'class="printed"' in answered
    assert client.get("/demos/no-such/handout/").status_code == 404


def test_every_lesson_has_a_handout_that_answers_nothing(client: Client) -> None:
    for unit in course():
        for lesson in unit.lessons:
            page = client.get(f"/lessons/{lesson.id}/handout/")
            assert page.status_code == 200
            assert 'class="keep"' not in page.content.decode()
    assert client.get("/lessons/no-such/handout/").status_code == 404
