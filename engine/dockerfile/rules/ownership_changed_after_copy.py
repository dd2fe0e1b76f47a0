"""OwnershipChangedAfterCopy (our own): the same files stored twice."""

from collections.abc import Iterator

from engine.build.ops import CopyOp, RunOp
from engine.dockerfile.commands import Command, PathIndex, absolute, copied_paths
from engine.dockerfile.frontend import InstructionTrace
from engine.dockerfile.lint import Cost, LintSubject, Report, rule
from engine.wording import Sentence

_DETAIL = "'%(command)s' stores the files copied in line %(line)d a second time: use %(instead)s"


@rule(
    "OwnershipChangedAfterCopy",
    "Owner and mode should be set while files are copied",
    own=True,
    bad="FROM busybox\nCOPY run.sh /usr/local/bin/run.sh\nRUN chmod 755 /usr/local/bin/run.sh\n",
    good="FROM busybox\nCOPY --chmod=755 run.sh /usr/local/bin/run.sh\n",
)
def check(subject: LintSubject) -> Iterator[Report]:
    """chmod or chown in a RUN copies every file it touches into a second layer."""
    for stage in subject.compiled_stages():
        copied: PathIndex[InstructionTrace] = PathIndex()
        for trace in stage.instructions:
            operation = trace.operation
            if isinstance(operation, CopyOp):
                for path in copied_paths(operation):
                    copied.add(path, trace)
            elif isinstance(operation, RunOp):
                for command, path in _changes(subject.commands(trace), operation.working_dir):
                    source = copied.under(path) or copied.covering(path)
                    if source is not None:
                        line = source.instruction.location.start_line
                        yield Report(
                            Sentence(
                                _DETAIL,
                                command=f"{command} {path}",
                                line=line,
                                instead=f"{source.instruction.keyword} --{command}",
                            ),
                            trace.instruction.location,
                            trace.instruction.node.comments,
                            Cost(stored=subject.stored_bytes(source, path)),
                        )


def _changes(commands: tuple[Command, ...], working_dir: str) -> list[tuple[str, str]]:
    return [
        (command.name, absolute(operand, working_dir))
        for command in commands
        if command.name in ("chmod", "chown")
        for operand in command.operands[1:]
        if "$" not in operand
    ]
