"""The question about the build context."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.events import BuildStarted
from labsite.lessons.bench import Bench
from labsite.lessons.questions import Reality, question
from labsite.lessons.questions.machine import nearest


@question("context", single=True)
def context(_before: Bench, after: Bench, _target: Mapping[str, Any], candidates: Sequence[str]) -> Reality:
    """Nearest to how many MB of files will the (last) build be sent? candidates: numbers."""
    sent = [event.context_bytes for event in after.events if isinstance(event, BuildStarted)]
    return nearest(sent[-1], candidates) if sent else Reality(frozenset())
