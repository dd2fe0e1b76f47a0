"""The lesson pages: nothing before it is earned, what is earned stays, and nobody else's business."""

import re
from html import unescape
from itertools import permutations
from time import process_time
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from engine.session import RunLine
from labsite.lessons import attempts, urls
from labsite.lessons.bench import actions
from labsite.lessons.lesson import WORKBENCH_KINDS, Doing, Lesson, Step
from labsite.lessons.loader import COURSE, lessons, read_lesson
from labsite.lessons.models import Attempt
from labsite.lessons.panel import view_of
from labsite.lessons.templatetags.lesson_text import prose
from labsite.playground.bench import open_bench
from labsite.tests.conftest import client_of
from labsite.tests.lessons.test_course import every_lesson
from labsite.workspaces import services
from labsite.workspaces.models import Visitor, Workspace

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def plain(html: str) -> str:
    """The text of a page as it is read, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def told(page: str, markdown: str) -> bool:
    """Whether the page says this piece of a lesson."""
    return plain(prose(markdown)).replace(" ", "") in plain(page).replace(" ", "")


@pytest.fixture
def lesson(request: pytest.FixtureRequest) -> Lesson:
    return read_lesson(COURSE / request.param)


class Learner:
    """Somebody in a lesson, with a browser."""

    def __init__(self, visitor: Visitor, lesson: str) -> None:
        self.browser = client_of(visitor)
        self.lesson = lessons()[lesson]
        begun = self.browser.post(reverse("lesson-start", args=[lesson]))
        self.key = begun["Location"].strip("/").split("/")[-1]

    @property
    def attempt(self) -> Attempt:
        return Attempt.objects.select_related("workspace__head").get(workspace__key=self.key)

    def page(self) -> str:
        return str(self.browser.get(f"/lab/{self.key}/").content.decode())

    def post(self, name: str, **data: Any) -> Any:
        return self.browser.post(reverse(f"lesson-{name}", args=[self.key]), data, headers=HTMX)

    def send(self, name: str, **data: Any) -> None:
        """Like ``post``, without JavaScript."""
        assert self.browser.post(reverse(f"lesson-{name}", args=[self.key]), data).status_code == 302

    def type(self, line: str) -> Any:
        return self.browser.post(f"/lab/{self.key}/run/", {"line": line}, headers=HTMX)

    def do(self, doings: tuple[Doing, ...]) -> None:
        workspace = self.attempt.workspace
        for doing in doings:
            for action in actions(doing):
                services.apply(workspace, action, kind="command", label="x")


@pytest.fixture
def learner(visitor: Visitor) -> Learner:
    return Learner(visitor, "tags-are-pointers")


# ---------------------------------------------------------------------- nothing before it is earned


def secrets_of(lesson: Lesson, step: Step) -> list[str]:
    """What a page must not say while the step is open, in any language."""
    hidden = []
    for text in lesson.texts.values():
        words = text.steps[step.id]
        later = list(text.steps.values())[list(text.steps).index(step.id) + 1 :]
        hidden += [*words.hints, words.after, text.keep, *(other.body for other in later)]
    return [item for item in hidden if item]


@every_lesson
@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_answer_hint_or_solution_is_in_the_panel_of_an_open_step(
    lesson: Lesson, language: str, visitor: Visitor
) -> None:
    workspace = services.create(visitor, "a lab", origin=f"lesson:{lesson.id}")
    attempt = Attempt.objects.create(visitor=visitor, lesson=lesson.id, workspace=workspace, step="")
    request = RequestFactory().get(f"/lab/{workspace.key}/")
    request.session = {}  # type: ignore[assignment]
    for step in lesson.steps:
        attempt.step, attempt.progress = step.id, {}
        with translation.override(language):
            view = view_of(attempt)
            panel = render_to_string(
                "lessons/_lesson.html", {"view": view, "bench": open_bench(request, workspace)}
            )
        if attempt.is_done(step.id) or step.kind == "read":
            continue
        words = lesson.text(language)[0].steps[step.id]
        assert told(panel, words.body)
        for hidden in secrets_of(lesson, step):
            assert not told(panel, hidden), (step.id, hidden)
        said = "\n".join([words.body, *words.goals, *step.candidates])
        for doing in step.solution:
            for line in (doing.run, *filter(None, doing.edit.values())):
                assert not line or line in said or plain(line) not in plain(panel), (step.id, line)
        assert "it is so" not in panel and "verdict" not in panel


def test_the_whole_page_keeps_its_secrets_until_they_are_earned(learner: Learner) -> None:
    lesson = learner.lesson
    words = lesson.texts["en"]
    rebuild, untag, release = lesson.steps
    page = learner.page()
    for step in lesson.steps:
        for hidden in secrets_of(lesson, step):
            assert not told(page, hidden), hidden

    learner.post("answer", choice=["app:stable"])
    page = learner.page()
    assert told(page, words.steps[rebuild.id].after)
    assert "2 of 3 as you said" in plain(page)
    assert not told(page, words.steps[untag.id].body)
    learner.post("next")
    learner.post("answer", choice=["Untagged: app:stable"])
    assert "2 of 2 as you said" in plain(learner.page())
    learner.post("next")

    for number, hint in enumerate(words.steps[release.id].hints):
        assert not told(learner.page(), hint)
        learner.post("hint")
        page = learner.page()
        assert told(page, hint)
        assert all(not told(page, later) for later in words.steps[release.id].hints[number + 1 :])
    solution = release.solution[0].run
    assert solution not in plain(page)
    learner.post("solution")
    page = learner.page()
    assert f'<pre class="solution">{solution}</pre>' in page
    assert not told(page, words.keep)
    learner.type(solution)
    assert told(learner.page(), words.steps[release.id].after)
    assert not told(learner.page(), words.keep)
    learner.post("next")
    assert told(learner.page(), words.keep)
    assert learner.attempt.finished_at is not None


def test_the_map_tells_titles_and_nothing_more(client: Client) -> None:
    page = client.get("/lessons/").content.decode()
    for lesson in lessons().values():
        words = lesson.texts["en"]
        assert told(page, words.title) and told(page, words.summary)
        assert not told(page, words.keep)
        for text in words.steps.values():
            for hidden in (*text.hints, text.after):
                assert not hidden or not told(page, hidden)


# ---------------------------------------------------------------------- predicting


def test_nothing_runs_before_the_prediction(learner: Learner) -> None:
    before = learner.attempt.workspace.head.machine
    refused = learner.type("docker build -t app:1 .")
    assert "First say what you expect" in refused.content.decode()
    assert learner.attempt.workspace.head.machine == before
    learner.post("next")
    assert learner.attempt.step == "rebuild"
    learner.post("answer", choice=["app:1"])
    assert learner.attempt.workspace.head.machine != before
    assert learner.type("docker images").status_code == 200


def test_the_answer_is_compared_with_what_happened_and_given_once(learner: Learner) -> None:
    learner.post("answer", choice=["app:1", "nonsense"])
    facts = learner.attempt.facts("rebuild")
    assert facts["answer"] == ["app:1"]
    assert facts["true"] == ["app:stable", "busybox:latest"]
    head = learner.attempt.workspace.head_id
    learner.post("answer", choice=["app:stable", "busybox:latest"])
    assert learner.attempt.facts("rebuild") == facts
    assert learner.attempt.workspace.head_id == head


def test_a_question_with_one_answer_has_radio_buttons(visitor: Visitor) -> None:
    page = Learner(visitor, "disk-ledger").page()
    assert 'type="radio" name="choice"' in page
    assert 'type="checkbox" name="choice"' not in page


# ---------------------------------------------------------------------- from the start to the end


@every_lesson
def test_it_can_be_played_through_its_forms(lesson: Lesson, visitor: Visitor) -> None:
    learner = Learner(visitor, lesson.id)
    for step in lesson.steps:
        assert learner.attempt.step == step.id
        if step.kind in ("predict", "find"):
            learner.send("answer", choice=step.candidates[:1])
        elif step.kind == "order":
            for order in permutations(step.lines[1:]):
                learner.send("arrange", line=[step.lines[0], *order])
                if learner.attempt.is_done(step.id):
                    break
        for doing in step.solution:
            for path, text in doing.edit.items():
                learner.browser.post(f"/lab/{learner.key}/save/", {"path": path, "text": text or ""})
            for line in doing.run.splitlines():
                learner.browser.post(f"/lab/{learner.key}/run/", {"line": line})
        if step.kind in WORKBENCH_KINDS:
            assert told(learner.page(), lesson.texts["en"].steps[step.id].after)
        learner.send("next")
    assert learner.attempt.finished_at is not None


# ---------------------------------------------------------------------- progress


def released(learner: Learner) -> None:
    """Answer both questions, so that the step with goals is open."""
    for choice in ("app:stable", "Untagged: app:stable"):
        learner.post("answer", choice=[choice])
        learner.post("next")


def test_a_goal_once_met_stays_met_with_its_moment(learner: Learner) -> None:
    released(learner)
    learner.type("docker tag app:old app:stable")
    learner.page()
    assert "app:stable and app:1 are different images." in plain(learner.page())
    learner.type("docker tag app:1 app:stable")
    learner.page()
    met = learner.attempt.facts("release")["met"]
    assert met == {"0": learner.attempt.workspace.head.number} | met
    assert learner.attempt.is_done("release")
    learner.type("docker tag app:old app:stable")
    assert learner.attempt.facts("release")["met"] == met
    assert "are different images" not in plain(learner.page())
    assert learner.attempt.is_done("release")


def test_going_on_waits_for_the_goals(learner: Learner) -> None:
    released(learner)
    learner.post("next")
    assert learner.attempt.step == "release"
    assert learner.attempt.finished_at is None


def test_a_lesson_is_continued_where_it_was_left_or_begun_afresh(learner: Learner) -> None:
    learner.post("answer", choice=["app:1"])
    again = learner.browser.post(reverse("lesson-start", args=["tags-are-pointers"]))
    assert learner.key in again["Location"]
    afresh = learner.browser.post(reverse("lesson-start", args=["tags-are-pointers"]), {"afresh": "1"})
    assert learner.key not in afresh["Location"]


def test_a_finished_lesson_is_filled_in_on_the_map(learner: Learner) -> None:
    released(learner)
    learner.do(learner.lesson.step("release").solution)
    learner.page()
    learner.post("next")
    cards = re.findall(
        r'<button class="slab( done)?">.*?<b>(.*?)</b>', learner.browser.get("/lessons/").content.decode()
    )
    assert [title for done, title in cards if done] == ["A tag is a pointer"]
    assert "1 of" in plain(learner.browser.get("/lessons/").content.decode())
    assert ' done">' not in Client().get("/lessons/").content.decode()


def test_hints_come_one_by_one_and_end(learner: Learner) -> None:
    released(learner)
    for wanted in (1, 2, 3, 3):
        learner.post("hint")
        assert learner.attempt.facts("release")["hints"] == wanted


def test_lines_are_moved_and_scored(visitor: Visitor) -> None:
    learner = Learner(visitor, "order-your-copies")
    step = next(step for step in learner.lesson.steps if step.kind == "order")
    attempt = learner.attempt
    attempt.step = step.id
    attempt.save()
    lines = list(step.lines)
    moved = [lines[0], lines[2], lines[1], *lines[3:]]
    learner.post("arrange", line=lines, move="down:1")
    assert learner.attempt.facts(step.id)["answer"] == moved
    assert not learner.attempt.is_done(step.id)
    for bad in ({"line": lines[:-1]}, {"line": lines[::-1]}, {"line": lines, "move": "up:1"}, {"line": []}):
        assert learner.post("arrange", **bad).status_code == 404
    learner.post("arrange", line=lines)
    facts = learner.attempt.facts(step.id)
    assert facts["answer"] == lines
    assert facts["builds"] in (True, False)
    assert facts["best_steps"] >= 0


# ---------------------------------------------------------------------- strangers


def owned_paths(key: str) -> list[str]:
    routes = [str(pattern.pattern) for pattern in urls.urlpatterns]
    return ["/" + route.replace("<slug:key>", key) for route in routes if "<slug:key>" in route]


def test_other_peoples_attempts_do_not_exist(learner: Learner, visitor: Visitor) -> None:
    before = learner.attempt
    paths = owned_paths(learner.key)
    assert len(paths) == 5
    for browser in (Client(), client_of(Visitor.objects.create())):
        for path in paths:
            assert browser.post(path, {"choice": "app:1"}).status_code == 404, path
    for path in paths:
        assert learner.browser.get(path).status_code == 405, path
    after = learner.attempt
    assert (after.step, after.progress, after.workspace.head_id) == (
        before.step,
        before.progress,
        before.workspace.head_id,
    )


def test_a_lab_that_is_no_lesson_takes_no_lesson_forms(own: Client, workspace: Workspace) -> None:
    for path in owned_paths(workspace.key):
        assert own.post(path).status_code == 404, path


def test_a_form_of_another_kind_of_step_is_refused(learner: Learner) -> None:
    assert learner.post("arrange", line=["a"]).status_code == 404
    released(learner)
    assert learner.post("answer", choice=["x"]).status_code == 404


def test_only_lessons_of_the_course_begin_and_only_by_a_form(client: Client) -> None:
    assert client.post(reverse("lesson-start", args=["no-such-lesson"])).status_code == 404
    assert client.get(reverse("lesson-start", args=["three-runs"])).status_code == 405
    assert client.post("/lessons/").status_code == 405
    assert not Attempt.objects.exists()


def test_a_fork_of_a_lesson_is_a_lab_without_one(learner: Learner) -> None:
    learner.browser.post(f"/lab/{learner.key}/fork/")
    fork = Workspace.objects.exclude(key=learner.key).get()
    page = learner.browser.get(f"/lab/{fork.key}/").content.decode()
    assert not told(page, learner.lesson.texts["en"].steps["rebuild"].body)


def test_forms_work_without_javascript(learner: Learner) -> None:
    response = learner.browser.post(reverse("lesson-answer", args=[learner.key]), {"choice": ["app:1"]})
    assert response.status_code == 302
    assert response["Location"].endswith("#companion")
    assert learner.attempt.is_done("rebuild")


def test_the_course_speaks_french(learner: Learner) -> None:
    learner.browser.cookies["django_language"] = "fr"
    page = learner.browser.get("/lessons/").content.decode()
    assert "Une étiquette est un pointeur" in plain(page)
    assert told(learner.page(), learner.lesson.texts["fr"].steps["rebuild"].body)


# ---------------------------------------------------------------------- speed


def quickest(action: Any, rounds: int = 5) -> float:
    """Milliseconds of the quickest of several rounds."""
    taken = []
    for _round in range(rounds):
        begun = process_time()
        action()
        taken.append(process_time() - begun)
    return min(taken) * 1000


def test_goals_are_looked_at_quickly_on_a_machine_with_200_revisions(visitor: Visitor) -> None:
    learner = Learner(visitor, "toto-and-srv")
    learner.post("answer", choice=["once: Up"])
    learner.post("next")
    attempt = learner.attempt
    for number in range(200):
        services.apply(attempt.workspace, RunLine(f"echo {number} > note"), kind="command", label="echo")
    assert attempt.workspace.head.number > 200
    step = learner.lesson.step("start")
    fresh = learner.attempt

    def look() -> None:
        assert attempts.look_at_goals(fresh, step, attempts.bench_of(fresh))[0]

    assert quickest(look) <= 20


@pytest.mark.parametrize("path", ["/", "/lessons/"])
def test_the_start_page_and_the_map_are_quick(learner: Learner, path: str) -> None:
    assert quickest(lambda: learner.browser.get(path)) <= 50
