"""JSONArgsRecommended."""

from collections.abc import Iterator

from engine.dockerfile.instructions.cmd import Cmd
from engine.dockerfile.instructions.entrypoint import Entrypoint
from engine.dockerfile.lint import LintSubject, Report, rule


@rule(
    "JSONArgsRecommended",
    "JSON arguments recommended for ENTRYPOINT/CMD to prevent unintended behavior related to OS signals",
    bad="FROM busybox\nENTRYPOINT top -b\n",
    good='FROM busybox\nENTRYPOINT ["top", "-b"]\n',
)
def check(subject: LintSubject) -> Iterator[Report]:
    """The shell form of a command, unless the file chose its shell itself."""
    for _, trace in subject.applied():
        instruction = trace.expanded
        if isinstance(instruction, Cmd | Entrypoint) and instruction.shell_form:
            if trace.config_before.shell:
                continue
            yield Report(
                f"JSON arguments recommended for {instruction.node.keyword} to prevent unintended behavior "
                "related to OS signals",
                instruction.location,
                instruction.node.comments,
            )
