"""Running the process of a RUN step on a simulated computer of its own."""

from engine.budget import EXIT_STATUS_STOPPED, Budget, BudgetExceeded, Limits
from engine.build.executor import LogLine, RunRequest, RunResult
from engine.build.text import quoted
from engine.clock import SECOND, Clock
from engine.daemon.daemon import ClosedInput
from engine.daemon.sandbox import DEFAULT_PATH, sandbox_mounts
from engine.events import Event
from engine.fs import Credentials, Files, FsError, Namespace
from engine.shell.process import Interactive, NeedInput, StaysUp, System
from engine.shell.run import CommandNotFound, NotExecutable, execute
from engine.shell.users import Accounts, UnknownUser

START_TIME = SECOND // 10
"""What starting a container for one command takes."""
MAX_LOG = 2 * 1024 * 1024
"""Bytes of one step's output that are kept, as BuildKit clips it."""
EXIT_NOT_FOUND = 127
EXIT_NOT_EXECUTABLE = 126
_RUNC = "unable to start container process: error during container init: "
_NEVER_ENDS = (
    "layerlab: stopped: this command never ends by itself, so the build would wait for it for ever\n"
)


class _Log:
    """Both output streams of a step, in order, with the time of every piece."""

    def __init__(self, clock: Clock) -> None:
        self.lines: list[LogLine] = []
        self._clock = clock
        self._begin = clock.now
        self._size = 0

    def add(self, stream: str, data: bytes) -> None:
        if self._size > MAX_LOG:
            return
        self._size += len(data)
        text = data.decode("utf-8", "replace")
        if self._size > MAX_LOG:
            text += f"\n[output clipped, log limit {MAX_LOG // (1024 * 1024)}MiB reached]\n"
        self.lines.append(LogLine(stream, self._clock.now - self._begin, text))


class _LogSink:
    def __init__(self, log: _Log, stream: str) -> None:
        self._log = log
        self._stream = stream

    def write(self, data: bytes) -> None:
        self._log.add(self._stream, data)


class BuildExecutor:
    """Runs build steps; ``classic`` decides how a process that cannot be started is reported.

    ``network`` is the mode of steps that do not choose one themselves.
    """

    def __init__(
        self,
        clock: Clock,
        budget: Budget,
        seed: str,
        events: list[Event],
        *,
        classic: bool = False,
        network: str = "default",
    ) -> None:
        self.clock = clock
        self.budget = budget
        self.seed = seed
        self.events = events
        self.classic = classic
        self.network = network
        self.serial = 0

    def run(self, request: RunRequest) -> RunResult:
        """Run one process to its end. BudgetExceeded ends the process, not the caller."""
        op = request.op
        log = _Log(self.clock)
        self.clock.advance(START_TIME)
        request.tree.cause = op.command or " ".join(request.args)
        hostname = "buildkitsandbox"
        if self.classic:
            self.serial += 1
            hostname = f"{self.serial:012x}"
        namespace = Namespace(
            request.tree,
            (*sandbox_mounts(self.clock, hostname, hosts=request.hosts, marker=False), *request.mounts),
        )
        budget = self._share()
        files = Files(namespace, self.clock, budget)
        try:
            user, home = _credentials(files, request.user)
        except UnknownUser as error:
            return self._refused(log, str(error), 1)
        env = dict(entry.partition("=")[::2] for entry in request.env)
        env.setdefault("PATH", DEFAULT_PATH)
        env.setdefault("HOME", home)
        if self.classic:
            env.setdefault("HOSTNAME", hostname)
        self._enter(files, op.working_dir)
        system = System(
            namespace=namespace,
            clock=self.clock,
            budget=budget,
            hostname=hostname,
            kind="build",
            network=(self.network if op.network == "default" else op.network) != "none",
            events=self.events,
            random_seed=f"{self.seed}/build/{self.clock.now}",
            serial=self.serial,
        )
        try:
            status = execute(
                system,
                files.as_user(user),
                env,
                list(request.args),
                ClosedInput(),
                _LogSink(log, "stdout"),
                _LogSink(log, "stderr"),
            )
        except CommandNotFound as error:
            return self._refused(log, _not_found(error, request.args), EXIT_NOT_FOUND)
        except NotExecutable as error:
            reason = str(error).rpartition(": ")[2].lower()
            return self._refused(log, f"exec: {quoted(error.name)}: {reason}", EXIT_NOT_EXECUTABLE)
        except BudgetExceeded as stopped:
            log.add("stderr", f"{stopped}\n".encode())
            status = EXIT_STATUS_STOPPED
        except (StaysUp, Interactive, NeedInput):
            log.add("stderr", _NEVER_ENDS.encode())
            status = EXIT_STATUS_STOPPED
        finally:
            self._charge(budget)
        return RunResult(status, tuple(log.lines))

    def _share(self) -> Budget:
        """Most of what is left: whoever asked for the build can still finish after a step that used it up."""
        spent, limits = self.budget, self.budget.limits
        return Budget(
            Limits(
                steps=(limits.steps - spent.steps) * 9 // 10,
                memory=(limits.memory - spent.memory) * 9 // 10,
                output=(limits.output - spent.output) * 9 // 10,
                files=(limits.files - spent.files) * 9 // 10,
                depth=limits.depth - spent.depth,
            )
        )

    def _charge(self, share: Budget) -> None:
        spent, limits = self.budget, share.limits
        spent.steps += min(share.steps, limits.steps)
        spent.memory += min(share.memory, limits.memory)
        spent.output += min(share.output, limits.output)
        spent.files += min(share.files, limits.files)

    def _enter(self, files: Files, directory: str) -> None:
        try:
            if not files.is_dir(directory):
                files.make_dirs(directory, 0o755)
        except FsError:
            directory = "/"
        files.cwd = directory

    def _refused(self, log: _Log, reason: str, status: int) -> RunResult:
        if self.classic:
            message = (
                "failed to create task for container: failed to create shim task: OCI runtime create failed: "
                f"runc create failed: {_RUNC}{reason}: unknown"
            )
            return RunResult(status, tuple(log.lines), message)
        log.add("stderr", f"runc run failed: {_RUNC}{reason}\n".encode())
        return RunResult(status, tuple(log.lines))


def _credentials(files: Files, user: str) -> tuple[Credentials, str]:
    """Who the process is, and where that user's home is. Raises UnknownUser."""
    accounts = Accounts.read(files)
    credentials = accounts.resolve(user)
    account = next((known for known in accounts.users if known.uid == credentials.uid), None)
    if account is not None:
        return credentials, account.home
    return credentials, "/root" if credentials.uid == 0 else "/"


def _not_found(error: CommandNotFound, args: tuple[str, ...]) -> str:
    name = args[0] if args else error.name
    if "/" in name:
        return f"exec: {quoted(name)}: stat {name}: no such file or directory"
    return f"exec: {quoted(name)}: executable file not found in $PATH"
