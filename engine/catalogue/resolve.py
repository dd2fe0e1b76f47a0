"""Which packages an installation brings along, as apt's solver decides for everyday requests."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from engine.catalogue.debian import Package, Release


@dataclass(frozen=True)
class Installed:
    """What a system has: package names and the names they provide."""

    names: frozenset[str]
    provided: frozenset[str]

    @classmethod
    def of(cls, provides: Mapping[str, Iterable[str]]) -> "Installed":
        """From each installed package's ``Provides``."""
        extra = {virtual for group in provides.values() for virtual in group}
        return cls(frozenset(provides), frozenset(extra.union(provides)))


def closure(
    archive: Release, wanted: Collection[str], installed: Installed, recommends: bool
) -> dict[str, Package]:
    """New packages that installing ``wanted`` needs, in the order they were asked for.

    Of alternatives the first that is installed or chosen already wins, else the first that exists; of a
    virtual package's providers the archive's first. A relation that nothing in the archive's data satisfies
    is dropped. Depends decide before Recommends, and what is asked for before what it drags in. Raises
    KeyError for a wanted name that neither a package nor a provider has.
    """
    chosen: dict[str, Package] = {}
    present = set(installed.provided)
    queue: list[Package] = []

    def choose(name: str) -> bool:
        package = archive.find(name)
        if package is None:
            return False
        if name not in chosen and name not in installed.names:
            chosen[name] = package
            present.add(name)
            present.update(package.provides)
            queue.append(package)
        return True

    for name in wanted:
        if not choose(name) and not any(choose(provider) for provider in archive.providers(name)[:1]):
            raise KeyError(name)
    weak: list[Package] = []
    position = 0
    while position < len(queue) or weak:
        if position < len(queue):
            package = queue[position]
            position += 1
            groups = (*package.pre_depends, *package.depends)
            weak.append(package)
        else:
            package = weak.pop(0)
            groups = package.recommends if recommends else ()
        for group in groups:
            if not any(name in present for name in group):
                _choose_one(archive, group, choose)
    return chosen


def _choose_one(archive: Release, group: tuple[str, ...], choose: "_Choose") -> None:
    for name in group:
        if choose(name) or any(choose(provider) for provider in archive.providers(name)):
            return


class _Choose(Protocol):
    """A callable that takes a package into the set (typing only)."""

    def __call__(self, name: str) -> bool: ...


def unpack_order(packages: Mapping[str, Package]) -> list[Package]:
    """Dependencies before dependants, otherwise in the given order; cycles are cut where they close."""
    done: dict[str, Package] = {}
    entered: set[str] = set()
    for first in packages:
        stack = [(first, False)]
        while stack:
            name, finished = stack.pop()
            package = packages.get(name)
            if package is None or name in done:
                continue
            if finished:
                done[name] = package
                continue
            if name in entered:
                continue
            entered.add(name)
            stack.append((name, True))
            needed = [other for group in (*package.pre_depends, *package.depends) for other in group]
            stack.extend((other, False) for other in reversed(needed))
    return list(done.values())
