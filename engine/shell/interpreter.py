"""Executes parsed scripts.

Evaluation methods return an exit status, or a Run (a generator) that ``drive`` runs on a stack of its
own: scripts may nest and recurse without nesting Python calls, and a pipeline's stage can be left
suspended until its reader wants more.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from engine.budget import BudgetExceeded
from engine.errors import EngineError
from engine.fs import EMPTY_VIEW, Content, File, Files, FsError, Mount, Namespace, OverlayFS
from engine.shell import wording
from engine.shell.arithmetic import ArithmeticProblem
from engine.shell.builtin import Builtin, Run, find_builtin
from engine.shell.conditional import holds
from engine.shell.errors import (
    Break,
    Continue,
    ControlFlow,
    Exit,
    ReadOnlyVariable,
    Return,
    ShellError,
)
from engine.shell.expansion import Expander
from engine.shell.flavour import Flavour, syntax_messages
from engine.shell.parser import parse
from engine.shell.process import Interactive, Process, Sink, Source, StaysUp, System
from engine.shell.quoting import busybox_quoted, quoted_if_needed
from engine.shell.run import (
    DEFAULT_PATH,
    CommandNotFound,
    NotExecutable,
    load_executable,
    locate_command,
    start,
)
from engine.shell.state import ShellState
from engine.shell.streams import (
    BadDescriptor,
    BytesInput,
    Capture,
    FileInput,
    FileOutput,
    GivenInput,
    GivenOutput,
    NullStream,
    Pipe,
    PipeClosed,
    PipeInput,
    ReadWriteFile,
    Stream,
    TerminalInput,
)
from engine.shell.syntax import (
    AndOr,
    ArithmeticCommand,
    ArithmeticFor,
    ArrayValue,
    Assignment,
    Case,
    Command,
    Conditional,
    For,
    FunctionDefinition,
    Group,
    HereDocument,
    If,
    Loop,
    Pipeline,
    ProcessSubstitution,
    Program,
    Redirection,
    Select,
    Simple,
    Subshell,
    Text,
    Word,
)
from engine.shell.syntax import (
    Sequence as Commands,
)
from engine.shell.variables import Variable, Variables

STATUS_SIGPIPE = 141
STATUS_SYNTAX = 2
MAX_FUNCTION_DEPTH = 1000
_COMMAND_COST, _TURN_COST, _SUBSHELL_COST, _REDIRECTION_COST, _PROGRAM_COST = 6, 3, 10, 20, 40
"""Budget steps, in proportion to the time things take: all of them used up are well under a second."""
_BUSYBOX_APPLETS = frozenset({"echo", "printf", "test", "[", "kill", "read"})
"""Builtins that are applets of their own in BusyBox: their messages name no line."""
_MAX_BROKEN_PIPES = 64
LONG_OPTIONS = {
    "a": "allexport",
    "b": "notify",
    "B": "braceexpand",
    "C": "noclobber",
    "e": "errexit",
    "E": "errtrace",
    "f": "noglob",
    "h": "hashall",
    "H": "histexpand",
    "k": "keyword",
    "m": "monitor",
    "n": "noexec",
    "P": "physical",
    "T": "functrace",
    "u": "nounset",
    "v": "verbose",
    "x": "xtrace",
}
"""Options by letter; the ones without a letter are stored under their long name."""


_BASH_VALUES = frozenset(
    {"BASH", "BASH_VERSION", "BASH_SOURCE", "UID", "EUID", "HOSTNAME", "HOSTTYPE", "OSTYPE", "MACHTYPE"}
)


class Function(NamedTuple):
    """A defined function and the text that defines it."""

    body: Command
    source: str


@dataclass
class Job:
    """A command started with ``&``. It runs when something waits for it, or time passes, or at the end."""

    number: int
    pid: int
    task: Generator[str | None, None, int] | None
    text: str
    status: int = 0
    finished: int = 0
    """When it ended, on the machine's clock."""
    stays_up: bool = False


PAUSE = "pause"


class RedirectionFailed(ShellError):
    """A redirection could not be made; the command it belongs to does not run."""


def drive(run: Run) -> Generator[str | None, None, int]:
    """Run ``run`` and what it calls on an explicit stack; yields None where output may be taken, PAUSE
    before a background job sleeps."""
    stack: list[Run] = []
    current = run
    value: int | None = None
    error: BaseException | None = None
    try:
        while True:
            try:
                if error is None:
                    item = current.send(value)
                else:
                    pending, error = error, None
                    item = current.throw(pending)
            except StopIteration as stop:
                if not stack:
                    return int(stop.value)
                current = stack.pop()
                value = stop.value
                continue
            except EngineError as raised:
                if not stack:
                    raise
                current = stack.pop()
                error = raised
                continue
            if item is None or item is PAUSE:
                value = None
                yield item
            else:
                stack.append(current)
                current = item
                value = None
    finally:
        current.close()
        while stack:
            stack.pop().close()


def finish(result: "int | Run") -> int:
    """The status of ``result``, run to its end."""
    if isinstance(result, int):
        return result
    task = drive(result)
    while True:
        try:
            next(task)
        except StopIteration as stop:
            return int(stop.value)


class Shell(Expander):
    """One shell process. ``system``, ``files`` and ``budget`` are shared; the rest is its own."""

    def __init__(
        self, system: System, state: ShellState, files: Files, flavour: Flavour | None = None
    ) -> None:
        self.system = system
        self.files = state.files(files)
        self.flavour = flavour or state.flavour
        self.budget = system.budget
        self.variables = Variables(self.budget)
        self.variables.all = dict(state.variables)
        self.name = state.name
        self.options = set(state.options)
        if self.flavour.is_bash and not state.options:
            self.options |= {"B", "h"}
        self.positional = list(state.positional)
        self.aliases = dict(state.aliases)
        self.functions: dict[str, Function] = {}
        self._define_functions(state.functions)
        self.traps = dict(state.traps)
        self.status = state.status
        self.pid = state.pid
        self.last_background = state.last_background
        self.line = state.line + 1
        self.history = state.history
        self.fds: dict[int, Stream] = {}
        self.interactive = False
        self.from_string = True
        """Whether the text came with ``-c`` (or is a prompt's line): what messages name depends on it."""
        self.jobs: list[Job] = []
        self.context = ""
        """What is being evaluated inside the script (``eval``, a sourced file), as messages name it."""
        self.in_background = False
        self.trace_depth = 0
        self.loop_depth = 0
        self.function_names: list[str] = []
        self.source_depth = 0
        self.condition_depth = 0
        self.subshell_depth = 0
        self.pipe: Pipe | None = None
        self.substitution_status: int | None = None
        self.pipe_statuses = [0]
        self.hashed: dict[str, str] = {}
        self.pending_arrays: list[Assignment] = []
        self.started = system.clock.now
        self.getopts_position = (1, 1)
        self.directory_stack: list[str] = []
        self._line_shift = 0
        self._writers: list[Stream] = []
        self._broken_pipes = 0
        self._top_item: AndOr | None = None
        self._in_trap = False
        self._process_files: list[tuple[OverlayFS, str, Program | None]] = []

    def _define_functions(self, sources: Mapping[str, str]) -> None:
        for source in sources.values():
            for line in parse(source, self.flavour).lines:
                for item in line.items:
                    command = item.pipelines[0].commands[0]
                    if isinstance(command, FunctionDefinition):
                        self.functions[command.name] = Function(command.body, command.source)

    # ------------------------------------------------------------------ front doors

    def connect(self, stdin: Source | Stream, stdout: Sink, stderr: Sink) -> None:
        """Give the shell its three standard streams."""
        source = stdin if isinstance(stdin, Stream) else GivenInput(stdin, self.budget)
        outputs = [
            sink if isinstance(sink, Stream) else GivenOutput(sink, self.budget) for sink in (stdout, stderr)
        ]
        self.fds = {0: source, 1: outputs[0], 2: outputs[1]}

    def run_line(self, text: str, stdin: Source, stdout: Sink, stderr: Sink) -> int:
        """Execute one line typed at a prompt; ``state`` then holds what the next line starts from.

        Raises Exit when the line leaves the shell (its status counts), BudgetExceeded, NeedInput,
        StaysUp, and Interactive with its ``rest`` set to what of the line is still to be executed.
        """
        self.interactive = True
        self.connect(stdin, stdout, stderr)
        self._line_shift = self.line - 1
        try:
            return finish(self.main(text))
        except RecursionError:
            raise BudgetExceeded("nesting", self.budget.limits.depth) from None
        finally:
            self.line = self._line_shift + 1 + text.rstrip("\n").count("\n") + 1

    def run_script(self, text: str, stdin: Source, stdout: Sink, stderr: Sink) -> int:
        """Execute a whole script to its end, its EXIT trap included; returns the exit status.

        Raises BudgetExceeded, NeedInput, Interactive, StaysUp.
        """
        self.connect(stdin, stdout, stderr)
        self.line = 1
        try:
            return finish(self.script(text))
        except RecursionError:
            raise BudgetExceeded("nesting", self.budget.limits.depth) from None

    @property
    def state(self) -> ShellState:
        """This shell as a value."""
        return ShellState(
            cwd=self.files.cwd,
            name=self.name,
            flavour=self.flavour,
            user=self.files.user,
            umask=self.files.umask,
            variables=dict(self.variables.all),
            functions={name: function.source for name, function in self.functions.items()},
            aliases=dict(self.aliases),
            options=tuple(sorted(self.options)),
            positional=tuple(self.positional),
            traps=dict(self.traps),
            status=self.status,
            pid=self.pid,
            last_background=self.last_background,
            line=self.line - 1,
            history=self.history,
        )

    def script(self, text: str) -> Run:
        """A whole script with everything that happens at its end."""

        def body() -> Run:
            return self.main(text)

        return self._contained(body)

    def main(self, text: str) -> Run:
        """Execute ``text`` line by line; a syntax error is met only when its line is reached."""
        while True:
            program = self._parse(text)
            known_aliases = dict(self.aliases)
            rest = ""
            for index, line in enumerate(program.lines):
                if "n" in self.options and not self.interactive:
                    return 0
                if "v" in self.options:
                    begin = len(program.text) - program.left[index - 1] if index else 0
                    end = len(program.text) - program.left[index]
                    self.error_text(program.text[begin:end].rstrip("\n") + "\n")
                yield from self._top_line(program, line)
                if self.aliases != known_aliases:
                    rest = program.after(program.left[index])
                    self._line_shift += program.text.count("\n") - rest.count("\n")
                    break
            if rest.strip():
                text = rest
                continue
            if program.error is not None:
                self._report_syntax(program)
                self.status = STATUS_SYNTAX
                if not self.interactive:
                    in_substitution = program.error.kind == "substitution" and program.error.token
                    raise Exit(127 if in_substitution and self.from_string else STATUS_SYNTAX)
            return self.status

    def _top_line(self, program: Program, line: Commands) -> Run:
        """One complete line of the outermost text."""
        try:
            for item in line.items:
                self._top_item = item
                try:
                    result = self._and_or(item)
                    self.status = result if isinstance(result, int) else (yield result)
                except Interactive as request:
                    between = " " if item.separated else "\n"
                    request.rest = (
                        f"{request.rest.strip()}{between}{program.after(item.left).strip()}".strip()
                    )
                    raise
                if self.pipe is not None and self.pipe.queue:
                    yield None
        except ShellError as error:
            if not error.ends_shell or self._discards_only_line():
                self.report(error)
                self.status = error.status
            else:
                raise
        except (Break, Continue):
            self.status = 0
        return self.status

    def _discards_only_line(self) -> bool:
        return self.interactive or (self.flavour.is_bash and not self.from_string)

    @property
    def expands_aliases(self) -> bool:
        """Whether aliases count: bash heeds them only at a prompt or in POSIX mode."""
        if self.interactive or not self.flavour.is_bash or self.flavour.posix:
            return True
        return "expand_aliases" in self.options

    def _parse(self, text: str) -> Program:
        expand = self.expands_aliases
        self.budget.step(1 + len(text) // 64)
        program = parse(text, self.flavour, self.aliases if expand and self.aliases else None)
        self.budget.step(program.weight)
        return program

    def _report_syntax(self, program: Program, context: str | None = None) -> None:
        problem = program.error
        if problem is None:
            return
        self.line = problem.line + self._line_shift
        prefix = self.prefix()
        if self.flavour.is_bash:
            line = (
                problem.opened
                if problem.kind in ("quote", "brace", "backquote", "arithmetic")
                else problem.line
            )
            if not problem.token and problem.kind in ("unexpected", "substitution"):
                line = program.text.rstrip("\n").count("\n") + 2
            command = " -c:" if self.from_string and not self.interactive else ""
            if context == "eval":
                command = " eval:"
            prefix = f"{self.name}:{command} line {line + self._line_shift}: "
            if self.interactive:
                prefix = f"{self.name}: "
        for message in syntax_messages(self.flavour, problem, prefix, program.text):
            self.error_text(message + "\n")

    def _contained(self, begin: Callable[[], "int | Run"]) -> Run:
        """Run as a process of its own: ``exit`` and errors end it here; its EXIT trap runs."""
        try:
            try:
                result = begin()
                self.status = result if isinstance(result, int) else (yield result)
            except Exit as leaving:
                self.status = leaving.status
                if leaving.signal:
                    self.traps.pop("EXIT", None)
            except ShellError as error:
                self.report(error)
                self.status = error.status
            except Return as leaving:
                self.status = leaving.status
            except (Break, Continue):
                self.status = 0
            except PipeClosed:
                self.status = STATUS_SIGPIPE
                self.traps.pop("EXIT", None)
            command = self.traps.pop("EXIT", None)
            if command:
                status = self.status
                try:
                    yield self.evaluate(command)
                    self.status = status
                except Exit as leaving:
                    self.status = leaving.status
                except ShellError as error:
                    self.report(error)
                    self.status = error.status
            yield from self.run_jobs()
            return self.status
        finally:
            for writer in self._writers:
                self._close(writer)

    def evaluate(self, text: str, context: str | None = None) -> Run:
        """Execute ``text`` here and now, as ``eval``, traps and sourced files do."""
        self.budget.enter()
        shift, former = self._line_shift, self.context
        self._line_shift = 0 if self.flavour.is_dash or context != "eval" else self.line - 1
        self.trace_depth += context is not None
        if context is not None:
            self.context = context if not self.flavour.is_bash else ""
        try:
            program = self._parse(text)
            status = 0
            for line in program.lines:
                result = self._sequence(line)
                status = result if isinstance(result, int) else (yield result)
            if program.error is not None:
                self._report_syntax(program, context)
                self.status = STATUS_SYNTAX
                if not self.interactive and not (self.flavour.is_bash and not self.flavour.posix):
                    raise Exit(STATUS_SYNTAX)
                return STATUS_SYNTAX if context == "eval" or not self.flavour.is_bash else 1
            return status
        finally:
            self.budget.leave()
            self._line_shift, self.context = shift, former
            self.trace_depth -= context is not None

    # ------------------------------------------------------------------ messages

    def prefix(self) -> str:
        """What stands before a message: the shell's name and, where it says so, the line."""
        flavour = self.flavour
        line = self.line
        context = f"{self.context}: " if self.context else ""
        if flavour.is_dash:
            return f"{self.name}: {line}: {context}"
        if flavour.is_ash:
            if self.from_string and not context:
                return f"{self.name}: "
            return f"{self.name}: {context}line {self._ash_line()}: "
        if self.interactive:
            return f"{self.name}: "
        if self.from_string and self.function_names:
            return f"environment: line {line}: "
        if self.from_string and not flavour.names_lines:
            return f"{self.name}: "
        return f"{self.name}: line {line}: "

    def _ash_line(self) -> int:
        """BusyBox counts the lines of ``-c`` from 0."""
        return self.line - 1 if self.from_string else self.line

    def complain(self, message: str) -> None:
        """Print ``message`` on standard error, with the prefix."""
        command, colon, rest = message.partition(": ")
        if colon and command == self._command_name and not self.flavour.is_bash:
            entry = find_builtin(self.flavour, command)
            if entry is not None and self.flavour.is_dash:
                self.error_text(f"{self.name}: {self.line}: {message}\n")
                return
            if entry is not None and command not in _BUSYBOX_APPLETS:
                where = "" if self.interactive else f"line {self._ash_line()}: "
                self.error_text(f"{self.name}: {command}: {where}{rest}\n")
                return
        self.error_text(f"{self.prefix()}{message}\n")

    def error_text(self, text: str) -> None:
        """Print ``text`` on standard error as it is."""
        stream = self.fds.get(2)
        if stream is None:
            return
        try:
            stream.write(text.encode("utf-8", "surrogateescape"))
        except (BadDescriptor, FsError):
            return

    def set_command_name(self, name: str) -> None:
        """Note which builtin's messages follow."""
        self._command_name = name

    def report(self, error: ShellError) -> None:
        """Print an error's message once."""
        if error.message:
            self.complain(error.message)
            error.message = ""

    def out(self, text: str) -> int:
        """Print ``text`` on standard output; returns 0, or 1 after a write error."""
        return self.out_bytes(text.encode("utf-8", "surrogateescape"))

    def out_bytes(self, data: bytes) -> int:
        """Print ``data`` on standard output; returns 0, or 1 after a write error."""
        stream = self.fds.get(1)
        try:
            if stream is None:
                raise BadDescriptor
            stream.write(data)
        except BadDescriptor:
            return self._write_failed("Bad file descriptor")
        except FsError as error:
            return self._write_failed(error.reason)
        return 0

    def _write_failed(self, reason: str) -> int:
        name = self._command_name
        if self.flavour.is_dash:
            self.complain(f"{name}: {name}: I/O error")
        else:
            self.complain(f"{name}: write error: {reason}")
        return 1

    _command_name = ""

    # ------------------------------------------------------------------ parameters

    def special_value(self, name: str) -> str | None:
        if name == "?":
            return str(self.status)
        if name == "#":
            return str(len(self.positional))
        if name == "$":
            return str(self.pid)
        if name == "!":
            return str(self.last_background) if self.last_background else None
        if name == "-":
            return self.option_letters()
        if name == "0":
            return self.name
        if name in ("@", "*"):
            separator = self._star_separator() if name == "*" else " "
            return separator.join(self.positional) if self.positional else None
        if name == "LINENO":
            return (
                None if self.flavour.is_dash else str(self._ash_line() if self.flavour.is_ash else self.line)
            )
        if name == "PPID":
            return "0"
        if name in ("RANDOM", "SRANDOM") and not self.flavour.is_dash:
            return str(self.random(32768 if name == "RANDOM" else 1 << 32))
        if self.flavour.is_bash:
            if name == "SECONDS":
                return str((self.system.clock.now - self.started) // 1_000_000_000)
            if name in _BASH_VALUES:
                return self._bash_value(name)
            if name == "EPOCHSECONDS":
                return str(self.system.clock.now // 1_000_000_000)
            if name == "BASHPID":
                return str(self.pid)
            if name == "BASH_SUBSHELL":
                return str(self.subshell_depth)
            if name == "FUNCNAME":
                return self.function_names[-1] if self.function_names else None
        return None

    def _bash_value(self, name: str) -> str | None:
        if name == "BASH_VERSION":
            return f"{self.flavour.version}(1)-release"
        if name in ("UID", "EUID"):
            return str(self.files.user.uid)
        if name == "BASH_SOURCE":
            return None if self.from_string and not self.function_names else self.name
        return {
            "BASH": "/bin/sh" if self.flavour.posix else "/bin/bash",
            "HOSTNAME": self.system.hostname,
            "HOSTTYPE": "x86_64",
            "OSTYPE": "linux-gnu",
            "MACHTYPE": "x86_64-pc-linux-gnu",
        }[name]

    def special_array(self, name: str) -> list[str] | None:
        if not self.flavour.is_bash:
            return None
        if name == "PIPESTATUS":
            return [str(status) for status in self.pipe_statuses]
        if name == "FUNCNAME":
            return [*reversed(self.function_names), "main"] if self.function_names else []
        if name == "BASH_VERSINFO":
            return [*self.flavour.version.split("."), "1", "release", "x86_64-pc-linux-gnu"]
        if name == "DIRSTACK":
            return [self.files.cwd, *self.directory_stack]
        return None

    def random(self, limit: int) -> int:
        """A number below ``limit`` that depends only on the machine's seed and serial."""
        from hashlib import sha256

        system = self.system
        system.serial += 1
        digest = sha256(f"{system.random_seed}:{system.serial}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % limit

    def option_letters(self) -> str:
        """``$-``."""
        letters = {letter for letter in self.options if len(letter) == 1}
        if self.interactive:
            letters |= {"i"} | ({"m"} if self.flavour.is_bash else set())
        if self.flavour.is_bash and self.from_string and not self.interactive:
            letters.add("c")
        elif self.flavour.is_bash and self.interactive:
            letters.add("s")
        order = "abefhikmnprtuvxBCEHPTcs" if self.flavour.is_bash else "ubaCVvxsnmiIfe"
        return "".join(letter for letter in order if letter in letters)

    def option_names(self) -> set[str]:
        """The long names of the options that are on."""
        return {LONG_OPTIONS.get(option, option) for option in self.options}

    def element(self, name: str, index: str) -> str | list[str] | None:
        """An array element by subscript text."""
        return self._element(name, Word((Text(index, True),), index))

    def set_element(self, name: str, index: str, value: str) -> None:
        """Assign an array element by subscript text. Raises ShellError."""
        self._assign_element(name, index, value, append=False)

    def unset_element(self, name: str, index: str) -> None:
        """Forget an array element. Raises ShellError."""
        variable = self.variables.variable(name)
        if variable.readonly:
            raise self.read_only(name)
        if variable.table is not None:
            variable.table.pop(index, None)
        elif variable.array is not None:
            number = self.arithmetic_text(index)
            variable.array.pop(number if number >= 0 else number + max(variable.array, default=-1) + 1, None)

    def separators(self) -> str:
        """IFS, or its default when unset."""
        separators = self.variables.get("IFS")
        return " \t\n" if separators is None else separators

    def remember_directory(self, former: str) -> None:
        """Keep ``PWD`` and ``OLDPWD`` in step after a change of directory."""
        self.assign("OLDPWD", former)
        self.assign("PWD", self.files.cwd)
        if self.flavour.is_bash:
            self.variables.mark("OLDPWD", exported=True)

    def assign(self, name: str, value: str) -> None:
        """Assign a scalar. Raises ShellError for a read-only one."""
        variable = self.variables.all.get(name)
        try:
            if variable is not None and variable.integer:
                value = str(self.arithmetic_text(value))
            self.variables.set(name, value)
        except ReadOnlyVariable as error:
            raise self.read_only(error.name) from None
        if name == "PATH":
            self.hashed.clear()
        elif name == "OPTIND":
            self.getopts_position = (int(value) if value.isascii() and value.isdigit() else 1, 1)

    def read_only(self, name: str) -> ShellError:
        """The error for changing a read-only variable."""
        if self.flavour.is_bash:
            return ShellError(f"{name}: readonly variable", 1, ends_shell=True)
        return ShellError(f"{name}: is read only", 2)

    def bad_substitution(self, source: str) -> ShellError:
        if self.flavour.is_bash:
            return ShellError(f"${{{source}}}: bad substitution", 1)
        if self.flavour.is_ash:
            return ShellError("syntax error: bad substitution", 2)
        return ShellError("Bad substitution", 2)

    def bad_assignment(self, name: str) -> ShellError:
        if self.flavour.is_bash:
            return ShellError(f"${name}: cannot assign in this way", 1)
        if self.flavour.is_ash:
            return ShellError(f"{name}: bad variable name", 2)
        return ShellError(f"{name}: bad variable name", 2)

    def unset_parameter(self, name: str) -> ShellError:
        status = self._fatal_status()
        if self.flavour.is_bash:
            shown = f"${name}" if name[0].isdigit() or name in "!@*" else name
            return ShellError(f"{shown}: unbound variable", status)
        return ShellError(f"{name}: parameter not set", status)

    def parameter_error(self, name: str, message: str, or_null: bool) -> ShellError:
        default = "parameter not set"
        if or_null:
            default = "parameter null or not set" if self.flavour.is_bash else "parameter not set or null"
        return ShellError(f"{name}: {message or default}", self._fatal_status())

    def _fatal_status(self) -> int:
        """What a shell exits with after an expansion error."""
        if not self.flavour.is_bash:
            return 2
        return 127 if self.from_string and not self.subshell_depth else 1

    def arithmetic_error(self, problem: ArithmeticProblem) -> ShellError:
        return ShellError(wording.arithmetic_failed(self.flavour, problem), 1 if self.flavour.is_bash else 2)

    # ------------------------------------------------------------------ substitutions

    def substitute(self, program: Program) -> str:
        self.budget.enter()
        self.trace_depth += 1
        try:
            if program.error is not None:
                self._report_syntax(program)
                self.substitution_status = STATUS_SYNTAX
                return ""
            quick = self._file_substitution(program)
            if quick is not None:
                return quick
            shell = self.subshell()
            capture = Capture(self.budget)
            shell.fds[1] = capture
            shell.pipe = None
            if self.flavour.is_bash and not self.flavour.posix:
                shell.options.discard("e")
            self.substitution_status = finish(shell._contained(lambda: shell._program(program)))
            data = capture.data
            if self.flavour.is_bash:
                self.status = self.substitution_status
        finally:
            self.trace_depth -= 1
            self.budget.leave()
        self.budget.step(1 + len(data) // 256)
        if b"\0" in data:
            if self.flavour.is_bash:
                self.complain("warning: command substitution: ignored null byte in input")
            data = data.replace(b"\0", b"")
        return data.decode("utf-8", "surrogateescape").rstrip("\n")

    def _file_substitution(self, program: Program) -> str | None:
        """bash's ``$(<file)``."""
        if not self.flavour.is_bash or len(program.lines) != 1 or len(program.lines[0].items) != 1:
            return None
        item = program.lines[0].items[0]
        command = item.pipelines[0].commands[0]
        if item.operators or len(item.pipelines[0].commands) > 1 or not isinstance(command, Simple):
            return None
        if command.words or command.assignments or len(command.redirections) != 1:
            return None
        redirection = command.redirections[0]
        if redirection.operator != "<" or isinstance(redirection.target, HereDocument):
            return None
        path = self._redirection_target(redirection)
        try:
            text = self.files.read_text(path)
            self.substitution_status = 0
            return text.replace("\0", "").rstrip("\n")
        except FsError as error:
            self.complain(f"{path}: {error.reason}")
            self.substitution_status = 1
            return ""

    def _program(self, program: Program) -> Run:
        status = 0
        for line in program.lines:
            result = self._sequence(line)
            status = result if isinstance(result, int) else (yield result)
            self.status = status
        return status

    def process_path(self, part: ProcessSubstitution) -> str:
        number = 63 - len(self._process_files)
        name = str(number)
        tree = OverlayFS(EMPTY_VIEW, clock=self.system.clock)
        if part.direction == "<":
            shell = self.subshell()
            capture = Capture(self.budget)
            shell.fds[1] = capture
            shell.pipe = None
            self.budget.enter()
            try:
                finish(shell._contained(lambda: shell._program(part.program)))
            finally:
                self.budget.leave()
            tree.put(name, File(Content(capture.data), 0o600))
            waiting = None
        else:
            tree.put(name, File(Content(b""), 0o600))
            waiting = part.program
        namespace = self.files.namespace
        mount = Mount(f"dev/fd/{name}", tree, name)
        self.files.namespace = Namespace(
            namespace.root, (*namespace.mounts, mount), read_only=namespace.read_only
        )
        self._process_files.append((tree, name, waiting))
        return f"/dev/fd/{name}"

    def _end_process_files(self) -> Run:
        """Run the commands of ``>(…)`` on what was written to them, and take the files away."""
        files, self._process_files = self._process_files, []
        namespace = self.files.namespace
        self.files.namespace = Namespace(
            namespace.root,
            tuple(mount for mount in namespace.mounts if not mount.target.startswith("dev/fd/")),
            read_only=namespace.read_only,
        )
        for tree, name, program in files:
            node = tree.get(name)
            if program is not None and isinstance(node, File):
                shell = self.subshell()
                shell.fds[0] = BytesInput(b"".join(node.content.chunks()), self.budget)
                waiting = program
                yield shell._contained(lambda shell=shell, waiting=waiting: shell._program(waiting))  # type: ignore[misc]
        return 0

    # ------------------------------------------------------------------ processes

    def next_pid(self) -> int:
        """A fresh process id."""
        self.system.last_pid = max(self.system.last_pid, self.pid) + 1
        return self.system.last_pid

    def subshell(self) -> "Shell":
        """A copy of this shell that shares nothing but the machine."""
        shell = Shell.__new__(Shell)
        shell.__dict__.update(self.__dict__)
        shell.files = self.files.copy()
        shell.variables = self.variables.copy()
        shell.options = set(self.options)
        shell.positional = list(self.positional)
        shell.functions = dict(self.functions)
        shell.aliases = dict(self.aliases)
        shell.hashed = dict(self.hashed)
        shell.traps = {name: command for name, command in self.traps.items() if not command}
        shell.fds = dict(self.fds)
        shell.jobs = []
        shell.function_names = list(self.function_names)
        shell.directory_stack = list(self.directory_stack)
        shell.pending_arrays = []
        shell.interactive = False
        shell.subshell_depth = self.subshell_depth + 1
        shell._writers = []
        shell._process_files = []
        shell._top_item = None
        self.budget.step(_SUBSHELL_COST)
        return shell

    # ------------------------------------------------------------------ lists

    def _sequence(self, commands: Commands) -> "int | Run":
        items = commands.items
        if len(items) == 1 and not items[0].operators and not items[0].background:
            return self._and_or(items[0])
        return self._items(items)

    def _items(self, items: Sequence[AndOr]) -> Run:
        status = 0
        for item in items:
            result = self._and_or(item)
            status = result if isinstance(result, int) else (yield result)
            self.status = status
            if self.pipe is not None and self.pipe.queue:
                yield None
        return status

    def _and_or(self, item: AndOr) -> "int | Run":
        if "n" in self.options and not self.interactive:
            return 0
        if item.background:
            return self._background(item)
        if item.operators:
            return self._chain(item)
        return self._checked(item.pipelines[0])

    def _chain(self, item: AndOr) -> Run:
        status = 0
        last = len(item.pipelines) - 1
        for index, pipeline in enumerate(item.pipelines):
            if index and (status == 0) != (item.operators[index - 1] == "&&"):
                continue
            try:
                if index < last:
                    self.condition_depth += 1
                    try:
                        result = self._pipeline(pipeline)
                        status = result if isinstance(result, int) else (yield result)
                    finally:
                        self.condition_depth -= 1
                else:
                    result = self._checked(pipeline)
                    status = result if isinstance(result, int) else (yield result)
            except Interactive as request:
                rest = item.source[item.ends[index] :].strip()
                if item is self._top_item and rest not in ("", ";"):
                    request.rest = f"(exit $?) {rest}"
                raise
            self.status = status
            if self.pipe is not None and self.pipe.queue:
                yield None
        return status

    def _checked(self, pipeline: Pipeline) -> "int | Run":
        """A pipeline whose failure ``set -e`` and the ERR trap look at."""
        result = self._pipeline(pipeline)
        if isinstance(result, int):
            if result:
                self.status = result
                self._check_failure(pipeline, result)
            return result
        return self._then_check(result, pipeline)

    def _then_check(self, run: Run, pipeline: Pipeline) -> Run:
        status: int = yield run
        self.status = status
        if status:
            self._check_failure(pipeline, status)
        return status

    def _check_failure(self, pipeline: Pipeline, status: int) -> None:
        if self.condition_depth or pipeline.negated:
            return
        if len(pipeline.commands) == 1 and not isinstance(
            pipeline.commands[0], Simple | Subshell | Conditional | ArithmeticCommand
        ):
            return
        command = self.traps.get("ERR")
        if command and not self._in_trap and (not self.function_names or "E" in self.options):
            self._in_trap = True
            try:
                finish(self.evaluate(command))
            finally:
                self._in_trap = False
            self.status = status
        if "e" in self.options:
            raise Exit(status)

    def _pipeline(self, pipeline: Pipeline) -> "int | Run":
        if len(pipeline.commands) == 1 and not pipeline.timed:
            if not pipeline.negated:
                result = self._command(pipeline.commands[0])
                if isinstance(result, int) and self.flavour.is_bash:
                    self.pipe_statuses = [result]
                return result
            return self._negated(pipeline.commands[0])
        return self._stages(pipeline)

    def _negated(self, command: Command) -> Run:
        self.condition_depth += 1
        try:
            result = self._command(command)
            status = result if isinstance(result, int) else (yield result)
        finally:
            self.condition_depth -= 1
        return int(not status)

    def _stages(self, pipeline: Pipeline) -> Run:
        began = self.system.clock.now
        if len(pipeline.commands) == 1:
            result = self._command(pipeline.commands[0])
            status = result if isinstance(result, int) else (yield result)
        else:
            status = yield self._run_stages(pipeline)
        if pipeline.timed:
            self._report_time(self.system.clock.now - began, pipeline.portable_times)
        return int(not status) if pipeline.negated else status

    def _run_stages(self, pipeline: Pipeline) -> Run:
        upstream: list[tuple[PipeInput, Generator[str | None, None, int], list[int]]] = []
        depth = 0
        statuses: list[int] = []
        try:
            last = len(pipeline.commands) - 1
            for index, command in enumerate(pipeline.commands):
                self.budget.enter()
                depth += 1
                shell = self.subshell()
                if upstream:
                    shell.fds[0] = upstream[-1][0]
                if index == last:
                    status: int = yield shell._contained(lambda s=shell, c=command: s._command(c))  # type: ignore[misc]
                    statuses.append(status)
                    break
                pipe = Pipe(self.budget)
                shell.fds[1] = pipe
                if pipeline.joined_errors[index]:
                    shell.fds[2] = pipe
                shell.pipe = pipe
                ended: list[int] = []
                task = _noting(shell._contained(lambda s=shell, c=command: s._command(c)), ended)  # type: ignore[misc]
                upstream.append((PipeInput(pipe, task, self.budget), task, ended))
            for source, task, ended in reversed(upstream):
                source.close()
                for _ in task:
                    pass
                statuses.append(ended[0])
        finally:
            for _ in range(depth):
                self.budget.leave()
            for _, task, _ in upstream:
                task.close()
        statuses.reverse()
        self.pipe_statuses = statuses
        if "pipefail" in self.options:
            return next((status for status in reversed(statuses) if status), 0)
        return statuses[-1]

    def _report_time(self, nanoseconds: int, portable: bool) -> None:
        seconds = nanoseconds / 1_000_000_000
        if portable:
            self.error_text(f"real {seconds:.2f}\nuser 0.00\nsys 0.00\n")
            return
        minutes = int(seconds // 60)
        self.error_text(f"\nreal\t{minutes}m{seconds - minutes * 60:.3f}s\nuser\t0m0.000s\nsys\t0m0.000s\n")

    # ------------------------------------------------------------------ background

    def _background(self, item: AndOr) -> int:
        shell = self.subshell()
        shell.pid = self.next_pid()
        shell.in_background = True
        if not self.interactive:
            shell.fds[0] = NullStream()
        foreground = replace(item, background=False)
        run = shell._contained(lambda: shell._and_or(foreground))
        number = self.jobs[-1].number + 1 if self.jobs else 1
        text = item.source.rstrip().rstrip("&").rstrip()
        job = Job(number, shell.pid, drive(run), text)
        self.jobs.append(job)
        self.last_background = shell.pid
        if self.interactive:
            self.error_text(f"[{number}] {shell.pid}\n")
        self._advance_job(job, until_pause=True)
        return 0

    def _advance_job(self, job: Job, until_pause: bool) -> None:
        """Run a job on: to its end, or until it is about to sleep. Its time passes beside ours."""
        if job.task is None:
            return
        clock = self.system.clock
        began = clock.now
        try:
            while True:
                if next(job.task) == PAUSE and until_pause:
                    return
        except StopIteration as stop:
            job.status = int(stop.value)
            job.task = None
        except StaysUp:
            job.stays_up = True
            job.task = None
        finally:
            job.finished = clock.now
            clock.now = began

    def run_jobs(self) -> Run:
        """Let every waiting background job run to its end; the time it takes passes beside ours."""
        for job in self.jobs:
            if job.task is not None:
                yield self.finish_job(job)
        return 0

    def finish_job(self, job: Job) -> Run:
        """Run one job to its end."""
        self._advance_job(job, until_pause=False)
        if self.pipe is not None and self.pipe.queue:
            yield None
        return job.status

    # ------------------------------------------------------------------ compound commands

    def _command(self, command: Command) -> "int | Run":
        handler, has_redirections = _HANDLERS[type(command)]
        if has_redirections and command.redirections:  # type: ignore[union-attr]
            return self._redirected(command.redirections, lambda: handler(self, command))  # type: ignore[union-attr]
        return handler(self, command)

    def _group(self, command: Group) -> "int | Run":
        return self._sequence(command.body)

    def _subshell_command(self, command: Subshell) -> Run:
        shell = self.subshell()
        return shell._contained(lambda: shell._sequence(command.body))

    def _condition(self, commands: Commands) -> Run:
        self.condition_depth += 1
        try:
            result = self._sequence(commands)
            status = result if isinstance(result, int) else (yield result)
        finally:
            self.condition_depth -= 1
        self.status = status
        return status

    def _if(self, command: If) -> Run:
        for condition, body in command.branches:
            if (yield self._condition(condition)) == 0:
                result = self._sequence(body)
                return result if isinstance(result, int) else (yield result)
        if command.otherwise is None:
            return 0
        result = self._sequence(command.otherwise)
        return result if isinstance(result, int) else (yield result)

    def _turn(self, body: Commands) -> Run:
        """One turn of a loop's body; returns -1 when the loop is to be left."""
        try:
            result = self._sequence(body)
            status = result if isinstance(result, int) else (yield result)
            self.status = status
            if self.pipe is not None and self.pipe.queue:
                yield None
            return status
        except Break as leaving:
            if leaving.levels > 1 and self.loop_depth > 1:
                raise Break(leaving.levels - 1) from None
            return -1
        except Continue as leaving:
            if leaving.levels > 1 and self.loop_depth > 1:
                raise Continue(leaving.levels - 1) from None
            return 0

    def _loop(self, command: Loop) -> Run:
        status = 0
        self.loop_depth += 1
        try:
            while True:
                self.budget.step(_TURN_COST)
                try:
                    result: int = yield self._condition(command.condition)
                except Break as leaving:
                    if leaving.levels > 1 and self.loop_depth > 1:
                        raise Break(leaving.levels - 1) from None
                    return 0
                if (result == 0) == command.until:
                    return status
                status = yield self._turn(command.body)
                if status < 0:
                    return 0
        finally:
            self.loop_depth -= 1

    def _for(self, command: For) -> Run:
        self.line = command.line + self._line_shift
        if self._bad_loop_variable(command.name):
            return 1
        values = list(self.positional) if command.words is None else self._fields_of(command.words)
        status = 0
        self.loop_depth += 1
        try:
            for value in values:
                self.budget.step(_TURN_COST)
                self.assign(command.name, value)
                if "x" in self.options and self.flavour.is_bash:
                    self._trace(f"for {command.name} in {' '.join(map(quoted_if_needed, values))}")
                status = yield self._turn(command.body)
                if status < 0:
                    return 0
        finally:
            self.loop_depth -= 1
        return status

    def _bad_loop_variable(self, name: str) -> bool:
        if name.isascii() and name.isidentifier():
            return False
        self.complain(f"`{name}': not a valid identifier")
        return True

    def _select(self, command: Select) -> Run:
        """bash's menu: the choice is read from standard input, the menu goes to standard error."""
        self.line = command.line + self._line_shift
        if self._bad_loop_variable(command.name):
            return 1
        values = list(self.positional) if command.words is None else self._fields_of(command.words)
        status = 0
        self.loop_depth += 1
        try:
            while values:
                self.budget.step()
                for number, value in enumerate(values, 1):
                    self.error_text(f"{number}) {value}\n")
                self.error_text(self.variables.get("PS3") or "#? ")
                stream = self.fds.get(0)
                line = b"" if stream is None else stream.read_line()
                if not line:
                    self.out("\n")
                    return 1
                reply = line.decode("utf-8", "surrogateescape").rstrip("\n")
                self.assign("REPLY", reply)
                chosen = int(reply[:9]) if reply.isascii() and reply.isdigit() else 0
                self.assign(command.name, values[chosen - 1] if 0 < chosen <= len(values) else "")
                status = yield self._turn(command.body)
                if status < 0:
                    return 0
        finally:
            self.loop_depth -= 1
        return status

    def _fields_of(self, words: Sequence[Any]) -> list[str]:
        try:
            return self.expand_words(words)
        except ShellError as error:
            self.report(error)
            raise

    def _arithmetic_for(self, command: ArithmeticFor) -> Run:
        self.line = command.line + self._line_shift
        status = 0
        self.loop_depth += 1
        try:
            self.arithmetic(command.start)
            while not command.test.parts or self.arithmetic(command.test):
                self.budget.step(_TURN_COST)
                status = yield self._turn(command.body)
                if status < 0:
                    return 0
                self.arithmetic(command.step)
        finally:
            self.loop_depth -= 1
        return status

    def _case(self, command: Case) -> Run:
        self.line = command.line + self._line_shift
        if "x" in self.options and self.flavour.is_bash:
            self._trace(f"case {quoted_if_needed(self.text(command.word))} in")
        subject = self.text(command.word)
        status = 0
        matched = False
        for clause in command.clauses:
            if not matched and not any(self._fits(pattern, subject) for pattern in clause.patterns):
                continue
            result = self._sequence(clause.body) if clause.body.items else 0
            status = result if isinstance(result, int) else (yield result)
            if clause.terminator == ";;":
                break
            matched = clause.terminator == ";&"
        return status

    def _fits(self, word: Any, subject: str) -> bool:
        self.budget.step(1 + len(subject) // 8)
        return self.pattern(word).matches(subject)

    def _define(self, command: FunctionDefinition) -> int:
        self.functions[command.name] = Function(command.body, command.source)
        return 0

    def _arithmetic_command(self, command: ArithmeticCommand) -> int:
        self.line = command.line + self._line_shift
        if "x" in self.options:
            self._trace(f"(( {self.text(command.expression).strip()} ))")
        try:
            return int(self.arithmetic(command.expression) == 0)
        except ShellError as error:
            error.message = f"((: {error.message}"
            self.report(error)
            return 1

    def _conditional(self, command: Conditional) -> int:
        self.line = command.line + self._line_shift
        try:
            return int(not holds(self, command.condition))
        except ShellError as error:
            self.report(error)
            if error.ends_shell:
                raise
            return error.status

    # ------------------------------------------------------------------ redirections

    def _redirected(self, redirections: Sequence[Redirection], action: Callable[[], "int | Run"]) -> Run:
        saved = self.fds
        self.fds = dict(saved)
        opened: list[Stream] = []
        try:
            try:
                self.redirect(redirections, opened)
            except ShellError as error:
                self.report(error)
                if error.ends_shell:
                    raise
                return error.status
            result = action()
            status = result if isinstance(result, int) else (yield result)
            if self.pipe is not None and self.pipe.queue:
                yield None
            return status
        finally:
            self.fds = saved
            for stream in opened:
                self._close(stream)
            if self._process_files:
                yield from self._end_process_files()

    def _close(self, stream: Stream) -> None:
        if stream in self._writers:
            self._writers.remove(stream)
        try:
            stream.close()
        except FsError as error:
            self.complain(f"write error: {error.reason}")

    def redirect(self, redirections: Sequence[Redirection], opened: list[Stream]) -> None:
        """Apply redirections to ``fds``; streams made are added to ``opened``. Raises ShellError."""
        for redirection in redirections:
            self.budget.step(_REDIRECTION_COST)
            self._redirect(redirection, opened)

    def _redirection_target(self, redirection: Redirection) -> str:
        word = redirection.target
        assert not isinstance(word, HereDocument)
        if not self.flavour.is_bash or self.flavour.posix:
            return self.text(word)
        fields = self.fields(word) if word.plain is None else [word.plain]
        if len(fields) != 1:
            raise RedirectionFailed(f"{redirection.source}: ambiguous redirect", 1, False)
        return fields[0]

    def _redirect(self, redirection: Redirection, opened: list[Stream]) -> None:
        operator = redirection.operator
        target = redirection.target
        fd = redirection.fd
        if isinstance(target, HereDocument):
            body = target.body.plain if target.body.plain is not None else self.text(target.body)
            if target.line < 0 and self.flavour.is_bash:
                line, wanted = -target.line, target.delimiter
                self.line = line + body.count("\n")
                self.complain(
                    f"warning: here-document at line {line} delimited by end-of-file (wanted `{wanted}')"
                )
            self.fds[fd or 0] = BytesInput(body.encode("utf-8", "surrogateescape"), self.budget)
            return
        if operator == "<<<":
            text = self.text(target) + "\n"
            self.fds[fd or 0] = BytesInput(text.encode("utf-8", "surrogateescape"), self.budget)
            return
        path = self._redirection_target(redirection)
        if operator in ("<&", ">&"):
            self._duplicate(operator, fd, path, opened)
            return
        if operator in ("&>", "&>>"):
            stream = self._open("&" + operator[1:], path, opened)
            self.fds[1] = self.fds[2] = stream
            return
        self.fds[(0 if operator[0] == "<" else 1) if fd is None else fd] = self._open(operator, path, opened)

    def _duplicate(self, operator: str, fd: int | None, target: str, opened: list[Stream]) -> None:
        number = (0 if operator == "<&" else 1) if fd is None else fd
        if target == "-":
            self.fds.pop(number, None)
            return
        moves = target.endswith("-") and target[:-1].isdigit()
        digits = target[:-1] if moves else target
        if not (digits.isascii() and digits.isdigit()):
            if operator == ">&" and fd is None and not self.flavour.is_dash:
                self.fds[1] = self.fds[2] = self._open(">", target, opened)
                return
            if self.flavour.is_bash:
                raise RedirectionFailed(f"{target}: ambiguous redirect", 1, False)
            raise ShellError(
                "Syntax error: Bad fd number" if self.flavour.is_dash else "syntax error: bad fd number"
            )
        source = self.fds.get(int(digits[:9]))
        if source is None:
            if self.flavour.is_bash:
                raise RedirectionFailed(f"{digits}: Bad file descriptor", 1, False)
            raise RedirectionFailed(f"{digits}: Bad file descriptor", 2 if self.flavour.is_dash else 1, False)
        self.fds[number] = source
        if moves:
            self.fds.pop(int(digits[:9]), None)

    def _open(self, operator: str, path: str, opened: list[Stream]) -> Stream:
        creating = operator[0] != "<" or operator == "<>"
        special = self.special_file(path)
        if special is not None:
            return special
        try:
            stream: Stream
            if operator == "<":
                stream = FileInput(self.files, path)
            elif operator == "<>":
                stream = ReadWriteFile(self.files, path)
            else:
                if operator == ">" and "C" in self.options and isinstance(self.files.find(path), File):
                    raise self._redirection_error(path, "noclobber", True)
                self.system_cause(path)
                stream = FileOutput(self.files, path, append=operator.endswith(">>"))
                self._writers.append(stream)
        except FsError as error:
            raise self._redirection_error(path, error.code, creating) from None
        opened.append(stream)
        return stream

    def _redirection_error(self, path: str, code: str, creating: bool) -> ShellError:
        message = wording.redirection_failed(self.flavour, path, code, creating)
        return RedirectionFailed(message, 2 if self.flavour.is_dash else 1, False)

    def special_file(self, path: str) -> Stream | None:
        """The descriptors that have paths, and the devices every process may rely on."""
        if not path.startswith(("/dev/", "/proc/self/fd/")):
            return None
        if path == "/dev/null":
            return NullStream()
        if path == "/dev/tty" and self.system.terminal:
            return TerminalInput(self.system)
        name = path.rpartition("/")[2]
        number = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}.get(path)
        if number is None and path.startswith(("/dev/fd/", "/proc/self/fd/")) and name.isdigit():
            number = int(name[:9])
        return None if number is None else self.fds.get(number)

    def system_cause(self, what: str) -> None:
        """Tell the file tree which command makes the changes that follow."""
        self.files.namespace.root.cause = self._current_command or what

    _current_command = ""

    # ------------------------------------------------------------------ simple commands

    def _simple(self, node: Simple) -> "int | Run":
        self.line = node.line + self._line_shift
        self.budget.step(_COMMAND_COST)
        self.substitution_status = None
        try:
            arguments = self._arguments(node)
            if not arguments:
                return self._without_command(node)
            return self._start(node, arguments)
        except ShellError as error:
            self.report(error)
            if error.ends_shell:
                raise
            self.status = error.status
            return error.status
        except ReadOnlyVariable as error:
            failure = self.read_only(error.name)
            self.report(failure)
            raise failure from None

    def _arguments(self, node: Simple) -> list[str]:
        arguments: list[str] = []
        for word in node.words:
            if isinstance(word, Assignment):
                if isinstance(word.value, ArrayValue) or word.index is not None or word.append:
                    self.pending_arrays.append(word)
                    arguments.append(word.name)
                else:
                    arguments.append(f"{word.name}={self.assigned_text(word.value)}")
            elif word.plain is not None:
                arguments.append(word.plain)
            else:
                arguments += self.fields(word)
        return arguments

    def _without_command(self, node: Simple) -> "int | Run":
        """Assignments and redirections on their own."""

        def assign_all() -> int:
            for assignment in node.assignments:
                if "x" in self.options:
                    self._trace_assignment(assignment)
                self.assign_node(assignment)
            return self.substitution_status or 0

        if node.redirections:
            return self._redirected(node.redirections, assign_all)
        return assign_all()

    def assign_node(self, assignment: Assignment) -> None:
        """Carry out one assignment, arrays included. Raises ShellError, ReadOnlyVariable."""
        name = assignment.name
        value = assignment.value
        if isinstance(value, ArrayValue):
            self._assign_array(name, value, assignment.append)
            return
        text = self.assigned_text(value)
        if assignment.index is not None:
            self._assign_element(name, self.text(assignment.index), text, assignment.append)
            return
        if assignment.append:
            variable = self.variables.variable(name)
            present = self.variables.get(name) or ""
            text = f"{present or 0}+({text or 0})" if variable.integer else present + text
        self.assign(name, text)

    def _assign_element(self, name: str, index: str, text: str, append: bool) -> None:
        variable = self.variables.variable(name)
        if variable.readonly:
            raise self.read_only(name)
        self.budget.allocate(len(text))
        if variable.table is not None:
            variable.table[index] = variable.table.get(index, "") + text if append else text
            return
        array = self.variables.array(name)
        number = self.arithmetic_text(index)
        if number < 0:
            number += max(array, default=-1) + 1
            if number < 0:
                raise ShellError(f"{name}[{index}]: bad array subscript", 1)
        array[number] = array.get(number, "") + text if append else text

    def _assign_array(self, name: str, value: ArrayValue, append: bool) -> None:
        variable = self.variables.variable(name)
        if variable.readonly:
            raise self.read_only(name)
        if variable.table is not None:
            if not append:
                variable.table.clear()
            for index, word in value.items:
                if index is not None:
                    variable.table[self.text(index)] = self.text(word)
            return
        array = dict(self.variables.array(name)) if append else {}
        position = max(array, default=-1) + 1
        for index, word in value.items:
            if index is not None:
                position = self.arithmetic(index)
                array[position] = self.assigned_text(word)
                position += 1
                continue
            for item in self.fields(word) if word.plain is None else [word.plain]:
                array[position] = item
                position += 1
        self.budget.step(1 + len(array))
        self.variables.replace_array(name, array)

    def _start(self, node: Simple, arguments: list[str]) -> "int | Run":
        name = arguments[0]
        self._command_name = name
        entry = find_builtin(self.flavour, name)
        posix = not self.flavour.is_bash or self.flavour.posix
        function = self.functions.get(name) if self.functions else None
        if function is not None and not (entry is not None and entry.special and posix):
            return self._with_assignments(node, arguments, lambda: self._call(function, arguments))
        if entry is not None:
            if entry.special and posix:
                for assignment in node.assignments:
                    self.assign_node(assignment)
                return self._builtin(node, entry, arguments, ends_shell=True)
            if node.assignments:
                return self._with_assignments(node, arguments, lambda: self._ordinary(entry, arguments))
            return self._builtin(node, entry, arguments, ends_shell=False)
        environment = self.variables.environment()
        if node.assignments:
            environment = dict(environment)
            for assignment in node.assignments:
                if not isinstance(assignment.value, ArrayValue):
                    if "x" in self.options:
                        self._trace_assignment(assignment)
                    text = self.assigned_text(assignment.value)
                    if assignment.append:
                        text = (self.variables.get(assignment.name) or "") + text
                    if self.variables.variable(assignment.name).readonly:
                        raise self.read_only(assignment.name)
                    environment[assignment.name] = text
        if "x" in self.options:
            self._trace(self._traced(arguments))
        if node.redirections:
            return self._redirected(node.redirections, lambda: self.external(arguments, environment))
        return self.external(arguments, environment)

    def _builtin(self, node: Simple, entry: Builtin, arguments: list[str], ends_shell: bool) -> "int | Run":
        if "x" in self.options:
            self._trace(self._traced(arguments))
        if not node.redirections:
            return entry.run(self, arguments) if entry.special else self._ordinary(entry, arguments)
        if arguments == ["exec"]:
            opened: list[Stream] = []
            self.fds = dict(self.fds)
            try:
                self.redirect(node.redirections, opened)
            except ShellError as error:
                error.ends_shell = not self.flavour.is_bash or self.flavour.posix
                raise
            self._writers = list(dict.fromkeys([*self._writers, *opened]))
            return 0
        if not ends_shell:
            return self._redirected(node.redirections, lambda: self._ordinary(entry, arguments))
        return self._special_redirected(node, entry, arguments)

    def _ordinary(self, entry: Builtin, arguments: list[str]) -> "int | Run":
        """Run a builtin whose errors do not end the shell."""
        try:
            return entry.run(self, arguments)
        except ShellError as error:
            self.report(error)
            return error.status

    def _special_redirected(self, node: Simple, entry: Builtin, arguments: list[str]) -> Run:
        """A special builtin: a redirection error ends a POSIX shell that is not interactive."""
        saved = self.fds
        self.fds = dict(saved)
        opened: list[Stream] = []
        try:
            try:
                self.redirect(node.redirections, opened)
            except RedirectionFailed as error:
                self.report(error)
                error.ends_shell = self.flavour.is_dash
                raise
            result = entry.run(self, arguments)
            return result if isinstance(result, int) else (yield result)
        finally:
            self.fds = saved
            for stream in opened:
                self._close(stream)

    def _with_assignments(self, node: Simple, arguments: list[str], action: Callable[[], "int | Run"]) -> Run:
        """Run a function or an ordinary builtin with assignments that last only as long."""
        saved: dict[str, Variable | None] = {}
        try:
            for assignment in node.assignments:
                if "x" in self.options:
                    self._trace_assignment(assignment)
                saved.setdefault(assignment.name, self.variables.all.get(assignment.name))
                self.assign_node(assignment)
                self.variables.mark(assignment.name, exported=True)
            if "x" in self.options:
                self._trace(self._traced(arguments))
            if node.redirections:
                return int((yield self._redirected(node.redirections, action)))
            result = action()
            return result if isinstance(result, int) else (yield result)
        except ShellError as error:
            self.report(error)
            if error.ends_shell:
                raise
            return error.status
        finally:
            for name, variable in saved.items():
                if variable is None:
                    self.variables.all.pop(name, None)
                else:
                    self.variables.all[name] = variable
                if name == "PATH":
                    self.hashed.clear()
            if saved:
                self.variables.forget_environment()

    def _call(self, function: Function, arguments: list[str]) -> Run:
        if len(self.function_names) >= MAX_FUNCTION_DEPTH:
            raise BudgetExceeded("function nesting", MAX_FUNCTION_DEPTH)
        positional, self.positional = self.positional, arguments[1:]
        loop_depth, self.loop_depth = self.loop_depth, 0
        getopts = self.getopts_position
        self.function_names.append(arguments[0])
        self.variables.enter_scope()
        self.budget.step(_TURN_COST)
        try:
            result = self._command(function.body)
            return result if isinstance(result, int) else (yield result)
        except Return as leaving:
            return leaving.status
        finally:
            self.variables.leave_scope()
            self.function_names.pop()
            self.positional = positional
            self.loop_depth = loop_depth
            self.getopts_position = getopts

    def external(self, arguments: list[str], environment: dict[str, str]) -> Run:
        """Start the program ``arguments[0]`` and pass its output on."""
        name = arguments[0]
        try:
            path = self._lookup(name, environment)
            executable = load_executable(self.files, path, name)
        except CommandNotFound as error:
            message, status = wording.command_not_found(self.flavour, error, name)
            self.complain(message)
            return status
        except NotExecutable as error:
            message, status = wording.not_executable(self.flavour, error, name)
            self.complain(message)
            return status
        if name.rpartition("/")[2] == "sleep":
            if self.in_background:
                yield PAUSE
            yield from self.run_jobs()
        self.budget.step(_PROGRAM_COST)
        for writer in self._writers:
            writer.flush()
        self._current_command = " ".join(arguments)[:200]
        self.files.namespace.root.cause = self._current_command
        if executable.program is None:
            return int((yield self._text_script(path, arguments, environment)))
        program_arguments = (
            [*executable.prefix, path, *arguments[1:]] if executable.prefix else list(arguments)
        )
        environment = dict(environment)
        if self.flavour.is_bash:
            environment["_"] = path
        process = Process(
            program_arguments,
            environment,
            self.files.copy(),
            self.system,
            self.fds.get(0) or NullStream(),
            self.fds.get(2) or NullStream(),
            pid=self.pid,
            executable=executable.real_path,
            stdout_is_terminal=self.system.terminal and isinstance(self.fds.get(1), GivenOutput),
        )
        stream = self.fds.get(1)
        running = start(process, executable.program)
        pipe = self.pipe
        try:
            while True:
                try:
                    piece = next(running)
                except StopIteration as stop:
                    self._broken_pipes = 0
                    return int(stop.value)
                if stream is None:
                    raise BadDescriptor
                stream.write(piece)
                if pipe is not None and pipe.queue:
                    yield None
        except PipeClosed:
            self._broken_pipes += 1
            if self._broken_pipes > _MAX_BROKEN_PIPES:
                raise
            return STATUS_SIGPIPE
        except FsError as error:
            self.error_text(f"{process.name}: write error: {error.reason}\n")
            return 1
        except BadDescriptor as error:
            self.error_text(f"{process.name}: write error: {error}\n")
            return 1
        finally:
            running.close()

    def _lookup(self, name: str, environment: Mapping[str, str]) -> str:
        if not name:
            raise CommandNotFound(name)
        known = self.hashed.get(name)
        if known is not None and self.files.access(known, 1):
            return known
        path_variable = environment.get("PATH")
        if path_variable is None:
            path_variable = self.variables.get("PATH")
        path = locate_command(self.files, DEFAULT_PATH if path_variable is None else path_variable, name)
        if "/" not in name and path_variable == self.variables.get("PATH"):
            self.hashed[name] = path
        return path

    def find_path(self, name: str) -> str:
        """The file a command name means. Raises CommandNotFound, NotExecutable."""
        path = self._lookup(name, {})
        load_executable(self.files, path, name)
        return path

    def swap_line_shift(self, shift: int) -> int:
        """Count lines from ``shift`` on; returns the former shift."""
        former, self._line_shift = self._line_shift, shift
        return former

    def _text_script(self, path: str, arguments: list[str], environment: dict[str, str]) -> Run:
        """A text file without ``#!``: this shell's own kind executes it, as execvp's callers do."""
        self.budget.enter()
        try:
            text = self.files.read_text(path)
            state = ShellState.initial(
                environment, self.files.cwd, self.flavour, self.files.user, path, self.files.umask, self.pid
            )
            shell = Shell(self.system, state, self.files, self.flavour)
            shell.from_string = False
            shell.positional = arguments[1:]
            shell.fds = dict(self.fds)
            shell.pipe = self.pipe
            shell.line = 1
            return int((yield shell.script(text)))
        except FsError as error:
            self.complain(f"{path}: {error.reason}")
            return 126
        finally:
            self.budget.leave()

    # ------------------------------------------------------------------ tracing

    def _traced(self, arguments: Sequence[str]) -> str:
        if self.flavour.is_dash:
            return " ".join(arguments)
        if self.flavour.is_ash:
            return " ".join(busybox_quoted(argument) for argument in arguments)
        return " ".join("''" if not a else quoted_if_needed(a) for a in arguments)

    def _trace(self, text: str) -> None:
        marker = self.variables.get("PS4")
        marker = "+ " if marker is None else marker
        if "$" in marker:
            marker = self.expand_prompt_text(marker)
        depth = min(self.trace_depth, 100) if self.flavour.is_bash else 0
        self.error_text(marker[:1] * depth + marker + text + "\n")

    def _trace_assignment(self, assignment: Assignment) -> None:
        if isinstance(assignment.value, ArrayValue):
            words = [self.text(word) for _, word in assignment.value.items]
            self._trace(f"{assignment.name}=({' '.join(map(quoted_if_needed, words))})")
            return
        text = self.assigned_text(assignment.value)
        sign = "+=" if assignment.append else "="
        shown = text if self.flavour.is_dash or not text else self._traced([text])
        self._trace(f"{assignment.name}{sign}{shown}")

    def expand_prompt_text(self, text: str) -> str:
        """Parameters and substitutions in a prompt string."""
        program = parse(f'"{text}"', self.flavour)
        if program.error is not None or not program.lines:
            return text
        command = program.lines[0].items[0].pipelines[0].commands[0]
        if not isinstance(command, Simple) or not command.words:
            return text
        word = command.words[0]
        return text if isinstance(word, Assignment) else self.text(word)


def _noting(run: Run, ended: list[int]) -> Generator[str | None, None, int]:
    """``drive`` that also notes the status where others can see it."""
    status = yield from drive(run)
    ended.append(status)
    return status


_HANDLERS: dict[type, tuple[Callable[[Shell, Any], "int | Run"], bool]] = {
    Simple: (Shell._simple, False),
    Group: (Shell._group, True),
    Subshell: (Shell._subshell_command, True),
    If: (Shell._if, True),
    Loop: (Shell._loop, True),
    For: (Shell._for, True),
    Select: (Shell._select, True),
    ArithmeticFor: (Shell._arithmetic_for, True),
    Case: (Shell._case, True),
    FunctionDefinition: (Shell._define, False),
    ArithmeticCommand: (Shell._arithmetic_command, True),
    Conditional: (Shell._conditional, True),
}
__all__ = ["ControlFlow", "Function", "Job", "Shell", "drive", "finish"]
