"""A tiny machine to run single programs on, without a shell."""

from dataclasses import dataclass, field

from engine.budget import Budget, Limits
from engine.clock import SECOND, Clock
from engine.fs import (
    Credentials,
    Device,
    Directory,
    Entry,
    File,
    Files,
    Layer,
    Namespace,
    OverlayFS,
    Symlink,
    View,
    program_stub,
)
from engine.fs.entries import Content
from engine.shell.process import System
from engine.shell.registry import programs
from engine.shell.run import execute
from engine.shell.streams import BytesInput, Collector

NOW = 1_767_323_045 * SECOND
PASSWD = b"root:x:0:0:root:/root:/bin/sh\nlearner:x:1000:1000::/home/learner:/bin/sh\n"
GROUP = b"root:x:0:\nstaff:x:50:learner\nlearner:x:1000:\n"


@dataclass
class Result:
    status: int
    stdout: bytes
    stderr: str

    @property
    def text(self) -> str:
        return self.stdout.decode()


@dataclass
class Laboratory:
    """One machine; ``busybox`` makes every program an applet of one binary."""

    busybox: bool = False
    limits: Limits = field(default_factory=Limits)
    entries: dict[str, Entry] = field(default_factory=dict)
    umask: int = 0o022
    env: dict[str, str] = field(default_factory=lambda: {"PATH": "/bin", "HOME": "/root"})

    def __post_init__(self) -> None:
        base: dict[str, Entry] = {
            "etc": Directory(),
            "etc/passwd": File(Content(PASSWD)),
            "etc/group": File(Content(GROUP)),
            "bin": Directory(),
            "tmp": Directory(mode=0o1777),
            "dev": Directory(),
            "dev/null": Device("char", 1, 3, 0o666),
            "dev/zero": Device("char", 1, 5, 0o666),
        }
        names = {name for entry in programs() for name in entry.names}
        if self.busybox:
            base["bin/busybox"] = File(program_stub("busybox", 1_000_000), 0o755)
        for name in names:
            path = f"bin/{name}"
            base[path] = Symlink("busybox") if self.busybox else File(program_stub(name, 50_000), 0o755)
        base.update(self.entries)
        self.clock = Clock(NOW)
        self.tree = OverlayFS(View.of((Layer(base),)), clock=self.clock)
        self.namespace = Namespace(self.tree)
        self.budget = Budget(self.limits)
        self.files = Files(self.namespace, self.clock, self.budget, umask=self.umask)

    def run(self, *argv: str, stdin: bytes = b"", user: Credentials | None = None) -> Result:
        """Run one program with a fresh budget."""
        self.budget = Budget(self.limits)
        self.files.budget = self.budget
        files = self.files if user is None else self.files.as_user(user)
        system = System(self.namespace, self.clock, self.budget, hostname="lab")
        stdout, stderr = Collector(), Collector()
        status = execute(system, files, self.env, argv, BytesInput(stdin, self.budget), stdout, stderr)
        return Result(status, stdout.data, stderr.data.decode("utf-8", "surrogateescape"))
