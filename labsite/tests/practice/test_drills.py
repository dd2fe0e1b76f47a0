"""Drills: made by a seed, answered by the engine, and hiding the answer until one is given."""

import pytest
from django.test import Client

from labsite.lessons.drills import LEVELS, drill_kinds, task_of
from labsite.lessons.loader import lessons

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("kind", drill_kinds())
def test_every_task_has_an_answer(kind: str, level: int) -> None:
    for seed in ("1", "2", "monday-3", "4", "5", "6"):
        task = task_of(kind, seed, level)
        reality, output = task.solve()
        assert "ERROR" not in output and "rror response" not in output, output
        assert len(set(task.candidates)) == len(task.candidates) >= 3
        assert reality.true <= set(task.candidates)
        if task.single:
            assert len(reality.true) == 1, (task, output)


@pytest.mark.parametrize("kind", drill_kinds())
def test_the_same_seed_gives_the_same_task_and_another_seed_another(kind: str) -> None:
    def shown(seed: str, level: int = 2) -> tuple[object, ...]:
        task = task_of(kind, seed, level)
        return (task.given, task.run, task.candidates, task.story)

    assert shown("class") == shown("class")
    assert len({str(shown(str(number))) for number in range(8)}) > 4
    assert shown("class", 1) != shown("class", 3)


def test_some_size_is_not_what_a_naive_reader_expects() -> None:
    """At the highest level a deleted or chmodded file must matter now and then."""
    tasks = [task_of("size", str(seed), 3) for seed in range(10)]
    assert any("rm /file" in text or "chmod" in text for task in tasks for text in task.files.values())


@pytest.mark.parametrize("kind", drill_kinds())
def test_the_answer_is_not_in_the_page_before_one_is_given(kind: str, client: Client) -> None:
    address = f"/practice/{kind}/class-1/2/"
    before = client.get(address).content.decode()
    assert "it is so" not in before and "termbox" not in before and " checked" not in before
    reality, _output = task_of(kind, "class-1", 2).solve()
    good = client.post(address, {"choice": sorted(reality.true)}).content.decode()
    assert "All as you said" in good and f"/practice/{kind}/class-2/2/" in good
    others = [text for text in task_of(kind, "class-1", 2).candidates if text not in reality.true]
    bad = client.post(address, {"choice": others[:1]}).content.decode()
    assert "All as you said" not in bad and "✕" in bad
    assert "termbox" in bad or kind == "diff"


def test_every_kind_leads_back_to_a_lesson() -> None:
    assert {kind.lesson for kind in drill_kinds().values()} <= set(lessons())


def test_seeds_and_levels_that_do_not_exist_are_not_found(client: Client) -> None:
    for address in ("no-such/1/1", "diff/1/0", "diff/1/4", f"diff/{'x' * 41}/1"):
        assert client.get(f"/practice/{address}/").status_code == 404
    nines = client.post(f"/practice/diff/{'9' * 40}/1/", {})
    assert nines.status_code == 200 and b"/practice/diff/1/1/" in nines.content


def test_practice_is_found_from_the_course_and_keeps_the_seed_of_a_class(client: Client) -> None:
    assert b'href="/practice/"' in client.get("/lessons/").content
    page = client.get("/practice/", {"seed": "class-7"}).content
    assert b"/practice/diff/class-7/1/" in page
    assert b"<script" not in client.get("/practice/", {"seed": "<script>"}).content.lower()
    found = client.get("/practice/", {"seed": "a", "kind": "diff", "level": "3"})
    assert found.headers["Location"] == "/practice/diff/a/3/"
