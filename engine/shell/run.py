"""Starting programs: looking them up through PATH, following ``#!``, running them in the simulation."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

from engine.budget import BudgetExceeded
from engine.errors import EngineError
from engine.fs import (
    EXECUTE,
    Content,
    Directory,
    File,
    Files,
    FsError,
    program_name,
)
from engine.shell.options import HelpRequested, UsageError
from engine.shell.process import Interactive, NeedInput, Process, Sink, Source, StaysUp, System
from engine.shell.registry import Program, find_program

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
STATUS_NOT_FOUND = 127
STATUS_NOT_EXECUTABLE = 126
_MULTI_CALL = ("busybox", "coreutils", "toybox")
_MAX_INTERPRETERS = 4


class CommandNotFound(EngineError):
    """No file of that name on PATH (or at that path). ``name`` is the command as typed."""

    status = STATUS_NOT_FOUND

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"{name}: not found")


class BadInterpreter(CommandNotFound):
    """A script whose ``#!`` line names a program that is not there."""

    def __init__(self, name: str, interpreter: str) -> None:
        self.interpreter = interpreter
        super().__init__(name)


class NotExecutable(EngineError):
    """A file that cannot be executed: ``code`` is EACCES, EISDIR, ENOEXEC, ELOOP or ENOTDIR."""

    status = STATUS_NOT_EXECUTABLE

    def __init__(self, name: str, code: str) -> None:
        self.name = name
        self.code = code
        super().__init__(f"{name}: {FsError(code, name).reason}")


@dataclass(frozen=True, slots=True)
class Executable:
    """What a command name turned out to be.

    ``path`` is where it was found, ``real_path`` the same with symbolic links resolved; ``prefix`` holds
    the interpreter and its argument for a ``#!`` script. ``program`` is None for a text file that has no
    ``#!`` line: a shell runs it itself, the kernel refuses it.
    """

    path: str
    real_path: str
    program: Program | None
    prefix: tuple[str, ...] = field(default=())


def locate_command(files: Files, search_path: str, name: str) -> str:
    """The path of the executable a command name means. Raises CommandNotFound, NotExecutable."""
    if "/" in name:
        return name
    refused = False
    for directory in search_path.split(":"):
        path = f"{directory or '.'}/{name}"
        node = files.find(path)
        if isinstance(node, File):
            if files.access(path, EXECUTE):
                return path
            refused = True
    if refused:
        raise NotExecutable(name, "EACCES")
    raise CommandNotFound(name)


def load_executable(files: Files, path: str, argv0: str) -> Executable:
    """Find out what the file at ``path`` runs as. Raises CommandNotFound, BadInterpreter, NotExecutable."""
    prefix: tuple[str, ...] = ()
    where = path
    for _ in range(_MAX_INTERPRETERS):
        try:
            node = files.stat(where)
            real_path = files.real_path(where)
        except FsError as error:
            if prefix:
                raise BadInterpreter(path, where) from None
            if error.code in ("EACCES", "ELOOP", "ENAMETOOLONG", "ENOTDIR"):
                raise NotExecutable(path, error.code) from None
            raise CommandNotFound(path) from None
        if isinstance(node, Directory):
            raise NotExecutable(path, "EISDIR")
        if not isinstance(node, File) or not files.access(where, EXECUTE):
            raise NotExecutable(path, "EACCES")
        content = node.content
        if not content.head.startswith(b"#!"):
            program = _program(content, real_path, prefix[0] if prefix else argv0)
            return Executable(path, real_path, program, prefix)
        line = content.head[2:].partition(b"\n")[0].decode("utf-8", "surrogateescape").strip()
        interpreter, _, argument = line.partition(" ")
        argument = argument.strip()
        added = (interpreter, argument) if argument else (interpreter,)
        prefix = (*added, *((where, *prefix[1:]) if prefix else ()))
        where = interpreter
        if not where:
            return Executable(path, real_path, None)
    raise NotExecutable(path, "ELOOP")


def _program(content: Content, real_path: str, argv0: str) -> Program | None:
    if content.head and not content.head.startswith(b"\x7fELF"):
        return None
    if not content.size:
        return None
    file_name = real_path.rpartition("/")[2]
    typed = argv0.rpartition("/")[2]
    named = program_name(content)
    if named in _MULTI_CALL or (named is None and file_name in _MULTI_CALL):
        candidates = [typed, named or file_name]
    elif named is not None:
        candidates = [named]
    else:
        candidates = [file_name, typed]
    for candidate in candidates:
        found = find_program(candidate) or find_program(candidate.rstrip("0123456789.").rstrip("-"))
        if found is not None:
            return found
    return _not_simulated


def _explain(process: Process) -> int:
    process.error("this program is not simulated in Layer Lab")
    return STATUS_NOT_FOUND


_not_simulated = Program(("unknown",), _explain, "", "stands for every program that is not simulated")


def start(process: Process, program: Program) -> Generator[bytes, None, int]:
    """Run ``program`` lazily: yields its standard output, returns its exit status.

    Escaping: BudgetExceeded, NeedInput, Interactive, StaysUp (after its ``ready`` output was yielded).
    """
    status: int | None
    budget = process.budget
    budget.step()
    budget.enter()
    try:
        result = program.run(process)
        if result is None or isinstance(result, int):
            written = process.take_written()
            if written:
                yield written
            return result or 0
        while True:
            try:
                piece = next(result)
            except StopIteration as stop:
                status = stop.value
                break
            written = process.take_written()
            if written:
                yield written
            if piece:
                yield piece
        written = process.take_written()
        if written:
            yield written
        return status or 0
    except (BudgetExceeded, NeedInput, Interactive):
        written = process.take_written()
        if written:
            yield written
        raise
    except StaysUp as waiting:
        ready = process.take_written() + waiting.ready
        if ready:
            yield ready
        raise StaysUp(command=waiting.command or " ".join(process.argv)) from None
    except HelpRequested as request:
        yield process.take_written() + request.text.encode()
        return 0
    except UsageError as error:
        written = process.take_written()
        if written:
            yield written
        process.complain(error.text)
        return error.status
    except EngineError as error:
        written = process.take_written()
        if written:
            yield written
        process.error(str(error))
        return 1
    finally:
        budget.leave()


def prepare(
    system: System,
    files: Files,
    env: dict[str, str],
    argv: Sequence[str],
    stdin: Source,
    stderr: Sink,
    pid: int = 1,
) -> tuple[Process, Program]:
    """Look ``argv[0]`` up through ``env['PATH']`` and make its process. Raises as ``execute``."""
    name = argv[0]
    path = locate_command(files, env.get("PATH", DEFAULT_PATH), name)
    executable = load_executable(files, path, name)
    if executable.program is None:
        raise NotExecutable(name, "ENOEXEC")
    arguments = list(argv)
    if executable.prefix:
        arguments = [*executable.prefix, path, *argv[1:]]
    process = Process(
        arguments, dict(env), files.copy(), system, stdin, stderr, pid=pid, executable=executable.real_path
    )
    return process, executable.program


def execute(
    system: System,
    files: Files,
    env: dict[str, str],
    argv: Sequence[str],
    stdin: Source,
    stdout: Sink,
    stderr: Sink,
) -> int:
    """Run one program to its end as the kernel would; returns its exit status.

    Output is charged to the budget. Raises CommandNotFound, BadInterpreter, NotExecutable (the caller
    words them: a shell and a container runtime say different things), BudgetExceeded, NeedInput,
    Interactive, StaysUp.
    """
    if not argv or not argv[0]:
        raise CommandNotFound(argv[0] if argv else "")
    process, program = prepare(system, files, env, argv, stdin, stderr)
    process.stdout_is_terminal = system.terminal
    running = start(process, program)
    try:
        while True:
            piece = next(running)
            system.budget.print(len(piece))
            stdout.write(piece)
    except StopIteration as stop:
        return int(stop.value)
    except RecursionError:
        raise BudgetExceeded("nesting", system.budget.limits.depth) from None
