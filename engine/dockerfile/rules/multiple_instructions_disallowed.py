"""MultipleInstructionsDisallowed."""

from collections.abc import Iterator

from engine.build.ops import SourceRange
from engine.dockerfile.instructions.cmd import Cmd
from engine.dockerfile.instructions.entrypoint import Entrypoint
from engine.dockerfile.instructions.healthcheck import Healthcheck
from engine.dockerfile.lint import LintSubject, Report, rule


@rule(
    "MultipleInstructionsDisallowed",
    "Multiple instructions of the same type should not be used in the same stage",
    bad='FROM busybox\nCMD ["top"]\nCMD ["sh"]\n',
    good='FROM busybox\nCMD ["sh"]\n',
)
def check(subject: LintSubject) -> Iterator[Report]:
    """CMD, ENTRYPOINT or HEALTHCHECK again in one stage; the one that has no effect is reported."""
    for stage in subject.compiled_stages():
        before: dict[str, SourceRange] = {}
        for trace in stage.instructions:
            instruction = trace.instruction
            if not isinstance(instruction, Cmd | Entrypoint | Healthcheck) or trace.expanded is None:
                continue
            if instruction.keyword in before:
                yield Report(
                    f"Multiple {instruction.node.keyword} instructions should not be used in the same stage "
                    "because only the last one will be used",
                    before[instruction.keyword],
                    instruction.node.comments,
                )
            before[instruction.keyword] = instruction.location
