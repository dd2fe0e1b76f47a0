"""basename, dirname, readlink, realpath: the parts and the truth of paths."""

import posixpath

from engine.fs import Directory, FsError, Symlink
from engine.programs.lib.text import curly
from engine.shell.options import Flag, Options, Parsed, Value
from engine.shell.process import Process
from engine.shell.registry import program

BASENAME = Options(
    "NAME [SUFFIX]",
    "Print NAME with any leading directory components removed.",
    Flag("a", "multiple", help="support multiple arguments and treat each as a NAME"),
    Value("s", "suffix", metavar="SUFFIX", help="remove a trailing SUFFIX; implies -a"),
    Flag("z", "zero", help="end each output line with NUL, not newline"),
    stop_at_operand=True,
)
DIRNAME = Options(
    "[OPTION] NAME...",
    "Output each NAME with its last non-slash component and trailing slashes removed.",
    Flag("z", "zero", help="end each output line with NUL, not newline"),
)
READLINK = Options(
    "[OPTION]... FILE...",
    "Print value of a symbolic link or canonical file name.",
    Flag("f", "canonicalize", help="follow every symlink; all but the last component must exist"),
    Flag("e", "canonicalize-existing", help="follow every symlink; all components must exist"),
    Flag(
        "m", "canonicalize-missing", help="follow every symlink, without requirements on components existence"
    ),
    Flag("n", "no-newline", help="do not output the trailing delimiter"),
    Flag("qs", "quiet", aliases=("silent",), help="suppress most error messages (on by default)"),
    Flag("v", "verbose", help="report error messages"),
    Flag("z", "zero", help="end each output line with NUL, not newline"),
)
REALPATH = Options(
    "[OPTION]... FILE...",
    "Print the resolved absolute file name; all but the last component must exist.",
    Flag("e", "canonicalize-existing", help="all components of the path must exist"),
    Flag("m", "canonicalize-missing", help="no path components need exist or be a directory"),
    Flag("L", "logical", help="resolve '..' components before symlinks"),
    Flag("P", "physical", help="resolve symlinks as encountered (default)"),
    Flag("q", "quiet", help="suppress most error messages"),
    Value("", "relative-to", metavar="DIR", help="print the resolved path relative to DIR"),
    Value("", "relative-base", metavar="DIR", help="print absolute paths unless paths below DIR"),
    Flag("s", "strip", aliases=("no-symlinks",), help="don't expand symlinks"),
    Flag("z", "zero", help="end each output line with NUL, not newline"),
)


@program("basename", package="coreutils", summary="strip directory and suffix from filenames")
def basename(p: Process) -> int:
    options = BASENAME.parse(p)
    operands = options.operands
    if not operands:
        raise BASENAME.usage_error(p, "missing operand")
    suffix = options.value("suffix") or ""
    if not (options.flag("multiple") or options.flag("suffix")):
        if len(operands) > 2:
            raise BASENAME.usage_error(p, f"extra operand {curly(p, operands[2])}")
        suffix = operands[1] if len(operands) == 2 else ""
        operands = operands[:1]
    end = "\0" if options.flag("zero") else "\n"
    for name in operands:
        last = name.rstrip("/").rpartition("/")[2] or ("/" if name.startswith("/") else "")
        if suffix and last != suffix:
            last = last.removesuffix(suffix)
        p.write(last + end)
    return 0


@program("dirname", package="coreutils", summary="strip last component from file name")
def dirname(p: Process) -> int:
    options = DIRNAME.parse(p)
    if not options.operands:
        raise DIRNAME.usage_error(p, "missing operand")
    if p.is_busybox and len(options.operands) > 1:
        raise DIRNAME.usage_error(p, "extra operand")
    for name in options.operands:
        stripped = name.rstrip("/")
        parent = stripped.rpartition("/")[0].rstrip("/")
        absolute = name.startswith("/") and not parent
        p.write((parent or ("/" if absolute else ".")) + ("\0" if options.flag("zero") else "\n"))
    return 0


@program("readlink", package="coreutils", summary="print resolved symbolic links or canonical file names")
def readlink(p: Process) -> int:
    options = READLINK.parse(p)
    if not options.operands:
        raise READLINK.usage_error(p, "missing operand")
    status = 0
    end = "\0" if options.flag("zero") else "\n"
    if options.flag("no-newline") and len(options.operands) == 1:
        end = ""
    canonical = options.last("canonicalize", "canonicalize-existing", "canonicalize-missing")
    for path in options.operands:
        try:
            if canonical is not None:
                p.write(_canonical(p, path, canonical) + end)
                continue
            node = p.files.stat(path, follow=False)
            if not isinstance(node, Symlink):
                raise FsError("EINVAL", path)
            p.write(node.target + end)
        except FsError as error:
            if options.flag("verbose"):
                p.error(f"{path}: {error.reason}")
            status = 1
    return status


@program("realpath", package="coreutils", summary="print the resolved path")
def realpath(p: Process) -> int:
    options = REALPATH.parse(p)
    if not options.operands:
        raise REALPATH.usage_error(p, "missing operand")
    status = 0
    kind = options.last("canonicalize-existing", "canonicalize-missing") or "canonicalize"
    for path in options.operands:
        try:
            if options.flag("strip"):
                found = p.files.absolute(path)
            else:
                found = _canonical(p, path, kind)
                if p.is_busybox and kind == "canonicalize":
                    p.files.stat(path)
            p.write(_relative(p, options, found) + ("\0" if options.flag("zero") else "\n"))
        except FsError as error:
            if not options.flag("quiet"):
                p.error(f"{path}: {error.reason}")
            status = 1
    return status


def _relative(p: Process, options: Parsed, found: str) -> str:
    base = options.value("relative-base")
    if base is not None:
        root = p.files.real_path(base)
        return posixpath.relpath(found, root) if (found + "/").startswith(root.rstrip("/") + "/") else found
    start = options.value("relative-to")
    return posixpath.relpath(found, p.files.real_path(start)) if start is not None else found


def _canonical(p: Process, path: str, kind: str) -> str:
    files = p.files
    if kind == "canonicalize-missing":
        head, tail = path.rstrip("/") or "/", ""
        while True:
            try:
                real = files.real_path(head)
                return (real.rstrip("/") + tail) or "/"
            except FsError:
                head, slash, last = head.rpartition("/")
                tail = f"/{last}{tail}"
                if not slash:
                    head = "."
                elif not head:
                    head = "/"
    real = files.real_path(path.rstrip("/") or "/" if path else path)
    if kind == "canonicalize-existing":
        files.stat(path)
    if path.endswith("/") and not isinstance(files.stat(path), Directory):
        raise FsError("ENOTDIR", path)
    return real
