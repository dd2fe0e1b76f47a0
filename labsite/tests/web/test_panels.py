"""Panels are sent when, and only when, they look different from what the page shows."""

from django.test import RequestFactory

from labsite.web.panels import Panel, answer, changed, held


def panel(name: str, key: object, html: str = "x") -> Panel:
    return Panel(name, key, lambda: html)


def test_equal_keys_are_equal_digests_and_order_of_mappings_does_not_matter() -> None:
    assert panel("a", {"x": 1, "y": 2}).digest == panel("a", {"y": 2, "x": 1}).digest
    assert panel("a", [1]).digest != panel("a", [2]).digest


def test_only_different_panels_that_the_page_has_are_changed() -> None:
    same, other, absent = panel("same", 1), panel("other", 2), panel("absent", 3)
    assert changed([same, other, absent], {"same": same.digest, "other": "0000"}) == [other]


def test_an_unchanged_panel_is_never_drawn() -> None:
    def fail() -> str:
        raise AssertionError("drawn")

    still = Panel("still", 1, fail)
    request = RequestFactory().get("/", headers={"Lab-Panels": f"still={still.digest}"})
    assert answer(request, [still]).content == b""


def test_the_answer_replaces_by_id_and_speaks() -> None:
    request = RequestFactory().get("/", headers={"Lab-Panels": "p=old"})
    text = answer(request, [panel("p", 1, "<b>new</b>")], "Done & <said>").content.decode()
    assert 'id="panel-p"' in text and 'hx-swap-oob="outerHTML"' in text and "<b>new</b>" in text
    assert "Done &amp; &lt;said&gt;" in text


def test_a_damaged_header_holds_nothing() -> None:
    assert held(RequestFactory().get("/", headers={"Lab-Panels": ",,=,a,b=1,=x"})) == {"b": "1", "": "x"}
