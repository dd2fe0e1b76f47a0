"""Suite ``text``: the docker client's helpers for tables and templates."""

from __future__ import annotations

from typing import Any

from engine.cli.gotemplate import parse_template
from engine.cli.tabwriter import TabStops, align
from engine.cli.text import display_ports, ellipsis, truncate_id
from engine.conformance.units import unit_suite


@unit_suite("text")
def client_text(case: dict[str, Any]) -> dict[str, Any]:
    """Apply the helper that ``kind`` names."""
    match case["kind"]:
        case "tabwriter":
            stops = TabStops(
                case["minwidth"], case["tabwidth"], case["padding"], case["padchar"], case["flags"]
            )
            return {"output": align(case["src"], stops)}
        case "ellipsis":
            return {"result": ellipsis(case["text"], case["width"])}
        case "truncate_id":
            return {"result": truncate_id(case["id"])}
        case "ports":
            return {"result": display_ports(case["ports"])}
        case _:
            return {"output": parse_template(case["template"]).execute(case["data"])}
