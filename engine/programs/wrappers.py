"""time, timeout, nohup, nice, setsid, chroot, su, sudo …: they run the command they are given."""

from collections.abc import Generator
from contextlib import suppress

from engine.clock import SECOND
from engine.fs import Credentials, Directory, FsError, Namespace
from engine.programs.lib.children import exec_or_explain, run_child
from engine.programs.lib.quoting import quote
from engine.programs.lib.text import curly
from engine.programs.sleep import duration
from engine.shell.options import Flag, Options, UsageError, Value
from engine.shell.process import Process, StaysUp
from engine.shell.registry import program
from engine.shell.run import CommandNotFound, NotExecutable
from engine.shell.users import Account, UnknownUser

TIME = Options(
    "[-apvV] [-f format] [-o file] command [arg...]",
    "Run command and display statistics about resource usage.",
    Flag("p", "portability", help="use the POSIX output format"),
    Flag("v", "verbose", help="verbose"),
    Value("f", "format", metavar="FORMAT", help="use the specified FORMAT"),
    Value("o", "output", metavar="FILE", help="write to FILE"),
    Flag("a", "append", help="append to the file"),
    stop_at_operand=True,
)
TIMEOUT = Options(
    "[OPTION] DURATION COMMAND [ARG]...",
    "Start COMMAND, and kill it if still running after DURATION.",
    Flag("", "preserve-status", help="exit with the same status as COMMAND, even when it times out"),
    Flag("", "foreground", help="allow COMMAND to read from the TTY and get TTY signals"),
    Value("k", "kill-after", metavar="DURATION", help="also send a KILL signal if COMMAND is still running"),
    Value("s", "signal", metavar="SIGNAL", help="specify the signal to be sent on timeout"),
    Flag("v", "verbose", help="diagnose to stderr any signal sent upon timeout"),
    error_status=125,
    stop_at_operand=True,
)
NICE = Options(
    "[OPTION] [COMMAND [ARG]...]",
    "Run COMMAND with an adjusted niceness, which affects process scheduling.",
    Value("n", "adjustment", metavar="N", help="add integer N to the niceness (default 10)"),
    error_status=125,
    stop_at_operand=True,
)
NOHUP = Options(
    "COMMAND [ARG]...", "Run COMMAND, ignoring hangup signals.", error_status=125, stop_at_operand=True
)
SETSID = Options(
    "[options] <program> [arguments ...]",
    "Run a program in a new session.",
    Flag("c", "ctty", help="set the controlling terminal to the current one"),
    Flag("f", "fork", help="always fork"),
    Flag("w", "wait", help="wait program to exit, and use the same return"),
    stop_at_operand=True,
)
STDBUF = Options(
    "OPTION... COMMAND",
    "Run COMMAND, with modified buffering operations for its standard streams.",
    Value("i", "input", metavar="MODE", help="adjust standard input stream buffering"),
    Value("o", "output", metavar="MODE", help="adjust standard output stream buffering"),
    Value("e", "error", metavar="MODE", help="adjust standard error stream buffering"),
    error_status=125,
    stop_at_operand=True,
)
CHROOT = Options(
    "[OPTION] NEWROOT [COMMAND [ARG]...]",
    "Run COMMAND with root directory set to NEWROOT.",
    Value("", "groups", metavar="G_LIST", help="specify supplementary groups as g1,g2,..,gN"),
    Value("", "userspec", metavar="USER:GROUP", help="specify user and group (ID or name) to use"),
    Flag("", "skip-chdir", help="do not change working directory to '/'"),
    error_status=125,
    stop_at_operand=True,
)
SU = Options(
    "[options] [-] [<user> [<argument>...]]",
    "Change the effective user ID and group ID to that of <user>.",
    Flag("mp", "preserve-environment", help="do not reset environment variables"),
    Flag("l", "login", help="make the shell a login shell"),
    Value("c", "command", metavar="command", help="pass a single command to the shell with -c"),
    Value("s", "shell", metavar="shell", help="run <shell> if /etc/shells allows it"),
    Value("g", "group", metavar="group", help="specify the primary group"),
    Flag("P", "pty", help="create a new pseudo-terminal"),
)
SUDO = Options(
    "[-EHnS] [-u user] [-g group] [VAR=value] [-i | -s] [command [arg ...]]",
    "Execute a command as another user.",
    Flag("A", "askpass", help="use a helper program for password prompting"),
    Flag("b", "background", help="run command in the background"),
    Flag("E", "preserve-env", help="preserve user environment when running command"),
    Value("g", "group", metavar="group", help="run command as the specified group name or ID"),
    Flag("H", "set-home", help="set HOME variable to target user's home dir"),
    Flag("i", "login", help="run login shell as the target user"),
    Flag("k", "reset-timestamp", help="invalidate timestamp file"),
    Flag("l", "list", help="list user's privileges"),
    Flag("n", "non-interactive", help="non-interactive mode, no prompts are used"),
    Flag("S", "stdin", help="read password from standard input"),
    Flag("s", "shell", help="run shell as the target user"),
    Value("u", "user", metavar="user", help="run command as specified user name or ID"),
    Flag("v", "validate", help="update user's timestamp without running a command"),
    stop_at_operand=True,
)


@program("time", package="time", summary="run programs and summarize system resource usage")
def time(p: Process) -> Generator[bytes, None, int]:
    options = TIME.parse(p)
    if not options.operands:
        raise TIME.usage_error(p, "missing program to run")
    begin = p.system.clock.now
    try:
        status = yield from run_child(p, options.operands)
    except (CommandNotFound, NotExecutable) as error:
        reason = "No such file or directory" if isinstance(error, CommandNotFound) else "Permission denied"
        name = options.operands[0]
        p.error(f"can't execute '{name}': {reason}" if p.is_busybox else f"cannot run {name}: {reason}")
        status = error.status
        if p.is_busybox:
            p.complain(f"Command exited with non-zero status {status}\n")
    elapsed = (p.system.clock.now - begin) / SECOND
    minutes, seconds = int(elapsed // 60), elapsed % 60
    if p.is_busybox:
        p.complain(f"real\t{minutes}m {seconds:.2f}s\nuser\t0m 0.00s\nsys\t0m 0.00s\n")
    elif options.flag("portability"):
        p.complain(f"real {elapsed:.2f}\nuser 0.00\nsys 0.00\n")
    else:
        p.complain(
            f"0.00user 0.00system {minutes}:{seconds:05.2f}elapsed 0%CPU "
            "(0avgtext+0avgdata 2048maxresident)k\n"
            "0inputs+0outputs (0major+100minor)pagefaults 0swaps\n"
        )
    return status


@program("timeout", package="coreutils", summary="run a command with a time limit")
def timeout(p: Process) -> Generator[bytes, None, int]:
    options = TIMEOUT.parse(p)
    if len(options.operands) < 2:
        if p.is_busybox:
            raise TIMEOUT.usage_error(p, "missing operand")
        raise UsageError(f"Try '{p.name} --help' for more information.\n", 125)
    limit = duration(options.operands[0])
    if limit is None:
        if p.is_busybox:
            p.error(f"invalid number '{options.operands[0]}'")
            return 1
        raise TIMEOUT.usage_error(p, f"invalid time interval {curly(p, options.operands[0])}")
    begin = p.system.clock.now
    stopped = 137 if (options.value("signal") or "").upper().removeprefix("SIG") in ("KILL", "9") else 124
    if p.is_busybox and stopped == 124:
        stopped = 143
    message = f"failed to run command {curly(p, '{name}')}: {{reason}}"
    try:
        status = yield from exec_or_explain(p, options.operands[1:], message)
    except StaysUp:
        if limit in (0, float("inf")):
            raise
        p.system.clock.advance(int(limit * SECOND) - (p.system.clock.now - begin))
        return stopped
    deadline = begin + int(min(limit, 1e9) * SECOND)
    if limit and p.system.clock.now > deadline:
        p.system.clock.now = deadline
        return stopped if not options.flag("preserve-status") else 143
    return status


@program("nice", "ionice", package="coreutils", summary="run a program with modified scheduling priority")
def nice(p: Process) -> Generator[bytes, None, int]:
    arguments = p.argv[1:]
    if p.name == "ionice":
        while arguments and arguments[0].startswith("-"):
            arguments = arguments[2:] if arguments[0] in ("-c", "-n") else arguments[1:]
        operands = arguments
    else:
        operands = NICE.parse(
            p, ["-n" + a[1:] if a[:1] == "-" and a[1:].isdigit() else a for a in arguments]
        ).operands
    if not operands:
        yield b"0\n"
        return 0
    return (yield from exec_or_explain(p, operands, f"{curly(p, '{name}')}: {{reason}}"))


@program("nohup", package="coreutils", summary="run a command immune to hangups")
def nohup(p: Process) -> Generator[bytes, None, int]:
    options = NOHUP.parse(p)
    if not options.operands:
        raise NOHUP.usage_error(p, "missing operand")
    if not p.stdout_is_terminal:
        return (yield from exec_or_explain(p, options.operands, "failed to run command '{name}': {reason}"))
    p.error("ignoring input and appending output to 'nohup.out'")
    running = exec_or_explain(p, options.operands, "failed to run command '{name}': {reason}")
    p.files.append("nohup.out", b"")
    while True:
        try:
            p.files.append("nohup.out", next(running))
        except StopIteration as stop:
            return int(stop.value)


@program("setsid", package="util-linux", summary="run a program in a new session")
def setsid(p: Process) -> Generator[bytes, None, int]:
    options = SETSID.parse(p)
    if not options.operands:
        raise SETSID.usage_error(p, "no command specified")
    return (yield from exec_or_explain(p, options.operands, "failed to execute {name}: {reason}"))


@program("stdbuf", package="coreutils", summary="run a command with modified stream buffering")
def stdbuf(p: Process) -> Generator[bytes, None, int]:
    options = STDBUF.parse(p)
    if not options.operands:
        raise STDBUF.usage_error(p, "missing operand")
    message = f"failed to run command {curly(p, '{name}')}: {{reason}}"
    return (yield from exec_or_explain(p, options.operands, message))


@program("chroot", package="coreutils", summary="run a command with a special root directory")
def chroot(p: Process) -> Generator[bytes, None, int]:
    options = CHROOT.parse(p)
    if not options.operands:
        raise CHROOT.usage_error(p, "missing operand")
    where = options.operands[0]
    if p.files.user.uid:
        p.error(f"cannot change root directory to {quote(where)}: Operation not permitted")
        return 125
    try:
        node = p.files.stat(where)
        if not isinstance(node, Directory):
            raise FsError("ENOTDIR", where)
    except FsError as error:
        p.error(f"cannot change root directory to {quote(where)}: {error.reason}")
        return 125
    location = p.files.locate(where)
    if location.path:
        p.error("only the root directory can be entered in Layer Lab")
        return 125
    files = p.files.copy()
    files.namespace = Namespace(location.tree)
    files.cwd = "/"
    specification = options.value("userspec")
    if specification:
        try:
            files.user = p.accounts.resolve(specification)
        except UnknownUser:
            p.error("invalid user")
            return 125
    command = options.operands[1:] or [p.env.get("SHELL", "/bin/sh"), "-i"]
    return (
        yield from exec_or_explain(
            p, command, f"failed to run command {curly(p, '{name}')}: {{reason}}", files=files
        )
    )


def _login_environment(p: Process, account: Account, keep: bool, login: bool) -> dict[str, str]:
    if keep:
        return dict(p.env)
    env = {"TERM": p.env["TERM"]} if login and "TERM" in p.env else {} if login else dict(p.env)
    env["HOME"], env["SHELL"] = account.home, account.shell or "/bin/sh"
    if account.uid or login:
        env["USER"] = env["LOGNAME"] = account.name
    if login:
        admin = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        env["PATH"] = admin if not account.uid else "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games"
    return env


@program("su", package="util-linux", summary="run a command with substitute user and group ID")
def su(p: Process) -> Generator[bytes, None, int]:
    arguments = p.argv[1:]
    login = "-" in arguments[:2] or "-l" in arguments or "--login" in arguments
    options = SU.parse(p, [argument for argument in arguments if argument != "-"])
    name = options.operands[0] if options.operands else "root"
    account = p.accounts.user(name)
    if account is None or account.name != name:
        if p.is_busybox:
            p.error(f"unknown user {name}")
        else:
            p.error(f"user {name} does not exist or the user entry does not contain all the required fields")
        return 1
    if p.files.user.uid:
        p.complain("Password: ")
        p.stdin.read_line()
        p.complain("\n")
        p.error("Authentication failure" if not p.is_busybox else "incorrect password")
        return 1
    shell = options.value("shell") or account.shell or "/bin/sh"
    command = [shell]
    if options.value("command") is not None:
        command += ["-c", options.value("command") or ""]
    command += options.operands[1:]
    files = p.files.as_user(p.accounts.credentials(account))
    if login:
        files.cwd = account.home if files.is_dir(account.home) else "/"
        if files.cwd != account.home:
            p.error(f"warning: cannot change directory to {account.home}: No such file or directory")
    env = _login_environment(p, account, options.flag("preserve-environment"), login)
    message = "failed to execute {name}: {reason}"
    return (yield from exec_or_explain(p, command, message, env=env, files=files))


@program("sudo", package="sudo", summary="execute a command as another user")
def sudo(p: Process) -> Generator[bytes, None, int]:
    options = SUDO.parse(p)
    operands = list(options.operands)
    name = options.value("user") or "root"
    account = p.accounts.user(name.removeprefix("#"))
    if account is None:
        p.error(f"unknown user {name}")
        p.error("error initializing audit plugin sudoers_audit")
        return 1
    asking = p.accounts.user_name(p.files.user.uid)
    if p.files.user.uid and not _may_sudo(p, asking):
        p.error(
            "a terminal is required to read the password; either use ssh's -t option or configure an "
            "askpass helper"
        )
        p.error("a password is required")
        return 1
    if options.flag("list"):
        host = p.system.hostname
        yield f"User {asking} may run the following commands on {host}:\n    (ALL : ALL) ALL\n".encode()
        return 0
    if options.flag("validate") or (options.flag("reset-timestamp") and not operands):
        return 0
    given: dict[str, str] = {}
    while operands and "=" in operands[0].partition("/")[0]:
        variable, _, value = operands.pop(0).partition("=")
        given[variable] = value
    shell = account.shell or "/bin/sh"
    if options.flag("login") or options.flag("shell"):
        operands = [shell, "-c", " ".join(operands)] if operands else [shell]
    if not operands:
        p.complain(SUDO.help(p))
        return 1
    user = p.accounts.credentials(account)
    group = p.accounts.group(options.value("group") or "")
    if group is not None:
        user = Credentials(user.uid, group.gid, user.groups)
    kept: dict[str, str] = dict(p.env)
    if not options.flag("preserve-env"):
        kept = {name: value for name, value in p.env.items() if name in ("TERM", "LANG", "DISPLAY")}
    env: dict[str, str] = {
        **kept,
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": account.home,
        "SHELL": shell,
        "USER": account.name,
        "LOGNAME": account.name,
        "SUDO_USER": asking,
        "SUDO_UID": str(p.files.user.uid),
        "SUDO_GID": str(p.files.user.gid),
        "SUDO_COMMAND": " ".join(operands),
        **given,
    }
    files = p.files.as_user(user)
    if options.flag("login") and files.is_dir(account.home):
        files.cwd = account.home
    try:
        return (yield from run_child(p, operands, env=env, files=files))
    except (CommandNotFound, NotExecutable) as error:
        missing = isinstance(error, CommandNotFound)
        p.error(
            f"{operands[0]}: command not found"
            if missing
            else f"unable to execute {operands[0]}: Permission denied"
        )
        return 1


def _may_sudo(p: Process, name: str) -> bool:
    """Whether sudoers lets ``name`` in without a password: NOPASSWD for them, their groups or ALL."""
    root = p.files.as_user(Credentials())
    groups = {"%" + p.accounts.group_name(gid) for gid in (p.files.user.gid, *p.files.user.groups)}
    paths = ["/etc/sudoers"]
    with suppress(FsError):
        paths += [f"/etc/sudoers.d/{entry}" for entry in root.names("/etc/sudoers.d")]
    for path in paths:
        try:
            text = root.content(path).head.decode("utf-8", "replace")
        except FsError:
            continue
        for line in text.splitlines():
            words = line.split()
            if (
                words
                and words[0] in {name, "ALL", *groups}
                and "NOPASSWD:" in line.replace("NOPASSWD :", "NOPASSWD:")
            ):
                return True
    return False
