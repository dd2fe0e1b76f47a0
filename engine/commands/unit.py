"""``python -m engine unit SUITE``: one ``{"id", "input"}`` a line in, one ``{"id", "output"}`` a line out."""

from __future__ import annotations

import sys

from engine.conformance.units import UnknownSuite, answer, find_suite


def main(arguments: list[str]) -> int:
    """Answer standard input until it ends; every line is flushed."""
    if len(arguments) != 1:
        print("usage: python -m engine unit SUITE", file=sys.stderr)
        return 2
    try:
        suite = find_suite(arguments[0])
    except UnknownSuite as error:
        print(error, file=sys.stderr)
        return 2
    for line in answer(suite, sys.stdin):
        print(line, flush=True)
    return 0
