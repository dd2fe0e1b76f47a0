"""Lessons played in a real browser as a learner plays them: answer, do, go on, keep the sentence."""

import pytest

from labsite.lessons.lesson import WORKBENCH_KINDS, Step
from labsite.lessons.loader import lessons
from labsite.tests.browser.test_walk import DESKTOP, PHONE, Bench, bench
from labsite.tests.conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

__all__ = ["bench"]

POCKET = {"viewport": PHONE, "has_touch": True}
WIDE = {"viewport": DESKTOP}


def press(bench: Bench, selector: str) -> None:
    """Press a button of the lesson panel and wait for the panel that answers."""
    with bench.page.expect_response(lambda answer: answer.request.method == "POST"):
        bench.page.locator(selector).first.click()
    bench.settle()


def work(bench: Bench, step: Step) -> None:
    """Do what the step asks for, through the page."""
    if step.kind in ("predict", "find"):
        bench.page.locator("form.question input[name=choice]").first.check()
        press(bench, "form.question button.primary")
        assert bench.page.locator("form.question b.verdict").count() == len(step.candidates)
    elif step.kind == "order":
        press(bench, "form.order button.primary")
    elif step.kind in WORKBENCH_KINDS:
        assert bench.page.locator("#go-on").count() == 0, f"{step.id} is done before anything happened"
        for doing in step.solution:
            if doing.run:
                bench.type(doing.run)
            for path, text in doing.edit.items():
                assert path == "Dockerfile" and text is not None
                bench.write(text)
        assert bench.page.locator(".goals li").count() == bench.page.locator(".goals li.met").count()


@pytest.mark.parametrize(
    ("bench", "key"),
    [
        pytest.param(POCKET, "toto-and-srv", id="toto-and-srv, 360 px"),
        pytest.param(
            POCKET | {"locale": "fr-FR"}, "top-layer-vanishes", id="top-layer-vanishes, 360 px, French"
        ),
        pytest.param(WIDE, "image-is-not-container", id="image-is-not-container"),
        pytest.param(WIDE, "two-images-one-base", id="two-images-one-base"),
        pytest.param(WIDE, "three-runs", id="three-runs"),
        pytest.param(WIDE | {"color_scheme": "dark"}, "commit", id="commit, dark"),
        pytest.param(WIDE | {"locale": "fr-FR"}, "tags-are-pointers", id="tags-are-pointers, French"),
    ],
    indirect=["bench"],
)
def test_a_lesson_from_the_map_to_its_sentence(bench: Bench, server: Server, key: str) -> None:
    page = bench.page
    lesson = lessons()[key]
    page.goto(server.address + "/lessons/")
    page.locator(f'form[action$="/{key}/start/"] button').click()
    page.wait_for_selector("#companion")
    for step in lesson.steps:
        work(bench, step)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        press(bench, "#go-on")
    language = page.evaluate("document.documentElement.lang")
    words = lesson.texts[language]
    assert page.locator(".keep").inner_text().split() == words.keep.replace("`", "").split()
    assert bench.axe() == []
    page.goto(server.address + "/lessons/")
    assert page.locator(".slab.done b").all_inner_texts() == [words.title]
