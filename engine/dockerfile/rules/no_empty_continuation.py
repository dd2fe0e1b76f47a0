"""NoEmptyContinuation."""

from collections.abc import Iterator

from engine.build.ops import SourceRange
from engine.dockerfile.lint import LintSubject, Phase, Report, rule


@rule(
    "NoEmptyContinuation",
    "Empty continuation lines will become errors in a future release",
    phase=Phase.PARSE,
    bad="FROM busybox\nRUN echo one && \\\n\n    echo two\n",
    good="FROM busybox\nRUN echo one && \\\n    # a comment may stand here\n    echo two\n",
)
def check(subject: LintSubject) -> Iterator[Report]:
    """An empty line inside an instruction; Docker names the last line of the instruction."""
    for line in subject.result.source.file.empty_continuations:
        yield Report("Empty continuation line", SourceRange(line, 0, line, 0))
