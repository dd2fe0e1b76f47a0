"""``python -m engine.catalogue check|lock|convert FACTS``: keeps data and lock file in agreement."""

import sys
from pathlib import Path


def main(argv: list[str]) -> int:
    """Run one command; returns the exit status."""
    match argv:
        case ["check"]:
            from engine.catalogue.lock import problems

            found = problems()
            for problem in found:
                print(problem, file=sys.stderr)
            print("catalogue: " + (f"{len(found)} problems" if found else "every image agrees with its lock"))
            return 1 if found else 0
        case ["lock"]:
            from engine.catalogue.lock import write_lock

            print(write_lock())
            return 0
        case ["convert", facts]:
            from engine.catalogue.convert import convert

            convert(Path(facts))
            return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
