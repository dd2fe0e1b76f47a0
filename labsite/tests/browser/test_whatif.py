"""Questions about the future in a real browser: by keyboard, on a phone, in both themes."""

from pathlib import Path
from typing import Any

import pytest

from labsite.tests.browser.test_walk import DESKTOP, PHONE, Bench, bench, open_preset
from labsite.tests.conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

__all__ = ["bench"]

WASTEFUL = "FROM busybox\nCOPY . /app\nRUN head -c 200000 /dev/zero > /big\nRUN echo done > /done\n"


def fits(bench: Bench) -> bool:
    """Whether nothing makes the page wider than the window."""
    found: bool = bench.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return found


@pytest.mark.parametrize(
    "bench",
    [
        {"viewport": DESKTOP, "color_scheme": "light"},
        {"viewport": PHONE, "has_touch": True, "color_scheme": "dark", "locale": "fr"},
        {"viewport": PHONE, "color_scheme": "light", "forced_colors": "active"},
    ],
    ids=["desktop", "phone, dark, French", "phone, high contrast"],
    indirect=True,
)
def test_from_the_question_into_the_editor(bench: Bench, server: Server, request: Any) -> None:
    page = bench.page
    page.goto(server.address + "/")
    assert bench.axe() == [] and fits(bench)
    page.locator(".cards form").first.locator("button").click()
    page.wait_for_selector("#transcript", state="attached")
    lab = page.url.partition("?")[0]
    page.goto(lab + "?plain=1")
    page.evaluate(
        """async ([address, text]) => {
            const form = new FormData(document.querySelector("#editor-form"));
            form.set("path", "Dockerfile"); form.set("text", text); form.delete("base");
            await fetch(address + "save/", {method: "POST", body: form});
            form.set("path", "app.py"); form.set("text", "print(1)\\n");
            await fetch(address + "save/", {method: "POST", body: form});
        }""",
        [lab, WASTEFUL],
    )
    page.goto(lab + "whatif/")
    assert bench.axe() == [] and fits(bench)
    page.locator(".rates button").press("Enter")
    page.wait_for_selector("#answer .diff")
    assert bench.axe() == [] and fits(bench)
    page.locator("#answer form button").press("Enter")
    page.wait_for_selector("#source", state="attached")
    text = page.locator("#source").input_value()
    assert text.index("RUN head") < text.index("COPY")


def test_a_lab_leaves_and_comes_back_as_a_file(bench: Bench, server: Server, tmp_path: Path) -> None:
    page = bench.page
    open_preset(bench, server)
    bench.type("echo kept > note.txt")
    page.click(".title > summary")
    with page.expect_download() as download:
        page.click("a[href$='/lab-file/']")
    kept = tmp_path / "lab.layerlab"
    download.value.save_as(kept)
    page.goto(server.address + "/")
    page.set_input_files("#lab-file", kept)
    page.locator("form[action='/lab/import/'] button").click()
    page.wait_for_selector("#transcript", state="attached")
    assert "kept" in bench.type("cat note.txt")
