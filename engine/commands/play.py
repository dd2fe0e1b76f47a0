"""``python -m engine play FILE|-`` and ``play --jsonl``: scenarios in, results out."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from engine.conformance.play import play


def main(arguments: list[str]) -> int:
    """Play one scenario (a file, or ``-`` for standard input), or one a line with ``--jsonl``."""
    parser = argparse.ArgumentParser(prog="python -m engine play")
    parser.add_argument("scenario", nargs="?", help="a scenario file, - for standard input")
    parser.add_argument("--jsonl", action="store_true", help="one scenario a line in, one result a line out")
    parser.add_argument("--images", type=Path, help="directory of NAME.json.gz base images")
    options = parser.parse_args(arguments)
    if options.jsonl:
        for line in sys.stdin:
            print(json.dumps(play(json.loads(line), options.images)), flush=True)
        return 0
    if options.scenario is None:
        parser.error("a scenario file, or --jsonl")
    text = sys.stdin.read() if options.scenario == "-" else Path(options.scenario).read_text("utf-8")
    print(json.dumps(play(json.loads(text), options.images), indent=1))
    return 0
