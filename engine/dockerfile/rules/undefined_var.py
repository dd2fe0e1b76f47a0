"""UndefinedVar."""

from collections.abc import Iterator
from typing import Final

from engine.dockerfile.lint import LintSubject, Report, rule
from engine.dockerfile.suggest import closest

_NOT_VARIABLES: Final = frozenset({"BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"})


_COMPARISONS: Final = 100_000
"""With how many names a file's unset variables are compared to find suggestions."""


@rule(
    "UndefinedVar",
    "Variables should be defined before their use",
    bad="FROM busybox\nCOPY $foo .\n",
    good="FROM busybox\nARG foo=a.txt\nCOPY $foo .\n",
)
def check(subject: LintSubject) -> Iterator[Report]:
    """A variable that neither ENV nor ARG has set when it is used (RUN leaves that to the shell)."""
    compared = 0
    for _, trace in subject.applied():
        for variable in trace.unset:
            if variable.name in _NOT_VARIABLES:
                continue
            detail = f"Usage of undefined variable '${variable.name}'"
            compared += len(variable.known)
            suggestion = closest(variable.name, variable.known) if compared < _COMPARISONS else ""
            if suggestion:
                detail += f" (did you mean ${suggestion}?)"
            yield Report(detail, trace.instruction.location, trace.instruction.node.comments)
