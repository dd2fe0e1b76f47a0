"""useradd, adduser, groupadd and their kin: they edit /etc/passwd, /etc/group and their shadow files."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from engine.clock import SECOND
from engine.fs import Content, Directory, FsError
from engine.programs.lib.nodes import join
from engine.programs.lib.text import decode, encode
from engine.shell.options import Flag, Options, Parsed, UsageError, Value
from engine.shell.process import Process
from engine.shell.registry import program
from engine.shell.users import Account, Group

USERADD = Options(
    "[options] LOGIN",
    "Create a new user.",
    Value(
        "b", "base-dir", metavar="BASE_DIR", help="base directory for the home directory of the new account"
    ),
    Value("c", "comment", metavar="COMMENT", help="GECOS field of the new account"),
    Value("d", "home-dir", metavar="HOME_DIR", aliases=("home",), help="home directory of the new account"),
    Flag("D", "defaults", help="print or change default useradd configuration"),
    Value("e", "expiredate", metavar="DATE", help="expiration date of the new account"),
    Value("f", "inactive", metavar="DAYS", help="password inactivity period of the new account"),
    Value("g", "gid", metavar="GROUP", help="name or ID of the primary group of the new account"),
    Value("G", "groups", metavar="GROUPS", help="list of supplementary groups of the new account"),
    Value("k", "skel", metavar="SKEL_DIR", help="use this alternative skeleton directory"),
    Value("K", "key", metavar="KEY=VALUE", help="override /etc/login.defs defaults"),
    Flag("l", "no-log-init", help="do not add the user to the lastlog and faillog databases"),
    Flag("m", "create-home", help="create the user's home directory"),
    Flag("M", "no-create-home", help="do not create the user's home directory"),
    Flag("N", "no-user-group", help="do not create a group with the same name as the user"),
    Flag("o", "non-unique", help="allow to create users with duplicate (non-unique) UID"),
    Value("p", "password", metavar="PASSWORD", help="encrypted password of the new account"),
    Flag("r", "system", help="create a system account"),
    Value("R", "root", metavar="CHROOT_DIR", help="directory to chroot into"),
    Value("s", "shell", metavar="SHELL", help="login shell of the new account"),
    Value("u", "uid", metavar="UID", help="user ID of the new account"),
    Flag("U", "user-group", help="create a group with the same name as the user"),
    error_status=2,
)
GROUPADD = Options(
    "[options] GROUP",
    "Create a new group.",
    Flag("f", "force", help="exit successfully if the group already exists"),
    Value("g", "gid", metavar="GID", help="use GID for the new group"),
    Value("K", "key", metavar="KEY=VALUE", help="override /etc/login.defs defaults"),
    Flag("o", "non-unique", help="allow to create groups with duplicate (non-unique) GID"),
    Value("p", "password", metavar="PASSWORD", help="use this encrypted password for the new group"),
    Flag("r", "system", help="create a system account"),
    Value("R", "root", metavar="CHROOT_DIR", help="directory to chroot into"),
    error_status=2,
)
USERMOD = Options(
    "[options] LOGIN",
    "Modify a user account.",
    Flag("a", "append", help="append the user to the supplemental GROUPS mentioned by the -G option"),
    Value("c", "comment", metavar="COMMENT", help="new value of the GECOS field"),
    Value("d", "home", metavar="HOME_DIR", help="new home directory for the user account"),
    Value("e", "expiredate", metavar="DATE", help="set account expiration date"),
    Value("g", "gid", metavar="GROUP", help="force use GROUP as new primary group"),
    Value("G", "groups", metavar="GROUPS", help="new list of supplementary GROUPS"),
    Value("l", "login", metavar="NEW_LOGIN", help="new value of the login name"),
    Flag("L", "lock", help="lock the user account"),
    Flag("m", "move-home", help="move contents of the home directory to the new location"),
    Flag("o", "non-unique", help="allow using duplicate (non-unique) UID"),
    Value("p", "password", metavar="PASSWORD", help="use encrypted password for the new password"),
    Value("s", "shell", metavar="SHELL", help="new login shell for the user account"),
    Value("u", "uid", metavar="UID", help="new UID for the user account"),
    Flag("U", "unlock", help="unlock the user account"),
    error_status=2,
)
GROUPMOD = Options(
    "[options] GROUP",
    "Modify a group.",
    Value("g", "gid", metavar="GID", help="change the group ID to GID"),
    Value("n", "new-name", metavar="NEW_GROUP", help="change the name to NEW_GROUP"),
    Flag("o", "non-unique", help="allow to use a duplicate (non-unique) GID"),
    error_status=2,
)
USERDEL = Options(
    "[options] LOGIN",
    "Delete a user account.",
    Flag("f", "force", help="force removal of files, even if not owned by user"),
    Flag("r", "remove", aliases=("remove-home",), help="remove home directory and mail spool"),
    error_status=2,
)
GROUPDEL = Options(
    "[options] GROUP", "Delete a group.", Flag("f", "force", help="delete even if primary"), error_status=2
)
ADDUSER = Options(
    "[options] user [group]",
    "Add a user or group to the system.",
    Flag("", "system", help="create a system user or group"),
    Flag("", "group", help="create a group"),
    Value("", "home", metavar="DIR", help="home directory"),
    Value("", "shell", metavar="SHELL", help="login shell"),
    Flag("", "no-create-home", help="do not create the home directory"),
    Flag("", "disabled-password", help="no password, but other ways to log in"),
    Flag("", "disabled-login", help="no way to log in"),
    Value("", "gecos", metavar="GECOS", aliases=("comment",), help="the comment field"),
    Value("", "uid", metavar="ID", help="user id"),
    Value("", "gid", metavar="ID", help="group id"),
    Value("", "ingroup", metavar="GROUP", help="primary group"),
    Flag("q", "quiet", help="do not give process information to stdout"),
    Flag("", "force-badname", aliases=("allow-bad-names", "allow-badname"), help="allow unusual names"),
    Flag("", "add_extra_groups", help="add to the extra groups"),
)
BUSYBOX_ADDUSER = Options(
    "[OPTIONS] USER [GROUP]",
    "Create new user, or add USER to GROUP",
    Value("h", "home", metavar="DIR", help="Home directory"),
    Value("g", "gecos", metavar="GECOS", help="GECOS field"),
    Value("s", "shell", metavar="SHELL", help="Login shell"),
    Value("G", "ingroup", metavar="GRP", help="Group"),
    Flag("S", "system", help="Create a system user"),
    Flag("D", "disabled-password", help="Don't assign a password"),
    Flag("H", "no-create-home", help="Don't create home directory"),
    Value("u", "uid", metavar="UID", help="User id"),
    Value("k", "skel", metavar="SKEL", help="Skeleton directory (/etc/skel)"),
)
BUSYBOX_ADDGROUP = Options(
    "[-g GID] [-S] [USER] GROUP",
    "Add a group or add a user to a group",
    Value("g", "gid", metavar="GID", help="Group id"),
    Flag("S", "system", help="Create a system group"),
)
BUSYBOX_DELUSER = Options(
    "[--remove-home] USER", "Delete USER from the system", Flag("", "remove-home", help="Remove home")
)
DELUSER = Options(
    "[options] user [group]",
    "Remove a user or group from the system.",
    Flag("", "remove-home", help="remove the user's home directory and mail spool"),
    Flag("", "remove-all-files", help="remove all files owned by user"),
    Flag("", "group", help="remove a group"),
    Flag("", "system", help="only remove if system user"),
    Flag("", "only-if-empty", help="only remove if no members are left"),
    Flag("q", "quiet", help="do not give process information to stdout"),
)
GPASSWD = Options(
    "[option] GROUP",
    "Administer /etc/group.",
    Value("a", "add", metavar="USER", help="add USER to GROUP"),
    Value("d", "delete", metavar="USER", help="remove USER from GROUP"),
    Value("M", "members", metavar="USER,...", help="set the list of members of GROUP"),
    error_status=2,
)

_EXISTS, _UNKNOWN_GROUP, _UNKNOWN_USER, _NO_UPDATE, _UID_TAKEN = 9, 6, 6, 10, 4
_MAX_NAME = 32


@dataclass
class Database:
    """The account files of one machine, read once and written back where they changed."""

    p: Process
    users: list[Account]
    groups: list[Group]

    @classmethod
    def read(cls, p: Process) -> "Database":
        """What /etc/passwd and /etc/group say now."""
        accounts = p.accounts
        return cls(p, list(accounts.users), list(accounts.groups))

    def user(self, name: str) -> Account | None:
        """The account called ``name``."""
        return next((user for user in self.users if user.name == name), None)

    def group(self, name_or_id: str) -> Group | None:
        """The group of that name or id."""
        named = next((group for group in self.groups if group.name == name_or_id), None)
        if named is None and name_or_id.isascii() and name_or_id.isdigit():
            return next((group for group in self.groups if group.gid == int(name_or_id[:10])), None)
        return named

    def free_id(self, taken: set[int], system: bool) -> int:
        """Debian and Red Hat: system ids go down from 999, others up from 1000; BusyBox: up from 100."""
        if self.p.is_busybox:
            start, stop = (100, 999) if system else (1000, 60000)
            return next(number for number in range(start, stop) if number not in taken)
        if not system:
            highest = max((number for number in taken if 1000 <= number < 60000), default=999)
            return highest + 1
        return next(number for number in range(999, 99, -1) if number not in taken)

    def add_group(self, name: str, gid: int | None, system: bool) -> Group:
        """A new group at the end of the files."""
        if gid is None:
            gid = self.free_id({group.gid for group in self.groups}, system)
        group = Group(name, gid)
        self.groups.append(group)
        _append_line(self.p, "/etc/group", f"{name}:x:{gid}:")
        _append_line(self.p, "/etc/gshadow", f"{name}:!::")
        return group

    def add_user(self, user: Account, password: str = "!") -> None:
        """A new account at the end of the files."""
        self.users.append(user)
        row = f"{user.name}:x:{user.uid}:{user.gid}:{user.comment}:{user.home}:{user.shell}"
        _append_line(self.p, "/etc/passwd", row)
        day = self.p.system.clock.now // (86400 * SECOND)
        _append_line(self.p, "/etc/shadow", f"{user.name}:{password}:{day}:0:99999:7:::")

    def set_members(self, group: Group, members: Sequence[str]) -> None:
        """Replace a group's member list."""
        text = ",".join(members)
        self.groups = [replace(g, members=tuple(members)) if g.name == group.name else g for g in self.groups]
        _edit(self.p, "/etc/group", group.name, {3: text})
        _edit(self.p, "/etc/gshadow", group.name, {3: text})

    def join(self, user: str, group: Group) -> None:
        """Make ``user`` a member of ``group``."""
        current = next(g for g in self.groups if g.name == group.name)
        if user not in current.members:
            self.set_members(current, [*current.members, user])


def _read(p: Process, path: str) -> str | None:
    try:
        return decode(p.files.content(path).head)
    except FsError:
        return None


def _append_line(p: Process, path: str, line: str) -> None:
    try:
        old = p.files.content(path)
    except FsError:
        return
    joint = "" if old.is_filler or not old.head or old.head.endswith(b"\n") else "\n"
    _store(p, path, Content.sparse([*old.chunks(), encode(f"{joint}{line}\n")]))


def _store(p: Process, path: str, content: Content) -> None:
    """Write a database; like the real tools, keep the previous one as ``FILE-`` (not with BusyBox)."""
    if not p.is_busybox:
        _lock(p)
        node = p.files.stat(path)
        p.files.write(path + "-", p.files.content(path))
        p.files.chmod(path + "-", node.mode)
        p.files.chown(path + "-", node.uid, node.gid)
    p.files.write(path, content)


def _lock(p: Process) -> None:
    """lckpwdf(3): every change of the databases opens this file for writing."""
    if p.files.exists(_LOCK):
        p.files.open_for_writing(_LOCK)
    else:
        p.files.write(_LOCK, b"", mode=0o600)


_LOCK = "/etc/.pwd.lock"
_SUBORDINATE_FIRST, _SUBORDINATE_COUNT = 100_000, 65_536


def _add_subordinate_ids(p: Process, name: str) -> None:
    """Give a new ordinary user a range of subordinate ids where /etc/subuid and /etc/subgid exist."""
    for path in ("/etc/subuid", "/etc/subgid"):
        text = _read(p, path)
        if text is None:
            continue
        starts = [fields[1] for row in text.splitlines() if len(fields := row.split(":")) == 3]
        taken = [int(start) for start in starts if start.isascii() and start.isdigit()]
        first = max((start + _SUBORDINATE_COUNT for start in taken), default=_SUBORDINATE_FIRST)
        _append_line(p, path, f"{name}:{first}:{_SUBORDINATE_COUNT}")


def _edit(p: Process, path: str, name: str, columns: dict[int, str]) -> None:
    text = _read(p, path)
    if text is None:
        return
    lines = []
    for line in text.splitlines():
        fields = line.split(":")
        if fields[0] == name:
            for index, value in columns.items():
                if index < len(fields):
                    fields[index] = value
            line = ":".join(fields)
        lines.append(line)
    _store(p, path, Content(encode("".join(line + "\n" for line in lines))))


def _drop(p: Process, path: str, name: str) -> None:
    text = _read(p, path)
    if text is None:
        return
    kept = [line for line in text.splitlines() if line.split(":")[0] != name]
    _store(p, path, Content(encode("".join(line + "\n" for line in kept))))


def _privileged(p: Process) -> bool:
    if not p.files.user.uid:
        return True
    if p.is_busybox:
        p.error("permission denied (are you root?)")
    elif p.name in ("adduser", "addgroup", "deluser", "delgroup"):
        adding = "add a user or group to" if "add" in p.name else "remove a user or group from"
        p.error(f"Only root may {adding} the system.")
    else:
        p.error("Permission denied.")
        p.error(f"cannot lock /etc/{'group' if p.name.startswith('group') else 'passwd'}; try again later.")
    return False


def _valid_name(name: str) -> bool:
    if not name or len(name) > _MAX_NAME or name[0] == "-" or name.isdigit():
        return False
    body = name[:-1] if name.endswith("$") else name
    return all(char.isascii() and (char.isalnum() or char in "_-.") for char in body) and body[:1] not in ".-"


def _number(p: Process, options: Parsed, name: str, what: str) -> int | None:
    """The id given by an option, None when absent. Raises UsageError."""
    text = options.value(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 10:
        raise UsageError(f"{p.name}: invalid {what} '{text}'\n", 1 if p.is_busybox else 3)
    return int(text)


def _setting(p: Process, name: str, default: str) -> str:
    """A value of /etc/login.defs or /etc/default/useradd."""
    for path in ("/etc/login.defs", "/etc/default/useradd"):
        for line in (_read(p, path) or "").splitlines():
            words = line.replace("=", " ", 1).split()
            if len(words) >= 2 and words[0] == name:
                return words[1]
    return default


def _make_home(p: Process, user: Account, skel: str = "/etc/skel", mode: int = 0o755) -> None:
    """The home directory with a copy of the skeleton, owned by the user."""
    files = p.files
    if files.exists(user.home):
        return
    files.make_dirs(user.home.rpartition("/")[0] or "/")
    files.mkdir(user.home, mode)
    files.chmod(user.home, mode)
    files.chown(user.home, user.uid, user.gid)
    pending = [(skel, user.home)] if files.is_dir(skel) else []
    while pending:
        source, target = pending.pop()
        for name in files.names(source):
            p.budget.step()
            node = files.stat(join(source, name), follow=False)
            copy = join(target, name)
            if isinstance(node, Directory):
                files.mkdir(copy, node.mode)
                pending.append((join(source, name), copy))
            elif files.is_file(join(source, name)):
                files.write(copy, files.content(join(source, name)), node.mode)
            else:
                continue
            files.chown(copy, user.uid, user.gid)


@program("useradd", package="passwd", summary="create a new user")
def useradd(p: Process) -> int:
    return _create_user(p)


def _create_user(p: Process) -> int:
    options = USERADD.parse(p)
    if options.flag("defaults") and not options.operands:
        p.write(
            f"GROUP=100\nHOME=/home\nINACTIVE=-1\nEXPIRE=\nSHELL={_setting(p, 'SHELL', '/bin/sh')}\n"
            "SKEL=/etc/skel\nCREATE_MAIL_SPOOL=no\n"
        )
        return 0
    if len(options.operands) != 1:
        p.complain(USERADD.help(p))
        return 2
    name = options.operands[0]
    if not _valid_name(name):
        p.error(f"invalid user name '{name}': use --badname to ignore")
        return 3
    if not _privileged(p):
        return 1
    database = Database.read(p)
    if database.user(name):
        p.error(f"user '{name}' already exists")
        return _EXISTS
    uid = _number(p, options, "uid", "user ID")
    if uid is not None and not options.flag("non-unique") and any(user.uid == uid for user in database.users):
        p.error(f"UID {uid} is not unique")
        return _UID_TAKEN
    extra: list[Group] = []
    for wanted in filter(None, (options.value("groups") or "").split(",")):
        found = database.group(wanted)
        if found is None:
            p.error(f"group '{wanted}' does not exist")
            return _UNKNOWN_GROUP
        extra.append(found)
    system = options.flag("system")
    group_name = options.value("gid")
    own_group = not options.flag("no-user-group") and group_name is None
    if group_name is not None:
        primary = database.group(group_name)
        if primary is None:
            p.error(f"group '{group_name}' does not exist")
            return _UNKNOWN_GROUP
        gid = primary.gid
    elif own_group:
        if database.group(name) is not None and not name.isdigit():
            p.error(f"group {name} exists - if you want to add this user to that group, use -g.")
            return _EXISTS
        gid = -1
    else:
        gid = 100
    number = (
        int(uid)
        if uid is not None
        else database.free_id(
            {user.uid for user in database.users}
            | ({group.gid for group in database.groups} if own_group else set()),
            system,
        )
    )
    if own_group:
        taken = {group.gid for group in database.groups}
        gid = database.add_group(name, number if number not in taken else None, system).gid
    base = options.value("base-dir") or _setting(p, "HOME", "/home")
    home = options.value("home-dir") or f"{base.rstrip('/')}/{name}"
    shell = options.value("shell")
    if shell is None:
        shell = _setting(p, "SHELL", "/bin/sh")
    user = Account(name, number, gid, options.value("comment") or "", home, shell)
    database.add_user(user, options.value("password") or "!")
    if not system:
        _add_subordinate_ids(p, name)
    for group in extra:
        database.join(name, group)
    creates = _setting(p, "CREATE_HOME", "no") == "yes" and not system
    if (options.flag("create-home") or creates) and not options.flag("no-create-home"):
        if p.files.exists(home):
            p.error("warning: the home directory " + home + " already exists.")
            p.error("Not copying any file from skel directory into it.")
        else:
            mode = 0o700 if _setting(p, "HOME_MODE", "0755") in ("0700", "700") else 0o755
            _make_home(p, user, options.value("skel") or "/etc/skel", mode)
    return 0


@program("groupadd", package="passwd", summary="create a new group")
def groupadd(p: Process) -> int:
    options = GROUPADD.parse(p)
    if len(options.operands) != 1:
        p.complain(GROUPADD.help(p))
        return 2
    name = options.operands[0]
    if not _valid_name(name):
        p.error(f"'{name}' is not a valid group name")
        return 3
    if not _privileged(p):
        return _NO_UPDATE
    database = Database.read(p)
    if any(group.name == name for group in database.groups):
        if options.flag("force"):
            return 0
        p.error(f"group '{name}' already exists")
        return _EXISTS
    gid = _number(p, options, "gid", "group ID")
    if (
        gid is not None
        and not options.flag("non-unique")
        and any(group.gid == gid for group in database.groups)
    ):
        if options.flag("force"):
            gid = None
        else:
            p.error(f"GID '{gid}' already exists")
            return _UID_TAKEN
    database.add_group(name, gid, options.flag("system"))
    return 0


@program("usermod", package="passwd", summary="modify a user account")
def usermod(p: Process) -> int:
    options = USERMOD.parse(p)
    if len(options.operands) != 1 or not options.order:
        p.complain(USERMOD.help(p))
        return 2
    name = options.operands[0]
    database = Database.read(p)
    user = database.user(name)
    if user is None:
        p.error(f"user '{name}' does not exist")
        return _UNKNOWN_USER
    if not _privileged(p):
        return 1
    columns: dict[int, str] = {}
    uid = _number(p, options, "uid", "user ID")
    if uid is not None:
        taken = any(other.uid == uid and other.name != name for other in database.users)
        if taken and not options.flag("non-unique"):
            p.error(f"UID '{uid}' already exists")
            return _UID_TAKEN
        columns[2] = str(uid)
    group_name = options.value("gid")
    if group_name is not None:
        primary = database.group(group_name)
        if primary is None:
            p.error(f"group '{group_name}' does not exist")
            return _UNKNOWN_GROUP
        columns[3] = str(primary.gid)
    for option, index in (("comment", 4), ("home", 5), ("shell", 6), ("login", 0)):
        value = options.value(option)
        if value is not None:
            columns[index] = value
    extra = []
    for wanted in filter(None, (options.value("groups") or "").split(",")):
        found = database.group(wanted)
        if found is None:
            p.error(f"group '{wanted}' does not exist")
            return _UNKNOWN_GROUP
        extra.append(found)
    if options.flag("groups"):
        if not options.flag("append"):
            for group in database.groups:
                if name in group.members and group not in extra:
                    database.set_members(group, [member for member in group.members if member != name])
        for group in extra:
            database.join(name, group)
    if options.flag("move-home") and options.value("home") and p.files.exists(user.home):
        p.files.rename(user.home, options.value("home") or user.home)
    if uid is not None:
        _chown_home(p, columns.get(5, user.home), user.uid, uid)
    if columns:
        _edit(p, "/etc/passwd", name, columns)
    shadow = options.value("password")
    if shadow is not None:
        _edit(p, "/etc/shadow", name, {1: shadow})
    if 0 in columns:
        _edit(p, "/etc/shadow", name, {0: columns[0]})
    return 0


def _chown_home(p: Process, home: str, old: int, new: int) -> None:
    if not p.files.is_dir(home):
        return
    for path, node in list(p.files.walk(home)):
        if node.uid == old:
            p.files.chown(path, new, None, follow=False)
    if p.files.stat(home).uid == old:
        p.files.chown(home, new, None)


@program("groupmod", package="passwd", summary="modify a group definition")
def groupmod(p: Process) -> int:
    options = GROUPMOD.parse(p)
    if len(options.operands) != 1:
        p.complain(GROUPMOD.help(p))
        return 2
    name = options.operands[0]
    database = Database.read(p)
    group = database.group(name)
    if group is None or group.name != name:
        p.error(f"group '{name}' does not exist")
        return _UNKNOWN_GROUP
    if not _privileged(p):
        return _NO_UPDATE
    gid = _number(p, options, "gid", "group ID")
    columns: dict[int, str] = {}
    if gid is not None:
        if not options.flag("non-unique") and any(g.gid == gid and g.name != name for g in database.groups):
            p.error(f"GID '{gid}' already exists")
            return _UID_TAKEN
        columns[2] = str(gid)
        for user in database.users:
            if user.gid == group.gid:
                _edit(p, "/etc/passwd", user.name, {3: str(gid)})
    new_name = options.value("new-name")
    if new_name is not None:
        columns[0] = new_name
        _edit(p, "/etc/gshadow", name, {0: new_name})
    if columns:
        _edit(p, "/etc/group", name, columns)
    return 0


def _remove_user(p: Process, user: Account, with_home: bool) -> None:
    database = Database.read(p)
    for group in database.groups:
        if user.name in group.members:
            database.set_members(group, [member for member in group.members if member != user.name])
    _drop(p, "/etc/passwd", user.name)
    _drop(p, "/etc/shadow", user.name)
    own = database.group(user.name)
    if own is not None and own.name == user.name and own.gid == user.gid:
        shared = any(other.gid == own.gid and other.name != user.name for other in database.users)
        if not shared:
            _drop(p, "/etc/group", user.name)
            _drop(p, "/etc/gshadow", user.name)
    if with_home and p.files.is_dir(user.home) and user.home.strip("/"):
        p.files.remove(user.home)


@program("userdel", package="passwd", summary="delete a user account")
def userdel(p: Process) -> int:
    options = USERDEL.parse(p)
    if len(options.operands) != 1:
        p.complain(USERDEL.help(p))
        return 2
    name = options.operands[0]
    user = Database.read(p).user(name)
    if user is None:
        p.error(f"user '{name}' does not exist")
        return _UNKNOWN_USER
    if not _privileged(p):
        return 1
    if options.flag("remove"):
        p.error(f"{name} mail spool (/var/mail/{name}) not found")
        if not p.files.is_dir(user.home):
            p.error(f"{name} home directory ({user.home}) not found")
    _remove_user(p, user, options.flag("remove"))
    return 0


@program("groupdel", package="passwd", summary="delete a group")
def groupdel(p: Process) -> int:
    options = GROUPDEL.parse(p)
    if len(options.operands) != 1:
        p.complain(GROUPDEL.help(p))
        return 2
    return _delete_group(p, options.operands[0], options.flag("force"))


def _delete_group(p: Process, name: str, force: bool = False) -> int:
    database = Database.read(p)
    group = next((g for g in database.groups if g.name == name), None)
    if group is None:
        p.error(f"unknown group {name}" if p.is_busybox else f"group '{name}' does not exist")
        return 1 if p.is_busybox else _UNKNOWN_GROUP
    if not _privileged(p):
        return _NO_UPDATE
    owner = next((user for user in database.users if user.gid == group.gid), None)
    if owner is not None and not force:
        if p.is_busybox:
            p.error(f"'{owner.name}' still has '{name}' as their primary group!")
            return 1
        p.error(f"cannot remove the primary group of user '{owner.name}'")
        return 8
    _drop(p, "/etc/group", name)
    _drop(p, "/etc/gshadow", name)
    return 0


@program("adduser", "addgroup", package="adduser", summary="add a user or group to the system")
def adduser(p: Process) -> int:
    if p.is_busybox:
        return _busybox_adduser(p) if p.name == "adduser" else _busybox_addgroup(p)
    if p.name == "adduser" and p.files.exists("/etc/redhat-release"):
        return _create_user(p)
    return _debian_adduser(p)


def _join_group(p: Process, name: str, group_name: str, quiet: bool) -> int:
    database = Database.read(p)
    group = database.group(group_name)
    if database.user(name) is None:
        p.error(f"unknown user {name}" if p.is_busybox else f"The user `{name}' does not exist.")
        return 1
    if group is None:
        p.error(
            f"unknown group {group_name}" if p.is_busybox else f"The group `{group_name}' does not exist."
        )
        return 1
    if name in group.members:
        if not quiet and not p.is_busybox:
            p.write(f"The user `{name}' is already a member of `{group_name}'.\n")
        return 0
    if not quiet and not p.is_busybox:
        p.write(f"Adding user `{name}' to group `{group_name}' ...\n")
    database.join(name, group)
    if not quiet and not p.is_busybox:
        p.write("Done.\n")
    return 0


def _busybox_adduser(p: Process) -> int:
    options = BUSYBOX_ADDUSER.parse(p)
    if not 1 <= len(options.operands) <= 2:
        raise BUSYBOX_ADDUSER.usage_error(p, "")
    if not _privileged(p):
        return 1
    name = options.operands[0]
    if len(options.operands) == 2:
        return _join_group(p, name, options.operands[1], True)
    database = Database.read(p)
    if database.user(name):
        p.error(f"user '{name}' in use")
        return 1
    system = options.flag("system")
    uid = _number(p, options, "uid", "number")
    if uid is not None and any(user.uid == uid for user in database.users):
        p.error(f"uid '{uid}' in use")
        return 1
    number = uid if uid is not None else database.free_id({user.uid for user in database.users}, system)
    group_name = options.value("ingroup")
    group = None
    if group_name is not None:
        group = database.group(group_name)
        if group is None:
            p.error(f"unknown group {group_name}")
            return 1
        gid = group.gid
    elif system:
        gid = 65533
    else:
        existing = database.group(name)
        if existing is not None and existing.name == name:
            p.error(f"group name '{name}' is in use")
            return 1
        taken = {group.gid for group in database.groups}
        gid = database.add_group(name, number if number not in taken else None, False).gid
    home = options.value("home") or f"/home/{name}"
    shell = options.value("shell") or ("/sbin/nologin" if system else "/bin/ash" if p.has_musl else "/bin/sh")
    comment = options.value("gecos")
    comment = "Linux User,,," if comment is None else comment
    user = Account(name, number, gid, comment, home, shell)
    database.add_user(user)
    if group_name is not None and group is not None:
        database.join(name, group)
    if not options.flag("no-create-home"):
        _make_home(p, user, options.value("skel") or "/etc/skel")
        if not system:
            p.files.chmod(home, 0o2755)
    if not options.flag("disabled-password") and not system:
        p.write("Changing password for " + name + "\nNew password: ")
        first = p.stdin.read_line().strip()
        p.write("\nRetype password: ")
        second = p.stdin.read_line().strip()
        p.write("\n")
        if not first or first != second:
            p.complain(f"passwd: password for {name} is unchanged\n")
            return 1
        _edit(p, "/etc/shadow", name, {1: _hashed(decode(first))})
        p.complain(f"passwd: password for {name} changed by root\n")
    return 0


def _busybox_addgroup(p: Process) -> int:
    options = BUSYBOX_ADDGROUP.parse(p)
    if not 1 <= len(options.operands) <= 2:
        raise BUSYBOX_ADDGROUP.usage_error(p, "")
    if not _privileged(p):
        return 1
    if len(options.operands) == 2:
        return _join_group(p, options.operands[0], options.operands[1], True)
    name = options.operands[0]
    database = Database.read(p)
    if any(group.name == name for group in database.groups):
        p.error(f"group '{name}' in use")
        return 1
    gid = _number(p, options, "gid", "number")
    if gid is not None and any(group.gid == gid for group in database.groups):
        p.error(f"gid '{gid}' in use")
        return 1
    database.add_group(name, gid, options.flag("system"))
    return 0


def _debian_adduser(p: Process) -> int:
    options = ADDUSER.parse(p)
    if not options.operands:
        p.complain(f"{p.name}: Only one or two names allowed.\n")
        return 1
    if not _privileged(p):
        return 1
    quiet = options.flag("quiet")
    name = options.operands[0]
    if len(options.operands) == 2:
        return _join_group(p, name, options.operands[1], quiet)
    database = Database.read(p)
    system = options.flag("system")
    only_group = p.name == "addgroup" or (options.flag("group") and not system)
    number = _number(p, options, "uid", "user ID")
    gid_number = _number(p, options, "gid", "group ID")

    def say(text: str) -> None:
        if not quiet:
            p.write(text + "\n")

    if only_group:
        if any(group.name == name for group in database.groups):
            if system:
                say(f"addgroup: The group `{name}' already exists as a system group. Exiting.")
                return 0
            p.complain(f"{p.name}: The group `{name}' already exists.\n")
            return 1
        group = Group(
            name,
            gid_number
            if gid_number is not None
            else database.free_id({g.gid for g in database.groups}, system),
        )
        say(f"Adding group `{name}' (GID {group.gid}) ...")
        database.add_group(name, group.gid, system)
        say("Done.")
        return 0
    present = database.user(name)
    if present is not None:
        if system and present.uid < 1000:
            say(f"The system user `{name}' already exists. Exiting.")
            return 0
        p.complain(f"{p.name}: The user `{name}' already exists.\n")
        return 1
    taken = {user.uid for user in database.users}
    uid = (
        int(number)
        if number is not None
        else database.free_id(taken | {g.gid for g in database.groups}, system)
    )
    ingroup = options.value("ingroup")
    home = options.value("home") or ("/nonexistent" if system else f"/home/{name}")
    shell = options.value("shell") or ("/usr/sbin/nologin" if system else "/bin/bash")
    comment = options.value("gecos") or ""
    if not system and options.value("gecos") is not None:
        comment += "," * max(0, 3 - comment.count(","))
    say(f"Adding {'system ' if system else ''}user `{name}'{f' (UID {uid})' if system else ''} ...")
    if ingroup is not None or gid_number is not None:
        group_found = database.group(ingroup if ingroup is not None else str(gid_number))
        if group_found is None:
            p.complain(f"{p.name}: The group `{ingroup or gid_number}' does not exist.\n")
            return 1
        gid = group_found.gid
        label = group_found.name
    elif system and not options.flag("group"):
        gid, label = 65534, "nogroup"
    else:
        gid = database.add_group(
            name, uid if uid not in {g.gid for g in database.groups} else None, system
        ).gid
        label = name
        say(f"Adding new group `{name}' (GID {gid}) ...")
    say(f"Adding new user `{name}' (UID {uid}) with group `{label}{f' ({gid})' if not system else ''}' ...")
    user = Account(name, uid, gid, comment, home, shell)
    database.add_user(user, "!")
    creates = not options.flag("no-create-home") and home != "/nonexistent"
    if creates:
        if p.files.exists(home):
            say(f"The home directory `{home}' already exists.  Not touching this directory.")
        else:
            say(f"Creating home directory `{home}' ...")
            if not system:
                say("Copying files from `/etc/skel' ...")
            _make_home(p, user, "/etc/skel" if not system else "/nonexistent", 0o755 if system else 0o700)
    else:
        say(
            "Not creating home directory."
            if options.flag("no-create-home")
            else f"Not creating home directory `{home}'."
        )
    if system or options.flag("disabled-password") or options.flag("disabled-login"):
        return 0
    return _ask_details(p, user, options.value("gecos") is not None)


def _ask_details(p: Process, user: Account, has_gecos: bool) -> int:
    """The dialogue of an interactive ``adduser``: password twice, then the comment's parts."""
    p.write("New password: ")
    first = p.stdin.read_line()
    p.write("Retype new password: ")
    second = p.stdin.read_line()
    if not first.strip() or first != second:
        p.complain("passwd: Authentication token manipulation error\npasswd: password unchanged\n")
        return 1
    _edit(p, "/etc/shadow", user.name, {1: _hashed(decode(first).strip())})
    p.write("passwd: password updated successfully\n")
    if has_gecos:
        return 0
    p.write(
        f"Changing the user information for {user.name}\n"
        "Enter the new value, or press ENTER for the default\n"
    )
    parts = []
    for label in ("Full Name", "Room Number", "Work Phone", "Home Phone", "Other"):
        p.write(f"\t{label} []: ")
        parts.append(decode(p.stdin.read_line()).strip().replace(":", "").replace(",", ""))
    p.write("Is the information correct? [Y/n] ")
    p.stdin.read_line()
    _edit(p, "/etc/passwd", user.name, {4: ",".join(parts)})
    return 0


@program("deluser", "delgroup", package="adduser", summary="remove a user or group from the system")
def deluser(p: Process) -> int:
    if p.is_busybox:
        options = BUSYBOX_DELUSER.parse(p)
    else:
        options = DELUSER.parse(p)
    operands = options.operands
    if not operands:
        raise (BUSYBOX_DELUSER if p.is_busybox else DELUSER).usage_error(p, "Only one or two names allowed.")
    if not _privileged(p):
        return 1
    quiet = p.is_busybox or options.flag("quiet")
    name = operands[0]
    if len(operands) == 2:
        database = Database.read(p)
        group = database.group(operands[1])
        if group is None or name not in group.members:
            p.error(f"The user `{name}' is not a member of group `{operands[1]}'.")
            return 6
        if not quiet:
            p.write(f"Removing user `{name}' from group `{operands[1]}' ...\n")
        database.set_members(group, [member for member in group.members if member != name])
        if not quiet:
            p.write("Done.\n")
        return 0
    if p.name == "delgroup" or options.flag("group"):
        if not quiet and Database.read(p).group(name):
            p.write(f"Removing group `{name}' ...\n")
        status = _delete_group(p, name)
        if not quiet and not status:
            p.write("Done.\n")
        return status
    user = Database.read(p).user(name)
    if user is None:
        p.error(f"unknown user {name}" if p.is_busybox else f"The user `{name}' does not exist.")
        return 1 if p.is_busybox else 2
    if not quiet and options.flag("remove-home"):
        p.write("Looking for files to backup/remove ...\nRemoving files ...\n")
    if not quiet:
        p.write(f"Removing user `{name}' ...\n")
    _remove_user(p, user, options.flag("remove-home"))
    if not quiet:
        p.write("Done.\n")
    return 0


@program("gpasswd", package="passwd", summary="administer /etc/group")
def gpasswd(p: Process) -> int:
    options = GPASSWD.parse(p)
    if len(options.operands) != 1:
        p.complain(GPASSWD.help(p))
        return 2
    if not _privileged(p):
        return 1
    database = Database.read(p)
    group = database.group(options.operands[0])
    if group is None:
        p.error(f"group '{options.operands[0]}' does not exist in /etc/group")
        return 3
    for option in ("add", "delete"):
        name = options.value(option)
        if name is None:
            continue
        if database.user(name) is None:
            p.error(f"user '{name}' does not exist")
            return 3
        if option == "add":
            p.write(f"Adding user {name} to group {group.name}\n")
            database.join(name, group)
        elif name not in group.members:
            p.error(f"user '{name}' is not a member of '{group.name}'")
            return 3
        else:
            p.write(f"Removing user {name} from group {group.name}\n")
            database.set_members(group, [member for member in group.members if member != name])
    members = options.value("members")
    if members is not None:
        database.set_members(group, [name for name in members.split(",") if name])
    return 0


PASSWD = Options(
    "[options] [LOGIN]",
    "Change a user's password.",
    Flag("d", "delete", help="delete the password for the named account"),
    Flag("e", "expire", help="force expire the password for the named account"),
    Flag("l", "lock", help="lock the password of the named account"),
    Flag("u", "unlock", help="unlock the password of the named account"),
    Flag("q", "quiet", help="quiet mode"),
    Flag("S", "status", help="report password status on the named account"),
    Flag("", "stdin", help="read the new password from standard input"),
    error_status=2,
)
CHPASSWD = Options(
    "[options]",
    "Update passwords in batch mode: lines of NAME:PASSWORD on standard input.",
    Value("c", "crypt-method", metavar="METHOD", help="the crypt method"),
    Flag("e", "encrypted", help="supplied passwords are encrypted"),
    Flag("m", "md5", help="encrypt the clear text password using the MD5 algorithm"),
)


def _hashed(password: str) -> str:
    """A stand-in for crypt(3): it names the method and never holds the password."""
    digest = sha256(encode(password)).hexdigest()
    return f"$y$j9T$simulated${digest[:43]}"


@program("passwd", package="passwd", summary="change user password")
def passwd(p: Process) -> int:
    options = PASSWD.parse(p)
    accounts = p.accounts
    name = options.operands[0] if options.operands else accounts.user_name(p.files.user.uid)
    if accounts.user(name) is None:
        p.error(f"unknown user {name}" if p.is_busybox else f"user '{name}' does not exist")
        return 1
    if p.files.user.uid and name != accounts.user_name(p.files.user.uid):
        p.error(f"You may not view or modify password information for {name}.")
        return 1
    rows = (_read(p, "/etc/shadow") or "").splitlines()
    shadow = next((row.split(":") for row in rows if row.startswith(name + ":")), [])
    current = shadow[1] if len(shadow) > 1 else "*"
    for option, value in (
        ("delete", ""),
        ("lock", "!" + current.lstrip("!")),
        ("unlock", current.lstrip("!")),
    ):
        if options.flag(option):
            _edit(p, "/etc/shadow", name, {1: value})
            if not options.flag("quiet"):
                changed = "expiry" if not p.is_busybox else ""
                p.write(f"passwd: password {changed + ' information ' if changed else ''}changed.\n")
            return 0
    if options.flag("status"):
        state = "NP" if not current else "L" if current[0] in "!*" else "P"
        p.write(f"{name} {state} 01/01/2026 0 99999 7 -1\n")
        return 0
    if options.flag("stdin"):
        first = p.stdin.read_line()
        second = first
    else:
        if p.is_busybox:
            p.write(f"Changing password for {name}\n")
        p.write("New password: ")
        first = p.stdin.read_line()
        p.write("Retype password: " if p.is_busybox else "Retype new password: ")
        second = p.stdin.read_line()
    if not first.strip() or first != second:
        p.complain(
            "Sorry, passwords do not match.\n" if first != second else "No password has been supplied.\n"
        )
        p.complain("passwd: Authentication token manipulation error\npasswd: password unchanged\n")
        return 10
    _edit(p, "/etc/shadow", name, {1: _hashed(decode(first).strip())})
    if p.is_busybox:
        p.complain(f"passwd: password for {name} changed by {accounts.user_name(p.files.user.uid)}\n")
    else:
        p.write("passwd: password updated successfully\n")
    return 0


@program("chpasswd", package="passwd", summary="update passwords in batch mode")
def chpasswd(p: Process) -> int:
    options = CHPASSWD.parse(p)
    if not _privileged(p):
        return 1
    number = 0
    status = 0
    while line := p.stdin.read_line():
        number += 1
        name, colon, password = decode(line).rstrip("\n").partition(":")
        if not colon:
            p.error("missing new password" if p.is_busybox else f"line {number}: missing new password")
            status = 1
            continue
        if p.accounts.user(name) is None:
            p.error(
                f"unknown user {name}" if p.is_busybox else f"line {number}: user '{name}' does not exist"
            )
            status = 1
            continue
        _edit(p, "/etc/shadow", name, {1: password if options.flag("encrypted") else _hashed(password)})
        if p.is_busybox:
            p.write(f"Password for '{name}' changed\n")
    if status and not p.is_busybox:
        p.error("error detected, changes ignored")
    return status
