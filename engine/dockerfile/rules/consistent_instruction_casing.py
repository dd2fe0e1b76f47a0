"""ConsistentInstructionCasing."""

from collections.abc import Iterator

from engine.dockerfile.lint import LintSubject, Phase, Report, rule


@rule(
    "ConsistentInstructionCasing",
    "All commands within the Dockerfile should use the same casing (either upper or lower)",
    phase=Phase.STAGES,
    bad="FROM busybox\nrun echo hello > /greeting.txt\nCOPY a.txt /\n",
    good="FROM busybox\nRUN echo hello > /greeting.txt\nCOPY a.txt /\n",
)
def check(subject: LintSubject) -> Iterator[Report]:
    """A keyword that is not in the case most keywords are in (upper case when there is a tie)."""
    counted = list(subject.staged_instructions())
    keywords = [one.node.keyword for one in counted]
    lower = sum(keyword == keyword.lower() for keyword in keywords)
    upper = sum(keyword == keyword.upper() != keyword.lower() for keyword in keywords)
    wanted = "lowercase" if lower > upper else "uppercase"
    for instruction in counted:
        keyword = instruction.node.keyword
        if keyword != (keyword.lower() if wanted == "lowercase" else keyword.upper()):
            detail = f"Command '{keyword}' should match the case of the command majority ({wanted})"
            yield Report(detail, instruction.location)
