"""Records what the real tools of this machine answer, for test_recorded to compare with.

Run by hand on a Debian machine with coreutils, findutils, grep, sed, mawk, tar, gzip … and busybox:

    python -m engine.tests.programs.recorder

Every scenario (a line of scenarios.txt) starts in a fresh copy of the same small tree. It is command lines
joined by ``;;``, words as a shell would split them; ``<<<`` gives standard input with ``\\n`` escapes. A
leading ``~`` means that the order of the output lines is the file system's own and does not count.
"""

import base64
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
LEFT_OUT = frozenset((HERE / "busybox_left_out.txt").read_text().splitlines())
"""Where BusyBox is only sloppier than GNU (nonsense not refused, separators missing) or was built smaller."""
SCENARIOS = (HERE / "scenarios.txt").read_text().splitlines()
RECORDED = HERE / "recorded"
TREE: dict[str, bytes | str | None] = {
    "lines.txt": b"one 1\ntwo 2\nthree 3\nfour 4\n",
    "fruit.csv": b"id,name,qty\n3,pear,10\n1,apple,2\n2,fig,100\n",
    "words.txt": b"the cat\nthe dog\nA cat\n\n\nthe end\nthe end\n",
    "numbers.txt": b"10\n9\n2\n-3\n1.5\n100\n2\n",
    "sizes.txt": b"2K\n1G\n10M\n512\n",
    "versions.txt": b"v1.10\nv1.9\nv1.2.3\nv1.2\n",
    "noeol": b"a\nb",
    "empty": b"",
    "tabs.txt": b"a\tb\tc\n1\t2\t3\n",
    "binary": bytes(range(256)),
    "d": None,
    "d/x": b"x\n",
    "d/sub": None,
    "d/sub/y": b"y1\ny2\n",
    "d/sub/z.txt": b"one\n",
    "l": "lines.txt",
    "dangling": "nowhere",
    "with space": b"s\n",
}
POORER_BUILD = (
    "invalid option",
    "unrecognized",
    "not compiled in",
    "invalid argument 'ucase'",
    "1 Jan 2020",
    "Jan 5",
)
"""Debian's BusyBox is configured with less than Alpine's; what it cannot do is no fact about BusyBox."""
MTIME = 1_700_000_000


def split(line: str) -> tuple[list[str], bytes]:
    """The words of a command line and its standard input."""
    command, _, text = line.partition(" <<< ")
    return shlex.split(command), text.encode().decode("unicode_escape").encode("latin-1")


def lay_out(top: Path) -> None:
    for name, value in TREE.items():
        path = top / name
        if value is None:
            path.mkdir()
        elif isinstance(value, str):
            path.symlink_to(value)
        else:
            path.write_bytes(value)
    for name in sorted(TREE, reverse=True):
        os.utime(top / name, (MTIME, MTIME), follow_symlinks=False)
        if not (top / name).is_symlink():
            (top / name).chmod(0o755 if TREE[name] is None else 0o644)
    os.utime(top, (MTIME, MTIME))


def describe(top: Path) -> dict[str, list[str]]:
    """Every path below ``top``: kind, mode, and content or target."""
    found = {}
    for path in sorted(top.rglob("*")):
        info = path.lstat()
        name = str(path.relative_to(top))
        if path.is_symlink():
            found[name] = ["link", str(path.readlink())]
        elif path.is_dir():
            found[name] = ["dir", f"{info.st_mode & 0o7777:o}"]
        else:
            found[name] = ["file", f"{info.st_mode & 0o7777:o}", base64.b64encode(path.read_bytes()).decode()]
    return found


def record(scenario: str, busybox: bool) -> dict[str, object]:
    top = Path(tempfile.mkdtemp(prefix="rec"))
    os.umask(0o022)
    try:
        lay_out(top)
        before = describe(top)
        steps = []
        for line in scenario.lstrip("~").split(" ;; "):
            argv, stdin = split(line)
            if busybox:
                argv = ["busybox", *argv]
            done = subprocess.run(
                argv,
                input=stdin,
                capture_output=True,
                cwd=top,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC0", "HOME": "/root", "A": "1"},
                timeout=3,
                check=False,
            )
            steps.append([encode(done.stdout), encode(done.stderr), done.returncode])
        after = describe(top)
        changes = {
            name: after.get(name) for name in sorted({*before, *after}) if before.get(name) != after.get(name)
        }
        return {"steps": steps, "changes": changes}
    finally:
        shutil.rmtree(top)


def encode(data: bytes) -> str:
    return data.decode("latin-1")


def main() -> None:
    RECORDED.mkdir(exist_ok=True)
    applets = subprocess.run(["busybox", "--list"], capture_output=True, text=True, check=True).stdout.split()
    for family in ("gnu", "busybox"):
        results = {}
        for scenario in SCENARIOS:
            words = [split(line)[0][0] for line in scenario.lstrip("~").split(" ;; ")]
            if family == "busybox" and not all(word in applets for word in words):
                continue
            if family == "busybox" and scenario in LEFT_OUT:
                continue
            try:
                made = record(scenario, family == "busybox")
                if family == "busybox" and any(word in str(made) for word in POORER_BUILD):
                    continue
                results[scenario] = made
            except (OSError, subprocess.TimeoutExpired) as error:
                print(f"left out ({family}): {scenario!r}: {error}", file=sys.stderr)
        path = RECORDED / f"{family}.json"
        path.write_text(json.dumps(results, indent=0, sort_keys=True) + "\n")
        print(family, len(results))


if __name__ == "__main__":
    main()
