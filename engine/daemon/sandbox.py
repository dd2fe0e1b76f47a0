"""What every container and build step finds mounted: /proc, /sys, /dev and three files in /etc.

Nothing under these paths is ever part of a layer or of ``docker diff``, because they are mounts.
"""

from functools import cache

from engine.clock import Clock
from engine.fs import Content, Device, Directory, Entry, File, Layer, Mount, OverlayFS, Symlink, View

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
KERNEL_RELEASE = "6.8.0-45-generic"


def _text(text: str, mode: int = 0o444) -> File:
    return File(Content(text.encode()), mode)


_STATUS = (
    "Name:\tsh\nUmask:\t0022\nState:\tR (running)\nTgid:\t1\nPid:\t1\nPPid:\t0\n"
    "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nThreads:\t1\n"
    "CapInh:\t0000000000000000\nCapPrm:\t00000000a80425fb\nCapEff:\t00000000a80425fb\n"
    "CapBnd:\t00000000a80425fb\nCapAmb:\t0000000000000000\nNoNewPrivs:\t0\nSeccomp:\t2\n"
)
"""/proc/self/status with the capabilities Docker leaves a container by default."""


@cache
def _device_view() -> View:
    entries: dict[str, Entry] = {
        "null": Device("char", 1, 3, 0o666),
        "zero": Device("char", 1, 5, 0o666),
        "full": Device("char", 1, 7, 0o666),
        "random": Device("char", 1, 8, 0o666),
        "urandom": Device("char", 1, 9, 0o666),
        "tty": Device("char", 5, 0, 0o666, 0, 5),
        "core": Symlink("/proc/kcore"),
        "fd": Symlink("/proc/self/fd"),
        "stdin": Symlink("/proc/self/fd/0"),
        "stdout": Symlink("/proc/self/fd/1"),
        "stderr": Symlink("/proc/self/fd/2"),
        "ptmx": Symlink("pts/ptmx"),
        "mqueue": Directory(0o1777),
        "pts": Directory(),
        "shm": Directory(0o1777),
    }
    return View.of([Layer(entries)])


@cache
def _process_view() -> View:
    terminal = Device("char", 5, 0, 0o666)
    entries: dict[str, Entry] = {
        "1": Directory(0o555),
        "1/cgroup": _text("0::/\n"),
        "cpuinfo": _text("processor\t: 0\nmodel name\t: Layer Lab simulated CPU\n"),
        "loadavg": _text("0.00 0.00 0.00 1/64 7\n"),
        "meminfo": _text(
            "MemTotal:        2048000 kB\nMemFree:         1024000 kB\nSwapTotal:             0 kB\n"
        ),
        "mounts": _text("overlay / overlay rw,relatime 0 0\nproc /proc proc rw 0 0\n"),
        "self": Directory(0o555),
        "self/cgroup": _text("0::/\n"),
        "self/status": _text(_STATUS),
        "self/comm": Device("char", 1, 3, 0o666),
        "self/fd": Directory(0o500),
        "self/fd/0": terminal,
        "self/fd/1": terminal,
        "self/fd/2": terminal,
        "self/mounts": _text("overlay / overlay rw,relatime 0 0\nproc /proc proc rw 0 0\n"),
        "sys": Directory(0o555),
        "sys/kernel": Directory(0o555),
        "sys/kernel/hostname": _text("layerlab\n"),
        "sys/kernel/osrelease": _text(KERNEL_RELEASE + "\n"),
        "uptime": _text("4242.00 4242.00\n"),
        "version": _text(f"Linux version {KERNEL_RELEASE} (layerlab@simulated) #1 SMP\n"),
    }
    return View.of([Layer(entries)])


@cache
def _system_view() -> View:
    names = ("block", "bus", "class", "devices", "fs", "fs/cgroup", "kernel", "module")
    return View.of([Layer({name: Directory(0o555) for name in names})])


def kernel_mounts(clock: Clock) -> tuple[Mount, ...]:
    """/proc (read-only here), /sys (read-only) and a fresh /dev."""
    return (
        Mount("proc", OverlayFS(_process_view(), clock=clock), read_only=True, kind="proc"),
        Mount("sys", OverlayFS(_system_view(), clock=clock), read_only=True, kind="sysfs"),
        Mount("dev", OverlayFS(_device_view(), clock=clock), kind="tmpfs"),
    )


def sandbox_mounts(
    clock: Clock,
    hostname: str,
    address: str = "172.17.0.2",
    hosts: tuple[str, ...] = (),
    *,
    marker: bool = True,
) -> tuple[Mount, ...]:
    """Everything Docker mounts into a container; ``hosts`` are further ``ADDRESS NAME`` lines of /etc/hosts.

    ``marker`` adds /.dockerenv, which containers have and build steps have not.
    """
    lines = [
        "127.0.0.1\tlocalhost",
        "::1\tlocalhost ip6-localhost ip6-loopback",
        "fe00::0\tip6-localnet",
        "ff00::0\tip6-mcastprefix",
        "ff02::1\tip6-allnodes",
        "ff02::2\tip6-allrouters",
        f"{address}\t{hostname}",
        *hosts,
    ]
    etc = OverlayFS(View.of([]), clock=clock)
    etc.put("hosts", _text("\n".join(lines) + "\n", 0o644))
    etc.put("hostname", _text(hostname + "\n", 0o644))
    etc.put("resolv.conf", _text("nameserver 192.0.2.53\n", 0o644))
    etc.put("dockerenv", File(mode=0o755))
    files = tuple(Mount(f"etc/{name}", etc, name) for name in ("hosts", "hostname", "resolv.conf"))
    if marker:
        files += (Mount(".dockerenv", etc, "dockerenv"),)
    return (*kernel_mounts(clock), *files)
