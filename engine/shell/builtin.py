"""The table of commands that are part of the shell."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from engine.discovery import import_submodules
from engine.shell.flavour import Flavour

if TYPE_CHECKING:
    from engine.shell.interpreter import Shell

Run = Generator[Any, Any, int]
"""A suspended piece of evaluation: yields Runs to be run to their end, None to let output flow."""
BuiltinFunction = Callable[["Shell", list[str]], "int | Run"]


@dataclass(frozen=True, slots=True)
class Builtin:
    """One builtin; ``special`` as POSIX 2.14 means it."""

    name: str
    run: BuiltinFunction
    special: bool


_builtins: dict[tuple[str, str], Builtin] = {}
_EVERY = ("dash", "bash", "ash")


def builtin(
    *names: str, special: bool = False, shells: tuple[str, ...] = _EVERY
) -> Callable[[BuiltinFunction], BuiltinFunction]:
    """Register the decorated function as a builtin of the given shells."""

    def register(function: BuiltinFunction) -> BuiltinFunction:
        for name in names:
            for shell in shells:
                _builtins[name, shell] = Builtin(name, function, special)
        return function

    return register


@cache
def builtins_of(kind: str) -> dict[str, Builtin]:
    """Every builtin of one kind of shell, by name."""
    import_submodules("engine.shell.builtins")
    return {name: entry for (name, shell), entry in _builtins.items() if shell == kind}


def find_builtin(flavour: Flavour, name: str) -> Builtin | None:
    """The builtin called ``name`` in that shell, or None."""
    return builtins_of(flavour.kind).get(name)
