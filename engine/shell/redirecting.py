"""Redirections (POSIX 2.7): which descriptor leads where while a command runs."""

from abc import abstractmethod
from collections.abc import Callable, Sequence

from engine.fs import File, FsError, OverlayFS
from engine.shell import wording
from engine.shell.builtin import Run
from engine.shell.errors import ShellError
from engine.shell.streams import (
    BytesInput,
    FileInput,
    FileOutput,
    NullStream,
    Pipe,
    ReadWriteFile,
    Stream,
    TerminalInput,
)
from engine.shell.syntax import HereDocument, Program, Redirection
from engine.shell.tracing import Tracer

_REDIRECTION_COST = 30


class RedirectionFailed(ShellError):
    """A redirection could not be made; the command it belongs to does not run."""


class Redirector(Tracer):
    """The part of a shell that opens and closes files."""

    pipe: Pipe | None
    _writers: list[Stream]
    _process_files: list[tuple[OverlayFS, str, Program | None]]
    _current_command = ""

    @abstractmethod
    def _end_process_files(self) -> Run:
        """Finish the commands of ``>(…)`` and take their files away."""

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
                self._note_cause(f"{operator} {path}")
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

    def _note_cause(self, redirection: str) -> None:
        """Tell the file tree which command makes the changes that follow."""
        self.files.namespace.root.cause = f"{self._current_command} {redirection}".lstrip()
