"""ExposeProtoCasing."""

from collections.abc import Iterator

from engine.dockerfile.lint import LintSubject, Report, rule
from engine.dockerfile.rules.expose_invalid_format import exposed


@rule(
    "ExposeProtoCasing",
    "Protocol in EXPOSE instruction should be lowercase",
    bad="FROM busybox\nEXPOSE 80/TcP\n",
    good="FROM busybox\nEXPOSE 80/tcp\n",
)
def check(subject: LintSubject) -> Iterator[Report]:
    """A protocol with capitals."""
    for trace, port in exposed(subject):
        protocol = port.rpartition(":")[2].partition("/")[2]
        if protocol != protocol.lower():
            detail = f"Defined protocol '{port}' in EXPOSE instruction should be lowercase"
            yield Report(detail, trace.instruction.location, trace.instruction.node.comments)
