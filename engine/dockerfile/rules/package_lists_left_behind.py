"""PackageListsLeftBehind (our own): what a package manager leaves in the layer."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from engine.build.ops import RunOp, StageSource
from engine.dockerfile.commands import Command, absolute, is_below
from engine.dockerfile.lint import Cost, LintSubject, Report, rule
from engine.wording import Sentence

_END = "end the step with '%(command)s'"
_USE = "use '%(command)s'"
_DETAIL = "The files in %(path)s stay in this layer: %(advice)s"


@dataclass(frozen=True, slots=True)
class _Leftover:
    """``managers`` that leave files in ``path``, and what keeps them from it."""

    managers: tuple[tuple[str, str], ...]
    path: str
    option: str
    cleaner: tuple[str, str]
    advice: str


_LEFTOVERS: Final = (
    _Leftover(
        (("apt-get", "update"), ("apt", "update")),
        "/var/lib/apt/lists",
        "",
        ("", ""),
        Sentence(_END, command="rm -rf /var/lib/apt/lists/*"),
    ),
    _Leftover(
        (("apk", "add"),),
        "/var/cache/apk",
        "--no-cache",
        ("", ""),
        Sentence(_USE, command="apk add --no-cache"),
    ),
    _Leftover(
        (("yum", "install"),), "/var/cache/yum", "", ("yum", "clean"), Sentence(_END, command="yum clean all")
    ),
    _Leftover(
        (("dnf", "install"),), "/var/cache/dnf", "", ("dnf", "clean"), Sentence(_END, command="dnf clean all")
    ),
)


@rule(
    "PackageListsLeftBehind",
    "Package lists should not stay in a layer",
    own=True,
    bad="FROM debian:bookworm-slim\nRUN apt-get update && apt-get install -y curl\n",
    good="FROM debian:bookworm-slim\n"
    "RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\n",
)
def check(subject: LintSubject) -> Iterator[Report]:
    """Lists or caches a package manager downloaded stay in a layer of the image that is built."""
    in_result = _stages_in_result(subject)
    for stage, trace in subject.applied():
        operation = trace.operation
        if not isinstance(operation, RunOp) or stage.stage.index not in in_result:
            continue
        commands = subject.commands(trace)
        for leftover in _LEFTOVERS:
            if _leaves(operation, commands, leftover):
                yield Report(
                    Sentence(_DETAIL, path=leftover.path, advice=leftover.advice),
                    trace.instruction.location,
                    trace.instruction.node.comments,
                    Cost(stored=subject.stored_bytes(trace, leftover.path)),
                )


def _leaves(operation: RunOp, commands: tuple[Command, ...], leftover: _Leftover) -> bool:
    users = [command for command in commands for name, what in leftover.managers if command.runs(name, what)]
    if not users or (leftover.option and all(leftover.option in command.args for command in users)):
        return False
    if any(is_below(leftover.path, mount.target) for mount in operation.mounts if mount.kind != "bind"):
        return False
    if leftover.cleaner[0] and any(command.runs(*leftover.cleaner) for command in commands):
        return False
    return not any(
        command.name == "rm" and is_below(leftover.path, absolute(operand, operation.working_dir))
        for command in commands
        for operand in command.operands
    )


def _stages_in_result(subject: LintSubject) -> set[int]:
    """The stages whose layers the target image has."""
    plan = subject.result.plan
    found: set[int] = set()
    index = plan.target if plan else None
    while plan is not None and index is not None and index not in found:
        found.add(index)
        base = plan.stages[index].base
        index = base.index if isinstance(base, StageSource) else None
    return found
