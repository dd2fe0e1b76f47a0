"""ReservedStageName."""

from collections.abc import Iterator

from engine.dockerfile.gotext import quote
from engine.dockerfile.lint import LintSubject, Phase, Report, rule


@rule(
    "ReservedStageName",
    "Reserved words should not be used as stage names",
    phase=Phase.STAGES,
    bad="FROM busybox AS scratch\n",
    good="FROM busybox AS builder\n",
)
def check(subject: LintSubject) -> Iterator[Report]:
    """A stage named like something that is no stage."""
    for stage in subject.result.source.stages:
        if stage.name in ("scratch", "context"):
            name = quote(stage.name)
            detail = f"Stage name should not use the same name as reserved stage {name}"
            yield Report(detail, stage.location)
