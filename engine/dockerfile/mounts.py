"""``RUN --mount=…``: reading the option and resolving it."""

from __future__ import annotations

import csv
import posixpath
import re
from dataclasses import dataclass
from typing import Final

from engine.build.ops import ContextSource, FileSystemSource, Mount, ScratchSource
from engine.dockerfile.errors import InstructionError
from engine.dockerfile.gotext import clean_path, parse_bool, parse_unsigned, quote
from engine.dockerfile.lowering import StageBuilder
from engine.dockerfile.suggest import did_you_mean

KINDS: Final = ("bind", "cache", "secret", "ssh", "tmpfs")
SHARING: Final = ("locked", "private", "shared")
_VARIABLE: Final = re.compile(r"\$.")
_SIZE: Final = re.compile(r"(\d+(?:\.\d+)*) ?([kKmMgGtTpP])?[iI]?[bB]?\Z")
_KEYS: Final = (
    "type",
    "from",
    "source",
    "target",
    "readonly",
    "id",
    "sharing",
    "required",
    "size",
    "mode",
    "uid",
    "gid",
    "src",
    "dst",
    "destination",
    "ro",
    "rw",
    "readwrite",
    "env",
)
_ALIASES: Final = {"src": "source", "dst": "target", "destination": "target", "ro": "readonly"}
_ALIASES_INVERSE: Final = {"rw": "readwrite"}
_DEFAULT_SECRET_DIRECTORY: Final = "/run/secrets/"
_DEFAULT_SOCKET: Final = "/run/buildkit/ssh_agent."


@dataclass(frozen=True, slots=True)
class MountOption:
    """One ``--mount`` as written: its ``fields`` and the stage or image it is taken from."""

    fields: tuple[str, ...]
    from_: str

    @classmethod
    def parse(cls, text: str) -> MountOption:
        """Split the option; its values are read when they are expanded. Raises `InstructionError`."""
        fields = _split(text)
        from_ = ""
        for field in fields:
            key, separator, value = field.partition("=")
            if separator and key.lower() == "from":
                if _VARIABLE.search(value):
                    raise InstructionError(
                        "'from' doesn't support variable expansion, define alias stage instead", field
                    )
                from_ = value
        return cls(fields, from_)


def _split(text: str) -> tuple[str, ...]:
    if '"' not in text:
        return tuple(text.split(","))
    try:
        rows = list(csv.reader([text], strict=True))
    except csv.Error as error:
        raise InstructionError(f"failed to parse csv mounts: {error}", text) from None
    return tuple(rows[0]) if rows else ()


@dataclass(slots=True)
class _Values:
    """The values of one mount while they are read."""

    kind: str = "bind"
    from_: str = ""
    source: str = ""
    target: str = ""
    read_only: bool | None = None
    cache_id: str = ""
    sharing: str = ""
    required: bool = False
    size: int = 0
    mode: int | None = None
    uid: int | None = None
    gid: int | None = None
    environment: str | None = None

    def set_switch(self, key: str, field: str) -> None:
        """A field without a value."""
        if key in ("readonly", "ro"):
            self.read_only = True
        elif key in ("readwrite", "rw"):
            self.read_only = False
        elif key == "required":
            self._only_for(key, "secret", "ssh")
            self.required = True
        else:
            raise InstructionError(f"invalid field '{field}' must be a key=value pair", field)

    def set_value(self, key: str, value: str, field: str) -> None:
        """A field with a value; raises `InstructionError`."""
        name = _ALIASES.get(key) or _ALIASES_INVERSE.get(key) or key
        if name in ("from", "source", "target"):
            setattr(self, "from_" if name == "from" else name, value)
        elif name == "id":
            self.cache_id = value
        elif name == "env":
            self.environment = value
        elif name == "type":
            self.kind = self._one_of(value, KINDS, "unsupported mount type")
        elif name == "sharing":
            self.sharing = self._one_of(value, SHARING, "unsupported sharing value")
        elif name in ("readonly", "readwrite"):
            self.read_only = self._bool(key, value) is (name == "readonly")
        elif name == "required":
            self._only_for(key, "secret", "ssh")
            self.required = self._bool(key, value)
        elif name == "size":
            self._only_for(key, "tmpfs")
            self.size = _bytes(key, value)
        elif name in ("mode", "uid", "gid"):
            number = parse_unsigned(value, base=8 if name == "mode" else 10, bits=32)
            if number is None:
                raise InstructionError(f"invalid value {value} for {name}", field)
            setattr(self, name, number)
        else:
            raise InstructionError(did_you_mean(f"unexpected key '{key}' in '{field}'", key, _KEYS), field)

    @staticmethod
    def _one_of(value: str, allowed: tuple[str, ...], message: str) -> str:
        lowered = value.lower()
        if lowered not in allowed:
            raise InstructionError(did_you_mean(f"{message} {quote(value)}", value, allowed), value)
        return lowered

    @staticmethod
    def _bool(key: str, value: str) -> bool:
        parsed = parse_bool(value)
        if parsed is None:
            raise InstructionError(f"invalid value for {key}: {value}", value)
        return parsed

    def _only_for(self, key: str, *kinds: str) -> None:
        if self.kind not in kinds:
            raise InstructionError(f"unexpected key '{key}' for mount type '{self.kind}'", key)

    def check(self) -> None:
        """Raise `InstructionError` for values that do not go together."""
        if self.kind not in ("secret", "ssh", "cache"):
            for name in ("mode", "uid", "gid"):
                if getattr(self, name) is not None:
                    raise InstructionError(f"{name} not allowed for {quote(self.kind)} type mounts", name)
        if self.kind == "secret":
            if self.from_:
                raise InstructionError("secret mount should not have a from", "from")
            if self.sharing:
                raise InstructionError("secret mount should not define sharing", "sharing")
            if not (self.source or self.target or self.cache_id):
                raise InstructionError("invalid secret mount. one of source, target required")
            if self.source and self.cache_id:
                raise InstructionError("both source and id can't be set")
        if self.sharing and self.kind != "cache":
            raise InstructionError(f"invalid cache sharing set for {self.kind} mount", "sharing")


def _bytes(key: str, text: str) -> int:
    found = _SIZE.match(text)
    if found is None or found.group(1).count(".") > 1 or len(text) > 20:
        raise InstructionError(f"invalid value for {key}: {text}", text)
    return int(float(found.group(1)) * 1024 ** (" kmgtp".index((found.group(2) or " ").lower())))


def resolve_mount(option: MountOption, stage: StageBuilder) -> Mount:
    """The mount an option stands for in this stage; raises `InstructionError`."""
    values = _Values()
    for field in option.fields:
        key, separator, value = field.partition("=")
        if separator:
            values.set_value(key.lower(), stage.expand(value), field)
        else:
            values.set_switch(key.lower(), field)
    values.check()
    read_only = values.read_only
    if read_only is None:
        read_only = values.kind not in ("cache", "tmpfs")
    secret = values.kind == "secret"
    source = values.source
    if secret:
        source = values.cache_id or values.source or posixpath.basename(values.target)
    return Mount(
        kind=values.kind,
        target=_target(values, stage, source),
        source=source,
        origin=_origin(values, stage),
        read_only=read_only,
        cache_id=values.cache_id,
        sharing=values.sharing or "shared",
        required=values.required,
        size=values.size,
        mode=values.mode,
        uid=values.uid,
        gid=values.gid,
        environment=values.environment or "",
    )


def _origin(values: _Values, stage: StageBuilder) -> FileSystemSource:
    if values.kind in ("tmpfs", "secret", "ssh"):
        return ScratchSource()
    if values.from_:
        return stage.find_source(values.from_, False)
    return ScratchSource() if values.kind == "cache" else ContextSource()


def _target(values: _Values, stage: StageBuilder, source: str) -> str:
    target = values.target
    if values.kind == "secret":
        if not target and values.environment is None:
            target = _DEFAULT_SECRET_DIRECTORY + posixpath.basename(source)
        if not target:
            return ""
    if values.kind == "ssh" and not target:
        return f"{_DEFAULT_SOCKET}{values.cache_id or 'default'}"
    path = clean_path(posixpath.join("/", stage.config.working_dir, target))
    if path == "/" or not target:
        raise InstructionError(f"invalid mount target {quote(path if target else '')}")
    return path
