"""``python -m engine COMMAND``: drives the engine from a terminal or a test tool."""

from __future__ import annotations

import sys
from importlib import import_module

COMMANDS = ("play", "shell", "unit")
"""Each is a module of ``engine.commands`` whose ``main(arguments) -> exit status`` runs it."""


def main(arguments: list[str]) -> int:
    """Run the command named first; an unknown one exits with 2."""
    if not arguments or arguments[0] not in COMMANDS:
        print(f"usage: python -m engine {{{'|'.join(COMMANDS)}}} ...", file=sys.stderr)
        return 2
    status: int = import_module(f"engine.commands.{arguments[0]}").main(arguments[1:])
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
