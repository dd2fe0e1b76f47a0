"""PackageIndexUpdateApart (our own): a package index from yesterday's cache."""

from collections.abc import Iterator
from typing import Final

from engine.dockerfile.lint import LintSubject, Report, rule
from engine.wording import Sentence

_DETAIL = (
    "'%(name)s update' stays cached when the packages in line %(line)d change: use "
    "'%(name)s update && %(name)s %(install)s' in one RUN"
)

_MANAGERS: Final = (("apt-get", "install"), ("apt", "install"), ("apk", "add"))


@rule(
    "PackageIndexUpdateApart",
    "The package index should be updated in the step that installs packages",
    own=True,
    bad="FROM debian:bookworm-slim\nRUN apt-get update\nRUN apt-get install -y curl\n",
    good="FROM debian:bookworm-slim\n"
    "RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\n",
)
def check(subject: LintSubject) -> Iterator[Report]:
    """``update`` in a step of its own stays cached while the step that installs changes."""
    for stage in subject.compiled_stages():
        reports: list[Report] = []
        runs = [(trace, subject.commands(trace)) for trace in stage.instructions]
        runs = [(trace, commands) for trace, commands in runs if commands]
        for name, install in _MANAGERS:
            installing: int | None = None
            # From the end, so that each update meets the first step after it that installs something.
            for trace, commands in reversed(runs):
                updates = any(command.runs(name, "update") for command in commands)
                installs = any(command.runs(name, install) for command in commands)
                if installs and not updates:
                    installing = trace.instruction.location.start_line
                elif updates and not installs and installing is not None:
                    detail = Sentence(_DETAIL, name=name, install=install, line=installing)
                    reports.append(
                        Report(detail, trace.instruction.location, trace.instruction.node.comments)
                    )
        yield from reports
