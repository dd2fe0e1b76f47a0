"""rm: remove files or directories."""

from engine.fs import WRITE, Device, Directory, File, FsError, Node, Symlink
from engine.programs.lib.copying import ask
from engine.programs.lib.nodes import base_name, join
from engine.programs.lib.quoting import quote
from engine.shell.options import Flag, Options, Parsed, Value
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]... [FILE]...",
    "Remove (unlink) the FILE(s).",
    Flag("f", "force", help="ignore nonexistent files and arguments, never prompt"),
    Flag("i", "", help="prompt before every removal"),
    Flag("I", "", help="prompt once before removing more than three files, or when removing recursively"),
    Value(
        "", "interactive", metavar="WHEN", optional=True, help="prompt according to WHEN: never, once, always"
    ),
    Flag("", "one-file-system", help="skip directories on other file systems"),
    Flag("", "no-preserve-root", help="do not treat '/' specially"),
    Value("", "preserve-root", metavar="all", optional=True, help="do not remove '/' (default)"),
    Flag("rR", "recursive", help="remove directories and their contents recursively"),
    Flag("d", "dir", help="remove empty directories"),
    Flag("v", "verbose", help="explain what is being done"),
)


@program("rm", package="coreutils", summary="remove files or directories")
def rm(p: Process) -> int:
    options = OPTIONS.parse(p)
    if not options.operands:
        if options.flag("force"):
            return 0
        raise OPTIONS.usage_error(p, "missing operand")
    job = _Removal(p, options)
    if not job.confirmed_once():
        return 0
    for path in options.operands:
        job.remove_operand(path)
    return int(job.failed)


class _Removal:
    def __init__(self, p: Process, options: Parsed) -> None:
        self.p = p
        self.files = p.files
        self.options = options
        self.recursive = options.flag("recursive")
        self.failed = False
        when = options.value("interactive")
        last = options.last("force", "i", "I", "interactive")
        self.force = last == "force"
        self.every = last == "i" or (last == "interactive" and when in (None, "always", "yes"))
        self.once = last == "I" or (last == "interactive" and when == "once")
        self.verbose = options.flag("verbose")

    def confirmed_once(self) -> bool:
        count = len(self.options.operands)
        if not self.once or not (self.recursive or count > 3):
            return True
        noun = "argument" if count == 1 else "arguments"
        return ask(self.p, f"remove {count} {noun}{' recursively' if self.recursive else ''}? ")

    def report(self, message: str, busybox: str) -> None:
        self.failed = True
        self.p.error(busybox if self.p.is_busybox else message)

    def cannot(self, path: str, error: FsError) -> None:
        self.report(f"cannot remove {quote(path)}: {error.reason}", f"can't remove '{path}': {error.reason}")

    def remove_operand(self, path: str) -> None:
        plain = path.rstrip("/") or ("/" if path else "")
        try:
            node = self.files.stat(path if path != "/" else "/", follow=False)
        except FsError as error:
            if not (self.force and error.code in ("ENOENT", "ENOTDIR")):
                self.cannot(path, error)
            return
        if not isinstance(node, Directory):
            self.remove_leaf(path, node)
            return
        if not self.recursive:
            self.remove_plain_directory(path)
            return
        if base_name(path) in (".", ".."):
            self.report(
                f"refusing to remove '.' or '..' directory: skipping {quote(path)}",
                "can't remove '.' or '..'",
            )
            return
        if (
            self.files.real_path(path) == "/"
            and not self.options.flag("no-preserve-root")
            and not self.p.is_busybox
        ):
            if plain == "/":
                self.p.error("it is dangerous to operate recursively on '/'")
            else:
                self.p.error(f"it is dangerous to operate recursively on {quote(path)} (same as '/')")
            self.p.error("use --no-preserve-root to override this failsafe")
            self.failed = True
            return
        self.remove_tree(plain)

    def remove_plain_directory(self, path: str) -> None:
        if not self.options.flag("dir"):
            self.report(
                f"cannot remove {quote(path)}: Is a directory", f"'{path.rstrip('/')}' is a directory"
            )
            return
        try:
            self.files.rmdir(path)
        except FsError as error:
            self.cannot(path, error)

    def remove_leaf(self, path: str, node: Node) -> None:
        if not self.allowed(path, node, "remove"):
            return
        try:
            self.files.remove(path)
        except FsError as error:
            self.cannot(path, error)
            return
        if self.verbose:
            self.p.write(f"removed {quote(path)}\n")

    def allowed(self, path: str, node: Node, verb: str) -> bool:
        if self.every:
            kind = "" if self.p.is_busybox else f"{_kind(node)} "
            return ask(self.p, f"{verb} {kind}{quote(path)}? ")
        if self.force or not self.p.stdin.is_terminal or isinstance(node, Symlink):
            return True
        if self.files.access(path, WRITE):
            return True
        return ask(self.p, f"{verb} write-protected {_kind(node)} {quote(path)}? ")

    def remove_tree(self, top: str) -> None:
        if self.is_simple(top):
            try:
                self.files.remove(top)
            except FsError as error:
                self.cannot(top, error)
            return
        stack: list[tuple[str, bool]] = [(top, False)]
        while stack:
            path, emptied = stack.pop()
            node = self.files.find(path, follow=False)
            if node is None:
                continue
            if not isinstance(node, Directory):
                self.remove_leaf(path, node)
                continue
            if not emptied:
                try:
                    names = self.files.names(path)
                except FsError as error:
                    self.cannot(path, error)
                    continue
                if names and self.every and not ask(self.p, f"descend into directory {quote(path)}? "):
                    continue
                stack.append((path, True))
                stack += [(join(path, name), False) for name in reversed(names)]
                continue
            self.remove_emptied(path, node)

    def remove_emptied(self, path: str, node: Directory) -> None:
        if self.files.real_path(path) == "/":
            return
        if self.every and not ask(self.p, f"remove directory {quote(path)}? "):
            return
        try:
            if self.files.names(path):
                if not self.failed:
                    self.cannot(path, FsError("ENOTEMPTY", path))
                return
            self.files.remove(path)
        except FsError as error:
            self.cannot(path, error)
            return
        if self.verbose:
            colon = ":" if self.p.is_busybox else ""
            self.p.write(f"removed directory{colon} {quote(path)}\n")

    def is_simple(self, top: str) -> bool:
        """Whether nothing inside can refuse: root deletes, nothing is mounted there, nobody asks."""
        if self.every or self.verbose or self.files.user.uid or (self.p.stdin.is_terminal and not self.force):
            return False
        real = self.files.real_path(top).strip("/")
        inside = real + "/" if real else ""
        return bool(real) and not any(
            mount.target == real or mount.target.startswith(inside) for mount in self.files.namespace.mounts
        )


def _kind(node: Node) -> str:
    match node:
        case Directory():
            return "directory"
        case Symlink():
            return "symbolic link"
        case Device():
            return "fifo" if node.kind == "fifo" else f"{node.kind.replace('char', 'character')} special file"
        case File(content=content):
            return "regular file" if content.size else "regular empty file"
