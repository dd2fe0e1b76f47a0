"""Going through a demo: forward, back, anywhere, away from the script and back to it."""

from collections import Counter
from dataclasses import dataclass

from engine.content import StackedStore
from engine.machine import Machine
from labsite.demos.demo import Demo, Scene, read_demo, shows
from labsite.demos.models import Show, Vote
from labsite.lessons.bench import Bench, actions, do
from labsite.lessons.questions import find_question
from labsite.workspaces import services
from labsite.workspaces.models import Visitor
from labsite.workspaces.store import shared_store

ORIGIN = "demo:"


def begin(visitor: Visitor, demo: Demo, title: str, source: str = "") -> Show:
    """A fresh run of a demo, before its first scene."""

    def prepare(machine: Machine, store: StackedStore) -> Machine:
        return do(Bench(machine, store), demo.start).machine

    workspace = services.create(visitor, title, origin=f"{ORIGIN}{demo.id}", prepare=prepare)
    show = Show.objects.create(
        visitor=visitor, workspace=workspace, demo=demo.id, source=source, reached={"-1": 1}
    )
    go_to(show, demo, 0)
    return show


def demo_of(show: Show) -> Demo | None:
    """The demo a show runs; None when it left the site."""
    return read_demo(show.source) if show.source else shows().get(show.demo)


def go_to(show: Show, demo: Demo, number: int) -> None:
    """Show scene ``number``, coming back to the script from wherever the bench is.

    Scenes on the way that were never run are run now. A scene that asks waits, with its question, for
    ``reveal``; one that was revealed before stays revealed.
    """
    number = max(0, min(number, len(demo.scenes) - 1))
    for earlier in range(number):
        if str(earlier) not in show.reached:
            _play(show, demo, earlier)
    if demo.scenes[number].ask is None and str(number) not in show.reached:
        _play(show, demo, number)
    show.scene = number
    show.revealed = str(number) in show.reached
    services.jump(show.workspace, show.reached[str(number if show.revealed else number - 1)])
    show.save(update_fields=["scene", "revealed", "reached", "answers"])


def reveal(show: Show, demo: Demo) -> None:
    """Do the present scene, and with it answer its question."""
    if not show.revealed:
        _play(show, demo, show.scene)
        go_to(show, demo, show.scene)


def _play(show: Show, demo: Demo, number: int) -> None:
    scene = demo.scenes[number]
    services.jump(show.workspace, show.reached[str(number - 1)])
    if scene.ask is not None:
        before = Bench(services.machine_at(show.workspace.head), StackedStore(shared_store()))
        after = do(before, scene.do)
        reality = find_question(scene.ask.question)(before, after, scene.ask.target, scene.ask.candidates)
        show.answers = {**show.answers, str(number): sorted(reality.true)}
    for doing in scene.do:
        for action in actions(doing):
            label = doing.run or "…"
            kind = "build" if "docker build" in doing.run else "command"
            services.apply(show.workspace, action, kind=kind, label=label)
    show.reached = {**show.reached, str(number): show.workspace.head.number}


@dataclass(frozen=True)
class Bar:
    """One candidate's votes. ``share`` is in percent; ``true`` is known once revealed."""

    candidate: str
    count: int
    share: int
    true: bool


def tally(show: Show, scene: Scene) -> tuple[list[Bar], int]:
    """The votes for the present scene, and how many there are."""
    if scene.ask is None:
        return [], 0
    counts = Counter(Vote.objects.filter(show=show, scene=show.scene).values_list("choice", flat=True))
    total = sum(counts.values())
    true = show.answers.get(str(show.scene), []) if show.revealed else []
    share = {candidate: round(100 * count / total) for candidate, count in counts.items()}
    bars = [
        Bar(candidate, counts[candidate], share.get(candidate, 0), candidate in true)
        for candidate in scene.ask.candidates
    ]
    return bars, total


def vote(show: Show, scene: Scene, phone: str, choice: str) -> bool:
    """Take a phone's vote (its last one counts); False when there is nothing to vote on any more."""
    if scene.ask is None or show.revealed or choice not in scene.ask.candidates:
        return False
    Vote.objects.update_or_create(show=show, scene=show.scene, phone=phone, defaults={"choice": choice})
    return True
