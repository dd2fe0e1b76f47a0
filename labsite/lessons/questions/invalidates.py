"""The question about what makes a step run again."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.events import StepRan
from labsite.lessons.bench import Bench, do
from labsite.lessons.goals.builds import last_build
from labsite.lessons.lesson import Doing
from labsite.lessons.questions import Reality, question
from labsite.playground.engine_words import localised


@question("invalidates")
def invalidates(
    _before: Bench, after: Bench, target: Mapping[str, Any], candidates: Sequence[str]
) -> Reality:
    """Which of these commands would make the step run again? target: step, build; candidates: commands.

    Each command is tried by itself on a copy of the machine, followed by the ``build`` command line; ``step``
    is a part of the step's text.
    """
    why = {}
    for command in candidates:
        tried = do(after.since_now(), (Doing(run=command), Doing(run=target["build"])))
        for event in last_build(tried.events):
            if isinstance(event, StepRan) and target["step"] in event.step:
                why[command] = localised(event.reason)
    return Reality(frozenset(why), why)
