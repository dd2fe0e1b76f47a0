"""MaintainerDeprecated."""

from collections.abc import Iterator

from engine.dockerfile.instructions.maintainer import Maintainer
from engine.dockerfile.lint import LintSubject, Phase, Report, rule


@rule(
    "MaintainerDeprecated",
    "The MAINTAINER instruction is deprecated, use a label instead to define an image author",
    phase=Phase.PARSE,
    bad="FROM busybox\nMAINTAINER someone@lab.example\n",
    good='FROM busybox\nLABEL org.opencontainers.image.authors="someone@lab.example"\n',
)
def check(subject: LintSubject) -> Iterator[Report]:
    """Any MAINTAINER."""
    for instruction in subject.instructions():
        if isinstance(instruction, Maintainer):
            detail = "Maintainer instruction is deprecated in favor of using label"
            yield Report(detail, instruction.location, instruction.node.comments)
