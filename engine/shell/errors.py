"""How evaluation of a script is cut short."""

from engine.errors import EngineError


class ShellError(EngineError):
    """A command or an expansion failed: ``message`` is printed after the shell's prefix.

    ``ends_shell`` says that a shell that is not interactive exits with ``status``; bash only gives up the
    line it is at, unless the error is ``fatal``.
    """

    def __init__(
        self, message: str, status: int = 2, ends_shell: bool = True, *, fatal: bool = False
    ) -> None:
        self.message = message
        self.status = status
        self.ends_shell = ends_shell
        self.fatal = fatal
        super().__init__(message)


class ReadOnlyVariable(EngineError):
    """An assignment to, or unsetting of, a read-only variable."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"{name}: is read only")


class ControlFlow(EngineError):
    """``return``, ``break``, ``continue``, ``exit`` on their way up."""


class Return(ControlFlow):
    """Leave a function or a sourced file."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__("return")


class Break(ControlFlow):
    """Leave ``levels`` loops."""

    def __init__(self, levels: int) -> None:
        self.levels = levels
        super().__init__("break")


class Continue(ControlFlow):
    """Start the next turn of the loop ``levels`` up."""

    def __init__(self, levels: int) -> None:
        self.levels = levels
        super().__init__("continue")


class Exit(ControlFlow):
    """Leave the shell. ``signal`` is set when it dies of one (no EXIT trap then)."""

    def __init__(self, status: int, signal: int = 0) -> None:
        self.status = status
        self.signal = signal
        super().__init__("exit")
