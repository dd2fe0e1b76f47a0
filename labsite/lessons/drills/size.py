"""How big do the layers get?"""

from random import Random

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labsite.lessons.bench import Bench
from labsite.lessons.drills import Task, drill, numbers_around
from labsite.lessons.lesson import Doing
from labsite.lessons.questions import Reality

KB = 1000


@drill(
    "size",
    title=gettext_lazy("How big does the image get?"),
    summary=gettext_lazy("Steps write, delete and change files: say how many kilobytes their layers store."),
    lesson="rm-later-saves-nothing",
)
def size(die: Random, level: int) -> Task:
    """Files are written, then deleted, moved or chmodded, in the same step or a later one."""
    sizes = die.sample(range(100, 900, 100), level)
    steps: list[str] = []
    true = naive = 0
    for number, kilobytes in enumerate(sizes, 1):
        path = f"/file{number}"
        write = f"head -c {kilobytes * KB} /dev/zero > {path}"
        fate = die.choice(("keep", "rm later", "rm now", "chmod later", "empty later")[: level + 2])
        true += 0 if fate == "rm now" else kilobytes * (2 if fate == "chmod later" else 1)
        naive += 0 if fate in ("rm now", "rm later", "empty later") else kilobytes
        steps.append(f"RUN {write} && rm {path}" if fate == "rm now" else f"RUN {write}")
        later = {"rm later": f"RUN rm {path}", "chmod later": f"RUN chmod 700 {path}"}
        if fate == "empty later":
            steps.append(f"RUN : > {path}")
        elif fate in later:
            steps.append(later[fate])
    dockerfile = "\n".join(["FROM busybox", *steps]) + "\n"
    likely = [true, naive, sum(sizes), 2 * sum(sizes), 0]
    return Task(
        given=(Doing(edit={"Dockerfile": dockerfile}),),
        run=(Doing(run="docker build -t drill ."),),
        story=_("1 kB is 1,000 bytes."),
        question=_("How many kilobytes do the layers on top of busybox store?"),
        candidates=numbers_around(die, likely, 5),
        find_out=_size,
        single=True,
    )


def _size(_before: Bench, after: Bench, candidates: tuple[str, ...]) -> Reality:
    built = after.image("drill")
    if built is None:
        return Reality(frozenset())
    base = after.inventory.base_of(built.image)[0]
    total = sum(layer.size for layer in built.image.layers[base:]) / KB
    return Reality(frozenset({min(candidates, key=lambda text: abs(float(text) - total))}))
