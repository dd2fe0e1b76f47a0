"""Questions about containers, whole images and their history."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.units import human_size
from labsite.lessons.bench import Bench, do
from labsite.lessons.lesson import Doing
from labsite.lessons.questions import Reality, question

Target = Mapping[str, Any]


def nearest(size: int, candidates: Sequence[str]) -> Reality:
    """The candidate (megabytes, 10^6 bytes) nearest to a size in bytes, with the size itself as why."""
    true = min(candidates, key=lambda text: abs(float(text) * 1_000_000 - size))
    return Reality(frozenset({true}), why={true: human_size(size)})


def exactly(count: int, candidates: Sequence[str]) -> Reality:
    """The candidate that is this number; none when it is not among them."""
    return Reality(frozenset(text for text in candidates if text == str(count)))


@question("container-size", single=True)
def container_size(_before: Bench, after: Bench, target: Target, candidates: Sequence[str]) -> Reality:
    """Nearest to how many MB will the container's own layer be? target: container; candidates: numbers."""
    found = after.container(target["container"])
    return nearest(found.size, candidates) if found else Reality(frozenset())


@question("image-size", single=True)
def image_size(_before: Bench, after: Bench, target: Target, candidates: Sequence[str]) -> Reality:
    """Nearest to how many MB will the whole image be? target: image; candidates: numbers."""
    found = after.image(target["image"])
    return nearest(found.image.size, candidates) if found else Reality(frozenset())


@question("containers", single=True)
def containers(_before: Bench, after: Bench, _target: Target, candidates: Sequence[str]) -> Reality:
    """How many containers will the machine have, stopped ones included? candidates: numbers."""
    return exactly(len(after.inventory.containers), candidates)


@question("top-row", single=True)
def top_row(_before: Bench, after: Bench, target: Target, candidates: Sequence[str]) -> Reality:
    """Which step will be the first row of docker history? target: image; candidates: texts of steps."""
    found = after.image(target["image"])
    top = found.image.history[-1].created_by if found else ""
    return Reality(frozenset(text for text in candidates if text in top))


@question("same-parts")
def same_parts(before: Bench, after: Bench, target: Target, candidates: Sequence[str]) -> Reality:
    """What of the image stays the same? target: image, other (compared with it before; default: itself);
    candidates: id, layers, size."""
    old, new = before.image(target.get("other", target["image"])), after.image(target["image"])
    if old is None or new is None:
        return Reality(frozenset())
    same = {
        "id": old.id == new.id,
        "layers": old.image.chain_ids == new.image.chain_ids,
        "size": old.image.size == new.image.size,
    }
    return Reality(frozenset(text for text in candidates if same.get(text)))


@question("printed-by")
def printed_by(_before: Bench, after: Bench, target: Target, candidates: Sequence[str]) -> Reality:
    """Which of these commands would print the text? target: text; candidates: command lines."""
    wanted = target["text"]
    start = after.since_now()
    return Reality(frozenset(line for line in candidates if wanted in do(start, (Doing(run=line),)).output))
