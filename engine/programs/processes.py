"""ps, kill, pkill, pidof, pgrep: the few processes of a simulated machine."""

from engine.programs.lib.times import moment
from engine.shell.options import Flag, Options, Value
from engine.shell.process import Process
from engine.shell.registry import program
from engine.shell.signals import SIGNALS, signal_name, signal_number

PS = Options(
    "[options]",
    "Report a snapshot of the current processes.",
    Flag("aA", "all", help="all processes"),
    Flag("e", "", help="all processes"),
    Flag("f", "", help="full-format, including command lines"),
    Flag("u", "", help="user-oriented format"),
    Flag("x", "", help="processes without controlling ttys"),
    Flag("w", "", help="unlimited output width"),
    Flag("l", "", help="long format"),
    Value("o", "format", metavar="FORMAT", help="user-defined format"),
    Value("p", "pid", metavar="PID", help="process id"),
    Value("C", "", metavar="NAME", help="command name"),
    Flag("", "no-headers", help="do not print header at all"),
)
_COLUMNS = {"pid": "PID", "ppid": "PPID", "user": "USER", "comm": "COMMAND", "cmd": "CMD", "args": "COMMAND"}
_COLUMNS |= {
    "command": "COMMAND",
    "tty": "TT",
    "time": "TIME",
    "stat": "STAT",
    "uid": "UID",
    "rss": "RSS",
    "vsz": "VSZ",
}


def _rows(p: Process) -> list[tuple[int, str, str]]:
    """(pid, user, command line) of everything running, the asking process last."""
    rows = list(p.system.processes)
    known = {pid for pid, _, _ in rows}
    pid = p.pid if p.pid not in known else max(known, default=0) + 6
    rows.append((pid, p.accounts.user_name(p.files.user.uid), " ".join(p.argv)))
    return sorted(rows)


@program("ps", package="procps", summary="report a snapshot of the current processes")
def ps(p: Process) -> int:
    arguments = p.argv[1:]
    if arguments and not arguments[0].startswith("-") and arguments[0].isalpha():
        arguments = ["-" + arguments[0], *arguments[1:]]
    options = PS.parse(p, arguments)
    rows = _rows(p)
    now = moment(p.system.clock.now)
    if p.is_busybox:
        lines = [f"{pid:>5} {user[:8]:<8}  0:00 {command}" for pid, user, command in rows]
        p.write("PID   USER     TIME  COMMAND\n" + "".join(line + "\n" for line in lines))
        return 0
    pids = {int(text) for text in (options.value("pid") or "").split(",") if text.isdigit()}
    if pids:
        rows = [row for row in rows if row[0] in pids]
    name = options.value("C")
    if name is not None:
        rows = [row for row in rows if _short(row[2]) == name]
    custom = options.value("format")
    if custom is not None:
        columns = [column.partition("=")[0] for column in custom.replace(" ", ",").split(",") if column]
        if not options.flag("no-headers"):
            p.write(
                " ".join(f"{_COLUMNS.get(column, column.upper()):>7}" for column in columns).rstrip() + "\n"
            )
        for pid, user, command in rows:
            values = {
                "pid": pid,
                "ppid": 0,
                "user": user,
                "comm": _short(command),
                "tty": "?",
                "time": "00:00:00",
            }
            values |= {"cmd": command, "args": command, "command": command, "stat": "S", "uid": 0}
            p.write(" ".join(f"{values.get(column, 0)!s:>7}" for column in columns) + "\n")
        return 0 if rows else 1
    if options.flag("u"):
        p.write("USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n")
        for pid, user, command in rows:
            p.write(f"{user:<8} {pid:>7}  0.0  0.0   4364  3220 ?        Ss   {now:%H:%M}   0:00 {command}\n")
    elif options.flag("f"):
        p.write("UID          PID    PPID  C STIME TTY          TIME CMD\n")
        for pid, user, command in rows:
            p.write(
                f"{user:<8} {pid:>7} {0 if pid == 1 else 1:>7}  0 {now:%H:%M} ?        00:00:00 {command}\n"
            )
    elif options.flag("x") and not options.flag("e"):
        p.write("    PID TTY      STAT   TIME COMMAND\n")
        for pid, _, command in rows:
            p.write(f"{pid:>7} ?        Ss     0:00 {command}\n")
    else:
        p.write("    PID TTY          TIME CMD\n")
        for pid, _, command in rows:
            p.write(f"{pid:>7} {'pts/0' if p.system.terminal else '?':<8} 00:00:00 {_short(command)}\n")
    return 0


def _short(command: str) -> str:
    return command.split(" ")[0].rpartition("/")[2][:15]


@program("kill", package="procps", summary="send a signal to a process")
def kill(p: Process) -> int:
    words = p.argv[1:]
    if words[:1] in (["-l"], ["-L"], ["--list"]):
        if len(words) == 1:
            p.write(" ".join(SIGNALS) + "\n")
            return 0
        for word in words[1:]:
            name = signal_name(word)
            if name is None:
                p.error(f"unknown signal '{word}'" if p.is_busybox else f"unknown signal name {word}")
                return 1
            p.write(f"{name if word.isdigit() else signal_number(word)}\n")
        return 0
    signal = "TERM"
    if words[:1] in (["-s"], ["--signal"]) and len(words) > 1:
        signal, words = words[1], words[2:]
    elif words and words[0].startswith("-") and words[0] != "--":
        signal, words = words[0][1:], words[1:]
    words = words[1:] if words[:1] == ["--"] else words
    number = signal_number(signal)
    if number is None:
        p.error(f"bad signal name '{signal}'" if p.is_busybox else f"unknown signal name {signal}")
        return 1
    if not words:
        p.error("you need to specify whom to kill" if p.is_busybox else "not enough arguments")
        return 1
    status = 0
    for word in words:
        status |= _signal(p, word, number)
    return status


def _signal(p: Process, word: str, number: int) -> int:
    if not word.lstrip("-").isdigit():
        p.error(f"invalid number '{word}'" if p.is_busybox else f"failed to parse argument: '{word}'")
        return 1
    pid = abs(int(word[:10]))
    found = next((row for row in p.system.processes if row[0] == pid), None)
    if found is None and pid != p.pid:
        p.error(f"can't kill pid {pid}: No such process" if p.is_busybox else f"({pid}): No such process")
        return 1
    if found is not None and p.files.user.uid and found[1] != p.accounts.user_name(p.files.user.uid):
        reason = "Operation not permitted"
        p.error(f"can't kill pid {pid}: {reason}" if p.is_busybox else f"({pid}): {reason}")
        return 1
    if number in (9, 15, 2, 1, 3) and found is not None and pid != 1:
        p.system.processes.remove(found)
    return 0


@program("pidof", "pgrep", "pkill", "killall", package="procps", summary="find or signal processes by name")
def pidof(p: Process) -> int:
    names = [word for word in p.argv[1:] if not word.startswith("-")]
    if not names:
        p.error("no process selection criteria" if p.name != "pidof" else "no program name")
        return 2 if p.name in ("pgrep", "pkill") else 1
    exact = p.name in ("pidof", "killall")
    full = "-f" in p.argv[1:]

    def matches(command: str) -> bool:
        name = command if full else _short(command)
        return any(name == wanted if exact else wanted in name for wanted in names)

    found = [row for row in p.system.processes if matches(row[2])]
    if not found:
        if p.name == "killall":
            p.error(f"{names[0]}: no process found" if not p.is_busybox else f"{names[0]}: no process killed")
        return 1
    if p.name == "pidof":
        p.write(" ".join(str(row[0]) for row in reversed(found)) + "\n")
    elif p.name == "pgrep":
        p.write("".join(f"{row[0]}\n" for row in found))
    else:
        for row in found:
            if row[0] != 1:
                p.system.processes.remove(row)
    return 0
