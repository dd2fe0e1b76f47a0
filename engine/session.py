"""The front door: every change of a learner's machine is ``execute(machine, action, store)``.

Pure: the same machine and action give the same step, byte for byte. New blobs go to ``store``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Literal

import engine.cli.docker  # noqa: F401  (registers the docker program)
from engine.analysis import BuildGraph, Inventory
from engine.budget import EXIT_STATUS_STOPPED, Budget, BudgetExceeded, Limits
from engine.build.solver import Verdict
from engine.catalogue.images import catalogue
from engine.cli.completion import complete as complete_docker
from engine.cli.reference import CommandPage, command_pages
from engine.clock import SECOND, Clock
from engine.content import BlobStore, ChainID, StackedStore
from engine.daemon.buildcontext import ignore_file, read_context
from engine.daemon.builder import forecast_build
from engine.daemon.buildrequest import BuildRequest
from engine.daemon.daemon import Attachment, ContainerPrompt, Daemon
from engine.daemon.inventory import inventory as daemon_inventory
from engine.dockerfile.dockerignore import IgnoreMatcher
from engine.dockerfile.lint import Finding
from engine.errors import EngineError
from engine.events import CommandRan, Event, Stopped
from engine.fs import Change, Credentials, Directory, File, Files, FsError, parent_of
from engine.image.image import store_changes
from engine.machine import (
    HOME,
    HOST_NAME,
    PROJECT,
    Builder,
    Machine,
    Pending,
    TerminalFrame,
    host_files,
    host_tree,
)
from engine.programs.lib.aptsources import STALE_AFTER
from engine.shell.complete import complete as complete_line
from engine.shell.complete import completer
from engine.shell.errors import Exit
from engine.shell.flavour import BASH, Flavour
from engine.shell.interpreter import Shell
from engine.shell.process import Interactive, NeedInput, Source, StaysUp, System
from engine.shell.prompt import is_incomplete, prompt_text
from engine.shell.state import ShellState

HOST_ENV = {
    "HOME": HOME,
    "LANG": "C.UTF-8",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "SHELL": "/bin/bash",
    "TERM": "xterm",
    "USER": "learner",
}
LEARNER = Credentials(1000, 1000, (1000, 999))
PACKAGE_LISTS_STALE_AFTER = STALE_AFTER
"""Nanoseconds after which fetched package lists name files that the archive no longer has."""
HOST_PROMPT = "learner@lab:~/lab$ "
CONTINUATION = "> "
EXIT_INTERRUPTED = 130
MAX_FILE = 1024 * 1024
"""Bytes a file saved from the editor may have."""


# ---------------------------------------------------------------------- actions


@dataclass(frozen=True, slots=True)
class RunLine:
    """A line typed at the prompt; ``at_host`` runs it on the host even while a container's shell is open."""

    text: str
    at_host: bool = False


@dataclass(frozen=True, slots=True)
class EndOfInput:
    """Ctrl-D."""


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Ctrl-C."""


@dataclass(frozen=True, slots=True)
class SaveFile:
    """Write a project file; ``path`` is relative to the project directory."""

    path: str
    text: str
    mode: int | None = None


@dataclass(frozen=True, slots=True)
class UploadFile:
    """Write a project file of any bytes."""

    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class DeletePath:
    """Delete a project file or directory."""

    path: str


@dataclass(frozen=True, slots=True)
class RenamePath:
    """Rename a project file or directory."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class MakeDirectory:
    """Create a project directory, with its parents."""

    path: str


@dataclass(frozen=True, slots=True)
class ChangeMode:
    """Change a project file's permission bits."""

    path: str
    mode: int


@dataclass(frozen=True, slots=True)
class SetBuilder:
    """Choose what ``docker build`` uses."""

    builder: Builder


@dataclass(frozen=True, slots=True)
class AdvanceClock:
    """Let simulated time pass."""

    seconds: int


Action = (
    RunLine
    | EndOfInput
    | Interrupt
    | SaveFile
    | UploadFile
    | DeletePath
    | RenamePath
    | MakeDirectory
    | ChangeMode
    | SetBuilder
    | AdvanceClock
)


@dataclass(frozen=True, slots=True)
class Output:
    """A piece of what was printed."""

    stream: Literal["stdout", "stderr"]
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """What an action did. ``prompt`` is what the terminal now shows; ``waiting`` asks for more input."""

    machine: Machine
    output: tuple[Output, ...] = ()
    events: tuple[Event, ...] = ()
    exit_code: int = 0
    prompt: str = ""
    waiting: bool = False


class BadPath(EngineError):
    """A project path that cannot be used."""


# ---------------------------------------------------------------------- evaluation


class _Screen:
    """Collects both streams in order."""

    def __init__(self) -> None:
        self.pieces: list[tuple[Literal["stdout", "stderr"], bytes]] = []

    def sink(self, stream: Literal["stdout", "stderr"]) -> "_ScreenSink":
        return _ScreenSink(self, stream)

    def output(self, skip: int = 0) -> tuple[Output, ...]:
        """Everything but the first ``skip`` bytes, neighbours of one stream joined."""
        joined: list[tuple[Literal["stdout", "stderr"], bytearray]] = []
        for stream, data in self.pieces:
            if skip:
                dropped = min(skip, len(data))
                data, skip = data[dropped:], skip - dropped
            if not data:
                continue
            if joined and joined[-1][0] == stream:
                joined[-1][1].extend(data)
            else:
                joined.append((stream, bytearray(data)))
        return tuple(Output(stream, bytes(data).decode("utf-8", "replace")) for stream, data in joined)

    @property
    def size(self) -> int:
        return sum(len(data) for _, data in self.pieces)


class _ScreenSink:
    def __init__(self, screen: _Screen, stream: Literal["stdout", "stderr"]) -> None:
        self._screen = screen
        self._stream: Literal["stdout", "stderr"] = stream

    def write(self, data: bytes) -> None:
        self._screen.pieces.append((self._stream, data))


class TerminalInput:
    """The keyboard: lines typed ahead, then NeedInput, or the end of input after Ctrl-D."""

    is_terminal = True

    def __init__(self, typed: list[bytes], ended: bool) -> None:
        self._typed = typed
        self._ended = ended

    def read_line(self) -> bytes:
        if self._typed:
            return self._typed.pop(0)
        if self._ended:
            return b""
        raise NeedInput

    def chunks(self) -> Iterator[bytes]:
        while line := self.read_line():
            yield line


class EmptyInput:
    """No terminal and nothing to read."""

    is_terminal = False

    def read_line(self) -> bytes:
        return b""

    def chunks(self) -> Iterator[bytes]:
        return iter(())


class Evaluation:
    """A machine opened for one action: mutable parts, to be frozen by ``close``."""

    def __init__(self, machine: Machine, store: BlobStore, limits: Limits | None = None) -> None:
        self.machine = machine
        self.store = store
        self.clock = Clock(machine.now)
        self.budget = Budget(limits)
        self.events: list[Event] = []
        self.tree = host_tree(machine, store, self.clock)
        self._host_generation = self.tree.generation
        self.files: Files = host_files(self.tree, self.clock, self.budget)
        self.daemon = Daemon(
            machine.daemon,
            store,
            self.clock,
            self.budget,
            hub=machine.hub,
            seed=machine.seed,
            serial=machine.serial,
            host=self.files,
            events=self.events,
        )
        self.daemon.default_builder = machine.builder

    def host_system(self, *, terminal: bool, typed: list[bytes]) -> System:
        """The learner's own computer."""
        return System(
            namespace=self.files.namespace,
            clock=self.clock,
            budget=self.budget,
            hostname=HOST_NAME,
            kind="host",
            terminal=terminal,
            typed=typed,
            docker=self.daemon,
            find_peer=self.daemon.peers_of(None),
            events=self.events,
            random_seed=self.machine.seed,
            serial=self.daemon.serial,
        )

    def close(self, terminal: tuple[TerminalFrame, ...], pending: Pending | None = None) -> Machine:
        """The machine as it is after the evaluation."""
        daemon = self.daemon.freeze()
        host = self.machine.host
        if self.tree.generation != self._host_generation:
            host = store_changes(self.store, self.tree.upper_layer())
        alive = tuple(
            frame
            for frame in terminal
            if not frame.container
            or (frame.container in daemon.containers and daemon.containers[frame.container].running)
        )
        return replace(
            self.machine,
            host=host,
            daemon=daemon,
            hub=self.daemon.hub,
            terminal=alive,
            pending=pending,
            now=self.clock.now,
            serial=self.daemon.serial,
        )


def new_machine(seed: str = "lab", files: Mapping[str, str] | None = None) -> Machine:
    """A fresh machine; ``files`` are written by ``with_files`` once a store is at hand."""
    return Machine(seed=seed, terminal=(TerminalFrame(first_shell(), prompt=HOST_PROMPT),))


def first_shell() -> ShellState:
    """The learner's shell as a new terminal has it."""
    return ShellState.initial(HOST_ENV, PROJECT, BASH, LEARNER, "bash")


def with_files(machine: Machine, files: Mapping[str, str], store: BlobStore) -> Machine:
    """``machine`` with project files written (a lesson's start, a preset)."""
    for path, text in files.items():
        machine = execute(machine, SaveFile(path, text), store).machine
    return machine


def execute(machine: Machine, action: Action, store: BlobStore) -> Step:
    """Do ``action``. Raises BadPath or FsError for file actions that cannot be done; nothing else."""
    match action:
        case RunLine():
            return _run_line(machine, action, store)
        case EndOfInput():
            return _end_of_input(machine, store)
        case Interrupt():
            return _interrupt(machine, store)
        case SetBuilder():
            return _quiet(replace(machine, builder=action.builder))
        case AdvanceClock():
            return _quiet(replace(machine, now=machine.now + max(0, action.seconds) * SECOND))
        case _:
            return _change_files(machine, action, store)


def _quiet(machine: Machine) -> Step:
    return Step(machine, prompt=prompt(machine), waiting=machine.pending is not None)


# ---------------------------------------------------------------------- the terminal


def _run_line(machine: Machine, action: RunLine, store: BlobStore) -> Step:
    if machine.pending is not None and not action.at_host:
        pending = machine.pending
        if pending.unfinished:
            return _take_line(replace(machine, pending=None), f"{pending.line}\n{action.text}", store)
        typed = (*pending.typed, action.text)
        return _evaluate(machine, store, pending.line, typed, pending.shown, len(machine.terminal) - 1)
    level = 0 if action.at_host else len(machine.terminal) - 1
    if machine.terminal[level].waits:
        return _quiet(machine)
    if not action.at_host:
        return _take_line(machine, action.text, store)
    return _evaluate(machine, store, action.text, (), 0, level)


def _take_line(machine: Machine, text: str, store: BlobStore) -> Step:
    """Run a line of the innermost shell, or ask for the rest of it when it cannot end here."""
    if _goes_on(text, machine.terminal[-1].shell.flavour):
        return _quiet(replace(machine, pending=Pending(text, (), 0, unfinished=True)))
    return _evaluate(machine, store, text, (), 0, len(machine.terminal) - 1)


def _goes_on(text: str, flavour: Flavour) -> bool:
    try:
        return is_incomplete(text, flavour)
    except BudgetExceeded:
        return False


def _evaluate(
    machine: Machine,
    store: BlobStore,
    line: str,
    typed: tuple[str, ...],
    shown: int,
    level: int,
    *,
    ended: bool = False,
) -> Step:
    evaluation = Evaluation(machine, store)
    evaluation.clock.advance(SECOND)
    screen = _Screen()
    frames = list(machine.terminal)
    above = frames[level + 1 :]
    del frames[level + 1 :]
    keyboard = [f"{text}\n".encode("utf-8", "surrogateescape") for text in typed]
    runner = _Runner(evaluation, screen, frames, TerminalInput(keyboard, ended), keyboard)
    try:
        status = runner.run(line)
    except NeedInput:
        waiting = Pending(line, typed, screen.size)
        return Step(
            replace(machine, pending=waiting), screen.output(shown), exit_code=0, prompt="", waiting=True
        )
    where = runner.place(machine.terminal[level])
    evaluation.events.append(CommandRan(where, line, status))
    after = evaluation.close((*runner.frames, *above))
    return Step(after, screen.output(shown), tuple(evaluation.events), status, prompt(after))


class _Runner:
    """Runs lines on a stack of shells, pushing and popping nested ones."""

    def __init__(
        self,
        evaluation: Evaluation,
        screen: _Screen,
        frames: list[TerminalFrame],
        stdin: Source,
        typed: list[bytes],
        *,
        terminal: bool = True,
    ) -> None:
        self.evaluation = evaluation
        self.screen = screen
        self.frames = frames
        self.stdin = stdin
        self.typed = typed
        self.terminal = terminal

    def place(self, frame: TerminalFrame) -> str:
        """Whose prompt a frame is: ``host`` or a container's name."""
        container = self.evaluation.daemon.state.containers.get(frame.container)
        return container.name if container else "host"

    def run(self, line: str) -> int:
        """Run ``line`` in the innermost shell; returns the exit status."""
        frame = self.frames[-1]
        shell = self.open_shell(frame)
        stderr = self.screen.sink("stderr")
        status = 0
        opened: TerminalFrame | None = None
        exited = False
        try:
            status = shell.run_line(line, self.stdin, self.screen.sink("stdout"), stderr)
        except Exit as leaving:
            status, exited = leaving.status, True
        except Interactive as interactive:
            opened = self._open(interactive)
        except StaysUp:
            opened = TerminalFrame(frame.shell, frame.container, waits=True)
        except BudgetExceeded as stopped:
            stderr.write(f"{stopped}\n".encode())
            self.evaluation.events.append(Stopped(stopped.what, stopped.limit))
            status = EXIT_STATUS_STOPPED
        self.frames[-1] = replace(frame, shell=replace(shell.state.with_history(line), status=status))
        if opened is not None:
            self.frames.append(opened)
        elif exited:
            status = self._leave(status)
        self._note_prompt()
        return status

    def _note_prompt(self) -> None:
        """Keep what the innermost shell shows, since that may depend on files."""
        frame = self.frames[-1]
        if frame.waits:
            return
        # The line is over, and may have used up its fuel: what is left to do is small.
        budget = self.evaluation.budget
        budget.steps = budget.memory = budget.output = budget.files = budget.depth = 0
        shell = self.open_shell(frame)
        text = prompt_text(frame.shell, shell.files, shell.system.hostname)
        self.frames[-1] = replace(frame, prompt=text)

    def _leave(self, status: int) -> int:
        """The innermost shell ended: go back to the one below and finish its line."""
        if len(self.frames) == 1:
            self.frames[0] = TerminalFrame(first_shell(), prompt=HOST_PROMPT)
            return status
        frame = self.frames.pop()
        daemon = self.evaluation.daemon
        if frame.is_main and frame.container in daemon.state.containers:
            container = daemon.state.containers[frame.container]
            if container.running:
                daemon.finish(container, status)
        below = self.frames[-1]
        self.frames[-1] = replace(below, shell=replace(below.shell, status=status))
        return self.run(frame.rest) if frame.rest.strip() else status

    def _open(self, interactive: Interactive) -> TerminalFrame:
        request = interactive.request
        if isinstance(request, Attachment):
            return TerminalFrame(first_shell(), request.container, is_main=True, waits=True)
        if isinstance(request, ContainerPrompt):
            return TerminalFrame(request.shell, request.container, request.is_main, interactive.rest)
        return replace(self.frames[-1], shell=request.state, is_main=False, rest=interactive.rest)

    def open_shell(self, frame: TerminalFrame) -> Shell:
        """The shell of a frame, ready to run a line."""
        evaluation = self.evaluation
        if not frame.container:
            system = evaluation.host_system(terminal=self.terminal, typed=self.typed)
            return Shell(system, frame.shell, evaluation.files)
        daemon = evaluation.daemon
        container = daemon.state.containers[frame.container]
        system = daemon.system(container, self.typed, self.terminal)
        return Shell(system, frame.shell, Files(system.namespace, evaluation.clock, evaluation.budget))


def _end_of_input(machine: Machine, store: BlobStore) -> Step:
    if machine.pending is not None:
        pending = replace(machine.pending, unfinished=False)
        level = len(machine.terminal) - 1
        return _evaluate(machine, store, pending.line, pending.typed, pending.shown, level, ended=True)
    if len(machine.terminal) > 1 and not machine.terminal[-1].waits:
        return _run_line(machine, RunLine("exit"), store)
    return _quiet(machine)


def _interrupt(machine: Machine, store: BlobStore) -> Step:
    echo = (Output("stderr", "^C\n"),)
    top = machine.terminal[-1]
    if machine.pending is not None or not top.waits:
        after = replace(machine, pending=None)
        return Step(after, echo, exit_code=EXIT_INTERRUPTED, prompt=prompt(after))
    evaluation = Evaluation(machine, store)
    daemon = evaluation.daemon
    if top.is_main and top.container in daemon.state.containers:
        daemon.finish(daemon.state.containers[top.container], 0, by_hand=True)
    after = evaluation.close(machine.terminal[:-1])
    return Step(after, echo, tuple(evaluation.events), EXIT_INTERRUPTED, prompt(after))


def prompt(machine: Machine) -> str:
    """What the terminal shows before the cursor; empty while a program waits or runs."""
    top = machine.terminal[-1]
    if machine.pending is not None:
        return CONTINUATION if machine.pending.unfinished else ""
    return "" if top.waits else top.prompt


def run_command(
    machine: Machine, line: str, store: BlobStore, limits: Limits | None = None
) -> tuple[Machine, str, str, int]:
    """Run a host command with no terminal and nothing on standard input.

    Returns the machine after it, standard output, standard error and the exit status.
    """
    evaluation = Evaluation(machine, store, limits)
    evaluation.clock.advance(SECOND)
    screen = _Screen()
    frames = [machine.terminal[0]]
    runner = _Runner(evaluation, screen, frames, EmptyInput(), [], terminal=False)
    status = runner.run(line)
    streams = {"stdout": bytearray(), "stderr": bytearray()}
    for stream, data in screen.pieces:
        streams[stream].extend(data)
    after = evaluation.close((*runner.frames[:1], *machine.terminal[1:]))
    out, err = (bytes(streams[name]).decode("utf-8", "replace") for name in ("stdout", "stderr"))
    return after, out, err, status


# ---------------------------------------------------------------------- the Tab key


def complete(machine: Machine, store: BlobStore, line: str, cursor: int) -> tuple[int, list[str]]:
    """What the word before ``cursor`` may become: where it starts, and what may stand in its place."""
    evaluation = Evaluation(machine, StackedStore(store))
    runner = _Runner(evaluation, _Screen(), list(machine.terminal), EmptyInput(), [])
    frame = machine.terminal[-1]
    shell = runner.open_shell(frame)
    found = complete_line(frame.shell, shell.system, shell.files, line, cursor)
    return found.start, list(found.candidates)


@completer("docker")
def _docker_words(system: System, _files: Files, words: Sequence[str]) -> Sequence[str]:
    """What Tab offers after ``docker`` on a machine that has the daemon."""
    return complete_docker(words[1:], system.docker.state) if system.docker else ()


# ---------------------------------------------------------------------- what pages and lessons look at


def docker_commands() -> tuple[CommandPage, ...]:
    """Every docker command of the lab with its flags: what ``docker COMMAND --help`` is printed from."""
    return command_pages()


def inventory(machine: Machine) -> Inventory:
    """The machine's images and containers, newest first, for the analyses."""
    return daemon_inventory(machine.daemon, _published_stacks())


@cache
def _published_stacks() -> Mapping[ChainID, str]:
    """Top ChainID of every official image -> its first familiar name."""
    return {found.image.chain_ids[-1]: found.references[0] for found in catalogue() if found.image.layers}


def container_changes(machine: Machine, name: str, store: BlobStore) -> list[Change]:
    """What ``docker diff NAME`` shows. Raises DaemonError when there is no such container."""
    daemon = Evaluation(machine, store).daemon
    return daemon.diff(daemon.find_container(name))


# ---------------------------------------------------------------------- the forecast


@dataclass(frozen=True, slots=True)
class LineForecast:
    """What a build would do with one instruction.

    ``verdict``: ``HIT``, ``MISS``, ``DEPENDS``, ``SKIPPED`` or ``METADATA``. ``cause_line`` is the line of
    the step that is the reason (0 = none); ``size_estimate`` is in bytes, None when unknown.
    """

    line: int
    end_line: int
    step: str
    verdict: str
    reason: str = ""
    cause_line: int = 0
    size_estimate: int | None = None


@dataclass(frozen=True, slots=True)
class FindingNote:
    """A build check that fires. ``stored`` bytes and ``rebuilt`` steps are what it costs (None = unknown)."""

    line: int
    rule: str
    message: str
    description: str
    url: str
    stored: int | None = None
    rebuilt: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ErrorNote:
    """Why a build would stop, at ``line`` (0 = nowhere in particular)."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Forecast:
    """What ``docker build`` would do now. ``new_bytes`` goes by what the steps made last time."""

    lines: tuple[LineForecast, ...] = ()
    findings: tuple[FindingNote, ...] = ()
    errors: tuple[ErrorNote, ...] = ()
    reused: int = 0
    runs: int = 0
    new_bytes: int = 0
    graph: BuildGraph | None = None
    """The build as stages and what they need, with the same verdicts, for the pictures."""


def forecast(machine: Machine, store: BlobStore, dockerfile: str = "Dockerfile") -> Forecast:
    """The forecast for ``docker build -f DOCKERFILE .`` in the project directory; nothing is changed."""
    evaluation = Evaluation(machine, StackedStore(store))
    files = evaluation.files
    files.cwd = PROJECT
    try:
        text = files.read_text(dockerfile)
        ignored = ignore_file(files, ".", dockerfile)
        matcher = IgnoreMatcher.from_file(ignored[1]) if ignored else None
        context = read_context(files, ".", matcher)
        request = BuildRequest(text, dockerfile, context, matcher)
        found = forecast_build(evaluation.daemon, request, machine.builder)
    except FsError:
        return Forecast(errors=(ErrorNote(0, f"open {dockerfile}: no such file or directory"),))
    except EngineError as error:
        return Forecast(errors=(ErrorNote(0, str(error)),))
    errors = [
        ErrorNote(error.locations[0].start_line if error.locations else 0, str(error))
        for error in found.errors
    ]
    if found.failure and not errors:
        errors.append(ErrorNote(0, found.failure))
    return Forecast(
        tuple(_line_forecast(verdict) for verdict in found.verdicts),
        tuple(_finding_note(finding) for finding in found.findings),
        tuple(errors),
        found.reused,
        found.runs,
        found.new_bytes,
        found.graph,
    )


def _line_forecast(verdict: Verdict) -> LineForecast:
    reason, place = verdict.reason, verdict.op.location
    return LineForecast(
        line=place.start_line,
        end_line=place.end_line,
        step=verdict.op.text,
        verdict=verdict.decision,
        reason=reason.text if reason else "",
        cause_line=reason.cause_line if reason else verdict.depends_on,
        size_estimate=verdict.size,
    )


def _finding_note(finding: Finding) -> FindingNote:
    cost = finding.cost
    return FindingNote(
        finding.line,
        finding.rule,
        finding.detail,
        finding.description,
        finding.url,
        cost.stored if cost else None,
        cost.rebuilt_steps if cost else (),
    )


# ---------------------------------------------------------------------- project files


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """A file or directory of the project. ``text`` is None for directories and what is no text."""

    path: str
    is_directory: bool
    mode: int
    size: int
    mtime: int
    text: str | None = field(default=None, repr=False)


def project_files(machine: Machine, store: BlobStore) -> list[ProjectFile]:
    """Everything under the project directory, parents first."""
    tree = host_tree(machine, store, Clock(machine.now))
    top = PROJECT.strip("/")
    found = []
    for path, node in tree.walk(top):
        relative = path[len(top) + 1 :]
        if isinstance(node, Directory):
            found.append(ProjectFile(relative, True, node.mode, 0, node.mtime))
        elif isinstance(node, File):
            text = None
            if not node.content.is_filler and b"\0" not in node.content.head:
                try:
                    text = node.content.head.decode()
                except UnicodeDecodeError:
                    text = None
            found.append(ProjectFile(relative, False, node.mode, node.content.size, node.mtime, text))
    return found


def _project_path(path: str) -> str:
    parts = path.split("/")
    if not path or path.startswith("/") or any(part in ("", ".", "..") for part in parts):
        raise BadPath(f"not a path inside the project: {path[:200]!r}")
    if any(len(part.encode("utf-8", "surrogateescape")) > 255 for part in parts) or len(parts) > 32:
        raise BadPath("the path is too long")
    if any(ord(char) < 32 for char in path):
        raise BadPath("the path has a control character")
    return path


def _change_files(machine: Machine, action: Action, store: BlobStore) -> Step:
    evaluation = Evaluation(machine, store)
    evaluation.clock.advance(SECOND)
    files = evaluation.files.as_user(LEARNER)
    files.cwd = PROJECT
    match action:
        case SaveFile() | UploadFile():
            path = _project_path(action.path)
            data = action.data if isinstance(action, UploadFile) else action.text.encode("utf-8", "replace")
            if len(data) > MAX_FILE:
                raise BadPath(f"files of more than {MAX_FILE:,} bytes cannot be saved here")
            if parent_of(path):
                files.make_dirs(parent_of(path))
            files.write(path, data)
            if isinstance(action, SaveFile) and action.mode is not None:
                files.chmod(path, action.mode)
        case DeletePath():
            files.remove(_project_path(action.path))
        case RenamePath():
            new = _project_path(action.new)
            if parent_of(new):
                files.make_dirs(parent_of(new))
            files.rename(_project_path(action.old), new)
        case MakeDirectory():
            files.make_dirs(_project_path(action.path))
        case ChangeMode():
            files.chmod(_project_path(action.path), action.mode)
    after = evaluation.close(machine.terminal, machine.pending)
    return Step(after, prompt=prompt(after), waiting=after.pending is not None)
