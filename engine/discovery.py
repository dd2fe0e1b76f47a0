"""Finds plug-ins: importing every module of a package runs the decorators that register them."""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType


def import_submodules(package: str) -> tuple[ModuleType, ...]:
    """Import every direct submodule of ``package`` (dotted name), in name order, and return them."""
    parent = import_module(package)
    names = sorted(info.name for info in iter_modules(parent.__path__) if info.name != "__main__")
    return tuple(import_module(f"{package}.{name}") for name in names)
