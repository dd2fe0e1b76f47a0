"""FromPlatformFlagConstDisallowed."""

from collections.abc import Iterator

from engine.dockerfile.lint import LintSubject, Report, rule
from engine.dockerfile.platforms import PlatformError, parse_platform


@rule(
    "FromPlatformFlagConstDisallowed",
    "FROM --platform flag should not use a constant value",
    bad="FROM --platform=linux/amd64 busybox\n",
    good="FROM --platform=$BUILDPLATFORM busybox\n",
)
def check(subject: LintSubject) -> Iterator[Report]:
    """``--platform`` without a variable, unless the stage's name tells of the platform."""
    for trace in subject.result.traces:
        words = trace.platform_words
        if words is None or words.matched or words.unmatched:
            continue
        try:
            system, architecture = parse_platform(words.result).split("/")[:2]
        except PlatformError:
            continue
        if system not in trace.stage.name and architecture not in trace.stage.name:
            detail = f'FROM --platform flag should not use constant value "{words.result}"'
            yield Report(detail, trace.stage.location, trace.stage.from_.node.comments)
