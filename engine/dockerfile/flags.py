"""Flags of instructions: ``--name=value`` between the keyword and the arguments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.dockerfile.errors import InstructionError
from engine.dockerfile.suggest import did_you_mean


@dataclass(frozen=True, slots=True)
class FlagSet:
    """The flags an instruction knows, by name: with one value, with several, and yes-or-no ones."""

    texts: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()

    def parse(self, written: Iterable[str]) -> Flags:
        """Read flags as written; raises `InstructionError`."""
        names = (*self.texts, *self.lists, *self.switches)
        flags = Flags()
        for word in written:
            if word == "--":
                break
            if not word.startswith("--"):
                raise InstructionError(f"arg should start with -- : {word}", word)
            name, separator, value = word[2:].partition("=")
            flag = f"--{name}"
            if name not in names:
                raise InstructionError(did_you_mean(f"unknown flag: {flag}", name, names), flag)
            if name in flags.values and name not in self.lists:
                raise InstructionError(f"duplicate flag specified: {flag}", flag)
            if name in self.switches:
                value = _switch(flag, value, bool(separator))
            elif not separator:
                raise InstructionError(f"missing a value on flag: {flag}", flag)
            flags.values.setdefault(name, []).append(value)
        return flags


@dataclass(frozen=True, slots=True)
class Flags:
    """The flags that were given."""

    values: dict[str, list[str]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The value of a flag, "" when it was not given."""
        return self.values.get(name, [""])[0]

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a flag that may be given several times."""
        return tuple(self.values.get(name, ()))

    def switch(self, name: str) -> bool | None:
        """Whether a yes-or-no flag was given as true or false; ``None`` when it was not given."""
        return self.text(name) == "true" if name in self.values else None

    def used(self) -> tuple[str, ...]:
        """The names of the flags that were given, in order."""
        return tuple(self.values)


def _switch(flag: str, value: str, has_value: bool) -> str:
    if has_value and not value:
        raise InstructionError(f"missing a value on flag: {flag}", flag)
    lowered = value.lower() or "true"
    if lowered not in ("true", "false"):
        raise InstructionError(f"expecting boolean value for flag {flag}, not: {value}", flag)
    return lowered
