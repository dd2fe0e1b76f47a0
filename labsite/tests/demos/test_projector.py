"""The projector in a real browser: keys, phones, room for everything at 1280×720, no barriers."""

from typing import Any

import pytest

from labsite.tests.conftest import AXE, Server

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
TIMEOUT_MS = 20_000


def barriers(page: Any) -> list[str]:
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})")
    return [f"{item['id']}: {item['nodes'][0]['html'][:120]}" for item in found["violations"]]


def overflow(page: Any) -> list[int]:
    root = "document.documentElement"
    sizes: list[int] = page.evaluate(f"[{root}.scrollWidth - innerWidth, {root}.scrollHeight - innerHeight]")
    return [size for size in sizes if size > 0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_show_by_keys_with_a_phone_that_votes(server: Server, chromium: Any, scheme: str) -> None:
    room = chromium.new_context(viewport={"width": 1280, "height": 720}, color_scheme=scheme)
    room.set_default_timeout(TIMEOUT_MS)
    page = room.new_page()
    page.goto(f"{server.address}/demos/")
    assert barriers(page) == []
    page.locator('form[action="/demos/7-size/start/"] button').click()
    page.wait_for_selector("#reveal")
    assert overflow(page) == [] and barriers(page) == []

    phone = chromium.new_context(viewport={"width": 360, "height": 640}, color_scheme=scheme).new_page()
    phone.set_default_timeout(TIMEOUT_MS)
    phone.goto(f"{server.address}/vote/")
    phone.fill("#code", page.inner_text(".code"))
    phone.keyboard.press("Enter")
    phone.click("#choice-2")
    phone.wait_for_selector("#choice-2[aria-pressed=true]")
    assert barriers(phone) == [] and overflow(phone) == []
    page.wait_for_selector(".votes:has-text('1 vote')")

    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".bars .true")
    assert "1 · 100 %" in page.inner_text(".bars .true")
    assert overflow(page) == [] and barriers(page) == []
    phone.wait_for_selector(".bars .true")
    page.keyboard.press(" ")
    page.wait_for_selector("text=2/6")
    assert overflow(page) == []
    page.keyboard.press("6")
    page.wait_for_selector("text=6/6")
    assert overflow(page) == []
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector("text=5/6")
    with room.expect_page() as opened:
        page.keyboard.press("n")
    notes = opened.value
    notes.wait_for_selector(".say")
    assert notes.inner_text("h1").startswith("5/6")
    page.keyboard.press("1")
    notes.wait_for_selector("h1:has-text('1/6')")
    assert barriers(notes) == []


def test_practice_on_a_phone_without_scripts(server: Server, chromium: Any) -> None:
    page = chromium.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False).new_page()
    page.set_default_timeout(TIMEOUT_MS)
    page.goto(f"{server.address}/lessons/")
    page.click('a[href="/practice/"]')
    page.click("text=Level 1 >> nth=0")
    page.check(".choice input >> nth=0")
    page.click("text=Say so, and see")
    assert page.locator(".choice .verdict").count() >= 3
    page.click("#next")
    assert page.locator(".choice .verdict").count() == 0
