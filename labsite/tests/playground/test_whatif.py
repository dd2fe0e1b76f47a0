"""Twenty working days, time passing, and two benches side by side."""

import re

import pytest
from django.test import Client

from engine import session
from engine.catalogue.images import CatalogueStore
from engine.content import StackedStore
from labsite.playground import whatif
from labsite.tests.conftest import client_of
from labsite.workspaces import services
from labsite.workspaces.models import Visitor, Workspace

WASTEFUL = """FROM python:3.12-slim
WORKDIR /app
COPY . .
RUN echo installing > /installed
# lists
RUN pip install -r requirements.txt
CMD ["python", "app.py"]
"""
FILES = {"Dockerfile": WASTEFUL, "app.py": "print(1)\n", "requirements.txt": "flask\n"}
RATES = {"app.py": 60.0, "requirements.txt": 4.0, "Dockerfile": 1.0}


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> StackedStore:
    """Blobs in memory, also for the simulation."""
    found = StackedStore(CatalogueStore())
    monkeypatch.setattr(whatif, "shared_store", lambda: found)
    whatif._simulate.cache_clear()
    return found


def outcome_of(store: StackedStore, files: dict[str, str], **rates: float) -> whatif.Outcome:
    machine = session.with_files(session.new_machine(), files, store)
    return whatif.simulate(machine, "Dockerfile", rates)


# ---------------------------------------------------------------------- the simulation


def test_the_classic_order_is_found_and_costs_what_builds_say(store: StackedStore) -> None:
    found = outcome_of(store, FILES, **RATES)
    lines = [line for line in found.text.splitlines() if not line.startswith("#")]
    assert lines.index("COPY requirements.txt ./") < lines.index("RUN pip install -r requirements.txt")
    assert lines.index("RUN pip install -r requirements.txt") < lines.index("COPY . .")
    assert "# lists\nRUN pip" in found.text, "comments travel with their instruction"
    assert found.best.seconds < found.now.seconds / 3
    assert found.best.pushed < found.now.pushed / 3
    source = next(row for row in found.files if row.path == "app.py")
    assert (source.now.steps, source.best.steps) == (3, 1)
    assert source.best.pushed < 1000 < source.now.pushed


def test_an_order_that_changes_the_files_is_not_taken(store: StackedStore) -> None:
    files = {
        "Dockerfile": "FROM busybox\nCOPY a.txt /a.txt\nRUN wc -c < /a.txt > /size\n",
        "a.txt": "text\n",
    }
    found = outcome_of(store, files, **{"a.txt": 60.0})
    assert not found.improved and found.text == files["Dockerfile"]
    assert found.tried == found.rejected > 0
    assert found.best == found.now and found.now.steps == 120


def test_lines_stay_in_their_stage(store: StackedStore) -> None:
    text = (
        "FROM busybox AS tools\nCOPY a.txt /a.txt\nRUN echo tools > /t\n\n"
        "FROM busybox\nCOPY --from=tools /t /t\n"
    )
    found = outcome_of(store, {"Dockerfile": text, "a.txt": "1\n"}, **{"a.txt": 20.0})
    order = whatif.ordering_of(found.text)
    assert whatif.text_of(order) == found.text
    assert [chunk.keyword for chunk in order if chunk.stage == 2] == ["FROM", "COPY"]


def test_what_does_not_build_says_why(store: StackedStore) -> None:
    with pytest.raises(whatif.CannotSimulate, match="exit code: 3"):
        outcome_of(store, {"Dockerfile": "FROM busybox\nRUN exit 3\n"}, Dockerfile=1.0)


def test_what_takes_too_long_is_given_up(store: StackedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whatif, "SECONDS_IN_ALL", -1.0)
    with pytest.raises(whatif.TooSlow):
        outcome_of(store, FILES, **RATES)


def test_what_was_typed_before_changes_nothing(store: StackedStore) -> None:
    plain = session.with_files(session.new_machine(), FILES, store)
    typed = session.execute(plain, session.RunLine("cd /; alias docker=false; set -e"), store).machine
    assert whatif.simulate(typed, "Dockerfile", RATES).now == whatif.simulate(plain, "Dockerfile", RATES).now


# ---------------------------------------------------------------------- the pages


@pytest.mark.django_db
def test_the_answer_goes_into_the_editor(visitor: Visitor) -> None:
    workspace = services.create(visitor, "order", FILES)
    own = client_of(visitor)
    address = f"/lab/{workspace.key}/whatif/"
    page = own.get(address).content.decode()
    assert page.count("<select") == 3 and 'id="answer"' not in page
    asked = {"path": list(RATES), "times": [int(times) for times in RATES.values()]}
    page = own.get(address, asked).content.decode()
    assert "COPY requirements.txt ./" in page and 'id="answer"' in page
    text = re.search(r'<textarea name="text"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    base = re.search(r'name="base" value="(\w+)"', page)
    assert text and base
    unescaped = text[1].replace("&quot;", '"').replace("&#x27;", "'")
    saved = own.post(
        f"/lab/{workspace.key}/save/", {"path": "Dockerfile", "text": unescaped, "base": base[1]}, follow=True
    )
    assert b"COPY requirements.txt ./" in saved.content


@pytest.mark.django_db
def test_odd_rates_are_taken_as_the_usual_ones(own: Client, workspace: Workspace) -> None:
    page = own.get(
        f"/lab/{workspace.key}/whatif/", {"path": ["app.txt", "nope"], "times": ["999999", "\u0661"]}
    )
    assert page.status_code == 200
    assert b'<option value="60" selected>' in page.content


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "fr"])
def test_time_passes_and_the_timeline_says_so(own: Client, workspace: Workspace, language: str) -> None:
    own.cookies["django_language"] = language
    apt = "FROM debian:bookworm-slim\nRUN apt-get update\n"
    own.post(f"/lab/{workspace.key}/save/", {"path": "Dockerfile", "text": apt})
    own.post(f"/lab/{workspace.key}/run/", {"line": "docker build -t apt ."})
    workspace.refresh_from_db()
    before = services.machine_at(workspace.head).now
    page = own.post(f"/lab/{workspace.key}/whatif/clock/", {"leap": "month"}, follow=True)
    workspace.refresh_from_db()
    assert services.machine_at(workspace.head).now - before == 30 * 86_400 * 10**9
    assert workspace.head.kind == "clock"
    assert page.status_code == 200 and b'class="v gone"' in page.content, "the package lists are stale"
    assert own.post(f"/lab/{workspace.key}/whatif/clock/", {"leap": "year"}).status_code == 404
    own.post(f"/lab/{workspace.key}/undo/")
    assert b'class="v hit"' in own.get(f"/lab/{workspace.key}/whatif/").content


@pytest.mark.django_db
def test_two_benches_side_by_side(own: Client, visitor: Visitor, workspace: Workspace) -> None:
    own.post(f"/lab/{workspace.key}/run/", {"line": "docker build -t left ."})
    workspace.refresh_from_db()
    fork = services.fork(visitor, workspace.head, "other <b>way</b>")
    own.post(f"/lab/{fork.key}/run/", {"line": "echo 'RUN echo two > /two' >> Dockerfile"})
    own.post(f"/lab/{fork.key}/run/", {"line": "docker build -t right ."})
    chosen = own.get(f"/lab/{workspace.key}/compare/", {"with": fork.key})
    assert chosen.headers["Location"] == f"/compare/{workspace.key}/{fork.key}/"
    page = own.get(chosen.headers["Location"]).content.decode()
    assert page.count("<svg") == 2 and "other &lt;b&gt;way&lt;/b&gt;" in page
    assert 'class="v new"' in page and "/two" in page
    same = own.get(chosen.headers["Location"], {"left": "left:latest", "right": "left:latest"})
    assert b'class="changed-files"' not in same.content


@pytest.mark.django_db
def test_two_moments_of_one_bench_side_by_side(own: Client, workspace: Workspace) -> None:
    bench = f"/lab/{workspace.key}/"
    own.post(f"{bench}run/", {"line": "docker build -t app ."})
    workspace.refresh_from_db()
    then = workspace.head.number
    own.post(f"{bench}run/", {"line": "echo 'RUN echo two > /two' >> Dockerfile"})
    own.post(f"{bench}run/", {"line": "docker build -t app ."})
    address = f"/compare/{workspace.key}/{workspace.key}/"
    link = f"{address}?left_at={then}"
    assert link in own.get(bench, {"at": then}).content.decode()
    assert link not in own.get(bench).content.decode()
    page = own.get(link).content.decode()
    assert "Two moments side by side" in page and page.count("<svg") == 2
    assert 'class="v new"' in page and "/two" in page
    assert f'name="left_at" value="{then}"' in page and f"{bench}?at={then}" in page
    back = own.get(address, {"right_at": then}).content.decode()
    assert 'class="v gone"' in back
    for at in (then, 10**30, 99):
        assert own.get(address, {"left_at": at, "right_at": at}).status_code == 404


@pytest.mark.django_db
def test_nobody_compares_with_other_peoples_benches(own: Client, workspace: Workspace) -> None:
    stranger = Visitor.objects.create()
    theirs = services.create(stranger, "theirs", FILES)
    for first, second in ((workspace, theirs), (theirs, workspace), (workspace, workspace)):
        assert own.get(f"/compare/{first.key}/{second.key}/").status_code == 404
    assert own.get(f"/lab/{workspace.key}/compare/", {"with": theirs.key}).status_code == 404
    mine = f"/compare/{workspace.key}/{services.fork(workspace.visitor, workspace.head, 'copy').key}/"
    assert own.get(mine).status_code == 200
    for browser in (Client(), client_of(stranger)):
        assert browser.get(mine).status_code == 404
