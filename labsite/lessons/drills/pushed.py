"""How many bytes are pushed?"""

from random import Random

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engine.events import LayerPushed
from labsite.lessons.bench import Bench
from labsite.lessons.drills import Task, drill, numbers_around
from labsite.lessons.lesson import Doing
from labsite.lessons.questions import Reality

KB = 1000


@drill(
    "pushed",
    title=gettext_lazy("How much is pushed?"),
    summary=gettext_lazy("An image is on the hub, a line changes: say how many kilobytes travel."),
    lesson="push-only-new",
)
def pushed(die: Random, level: int) -> Task:
    """An image with layers of known sizes, pushed; then one of its steps changes and it is pushed again."""
    sizes = die.sample(range(50, 950, 50), level + 2)
    steps = [f"RUN head -c {size * KB} /dev/zero > /part{n}" for n, size in enumerate(sizes, 1)]
    changed = die.randrange(len(steps))
    if level > 1 and die.random() < 0.4:
        after = [*steps, "ENV MODE=fast"]
        story = _("A line is added at the end of the Dockerfile: %(line)s.") % {"line": "ENV MODE=fast"}
        truth = 0
    else:
        after = list(steps)
        after[changed] += "er"
        story = _("In the Dockerfile /part%(n)d becomes /part%(n)der.") % {"n": changed + 1}
        truth = sum(sizes[changed:])
    likely = [truth, sum(sizes), sizes[changed], sum(sizes[: changed + 1]), 0]
    given = (
        Doing(edit={"Dockerfile": _dockerfile(steps)}),
        Doing(run="docker build -t ada/drill:1 ."),
        Doing(run="echo secret | docker login -u ada --password-stdin"),
        Doing(run="docker push ada/drill:1"),
    )
    run = (
        Doing(edit={"Dockerfile": _dockerfile(after)}),
        Doing(run="docker build -t ada/drill:2 ."),
        Doing(run="docker push ada/drill:2"),
    )
    return Task(
        given=given,
        run=run,
        story=story,
        question=_("ada/drill:1 is on the hub. How many kilobytes does the push of ada/drill:2 send?"),
        candidates=numbers_around(die, likely, 5),
        find_out=_sent,
        single=True,
    )


def _dockerfile(steps: list[str]) -> str:
    return "\n".join(["FROM busybox", *steps]) + "\n"


def _sent(_before: Bench, after: Bench, candidates: tuple[str, ...]) -> Reality:
    layers = [event for event in after.events if isinstance(event, LayerPushed)]
    total = sum(layer.size for layer in layers if layer.outcome == "Pushed") / KB
    return Reality(frozenset({min(candidates, key=lambda text: abs(float(text) - total))}))
