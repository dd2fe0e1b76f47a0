"""FromAsCasing."""

from collections.abc import Iterator

from engine.dockerfile.instructions.from_ import From
from engine.dockerfile.lint import LintSubject, Phase, Report, rule


@rule(
    "FromAsCasing",
    "The 'as' keyword should match the case of the 'from' keyword",
    phase=Phase.PARSE,
    bad="FROM busybox as builder\n",
    good="FROM busybox AS builder\n",
)
def check(subject: LintSubject) -> Iterator[Report]:
    """FROM and AS in different case; a FROM in mixed case is another rule's business."""
    for instruction in subject.instructions():
        if not isinstance(instruction, From) or not instruction.as_keyword:
            continue
        keyword, as_keyword = instruction.node.keyword, instruction.as_keyword
        expected = {keyword.lower(): as_keyword.lower(), keyword.upper(): as_keyword.upper()}.get(keyword)
        if expected is not None and as_keyword != expected:
            detail = f"'{as_keyword}' and '{keyword}' keywords' casing do not match"
            yield Report(detail, instruction.location, instruction.node.comments)
