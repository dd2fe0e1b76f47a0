"""Records what real shells print for every snippet: ``python -m engine.tests.shell.record``.

Needs dash, bash and busybox on this machine. Each snippet runs with ``-c`` in an empty directory with a
fixed environment, twice; what differs between the two runs is not deterministic and is left out.
"""

import json
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
RECORDED = HERE / "recorded.json"
DIRECTORY = "/tmp/snippet"
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8"}
SHELLS = {"dash": ["/bin/dash"], "bash": ["/bin/bash"], "ash": ["/bin/busybox", "sh"]}
TIMEOUT = 5
Snippet = tuple[str, tuple[str, ...], str]


def snippets() -> list[Snippet]:
    """(name, shells, text) of every snippet: blocks headed ``#### all`` or ``#### bash ash``."""
    found: list[Snippet] = []
    for path in sorted((HERE / "snippets").glob("*.sh")):
        blocks = ("\n" + path.read_text()).split("\n#### ")[1:]
        for number, block in enumerate(blocks, 1):
            head, _, text = block.partition("\n")
            shells = tuple(SHELLS) if head == "all" else tuple(head.split())
            found.append((f"{path.stem}/{number}", shells, text.rstrip("\n")))
    return found


def _run(shell: str, text: str) -> dict[str, str | int] | None:
    directory = Path(DIRECTORY)
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    command = ["sh" if shell != "bash" else "bash", "-c", text]
    if shell == "ash":
        command = ["sh", "-c", text]
    executable = SHELLS[shell][0]
    environment = dict(ENVIRONMENT)
    if shell == "ash":
        link = Path("/tmp/snippet-busybox/sh")
        link.parent.mkdir(exist_ok=True)
        if not link.exists():
            link.symlink_to(executable)
        executable = str(link)
    try:
        done = subprocess.run(
            command,
            executable=executable,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    status = done.returncode if done.returncode >= 0 else 128 - done.returncode
    try:
        return {"stdout": done.stdout.decode(), "stderr": done.stderr.decode(), "status": status}
    except UnicodeDecodeError:
        return None


def main() -> None:
    """Record everything and write the fixture."""
    records = []
    for name, shells, text in snippets():
        for shell in shells:
            first, second = _run(shell, text), _run(shell, text)
            if first is None or first != second:
                print(f"left out: {name} ({shell})")
                continue
            records.append({"name": name, "shell": shell, "script": text, **first})
    lines = ",\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    RECORDED.write_text(f"[\n{lines}\n]\n")
    print(f"{len(records)} records")


if __name__ == "__main__":
    main()
