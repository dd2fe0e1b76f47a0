"""Executes parsed scripts.

Evaluation methods return an exit status, or a Run (a generator) that ``drive`` runs on a stack of its
own: scripts may nest and recurse without nesting Python calls, and a pipeline's stage can be left
suspended until its reader wants more.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from engine.budget import BudgetExceeded
from engine.fs import EMPTY_VIEW, Content, File, Files, FsError, Mount, Namespace, OverlayFS
from engine.shell import wording
from engine.shell.builtin import Builtin, Run, find_builtin
from engine.shell.compound import CompoundCommands
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
from engine.shell.flavour import Flavour
from engine.shell.parser import parse
from engine.shell.process import Interactive, Process, Sink, Source, StaysUp, System
from engine.shell.redirecting import RedirectionFailed
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
    GivenInput,
    GivenOutput,
    NullStream,
    Pipe,
    PipeClosed,
    PipeInput,
    Stream,
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
    Select,
    Simple,
    Subshell,
)
from engine.shell.syntax import (
    Sequence as Commands,
)
from engine.shell.tasks import PAUSE, Job, Task, drive, finish, noting
from engine.shell.variables import Variable, Variables

STATUS_SIGPIPE = 141
STATUS_SYNTAX = 2
MAX_FUNCTION_DEPTH = 1000
_BUSYBOX_APPLETS = frozenset({"echo", "printf", "test", "[", "kill", "read"})
"""Builtins that are applets of their own in BusyBox: their messages name no line."""
_MAX_BROKEN_PIPES = 64
_LONGEST_CAUSE = 200
"""Characters kept of a command that is remembered as what made a file."""
_COMMAND_COST, _CALL_COST, _SUBSHELL_COST, _PROGRAM_COST = 6, 3, 10, 40
"""Budget steps, in proportion to the time things take: all of them used up are well under a second."""


class Function(NamedTuple):
    """A defined function and the text that defines it."""

    body: Command
    source: str


class Shell(CompoundCommands):
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
            status = finish(self.main(text))
            self._report_jobs()
            return status
        except Exit:
            command = self.traps.pop("EXIT", None)
            if command:
                finish(self.evaluate(command))
            raise
        except RecursionError:
            raise BudgetExceeded("nesting", self.budget.limits.depth) from None
        finally:
            for writer in list(self._writers):
                self._close(writer)
            self.line = self._line_shift + 1 + text.rstrip("\n").count("\n") + 1

    def _report_jobs(self) -> None:
        """Before the next prompt: background jobs run to their end and are reported."""
        status = self.status
        finish(self.run_jobs())
        self.status = status
        for job in self.jobs:
            if not job.stays_up:
                state = f"Exit {job.status}" if job.status and self.flavour.is_bash else job.state
                self.error_text(f"[{job.number}]+  {state:<24}{job.text}\n")
        self.jobs = [job for job in self.jobs if job.stays_up]

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
            if self.interactive or not error.ends_shell or (self.flavour.is_bash and not error.fatal):
                self.report(error)
                self.status = error.status
            else:
                raise
        except (Break, Continue):
            self.status = 0
        return self.status

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
        upstream: list[tuple[PipeInput, Task, list[int]]] = []
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
                task = noting(shell._contained(lambda s=shell, c=command: s._command(c)), ended)  # type: ignore[misc]
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

    def _subshell_command(self, command: Subshell) -> Run:
        shell = self.subshell()
        return shell._contained(lambda: shell._sequence(command.body))

    def _define(self, command: FunctionDefinition) -> int:
        self.functions[command.name] = Function(command.body, command.source)
        return 0

    def _conditional(self, command: Conditional) -> int:
        self.line = command.line + self._line_shift
        try:
            return int(not holds(self, command.condition))
        except ShellError as error:
            self.report(error)
            if error.ends_shell:
                raise
            return error.status

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
            shown: list[str] = []
            for assignment in node.assignments:
                self.assign_node(assignment)
                if "x" in self.options:
                    self._show_assignment(assignment, self.variables.get(assignment.name) or "", shown)
            if shown:
                self._trace(" ".join(shown))
            return self.substitution_status or 0

        if node.redirections:
            self._current_command = ""
            return self._redirected(node.redirections, assign_all)
        return assign_all()

    def _start(self, node: Simple, arguments: list[str]) -> "int | Run":
        name = arguments[0]
        self._command_name = name
        if node.redirections:
            self._current_command = " ".join(arguments)[:_LONGEST_CAUSE]
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
        shown: list[str] = []
        if node.assignments:
            environment = dict(environment)
            for assignment in node.assignments:
                if not isinstance(assignment.value, ArrayValue):
                    text = self.assigned_text(assignment.value)
                    if assignment.append:
                        text = (self.variables.get(assignment.name) or "") + text
                    if self.variables.variable(assignment.name).readonly:
                        raise self.read_only(assignment.name)
                    environment[assignment.name] = text
                    if "x" in self.options:
                        self._show_assignment(assignment, text, shown)
        if "x" in self.options:
            self._trace(" ".join([*shown, self._traced(arguments)]))
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
            shown: list[str] = []
            for assignment in node.assignments:
                saved.setdefault(assignment.name, self.variables.all.get(assignment.name))
                self.assign_node(assignment)
                self.variables.mark(assignment.name, exported=True)
                if "x" in self.options:
                    self._show_assignment(assignment, self.variables.get(assignment.name) or "", shown)
            if "x" in self.options:
                self._trace(" ".join([*shown, self._traced(arguments)]))
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
        self.budget.step(_CALL_COST)
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
        self._current_command = " ".join(arguments)[:_LONGEST_CAUSE]
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
