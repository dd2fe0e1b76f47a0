"""id, whoami, groups, logname: who is asking."""

from engine.fs import Credentials
from engine.programs.lib.text import curly
from engine.shell.options import Flag, Options
from engine.shell.process import Process
from engine.shell.registry import program
from engine.shell.users import Account

OPTIONS = Options(
    "[OPTION]... [USER]...",
    "Print user and group information for each USER, or for the current process.",
    Flag("a", "", help="ignore, for compatibility with other versions"),
    Flag("g", "group", help="print only the effective group ID"),
    Flag("G", "groups", help="print all group IDs"),
    Flag("n", "name", help="print a name instead of a number, for -ugG"),
    Flag("r", "real", help="print the real ID instead of the effective ID, with -ugG"),
    Flag("u", "user", help="print only the effective user ID"),
    Flag("z", "zero", help="delimit entries with NUL characters, not whitespace"),
)
NO_OPTIONS = Options("[OPTION]...", "Print the user name associated with the current effective user ID.")
GROUPS = Options(
    "[OPTION]... [USERNAME]...", "Print group memberships for each USERNAME or the current process."
)
LOGNAME = Options("[OPTION]", "Print the user's login name.")


@program("id", package="coreutils", summary="print real and effective user and group IDs")
def identify(p: Process) -> int:
    options = OPTIONS.parse(p)
    chosen = [name for name in ("user", "group", "groups") if options.flag(name)]
    if len(chosen) > 1:
        p.error('cannot print "only" of more than one choice')
        return 1
    if (options.flag("name") or options.flag("real")) and not chosen:
        p.error("cannot print only names or real IDs in default format")
        return 1
    status = 0
    for name in options.operands or [""]:
        user = _who(p, name)
        if user is None:
            p.error(f"unknown user {name}" if p.is_busybox else f"{curly(p, name)}: no such user")
            status = 1
            continue
        gids = list(dict.fromkeys((user.gid, *user.groups)))
        end = "\0" if options.flag("zero") else "\n"
        if not chosen:
            p.write(_full(p, user, gids) + end)
            continue
        names = p.accounts
        as_name = options.flag("name")
        values = {"user": [user.uid], "group": [user.gid], "groups": gids}[chosen[0]]
        label = names.user_name if chosen[0] == "user" else names.group_name
        separator = "\0" if options.flag("zero") else " "
        p.write(separator.join(label(value) if as_name else str(value) for value in values) + end)
    return status


def _who(p: Process, name: str) -> Credentials | None:
    if not name:
        return p.files.user
    account = p.accounts.user(name)
    return p.accounts.credentials(account) if account else None


def _full(p: Process, user: Credentials, gids: list[int]) -> str:
    accounts = p.accounts

    def shown(number: int, name: str) -> str:
        return str(number) if name == str(number) else f"{number}({name})"

    groups = ",".join(shown(gid, accounts.group_name(gid)) for gid in gids)
    return (
        f"uid={shown(user.uid, accounts.user_name(user.uid))} "
        f"gid={shown(user.gid, accounts.group_name(user.gid))} groups={groups}"
    )


def current_account(p: Process) -> Account | None:
    """The passwd entry of the asking process."""
    return next((account for account in p.accounts.users if account.uid == p.files.user.uid), None)


@program("whoami", package="coreutils", summary="print effective user name")
def whoami(p: Process) -> int:
    NO_OPTIONS.parse(p)
    account = current_account(p)
    if account is None:
        uid = p.files.user.uid
        p.error(f"unknown uid {uid}" if p.is_busybox else f"cannot find name for user ID {uid}")
        return 1
    p.write(account.name + "\n")
    return 0


@program("groups", package="coreutils", summary="print the groups a user is in")
def groups(p: Process) -> int:
    options = GROUPS.parse(p)
    status = 0
    for name in options.operands or [""]:
        user = _who(p, name)
        if user is None:
            p.error(f"unknown user {name}" if p.is_busybox else f"{curly(p, name)}: no such user")
            status = 1
            continue
        gids = dict.fromkeys((user.gid, *user.groups))
        head = f"{name} : " if name and not p.is_busybox else ""
        p.write(head + " ".join(p.accounts.group_name(gid) for gid in gids) + "\n")
        for gid in gids:
            if not name and p.accounts.group(gid) is None:
                p.error(f"cannot find name for group ID {gid}")
                status = 1
    return status


@program("logname", package="coreutils", summary="print user's login name")
def logname(p: Process) -> int:
    LOGNAME.parse(p)
    if p.system.kind == "host" and (account := current_account(p)):
        p.write(account.name + "\n")
        return 0
    p.error("getlogin: No such device or address" if p.is_busybox else "no login name")
    return 1
