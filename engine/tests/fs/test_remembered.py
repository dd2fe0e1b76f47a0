"""What is remembered between evaluations stays small, and forgetting changes no answer."""

import pytest

from engine.content import MemoryStore
from engine.fs import Content, File, Layer, View
from engine.fs import view as views
from engine.image import image as images
from engine.image.image import load_layer, store_layer


def layer_of(number: int, count: int) -> Layer:
    return Layer({f"f{number}-{index}": File(Content(b"x")) for index in range(count)})


def test_views_are_forgotten_by_how_many_paths_they_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_NODES_KEPT", 100)
    stacks = [[layer_of(number, 30)] for number in range(10)]
    for stack in stacks:
        assert len(View.of(stack)) == 30
    assert sum(len(kept) for kept in views._views.values()) <= 100
    assert View.of(stacks[0]).get("f0-7") == File(Content(b"x"))


def test_layers_are_forgotten_by_how_many_entries_they_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "_ENTRIES_KEPT", 100)
    store = MemoryStore()
    refs = [store_layer(store, layer_of(number, 30)) for number in range(100, 110)]
    for ref in [*refs, *refs]:
        assert load_layer(store, ref).digest == ref.digest
    assert sum(len(kept.entries) for kept in images._layers.values()) <= 100
    again = load_layer(store, refs[0])
    assert again.encoded == store.get(refs[0].digest)
