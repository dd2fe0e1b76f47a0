"""Suite ``reference``: image references."""

from __future__ import annotations

from typing import Any

from engine.conformance.units import unit_suite
from engine.image.reference import parse_normalized, parse_reference

_BARE_GRAMMAR_ALGORITHMS = frozenset({"sha256"})
"""A program that only links the reference package has no other hash function compiled in."""


@unit_suite("reference")
def reference(case: dict[str, Any]) -> dict[str, Any]:
    """Parse one reference, as typed (``normalize``) or by the bare grammar."""
    if not case.get("normalize"):
        bare = parse_reference(case["ref"], _BARE_GRAMMAR_ALGORITHMS)
        parts = {"domain": bare.domain, "tag": bare.tag, "digest": bare.digest}
        return {"repository": bare.name} | {key: value for key, value in parts.items() if value}
    ref = parse_normalized(case["ref"])
    output = {
        "string": str(ref),
        "familiar": ref.familiar,
        "domain": ref.domain,
        "path": ref.path,
        "tagged": str(ref.tagged()),
    }
    if ref.tag:
        output["tag"] = ref.tag
    if ref.digest:
        output["digest"] = ref.digest
    return output
