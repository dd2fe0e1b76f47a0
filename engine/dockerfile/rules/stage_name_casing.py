"""StageNameCasing."""

from collections.abc import Iterator

from engine.dockerfile.instructions.from_ import From
from engine.dockerfile.lint import LintSubject, Phase, Report, rule


@rule(
    "StageNameCasing",
    "Stage names should be lowercase",
    phase=Phase.PARSE,
    bad="FROM busybox AS BuilderBase\n",
    good="FROM busybox AS builder-base\n",
)
def check(subject: LintSubject) -> Iterator[Report]:
    """A stage name with capitals in it: it is found in lower case only."""
    for instruction in subject.instructions():
        if isinstance(instruction, From) and instruction.written_name != instruction.name:
            detail = f"Stage name '{instruction.written_name}' should be lowercase"
            yield Report(detail, instruction.location, instruction.node.comments)
