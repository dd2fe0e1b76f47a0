"""The lock file: what every layer and image of the catalogue comes to, derived from the data."""

import json
from hashlib import sha256
from typing import Any

from engine.catalogue.contents import BadContents
from engine.catalogue.files import DATA, read_json
from engine.catalogue.images import (
    LOCK,
    StaleLock,
    build_layer,
    image_files,
    image_of,
    operations_of,
    references_of,
    short,
)
from engine.content import DiffID, Digest
from engine.fs import remember_diff_id, tar_chunks
from engine.image.image import BrokenImage, LayerRef


def write_lock() -> str:
    """Derive everything again and write the lock file; returns a one-line summary.

    A layer whose blob did not change keeps its DiffID, so that only new content is hashed.
    """
    old = read_json(LOCK)["layers"].values() if (DATA / LOCK).exists() else ()
    for digest, diff_id, _ in old:
        remember_diff_id(Digest(digest), DiffID(diff_id))
    value = derive()
    text = json.dumps(value, indent=0, sort_keys=True, separators=(",", ":"))
    (DATA / LOCK).write_text(text + "\n")
    return f"catalogue: {len(value['layers'])} layers, {len(value['images'])} images locked"


def derive() -> dict[str, Any]:
    """What the lock file should say. Raises StaleLock, BadContents, BrokenImage."""
    layers: dict[str, list[Any]] = {}
    recipes: dict[str, list[Any]] = {}
    references: dict[str, str] = {}
    substitutes: dict[str, str] = {}
    images: dict[str, str] = {}
    for file in image_files():
        document = read_json(f"images/{file}.json")
        refs = []
        for index, facts in enumerate(document["layers"]):
            name = short(facts["digest"])
            if name not in layers:
                layer = build_layer(file, index)
                layers[name] = [layer.digest, layer.diff_id, layer.size]
                recipes[name] = [file, index]
            digest, diff_id, size = layers[name]
            refs.append(LayerRef(digest, diff_id, size))
        image = image_of(document, tuple(refs))
        image.validate()
        images[file] = image.id
        real = len(references_of(document)) - len(document.get("aliases_substitute") or ())
        for position, reference in enumerate(references_of(document)):
            target = references if position < real else substitutes
            if reference in target and target is references:
                raise StaleLock(f"catalogue: {reference} is claimed by {references[reference]} and {file}")
            target.setdefault(reference, file)
    return {
        "layers": layers,
        "recipes": recipes,
        "references": {**substitutes, **references},
        "images": images,
    }


def problems() -> list[str]:
    """Every disagreement between data and lock: recipes, sizes, DiffIDs (hashed again), images."""
    found = gaps()
    locked = read_json(LOCK)
    for name, (file, index) in locked["recipes"].items():
        digest, diff_id, size = locked["layers"][name]
        facts = read_json(f"images/{file}.json")["layers"][index]
        where = f"{file} layer {index} ({name})"
        try:
            layer = build_layer(file, index)
            operations = operations_of(facts)
        except (BadContents, StaleLock) as error:
            found.append(str(error))
            continue
        if layer.digest != digest:
            found.append(f"{where}: the blob is not the locked one")
        if layer.size != size:
            found.append(f"{where}: {layer.size} bytes, locked {size}")
        natural = any(operation.words == ("natural",) for operation in operations)
        if size != facts["size"] and not natural:
            found.append(f"{where}: {size} bytes, published {facts['size']}")
        hasher = sha256()
        for chunk in tar_chunks(layer):
            hasher.update(chunk)
        if f"sha256:{hasher.hexdigest()}" != diff_id:
            found.append(f"{where}: the DiffID does not come out again")
    return found


def gaps() -> list[str]:
    """What can be told without making any layer: missing recipes, history that does not fit, image IDs."""
    found: list[str] = []
    locked = read_json(LOCK)
    for file in image_files():
        document = read_json(f"images/{file}.json")
        refs = []
        for facts in document["layers"]:
            try:
                operations_of(facts)
            except StaleLock as error:
                found.append(str(error))
            if short(facts["digest"]) in locked["layers"]:
                digest, diff_id, size = locked["layers"][short(facts["digest"])]
                refs.append(LayerRef(Digest(digest), DiffID(diff_id), size))
        if len(refs) < len(document["layers"]):
            found.append(f"{file}: a layer is not locked")
            continue
        image = image_of(document, tuple(refs))
        try:
            image.validate()
        except BrokenImage as error:
            found.append(f"{file}: {error}")
        if image.id != locked["images"].get(file):
            found.append(f"{file}: the image ID is not the locked one")
    return found
