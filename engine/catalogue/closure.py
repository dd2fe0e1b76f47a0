"""What installing packages brings along, for package managers whose data name their dependencies outright."""

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar


class Package(Protocol):
    """A package that knows the names of those it needs."""

    @property
    def depends(self) -> Sequence[str]:
        """Names, in the package's own order."""
        ...


P = TypeVar("P", bound=Package)


def dependencies_first(known: Mapping[str, P], wanted: Sequence[str], installed: set[str]) -> list[P]:
    """New packages for ``wanted``, each after those it needs; names nobody knows are passed over."""
    order: dict[str, P] = {}
    entered: set[str] = set()
    stack = [(name, False) for name in reversed(wanted)]
    while stack:
        name, finished = stack.pop()
        package = known.get(name)
        if package is None or name in installed or name in order:
            continue
        if finished:
            order[name] = package
        elif name not in entered:
            entered.add(name)
            stack.append((name, True))
            stack.extend((other, False) for other in reversed(package.depends))
    return list(order.values())
