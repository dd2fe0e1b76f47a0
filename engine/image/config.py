"""The run-time configuration stored in an image (OCI image-spec, config.md; Docker's own extensions)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.errors import EngineError

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""The PATH Docker gives to an image that sets none (``FROM scratch``)."""


class ConfigError(EngineError):
    """A JSON document that is not a valid image configuration."""


@dataclass(frozen=True, slots=True)
class Healthcheck:
    """How a container's health is probed (Docker's ``HealthcheckConfig``).

    ``test`` is empty to inherit, ``("NONE",)`` to disable, ``("CMD", ...)`` for an argument list and
    ``("CMD-SHELL", line)`` for a shell line. All durations are nanoseconds; 0 means "inherit".
    """

    test: tuple[str, ...] = ()
    interval: int = 0
    timeout: int = 0
    start_period: int = 0
    start_interval: int = 0
    retries: int = 0

    def to_json(self) -> dict[str, Any]:
        """The healthcheck in Docker's field names, empty fields left out."""
        document: dict[str, Any] = {
            "Test": list(self.test),
            "Interval": self.interval,
            "Timeout": self.timeout,
            "StartPeriod": self.start_period,
            "StartInterval": self.start_interval,
            "Retries": self.retries,
        }
        return {name: value for name, value in document.items() if value}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Healthcheck:
        """Read Docker's field names; raises `ConfigError` when a field has the wrong type."""
        return cls(
            test=_strings(document, "Test") or (),
            interval=_integer(document, "Interval"),
            timeout=_integer(document, "Timeout"),
            start_period=_integer(document, "StartPeriod"),
            start_interval=_integer(document, "StartInterval"),
            retries=_integer(document, "Retries"),
        )


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """What a container made from the image runs with.

    ``env`` holds ``NAME=value`` texts in the order they were first set. ``cmd`` and ``entrypoint`` are
    ``None`` when unset (an empty tuple is "set to nothing", which JSON cannot tell apart).
    ``exposed_ports`` and ``volumes`` are sets written as sorted tuples; ``labels`` is a mapping written
    as pairs sorted by name. ``args_escaped`` is Docker's mark that ``cmd`` came from the shell form.
    """

    env: tuple[str, ...] = ()
    cmd: tuple[str, ...] | None = None
    entrypoint: tuple[str, ...] | None = None
    working_dir: str = ""
    user: str = ""
    exposed_ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    shell: tuple[str, ...] | None = None
    stop_signal: str = ""
    healthcheck: Healthcheck | None = None
    on_build: tuple[str, ...] = ()
    args_escaped: bool = False

    def env_map(self) -> dict[str, str]:
        """The environment as a mapping; an entry without ``=`` has an empty value, the last one wins."""
        return dict(_split_env(entry) for entry in self.env)

    def env_value(self, name: str) -> str | None:
        """The value of the variable ``name``, or ``None`` when it is not set."""
        for entry in reversed(self.env):
            found, value = _split_env(entry)
            if found == name:
                return value
        return None

    def with_env(self, name: str, value: str) -> ImageConfig:
        """This configuration with ``name`` set: in place when it was set before, else at the end."""
        return replace(self, env=set_env(self.env, name, value))

    def label_map(self) -> dict[str, str]:
        """The labels as a new dictionary, sorted by name."""
        return dict(self.labels)

    def with_labels(self, labels: Mapping[str, str]) -> ImageConfig:
        """This configuration with ``labels`` added; a name set before gets the new value."""
        pairs = list(self.labels)
        for name, value in labels.items():
            # A name sorts before every pair that starts with it, so this is where its pair is or goes.
            position = bisect_left(pairs, (name,))
            present = position < len(pairs) and pairs[position][0] == name
            pairs[position : position + present] = [(name, value)]
        return replace(self, labels=tuple(pairs))

    def with_exposed_ports(self, *ports: str) -> ImageConfig:
        """This configuration with more exposed ports, each ``port/protocol``."""
        return replace(self, exposed_ports=tuple(sorted({*self.exposed_ports, *ports})))

    def with_volumes(self, *paths: str) -> ImageConfig:
        """This configuration with more declared volumes."""
        return replace(self, volumes=tuple(sorted({*self.volumes, *paths})))

    def to_json(self) -> dict[str, Any]:
        """The configuration in the field names and order of the image-spec, empty fields left out."""
        document: dict[str, Any] = {
            "User": self.user,
            "ExposedPorts": {port: {} for port in self.exposed_ports},
            "Env": list(self.env),
            "Entrypoint": list(self.entrypoint or ()),
            "Cmd": list(self.cmd or ()),
            "Volumes": {path: {} for path in self.volumes},
            "WorkingDir": self.working_dir,
            "Labels": self.label_map(),
            "StopSignal": self.stop_signal,
            "ArgsEscaped": self.args_escaped,
            "Healthcheck": self.healthcheck.to_json() if self.healthcheck else None,
            "OnBuild": list(self.on_build),
            "Shell": list(self.shell or ()),
        }
        return {name: value for name, value in document.items() if value}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> ImageConfig:
        """Read the ``config`` object of an image; unknown fields are ignored.

        Raises `ConfigError` when a field has the wrong type.
        """
        healthcheck = _mapping(document, "Healthcheck")
        labels = _mapping(document, "Labels")
        for name, value in labels.items():
            if not isinstance(value, str):
                raise ConfigError(f"invalid image configuration: label {name} is not a string")
        return cls(
            env=_strings(document, "Env") or (),
            cmd=_strings(document, "Cmd"),
            entrypoint=_strings(document, "Entrypoint"),
            working_dir=_string(document, "WorkingDir"),
            user=_string(document, "User"),
            exposed_ports=tuple(sorted(_mapping(document, "ExposedPorts"))),
            volumes=tuple(sorted(_mapping(document, "Volumes"))),
            labels=tuple(sorted(labels.items())),
            shell=_strings(document, "Shell"),
            stop_signal=_string(document, "StopSignal"),
            healthcheck=Healthcheck.from_json(healthcheck) if healthcheck else None,
            on_build=_strings(document, "OnBuild") or (),
            args_escaped=bool(document.get("ArgsEscaped", False)),
        )


def set_env(env: tuple[str, ...], name: str, value: str) -> tuple[str, ...]:
    """``env`` with ``name=value`` in the place of an earlier setting of ``name``, or at the end."""
    entry, start = f"{name}={value}", f"{name}="
    for position, existing in enumerate(env):
        if existing.startswith(start) or existing == name:
            return (*env[:position], entry, *env[position + 1 :])
    return (*env, entry)


def _split_env(entry: str) -> tuple[str, str]:
    name, _, value = entry.partition("=")
    return name, value


def _wrong_type(field: str, wanted: str) -> ConfigError:
    return ConfigError(f"invalid image configuration: {field} is not {wanted}")


def _string(document: Mapping[str, Any], field: str) -> str:
    value = document.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _wrong_type(field, "a string")
    return value


def _integer(document: Mapping[str, Any], field: str) -> int:
    value = document.get(field)
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong_type(field, "an integer")
    return value


def _strings(document: Mapping[str, Any], field: str) -> tuple[str, ...] | None:
    value = document.get(field)
    if value is None:
        return None
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise _wrong_type(field, "a list of strings")
    return tuple(value)


def _mapping(document: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    value = document.get(field)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _wrong_type(field, "an object")
    return value
