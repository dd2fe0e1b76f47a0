"""The question about the list of images."""

from collections.abc import Mapping, Sequence
from typing import Any

from labsite.lessons.bench import Bench
from labsite.lessons.questions import Reality, question
from labsite.lessons.questions.machine import exactly


@question("images", single=True)
def images(_before: Bench, after: Bench, _target: Mapping[str, Any], candidates: Sequence[str]) -> Reality:
    """How many images will docker images list, nameless ones included? candidates: numbers."""
    return exactly(len(after.inventory.listed), candidates)
