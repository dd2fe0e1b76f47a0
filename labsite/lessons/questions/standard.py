"""The questions lessons ask."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from engine.events import CommandRan, LayerPushed, StepCached, StepRan
from engine.session import container_changes
from engine.units import human_size
from labsite.lessons.bench import Bench
from labsite.lessons.goals.builds import last_build
from labsite.lessons.questions import Reality, question
from labsite.playground.engine_words import localised

Target = Mapping[str, Any]


@question("diff")
def diff(_before: Bench, after: Bench, target: Target, candidates: Sequence[str]) -> Reality:
    """Which of these lines will docker diff show? target: container."""
    name = target["container"]
    shown = {str(change) for change in container_changes(after.machine, name, after.store)}
    return Reality(frozenset(line for line in candidates if line in shown))


@question("cached")
def cached(_before: Bench, after: Bench, _target: Target, candidates: Sequence[str]) -> Reality:
    """Which of these steps will the (last) build reuse from the cache?"""
    true, why = set(), {}
    for event in last_build(after.events):
        for text in candidates:
            if isinstance(event, StepCached) and text in event.step:
                true.add(text)
            elif isinstance(event, StepRan) and text in event.step:
                why[text] = localised(event.reason)
    return Reality(frozenset(true), why=why)


@question("output")
def output(_before: Bench, after: Bench, _target: Target, candidates: Sequence[str]) -> Reality:
    """Which of these texts will be printed?"""
    return Reality(frozenset(text for text in candidates if text in after.output))


@question("succeeds", single=True)
def succeeds(_before: Bench, after: Bench, _target: Target, _candidates: Sequence[str]) -> Reality:
    """Will the last command succeed? candidates: yes, no."""
    codes = [event.exit_code for event in after.events if isinstance(event, CommandRan)]
    return Reality(frozenset({"no" if codes and codes[-1] else "yes"}))


def _nearest(value: float, candidates: Sequence[str]) -> frozenset[str]:
    return frozenset({min(candidates, key=lambda text: abs(float(text) - value))})


@question("layers", single=True)
def layers(_before: Bench, after: Bench, target: Target, candidates: Sequence[str]) -> Reality:
    """How many layers will the image have on top of its base? target: image."""
    found = after.image(target["image"])
    count = after.own_layers(found.image) if found else 0
    return Reality(frozenset(text for text in candidates if text == str(count)))


@question("size", single=True)
def size(_before: Bench, after: Bench, target: Target, candidates: Sequence[str]) -> Reality:
    """Nearest to how many MB will the layers on top of the base be? target: image; candidates: numbers."""
    found = after.image(target["image"])
    if found is None:
        return Reality(frozenset())
    base = after.inventory.base_of(found.image)[0]
    total = sum(layer.size for layer in found.image.layers[base:])
    true = _nearest(total / 1_000_000, candidates)
    return Reality(true, why={text: human_size(total) for text in true})


@question("stored", single=True)
def stored(_before: Bench, after: Bench, _target: Target, candidates: Sequence[str]) -> Reality:
    """Nearest to how many MB will all images together store on disk? candidates: numbers."""
    sizes = {ref.diff_id: ref.size for item in after.inventory.images for ref in item.image.layers}
    true = _nearest(sum(sizes.values()) / 1_000_000, candidates)
    return Reality(true, why={text: human_size(sum(sizes.values())) for text in true})


@question("same-id")
def same_id(before: Bench, after: Bench, _target: Target, candidates: Sequence[str]) -> Reality:
    """Which of these image names will still point at the same image ID?"""
    true = set()
    for name in candidates:
        old, new = before.image(name), after.image(name)
        if old is not None and new is not None and old.id == new.id:
            true.add(name)
    return Reality(frozenset(true))


@question("shared", single=True)
def shared(_before: Bench, after: Bench, target: Target, candidates: Sequence[str]) -> Reality:
    """How many layers will the two images share? target: image, other."""
    first, second = after.image(target["image"]), after.image(target["other"])
    count = 0
    if first and second:
        pairs = zip(first.image.chain_ids, second.image.chain_ids, strict=False)
        count = sum(1 for mine, theirs in pairs if mine == theirs)
    return Reality(frozenset(text for text in candidates if text == str(count)))


@question("sent", single=True)
def sent(_before: Bench, after: Bench, _target: Target, candidates: Sequence[str]) -> Reality:
    """How many layers will the push really send?"""
    count = sum(1 for event in after.events if isinstance(event, LayerPushed) and event.outcome == "Pushed")
    return Reality(frozenset(text for text in candidates if text == str(count)))


@question("visible")
def visible(_before: Bench, after: Bench, target: Target, candidates: Sequence[str]) -> Reality:
    """Which of these paths can be seen in the image? target: image."""
    found = after.image(target["image"])
    if found is None:
        return Reality(frozenset())
    return Reality(frozenset(path for path in candidates if after.has_path(found.image, path)))


@question("layer-of")
def layer_of(_before: Bench, after: Bench, target: Target, candidates: Sequence[str]) -> Reality:
    """Which step's layer stores the path? target: image, path; candidates: texts of steps."""
    found = after.image(target["image"])
    if found is None:
        return Reality(frozenset())
    rows = [row for row in found.image.history if not row.empty_layer]
    storing = after.layers_storing(found, target["path"])
    return Reality(
        frozenset(text for text in candidates for number in storing if text in rows[number - 1].created_by)
    )


@question("biggest", single=True)
def biggest(_before: Bench, after: Bench, target: Target, candidates: Sequence[str]) -> Reality:
    """Which of these steps made the biggest layer? target: image."""
    found = after.image(target["image"])
    if found is None:
        return Reality(frozenset())
    rows = [row for row in found.image.history if not row.empty_layer]
    sizes = {
        text: ref.size
        for row, ref in zip(rows, found.image.layers, strict=True)
        for text in candidates
        if text in row.created_by
    }
    if not sizes:
        return Reality(frozenset())
    top = max(sizes, key=lambda text: sizes[text])
    return Reality(frozenset({top}), why={text: human_size(n) for text, n in sizes.items()})


@question("rows-without-layer")
def rows_without_layer(_before: Bench, after: Bench, target: Target, candidates: Sequence[str]) -> Reality:
    """Which of these history rows have no layer of their own? target: image."""
    found = after.image(target["image"])
    if found is None:
        return Reality(frozenset())
    rows = [row.created_by for row in found.image.history if row.empty_layer]
    names = _("no layer: it only changes the configuration")
    true = frozenset(text for text in candidates if any(text in row for row in rows))
    return Reality(true, why=dict.fromkeys(true, names))
