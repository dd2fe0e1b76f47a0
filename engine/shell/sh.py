"""The shells as programs: ``sh``, ``dash``, ``bash``, ``ash``."""

from collections.abc import Generator
from dataclasses import dataclass

from engine.fs import Directory, FsError
from engine.shell.flavour import flavour_of
from engine.shell.interpreter import Shell
from engine.shell.parameters import LONG_OPTIONS
from engine.shell.process import Interactive, Process
from engine.shell.registry import program
from engine.shell.state import ShellState
from engine.shell.streams import GivenInput, GivenOutput, Pipe
from engine.shell.tasks import drive

_LETTERS = frozenset(LONG_OPTIONS)


@dataclass(frozen=True, slots=True)
class ShellRequest:
    """What ``Interactive`` asks the session to open when a shell is started at a terminal."""

    state: ShellState


@dataclass(slots=True)
class _Invocation:
    command: str | None = None
    interactive: bool = False
    from_stdin: bool = False
    login: bool = False
    options: list[str] | None = None
    operands: list[str] | None = None


@program("sh", "bash", "dash", "ash", package="shell", summary="command interpreter")
def sh(process: Process) -> Generator[bytes, None, int]:
    """Run a script given by ``-c``, by a file or on standard input; at a terminal, open a prompt."""
    flavour = flavour_of(process.files, process.executable, process.argv[0])
    if "--version" in process.argv[1:2] and flavour.is_bash:
        yield (
            f"GNU bash, version {flavour.version}(1)-release (x86_64-pc-linux-gnu)\n"
            "Copyright (C) 2022 Free Software Foundation, Inc.\n"
            "License GPLv3+: GNU GPL version 3 or later <http://gnu.org/licenses/gpl.html>\n\n"
            "This is free software; you are free to change and redistribute it.\n"
            "There is NO WARRANTY, to the extent permitted by law.\n"
        ).encode()
        return 0
    invocation = _Invocation(options=[], operands=[])
    complaint = _read_options(process, invocation)
    name = process.argv[0]
    if complaint:
        process.complain(f"{name}: {complaint}\n")
        return 2
    operands = invocation.operands or []
    script: str | None = None
    if invocation.command is None and operands and not invocation.from_stdin:
        script, operands = operands[0], operands[1:]
        name = script
    elif invocation.command is not None and operands:
        name, operands = operands[0], operands[1:]
    state = ShellState.initial(
        process.env, process.files.cwd, flavour, process.files.user, name, process.files.umask, process.pid
    )
    shell = Shell(process.system, state, process.files)
    shell.options |= set(invocation.options or [])
    shell.variables.export_everything = "a" in shell.options
    shell.positional = operands
    at_terminal = process.stdin.is_terminal and process.system.terminal
    if invocation.command is None and script is None and (at_terminal or invocation.interactive):
        raise Interactive(ShellRequest(shell.state))
    if script is not None:
        shell.from_string = False
        try:
            path = _script_path(process, script)
            text = process.files.read_text(path)
        except FsError as error:
            return _cannot_open(process, shell, script, error)
    elif invocation.command is not None:
        text = invocation.command
    else:
        shell.from_string = flavour.is_ash
        text = b"".join(_charged(process)).decode("utf-8", "surrogateescape")
    pipe = Pipe(process.budget)
    shell.fds = {
        0: GivenInput(process.stdin, process.budget),
        1: pipe,
        2: GivenOutput(process.stderr, process.budget),
    }
    shell.pipe = pipe
    shell.line = 1
    return (yield from _streamed(shell, text, pipe))


def _charged(process: Process) -> Generator[bytes, None, None]:
    for piece in process.stdin.chunks():
        process.budget.allocate(len(piece))
        yield piece


def _streamed(shell: Shell, text: str, pipe: Pipe) -> Generator[bytes, None, int]:
    """Run the script, handing its output on as it comes."""
    task = drive(shell.script(text))
    try:
        while True:
            try:
                next(task)
            except StopIteration as stop:
                if pipe.queue:
                    yield b"".join(pipe.queue)
                    pipe.queue.clear()
                return int(stop.value)
            except BaseException:
                if pipe.queue:
                    yield b"".join(pipe.queue)
                    pipe.queue.clear()
                raise
            if pipe.queue:
                data = b"".join(pipe.queue)
                pipe.queue.clear()
                yield data
    finally:
        task.close()


def _read_options(process: Process, invocation: _Invocation) -> str:
    """Fill ``invocation`` from the arguments; returns a complaint, empty when all is well."""
    words = process.argv[1:]
    index = 0
    wants_command = False
    options = invocation.options if invocation.options is not None else []
    while index < len(words):
        word = words[index]
        if word in ("-", "--"):
            index += 1
            break
        if word[:1] not in ("-", "+") or len(word) < 2:
            break
        index += 1
        if word.startswith("--"):
            if word in ("--login", "--posix", "--norc", "--noprofile", "--noediting", "--verbose"):
                continue
            if word in ("--rcfile", "--init-file"):
                index += 1
                continue
            return f"{word}: invalid option"
        for letter in word[1:]:
            if letter == "c":
                wants_command = True
            elif letter == "i":
                invocation.interactive = True
            elif letter == "s":
                invocation.from_stdin = True
            elif letter == "l":
                invocation.login = True
            elif letter in ("o", "O"):
                if index >= len(words):
                    return f"-{letter}: option requires an argument"
                long = words[index]
                index += 1
                options.append(next((k for k, v in LONG_OPTIONS.items() if v == long), long))
            elif letter in _LETTERS:
                options.append(letter)
            else:
                return (
                    f"{word[0]}{letter}: invalid option"
                    if "bash" in process.name
                    else f"0: Illegal option {word[0]}{letter}"
                )
    rest = words[index:]
    if wants_command:
        if not rest:
            if process.name == "bash":
                return "-c: option requires an argument"
            return "0: -c requires an argument"
        invocation.command, rest = rest[0], rest[1:]
    invocation.operands = rest
    return ""


def _script_path(process: Process, script: str) -> str:
    files = process.files
    if isinstance(files.stat(script), Directory):
        raise FsError("EISDIR", script)
    return script


def _cannot_open(process: Process, shell: Shell, script: str, error: FsError) -> int:
    name = process.argv[0]
    if shell.flavour.is_bash:
        if error.code == "EISDIR":
            process.complain(f"{script}: {script}: Is a directory\n")
            return 126
        process.complain(f"{name}: {script}: {error.reason}\n")
        return 127 if error.code == "ENOENT" else 126
    if shell.flavour.is_ash:
        process.complain(f"{name}: can't open '{script}': {error.reason}\n")
        return 2
    reason = "No such file" if error.code == "ENOENT" else error.reason
    process.complain(f"{name}: 0: cannot open {script}: {reason}\n")
    return 2
