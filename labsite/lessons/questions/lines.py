"""The question that counts printed lines."""

from collections.abc import Mapping, Sequence
from typing import Any

from labsite.lessons.bench import Bench
from labsite.lessons.questions import Reality, question
from labsite.lessons.questions.machine import exactly


@question("lines", single=True)
def lines(_before: Bench, after: Bench, target: Mapping[str, Any], candidates: Sequence[str]) -> Reality:
    """How many printed lines will contain the text? target: text; candidates: numbers."""
    return exactly(sum(target["text"] in line for line in after.output.splitlines()), candidates)
