"""WorkdirRelativePath."""

from collections.abc import Iterator

from engine.dockerfile.gotext import quote
from engine.dockerfile.instructions.workdir import Workdir
from engine.dockerfile.lint import LintSubject, Report, rule


@rule(
    "WorkdirRelativePath",
    "Relative workdir without an absolute workdir declared within the build can have unexpected results if "
    "the base image changes",
    bad="FROM busybox\nWORKDIR app\n",
    good="FROM busybox\nWORKDIR /app\n",
)
def check(subject: LintSubject) -> Iterator[Report]:
    """The first WORKDIR of a stage, counted from the base image, is relative."""
    settled: dict[int, bool] = {}
    for stage in subject.compiled_stages():
        is_set = settled.get(stage.base_index, False) if stage.base_index is not None else False
        for trace in stage.instructions:
            instruction = trace.expanded
            if not isinstance(instruction, Workdir):
                continue
            if not is_set and not instruction.path.startswith("/"):
                path = quote(instruction.path)
                detail = f"Relative workdir {path} can have unexpected results if the base image changes"
                yield Report(detail, instruction.location, instruction.node.comments)
            is_set = True
        settled[stage.stage.index] = is_set
