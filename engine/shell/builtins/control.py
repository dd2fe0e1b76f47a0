"""Builtins that steer the shell: exit, return, loops, eval, sourcing, exec, traps, jobs, signals."""

from engine.fs import Directory, FsError
from engine.shell import wording
from engine.shell.builtin import Run, builtin
from engine.shell.errors import Break, Continue, Exit, Return, ShellError
from engine.shell.interpreter import Shell
from engine.shell.process import StaysUp
from engine.shell.quoting import dash_quoted, shell_quoted
from engine.shell.run import DEFAULT_PATH, CommandNotFound, NotExecutable
from engine.shell.signals import SIGNALS, signal_name, signal_number
from engine.shell.tasks import Job


@builtin(":", special=True)
@builtin("true")
def true(shell: Shell, argv: list[str]) -> int:
    """Succeed."""
    return 0


@builtin("false")
def false(shell: Shell, argv: list[str]) -> int:
    """Fail."""
    return 1


def _status_argument(shell: Shell, argv: list[str], default: int) -> int:
    """The numeric operand of exit and return."""
    if len(argv) < 2:
        return default
    text = argv[1]
    digits = text.lstrip("-") if shell.flavour.is_bash else text
    if digits.isascii() and digits.isdigit() and len(digits) < 19:
        return int(text) & 255
    if shell.flavour.is_bash:
        shell.complain(f"{argv[0]}: {text}: numeric argument required")
        return 2
    if shell.flavour.is_ash:
        raise ShellError(f"{argv[0]}: Illegal number: {text}", 2)
    raise ShellError(f"{argv[0]}: Illegal number: {text}", 2)


@builtin("exit", special=True)
def exit_(shell: Shell, argv: list[str]) -> int:
    """Leave the shell."""
    if len(argv) > 2 and shell.flavour.is_bash:
        shell.complain("exit: too many arguments")
        return 1
    raise Exit(_status_argument(shell, argv, shell.status))


@builtin("return", special=True)
def return_(shell: Shell, argv: list[str]) -> int:
    """Leave a function or a sourced file."""
    if not shell.function_names and not shell.source_depth and shell.flavour.is_bash:
        shell.complain("return: can only `return' from a function or sourced script")
        return 2 if shell.flavour.posix else 1
    raise Return(_status_argument(shell, argv, shell.status))


@builtin("break", "continue", special=True)
def break_(shell: Shell, argv: list[str]) -> int:
    """Leave loops, or start their next turn."""
    name = argv[0]
    levels = 1
    if len(argv) > 1:
        text = argv[1]
        if not (text.isascii() and text.isdigit()):
            if shell.flavour.is_bash:
                shell.complain(f"{name}: {text}: numeric argument required")
                raise Exit(128)
            raise ShellError(f"{name}: Illegal number: {text}", 2)
        levels = min(int(text[:9]), 1_000_000)
        if levels < 1:
            if shell.flavour.is_bash:
                shell.complain(f"{name}: {text}: loop count out of range")
                return 1
            raise ShellError(f"{name}: Illegal number: {text}", 2)
    if not shell.loop_depth:
        if shell.flavour.is_bash:
            shell.complain(f"{name}: only meaningful in a `for', `while', or `until' loop")
        return 0
    levels = min(levels, shell.loop_depth)
    raise Break(levels) if name == "break" else Continue(levels)


@builtin("eval", special=True)
def eval_(shell: Shell, argv: list[str]) -> "int | Run":
    """Execute the arguments as a script."""
    text = " ".join(argv[1:] if argv[1:2] != ["--"] else argv[2:])
    return shell.evaluate(text, "eval") if text.strip() else 0


@builtin(".", special=True)
@builtin("source", shells=("bash", "ash"))
def source(shell: Shell, argv: list[str]) -> "int | Run":
    """Execute a file here."""
    if len(argv) < 2:
        if shell.flavour.is_bash:
            shell.complain(f"{argv[0]}: filename argument required")
            shell.error_text(f"{argv[0]}: usage: {argv[0]} filename [arguments]\n")
            return 2
        if shell.flavour.is_dash:
            return 0
        raise ShellError(f"{argv[0]}: filename argument required", 2)
    return _source(shell, argv)


def _source(shell: Shell, argv: list[str]) -> Run:
    path = _find_source(shell, argv[1])
    if path is None or isinstance(shell.files.find(path), Directory):
        return _source_missing(shell, argv, path is not None)
    try:
        text = shell.files.read_text(path)
    except FsError as error:
        if shell.flavour.is_bash:
            shell.complain(f"{argv[1]}: {error.reason}")
            return 1
        raise ShellError(
            f"{argv[0]}: {wording.redirection_failed(shell.flavour, argv[1], error.code, False)}", 2
        ) from None
    positional = shell.positional
    has_arguments = len(argv) > 2 and not shell.flavour.is_dash
    if has_arguments:
        shell.positional = argv[2:]
    outer, from_string, name = shell.line, shell.from_string, shell.name
    shift = shell.swap_line_shift(0)
    shell.source_depth += 1
    shell.from_string = False
    if shell.flavour.is_bash:
        shell.name = argv[1]
    try:
        return int((yield shell.evaluate(text, argv[1])))
    except Return as leaving:
        return leaving.status
    finally:
        shell.source_depth -= 1
        shell.from_string, shell.name = from_string, name
        shell.swap_line_shift(shift)
        shell.line = outer
        if has_arguments:
            shell.positional = positional


def _find_source(shell: Shell, name: str) -> str | None:
    if "/" in name:
        return name if shell.files.exists(name) else None
    for directory in (shell.variables.get("PATH") or DEFAULT_PATH).split(":"):
        path = f"{directory or '.'}/{name}"
        if shell.files.is_file(path):
            return path
    if shell.flavour.is_bash and not shell.flavour.posix and shell.files.exists(name):
        return name
    return None


def _source_missing(shell: Shell, argv: list[str], is_directory: bool) -> int:
    command, name = argv[0], argv[1]
    if shell.flavour.is_bash:
        if is_directory:
            shell.complain(f"{command}: {name}: is a directory")
        elif "/" not in name and shell.flavour.posix:
            shell.complain(f"{command}: {name}: file not found")
        else:
            shell.complain(f"{name}: No such file or directory")
        if shell.flavour.posix:
            raise Exit(1)
        return 1
    if shell.flavour.is_dash:
        reason = f"cannot open {name}: No such file" if "/" in name else f"{name}: not found"
        raise ShellError(f"{command}: {reason}", 2)
    reason = f"can't open '{name}': No such file or directory" if "/" in name else f"{name}: not found"
    raise ShellError(f"{command}: {reason}", 2)


@builtin("exec", special=True)
def exec_(shell: Shell, argv: list[str]) -> "int | Run":
    """Replace the shell by a program; alone, its redirections stay (the interpreter sees to that)."""
    words = argv[1:]
    name = None
    while words and words[0].startswith("-") and shell.flavour.is_bash:
        if words[0] == "--":
            words = words[1:]
            break
        if words[0] == "-a" and len(words) > 1:
            name, words = words[1], words[2:]
        else:
            words = words[1:]
    if words and words[0] == "--":
        words = words[1:]
    return _exec(shell, words, name) if words else 0


def _exec(shell: Shell, words: list[str], name: str | None) -> Run:
    environment = dict(shell.variables.environment())
    try:
        path = shell.find_path(words[0])
    except CommandNotFound as error:
        message, status = wording.command_not_found(shell.flavour, error, words[0])
        shell.complain(f"exec: {message.replace('command not found', 'not found')}")
        raise Exit(status) from None
    except NotExecutable as error:
        message, status = wording.not_executable(shell.flavour, error, words[0])
        shell.complain(f"exec: {message}" if not shell.flavour.is_bash else message)
        raise Exit(status) from None
    del path
    status = yield shell.external(words, environment)
    shell.traps.pop("EXIT", None)
    raise Exit(status)


# ---------------------------------------------------------------------- traps and signals


@builtin("trap", special=True)
def trap(shell: Shell, argv: list[str]) -> int:
    """Set, reset or list what happens on signals and at exit."""
    words = argv[1:]
    if words and words[0] == "-l" and shell.flavour.is_bash:
        return _list_signals(shell)
    printing = bool(words) and words[0] == "-p"
    if printing:
        words = words[1:]
    if words and words[0] == "--":
        words = words[1:]
    if printing or not words:
        return _print_traps(shell, words)
    command: str | None = words[0]
    names = words[1:]
    if len(words) == 1 or (command and command.isdigit()):
        names = words
        command = None
    elif command == "-":
        command = None
    status = 0
    for name in names:
        canonical = signal_name(name) if name.upper() not in ("ERR", "DEBUG", "RETURN") else name.upper()
        if canonical is None or (canonical in ("ERR", "DEBUG", "RETURN") and not shell.flavour.is_bash):
            if shell.flavour.is_bash or shell.flavour.is_ash:
                shell.complain(f"trap: {name}: invalid signal specification")
            else:
                shell.error_text(f"trap: {name}: bad trap\n")
            status = 1
            continue
        if command is None:
            shell.traps.pop(canonical, None)
        else:
            shell.traps[canonical] = command
    return status


def _print_traps(shell: Shell, names: list[str]) -> int:
    wanted = {signal_name(name) or name for name in names}
    order = {name: number for number, name in enumerate(["EXIT", *SIGNALS, "ERR"])}
    for name in sorted(shell.traps, key=lambda item: order.get(item, 99)):
        if wanted and name not in wanted:
            continue
        shown = (
            f"SIG{name}" if shell.flavour.is_bash and name not in ("EXIT", "ERR", "DEBUG", "RETURN") else name
        )
        quote = shell_quoted if shell.flavour.is_bash else dash_quoted
        shell.out(f"trap -- {quote(shell.traps[name])} {shown}\n")
    return 0


def _list_signals(shell: Shell) -> int:
    rows = [f"{number:2d}) SIG{name}" for number, name in enumerate(SIGNALS, 1)]
    for start in range(0, len(rows), 5):
        shell.out("\t".join(rows[start : start + 5]) + "\n")
    return 0


@builtin("kill")
def kill(shell: Shell, argv: list[str]) -> "int | Run":
    """Send a signal to a process or a job."""
    words = argv[1:]
    signal = "TERM"
    if words and words[0] in ("-l", "-L"):
        return _kill_list(shell, words[1:])
    if (words and words[0] == "-s" and len(words) > 1) or (
        words and words[0] == "-n" and len(words) > 1 and shell.flavour.is_bash
    ):
        signal, words = words[1], words[2:]
    elif words and words[0].startswith("-") and len(words[0]) > 1 and words[0] != "--":
        signal, words = words[0][1:], words[1:]
    if words and words[0] == "--":
        words = words[1:]
    if not words:
        if shell.flavour.is_bash:
            shell.error_text(
                "kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ..."
                " or kill -l [sigspec]\n"
            )
            return 2
        if shell.flavour.is_ash:
            shell.complain("you need to specify whom to kill")
            return 1
        raise ShellError(
            "kill: Usage: kill [-s sigspec | -signum | -sigspec] [pid | job]... or\nkill -l [exitstatus]",
            2,
            False,
        )
    number = 0 if signal == "0" else signal_number(signal)
    if number is None:
        if shell.flavour.is_ash:
            shell.complain(f"bad signal name '{signal}'")
            return 1
        if shell.flavour.is_dash:
            raise ShellError(f"kill: Illegal option -{signal[:1]}", 2, False)
        shell.complain(f"kill: {signal}: invalid signal specification")
        return 1
    return _send(shell, words, number)


def _kill_list(shell: Shell, words: list[str]) -> int:
    if not words:
        if shell.flavour.is_bash:
            return _list_signals(shell)
        for number, name in enumerate(SIGNALS, 1):
            shell.out(f"{number:2d}) {name}\n" if shell.flavour.is_ash else f"{name}\n")
        return 0
    for word in words:
        if word.isascii() and word.isdigit():
            number = int(word[:9])
            found = signal_name(str(number - 128 if number > 128 else number))
            shell.out(f"{found}\n" if found else "")
        else:
            shell.out(f"{signal_number(word) or ''}\n")
    return 0


def _send(shell: Shell, targets: list[str], number: int) -> Run:
    status = 0
    for target in targets:
        job = find_job(shell, target)
        if job is not None:
            if number in (0, 18, 19, 20):
                continue
            if job.task is not None or job.stays_up:
                job.task = None
                job.stays_up = False
                job.status = 128 + number
                job.finished = shell.system.clock.now
            continue
        pid = int(target) if target.lstrip("-").isdigit() and len(target) < 10 else None
        if pid is not None and pid in (shell.pid, 0):
            if number:
                yield deliver(shell, number)
            continue
        if pid is not None and any(known == pid for known, _, _ in shell.system.processes):
            continue
        if pid is None:
            if shell.flavour.is_bash:
                shell.complain(f"kill: {target}: arguments must be process or job IDs")
            elif shell.flavour.is_ash:
                shell.complain(f"invalid number '{target}'")
            else:
                raise ShellError(f"kill: Illegal number: {target}", 2, False)
        elif shell.flavour.is_bash:
            shell.complain(f"kill: ({pid}) - No such process")
        elif shell.flavour.is_ash:
            shell.complain(f"can't kill pid {pid}: No such process")
        else:
            shell.complain("kill: No such process\n")
        status = 1
    return status


def deliver(shell: Shell, number: int) -> Run:
    """A signal reaches this shell: its trap runs, or it dies."""
    name = SIGNALS[number - 1]
    command = shell.traps.get(name)
    if command is not None and name not in ("KILL", "STOP"):
        if command:
            status = shell.status
            yield shell.evaluate(command)
            shell.status = status
        return 0
    if name in ("CHLD", "URG", "WINCH", "CONT", "STOP", "TSTP", "TTIN", "TTOU"):
        return 0
    raise Exit(128 + number, signal=number)


# ---------------------------------------------------------------------- jobs


def find_job(shell: Shell, target: str) -> Job | None:
    """The job that ``%1``, ``%%`` or a process id names."""
    if target in ("%%", "%+", "%"):
        return shell.jobs[-1] if shell.jobs else None
    if target == "%-":
        return shell.jobs[-2] if len(shell.jobs) > 1 else None
    if target.startswith("%") and target[1:].isdigit():
        return next((job for job in shell.jobs if job.number == int(target[1:][:9])), None)
    if target.isascii() and target.isdigit():
        return next((job for job in shell.jobs if job.pid == int(target[:9])), None)
    return None


@builtin("wait")
def wait(shell: Shell, argv: list[str]) -> Run:
    """Wait for background jobs."""
    words = [word for word in argv[1:] if not word.startswith("-")]
    clock = shell.system.clock
    if not words:
        any_one = "-n" in argv[1:] and shell.flavour.is_bash
        waited: list[Job] = [job for job in shell.jobs if not job.stays_up]
        status = 127 if any_one and not waited else 0
        for job in waited[:1] if any_one else waited:
            status = yield shell.finish_job(job)
            clock.now = max(clock.now, job.finished)
            shell.jobs.remove(job)
        if any(job.stays_up for job in shell.jobs) and not (any_one and waited):
            raise StaysUp
        return status if any_one else 0
    status = 0
    for word in words:
        job_found = find_job(shell, word)
        if job_found is None:
            if shell.flavour.is_bash:
                shell.complain(
                    f"wait: {word}: no such job"
                    if word.startswith("%")
                    else f"wait: pid {word} is not a child of this shell"
                    if word.isdigit()
                    else f"wait: `{word}': not a pid or valid job spec"
                )
            status = 127
            continue
        status = yield shell.finish_job(job_found)
        if job_found.stays_up:
            raise StaysUp
        clock.now = max(clock.now, job_found.finished)
    return status


@builtin("jobs")
def jobs(shell: Shell, argv: list[str]) -> int:
    """List background jobs."""
    for job in list(shell.jobs):
        current = (
            "+" if job is shell.jobs[-1] else "-" if len(shell.jobs) > 1 and job is shell.jobs[-2] else " "
        )
        running = job.task is not None or job.stays_up
        if "-p" in argv[1:]:
            shell.out(f"{job.pid}\n")
            continue
        suffix = " &" if running and shell.flavour.is_bash else ""
        width = 24 if shell.flavour.is_bash else 27
        shell.out(f"[{job.number}]{current}  {job.state:<{width}}{job.text}{suffix}\n")
        if not running:
            shell.jobs.remove(job)
    return 0


@builtin("fg", "bg")
def foreground(shell: Shell, argv: list[str]) -> "int | Run":
    """Continue a job in the foreground or background."""
    if not shell.interactive:
        shell.complain(
            f"{argv[0]}: no job control" if shell.flavour.is_bash else f"{argv[0]}: job control is off"
        )
        return 1
    job = find_job(shell, argv[1] if len(argv) > 1 else "%%")
    if job is None:
        shell.complain(f"{argv[0]}: {argv[1] if len(argv) > 1 else 'current'}: no such job")
        return 1
    if argv[0] == "bg":
        shell.out(f"[{job.number}]+ {job.text} &\n")
        return 0
    shell.out(f"{job.text}\n")
    shell.jobs.remove(job)
    return shell.finish_job(job)


@builtin("disown", shells=("bash",))
@builtin("suspend", shells=("bash",))
def disown(shell: Shell, argv: list[str]) -> int:
    """Forget jobs."""
    if argv[0] == "disown":
        shell.jobs.clear()
    return 0
