"""LegacyKeyValueFormat."""

from collections.abc import Iterator

from engine.dockerfile.instructions.env import Env
from engine.dockerfile.instructions.label import Label
from engine.dockerfile.lint import LintSubject, Report, rule


@rule(
    "LegacyKeyValueFormat",
    "Legacy key/value format with whitespace separator should not be used",
    bad="FROM busybox\nENV DIR /app\n",
    good="FROM busybox\nENV DIR=/app\n",
)
def check(subject: LintSubject) -> Iterator[Report]:
    """``ENV name value`` and ``LABEL name value``."""
    for _, trace in subject.applied():
        instruction = trace.expanded
        if isinstance(instruction, Env | Label):
            for pair in instruction.pairs:
                if pair.legacy:
                    name = instruction.node.keyword
                    detail = f'"{name} key=value" should be used instead of legacy "{name} key value" format'
                    yield Report(detail, instruction.location, instruction.node.comments)
