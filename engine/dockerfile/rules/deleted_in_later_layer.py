"""DeletedInLaterLayer (our own): a deletion that frees nothing."""

from collections.abc import Iterator
from typing import Final

from engine.build.ops import CopyOp, RunOp
from engine.dockerfile.commands import Command, PathIndex, absolute, ancestors, copied_paths
from engine.dockerfile.frontend import InstructionTrace
from engine.dockerfile.lint import Cost, LintSubject, Report, rule
from engine.wording import Sentence

_DETAIL = "%(path)s is deleted here, but the layer of line %(line)d still stores it"

_WRITTEN: Final = {
    ("apt-get", "update"): ("/var/lib/apt/lists",),
    ("apt", "update"): ("/var/lib/apt/lists",),
    ("apt-get", "install"): ("/var/cache/apt",),
    ("apt", "install"): ("/var/cache/apt",),
    ("apk", "add"): ("/var/cache/apk",),
    ("apk", "update"): ("/var/cache/apk",),
    ("yum", "install"): ("/var/cache/yum",),
    ("dnf", "install"): ("/var/cache/dnf",),
    ("pip", "install"): ("/root/.cache/pip",),
    ("pip3", "install"): ("/root/.cache/pip",),
    ("npm", "install"): ("/root/.npm",),
    ("npm", "ci"): ("/root/.npm",),
}
_READERS: Final = frozenset({"rm", "ls", "cat", "cd", "test", "[", "grep", "chmod", "chown", "find", "wc"})


@rule(
    "DeletedInLaterLayer",
    "Files should be deleted in the layer that made them",
    own=True,
    bad="FROM busybox\nCOPY big.tar /tmp/big.tar\nRUN tar -xf /tmp/big.tar -C /opt\nRUN rm /tmp/big.tar\n",
    good="FROM busybox\nADD big.tar /opt/\n",
)
def check(subject: LintSubject) -> Iterator[Report]:
    """A later step deletes what an earlier layer stores; the layer keeps it, only hidden."""
    for stage in subject.compiled_stages():
        copied: PathIndex[InstructionTrace] = PathIndex()
        made: PathIndex[InstructionTrace] = PathIndex()
        for trace in stage.instructions:
            operation = trace.operation
            if isinstance(operation, CopyOp):
                for path in copied_paths(operation):
                    copied.add(path, trace)
            elif isinstance(operation, RunOp):
                commands = subject.commands(trace)
                deleted = _deleted(commands, operation.working_dir)
                for path in deleted:
                    maker = made.under(path) or copied.under(path) or copied.covering(path)
                    if maker is not None:
                        line = maker.instruction.location.start_line
                        yield Report(
                            Sentence(_DETAIL, path=path, line=line),
                            trace.instruction.location,
                            trace.instruction.node.comments,
                            Cost(stored=subject.stored_bytes(maker, path)),
                        )
                for path in _written(commands):
                    if not deleted or deleted.keys().isdisjoint(ancestors(path)):
                        made.add(path, trace)


def _deleted(commands: tuple[Command, ...], working_dir: str) -> dict[str, None]:
    return {
        absolute(operand, working_dir): None
        for command in commands
        if command.name == "rm"
        for operand in command.operands
        if "$" not in operand
    }


def _written(commands: tuple[Command, ...]) -> Iterator[str]:
    """The paths commands seem to write: those they name, and those their programs are known for."""
    for command in commands:
        yield from _WRITTEN.get((command.name, command.subcommand), ())
        if command.name not in _READERS:
            for word in command.args:
                if "/" in word:
                    path = word if word.startswith("/") else word.partition("=")[2]
                    if path.startswith("/") and len(path) > 1:
                        yield absolute(path, "/")
