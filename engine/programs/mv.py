"""mv: move (rename) files."""

from dataclasses import replace

from engine.fs import Directory, FsError
from engine.programs.lib.copying import ARCHIVE, Copier, ask, target_paths
from engine.programs.lib.nodes import contains, same_file
from engine.programs.lib.quoting import quote
from engine.shell.options import Flag, Options, Parsed, Value
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]... SOURCE... DEST",
    "Rename SOURCE to DEST, or move SOURCE(s) to DIRECTORY.",
    Value(
        "", "backup", metavar="CONTROL", optional=True, help="make a backup of each existing destination file"
    ),
    Flag("b", "", help="like --backup but does not accept an argument"),
    Flag("f", "force", help="do not prompt before overwriting"),
    Flag("i", "interactive", help="prompt before overwrite"),
    Flag("n", "no-clobber", help="do not overwrite an existing file"),
    Flag("", "strip-trailing-slashes", help="remove any trailing slashes from each SOURCE argument"),
    Value("S", "suffix", metavar="SUFFIX", help="override the usual backup suffix"),
    Value("t", "target-directory", metavar="DIRECTORY", help="move all SOURCE arguments into DIRECTORY"),
    Flag("T", "no-target-directory", help="treat DEST as a normal file"),
    Flag("u", "update", help="move only when the SOURCE file is newer than the destination file"),
    Flag("v", "verbose", help="explain what is being done"),
)


@program("mv", package="coreutils", summary="move (rename) files")
def mv(p: Process) -> int:
    options = OPTIONS.parse(p)
    operands = options.operands
    directory = options.value("target-directory")
    if not operands:
        raise OPTIONS.usage_error(p, "missing file operand")
    if len(operands) == 1 and directory is None:
        raise OPTIONS.usage_error(p, f"missing destination file operand after {quote(operands[0])}")
    pairs = target_paths(p, operands, directory, options.flag("no-target-directory"))
    if pairs is None:
        return 1
    failed = [not _move(p, options, source, target) for source, target in pairs]
    return int(any(failed))


def _move(p: Process, options: Parsed, source: str, target: str) -> bool:
    files = p.files
    try:
        node = files.stat(source.rstrip("/") or "/", follow=False)
        if source.endswith("/"):
            files.stat(source)
    except FsError as error:
        _report(
            p,
            f"cannot stat {quote(source)}: {error.reason}",
            f"can't rename '{source}': {error.reason}",
        )
        return False
    present = files.find(target, follow=False)
    if present is not None and same_file(files, source.rstrip("/"), target.rstrip("/"), follow=False):
        if p.is_busybox:
            return True
        p.error(f"{quote(source)} and {quote(target)} are the same file")
        return False
    if isinstance(node, Directory) and contains(files, source, target):
        _report(
            p,
            f"cannot move {quote(source)} to a subdirectory of itself, {quote(target)}",
            f"can't rename '{source}': Invalid argument",
        )
        return False
    if present is not None:
        if not _may_replace(p, options, node.mtime, target, present.mtime):
            return True
        if isinstance(node, Directory) and not isinstance(present, Directory):
            _report(
                p,
                f"cannot overwrite non-directory {quote(target)} with directory {quote(source)}",
                f"can't rename '{source}': Not a directory",
            )
            return False
        if isinstance(present, Directory) and not isinstance(node, Directory):
            _report(
                p,
                f"cannot overwrite directory {quote(target)} with non-directory",
                f"can't rename '{source}': Is a directory",
            )
            return False
    try:
        if target.endswith("/") and not isinstance(node, Directory) and not files.is_dir(target):
            raise FsError(
                "ENOENT" if present is None and files.find(target[:-1]) is None else "ENOTDIR", target
            )
        if present is not None and (options.flag("b") or options.flag("backup")):
            files.rename(target, target.rstrip("/") + (options.value("suffix") or "~"))
        files.rename(source, target)
    except FsError as error:
        if error.code == "EXDEV":
            return _move_across(p, options, source, target, present is not None)
        if error.code in ("EACCES", "EPERM", "EBUSY", "EROFS") or error.code in (
            "ENOTEMPTY",
            "ENOENT",
            "ENOTDIR",
        ):
            _report(
                p,
                f"cannot move {quote(source)} to {quote(target)}: {error.reason}",
                f"can't rename '{source}': {error.reason}",
            )
            return False
        raise
    if options.flag("verbose"):
        arrow = f"{quote(source)} -> {quote(target)}\n"
        p.write(arrow if p.is_busybox else f"renamed {arrow}")
    return True


def _may_replace(p: Process, options: Parsed, mtime: int, target: str, present_mtime: int) -> bool:
    last = options.last("force", "interactive", "no-clobber")
    if last == "no-clobber":
        return False
    if options.flag("update") and mtime <= present_mtime:
        return False
    if last == "interactive":
        return ask(p, f"overwrite {quote(target)}? ")
    return True


def _move_across(p: Process, options: Parsed, source: str, target: str, present: bool) -> bool:
    """Between two mounts: copy everything, then delete the source."""
    if present:
        p.files.remove(target)
    copier = Copier(p, replace(ARCHIVE, verbose=False))
    if not copier.copy(source.rstrip("/"), target.rstrip("/")):
        return False
    p.files.remove(source.rstrip("/"))
    if options.flag("verbose"):
        p.write(f"copied {quote(source)} -> {quote(target)}\nremoved {quote(source)}\n")
    return True


def _report(p: Process, message: str, busybox: str) -> None:
    p.error(busybox if p.is_busybox else message)
