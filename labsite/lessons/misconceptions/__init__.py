"""Misconceptions: wrong ideas that show in what somebody does, each told once a step with its lesson.

A misconception is one function registered with ``@misconception("its-name", lesson=…, says=…, instead=…)``.
It looks at a ``Trail`` (what was done in the present step) and returns whether the idea shows there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from django.utils.functional import Promise

from engine.discovery import import_submodules
from engine.events import BuildStarted, CommandRan, Event
from engine.session import project_files
from labsite.lessons.bench import Bench


@dataclass(frozen=True)
class Instruction:
    """One instruction of a Dockerfile: ``RUN``, and what follows it on one line."""

    name: str
    rest: str

    @property
    def words(self) -> list[str]:
        """What follows, in words, without flags."""
        return [word for word in self.rest.split() if not word.startswith("--")]

    def commands(self) -> list[str]:
        """The shell commands of a RUN, one by one."""
        text = self.rest
        for joint in ("&&", "||", "|"):
            text = text.replace(joint, ";")
        return [" ".join(part.split()) for part in text.split(";") if part.strip()]


@dataclass(frozen=True)
class Command:
    """A line that was typed, in words."""

    words: tuple[str, ...]
    failed: bool
    where: str

    @property
    def verb(self) -> str:
        """The docker subcommand, "" when it is no docker command."""
        return self.words[1] if self.words[:1] == ("docker",) and len(self.words) > 1 else ""

    @property
    def arguments(self) -> tuple[str, ...]:
        """What follows the subcommand, without flags that begin with a dash."""
        return tuple(word for word in self.words[2:] if not word.startswith("-"))


class Trail:
    """What was done on a bench since the present step began."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    @cached_property
    def commands(self) -> list[Command]:
        """The lines typed at the host's prompt or in a container, oldest first."""
        return [
            Command(tuple(event.line.split()), event.exit_code != 0, event.where)
            for event in self.bench.events
            if isinstance(event, CommandRan)
        ]

    def events(self, *kinds: type[Event]) -> list[Any]:
        """The events of these kinds, oldest first."""
        return [event for event in self.bench.events if isinstance(event, kinds)]

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """The project's text files."""
        files = project_files(self.bench.machine, self.bench.store)
        return {file.path: file.text for file in files if file.text is not None}

    @cached_property
    def instructions(self) -> list[Instruction]:
        """The Dockerfile that was built last in this step; nothing when none was."""
        built = self.events(BuildStarted)
        if not built:
            return []
        path = str(built[-1].dockerfile).rpartition("/")[2]
        return instructions_of(self.texts.get(built[-1].dockerfile, self.texts.get(path, "")))

    def runs(self) -> list[Instruction]:
        """Its RUN instructions."""
        return [item for item in self.instructions if item.name == "RUN"]

    def copies(self) -> list[Instruction]:
        """Its COPY and ADD instructions that take from the context."""
        return [
            item
            for item in self.instructions
            if item.name in ("COPY", "ADD") and "--from=" not in item.rest and len(item.words) > 1
        ]

    def is_image(self, name: str) -> bool:
        """Whether an image has that name or id."""
        return self.bench.image(name) is not None

    def is_container(self, name: str) -> bool:
        """Whether a container has that name or id."""
        return self.bench.container(name) is not None


def instructions_of(text: str) -> list[Instruction]:
    """The instructions of a Dockerfile, lines that go on joined, comments left out."""
    found: list[Instruction] = []
    parts: list[str] = []
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("#") or (not stripped and not parts):
            continue
        goes_on = stripped.endswith("\\")
        parts.append(stripped.removesuffix("\\"))
        if goes_on:
            continue
        name, _space, rest = " ".join(parts).strip().partition(" ")
        found.append(Instruction(name.upper(), rest.strip()))
        parts = []
    return found


@dataclass(frozen=True)
class Misconception:
    """A registered wrong idea. ``lesson`` is where it is met; ``says`` confronts it with what happened;
    ``instead`` is the hint it calls for."""

    name: str
    lesson: str
    says: Promise
    instead: Promise
    shows: Callable[[Trail], bool]


_known: dict[str, Misconception] = {}


def misconception(
    name: str, *, lesson: str, says: Promise, instead: Promise
) -> Callable[[Callable[[Trail], bool]], Callable[[Trail], bool]]:
    """Register a detector under ``name``."""

    def register(shows: Callable[[Trail], bool]) -> Callable[[Trail], bool]:
        _known[name] = Misconception(name, lesson, says, instead, shows)
        return shows

    return register


@cache
def misconceptions() -> Mapping[str, Misconception]:
    """Every misconception by name."""
    import_submodules("labsite.lessons.misconceptions")
    return dict(sorted(_known.items()))


def detect(bench: Bench) -> list[str]:
    """Names of the misconceptions that show in what was done on the bench."""
    if not bench.events:
        return []
    trail = Trail(bench)
    return [name for name, item in misconceptions().items() if item.shows(trail)]
