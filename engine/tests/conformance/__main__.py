"""``make conformance``: replays every recorded case and lists what differs from real Docker."""

from __future__ import annotations

import argparse
import os
import re
import sys

from engine.tests.conformance.judging import RECORDED, SHARED, judge, report, suites


def main() -> int:
    """Print the table; the exit status is 0 whatever it says (the tests hold the floors)."""
    parser = argparse.ArgumentParser(prog="python -m engine.tests.conformance")
    parser.add_argument("--only", default="", help="suites whose name matches, such as play/bk-cache")
    parser.add_argument("--show", type=int, default=3, help="differences to list per suite")
    options = parser.parse_args()
    chosen = [suite for suite in suites(RECORDED, SHARED) if re.search(options.only, suite.name)]
    scores = (judge(suite, os.cpu_count() or 1) for suite in chosen)
    for line in report(scores, options.show):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
