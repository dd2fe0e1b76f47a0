"""What does docker diff print?"""

from random import Random

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labsite.lessons.bench import Bench
from labsite.lessons.drills import Task, drill
from labsite.lessons.lesson import Doing
from labsite.lessons.questions import Reality, find_question

OWN = ("/etc/passwd", "/etc/group", "/etc/shadow")
"""Files of the image."""


@drill(
    "diff",
    title=gettext_lazy("What does docker diff print?"),
    summary=gettext_lazy("Commands run in a container: say which lines A, C and D stand for them."),
    lesson="c-on-parents",
)
def diff(die: Random, level: int) -> Task:
    """A container, some writes, and the lines that may be shown."""
    commands: list[str] = []
    lines: list[str] = []
    mine = [f"/{place}{name}" for place, name in zip(("etc/", "tmp/", ""), _names(die), strict=True)]
    for path in mine[:level]:
        commands.append(f"touch {path}")
        lines += [f"A {path}", f"C {path}"]
        if path.count("/") > 1:
            lines.append(f"C {path.rpartition('/')[0]}")
    own = die.sample(OWN, min(level, 2))
    for path in own:
        verb = die.choice(("edit", "rm", "read", "chmod")[: level + 2])
        command = {"edit": f"sh -c 'echo x >> {path}'", "rm": f"rm {path}", "read": f"cat {path}"}
        commands.append(command.get(verb, f"chmod 600 {path}"))
        lines += [f"C {path}", f"D {path}"]
    if level > 1:
        gone = die.choice(mine[:level])
        commands.append(f"rm {gone}")
        lines.append(f"D {gone}")
    shown = list(dict.fromkeys(lines))
    die.shuffle(shown)
    return Task(
        given=(Doing(run="docker run -tid --name box busybox"),),
        run=tuple(Doing(run=f"docker exec box {command}") for command in commands),
        story=_("The container box was just started from busybox."),
        question=_("Which lines does docker diff box print afterwards?"),
        candidates=tuple(sorted(shown[:10], key=lambda line: (line[2:], line))),
        find_out=_diff,
    )


def _names(die: Random) -> list[str]:
    return die.sample(("shop.conf", "toto", "cache.db", "todo", "motd.new"), 3)


def _diff(before: Bench, after: Bench, candidates: tuple[str, ...]) -> Reality:
    return find_question("diff")(before, after, {"container": "box"}, candidates)
