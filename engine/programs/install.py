"""install, link, unlink, mkfifo, mknod, which, file: small programs about single files."""

from collections.abc import Generator

from engine.fs import EXECUTE, Device, Directory, File, FsError, Symlink
from engine.programs.lib.copying import Copier, CopyRules, target_paths
from engine.programs.lib.modes import InvalidMode, parse_mode, type_letter
from engine.programs.lib.nodes import join
from engine.programs.lib.quoting import quote
from engine.programs.lib.text import curly, encode
from engine.shell.options import Flag, Options, Parsed, Value
from engine.shell.process import Process
from engine.shell.registry import program

INSTALL = Options(
    "[OPTION]... SOURCE... DEST",
    "Copy files while setting permission modes and owner/group.",
    Flag("b", "", help="like --backup but does not accept an argument"),
    Flag("c", "", help="(ignored)"),
    Flag("C", "compare", help="compare content; if no change, do not modify the destination"),
    Flag("d", "directory", help="treat all arguments as directory names"),
    Flag("D", "", help="create all leading components of DEST except the last"),
    Value("g", "group", metavar="GROUP", help="set group ownership"),
    Value("m", "mode", metavar="MODE", help="set permission mode (as in chmod), instead of rwxr-xr-x"),
    Value("o", "owner", metavar="OWNER", help="set ownership (super-user only)"),
    Flag("p", "preserve-timestamps", help="apply access/modification times of SOURCE files"),
    Flag("s", "strip", help="strip symbol tables"),
    Value("t", "target-directory", metavar="DIRECTORY", help="copy all SOURCE arguments into DIRECTORY"),
    Flag("T", "no-target-directory", help="treat DEST as a normal file"),
    Flag("v", "verbose", help="print the name of each created file or directory"),
)
LINK = Options("FILE1 FILE2", "Call the link function to create a link named FILE2 to an existing FILE1.")
UNLINK = Options("FILE", "Call the unlink function to remove the specified FILE.")
MKFIFO = Options(
    "[OPTION]... NAME...",
    "Create named pipes (FIFOs) with the given NAMEs.",
    Value("m", "mode", metavar="MODE", help="set file permission bits to MODE"),
)
MKNOD = Options(
    "[OPTION]... NAME TYPE [MAJOR MINOR]",
    "Create the special file NAME of the given TYPE.",
    Value("m", "mode", metavar="MODE", help="set file permission bits to MODE"),
)
WHICH = Options(
    "[-a] args",
    "Locate a command.",
    Flag("a", "all", help="print all matching pathnames of each argument"),
    Flag("s", "", help="silent"),
)
FILE = Options(
    "[OPTION...] [FILE...]",
    "Determine type of FILEs.",
    Flag("b", "brief", help="do not prepend filenames to output lines"),
    Flag("i", "mime", help="output MIME type strings"),
    Flag("", "mime-type", help="output the MIME type"),
    Flag("L", "dereference", help="follow symlinks"),
    Flag("h", "no-dereference", help="don't follow symlinks"),
)
PATHCHK = Options(
    "[OPTION]... NAME...",
    "Diagnose invalid or unportable file names.",
    Flag("p", "", help="check for most POSIX systems"),
    Flag("P", "", help="check for empty names and leading '-'"),
)


@program("install", package="coreutils", summary="copy files and set attributes")
def install(p: Process) -> int:
    options = INSTALL.parse(p)
    operands = options.operands
    directory = options.value("target-directory")
    if not operands:
        raise INSTALL.usage_error(p, "missing file operand")
    try:
        mode = parse_mode(options.value("mode") or "755").apply(0, options.flag("directory"), 0)
    except InvalidMode as error:
        p.error(f"invalid mode {curly(p, str(error))}")
        return 1
    owner = _owner(p, options)
    if owner is None:
        return 1
    if options.flag("directory"):
        return _directories(p, options, operands, mode, owner)
    if len(operands) == 1 and directory is None:
        raise INSTALL.usage_error(p, f"missing destination file operand after {quote(operands[0])}")
    if options.flag("D"):
        parent = directory if directory is not None else operands[-1].rpartition("/")[0]
        if parent:
            p.files.make_dirs(parent)
    pairs = target_paths(p, operands, directory, options.flag("no-target-directory"))
    if pairs is None:
        return 1
    rules = CopyRules(
        remove_destination=True,
        times=options.flag("preserve-timestamps"),
        verbose=options.flag("verbose"),
        backup_suffix="~" if options.flag("b") else "",
    )
    copier = Copier(p, rules)
    for source, target in pairs:
        if isinstance(p.files.find(source), Directory):
            p.error(f"omitting directory {quote(source)}")
            copier.failed = True
        elif copier.copy(source, target):
            _finish(p, target, mode, owner)
    return int(copier.failed)


def _owner(p: Process, options: Parsed) -> tuple[int | None, int | None] | None:
    uid = gid = None
    name, group_name = options.value("owner"), options.value("group")
    if name is not None:
        account = p.accounts.user(name)
        if account is None and not name.isdigit():
            p.error(f"invalid user: {curly(p, name)}")
            return None
        uid = account.uid if account else int(name[:9])
    if group_name is not None:
        group = p.accounts.group(group_name)
        if group is None and not group_name.isdigit():
            p.error(f"invalid group: {curly(p, group_name)}")
            return None
        gid = group.gid if group else int(group_name[:9])
    return uid, gid


def _finish(p: Process, path: str, mode: int, owner: tuple[int | None, int | None]) -> None:
    if owner != (None, None):
        p.files.chown(path, *owner)
    p.files.chmod(path, mode)


def _directories(
    p: Process, options: Parsed, paths: list[str], mode: int, owner: tuple[int | None, int | None]
) -> int:
    status = 0
    for path in paths:
        try:
            p.files.make_dirs(path)
            _finish(p, path, mode, owner)
        except FsError as error:
            p.error(f"cannot create directory {curly(p, path)}: {error.reason}")
            status = 1
            continue
        if options.flag("verbose"):
            p.write(f"install: creating directory {quote(path)}\n")
    return status


@program("link", package="coreutils", summary="make a hard link")
def link(p: Process) -> int:
    operands = LINK.parse(p).operands
    if len(operands) != 2:
        raise LINK.usage_error(
            p, "missing operand" if not operands else f"missing operand after {curly(p, operands[-1])}"
        )
    try:
        p.files.link(operands[0], operands[1])
    except FsError as error:
        p.error(f"cannot create link {quote(operands[1])} to {quote(operands[0])}: {error.reason}")
        return 1
    return 0


@program("unlink", package="coreutils", summary="remove a file")
def unlink(p: Process) -> int:
    operands = UNLINK.parse(p).operands
    if len(operands) != 1:
        raise UNLINK.usage_error(
            p, "missing operand" if not operands else f"extra operand {curly(p, operands[1])}"
        )
    try:
        if isinstance(p.files.stat(operands[0], follow=False), Directory):
            raise FsError("EISDIR", operands[0])
        p.files.remove(operands[0])
    except FsError as error:
        verb = "can't remove file" if p.is_busybox else "cannot unlink"
        p.error(f"{verb} {quote(operands[0])}: {error.reason}")
        return 1
    return 0


@program("mkfifo", "mknod", package="coreutils", summary="make named pipes and special files")
def mkfifo(p: Process) -> int:
    table = MKFIFO if p.name == "mkfifo" else MKNOD
    options = table.parse(p)
    operands = options.operands
    if not operands or (p.name == "mknod" and len(operands) < 2):
        raise table.usage_error(p, "missing operand")
    try:
        mode = parse_mode(options.value("mode") or "666").apply(0o666, False, 0)
    except InvalidMode:
        p.error("invalid mode")
        return 1
    mode = mode if options.flag("mode") else mode & ~p.files.umask
    user, now = p.files.user, p.system.clock.now
    status = 0
    for path in operands[:1] if p.name == "mknod" else operands:
        node = Device("fifo", 0, 0, mode, user.uid, user.gid, now)
        if p.name == "mknod" and operands[1] != "p":
            numbers = [int(text[:6]) for text in operands[2:4] if text.isdigit()]
            if len(numbers) < 2 or operands[1] not in ("b", "c", "u"):
                raise table.usage_error(p, "Special files require major and minor device numbers.")
            if user.uid:
                p.error(f"{path}: Operation not permitted")
                return 1
            kind = "block" if operands[1] == "b" else "char"
            node = Device(
                "block" if kind == "block" else "char", numbers[0], numbers[1], mode, user.uid, user.gid, now
            )
        try:
            p.files.make_device(path, node)
        except FsError as error:
            p.error(
                f"cannot create fifo {quote(path)}: {error.reason}"
                if p.name == "mkfifo"
                else f"{path}: {error.reason}"
            )
            status = 1
    return status


@program("which", package="debianutils", summary="locate a command")
def which(p: Process) -> int:
    options = WHICH.parse(p)
    status = 0 if options.operands else 1
    for name in options.operands:
        directories = [""] if "/" in name else p.env.get("PATH", "").split(":")
        found = False
        for directory in directories:
            path = join(directory, name) if directory else name
            if p.files.is_file(path) and p.files.access(path, EXECUTE):
                found = True
                if not options.flag("s"):
                    p.write(path + "\n")
                if not options.flag("all"):
                    break
        if not found:
            status = 1
            if p.files.exists("/etc/redhat-release"):
                p.complain(f"/usr/bin/which: no {name} in ({p.env.get('PATH', '')})\n")
    return status


@program("file", package="file", summary="determine file type")
def file(p: Process) -> Generator[bytes, None, int]:
    options = FILE.parse(p)
    if not options.operands:
        p.complain("Usage: file [-bcCdEhikLlNnprsSvzZ0] [--apple] [--extension] [--mime-encoding]\n")
        return 1
    width = max(len(path) for path in options.operands) + 1
    mime = options.flag("mime") or options.flag("mime-type")
    for path in options.operands:
        p.budget.step()
        try:
            node = p.files.stat(path, follow=options.flag("dereference"))
            description, kind = _described(p, path, node)
        except FsError as error:
            description = kind = f"cannot open `{path}' ({error.reason})"
        text = kind if mime else description
        yield encode((text if options.flag("brief") else f"{path + ':':<{width}} {text}") + "\n")
    return 0


def _described(p: Process, path: str, node: File | Directory | Symlink | Device) -> tuple[str, str]:
    match node:
        case Directory():
            sticky = "sticky, " if node.mode & 0o1000 else ""
            return f"{sticky}directory", "inode/directory"
        case Symlink():
            broken = "" if p.files.exists(path) else "broken "
            return f"{broken}symbolic link to {node.target}", "inode/symlink"
        case Device():
            names = {"c": "character special", "b": "block special", "p": "fifo (named pipe)"}
            numbers = f" ({node.major}/{node.minor})" if node.kind != "fifo" else ""
            return names[
                type_letter(node)
            ] + numbers, f"inode/{'chardevice' if node.kind == 'char' else node.kind}"
    head = p.files.content(path).head[:4096]
    if not node.content.size:
        return "empty", "inode/x-empty"
    for magic, description, kind in _MAGIC:
        if head.startswith(magic):
            return description, kind
    if head[257:262] == b"ustar":
        return "POSIX tar archive (GNU)", "application/x-tar"
    if head.startswith(b"#!"):
        line = head[2:].partition(b"\n")[0].decode("utf-8", "replace").strip()
        shell = line.rpartition("/")[2].split(" ")[-1]
        names = {"sh": "POSIX shell script", "bash": "Bourne-Again shell script", "python3": "Python script"}
        return f"{names.get(shell, f'a {line} script')}, ASCII text executable", "text/x-shellscript"
    if b"\0" in head or node.content.is_filler:
        return "data", "application/octet-stream"
    try:
        text = head.decode("ascii")
        encoding = "ASCII text"
    except UnicodeDecodeError:
        text = head.decode("utf-8", "replace")
        encoding = "Unicode text, UTF-8 text" if "\ufffd" not in text[:-4] else "ISO-8859 text"
    if text.lstrip()[:1] in ("{", "[") and text.rstrip()[-1:] in ("}", "]"):
        return "JSON text data", "application/json"
    ending = (
        ", with no line terminators"
        if "\n" not in text
        else ", with CRLF line terminators"
        if "\r\n" in text
        else ""
    )
    return encoding + ending, "text/plain"


_MAGIC = (
    (
        b"\x7fELF",
        "ELF 64-bit LSB pie executable, x86-64, version 1 (SYSV), dynamically linked, "
        "interpreter /lib64/ld-linux-x86-64.so.2, for GNU/Linux 3.2.0, stripped",
        "application/x-pie-executable",
    ),
    (b"\x1f\x8b", "gzip compressed data", "application/gzip"),
    (b"BZh", "bzip2 compressed data", "application/x-bzip2"),
    (b"\xfd7zXZ", "XZ compressed data", "application/x-xz"),
    (b"PK\x03\x04", "Zip archive data, at least v2.0 to extract", "application/zip"),
    (b"\x89PNG", "PNG image data", "image/png"),
    (b"\xff\xd8\xff", "JPEG image data", "image/jpeg"),
    (b"GIF8", "GIF image data", "image/gif"),
    (b"%PDF", "PDF document", "application/pdf"),
    (b"<!DOCTYPE html", "HTML document, ASCII text", "text/html"),
    (b"<html", "HTML document, ASCII text", "text/html"),
    (b"!<arch>\ndebian", "Debian binary package (format 2.0)", "application/vnd.debian.binary-package"),
)


@program("pathchk", package="coreutils", summary="check whether file names are valid or portable")
def pathchk(p: Process) -> int:
    options = PATHCHK.parse(p)
    if not options.operands:
        raise PATHCHK.usage_error(p, "missing operand")
    status = 0
    for path in options.operands:
        long = next((part for part in path.split("/") if len(encode(part)) > 255), "")
        if not path or long:
            limit = f"limit 255 exceeded by length {len(encode(long))} of file name component {quote(long)}"
            p.error(limit if long else "'': No such file or directory")
            status = 1
    return status
