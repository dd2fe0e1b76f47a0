"""Every kind of diagram: well-formed, themed, linked, named, translated, and told as text too."""

import re
from xml.etree import ElementTree

import pytest
from django.conf import settings

from labsite.diagrams import Focus, Item, NoLinks, Scene, UnknownKind, draw, kinds, render
from labsite.diagrams.api import forget
from labsite.diagrams.tokens import TOKENS
from labsite.tests.diagrams.scenes import KINDS, build, large_inventory, scene_and_focus

SVG = "{http://www.w3.org/2000/svg}"


def texts(items: tuple[Item, ...]) -> str:
    return "\n".join(f"{i.text} {i.detail} {i.mark}\n{texts(i.children)}" for i in items)


def names(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)
    return [link.findtext(f"{SVG}title", "") for link in root.iter(f"{SVG}a")]


def shown(svg: str) -> str:
    root = ElementTree.fromstring(svg)
    return "\n".join("".join(text.itertext()).replace("\u00a0", " ") for text in root.iter(f"{SVG}text"))


def test_all_six_kinds_are_found() -> None:
    assert set(kinds()) == set(KINDS)
    with pytest.raises(UnknownKind):
        draw("pie", Scene(*_nothing()))


def _nothing() -> tuple:
    scene, _focus = scene_and_focus()
    return type(scene.inventory)(), scene.store


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_well_formed_and_only_speaks_in_tokens(kind: str) -> None:
    scene, focus = scene_and_focus()
    found = draw(kind, scene, focus)
    root = ElementTree.fromstring(found.svg)
    assert root.get("aria-label") == found.label == found.outline.label
    assert (root.get("role"), root.get("width")) == ("group", str(found.width))
    for element in root.iter():
        assert element.get("id") is None or element.tag == f"{SVG}pattern"
        for paint in ("fill", "stroke"):
            value = element.get(paint, "none")
            assert value in ("none", "transparent") or value.startswith(("var(--", "url(#hatch-")), value
    links = list(root.iter(f"{SVG}a"))
    assert links and all(names(found.svg))
    assert all(link.get("href", "").startswith("#") for link in links)
    keys = [link.get("data-key") for link in links if link.get("data-key")]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("kind", KINDS)
def test_without_links_a_picture_is_one_image(kind: str) -> None:
    scene, focus = scene_and_focus()
    found = draw(kind, scene, focus, NoLinks())
    assert "<a" not in found.svg and 'role="img"' in found.svg


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_to_show_is_said_in_words(kind: str) -> None:
    found = draw(kind, Scene(*_nothing()))
    assert found.label in shown(found.svg) and found.outline.items == ()


@pytest.mark.parametrize("kind", KINDS)
def test_the_text_tells_what_the_picture_shows(kind: str) -> None:
    scene, focus = scene_and_focus()
    found = draw(kind, scene, focus)
    told = found.label + texts(found.outline.items)
    for fact in re.findall(r"(?:RUN|COPY|FROM|CMD) [a-z]\S+|\d+(?:\.\d+)? MB", " ".join(names(found.svg))):
        assert fact.rstrip(",:") in told, fact


@pytest.mark.parametrize("kind", KINDS)
def test_french_is_another_picture_with_the_same_commands(kind: str) -> None:
    scene, focus = scene_and_focus()
    english, french = draw(kind, scene, focus), draw(kind, scene, focus, locale="fr")
    assert english.label != french.label and english.digest != french.digest
    assert re.findall(r"RUN make\b", shown(english.svg)) == re.findall(r"RUN make\b", shown(french.svg))


def test_every_text_has_its_translation() -> None:
    path = settings.BASE_DIR / "labsite/diagrams/locale/fr/LC_MESSAGES/django.po"
    entries = path.read_text().split("\n\n")[1:]
    for entry in entries:
        assert "fuzzy" not in entry and not re.search(r'msgstr(\[\d\])? ""', entry), entry
    assert path.with_suffix(".mo").stat().st_size > 5000


def test_every_token_is_a_colour_of_the_page() -> None:
    css = (settings.BASE_DIR / "static/css/app.css").read_text()
    assert [name for name in TOKENS if f"--{name}:" not in css] == []


def channel(value: int) -> float:
    share = value / 255
    return share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4


def luminance(colour: str) -> float:
    digits = "".join(digit * 2 for digit in colour[1:]) if len(colour) == 4 else colour[1:]
    red, green, blue = (channel(int(digits[n : n + 2], 16)) for n in (0, 2, 4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TINTS = ("panel", "base", "shared", "own", "rw", "hit", "miss", "new", "gone", "ghost", "look", "track")
PAIRS = [
    *((text, tint) for text in ("ink", "ink2") for tint in TINTS if (text, tint) != ("ink2", "miss")),
    *((f"{tint}e", tint) for tint in ("base", "shared", "own", "rw", "hit", "miss", "new", "gone")),
    ("ink", "hatch"),
    ("gonee", "hatch"),
    ("gonee", "track"),
    ("newe", "rw"),
    ("misse", "rw"),
    ("gonee", "rw"),
    ("hite", "panel"),
]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_on_its_tint_can_be_read_in_both_themes(theme: int) -> None:
    css = (settings.BASE_DIR / "static/css/app.css").read_text()
    colours = {
        name: (light, dark)[theme]
        for name, light, dark in re.findall(r"--(\w+): light-dark\((#\w+), (#\w+)\)", css)
    }
    weak = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in PAIRS}
    assert {pair: round(value, 2) for pair, value in weak.items() if value < 4.5} == {}


# ---------------------------------------------------------------- what the pictures say


def test_shared_layers_stand_once_and_containers_on_their_image() -> None:
    scene, _focus = scene_and_focus()
    found = draw("stack", scene)
    said = names(found.svg)
    assert sum(name.startswith("Layer 2 of 3, RUN make, 180 MB, in 2 images") for name in said) == 1
    assert any(name == "Container tools, read-write layer, 3 B: D /srv, A /toto" for name in said)
    assert "0 B · not a layer" in shown(found.svg)


def test_the_next_build_stands_beside_the_stack() -> None:
    scene, _focus = scene_and_focus()
    found = draw("stack", scene, Focus(build=build()))
    assert "next build" in shown(found.svg) and "runs: command text changed" in shown(found.svg)
    assert any(item.text == "next build" for item in found.outline.items)


def test_long_runs_fold_into_one_line_that_opens() -> None:
    scene, _focus = scene_and_focus()
    inventory = large_inventory(scene.store, 1, 14, 0)
    found = draw("stack", Scene(inventory, scene.store))
    assert "11 more layers" in shown(found.svg)
    (link,) = re.findall(r'href="#unfold-([0-9a-f]+)"', found.svg)
    opened = draw("stack", Scene(inventory, scene.store), Focus(unfolded=frozenset({link})))
    assert "more layers" not in shown(opened.svg)
    assert len(names(opened.svg)) > len(names(found.svg)) + 9


def test_sharing_says_what_push_and_rmi_would_do() -> None:
    scene, _focus = scene_and_focus()
    said = texts(draw("sharing", scene).outline.items)
    assert "push sends 0 B · in use: rmi is refused" in said
    assert "push sends 5 B · rmi frees 5 B" in said
    assert "445 MB stored" not in said and "440 MB" in draw("sharing", scene).label


def test_overlay_peels_layers_off() -> None:
    scene, focus = scene_and_focus()
    whole = shown(draw("overlay", scene, focus).svg)
    assert "+ A  written here" in whole and ".wh.srv stops the look-up" in whole
    assert "200 MB, still stored" in whole
    peeled = Focus(paths=focus.paths, top=focus.top, peeled=1)
    assert "written here" not in shown(draw("overlay", scene, peeled).svg)


def test_build_graph_shows_verdicts_skipped_stages_and_what_stays_behind() -> None:
    scene, focus = scene_and_focus()
    found = draw("buildgraph", scene, focus)
    said = shown(found.svg)
    assert "skipped: tools-final does not need it" in said and "tools-build stays behind" in said
    assert "stroke-dasharray" in found.svg and "COPY --from" in said
    assert any("depends on line 6" in name for name in names(found.svg))


def test_hub_says_what_a_pull_would_fetch() -> None:
    scene, _focus = scene_and_focus()
    assert "a pull fetches nothing" in shown(draw("hub", scene).svg)
    bare = Scene(type(scene.inventory)(), scene.store, scene.hub)
    assert "a pull fetches 440 MB" in shown(draw("hub", bare).svg)
    assert draw("hub", scene, Focus(repository="me/other")).outline.items == ()


def test_a_machine_is_drawn_once() -> None:
    from engine.content import MemoryStore
    from engine.session import new_machine

    forget()
    machine, store = new_machine("test"), MemoryStore()
    first = render("stack", machine, store)
    assert render("stack", machine, store) is first
    assert render("stack", machine, store, locale="fr") is not first
