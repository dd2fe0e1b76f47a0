"""mkdir: make directories."""

from engine.fs import FsError
from engine.programs.lib.modes import InvalidMode, parse_mode
from engine.programs.lib.text import curly
from engine.shell.options import Flag, Options, Value
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]... DIRECTORY...",
    "Create the DIRECTORY(ies), if they do not already exist.",
    Value("m", "mode", metavar="MODE", help="set file mode (as in chmod), not a=rwx - umask"),
    Flag("p", "parents", help="no error if existing, make parent directories as needed"),
    Flag("v", "verbose", help="print a message for each created directory"),
    Value("Z", "context", metavar="CTX", optional=True, help="set the SELinux security context"),
)


@program("mkdir", package="coreutils", summary="make directories")
def mkdir(p: Process) -> int:
    options = OPTIONS.parse(p)
    if not options.operands:
        raise OPTIONS.usage_error(p, "missing operand")
    mode = None
    wanted = options.value("mode")
    if wanted is not None:
        try:
            mode = parse_mode(wanted).apply(0o777, True, p.files.umask)
        except InvalidMode:
            p.error(f"invalid mode '{wanted}'" if p.is_busybox else f"invalid mode {curly(p, wanted)}")
            return 1
    status = 0
    for path in options.operands:
        try:
            _make(p, path, mode, options.flag("parents"), options.flag("verbose"))
        except FsError as error:
            where = error.path if options.flag("parents") else path
            if p.is_busybox:
                p.error(f"can't create directory '{where}': {error.reason}")
            else:
                p.error(f"cannot create directory {curly(p, where)}: {error.reason}")
            status = 1
    return status


def _make(p: Process, path: str, mode: int | None, parents: bool, verbose: bool) -> None:
    files = p.files
    if parents:
        here = "/" if path.startswith("/") else ""
        parts = [part for part in path.split("/") if part]
        for part in parts[:-1]:
            here += part + "/"
            _make_unless_there(p, here if p.is_busybox else here[:-1], verbose)
        if not parts and not path:
            raise FsError("ENOENT", path)
        if files.is_dir(path):
            return
    files.mkdir(path)
    if mode is not None:
        files.chmod(path, mode)
    if verbose:
        _announce(p, path)


def _make_unless_there(p: Process, path: str, verbose: bool) -> None:
    if p.files.is_dir(path):
        return
    if p.files.find(path.rstrip("/"), follow=False) is not None:
        raise FsError("ENOTDIR" if p.files.exists(path.rstrip("/")) else "EEXIST", path)
    p.files.mkdir(path, 0o777 | 0o300)
    if verbose:
        _announce(p, path)


def _announce(p: Process, path: str) -> None:
    p.write(
        f"created directory: '{path}'\n" if p.is_busybox else f"mkdir: created directory {curly(p, path)}\n"
    )
