"""``python -m engine shell``: a prompt on the learner's machine in your own terminal."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.catalogue.images import CatalogueStore
from engine.content import StackedStore
from engine.session import (
    EndOfInput,
    Interrupt,
    RunLine,
    SaveFile,
    Step,
    complete,
    execute,
    new_machine,
    prompt,
)


def main(arguments: list[str]) -> int:
    """Read lines until Ctrl-D at the host's prompt; files given are copied into the project."""
    parser = argparse.ArgumentParser(prog="python -m engine shell")
    parser.add_argument("files", nargs="*", type=Path, help="text files to start with, such as a Dockerfile")
    options = parser.parse_args(arguments)
    store = StackedStore(CatalogueStore())
    machine = new_machine()
    for path in options.files:
        machine = execute(machine, SaveFile(path.name, path.read_text("utf-8")), store).machine
    step = Step(machine, prompt=prompt(machine))
    _edit_lines(lambda line: complete(step.machine, store, line, len(line))[1])
    while True:
        try:
            line = input(step.prompt)
        except KeyboardInterrupt:
            step = execute(step.machine, Interrupt(), store)
        except EOFError:
            if len(step.machine.terminal) == 1 and not step.waiting:
                print()
                return 0
            step = execute(step.machine, EndOfInput(), store)
        else:
            step = execute(step.machine, RunLine(line), store)
        for piece in step.output:
            stream = sys.stdout if piece.stream == "stdout" else sys.stderr
            stream.write(piece.text)
            stream.flush()


def _edit_lines(candidates: Callable[[str], Sequence[str]]) -> None:
    """Line editing, history and Tab, where this Python has readline."""
    try:
        import readline
    except ImportError:
        return

    def completer(_text: str, state: int) -> str | None:
        found = candidates(readline.get_line_buffer())
        return found[state] if state < len(found) else None

    readline.set_completer(completer)
    readline.set_completer_delims(" \t\n\"'`;|&<>(")
    readline.parse_and_bind("tab: complete")
