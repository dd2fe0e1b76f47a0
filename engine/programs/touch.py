"""touch: change file timestamps, creating missing files."""

from engine.clock import SECOND
from engine.fs import FsError
from engine.programs.lib.quoting import quote
from engine.programs.lib.text import curly
from engine.programs.lib.times import InvalidDate, parse_date, parse_stamp
from engine.shell.options import Flag, Options, Parsed, Value
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]... FILE...",
    "Update the access and modification times of each FILE to the current time.",
    Flag("a", "", help="change only the access time"),
    Flag("c", "no-create", help="do not create any files"),
    Value("d", "date", metavar="STRING", help="parse STRING and use it instead of current time"),
    Flag("f", "", help="(ignored)"),
    Flag("h", "no-dereference", help="affect each symbolic link instead of any referenced file"),
    Flag("m", "", help="change only the modification time"),
    Value("r", "reference", metavar="FILE", help="use this file's times instead of current time"),
    Value("t", "", metavar="STAMP", help="use [[CC]YY]MMDDhhmm[.ss] instead of current time"),
    Value("", "time", metavar="WORD", help="change the specified time: access, atime, use, modify, mtime"),
)


@program("touch", package="coreutils", summary="change file timestamps")
def touch(p: Process) -> int:
    options = OPTIONS.parse(p)
    if not options.operands:
        raise OPTIONS.usage_error(p, "missing file operand")
    try:
        when = _time(p, options)
    except InvalidDate as error:
        p.error(f"invalid date '{error}'" if p.is_busybox else f"invalid date format {curly(p, str(error))}")
        return 1
    except FsError as error:
        p.error(f"failed to get attributes of {quote(error.path)}: {error.reason}")
        return 1
    follow = not options.flag("no-dereference")
    create = not options.flag("no-create") and follow
    access_only = options.flag("a") and not options.flag("m")
    status = 0
    for path in options.operands:
        try:
            _touch(p, path, when, follow, create, access_only)
        except FsError as error:
            reason = (
                f"{path}: {error.reason}" if p.is_busybox else f"cannot touch {quote(path)}: {error.reason}"
            )
            p.error(reason)
            status = 1
    return status


def _touch(p: Process, path: str, when: int | None, follow: bool, create: bool, access_only: bool) -> None:
    files = p.files
    node = files.find(path, follow)
    if node is None:
        if not create:
            files.locate(path)
            return
        files.write(path, b"")
        if when is None:
            return
    elif access_only:
        when = node.mtime
    files.touch(path, when, follow)


def _time(p: Process, options: Parsed) -> int | None:
    reference = options.value("reference")
    date = options.value("date")
    stamp = options.value("t")
    now = p.system.clock.now
    if reference is not None:
        now = p.files.stat(reference).mtime
        if date is None:
            return now
    if date is not None:
        return parse_date(date, now)
    if stamp is not None and stamp.startswith("@") and p.is_busybox:
        return parse_date(stamp, now)
    if stamp is not None:
        return parse_stamp(stamp, now) // SECOND * SECOND
    return None
