"""Names and commands made to break out of labels stay what they are: text."""

import re
import shutil
from xml.etree import ElementTree

import pytest

from labsite.diagrams import PageLinks, api, draw
from labsite.diagrams.markup import LONGEST_NAME, columns, cut, cut_middle, cut_step, escape, plain
from labsite.diagrams.renderer import LongLivedRenderer
from labsite.tests.diagrams.scenes import KINDS, scene_and_focus

HOSTILE = {
    "markup": "<script>alert(1)</script>",
    "dot": '"]; malicious [label="x',
    "label": "</FONT></TD></TR></TABLE>>]; evil [label=<x",
    "escapes": r"\N \G \E \L \n \\ \"",
    "entities": "&lt;b&gt; &#60; &amp;",
    "comment": "<!-- --> /* */ // #",
    "attribute": 'x" onload="alert(1)" y=\'',
    "tokens": 'fill="#152033" url(#x) javascript:alert(1)',
    "direction": "abc\u202egnp.exe \u2066x\u2069 עברית",
    "control": "a\x00b\x1bc\x07\udc80\n\r\td",
    "long": "x" * 10_000,
    "wide": "漢字" * 400,
    "combining": "e" + "\u0301" * 5_000,
}


def elements(svg: str) -> list[str]:
    return [element.tag for element in ElementTree.fromstring(svg).iter()]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_changes_no_structure(kind: str, text: str) -> None:
    scene, focus = scene_and_focus(text, text, text.strip("/") or "x")
    found = draw(kind, scene, focus)
    root = ElementTree.fromstring(found.svg)
    assert not re.search(r"<(script|image|style|foreignObject|use)\b", found.svg, re.IGNORECASE)
    for element in root.iter():
        assert not [name for name in element.attrib if name.lower().startswith("on")]
        assert not element.get("href", "").lower().startswith("javascript")
    boxes = {"text", "tspan", "title"}
    plain_scene, plain_focus = scene_and_focus()
    usual = draw(kind, plain_scene, plain_focus)
    links = [tag for tag in elements(found.svg) if tag.endswith("}a")]
    assert len(links) == len([tag for tag in elements(usual.svg) if tag.endswith("}a")])
    assert {tag.rpartition("}")[2] for tag in elements(found.svg)} <= boxes | {
        tag.rpartition("}")[2] for tag in elements(usual.svg)
    }
    assert len(found.svg) < 3 * len(usual.svg) + 60_000


@pytest.mark.parametrize("text", ["markup", "dot", "label", "escapes", "entities"])
def test_hostile_names_are_shown_literally_by_both_programs(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = HOSTILE[text]
    scene, focus = scene_and_focus(name)
    pictures = [draw("stack", scene, focus).svg]
    if shutil.which("dot"):
        renderer = LongLivedRenderer("dot")
        monkeypatch.setattr(api, "current_renderer", lambda: renderer)
        api.forget()
        pictures.append(draw("stack", scene, focus).svg)
        renderer.close()
    for svg in pictures:
        root = ElementTree.fromstring(svg)
        labels = [title.text or "" for title in root.iter("{http://www.w3.org/2000/svg}title")]
        assert any(label.startswith(f"Image {name}:1, {name}:latest,") for label in labels)
        said = "".join(root.itertext()).replace("\u00a0", " ")
        assert name[:12] in said


def test_a_link_of_a_page_cannot_run_code() -> None:
    class Bad(PageLinks):
        def layer(self, chain_id: str) -> str:
            return "javascript:alert(1)"

    scene, _focus = scene_and_focus()
    assert "javascript" not in draw("stack", scene, links=Bad()).svg


def test_the_whole_text_is_in_the_accessible_name_up_to_a_limit() -> None:
    command = "make " + " ".join(f"target-{number}" for number in range(40))
    scene, _focus = scene_and_focus(command=command)
    svg = draw("stack", scene).svg
    assert f"RUN {command}, 180 MB" in svg
    assert len(command) < LONGEST_NAME


def test_escape_leaves_nothing_that_graphviz_or_xml_would_read() -> None:
    assert escape(r'<b>&"\N') == r"&lt;b&gt;&amp;&quot;\\N"
    assert plain("a\nb\x00\u202ec") == "a b\ufffd\ufffdc"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("width", [5, 24])
def test_cut_text_fits(text: str, width: int) -> None:
    assert columns(cut(text, width)) <= width
    assert len(cut(text, width)) <= 4 * width + 1
    assert columns(cut_middle("/a/b/" + text, width)) <= width + 1
    assert columns(cut_step(f"RUN {text} {text} end", width)) <= width


def test_cut_keeps_what_fits_and_marks_what_does_not() -> None:
    assert cut("short", 5) == "short"
    assert cut("longer!", 6) == "lon…"
    assert cut("漢字漢字", 7) == "漢字…"
    assert cut_step("RUN yum install -y --no-install-recommends git", 27) == "RUN yum install … git"
    assert cut_step("RUN make", 27) == "RUN make"
    assert cut_step("RUN " + "x" * 50, 20).startswith("RUN xxx")
    assert cut_middle("/usr/share/doc/packages/readme.txt", 20).endswith("/readme.txt")
