"""The question about where a text can still be found."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.image.image import load_layer
from labsite.lessons.bench import Bench
from labsite.lessons.questions import Reality, question


@question("holds")
def holds(_before: Bench, after: Bench, target: Mapping[str, Any], candidates: Sequence[str]) -> Reality:
    """Which steps keep one of the texts, in their layer or their row? target: image, texts.

    The candidates are parts of the steps' texts.
    """
    found = after.image(target["image"])
    if found is None:
        return Reality(frozenset())
    texts = [str(text) for text in target["texts"]]
    true: set[str] = set()
    layers = iter(found.image.layers)
    for row in found.image.history:
        content = b"" if row.empty_layer else load_layer(after.store, next(layers)).encoded
        if any(text in row.created_by or text.encode() in content for text in texts):
            true.update(candidate for candidate in candidates if candidate in row.created_by)
    return Reality(frozenset(true))
