"""Turns a directory of collected facts into the catalogue's own data files (see data/README.md)."""

import gzip
import json
from pathlib import Path
from typing import Any

from engine.catalogue.files import DATA

_DROPPED = (
    "virtual_size",
    "virtual_size_estimated",
    "docker_version",
    "dpkg_or_other_packages",
    "notes",
    "source",
)


def convert(facts: Path) -> None:
    """Rewrite the data files from ``facts``; hand-written files are left alone."""
    images = json.loads((facts / "images.json").read_text())
    known = _layer_of_row(images)
    for image in images:
        _mend_layers(image, known)
        document = {key: value for key, value in image.items() if key not in _DROPPED}
        for row in document["history"]:
            row.pop("size", None)
        name = f"{image['name']}_{image['tag']}.json".replace("/", "-")
        (DATA / "images" / name).write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    for tree in facts.glob("rootfs-*.tsv.gz"):
        _pack(DATA / "trees" / tree.name.removeprefix("rootfs-"), gzip.decompress(tree.read_bytes()))
    _pack(DATA / "texts.json.gz", (facts / "rootfs-text.json").read_bytes())
    _pack(DATA / "apt-bookworm.json.gz", gzip.decompress((facts / "apt-bookworm.json.gz").read_bytes()))
    for name in ("apk", "yum", "pip", "npm"):
        _pack(DATA / f"{name}.json.gz", (facts / f"{name}.json").read_bytes())


def _pack(path: Path, data: bytes) -> None:
    path.write_bytes(gzip.compress(data, 9, mtime=0))


def _layer_of_row(images: list[dict[str, Any]]) -> dict[tuple[str, str], set[str]]:
    """Which layer digests each history row (time and command) has been seen with."""
    known: dict[tuple[str, str], set[str]] = {}
    for image in images:
        layers = iter(image["layers"])
        for row in image["history"]:
            if not row["empty_layer"]:
                known.setdefault((row["created"], row["created_by"]), set()).add(next(layers)["digest"])
    return known


def _mend_layers(image: dict[str, Any], known: dict[tuple[str, str], set[str]]) -> None:
    """Some listings lost which rows are empty: where other images agree on a row's layer, trust them."""
    digests = [layer["digest"] for layer in image["layers"]]
    flags: list[bool] = []
    position = 0
    for row in image["history"]:
        seen = known.get((row["created"], row["created_by"]), set())
        if position < len(digests) and digests[position] in seen:
            flags.append(True)
            position += 1
        else:
            flags.append(False)
    for row, has_layer in zip(image["history"], flags, strict=True):
        if position == len(digests):
            row["empty_layer"] = not has_layer
