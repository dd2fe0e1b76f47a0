"""Every change is an evaluation and one compare-and-set pointer move."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.http import Http404

from engine import session
from engine.errors import EngineError
from labsite.workspaces import services
from labsite.workspaces.models import Blob, Revision, Visitor, Workspace

pytestmark = pytest.mark.django_db


def run(workspace: Workspace, line: str) -> services.Applied:
    return services.apply(workspace, session.RunLine(line), kind="command", label=line)


def text_of(workspace: Workspace, path: str) -> str | None:
    return services.file_text(services.machine_at(workspace.head), path)


def fresh(workspace: Workspace) -> Workspace:
    return Workspace.objects.select_related("head", "tip", "visitor").get(pk=workspace.pk)


def test_a_new_workspace_has_its_files_and_one_moment(workspace: Workspace) -> None:
    assert text_of(workspace, "app.txt") == "first\n"
    moments, index = services.timeline(workspace)
    assert [moment.kind for moment in moments] == ["start"] and index == 0


def test_a_command_is_a_moment_with_its_output(workspace: Workspace) -> None:
    applied = run(workspace, "echo hello")
    assert applied.entry is not None
    assert applied.entry.line == "echo hello"
    assert applied.entry.prompt.endswith("$ ")
    assert "".join(text for _stream, text in applied.entry.output) == "hello\n"
    again = fresh(workspace)
    assert again.head.pk == applied.revision.pk == again.tip.pk
    moments, index = services.timeline(again)
    assert services.transcript(moments)[-1][1] == applied.entry
    assert index == 1


def test_undo_and_redo_move_a_pointer(workspace: Workspace) -> None:
    run(workspace, "echo two > app.txt")
    services.undo(workspace)
    assert text_of(workspace, "app.txt") == "first\n"
    with pytest.raises(services.CannotMove):
        services.undo(workspace)
    services.redo(workspace)
    assert text_of(workspace, "app.txt") == "two\n"
    with pytest.raises(services.CannotMove):
        services.redo(workspace)


def test_work_after_undo_starts_another_line_and_the_old_one_can_be_reached(workspace: Workspace) -> None:
    run(workspace, "echo two > app.txt")
    old = workspace.head.number
    services.undo(workspace)
    run(workspace, "echo three > app.txt")
    with pytest.raises(services.CannotMove):
        services.redo(workspace)
    services.jump(workspace, old)
    assert text_of(workspace, "app.txt") == "two\n"
    with pytest.raises(Http404):
        services.jump(workspace, 999)


def test_jumping_back_keeps_the_way_forward(workspace: Workspace) -> None:
    run(workspace, "true")
    run(workspace, "echo x > app.txt")
    services.jump(workspace, 1)
    services.redo(workspace)
    services.redo(workspace)
    assert text_of(workspace, "app.txt") == "x\n"


def test_a_fork_shares_every_blob(workspace: Workspace, visitor: Visitor) -> None:
    run(workspace, "echo two > app.txt")
    blobs = Blob.objects.count()
    copy = services.fork(visitor, workspace.head, "copy")
    assert Blob.objects.count() == blobs
    assert copy.origin == workspace.origin
    run(copy, "echo three > app.txt")
    assert text_of(workspace, "app.txt") == "two\n" and text_of(copy, "app.txt") == "three\n"


def test_the_same_work_gives_the_same_blobs(workspace: Workspace, visitor: Visitor) -> None:
    first = services.create(visitor, "one", {"Dockerfile": "FROM busybox\n"})
    second = services.create(visitor, "two", {"Dockerfile": "FROM busybox\n"})
    assert first.head.machine == second.head.machine
    assert run(first, "echo a > b").revision.machine == run(second, "echo a > b").revision.machine


def test_a_lost_race_runs_again_on_the_new_head(workspace: Workspace) -> None:
    stale = fresh(workspace)
    run(workspace, "echo one >> log")
    applied = run(stale, "echo two >> log")
    assert applied.lost_races == 1
    assert text_of(fresh(workspace), "log") == "one\ntwo\n"


def test_a_race_that_is_never_won_says_busy_and_changes_nothing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "_move_head", lambda *_arguments, **_named: False)
    before = Revision.objects.count()
    with pytest.raises(services.Busy):
        run(workspace, "echo x")
    assert Revision.objects.count() == before


def test_a_stale_undo_is_refused(workspace: Workspace) -> None:
    run(workspace, "true")
    stale = fresh(workspace)
    run(workspace, "echo more")
    with pytest.raises(services.Busy):
        services.undo(stale)


def test_saves_of_one_file_are_one_moment(workspace: Workspace) -> None:
    for text in ("a", "ab", "abc"):
        base = services.text_digest(text_of(workspace, "app.txt") or "")
        services.save_file(workspace, "app.txt", text, base)
    moments, _ = services.timeline(fresh(workspace))
    assert [moment.kind for moment in moments] == ["start", "save"]
    assert text_of(fresh(workspace), "app.txt") == "abc"
    workspace = fresh(workspace)
    services.save_file(workspace, "Dockerfile", "FROM alpine\n", None)
    services.save_file(workspace, "app.txt", "again", None)
    assert len(services.timeline(workspace)[0]) == 4


def test_a_named_or_shared_moment_is_never_amended(workspace: Workspace) -> None:
    services.save_file(workspace, "app.txt", "one", None)
    services.share(workspace.head)
    shown = workspace.head.machine
    services.save_file(workspace, "app.txt", "two", None)
    services.name_moment(workspace, workspace.head.number, "here")
    services.save_file(workspace, "app.txt", "three", None)
    assert [m.kind for m in services.timeline(workspace)[0]] == ["start", "save", "save", "save"]
    assert services.shared(Revision.objects.get(number=2).shares.get().key).revision.machine == shown


def test_saving_what_is_there_changes_nothing(workspace: Workspace) -> None:
    assert services.save_file(workspace, "app.txt", "first\n", None) is None
    assert workspace.last_number == 1


def test_saving_over_somebody_elses_text_is_a_conflict(workspace: Workspace) -> None:
    base = services.text_digest("first\n")
    other = fresh(workspace)
    services.save_file(other, "app.txt", "theirs", base)
    with pytest.raises(services.FileConflict) as conflict:
        services.save_file(fresh(workspace), "app.txt", "mine", base)
    assert conflict.value.theirs == "theirs"
    assert text_of(fresh(workspace), "app.txt") == "theirs"
    services.save_file(fresh(workspace), "app.txt", "mine", services.text_digest("theirs"))
    assert text_of(fresh(workspace), "app.txt") == "mine"


def test_a_file_that_cannot_be_written_leaves_everything(workspace: Workspace) -> None:
    with pytest.raises(EngineError):
        services.save_file(workspace, "../escape", "x", None)
    assert workspace.last_number == 1 and fresh(workspace).last_number == 1


def test_numbers_are_unique_even_after_undo(workspace: Workspace) -> None:
    run(workspace, "true")
    services.undo(workspace)
    run(workspace, "false")
    numbers = list(workspace.revisions.values_list("number", flat=True))
    assert sorted(numbers) == [1, 2, 3]


def test_only_the_owner_finds_a_workspace(workspace: Workspace) -> None:
    stranger = Visitor.objects.create()
    with pytest.raises(Http404):
        services.find(stranger, workspace.key)
    with pytest.raises(Http404):
        services.find(None, workspace.key)
    assert services.find(workspace.visitor, workspace.key).pk == workspace.pk


@pytest.mark.django_db(transaction=True)
def test_threads_lose_no_command() -> None:
    """Two tabs typing at once: every command is there in the end, each exactly once."""
    visitor = Visitor.objects.create()
    workspace = services.create(visitor, "race", {"log": ""})
    barrier = Barrier(2)

    def work(name: str) -> None:
        try:
            barrier.wait(10)
            for number in range(3):
                _until_done(lambda number=number: run(fresh(workspace), f"echo {name}{number} >> log"))
        finally:
            connection.close()

    threads = [Thread(target=work, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    lines = (text_of(fresh(workspace), "log") or "").split()
    assert sorted(lines) == ["a0", "a1", "a2", "b0", "b1", "b2"]
    assert [line for line in lines if line[0] == "a"] == ["a0", "a1", "a2"]


def _until_done(action: Callable[[], Any]) -> None:
    for _attempt in range(50):
        try:
            action()
            return
        except services.Busy:
            continue
    raise AssertionError("never got through")
