"""``docker images``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.cli.format.apitypes import typed
from engine.cli.format.listing import JSON, RAW, TABLE, ListType, Row
from engine.cli.format.times import ago, go_time
from engine.cli.gotemplate import GoStruct, StructField
from engine.cli.text import truncate_id
from engine.image.reference import ReferenceError, parse_normalized
from engine.units import human_size, human_size3

_NONE = "<none>"
_HEADERS = {
    "ID": "IMAGE ID",
    "Repository": "REPOSITORY",
    "Tag": "TAG",
    "Digest": "DIGEST",
    "CreatedSince": "CREATED",
    "CreatedAt": "CREATED AT",
    "Size": "SIZE",
    "Containers": "CONTAINERS",
    "VirtualSize": "SIZE",
    "SharedSize": "SHARED SIZE",
    "UniqueSize": "UNIQUE SIZE",
}
_COLUMNS = ("Repository", "Tag", "ID", "CreatedSince", "Size")
_COLUMNS_WITH_DIGEST = ("Repository", "Tag", "Digest", "ID", "CreatedSince", "Size")
IMAGES = ListType("formatter.imageContext", _HEADERS, _COLUMNS)


def format_images(
    images: Sequence[Mapping[str, Any]],
    *,
    format_text: str = "",
    quiet: bool = False,
    digests: bool = False,
    no_trunc: bool = False,
    now: int = 0,
) -> str:
    """``docker images`` of the answer of ``/images/json``; ``now`` in ns. Raises FormatError."""
    source = format_text or TABLE
    if source == TABLE and quiet:
        source = "{{.ID}}"
    elif source == RAW:
        source = _raw(quiet=quiet, digests=digests)
    elif source.startswith(TABLE) and source != TABLE and digests and "{{.Digest}}" not in source:
        source += "\t{{.Digest}}"
    with_digests = digests or "{{.Digest}}" in source
    rows = [
        _row(image, repository, tag, digest, no_trunc=no_trunc, now=now)
        for image in images
        for repository, tag, digest in _names(image, with_digests, digests)
    ]
    columns = _COLUMNS_WITH_DIGEST if digests else _COLUMNS
    return IMAGES.render(JSON if source == JSON else source, rows, columns=columns)


def _raw(*, quiet: bool, digests: bool) -> str:
    if quiet:
        return "image_id: {{.ID}}"
    digest = "digest: {{.Digest}}\n" if digests else ""
    return (
        f"repository: {{{{ .Repository }}}}\ntag: {{{{.Tag}}}}\n{digest}image_id: {{{{.ID}}}}\n"
        "created_at: {{.CreatedAt}}\nvirtual_size: {{.Size}}\n"
    )


def _names(image: Mapping[str, Any], with_digests: bool, digest_rows: bool) -> Iterable[tuple[str, str, str]]:
    """Repository, tag and digest of every row an image takes."""
    tags: dict[str, list[str]] = {}
    digests: dict[str, list[str]] = {}
    for text in image.get("RepoTags") or ():
        try:
            reference = parse_normalized(text)
        except ReferenceError:
            continue
        if reference.tag:
            tags.setdefault(reference.familiar_name, []).append(reference.tag)
    for text in image.get("RepoDigests") or ():
        try:
            reference = parse_normalized(text)
        except ReferenceError:
            continue
        if reference.digest:
            digests.setdefault(reference.familiar_name, []).append(reference.digest)
    if not tags and not digests:
        yield _NONE, _NONE, _NONE
    for repository, names in tags.items():
        known = digests.pop(repository, [])
        for tag in names:
            for digest in known if with_digests and known else [_NONE]:
                yield repository, tag, digest
    for repository, known in digests.items():
        for digest in known if digest_rows else [""]:
            yield repository, _NONE, digest


def image_columns(image: Mapping[str, Any], *, no_trunc: bool, now: int) -> dict[str, str]:
    """The columns that do not depend on the name an image is listed under."""
    size = int(image.get("Size", 0))
    virtual = int(image.get("VirtualSize", size))
    shared = int(image.get("SharedSize", -1))
    containers = int(image.get("Containers", -1))
    created = int(image.get("Created", 0))
    return {
        "ID": image["Id"] if no_trunc else truncate_id(image["Id"]),
        "CreatedSince": ago(created, now),
        "CreatedAt": go_time(created),
        "Size": human_size3(size),
        "VirtualSize": human_size(virtual),
        "SharedSize": "N/A" if shared == -1 else human_size(shared),
        "UniqueSize": "N/A" if -1 in (shared, size) else human_size(size - shared),
        "Containers": "N/A" if containers == -1 else str(containers),
    }


def _row(
    image: Mapping[str, Any], repository: str, tag: str, digest: str, *, no_trunc: bool, now: int
) -> Row:
    columns = image_columns(image, no_trunc=no_trunc, now=now)
    columns |= {"Repository": repository, "Tag": tag, "Digest": digest}

    def go_fields() -> tuple[StructField, ...]:
        return (
            StructField("HeaderContext", GoStruct("formatter.HeaderContext", (StructField("Header", None),))),
            StructField("trunc", not no_trunc),
            StructField("i", typed("image.Summary", image)),
            StructField("repo", repository),
            StructField("tag", tag),
            StructField("digest", digest),
        )

    return Row(columns, go_fields=go_fields)
