"""InvalidDefinitionDescription."""

from collections.abc import Iterator

from engine.dockerfile.instructions.arg import Arg
from engine.dockerfile.instructions.from_ import From
from engine.dockerfile.lint import LintSubject, Phase, Report, rule


@rule(
    "InvalidDefinitionDescription",
    "Comment for build stage or argument should follow the format: `# <arg/stage name> <description>`. If "
    "this is not intended to be a description comment, add an empty line or comment between the instruction "
    "and the comment.",
    phase=Phase.PARSE,
    experimental=True,
    bad="# check=experimental=all\n# the version\nARG VERSION=1\nFROM busybox\n",
    good="# check=experimental=all\n# VERSION is the version\nARG VERSION=1\nFROM busybox\n",
)
def check(subject: LintSubject) -> Iterator[Report]:
    """The comment before an ARG or FROM does not start with the name it describes."""
    for instruction in subject.instructions():
        names: list[str] = []
        if isinstance(instruction, Arg):
            names = [argument.name for argument in instruction.arguments]
        elif isinstance(instruction, From) and instruction.name:
            names = [instruction.name]
        comments = instruction.node.comments
        if not names or not comments or comments[-1].split(" ")[0] in names:
            continue
        example = names[0] if len(names) == 1 else "<arg_key>"
        detail = f"Comment for {instruction.keyword} should follow the format: `# {example} <description>`"
        yield Report(detail, instruction.location, comments)
