"""Runs a snippet in the simulation, in surroundings like the recorder's."""

from dataclasses import dataclass
from functools import cache

from engine.budget import Budget, Limits
from engine.clock import Clock
from engine.fs import EMPTY_VIEW, Device, Files, Layer, Namespace, OverlayFS, View, program_stub
from engine.shell.flavour import ASH, BASH, DASH
from engine.shell.interpreter import Shell
from engine.shell.process import System
from engine.shell.registry import programs
from engine.shell.state import ShellState
from engine.shell.streams import BytesInput, Collector

DIRECTORY = "/tmp/snippet"
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8"}
FLAVOURS = {"dash": DASH, "bash": BASH, "ash": ASH}
NOW = 1_750_000_000 * 1_000_000_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run printed and how it ended."""

    stdout: str
    stderr: str
    status: int


@cache
def _root(shell: str) -> Layer:
    """A small root file system with every simulated program."""
    tree = OverlayFS(EMPTY_VIEW, clock=Clock(NOW))
    files = Files(Namespace(tree), Clock(NOW), Budget())
    for path in ("/usr/bin", "/bin", "/tmp/snippet", "/dev", "/etc", "/root"):
        files.make_dirs(path)
    for program in programs():
        for name in program.names:
            if "/" not in name:
                files.write(f"/usr/bin/{name}", program_stub(name, 1000), 0o755)
    target = {"dash": "dash", "bash": "bash", "ash": "busybox"}[shell]
    files.write(f"/bin/{target}", program_stub(target), 0o755)
    files.symlink(target, "/bin/sh")
    for name, minor in (("null", 3), ("zero", 5), ("full", 7), ("urandom", 9)):
        files.make_device(f"/dev/{name}", Device("char", 1, minor, 0o666))
    files.write("/etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n")
    files.write("/etc/group", b"root:x:0:\n")
    return tree.upper_layer()


def new_shell(shell: str, limits: Limits | None = None) -> Shell:
    """A shell of the given kind in an empty directory."""
    clock = Clock(NOW)
    budget = Budget(limits)
    tree = OverlayFS(View.of((_root(shell),)), clock=clock)
    system = System(Namespace(tree), clock, budget)
    flavour = FLAVOURS[shell]
    name = "bash" if shell == "bash" else "sh"
    state = ShellState.initial(ENVIRONMENT, DIRECTORY, flavour, name=name, pid=4242)
    return Shell(system, state, Files(system.namespace, clock, budget))


def run(shell: str, text: str, limits: Limits | None = None, stdin: bytes = b"") -> Outcome:
    """Execute ``text`` as ``sh -c`` does."""
    interpreter = new_shell(shell, limits)
    out, err = Collector(), Collector()
    status = interpreter.run_script(text, BytesInput(stdin, interpreter.budget), out, err)
    return Outcome(out.data.decode("utf-8", "replace"), err.data.decode("utf-8", "replace"), status)
