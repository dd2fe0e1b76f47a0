"""ln: make links between files."""

import posixpath

from engine.fs import Directory, FsError, Symlink
from engine.programs.lib.copying import ask, target_paths
from engine.programs.lib.nodes import base_name, join, same_file
from engine.programs.lib.quoting import quote
from engine.shell.options import Flag, Options, Parsed, Value
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]... TARGET... LINK_NAME",
    "Create a link to TARGET with the name LINK_NAME, or links to TARGETs in DIRECTORY.",
    Value(
        "", "backup", metavar="CONTROL", optional=True, help="make a backup of each existing destination file"
    ),
    Flag("b", "", help="like --backup but does not accept an argument"),
    Flag("dF", "directory", help="allow the superuser to attempt to hard link directories"),
    Flag("f", "force", help="remove existing destination files"),
    Flag("i", "interactive", help="prompt whether to remove destinations"),
    Flag("L", "logical", help="dereference TARGETs that are symbolic links"),
    Flag(
        "n", "no-dereference", help="treat LINK_NAME as a normal file if it is a symbolic link to a directory"
    ),
    Flag("P", "physical", help="make hard links directly to symbolic links"),
    Flag("r", "relative", help="with -s, create links relative to link location"),
    Flag("s", "symbolic", help="make symbolic links instead of hard links"),
    Value("S", "suffix", metavar="SUFFIX", help="override the usual backup suffix"),
    Value(
        "t",
        "target-directory",
        metavar="DIRECTORY",
        help="specify the DIRECTORY in which to create the links",
    ),
    Flag("T", "no-target-directory", help="treat LINK_NAME as a normal file always"),
    Flag("v", "verbose", help="print name of each linked file"),
)


@program("ln", package="coreutils", summary="make links between files")
def ln(p: Process) -> int:
    options = OPTIONS.parse(p)
    operands = options.operands
    directory = options.value("target-directory")
    if not operands:
        raise OPTIONS.usage_error(p, "missing file operand")
    if len(operands) == 1 and directory is None:
        if options.flag("no-target-directory"):
            raise OPTIONS.usage_error(p, f"missing destination file operand after {quote(operands[0])}")
        pairs: list[tuple[str, str]] | None = [(operands[0], join(".", base_name(operands[0])))]
    else:
        plain = options.flag("no-target-directory")
        if options.flag("no-dereference") and directory is None and len(operands) == 2:
            plain = plain or isinstance(p.files.find(operands[-1], follow=False), Symlink)
        pairs = target_paths(p, operands, directory, plain)
    if pairs is None:
        return 1
    good = [_link(p, options, target, name) for target, name in pairs]
    return int(not all(good))


def _link(p: Process, options: Parsed, target: str, name: str) -> bool:
    files = p.files
    symbolic = options.flag("symbolic")
    if not symbolic:
        try:
            node = files.stat(target, follow=options.flag("logical"))
        except FsError as error:
            return _fail(p, f"failed to access {quote(target)}: {error.reason}", f"{target}: {error.reason}")
        if isinstance(node, Directory):
            return _fail(
                p, f"{target}: hard link not allowed for directory", f"{name}: Operation not permitted"
            )
        if options.flag("logical"):
            target = files.real_path(target)
    elif options.flag("relative"):
        target = _relative(p, target, name)
    kind = "symbolic" if symbolic else "hard"
    try:
        present = files.find(name, follow=False)
        if present is not None:
            if options.flag("interactive") and not ask(p, f"replace {quote(name)}? "):
                return False
            if options.flag("b") or options.flag("backup"):
                files.rename(name, name + (options.value("suffix") or "~"))
            elif options.flag("force") or options.flag("interactive"):
                if isinstance(present, Directory):
                    return _fail(p, f"{name}: cannot overwrite directory", f"{name}: Is a directory")
                if not symbolic and same_file(files, target, name, follow=False):
                    if files.absolute(target) == files.absolute(name):
                        return _fail(
                            p, f"{quote(target)} and {quote(name)} are the same file", f"{name}: File exists"
                        )
                    return True
                files.remove(name)
        if symbolic:
            files.symlink(target, name)
        else:
            files.link(target, name)
    except FsError as error:
        head = f"failed to create {kind} link {quote(name)}"
        if not symbolic and error.code != "EEXIST":
            head += f" => {quote(target)}"
        return _fail(p, f"{head}: {error.reason}", f"{name}: {error.reason}")
    if options.flag("verbose"):
        shown = name[2:] if p.is_busybox and name.startswith("./") else name
        p.write(f"{quote(shown)} {'->' if symbolic or p.is_busybox else '=>'} {quote(target)}\n")
    return True


def _relative(p: Process, target: str, name: str) -> str:
    try:
        there = p.files.real_path(target)
    except FsError:
        there = p.files.absolute(target)
    parent = p.files.absolute(name).rpartition("/")[0] or "/"
    try:
        parent = p.files.real_path(parent)
    except FsError:
        return target
    return posixpath.relpath(there, parent)


def _fail(p: Process, message: str, busybox: str) -> bool:
    p.error(busybox if p.is_busybox else message)
    return False
