"""uname, hostname, nproc, free, uptime, df, mount, tty …: what the machine says of itself."""

from collections.abc import Generator

from engine.clock import SECOND
from engine.fs import FsError
from engine.programs.lib.quoting import quote
from engine.programs.lib.sizes import busybox_human_size, human_size
from engine.programs.lib.text import curly, encode
from engine.programs.lib.times import moment
from engine.shell.options import Flag, Options, Value
from engine.shell.process import Process
from engine.shell.registry import program

KERNEL = "6.8.0-45-generic"
KERNEL_VERSION = "#45-Ubuntu SMP PREEMPT_DYNAMIC Fri Aug 30 12:02:04 UTC 2024"
MEMORY_KIB = 8_149_352
DISK_KIB, DISK_USED_KIB = 62_671_096, 13_289_412
_BOOTED_BEFORE = 3 * 3600 + 12 * 60

UNAME = Options(
    "[OPTION]...",
    "Print certain system information. With no OPTION, same as -s.",
    Flag("a", "all", help="print all information"),
    Flag("s", "kernel-name", help="print the kernel name"),
    Flag("n", "nodename", help="print the network node hostname"),
    Flag("r", "kernel-release", help="print the kernel release"),
    Flag("v", "kernel-version", help="print the kernel version"),
    Flag("m", "machine", help="print the machine hardware name"),
    Flag("p", "processor", help="print the processor type (non-portable)"),
    Flag("i", "hardware-platform", help="print the hardware platform (non-portable)"),
    Flag("o", "operating-system", help="print the operating system"),
)
ARCH = Options("[OPTION]...", "Print machine architecture.")
HOSTNAME = Options(
    "[-a|-A|-d|-f|-i|-I|-s|-y] [NAME]",
    "Show or set the system's host name.",
    Flag("a", "alias", help="alias names"),
    Flag("d", "domain", help="DNS domain name"),
    Flag("f", "fqdn", aliases=("long",), help="long host name (FQDN)"),
    Flag("i", "ip-address", help="addresses for the host name"),
    Flag("I", "all-ip-addresses", help="all addresses for the host"),
    Flag("s", "short", help="short host name"),
)
NPROC = Options(
    "[OPTION]...",
    "Print the number of processing units available to the current process.",
    Flag("", "all", help="print the number of installed processors"),
    Value("", "ignore", metavar="N", help="if possible, exclude N processing units"),
)
FREE = Options(
    "[options]",
    "Display amount of free and used memory in the system.",
    Flag("b", "bytes", help="show output in bytes"),
    Flag("k", "kibi", help="show output in kibibytes"),
    Flag("m", "mebi", help="show output in mebibytes"),
    Flag("g", "gibi", help="show output in gibibytes"),
    Flag("h", "human", help="show human-readable output"),
    Flag("t", "total", help="show total for RAM + swap"),
    Flag("w", "wide", help="wide output"),
)
UPTIME = Options(
    "[options]",
    "Tell how long the system has been running.",
    Flag("p", "pretty", help="show uptime in pretty format"),
    Flag("s", "since", help="system up since"),
)
DF = Options(
    "[OPTION]... [FILE]...",
    "Show information about the file system on which each FILE resides, or all file systems by default.",
    Flag("a", "all", help="include pseudo, duplicate, inaccessible file systems"),
    Flag("h", "human-readable", help="print sizes in powers of 1024 (e.g., 1023M)"),
    Flag("H", "si", help="print sizes in powers of 1000 (e.g., 1.1G)"),
    Flag("i", "inodes", help="list inode information instead of block usage"),
    Flag("k", "", help="like --block-size=1K"),
    Flag("m", "", help="like --block-size=1M"),
    Flag("P", "portability", help="use the POSIX output format"),
    Flag("T", "print-type", help="print file system type"),
    Value("t", "type", metavar="TYPE", help="limit listing to file systems of type TYPE"),
    Value("B", "block-size", metavar="SIZE", help="scale sizes by SIZE before printing them"),
)
MOUNT = Options(
    "[-lhV] | -a [options] | [options] <source> <directory>",
    "Mount a filesystem.",
    Flag("a", "all", help="mount all filesystems mentioned in fstab"),
    Flag("l", "show-labels", help="show also filesystem labels"),
    Value("o", "options", metavar="list", help="comma-separated list of mount options"),
    Flag("r", "read-only", help="mount the filesystem read-only"),
    Value("t", "types", metavar="list", help="limit the set of filesystem types"),
    Flag("v", "verbose", help="say what is being done"),
    Flag("", "bind", help="mount a subtree somewhere else"),
)
UMOUNT = Options(
    "[options] <source> | <directory>",
    "Unmount filesystems.",
    Flag("a", "all", help="unmount all"),
    Flag("f", "force", help="force unmount"),
    Flag("l", "lazy", help="detach now, clean up later"),
)


@program("uname", package="coreutils", summary="print system information")
def uname(p: Process) -> int:
    options = UNAME.parse(p)
    if options.operands:
        raise UNAME.usage_error(p, f"extra operand {curly(p, options.operands[0])}")
    everything = options.flag("all")
    system = "Linux" if p.is_busybox or p.has_musl else "GNU/Linux"
    rows = [
        ("kernel-name", "Linux"),
        ("nodename", p.system.hostname),
        ("kernel-release", KERNEL),
        ("kernel-version", KERNEL_VERSION),
        ("machine", "x86_64"),
        ("processor", "unknown"),
        ("hardware-platform", "unknown"),
        ("operating-system", "Linux" if p.has_musl else system if not p.is_busybox else "GNU/Linux"),
    ]
    if everything:
        chosen = [value for _, value in rows if value != "unknown"]
    else:
        chosen = [value for name, value in rows if options.flag(name)] or ["Linux"]
    p.write(" ".join(chosen) + "\n")
    return 0


@program("arch", package="coreutils", summary="print machine hardware name")
def arch(p: Process) -> int:
    ARCH.parse(p)
    p.write("x86_64\n")
    return 0


@program("hostname", package="hostname", summary="show the system's host name")
def hostname(p: Process) -> int:
    options = HOSTNAME.parse(p)
    name = p.system.hostname
    if options.operands:
        if p.files.user.uid or p.system.kind != "host":
            p.error(
                "sethostname: Operation not permitted"
                if p.is_busybox
                else "you must be root to change the host name"
            )
            return 1
        p.system.hostname = options.operands[0]
        return 0
    if options.flag("ip-address") or options.flag("all-ip-addresses"):
        p.write("172.17.0.2\n" if p.system.kind != "host" else "10.0.2.15\n")
    elif options.flag("domain"):
        p.write("\n" if not p.is_busybox else "")
    else:
        p.write((name.partition(".")[0] if options.flag("short") else name) + "\n")
    return 0


@program("nproc", package="coreutils", summary="print the number of processing units available")
def nproc(p: Process) -> int:
    options = NPROC.parse(p)
    ignored = options.value("ignore") or "0"
    p.write(f"{max(1, 4 - (int(ignored[:6]) if ignored.isdigit() else 0))}\n")
    return 0


@program("free", package="procps", summary="display amount of free and used memory in the system")
def free(p: Process) -> int:
    options = FREE.parse(p)
    total, used, shared, cache = MEMORY_KIB, 2_214_688, 35_512, 3_102_164
    available = total - used - 128_000
    unused = total - used - cache
    unit = next(
        (size for name, size in (("bytes", -1), ("mebi", 1024), ("gibi", 1 << 20)) if options.flag(name)), 1
    )

    def shown(kib: int) -> str:
        if options.flag("human"):
            return human_size(kib * 1024) + "i" if kib >= 1 else "0B"
        return str(kib * 1024 if unit == -1 else kib // unit)

    heads = ("total", "used", "free", "shared", "buff/cache", "available")
    p.write(
        "        " + "".join(f"{head:>12}" for head in heads) + "\n"
        if not p.is_busybox
        else "              " + "  ".join(f"{head:>10}" for head in heads) + "\n"
    )
    cells = [shown(value) for value in (total, used, unused, shared, cache, available)]
    p.write("Mem:    " + "".join(f"{cell:>12}" for cell in cells) + "\n")
    p.write(
        "Swap:   "
        + "".join(f"{shown(0) if not options.flag('human') else '0B':>12}" for _ in range(3))
        + "\n"
    )
    if options.flag("total"):
        p.write("Total:  " + "".join(f"{cell:>12}" for cell in cells[:3]) + "\n")
    return 0


@program("uptime", package="procps", summary="tell how long the system has been running")
def uptime(p: Process) -> int:
    options = UPTIME.parse(p)
    now = moment(p.system.clock.now)
    if options.flag("pretty"):
        p.write("up 3 hours, 12 minutes\n")
    elif options.flag("since"):
        p.write(f"{moment(p.system.clock.now - _BOOTED_BEFORE * SECOND):%Y-%m-%d %H:%M:%S}\n")
    else:
        p.write(f" {now:%H:%M:%S} up  3:12,  0 users,  load average: 0.08, 0.03, 0.01\n")
    return 0


def _mounts(p: Process) -> list[tuple[str, str, str, str]]:
    """(source, target, type, options) of the root and everything mounted over it."""
    root = "/dev/sda1" if p.system.kind == "host" else "overlay"
    kind = "ext4" if p.system.kind == "host" else "overlay"
    access = "ro" if p.files.namespace.read_only else "rw"
    rows = [(root, "/", kind, f"{access},relatime")]
    if p.system.kind != "host":
        rows += [
            ("proc", "/proc", "proc", "rw,nosuid,nodev,noexec,relatime"),
            ("tmpfs", "/dev", "tmpfs", "rw,nosuid,size=65536k,mode=755"),
            ("sysfs", "/sys", "sysfs", "ro,nosuid,nodev,noexec,relatime"),
            ("shm", "/dev/shm", "tmpfs", "rw,nosuid,nodev,noexec,relatime,size=65536k"),
        ]
    for mount in sorted(p.files.namespace.mounts, key=lambda mount: mount.target):
        target = "/" + mount.target
        if target == "/.dockerenv" or any(target == row[1] for row in rows):
            # /.dockerenv is laid over the container's files here; in Docker it is one of them.
            continue
        access = "ro" if mount.read_only else "rw"
        if mount.kind == "tmpfs":
            rows.append(("tmpfs", target, "tmpfs", f"{access},nosuid,nodev,noexec,relatime"))
        else:
            rows.append(("/dev/sda1", target, "ext4", f"{access},relatime"))
    return rows


@program("mount", package="mount", summary="mount a file system")
def mount(p: Process) -> Generator[bytes, None, int]:
    options = MOUNT.parse(p)
    operands = options.operands
    if not operands and not options.flag("all"):
        for source, target, kind, flags in _mounts(p):
            yield encode(f"{source} on {target} type {kind} ({flags})\n")
        return 0
    if options.flag("all"):
        return 0
    target = operands[-1]
    if p.is_busybox:
        p.error("permission denied (are you root?)")
        return 1
    if p.files.user.uid:
        p.error(f"{target}: must be superuser to use mount.")
    elif not p.files.is_dir(target):
        p.error(f"{target}: mount point does not exist.")
    else:
        p.error(f"{target}: permission denied.")
    if not p.files.user.uid:
        p.complain("       dmesg(1) may have more information after failed mount system call.\n")
    return 1 if p.files.user.uid else 32


@program("umount", package="mount", summary="unmount file systems")
def umount(p: Process) -> int:
    options = UMOUNT.parse(p)
    if not options.operands:
        if options.flag("all"):
            return 0
        p.error("bad usage\nTry 'umount --help' for more information.")
        return 1
    known = {row[1] for row in _mounts(p)}
    for target in options.operands:
        if p.is_busybox:
            reason = "Operation not permitted" if target in known else "Invalid argument"
            p.error(f"can't unmount {target}: {reason}")
        elif not p.files.exists(target):
            p.error(f"{target}: no mount point specified.")
        elif p.files.absolute(target) not in known:
            p.error(f"{target}: not mounted.")
        else:
            p.error(f"{target}: must be superuser to unmount.")
    return 1 if p.is_busybox else 32


@program("df", package="coreutils", summary="report file system space usage")
def df(p: Process) -> Generator[bytes, None, int]:
    options = DF.parse(p)
    rows = [row for row in _mounts(p) if row[2] in ("overlay", "ext4", "tmpfs") or options.flag("all")]
    status = 0
    if options.operands:
        chosen = []
        for path in options.operands:
            try:
                p.files.stat(path)
                real = p.files.real_path(path)
            except FsError as error:
                p.error(f"{path}: can't find mount point" if p.is_busybox else f"{path}: {error.reason}")
                status = 1
                continue
            owners = [row for row in rows if real == row[1] or real.startswith(row[1].rstrip("/") + "/")]
            chosen.append(max(owners or rows[:1], key=lambda row: len(row[1])))
        rows = chosen
        if not rows:
            return 1
    wanted = options.value("type")
    rows = [row for row in rows if wanted is None or row[2] == wanted]
    human = options.flag("human-readable") or options.flag("si")
    base = 1000 if options.flag("si") else 1024
    inodes = options.flag("inodes")

    def size(kib: int) -> str:
        if inodes:
            return str(kib)
        if human:
            if not kib:
                return "0"
            return busybox_human_size(kib * 1024) if p.is_busybox else human_size(kib * 1024, base)
        return str(
            -(-kib // 1024) if options.flag("m") or options.value("block-size") in ("M", "1M") else kib
        )

    if inodes:
        heads = ["Filesystem", "Inodes", "IUsed", "IFree", "IUse%"]
    elif human:
        heads = ["Filesystem", "Size", "Used", "Available" if p.is_busybox else "Avail", "Use%"]
    else:
        blocks = (
            "1M-blocks"
            if options.flag("m")
            else "1024-blocks"
            if options.flag("portability")
            else "1K-blocks"
        )
        heads = [
            "Filesystem",
            blocks,
            "Used",
            "Available",
            "Capacity" if options.flag("portability") else "Use%",
        ]
    if options.flag("print-type"):
        heads.insert(1, "Type")
    table = [[*heads, "Mounted on"]]
    for source, target, kind, _ in rows:
        if inodes:
            total, used = (4_194_304, 512_031) if kind != "tmpfs" else (1_018_669, 17)
        else:
            total, used = (DISK_KIB, DISK_USED_KIB) if kind != "tmpfs" else (65_536, 0)
        reserved = 3_180_000 if kind != "tmpfs" and not inodes else 0
        available = total - used - reserved
        percent = -(-used * 100 // (used + available))
        cells = [source, size(total), size(used), size(available), f"{percent}%"]
        if options.flag("print-type"):
            cells.insert(1, kind)
        table.append([*cells, target])
    left = 2 if options.flag("print-type") else 1
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    widths[0] = max(widths[0], 20 if p.is_busybox else 14)
    for column in range(left, len(widths) - 1):
        widths[column] = max(
            widths[column], 9 if p.is_busybox and not human else 5 if column < len(widths) - 2 else 4
        )
    for row in table:
        cells = [
            f"{cell:<{width}}" if column < left or column == len(row) - 1 else f"{cell:>{width}}"
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield encode(" ".join(cells).rstrip() + "\n")
    return status


@program("tty", package="coreutils", summary="print the name of the terminal connected to standard input")
def tty(p: Process) -> int:
    if p.stdin.is_terminal:
        p.write("/dev/pts/0\n")
        return 0
    if p.argv[1:2] not in (["-s"], ["--silent"], ["--quiet"]):
        p.write("not a tty\n")
    return 1


@program("stty", package="coreutils", summary="change and print terminal line settings")
def stty(p: Process) -> int:
    if not p.stdin.is_terminal:
        p.error(
            f"{'standard input' if p.is_busybox else quote('standard input')}: Inappropriate ioctl for device"
        )
        return 1
    if p.argv[1:] == ["size"]:
        p.write("24 80\n")
    elif len(p.argv) == 1 or p.argv[1:] == ["-a"]:
        p.write("speed 38400 baud; line = 0;\n-brkint -imaxbel\n")
    return 0


@program("clear", "reset", package="ncurses-bin", summary="clear the terminal screen")
def clear(p: Process) -> int:
    if not p.env.get("TERM") and not p.is_busybox:
        p.complain("TERM environment variable not set.\n")
        return 1
    p.write("\x1b[H\x1b[J" if p.is_busybox else "\x1b[H\x1b[2J\x1b[3J")
    return 0


@program("sync", package="coreutils", summary="synchronize cached writes to persistent storage")
def sync(p: Process) -> int:
    status = 0
    for path in p.argv[1:]:
        if not path.startswith("-") and not p.files.exists(path):
            p.error(f"error opening {quote(path)}: No such file or directory")
            status = 1
    return status
