"""CopyBeforeInstall (our own): the order of steps that makes the cache useless."""

from collections.abc import Iterator
from typing import Final

from engine.build.ops import ContextSource, CopyOp, PathItem
from engine.dockerfile.commands import Command
from engine.dockerfile.frontend import InstructionTrace
from engine.dockerfile.gotext import clean_path
from engine.dockerfile.lint import Cost, LintSubject, Report, rule
from engine.wording import Sentence

_DETAIL = (
    "Everything is copied before '%(command)s' in line %(line)d: a change of any file installs the "
    "dependencies again (%(advice)s)"
)
_FIRST = "copy %(manifest)s first"
_BEFORE = "install them before this step"

_MANIFESTS: Final = {
    ("pip", "install"): "requirements.txt",
    ("pip3", "install"): "requirements.txt",
    ("npm", "install"): "package.json and package-lock.json",
    ("npm", "ci"): "package.json and package-lock.json",
    ("yarn", "install"): "package.json and yarn.lock",
    ("bundle", "install"): "Gemfile and Gemfile.lock",
    ("composer", "install"): "composer.json and composer.lock",
    ("poetry", "install"): "pyproject.toml and poetry.lock",
    ("go", "mod"): "go.mod and go.sum",
    ("cargo", "fetch"): "Cargo.toml and Cargo.lock",
    ("apt-get", "install"): "",
    ("apt", "install"): "",
    ("apk", "add"): "",
    ("yum", "install"): "",
    ("dnf", "install"): "",
}


@rule(
    "CopyBeforeInstall",
    "Dependencies should be installed before everything else is copied",
    own=True,
    bad="FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n",
    good="FROM python:3.12-slim\nWORKDIR /app\nCOPY requirements.txt .\n"
    "RUN pip install -r requirements.txt\nCOPY . .\n",
)
def check(subject: LintSubject) -> Iterator[Report]:
    """The whole context is copied first, so every change of any file installs the dependencies again."""
    for stage in subject.compiled_stages():
        everything: InstructionTrace | None = None
        for trace in stage.instructions:
            if isinstance(trace.operation, CopyOp) and copies_everything(trace.operation):
                everything = everything or trace
            found = _install(subject.commands(trace)) if everything else None
            if everything is not None and found is not None:
                command, manifest = found
                advice = Sentence(_FIRST, manifest=manifest) if manifest else Sentence(_BEFORE)
                yield Report(
                    Sentence(
                        _DETAIL,
                        command=f"{command.name} {command.subcommand}",
                        line=trace.instruction.location.start_line,
                        advice=advice,
                    ),
                    everything.instruction.location,
                    everything.instruction.node.comments,
                    Cost(rebuilt_steps=subject.rebuilt_after(stage, everything)),
                )
                break


def copies_everything(operation: CopyOp) -> bool:
    """True for a copy of the whole build context."""
    return operation.origin == ContextSource() and any(
        isinstance(item, PathItem) and clean_path("/" + item.path) in ("/", "/*") for item in operation.items
    )


def _install(commands: tuple[Command, ...]) -> tuple[Command, str] | None:
    for command in commands:
        manifest = _MANIFESTS.get((command.name, command.subcommand))
        if manifest is not None and not _installs_itself(command):
            return command, manifest
    return None


def _installs_itself(command: Command) -> bool:
    """``pip install .`` needs the sources, so it cannot come before them."""
    return any(operand in (".", "./", "-e") for operand in command.args)
