"""What can be done with workspaces. Each function is one pointer move, or one evaluation and a pointer move.

Order of every change: evaluate, store the new blobs, then compare-and-set ``Workspace.head`` in one short
transaction. A process that dies before the last step leaves blobs nobody points to; after it, everything
the new revision names is there.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.http import Http404

from engine import session
from engine.content import StackedStore, canonical_json, sha256_digest
from engine.machine import Machine
from labsite.workspaces.models import Revision, Share, Visitor, Workspace
from labsite.workspaces.store import DatabaseStore, shared_store

ATTEMPTS = 6
"""How often an evaluation is repeated on a newer head before the visitor is asked to try again."""
LONGEST_LINE = 1000
"""How many moments of a workspace are looked at; older ones stay stored and reachable by their number."""
KEPT_MACHINES = 256


class Busy(Exception):
    """Other tabs or people kept changing the workspace; nothing was done."""


class FileConflict(Exception):
    """A file was saved over a text its editor never saw; ``theirs`` stands there now (None = gone)."""

    def __init__(self, path: str, theirs: str | None) -> None:
        self.path = path
        self.theirs = theirs
        super().__init__(path)


class CannotMove(Exception):
    """There is no moment in that direction, or no such moment."""


# ---------------------------------------------------------------------- machines


class _Machines:
    """Machines read last; they are immutable, so sharing them between requests is safe."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._machines: OrderedDict[str, Machine] = OrderedDict()
        self._lock = Lock()

    def get(self, digest: str) -> Machine | None:
        with self._lock:
            machine = self._machines.get(digest)
            if machine is not None:
                self._machines.move_to_end(digest)
            return machine

    def keep(self, digest: str, machine: Machine) -> None:
        with self._lock:
            self._machines[digest] = machine
            while len(self._machines) > self._most:
                self._machines.popitem(last=False)


_machines = _Machines(KEPT_MACHINES)


def load_machine(digest: str) -> Machine:
    """The machine stored under ``digest``."""
    machine = _machines.get(digest)
    if machine is None:
        store = shared_store()
        store.fetch(json.loads(store.get(digest)).values())
        machine = Machine.load(store, digest)
        _machines.keep(digest, machine)
    return machine


def machine_at(revision: Revision) -> Machine:
    """The machine as it was at ``revision``."""
    return load_machine(revision.machine)


# ---------------------------------------------------------------------- transcript entries


@dataclass(frozen=True, slots=True)
class Entry:
    """What one revision shows in the terminal and tells lessons."""

    prompt: str = ""
    """What stood before the typed line."""
    line: str = ""
    output: tuple[tuple[str, str], ...] = ()
    """(``stdout`` or ``stderr``, text)."""
    exit_code: int = 0
    waiting: bool = False
    """Whether the program went on to ask for more input."""
    answer: bool = False
    """Whether ``line`` answered a program's question rather than a prompt."""
    events: tuple[Mapping[str, Any], ...] = ()
    """``Event.to_json`` of what happened."""

    def encode(self) -> bytes:
        """The entry as a blob."""
        return canonical_json(
            {
                "prompt": self.prompt,
                "line": self.line,
                "output": [list(piece) for piece in self.output],
                "exit_code": self.exit_code,
                "waiting": self.waiting,
                "answer": self.answer,
                "events": [dict(event) for event in self.events],
            }
        )

    @classmethod
    def decode(cls, data: bytes) -> "Entry":
        """The entry ``encode`` wrote."""
        value = json.loads(data)
        value["output"] = tuple((stream, text) for stream, text in value["output"])
        value["events"] = tuple(value["events"])
        return cls(**value)


# ---------------------------------------------------------------------- find


def find(visitor: Visitor | None, key: str) -> Workspace:
    """The visitor's own workspace; anybody else's does not exist for them (Http404)."""
    if visitor is None:
        raise Http404
    try:
        return Workspace.objects.select_related("head", "tip", "visitor").get(key=key, visitor=visitor)
    except Workspace.DoesNotExist:
        raise Http404 from None


def latest(visitor: Visitor | None) -> Workspace | None:
    """The workspace the visitor changed last."""
    if visitor is None:
        return None
    return visitor.workspaces.filter(head__isnull=False).order_by("-changed_at").first()


def revision_numbered(workspace: Workspace, number: int) -> Revision:
    """A moment by its number; raises Http404."""
    found = workspace.revisions.filter(number=number).first()
    if found is None:
        raise Http404
    return found


def shared(key: str) -> Share:
    """A share by its key; raises Http404."""
    share = Share.objects.select_related("revision__workspace").filter(key=key).first()
    if share is None:
        raise Http404
    return share


# ---------------------------------------------------------------------- create, fork, share


def create(
    visitor: Visitor,
    title: str,
    files: Mapping[str, str] | None = None,
    *,
    origin: str = "",
    prepare: Callable[[Machine, StackedStore], Machine] | None = None,
) -> Workspace:
    """A new workspace whose machine has ``files`` in its project; ``prepare`` may do more to it."""
    store = shared_store()
    stack = StackedStore(store)
    machine = session.new_machine(seed="lab")
    machine = session.with_files(machine, files or {}, stack)
    if prepare is not None:
        machine = prepare(machine, stack)
    digest = _store_machine(machine, stack, store)
    return _start(visitor, title, digest, None, origin)


def fork(visitor: Visitor, revision: Revision, title: str) -> Workspace:
    """A new workspace of ``visitor`` that starts where ``revision`` is; nothing is copied but a pointer."""
    return _start(visitor, title, revision.machine, revision, revision.workspace.origin)


def share(revision: Revision) -> Share:
    """A read-only link to a moment; the same moment keeps its link."""
    found = revision.shares.first()
    return found or Share.objects.create(revision=revision)


def rename(workspace: Workspace, title: str) -> None:
    """Give the workspace another title (empty = unchanged)."""
    if title.strip():
        Workspace.objects.filter(pk=workspace.pk).update(title=title.strip()[:80])


def _start(
    visitor: Visitor, title: str, machine: str, forked_from: Revision | None, origin: str
) -> Workspace:
    with transaction.atomic():
        workspace = Workspace.objects.create(
            visitor=visitor, title=title[:80], origin=origin[:80], forked_from=forked_from, last_number=1
        )
        revision = Revision.objects.create(
            workspace=workspace, number=1, kind="start", label=title[:200], machine=machine
        )
        workspace.head = workspace.tip = revision
        workspace.save(update_fields=["head", "tip"])
    return workspace


def _store_machine(machine: Machine, stack: StackedStore, store: DatabaseStore) -> str:
    digest = machine.save(stack)
    store.flush(stack.new_blobs)
    _machines.keep(digest, machine)
    return digest


# ---------------------------------------------------------------------- apply


@dataclass(frozen=True, slots=True)
class Applied:
    """What an action did to a workspace."""

    revision: Revision
    step: session.Step
    entry: Entry | None
    lost_races: int = 0
    """How often another change came first and the action ran again on its result."""


def apply(
    workspace: Workspace,
    action: session.Action,
    *,
    kind: str,
    label: str,
    amend: bool = False,
    check: Callable[[Machine, StackedStore], None] | None = None,
) -> Applied:
    """Do ``action`` on the workspace's head and move the head to the result.

    A lost race runs the action again on the new head. ``amend`` lets the new revision take the place of the
    head if that is of the same kind and label (consecutive saves of one file are one moment). ``check`` may
    look at the head's machine and raise. Raises EngineError for file actions that cannot be done, and Busy.
    """
    for attempt in range(ATTEMPTS):
        head = workspace.head
        before = machine_at(head)
        store = shared_store()
        stack = StackedStore(store)
        if check is not None:
            check(before, stack)
        step = session.execute(before, action, stack)
        entry = entry_of(before, action, step)
        encoded = entry.encode() if entry else b""
        entry_digest = stack.put(encoded) if entry else ""
        machine = _store_machine(step.machine, stack, store)
        replaces = amend and _can_amend(workspace, head, kind, label)
        revision = Revision(
            workspace=workspace,
            parent_id=head.parent_id if replaces else head.pk,
            number=head.number if replaces else workspace.last_number + 1,
            kind=kind,
            label=label[:200],
            machine=machine,
            entry=entry_digest,
        )
        if _move_head(workspace, head, revision, replaces=replaces):
            return Applied(revision, step, entry, attempt)
        workspace.refresh_from_db(fields=["head", "tip", "last_number"])
    raise Busy


def _can_amend(workspace: Workspace, head: Revision, kind: str, label: str) -> bool:
    return (
        head.kind == kind
        and head.label == label[:200]
        and not head.name
        and workspace.tip_id == head.pk
        and not head.shares.exists()
        and not head.forks.exists()
    )


def _move_head(workspace: Workspace, head: Revision, revision: Revision, *, replaces: bool) -> bool:
    """Compare-and-set: make ``revision`` the head if ``head`` still is. False when somebody was faster."""
    here = Workspace.objects.filter(pk=workspace.pk, head_id=head.pk)
    try:
        with transaction.atomic():
            if replaces:
                revision.pk = head.pk
                unchanged = Revision.objects.filter(pk=head.pk, machine=head.machine)
                if not here.update(changed_at=Now()) or not unchanged.update(
                    machine=revision.machine, entry=revision.entry
                ):
                    raise _Lost
            else:
                revision.save(force_insert=True)
                if not here.filter(last_number=workspace.last_number).update(
                    head=revision, tip=revision, last_number=F("last_number") + 1, changed_at=Now()
                ):
                    raise _Lost
    except (_Lost, IntegrityError):
        return False
    workspace.head = workspace.tip = revision
    workspace.last_number = max(workspace.last_number, revision.number)
    return True


class _Lost(Exception):
    """Rolls the transaction back when the head had moved."""


def entry_of(before: Machine, action: session.Action, step: session.Step) -> Entry | None:
    """The transcript entry of a terminal action; other actions leave none, but keep their events."""
    output = tuple((piece.stream, piece.text) for piece in step.output)
    events = tuple(event.to_json() for event in step.events)
    if isinstance(action, session.RunLine):
        at_host = action.at_host and len(before.terminal) > 1
        shown = (
            session.prompt(replace(before, terminal=before.terminal[:1], pending=None))
            if at_host
            else session.prompt(before)
        )
        answer = before.pending is not None and not action.at_host
        return Entry(shown, action.text, output, step.exit_code, step.waiting, answer, events)
    if isinstance(action, session.Interrupt | session.EndOfInput):
        return Entry(
            session.prompt(before),
            "",
            output,
            step.exit_code,
            step.waiting,
            before.pending is not None,
            events,
        )
    return Entry(events=events) if events else None


# ---------------------------------------------------------------------- move through time


@dataclass(frozen=True, slots=True)
class Moment:
    """One point of the timeline."""

    pk: int
    number: int
    kind: str
    label: str
    name: str
    machine: str
    entry: str


_LINE_SQL = """
WITH RECURSIVE line(id, number, kind, label, name, machine, entry, parent_id, depth) AS (
    SELECT id, number, kind, label, name, machine, entry, parent_id, 0 FROM workspaces_revision WHERE id = %s
    UNION ALL
    SELECT r.id, r.number, r.kind, r.label, r.name, r.machine, r.entry, r.parent_id, line.depth + 1
    FROM workspaces_revision r JOIN line ON r.id = line.parent_id WHERE line.depth < %s
)
SELECT id, number, kind, label, name, machine, entry FROM line ORDER BY depth DESC
"""


def line_to(revision_pk: int) -> list[Moment]:
    """The moments from the start (or the last LONGEST_LINE of them) to a revision, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_LINE_SQL, [revision_pk, LONGEST_LINE])
        return [Moment(*row) for row in cursor.fetchall()]


def timeline(workspace: Workspace) -> tuple[list[Moment], int]:
    """All moments of the present line, and the index of the head among them."""
    moments = line_to(workspace.tip_id)
    for index, moment in enumerate(moments):
        if moment.pk == workspace.head_id:
            return moments, index
    moments = line_to(workspace.head_id)
    return moments, len(moments) - 1


def transcript(moments: Iterable[Moment]) -> list[tuple[Moment, Entry]]:
    """The terminal entries of ``moments``."""
    wanted = [moment for moment in moments if moment.entry]
    blobs = shared_store().fetch(moment.entry for moment in wanted)
    return [(moment, Entry.decode(blobs[moment.entry])) for moment in wanted]


def undo(workspace: Workspace) -> None:
    """Go back one moment; raises CannotMove at the start."""
    if workspace.head.parent_id is None:
        raise CannotMove
    _point(workspace, workspace.head.parent_id)


def redo(workspace: Workspace) -> None:
    """Go forward one moment on the present line; raises CannotMove at its end."""
    moments, index = timeline(workspace)
    if index + 1 >= len(moments):
        raise CannotMove
    _point(workspace, moments[index + 1].pk)


def jump(workspace: Workspace, number: int) -> None:
    """Make any moment of the workspace the head; raises Http404."""
    target = revision_numbered(workspace, number)
    moments, _ = timeline(workspace)
    on_line = any(moment.pk == target.pk for moment in moments)
    _point(workspace, target.pk, tip=None if on_line else target.pk)


def name_moment(workspace: Workspace, number: int, name: str) -> None:
    """Name a moment (empty takes the name away); raises Http404."""
    target = revision_numbered(workspace, number)
    Revision.objects.filter(pk=target.pk).update(name=" ".join(name.split())[:80])
    workspace.refresh_from_db(fields=["head", "tip"])


def _point(workspace: Workspace, head: int, tip: int | None = None) -> None:
    changes = {"head_id": head} if tip is None else {"head_id": head, "tip_id": tip}
    if not Workspace.objects.filter(pk=workspace.pk, head_id=workspace.head_id).update(**changes):
        workspace.refresh_from_db(fields=["head", "tip", "last_number"])
        raise Busy
    workspace.refresh_from_db(fields=["head", "tip", "last_number"])


# ---------------------------------------------------------------------- files


def text_digest(text: str) -> str:
    """Names a text an editor has loaded, so that a save can say what it is based on."""
    return sha256_digest(text.encode("utf-8", "replace")).removeprefix("sha256:")[:16]


def save_file(workspace: Workspace, path: str, text: str, base: str | None) -> Applied | None:
    """Save a text file. None when it already says that. Raises FileConflict when ``base`` (the digest of the
    text the editor started from, None = do not ask) is not what stands there, BadPath, FsError and Busy."""
    current = file_text(machine_at(workspace.head), path)
    if current == text:
        return None

    def check(machine: Machine, stack: StackedStore) -> None:
        theirs = file_text(machine, path)
        if base is not None and theirs != text and base != text_digest(theirs or ""):
            raise FileConflict(path, theirs)

    return apply(
        workspace,
        session.SaveFile(path, text),
        kind="save",
        label=path,
        amend=True,
        check=check,
    )


def file_text(machine: Machine, path: str) -> str | None:
    """A project file's text; None when there is none or it is no text."""
    for file in session.project_files(machine, shared_store()):
        if file.path == path:
            return file.text
    return None
