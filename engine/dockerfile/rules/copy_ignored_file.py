"""CopyIgnoredFile."""

from collections.abc import Iterator
from typing import Final

from engine.build.ops import ContextSource, CopyOp, PathItem
from engine.dockerfile.dockerignore import IgnoreMatcher
from engine.dockerfile.gotext import clean_path, quote
from engine.dockerfile.lint import LintSubject, Report, rule

_EVERYTHING: Final = frozenset({"*", "**", "**/*"})


@rule(
    "CopyIgnoredFile",
    "Attempting to Copy file that is excluded by .dockerignore",
    bad="FROM busybox\nCOPY secret.txt /\n",
    good="FROM busybox\nCOPY a.txt /\n",
    ignore="secret.txt\n",
)
def check(subject: LintSubject) -> Iterator[Report]:
    """A source the ignore file leaves out; not decided when the file takes things in again with ``!``."""
    matcher = subject.matcher
    if matcher is None or not matcher.patterns or matcher.has_exclusions:
        return
    for _, trace in subject.applied():
        operation = trace.operation
        if not isinstance(operation, CopyOp) or operation.origin != ContextSource():
            continue
        for item in operation.items:
            if isinstance(item, PathItem) and _is_ignored(matcher, item.path):
                keyword = operation.keyword.capitalize()
                path = quote(clean_path(item.path))
                detail = f"Attempting to {keyword} file {path} that is excluded by .dockerignore"
                yield Report(detail, trace.instruction.location, trace.instruction.node.comments)


def _is_ignored(matcher: IgnoreMatcher, path: str) -> bool:
    if clean_path(path) in (".", "/"):
        return any(pattern.text in _EVERYTHING for pattern in matcher.patterns)
    return matcher.ignores(path)
