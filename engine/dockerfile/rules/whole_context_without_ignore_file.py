"""WholeContextWithoutIgnoreFile (our own): everything in the directory ends up in the image."""

from collections.abc import Iterator

from engine.build.ops import CopyOp
from engine.dockerfile.lint import Cost, LintSubject, Report, rule
from engine.dockerfile.rules.copy_before_install import copies_everything
from engine.wording import Sentence

_DETAIL = "'%(instruction)s' copies the whole build context, as there is no .dockerignore"


@rule(
    "WholeContextWithoutIgnoreFile",
    "A .dockerignore file should leave out what the image does not need",
    own=True,
    bad="FROM busybox\nCOPY . /app\n",
    good="FROM busybox\nCOPY . /app\n",
    good_ignore=".git\n",
)
def check(subject: LintSubject) -> Iterator[Report]:
    """``COPY .`` without an ignore file takes in .git, local settings and old build results."""
    if not subject.has_context or (subject.matcher is not None and subject.matcher.patterns):
        return
    for _, trace in subject.applied():
        if isinstance(trace.operation, CopyOp) and copies_everything(trace.operation):
            yield Report(
                Sentence(_DETAIL, instruction=trace.instruction.text),
                trace.instruction.location,
                trace.instruction.node.comments,
                Cost(stored=subject.stored_bytes(trace, trace.operation.destination_path)),
            )
