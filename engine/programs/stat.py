"""stat: display file or file system status."""

from engine.clock import SECOND
from engine.fs import Device, FsError, Node, Symlink
from engine.programs.lib.modes import mode_text, raw_type, type_name
from engine.programs.lib.nodes import disk_blocks, inode_number, link_count, size_of
from engine.programs.lib.quoting import quote
from engine.programs.lib.text import encode
from engine.programs.lib.times import full_time
from engine.shell.formatting import escaped
from engine.shell.options import Flag, Options, Value
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]... FILE...",
    "Display file or file system status.",
    Flag("L", "dereference", help="follow links"),
    Flag("f", "file-system", help="display file system status instead of file status"),
    Value("c", "format", metavar="FORMAT", help="use the specified FORMAT instead of the default"),
    Value("", "printf", metavar="FORMAT", help="like --format, but interpret backslash escapes, no newline"),
    Flag("t", "terse", help="print the information in terse form"),
)
_TERSE = "%n %s %b %f %u %g %D %i %h %t %T %X %Y %Z %W %o"


@program("stat", package="coreutils", summary="display file or file system status")
def stat(p: Process) -> int:
    options = OPTIONS.parse(p)
    if not options.operands:
        raise OPTIONS.usage_error(p, "missing operand")
    status = 0
    pattern = options.value("format")
    end = "\n"
    if options.value("printf") is not None:
        pattern, end = escaped(options.value("printf") or "", "format")[0], ""
    if options.flag("terse"):
        pattern = _TERSE
    for path in options.operands:
        try:
            node = p.files.stat(path, follow=options.flag("dereference"))
        except FsError as error:
            verb = "can't stat" if p.is_busybox else "cannot statx"
            p.error(f"{verb} {quote(path)}: {error.reason}")
            status = 1
            continue
        if options.flag("file-system"):
            p.write(_file_system(path))
        elif pattern is not None:
            p.write(_formatted(p, path, node, pattern) + end)
        else:
            p.write(_default(p, path, node))
    return status


def _default(p: Process, path: str, node: Node) -> str:
    def f(pattern: str) -> str:
        return _formatted(p, path, node, pattern)

    shown = f" -> {node.target}" if isinstance(node, Symlink) else ""
    special = f"     Device type: {f('%t,%T')}" if isinstance(node, Device) and node.kind != "fifo" else ""
    lines = [
        f"  File: {path}{shown}",
        f"  Size: {f('%s'):<10}\tBlocks: {f('%b'):<10} IO Block: {f('%o'):<6} {f('%F')}",
        f"Device: {f('%Hd,%Ld')}\tInode: {f('%i'):<10}  Links: {f('%h')}{special}",
        f"Access: ({f('%04a')}/{f('%A')})  Uid: ({node.uid:>5}/{f('%U'):>8})   "
        f"Gid: ({node.gid:>5}/{f('%G'):>8})",
        f"Access: {f('%x')}",
        f"Modify: {f('%y')}",
        f"Change: {f('%z')}",
        f" Birth: {f('%w')}",
    ]
    return "\n".join(lines) + "\n"


def _file_system(path: str) -> str:
    return (
        f'  File: "{path}"\n    ID: 0        Namelen: 255     Type: overlayfs\n'
        "Block size: 4096       Fundamental block size: 4096\n"
        "Blocks: Total: 15728640   Free: 12582912   Available: 11796480\n"
        "Inodes: Total: 3932160    Free: 3670016\n"
    )


def _formatted(p: Process, path: str, node: Node, pattern: str) -> str:
    out: list[str] = []
    at = 0
    while at < len(pattern):
        if pattern[at] != "%" or at + 1 >= len(pattern):
            out.append(pattern[at])
            at += 1
            continue
        end = at + 1
        while end < len(pattern) and pattern[end] in "-+ #0123456789.":
            end += 1
        flags = pattern[at + 1 : end]
        width = 2 if pattern[end : end + 2] in ("Hd", "Ld", "Hr", "Lr") else 1
        letter = pattern[end : end + width]
        at = end + width
        value = _value(p, path, node, letter)
        out.append(_padded(value, flags) if value is not None else pattern[end - len(flags) - 1 : at])
    text = "".join(out)
    p.budget.allocate(len(encode(text)))
    return text


def _padded(value: str, flags: str) -> str:
    digits = flags.lstrip("-+ #0").partition(".")[0]
    if not digits:
        return "0" + value if "#" in flags else value
    size = min(int(digits[:6]), 10_000)
    if "-" in flags:
        return value.ljust(size)
    return value.rjust(size, "0" if flags.lstrip("-+ #").startswith("0") or flags[:1] == "0" else " ")


def _value(p: Process, path: str, node: Node, letter: str) -> str | None:
    accounts = p.accounts
    device = isinstance(node, Device)
    match letter:
        case "n":
            return path
        case "N":
            arrow = f" -> {quote(node.target)}" if isinstance(node, Symlink) else ""
            return quote(path) + arrow
        case "s":
            return str(size_of(node))
        case "b":
            return str(disk_blocks(node, 512))
        case "B":
            return "512"
        case "o":
            return "4096"
        case "a":
            return f"{node.mode:o}"
        case "A":
            return mode_text(node)
        case "f":
            return f"{raw_type(node) | node.mode:x}"
        case "F":
            return type_name(node)
        case "u":
            return str(node.uid)
        case "U":
            known = any(account.uid == node.uid for account in accounts.users)
            return accounts.user_name(node.uid) if known else "UNKNOWN"
        case "g":
            return str(node.gid)
        case "G":
            known = any(group.gid == node.gid for group in accounts.groups)
            return accounts.group_name(node.gid) if known else "UNKNOWN"
        case "h":
            return str(link_count(p.files, path, node))
        case "i":
            return str(inode_number(p.files, path))
        case "d":
            return "52"
        case "D":
            return "34"
        case "Hd" | "Hr":
            return "0"
        case "Ld" | "Lr":
            return "52"
        case "m":
            return "/"
        case "t":
            return f"{node.major:x}" if device and isinstance(node, Device) else "0"
        case "T":
            return f"{node.minor:x}" if device and isinstance(node, Device) else "0"
        case "x" | "y" | "z":
            return full_time(node.mtime)
        case "w":
            return "-"
        case "X" | "Y" | "Z":
            return str(node.mtime // SECOND)
        case "W":
            return "0"
        case "C":
            return "?"
        case "%":
            return "%"
        case _:
            return "?" if letter else None
