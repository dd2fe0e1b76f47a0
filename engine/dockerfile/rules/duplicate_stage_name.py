"""DuplicateStageName."""

from collections.abc import Iterator

from engine.dockerfile.gotext import quote
from engine.dockerfile.lint import LintSubject, Phase, Report, rule


@rule(
    "DuplicateStageName",
    "Stage names should be unique",
    phase=Phase.STAGES,
    bad="FROM busybox AS builder\nFROM busybox AS builder\n",
    good="FROM busybox AS builder\nFROM busybox AS final\n",
)
def check(subject: LintSubject) -> Iterator[Report]:
    """A stage named like an earlier one."""
    seen: set[str] = set()
    for stage in subject.result.source.stages:
        if stage.name and stage.name in seen:
            detail = f"Duplicate stage name {quote(stage.name)}, stage names should be unique"
            yield Report(detail, stage.location)
        seen.add(stage.name)
