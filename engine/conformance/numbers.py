"""Suite ``units``: human-readable sizes and durations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine import units
from engine.conformance.units import unit_suite

_FUNCTIONS: dict[str, Callable[[Any], str | int]] = {
    "HumanSize": units.human_size,
    "HumanSize3": units.human_size3,
    "BytesSize": units.bytes_size,
    "HumanDuration": units.human_duration,
    "FromHumanSize": units.from_human_size,
    "RAMInBytes": units.ram_in_bytes,
}


@unit_suite("units")
def human_units(case: dict[str, Any]) -> dict[str, Any]:
    """Apply one function to one value."""
    return {"result": _FUNCTIONS[case["fn"]](case["value"])}
