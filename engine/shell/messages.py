"""What a shell says: its prefix, its standard output and error, and the wording of its errors."""

from engine.fs import FsError
from engine.shell import wording
from engine.shell.arithmetic import ArithmeticProblem
from engine.shell.builtin import find_builtin
from engine.shell.errors import ShellError
from engine.shell.expansion import Expander
from engine.shell.flavour import syntax_messages
from engine.shell.streams import BadDescriptor, Stream
from engine.shell.syntax import Program

_BUSYBOX_APPLETS = frozenset({"echo", "printf", "test", "[", "kill", "read"})
"""Builtins that are applets of their own in BusyBox: their messages name no line."""


class Messenger(Expander):
    """The part of a shell that prints. ``name`` is ``$0``; ``fds`` its open descriptors."""

    name: str
    context: str
    interactive: bool
    from_string: bool
    function_names: list[str]
    fds: dict[int, Stream]
    subshell_depth: int
    _command_name = ""
    _line_shift = 0

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
            return f"{self._prompt_name}: "
        if self.from_string and self.function_names:
            return f"environment: line {line}: "
        if self.from_string and not flavour.names_lines:
            return f"{self.name}: "
        return f"{self.name}: line {line}: "

    @property
    def _prompt_name(self) -> str:
        """At a prompt bash calls itself by its last name only, ``bash`` for ``/bin/bash``."""
        return self.name.rpartition("/")[2] or self.name

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
                prefix = f"{self._prompt_name}: "
        for message in syntax_messages(self.flavour, problem, prefix, program.text):
            self.error_text(message + "\n")

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

    # ------------------------------------------------------------------ errors

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
            return ShellError(f"{shown}: unbound variable", status, fatal=True)
        return ShellError(f"{name}: parameter not set", status)

    def parameter_error(self, name: str, message: str, or_null: bool) -> ShellError:
        default = "parameter not set"
        if or_null:
            default = "parameter null or not set" if self.flavour.is_bash else "parameter not set or null"
        return ShellError(f"{name}: {message or default}", self._fatal_status(), fatal=True)

    def _fatal_status(self) -> int:
        """What a shell exits with after an expansion error."""
        if not self.flavour.is_bash:
            return 2
        return 127 if self.from_string and not self.subshell_depth else 1

    def arithmetic_error(self, problem: ArithmeticProblem) -> ShellError:
        return ShellError(wording.arithmetic_failed(self.flavour, problem), 1 if self.flavour.is_bash else 2)
