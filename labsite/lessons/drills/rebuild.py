"""Which steps rebuild?"""

from random import Random

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labsite.lessons.bench import Bench
from labsite.lessons.drills import Task, drill
from labsite.lessons.lesson import Doing
from labsite.lessons.questions import Reality, find_question

FILES = ("app.py", "list.txt", "notes.md", "logo.svg", "settings.toml")


@drill(
    "rebuild",
    title=gettext_lazy("Which steps rebuild?"),
    summary=gettext_lazy("A file changes, the image is built again: say what comes from the cache."),
    lesson="first-change-rebuilds-the-rest",
)
def rebuild(die: Random, level: int) -> Task:
    """A Dockerfile, a build, a change, and a second build."""
    files = die.sample(FILES, level + 1)
    steps = [f"COPY {name} /srv/{name}" for name in files]
    steps += [f"RUN echo {word} > /{word}" for word in die.sample(("one", "two", "three", "four"), level)]
    if level > 1:
        steps.append("COPY . /all")
    die.shuffle(steps)
    texts: dict[str, str | None] = {name: f"{name}: first\n" for name in files}
    given = [Doing(edit={"Dockerfile": "\n".join(["FROM busybox", *steps]) + "\n", **texts})]
    given.append(Doing(run="docker build -t drill ."))
    story, change = _change(die, level, files, steps)
    run = (*change, Doing(run="docker build -t drill ."))
    return Task(
        given=tuple(given),
        run=run,
        story=story,
        question=_("Which steps of the last build are CACHED?"),
        candidates=tuple(steps),
        find_out=_cached,
    )


def _cached(before: Bench, after: Bench, candidates: tuple[str, ...]) -> Reality:
    return find_question("cached")(before, after, {}, candidates)


def _change(die: Random, level: int, files: list[str], steps: list[str]) -> tuple[str, list[Doing]]:
    name = die.choice(files)
    kind = die.choice(("edit", "edit", "step", "touch", "mode", "new", "back")[: (2, 5, 7)[level - 1]])
    edit = Doing(edit={name: f"{name}: second\n"})
    if kind == "touch":
        return _("touch %(file)s gives the file a new date.") % {"file": name}, [Doing(run=f"touch {name}")]
    if kind == "mode":
        story = _("chmod +x makes %(file)s executable.") % {"file": name}
        return story, [Doing(run=f"chmod +x {name}")]
    if kind == "new":
        story = _("A file that no line names appears in the directory: %(file)s.") % {"file": "extra.txt"}
        return story, [Doing(edit={"extra.txt": "new\n"})]
    if kind == "back":
        story = _("%(file)s is edited, built, and then gets its first text again.") % {"file": name}
        return story, [edit, Doing(run="docker build -t drill ."), Doing(edit={name: f"{name}: first\n"})]
    if kind == "step":
        old = die.choice([step for step in steps if step.startswith("RUN")])
        text = "\n".join(["FROM busybox", *(f"{step}.txt" if step == old else step for step in steps)])
        story = _("In the Dockerfile the line %(line)s gets another file name.") % {"line": old}
        return story, [Doing(edit={"Dockerfile": text + "\n"})]
    return _("%(file)s is edited.") % {"file": name}, [edit]
