"""rmdir: remove empty directories."""

from engine.fs import FsError
from engine.programs.lib.quoting import quote
from engine.shell.options import Flag, Options
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]... DIRECTORY...",
    "Remove the DIRECTORY(ies), if they are empty.",
    Flag("", "ignore-fail-on-non-empty", help="ignore each failure to remove a non-empty directory"),
    Flag("p", "parents", help="remove DIRECTORY and its ancestors"),
    Flag("v", "verbose", help="output a diagnostic for every directory processed"),
)


@program("rmdir", package="coreutils", summary="remove empty directories")
def rmdir(p: Process) -> int:
    options = OPTIONS.parse(p)
    if not options.operands:
        raise OPTIONS.usage_error(p, "missing operand")
    status = 0
    for operand in options.operands:
        path = operand
        while path:
            if options.flag("verbose"):
                p.write(f"rmdir: removing directory, {quote(path)}\n")
            try:
                p.files.rmdir(path)
            except FsError as error:
                if not (error.code == "ENOTEMPTY" and options.flag("ignore-fail-on-non-empty")):
                    head = f"'{path}'" if p.is_busybox else f"failed to remove {quote(path)}"
                    p.error(f"{head}: {error.reason}")
                    status = 1
                break
            path = path.rstrip("/").rpartition("/")[0] if options.flag("parents") else ""
    return status
