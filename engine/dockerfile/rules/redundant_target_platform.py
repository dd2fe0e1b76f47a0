"""RedundantTargetPlatform."""

from collections.abc import Iterator
from typing import Final

from engine.dockerfile.lint import LintSubject, Report, rule

_VARIABLE: Final = "TARGETPLATFORM"


@rule(
    "RedundantTargetPlatform",
    "Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default behavior",
    bad="FROM --platform=$TARGETPLATFORM busybox\n",
    good="FROM --platform=$BUILDPLATFORM busybox\n",
)
def check(subject: LintSubject) -> Iterator[Report]:
    """``--platform`` says exactly what is built for anyway."""
    for trace in subject.result.traces:
        words = trace.platform_words
        if words is None or words.matched != (_VARIABLE,) or words.unmatched:
            continue
        if words.result == subject.result.global_args.get(_VARIABLE, ""):
            written = trace.stage.from_.platform
            detail = (
                f"Setting platform to predefined {written} in FROM is redundant as this is the default "
                "behavior"
            )
            yield Report(detail, trace.stage.location, trace.stage.from_.node.comments)
