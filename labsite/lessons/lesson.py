"""What a lesson is: data read from one YAML file and its texts in each language.

The format is documented in ``FORMAT.md`` beside this file and by ``schema.json``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

StepKind = Literal["read", "predict", "do", "order", "find", "refute", "repair"]
WORKBENCH_KINDS = ("do", "refute", "repair")
"""Steps that are finished by meeting goals on the workbench."""


@dataclass(frozen=True)
class Doing:
    """One thing done on the machine: a command line, or an edit of project files.

    ``edit`` maps paths to whole texts (None deletes the file); ``builder`` switches builders;
    ``wait`` lets that many simulated seconds pass.
    """

    run: str = ""
    edit: Mapping[str, str | None] = field(default_factory=dict)
    builder: str = ""
    wait: int = 0


@dataclass(frozen=True)
class Goal:
    """A named predicate with its parameters. ``text`` (by language) is the line in the checklist."""

    name: str
    parameters: Mapping[str, Any]
    text: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class WrongTurn:
    """Something people try. It must leave the step unsolved, with a why-not that names ``because``."""

    do: tuple[Doing, ...]
    because: str
    """Name of the goal whose why-not must show."""


@dataclass(frozen=True)
class Step:
    """One step of a lesson.

    ``goals``, ``solution``, ``also`` and ``wrong`` belong to do, refute and repair steps; ``question``,
    ``run`` and ``candidates`` to predictions; ``lines`` and ``edits`` to order steps; ``question`` and
    ``target`` to find steps.
    """

    id: str
    kind: StepKind
    goals: tuple[Goal, ...] = ()
    solution: tuple[Doing, ...] = ()
    also: tuple[tuple[Doing, ...], ...] = ()
    wrong: tuple[WrongTurn, ...] = ()
    question: str = ""
    run: tuple[Doing, ...] = ()
    candidates: tuple[str, ...] = ()
    target: Mapping[str, Any] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    edits: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class StepText:
    """A step's words in one language. ``body`` and ``after`` are Markdown; hints: idea, place, almost."""

    title: str
    body: str
    hints: tuple[str, ...] = ()
    after: str = ""
    """Shown once the step is done: what to see in what happened."""
    goals: tuple[str, ...] = ()
    """One line of the checklist for each goal."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """How candidates are shown, where their own text would not do."""


@dataclass(frozen=True)
class LessonText:
    """A lesson's words in one language. ``keep`` is the sentence to take home."""

    title: str
    summary: str
    keep: str
    steps: Mapping[str, StepText]


@dataclass(frozen=True)
class Lesson:
    """One lesson. ``texts`` has every language it is written in; English is always there."""

    id: str
    minutes: int
    start: tuple[Doing, ...]
    steps: tuple[Step, ...]
    texts: Mapping[str, LessonText]
    challenge: bool = False

    def step(self, step_id: str) -> Step:
        """The step of that id; raises KeyError."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)

    def text(self, language: str) -> tuple[LessonText, bool]:
        """The words in ``language``, or in English with False when they are missing."""
        short = language.partition("-")[0]
        return (self.texts[short], True) if short in self.texts else (self.texts["en"], False)


@dataclass(frozen=True)
class Unit:
    """A group of lessons with one subject; ``titles`` and ``summaries`` are by language."""

    id: str
    titles: Mapping[str, str]
    summaries: Mapping[str, str]
    lessons: tuple[Lesson, ...]

    def title(self, language: str) -> str:
        """The title in that language, else in English."""
        return self.titles.get(language.partition("-")[0], self.titles["en"])

    def summary(self, language: str) -> str:
        """One sentence in that language, else in English."""
        return self.summaries.get(language.partition("-")[0], self.summaries["en"])
