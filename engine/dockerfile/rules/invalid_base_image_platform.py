"""InvalidBaseImagePlatform."""

from collections.abc import Iterator

from engine.dockerfile.gotext import quote
from engine.dockerfile.lint import LintSubject, Report, rule
from engine.dockerfile.platforms import parse_platform


@rule(
    "InvalidBaseImagePlatform",
    "Base image platform does not match expected target platform",
    bad="FROM --platform=linux/arm64 busybox AS arm64\n",
    good="FROM busybox\n",
)
def check(subject: LintSubject) -> Iterator[Report]:
    """The base image that was found is for another system or processor."""
    for trace in subject.result.traces:
        if not trace.base_platform or trace.base_words is None:
            continue
        actual = parse_platform(trace.base_platform)
        if actual.split("/")[:2] != trace.platform.split("/")[:2]:
            detail = (
                f"Base image {trace.base_words.result} was pulled with platform {quote(actual)}, expected "
                f"{quote(trace.platform)} for current build"
            )
            yield Report(detail, trace.stage.location, trace.stage.from_.node.comments)
