"""chown and chgrp: change file owner and group."""

from engine.fs import FsError, Node, Symlink
from engine.programs.lib.quoting import quote
from engine.programs.lib.text import curly
from engine.programs.lib.walking import Walker
from engine.shell.options import Flag, Options, Parsed, Value
from engine.shell.process import Process
from engine.shell.registry import program

_SHARED = (
    Flag("c", "changes", help="like verbose but report only when a change is made"),
    Flag("f", "silent", aliases=("quiet",), help="suppress most error messages"),
    Flag("v", "verbose", help="output a diagnostic for every file processed"),
    Flag("", "dereference", help="affect the referent of each symbolic link (the default)"),
    Flag("h", "no-dereference", help="affect symbolic links instead of any referenced file"),
    Value("", "from", metavar="OWNER:GROUP", help="change only if the current owner and/or group match"),
    Flag("", "no-preserve-root", help="do not treat '/' specially (the default)"),
    Flag("", "preserve-root", help="fail to operate recursively on '/'"),
    Value("", "reference", metavar="RFILE", help="use RFILE's owner and group"),
    Flag("R", "recursive", help="operate on files and directories recursively"),
    Flag("H", "", help="with -R: if a command line argument is a symbolic link to a directory, traverse it"),
    Flag("L", "", help="with -R: traverse every symbolic link to a directory encountered"),
    Flag("P", "", help="with -R: do not traverse any symbolic links (default)"),
)
CHOWN = Options(
    "[OPTION]... [OWNER][:[GROUP]] FILE...", "Change the owner and/or group of each FILE.", *_SHARED
)
CHGRP = Options("[OPTION]... GROUP FILE...", "Change the group of each FILE to GROUP.", *_SHARED)


@program("chown", package="coreutils", summary="change file owner and group")
def chown(p: Process) -> int:
    return _run(p, CHOWN, group_only=False)


@program("chgrp", package="coreutils", summary="change group ownership")
def chgrp(p: Process) -> int:
    return _run(p, CHGRP, group_only=True)


class _Unknown(Exception):
    """A user or group that is not in the files; ``kind`` says which."""

    def __init__(self, kind: str, name: str) -> None:
        self.kind = kind
        self.name = name
        super().__init__(name)


def _run(p: Process, table: Options, group_only: bool) -> int:
    options = table.parse(p)
    operands = options.operands
    reference = options.value("reference")
    if reference is None and not operands:
        raise table.usage_error(p, "missing operand")
    if reference is None and len(operands) == 1:
        raise table.usage_error(p, f"missing operand after {curly(p, operands[0])}")
    try:
        uid: int | None
        gid: int | None
        if reference is not None:
            node = p.files.stat(reference)
            uid, gid = (None if group_only else node.uid), node.gid
        elif group_only:
            uid, gid = None, _group(p, operands[0])
        else:
            uid, gid = parse_owner(p, operands[0])
        wanted = parse_owner(p, options.value("from") or ":")
    except _Unknown as unknown:
        name = unknown.name if p.is_busybox or group_only else operands[0]
        if p.is_busybox:
            both = ":" in operands[0] and not group_only
            p.error(f"unknown user/group {operands[0]}" if both else f"unknown {unknown.kind} {unknown.name}")
        else:
            p.error(f"invalid {unknown.kind}: {curly(p, name)}")
        return 1
    except FsError as error:
        p.error(f"failed to get attributes of {quote(error.path)}: {error.reason}")
        return 1
    job = _Job(p, options, uid, gid, wanted, group_only)
    for path in operands if reference is not None else operands[1:]:
        job.run(path)
    return job.status


def parse_owner(p: Process, text: str) -> tuple[int | None, int | None]:
    """``user``, ``user:group``, ``user:`` (their login group), ``:group``; ``.`` separates too."""
    separator = ":" if ":" in text or "." not in text or p.accounts.user(text) else "."
    user, colon, group = text.partition(separator)
    uid = gid = None
    if user:
        account = p.accounts.user(user)
        if account is not None:
            uid = account.uid
            gid = account.gid if colon and not group else None
        elif user.isascii() and user.isdigit() and len(user) < 11:
            uid = int(user)
        else:
            raise _Unknown("user", user)
    if group:
        gid = _group(p, group)
    return uid, gid


def _group(p: Process, name: str) -> int:
    found = p.accounts.group(name)
    if found is not None:
        return found.gid
    if name.isascii() and name.isdigit() and len(name) < 11:
        return int(name)
    raise _Unknown("group", name)


class _Job:
    def __init__(
        self,
        p: Process,
        options: Parsed,
        uid: int | None,
        gid: int | None,
        wanted: tuple[int | None, int | None],
        group_only: bool,
    ) -> None:
        self.p = p
        self.options = options
        self.uid = uid
        self.gid = gid
        self.wanted = wanted
        self.word = "group" if group_only else "ownership"
        self.status = 0

    def run(self, path: str) -> None:
        recursive = self.options.flag("recursive")
        traverse = self.options.last("H", "L", "P")
        follow = not self.options.flag("no-dereference") and (not recursive or traverse == "L")
        try:
            node = self.p.files.stat(path, follow)
        except FsError as error:
            dangling = isinstance(self.p.files.find(path, follow=False), Symlink)
            if dangling and not self.p.is_busybox:
                self.fail(f"cannot dereference {quote(path)}: {error.reason}", "")
            else:
                self.fail(f"cannot access {quote(path)}: {error.reason}", f"{path}: {error.reason}")
            return
        if not recursive:
            self.apply(path, node, follow)
            return
        walker = Walker(
            self.p.files, follow=traverse == "L", follow_top=traverse in ("H", "L"), on_error=self.unreadable
        )
        for visit in walker.walk(path):
            self.apply(visit.path, visit.node, follow)

    def unreadable(self, path: str, error: FsError) -> None:
        self.fail(f"cannot read directory {quote(path)}: {error.reason}", f"{path}: {error.reason}")

    def fail(self, message: str, busybox: str) -> None:
        self.status = 1
        if not self.options.flag("silent"):
            self.p.error(busybox if self.p.is_busybox and busybox else message)

    def apply(self, path: str, node: Node, follow: bool) -> None:
        from_uid, from_gid = self.wanted
        if from_uid not in (None, node.uid) or from_gid not in (None, node.gid):
            return
        user = self.p.files.user
        try:
            if self.gid is not None and user.uid and self.gid not in (user.gid, *user.groups):
                raise FsError("EPERM", path)
            self.p.files.chown(path, self.uid, self.gid, follow)
        except FsError as error:
            self.fail(f"changing {self.word} of {quote(path)}: {error.reason}", f"{path}: {error.reason}")
            return
        self.announce(path, node)

    def announce(self, path: str, node: Node) -> None:
        uid = node.uid if self.uid is None else self.uid
        gid = node.gid if self.gid is None else self.gid
        changed = (uid, gid) != (node.uid, node.gid)
        if not (self.options.flag("verbose") or (self.options.flag("changes") and changed)):
            return
        accounts = self.p.accounts
        if self.word == "group":
            old, new = accounts.group_name(node.gid), accounts.group_name(gid)
        else:
            old, new = (
                ":".join(
                    ([accounts.user_name(owner)] if self.uid is not None else [""])
                    + ([accounts.group_name(group)] if self.gid is not None else [])
                )
                for owner, group in ((node.uid, node.gid), (uid, gid))
            )
        if self.p.is_busybox:
            self.p.write(f"changed ownership of '{path}' to {uid}:{gid}\n")
        elif changed:
            self.p.write(f"changed {self.word} of {quote(path)} from {old} to {new}\n")
        else:
            self.p.write(f"{self.word} of {quote(path)} retained as {new}\n")
