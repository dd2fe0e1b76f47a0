"""Going through a demo: forward, back, anywhere, away from the script and back to it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from engine.content import StackedStore
from engine.errors import EngineError
from engine.machine import Machine
from labsite.demos.demo import BadDemo, Demo, Scene, imported_demo, shows
from labsite.demos.models import Show, Vote
from labsite.lessons.bench import Bench, actions, do
from labsite.lessons.questions import find_question
from labsite.workspaces import services
from labsite.workspaces.models import Visitor
from labsite.workspaces.store import shared_store

ORIGIN = "demo:"
LONGEST_JUMP = 8.0
"""Seconds one request may play scenes that were skipped; the next request goes on from there."""
TURN = timedelta(seconds=40)
MOST_VOTES = 3000
"""Phones that are counted for one question."""


def begin(visitor: Visitor, demo: Demo, title: str, source: str = "") -> Show:
    """A fresh run of a demo, at its first scene. Raises BadDemo when its start cannot be done."""

    def prepare(machine: Machine, store: StackedStore) -> Machine:
        return do(Bench(machine, store), demo.start).machine

    try:
        workspace = services.create(visitor, title, origin=f"{ORIGIN}{demo.id}", prepare=prepare)
    except EngineError as error:
        raise BadDemo(_("Its start cannot be done: %(why)s") % {"why": error}) from error
    show = Show.objects.create(
        visitor=visitor, workspace=workspace, demo=demo.id, source=source, reached={"-1": 1}
    )
    go_to(show, demo, 0)
    return show


def demo_of(show: Show) -> Demo | None:
    """The demo a show runs; None when it left the site."""
    return imported_demo(show.source) if show.source else shows().get(show.demo)


@contextmanager
def turn(show: Show) -> Iterator[bool]:
    """Let one request at a time play: a key pressed twice must not run a scene twice. False: not now."""
    now = timezone.now()
    free = Show.objects.filter(pk=show.pk).filter(Q(busy_until=None) | Q(busy_until__lt=now))
    if not free.update(busy_until=now + TURN):
        yield False
        return
    try:
        show.refresh_from_db(fields=["scene", "revealed", "reached", "answers"])
        show.workspace.refresh_from_db(fields=["head", "tip", "last_number"])
        yield True
    finally:
        Show.objects.filter(pk=show.pk).update(busy_until=None)


def go_to(show: Show, demo: Demo, number: int) -> None:
    """Show scene ``number``, coming back to the script from wherever the bench is.

    Scenes on the way that were never run are run now. A scene that asks waits, with its question, for
    ``reveal``; one that was revealed before stays revealed.
    """
    number = max(0, min(number, len(demo.scenes) - 1))
    end = monotonic() + LONGEST_JUMP
    for earlier in range(number):
        if str(earlier) not in show.reached:
            if monotonic() > end:
                number = earlier
                break
            _play(show, demo, earlier)
    if demo.scenes[number].ask is None and str(number) not in show.reached:
        _play(show, demo, number)
    show.scene = number
    show.revealed = str(number) in show.reached
    services.jump(show.workspace, moment_of(show))
    show.save(update_fields=["scene", "revealed", "reached", "answers"])


def moment_of(show: Show) -> int:
    """Number of the moment the present scene shows: before its commands while its question is open."""
    number: int = show.reached[str(show.scene if show.revealed else show.scene - 1)]
    return number


def reveal(show: Show, demo: Demo) -> None:
    """Do the present scene, and with it answer its question."""
    if not show.revealed:
        _play(show, demo, show.scene)
        go_to(show, demo, show.scene)


def _play(show: Show, demo: Demo, number: int) -> None:
    scene = demo.scenes[number]
    services.jump(show.workspace, show.reached[str(number - 1)])
    if scene.ask is not None:
        show.answers = {**show.answers, str(number): answers_to(scene, show)}
    for doing in scene.do:
        for action in actions(doing):
            label = doing.run or "…"
            kind = "build" if "docker build" in doing.run else "command"
            try:
                services.apply(show.workspace, action, kind=kind, label=label)
            except EngineError:
                break  # an imported file may edit what cannot be edited; the rest of the scene still plays
    show.reached = {**show.reached, str(number): show.workspace.head.number}


def answers_to(scene: Scene, show: Show) -> list[str]:
    """What is true of the scene's candidates once the scene was done from where the show is."""
    before = Bench(services.machine_at(show.workspace.head), StackedStore(shared_store()))
    try:
        return truth(scene, before, do(before, scene.do))
    except EngineError:
        return []


def truth(scene: Scene, before: Bench, after: Bench) -> list[str]:
    """Which candidates are true; none when an imported file asks what has no answer."""
    if scene.ask is None:
        return []
    try:
        ask = find_question(scene.ask.question)
        return sorted(ask(before, after, scene.ask.target, scene.ask.candidates).true)
    except (EngineError, KeyError, TypeError, ValueError, AttributeError):
        return []


@dataclass(frozen=True)
class Bar:
    """One candidate's votes. ``share`` is in percent; ``true`` is known once revealed."""

    candidate: str
    label: str
    count: int
    share: int
    true: bool


def tally(show: Show, scene: Scene, language: str) -> tuple[list[Bar], int]:
    """The votes for the present scene, and how many there are."""
    if scene.ask is None:
        return [], 0
    counts = Counter(Vote.objects.filter(show=show, scene=show.scene).values_list("choice", flat=True))
    total = sum(counts.values())
    true = show.answers.get(str(show.scene), []) if show.revealed else []
    share = {candidate: round(100 * count / total) for candidate, count in counts.items()}
    bars = [
        Bar(
            candidate,
            scene.ask.label(candidate, language),
            counts[candidate],
            share.get(candidate, 0),
            candidate in true,
        )
        for candidate in scene.ask.candidates
    ]
    return bars, total


def vote(show: Show, demo: Demo, number: int, phone: str, choice: str) -> bool:
    """Take a phone's vote on scene ``number`` (its last one counts); False when it is too late for that."""
    ask = demo.scenes[number].ask if 0 <= number < len(demo.scenes) else None
    if ask is None or choice not in ask.candidates:
        return False
    with transaction.atomic():
        if not Show.objects.filter(pk=show.pk, scene=number, revealed=False).exists():
            return False
        cast = Vote.objects.filter(show=show, scene=number)
        if cast.count() >= MOST_VOTES and not cast.filter(phone=phone).exists():
            return False
        Vote.objects.update_or_create(show=show, scene=number, phone=phone, defaults={"choice": choice})
    return True
