"""Whether a JSON document is a valid OCI one (opencontainers image-spec 1.1, its JSON schemas)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import re2

from engine.errors import EngineError

_MEDIA_TYPE_RE = re2.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}")
_DIGEST_RE = re2.compile(r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+")
_SHA256_RE = re2.compile(r"[a-f0-9]{64}")
_SHA512_RE = re2.compile(r"[a-f0-9]{128}")
_ENV_RE = re2.compile(r"(?s).*=.*")
_RFC3339_RE = re2.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_INT64_MAX = 2**63 - 1
_LONGEST_DOCUMENT = 4 * 1024 * 1024
_LAYOUT_VERSION = "1.0.0"

Document = Mapping[str, Any]


class InvalidDocument(EngineError):
    """The document breaks the rule that ``str()`` tells, with the path of the member at fault."""


def validate(kind: str, text: str) -> None:
    """Check ``text`` as a ``descriptor``, ``manifest``, ``imageindex``, ``config`` or ``imagelayout``.

    Raises InvalidDocument.
    """
    if len(text) > _LONGEST_DOCUMENT:
        raise InvalidDocument("the document is too large")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidDocument(f"not JSON: {error}") from error
    _KINDS[kind](_object(document, kind), kind)


def _fail(where: str, rule: str) -> InvalidDocument:
    return InvalidDocument(f"{where}: {rule}")


def _object(value: Any, where: str) -> Document:
    if not isinstance(value, dict):
        raise _fail(where, "must be an object")
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise _fail(where, "must be a string")
    return value


def _texts(value: Any, where: str) -> list[str]:
    if not isinstance(value, list):
        raise _fail(where, "must be a list")
    return [_text(item, f"{where}[{index}]") for index, item in enumerate(value)]


def _member(document: Document, name: str, where: str) -> Any:
    if name not in document:
        raise _fail(where, f"{name} is missing")
    return document[name]


def _media_type(value: Any, where: str) -> None:
    if not _MEDIA_TYPE_RE.fullmatch(_text(value, where)):
        raise _fail(where, "must be TYPE/SUBTYPE")


def _integer(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _INT64_MAX:
        raise _fail(where, "must be a whole number, not negative")
    return value


def _digest(value: Any, where: str) -> None:
    text = _text(value, where)
    algorithm, _, encoded = text.partition(":")
    fixed = {"sha256": _SHA256_RE, "sha512": _SHA512_RE}.get(algorithm)
    if not _DIGEST_RE.fullmatch(text) or (fixed is not None and not fixed.fullmatch(encoded)):
        raise _fail(where, "must be ALGORITHM:ENCODED")


def _annotations(document: Document, where: str) -> None:
    for key, value in _object(document.get("annotations", {}), f"{where}.annotations").items():
        _text(value, f"{where}.annotations.{key}")


def _platform(value: Any, where: str) -> None:
    platform = _object(value, where)
    for name in ("architecture", "os"):
        _text(_member(platform, name, where), f"{where}.{name}")
    for name in ("os.version", "variant"):
        _text(platform.get(name, ""), f"{where}.{name}")
    _texts(platform.get("os.features", []), f"{where}.os.features")


def _descriptor(document: Document, where: str) -> None:
    _media_type(_member(document, "mediaType", where), f"{where}.mediaType")
    _integer(_member(document, "size", where), f"{where}.size")
    _digest(_member(document, "digest", where), f"{where}.digest")
    if "artifactType" in document:
        _media_type(document["artifactType"], f"{where}.artifactType")
    for url in _texts(document.get("urls", []), f"{where}.urls"):
        try:
            scheme = urlsplit(url).scheme
        except ValueError:
            scheme = ""
        if not scheme:
            raise _fail(f"{where}.urls", "must be absolute URIs")
    if "data" in document:
        try:
            base64.b64decode(_text(document["data"], f"{where}.data"), validate=True)
        except (binascii.Error, ValueError):
            raise _fail(f"{where}.data", "must be base64") from None
    if "platform" in document:
        _platform(document["platform"], f"{where}.platform")
    _annotations(document, where)


def _descriptors(document: Document, name: str, where: str, *, at_least: int) -> None:
    items = _member(document, name, where)
    if not isinstance(items, list) or len(items) < at_least:
        raise _fail(f"{where}.{name}", f"must be a list of at least {at_least}")
    for index, item in enumerate(items):
        _descriptor(_object(item, f"{where}.{name}[{index}]"), f"{where}.{name}[{index}]")


def _schema_version(document: Document, where: str) -> None:
    if _member(document, "schemaVersion", where) != 2:
        raise _fail(f"{where}.schemaVersion", "must be 2")
    for name in ("mediaType", "artifactType"):
        if name in document:
            _media_type(document[name], f"{where}.{name}")
    if "subject" in document:
        _descriptor(_object(document["subject"], f"{where}.subject"), f"{where}.subject")
    _annotations(document, where)


def _manifest(document: Document, where: str) -> None:
    _schema_version(document, where)
    config = _object(_member(document, "config", where), f"{where}.config")
    _descriptor(config, f"{where}.config")
    _descriptors(document, "layers", where, at_least=1)


def _index(document: Document, where: str) -> None:
    _schema_version(document, where)
    _descriptors(document, "manifests", where, at_least=0)


def _layout(document: Document, where: str) -> None:
    if _member(document, "imageLayoutVersion", where) != _LAYOUT_VERSION:
        raise _fail(f"{where}.imageLayoutVersion", f"must be {_LAYOUT_VERSION}")


def _time(document: Document, name: str, where: str) -> None:
    if name in document and not _RFC3339_RE.fullmatch(_text(document[name], f"{where}.{name}")):
        raise _fail(f"{where}.{name}", "must be an RFC 3339 time")


def _empty_objects(value: Any, where: str) -> None:
    for key, item in _object(value if value is not None else {}, where).items():
        _object(item, f"{where}.{key}")


def _config(document: Document, where: str) -> None:
    _time(document, "created", where)
    for name in ("architecture", "os"):
        _text(_member(document, name, where), f"{where}.{name}")
    for name in ("author", "variant", "os.version"):
        _text(document.get(name, ""), f"{where}.{name}")
    _texts(document.get("os.features", []), f"{where}.os.features")
    if document.get("config") is not None:
        _execution(_object(document["config"], f"{where}.config"), f"{where}.config")
    rootfs = _object(_member(document, "rootfs", where), f"{where}.rootfs")
    if _member(rootfs, "type", f"{where}.rootfs") != "layers":
        raise _fail(f"{where}.rootfs.type", "must be layers")
    for diff_id in _texts(_member(rootfs, "diff_ids", f"{where}.rootfs"), f"{where}.rootfs.diff_ids"):
        _digest(diff_id, f"{where}.rootfs.diff_ids")
    history = document.get("history", [])
    if not isinstance(history, list):
        raise _fail(f"{where}.history", "must be a list")
    for index, item in enumerate(history):
        _history(_object(item, f"{where}.history[{index}]"), f"{where}.history[{index}]")


def _execution(config: Document, where: str) -> None:
    for name in ("User", "WorkingDir", "StopSignal"):
        _text(config.get(name, ""), f"{where}.{name}")
    for name in ("ExposedPorts", "Volumes"):
        _empty_objects(config.get(name), f"{where}.{name}")
    for name in ("Entrypoint", "Cmd"):
        if config.get(name) is not None:
            _texts(config[name], f"{where}.{name}")
    for pair in _texts(config.get("Env") or [], f"{where}.Env"):
        if not _ENV_RE.fullmatch(pair):
            raise _fail(f"{where}.Env", "must be NAME=VALUE")
    for key, value in _object(config.get("Labels") or {}, f"{where}.Labels").items():
        _text(value, f"{where}.Labels.{key}")
    if not isinstance(config.get("ArgsEscaped", False), bool):
        raise _fail(f"{where}.ArgsEscaped", "must be true or false")


def _history(row: Document, where: str) -> None:
    _time(row, "created", where)
    for name in ("author", "created_by", "comment"):
        _text(row.get(name, ""), f"{where}.{name}")
    if not isinstance(row.get("empty_layer", False), bool):
        raise _fail(f"{where}.empty_layer", "must be true or false")


_KINDS: Mapping[str, Callable[[Document, str], None]] = {
    "descriptor": _descriptor,
    "manifest": _manifest,
    "imageindex": _index,
    "imagelayout": _layout,
    "config": _config,
}
