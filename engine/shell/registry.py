"""The table of simulated programs. Each joins it with ``@program``; nobody lists them by hand."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from engine.discovery import import_submodules
from engine.shell.process import Process

ProgramResult = int | None | Generator[bytes, None, int | None]
ProgramFunction = Callable[[Process], ProgramResult]


@dataclass(frozen=True, slots=True)
class Program:
    """A simulated program: ``names`` it answers to, the ``package`` it belongs to, one line of summary."""

    names: tuple[str, ...]
    run: ProgramFunction
    package: str
    summary: str

    @property
    def name(self) -> str:
        """Its first name."""
        return self.names[0]


_programs: dict[str, Program] = {}


def program(
    *names: str, package: str = "", summary: str = ""
) -> Callable[[ProgramFunction], ProgramFunction]:
    """Register the decorated function as the program called by any of ``names``.

    Raises ValueError when a name is taken by another function.
    """

    def register(function: ProgramFunction) -> ProgramFunction:
        entry = Program(names, function, package, summary)
        for name in names:
            present = _programs.get(name)
            if present is not None and present.run.__qualname__ != function.__qualname__:
                raise ValueError(f"two programs are called {name}")
            _programs[name] = entry
        return function

    return register


@cache
def load_programs() -> None:
    """Import every module that registers programs; further calls cost nothing."""
    import_submodules("engine.programs")
    import_module("engine.shell.sh")


def find_program(name: str) -> Program | None:
    """The program called ``name``, or None when it is not simulated."""
    load_programs()
    return _programs.get(name)


def programs() -> Iterator[Program]:
    """Every registered program once, in order of its first name."""
    load_programs()
    yield from sorted({entry.name: entry for entry in _programs.values()}.values(), key=lambda p: p.name)
