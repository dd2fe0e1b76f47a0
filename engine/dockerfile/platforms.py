"""Platform names: ``os/architecture[/variant]``."""

from __future__ import annotations

import re
from typing import Final

from engine.dockerfile.gotext import quote
from engine.errors import EngineError

_PART_TEXT: Final = "^[A-Za-z0-9_.-]+$"
_PART: Final = re.compile(r"[a-z0-9_.-]+\Z")
_SYSTEMS: Final = frozenset(
    {"aix", "android", "darwin", "dragonfly", "freebsd", "illumos", "ios", "js", "linux", "netbsd"}
    | {"openbsd", "plan9", "solaris", "wasip1", "windows", "zos", "macos"}
)
_ARCHITECTURES: Final = {
    "386": "386",
    "i386": "386",
    "amd64": "amd64",
    "x86_64": "amd64",
    "x86-64": "amd64",
    "arm": "arm",
    "arm64": "arm64",
    "aarch64": "arm64",
    "loong64": "loong64",
    "mips": "mips",
    "mipsle": "mipsle",
    "mips64": "mips64",
    "mips64le": "mips64le",
    "ppc64": "ppc64",
    "ppc64le": "ppc64le",
    "riscv64": "riscv64",
    "s390x": "s390x",
    "wasm": "wasm",
}


class PlatformError(EngineError):
    """A text that names no platform."""


def parse_platform(text: str, default: str = "linux/amd64") -> str:
    """The platform ``text`` names, normalized; what is left out comes from ``default``.

    Raises `PlatformError`.
    """
    parts = text.lower().split("/")
    for part in parts:
        if not _PART.match(part):
            raise PlatformError(
                f"{quote(part)} is an invalid component of {quote(text)}: platform specifier component must "
                f"match {quote(_PART_TEXT)}: invalid argument"
            )
    if len(parts) > 3:
        raise PlatformError(f"{quote(text)}: cannot parse platform specifier: invalid argument")
    default_system, default_architecture = default.split("/")[:2]
    if len(parts) == 1:
        if parts[0] in _SYSTEMS:
            return f"{_system(parts[0])}/{default_architecture}"
        if parts[0] in _ARCHITECTURES or parts[0] in ("armhf", "armel"):
            return "/".join([default_system, *_architecture(parts[0], "")])
        raise PlatformError(f"{quote(text)}: unknown operating system or architecture: invalid argument")
    return "/".join([_system(parts[0]), *_architecture(parts[1], parts[2] if len(parts) == 3 else "")])


def _system(name: str) -> str:
    return "darwin" if name == "macos" else name


def _architecture(name: str, variant: str) -> list[str]:
    """Architecture and variant, the latter left out where it is the usual one."""
    if name in ("armhf", "armel"):
        name, variant = "arm", "v7" if name == "armhf" else "v6"
    name = _ARCHITECTURES.get(name, name)
    usual = {"arm64": ("8", "v8"), "amd64": ("v1",)}.get(name, ())
    if name == "arm":
        variant = f"v{variant.removeprefix('v')}" if variant else "v7"
    return [name] if not variant or variant in usual else [name, variant]
