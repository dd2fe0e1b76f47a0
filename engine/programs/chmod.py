"""chmod: change file mode bits."""

from engine.fs import Directory, FsError, Node, Symlink
from engine.programs.lib.modes import InvalidMode, ModeChange, parse_mode, permission_text
from engine.programs.lib.quoting import quote
from engine.programs.lib.text import curly
from engine.programs.lib.walking import Walker
from engine.shell.options import Flag, Options, Parsed, Value
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]... MODE[,MODE]... FILE...",
    "Change the mode of each FILE to MODE.",
    Flag("c", "changes", help="like verbose but report only when a change is made"),
    Flag("f", "silent", aliases=("quiet",), help="suppress most error messages"),
    Flag("v", "verbose", help="output a diagnostic for every file processed"),
    Flag("", "no-preserve-root", help="do not treat '/' specially (the default)"),
    Flag("", "preserve-root", help="fail to operate recursively on '/'"),
    Value("", "reference", metavar="RFILE", help="use RFILE's mode instead of MODE values"),
    Flag("R", "recursive", help="change files and directories recursively"),
)
_MODE_LETTERS = frozenset("rwxXstugoa=+-,01234567")


@program("chmod", package="coreutils", summary="change file mode bits")
def chmod(p: Process) -> int:
    mode_argument, arguments = _minus_mode(p.argv[1:])
    options = OPTIONS.parse(p, arguments)
    operands = options.operands
    reference = options.value("reference")
    if reference is not None:
        try:
            change = ModeChange(p.files.stat(reference).mode, digits=5)
        except FsError as error:
            p.error(f"failed to get attributes of {quote(reference)}: {error.reason}")
            return 1
    else:
        if mode_argument is None:
            if not operands:
                raise OPTIONS.usage_error(p, "missing operand")
            mode_argument, operands = operands[0], operands[1:]
        if not operands:
            raise OPTIONS.usage_error(p, f"missing operand after {curly(p, mode_argument)}")
        try:
            change = parse_mode(mode_argument)
        except InvalidMode:
            if p.is_busybox:
                p.error(f"invalid mode '{mode_argument}'")
                return 1
            raise OPTIONS.usage_error(p, f"invalid mode: {curly(p, mode_argument)}") from None
    if not operands:
        raise OPTIONS.usage_error(p, "missing operand")
    job = _Job(p, options, change)
    for path in operands:
        job.run(path)
    return job.status


def _minus_mode(arguments: list[str]) -> tuple[str | None, list[str]]:
    """``chmod -x file``: a mode that looks like an option."""
    for index, argument in enumerate(arguments):
        if argument == "--":
            break
        if (
            len(argument) > 1
            and argument[0] == "-"
            and argument[1] in "rwxXstugoa"
            and set(argument) <= _MODE_LETTERS
        ):
            return argument, arguments[:index] + arguments[index + 1 :]
    return None, arguments


class _Job:
    def __init__(self, p: Process, options: Parsed, change: ModeChange) -> None:
        self.p = p
        self.options = options
        self.change = change
        self.status = 0

    def run(self, path: str) -> None:
        try:
            node = self.p.files.stat(path)
        except FsError as error:
            dangling = isinstance(self.p.files.find(path, follow=False), Symlink)
            if dangling and not self.p.is_busybox:
                self.fail(f"cannot operate on dangling symlink {quote(path)}", "")
            else:
                self.fail(f"cannot access {quote(path)}: {error.reason}", f"{path}: {error.reason}")
            return
        if not self.options.flag("recursive"):
            self.apply(path, node)
            return
        walker = Walker(self.p.files, follow_top=True, on_error=self.unreadable)
        for visit in walker.walk(path):
            if not isinstance(visit.node, Symlink):
                self.apply(visit.path, visit.node)

    def unreadable(self, path: str, error: FsError) -> None:
        self.fail(f"cannot read directory {quote(path)}: {error.reason}", f"{path}: {error.reason}")

    def fail(self, message: str, busybox: str) -> None:
        self.status = 1
        if not self.options.flag("silent"):
            self.p.error(busybox if self.p.is_busybox and busybox else message)

    def apply(self, path: str, node: Node) -> None:
        mode = self.change.apply(
            node.mode, isinstance(node, Directory), self.p.files.umask, self.p.is_busybox
        )
        try:
            self.p.files.chmod(path, mode)
        except FsError as error:
            self.fail(f"changing permissions of {quote(path)}: {error.reason}", f"{path}: {error.reason}")
            return
        if self.options.flag("verbose") or (self.options.flag("changes") and mode != node.mode):
            old, new = (
                f"{node.mode:04o} ({permission_text(node.mode)})",
                f"{mode:04o} ({permission_text(mode)})",
            )
            if self.p.is_busybox:
                self.p.write(f"mode of '{path}' changed to {new}\n")
            elif mode == node.mode:
                self.p.write(f"mode of {quote(path)} retained as {old}\n")
            else:
                self.p.write(f"mode of {quote(path)} changed from {old} to {new}\n")
