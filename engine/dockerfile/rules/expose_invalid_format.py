"""ExposeInvalidFormat."""

from collections.abc import Iterator

from engine.dockerfile.frontend import InstructionTrace
from engine.dockerfile.instructions.expose import Expose
from engine.dockerfile.lint import LintSubject, Report, rule
from engine.dockerfile.words import WordLexer


@rule(
    "ExposeInvalidFormat",
    "IP address and host-port mapping should not be used in EXPOSE instruction. This will become an error in "
    "a future release",
    bad="FROM busybox\nEXPOSE 127.0.0.1:80:80\n",
    good="FROM busybox\nEXPOSE 80\n",
)
def check(subject: LintSubject) -> Iterator[Report]:
    """More than a port: publishing is a matter of ``docker run``."""
    for trace, port in exposed(subject):
        if port.rpartition(":")[0].strip(":"):
            detail = (
                f"EXPOSE instruction should not define an IP address or host-port mapping, found '{port}'"
            )
            yield Report(detail, trace.instruction.location, trace.instruction.node.comments)


def exposed(subject: LintSubject) -> Iterator[tuple[InstructionTrace, str]]:
    """Every port of every EXPOSE, variables replaced."""
    lexer = WordLexer(subject.result.source.file.escape)
    for _, trace in subject.applied():
        if isinstance(trace.instruction, Expose) and trace.operation is not None:
            env = dict(entry.partition("=")[::2] for entry in trace.operation.env)
            for word in trace.instruction.ports:
                for port in lexer.expand(word, env).words:
                    yield trace, port
