"""UndefinedArgInFrom."""

from collections.abc import Iterator
from typing import Final

from engine.dockerfile.lint import LintSubject, Phase, Report, rule
from engine.dockerfile.suggest import did_you_mean

_COMPARISONS: Final = 100_000
"""With how many names a file's undeclared arguments are compared to find suggestions."""


@rule(
    "UndefinedArgInFrom",
    "FROM command must use declared ARGs",
    phase=Phase.BUILD,
    bad="FROM busybox:1${VARIANT}\n",
    good='ARG VARIANT=""\nFROM busybox:1${VARIANT}\n',
)
def check(subject: LintSubject) -> Iterator[Report]:
    """A variable behind FROM that no ARG before the first FROM declares."""
    compared = 0
    for trace in subject.result.traces:
        for words in (trace.base_words, trace.platform_words):
            for name in words.unmatched if words else ():
                if name not in trace.known_args:
                    detail = f"FROM argument '{name}' is not declared"
                    compared += len(trace.known_args)
                    if compared < _COMPARISONS:
                        detail = did_you_mean(detail, name, trace.known_args)
                    yield Report(detail, trace.stage.location, trace.stage.from_.node.comments)
