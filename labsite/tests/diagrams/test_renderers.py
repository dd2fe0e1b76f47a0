"""The two ways of drawing, what goes wrong with them, and how long they may take."""

import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.analysis import Inventory
from engine.content import MemoryStore
from labsite.diagrams import Scene, api, draw
from labsite.diagrams.renderer import (
    LARGEST_DOT,
    LongLivedRenderer,
    OneShotRenderer,
    RenderingFailed,
    bundled_program,
)
from labsite.diagrams.svg import NotADrawing, finish
from labsite.tests.diagrams.scenes import KINDS, large_inventory, scene_and_focus

needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed here")


@pytest.fixture
def long_lived() -> Iterator[LongLivedRenderer]:
    renderer = LongLivedRenderer("dot", timeout=3)
    yield renderer
    renderer.close()


def program(folder: Path, script: str) -> str:
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@needs_dot
@pytest.mark.parametrize("kind", KINDS)
def test_system_dot_draws_every_kind(
    kind: str, long_lived: LongLivedRenderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "current_renderer", lambda: long_lived)
    scene, focus = scene_and_focus()
    assert draw(kind, scene, focus).svg.startswith("<svg")


@needs_dot
def test_one_process_draws_one_picture_after_another(long_lived: LongLivedRenderer) -> None:
    first = long_lived.svg("digraph { one }")
    process = long_lived._process
    second = long_lived.svg("digraph { two -> three }")
    assert ">one<" in first and ">three<" in second and ">one<" not in second
    assert long_lived._process is process is not None
    long_lived.lifetime = 3
    long_lived.svg("digraph { four }")
    assert long_lived._process is None
    assert "five" in long_lived.svg("digraph { five }")


@needs_dot
def test_a_graph_that_never_ends_costs_one_timeout_and_nothing_else() -> None:
    renderer = LongLivedRenderer("dot", timeout=0.3)
    with pytest.raises(RenderingFailed):
        renderer.svg("digraph { unfinished")
    assert "fine" in renderer.svg("digraph { fine }")
    renderer.close()


def test_a_program_that_hangs_is_killed(tmp_path: Path) -> None:
    hanging = program(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 30")
    for renderer in (OneShotRenderer(hanging, "x", timeout=0.3), LongLivedRenderer(hanging, timeout=0.3)):
        started = time.monotonic()
        with pytest.raises(RenderingFailed, match="longer than"):
            renderer.svg("digraph {}")
        assert time.monotonic() - started < 3
        pid = int((tmp_path / "pid").read_text())
        assert not alive(pid)


def test_a_program_that_ends_or_is_missing_is_an_error(tmp_path: Path) -> None:
    ending = program(tmp_path, "exit 1")
    for renderer in (
        OneShotRenderer(ending, "x"),
        LongLivedRenderer(ending),
        OneShotRenderer(str(tmp_path / "nothing"), "x"),
        LongLivedRenderer(str(tmp_path / "nothing")),
    ):
        with pytest.raises(RenderingFailed):
            renderer.svg("digraph {}")


def test_a_graph_that_is_too_large_is_not_tried() -> None:
    with pytest.raises(RenderingFailed, match="too large"):
        OneShotRenderer(bundled_program(), "x").svg("x" * (LARGEST_DOT + 1))


def test_without_a_picture_the_text_still_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        name = "broken"

        def svg(self, dot: str) -> str:
            raise RenderingFailed("no")

    monkeypatch.setattr(api, "current_renderer", Broken)
    scene, focus = scene_and_focus()
    found = draw("stack", scene, focus)
    assert found.svg == "" and found.outline.items


def test_the_same_picture_is_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []

    class Counting(OneShotRenderer):
        def svg(self, dot: str) -> str:
            drawn.append(dot)
            return super().svg(dot)

    monkeypatch.setattr(api, "current_renderer", lambda: counting)
    counting = Counting(bundled_program(), "counting")
    api.forget()
    for _ in range(3):
        scene, focus = scene_and_focus()
        draw("overlay", scene, focus)
    assert len(drawn) == 1


@pytest.mark.parametrize("raw", ["", "<html>", "<svg onload=x>"])
def test_what_is_no_picture_is_refused(raw: str) -> None:
    with pytest.raises(NotADrawing):
        finish(raw, "label", "0")


def test_only_what_a_diagram_needs_passes() -> None:
    raw = (
        '<svg width="9pt" height="9pt" viewBox="0 0 9 9">'
        '<a xlink:href="javascript:alert(1)" onclick="x"><text style="x" onload="y">in</text></a>'
        '<script>bad()</script><image href="http://x.example/"/><foreignObject><b>b</b></foreignObject>'
        '<style>*{}</style><use href="#x"/><text fill="#152033">#152033</text></svg>'
    )
    svg = finish(raw, 'a "label" <b>', "0").svg
    for word in ("javascript", "onclick", "onload", "style", "script", "image", "use", "foreign", "bad()"):
        assert word not in svg
    assert 'fill="var(--ink,#152033)">#152033<' in svg
    assert 'aria-label="a &quot;label&quot;' in svg


def is_fast(action: Callable[[], object], wanted: float, tries: int = 40) -> bool:
    """Whether a call takes at most ``wanted`` milliseconds of a machine with nothing else to do.

    The fastest of some calls counts; on a busy machine each gets only its share of the processors.
    """
    busy = os.getloadavg()[0] / (os.cpu_count() or 1)
    allowed = wanted * max(1.0, 2 * busy)
    for _ in range(tries):
        started = time.perf_counter()
        action()
        if (time.perf_counter() - started) * 1000 <= allowed:
            return True
    return False


def uncached(inventory: Inventory, store: MemoryStore) -> None:
    api.forget()
    assert draw("stack", Scene(inventory, store)).svg


def test_figures_of_the_bundled_program() -> None:
    store = MemoryStore()
    small, large = large_inventory(store, 3, 10, 4), large_inventory(store, 20, 30, 10)
    assert is_fast(lambda: uncached(small, store), 40)
    assert is_fast(lambda: uncached(large, store), 150)
    found = draw("stack", Scene(large, store))
    assert "18 more layers" in found.svg and found.svg.count("<a ") < 150


@needs_dot
def test_figures_of_the_long_lived_dot(
    long_lived: LongLivedRenderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "current_renderer", lambda: long_lived)
    store = MemoryStore()
    small = large_inventory(store, 3, 10, 4)
    assert is_fast(lambda: uncached(small, store), 10, tries=150)


def test_figures_of_the_cache() -> None:
    from engine.session import new_machine

    machine, store = new_machine("test"), MemoryStore()
    api.render("stack", machine, store)
    assert is_fast(lambda: api.render("stack", machine, store), 1)


def test_a_name_is_escaped_as_text_however_its_attribute_was_written() -> None:
    raw = (
        '<svg width="9pt" height="9pt" viewBox="0 0 9 9">'
        '<a xlink:href="#x" xlink:title="&lt;img src=x onerror=alert(1)&gt; &amp;lt;"><text>t</text></a>'
        "</svg>"
    )
    assert "<title>&lt;img src=x onerror=alert(1)&gt; &amp;lt;</title>" in finish(raw, "x", "0").svg
