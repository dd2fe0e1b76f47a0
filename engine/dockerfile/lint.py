"""Build checks: what works but should be written differently.

One file in ``engine/dockerfile/rules/`` is one rule; `rule` adds it. Docker's own checks have Docker's
names and texts; the others say what Docker does not, in the same form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cache
from typing import Final, Protocol

from engine.build.ops import Operation, RunOp, SourceRange
from engine.discovery import import_submodules
from engine.dockerfile.commands import Command, commands_of
from engine.dockerfile.directives import find_directive, reference_of
from engine.dockerfile.dockerignore import IgnoreMatcher
from engine.dockerfile.errors import DockerfileError
from engine.dockerfile.frontend import FrontendResult, InstructionTrace, StageTrace
from engine.dockerfile.gotext import parse_bool, quote
from engine.dockerfile.instruction import Instruction
from engine.errors import EngineError

CHECK_ARGUMENT: Final = "BUILDKIT_DOCKERFILE_CHECK"
"""The build argument that replaces the ``# check=`` directive."""
_DOCUMENTATION: Final = "https://docs.docker.com/go/dockerfile/rule/"
_WORD_BORDER: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_COMMENT: Final = re.compile(r"check\s*=\s*(\S+)", re.IGNORECASE)


class Phase(IntEnum):
    """When Docker would notice: an error ends the checks of that phase and of later ones."""

    PARSE = 1
    STAGES = 2
    BUILD = 3


@dataclass(frozen=True, slots=True)
class Cost:
    """What a finding costs: ``stored`` bytes in layers (``None`` = unknown) and steps rebuilt in vain."""

    stored: int | None = None
    rebuilt_steps: tuple[str, ...] = ()


class StoredBytes(Protocol):
    """Says how many bytes an operation's layer stores below ``paths``; ``None`` when that is unknown."""

    def __call__(self, operation: Operation, paths: tuple[str, ...]) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Report:
    """What a rule says. ``comments`` are those before the instruction, which may switch the rule off."""

    detail: str
    location: SourceRange
    comments: tuple[str, ...] = ()
    cost: Cost | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A report with its rule. ``line`` is the first line it is about."""

    rule: str
    detail: str
    description: str
    url: str
    location: SourceRange
    cost: Cost | None = None

    @property
    def line(self) -> int:
        """The line Docker names."""
        return self.location.start_line


@dataclass(frozen=True, slots=True)
class LintSubject:
    """What rules look at.

    ``matcher`` is the ignore file of the context, ``None`` when there is none; ``has_context`` is false
    when nothing is known of the context. ``stored`` computes costs, if anyone can.
    """

    result: FrontendResult
    matcher: IgnoreMatcher | None = None
    has_context: bool = False
    stored: StoredBytes | None = None
    last_line: int | None = None
    _commands: dict[int, tuple[Command, ...]] = field(default_factory=dict)

    def instructions(self) -> Iterator[Instruction]:
        """Every instruction of the file that Docker got to read, FROM included, in file order."""
        yield from self._read(self.result.source.preamble)
        yield from self.staged_instructions()

    def staged_instructions(self) -> Iterator[Instruction]:
        """The same without those before the first FROM."""
        for stage in self.result.source.stages:
            yield from self._read((stage.from_, *stage.instructions))

    def _read(self, instructions: Iterable[Instruction]) -> Iterator[Instruction]:
        last = self.last_line
        for instruction in instructions:
            if last is None or instruction.location.start_line <= last:
                yield instruction

    def compiled_stages(self) -> Iterator[StageTrace]:
        """The stages that were compiled."""
        return (trace for trace in self.result.traces if trace.compiled)

    def applied(self) -> Iterator[tuple[StageTrace, InstructionTrace]]:
        """Every instruction that was applied, with its stage."""
        for stage in self.compiled_stages():
            for trace in stage.instructions:
                yield stage, trace

    def rebuilt_after(self, stage: StageTrace, trace: InstructionTrace) -> tuple[str, ...]:
        """The steps of the stage that are built again whenever this one is."""
        later = stage.instructions[stage.instructions.index(trace) + 1 :]
        return tuple(one.operation.name for one in later if one.operation and one.operation.name)

    def commands(self, trace: InstructionTrace) -> tuple[Command, ...]:
        """The commands a RUN consists of; none for anything else."""
        operation = trace.operation
        if not isinstance(operation, RunOp):
            return ()
        key = id(operation)
        if key not in self._commands:
            self._commands[key] = commands_of(operation)
        return self._commands[key]

    def stored_bytes(self, trace: InstructionTrace, *paths: str) -> int | None:
        """The bytes the layer of an instruction stores below ``paths``, if they can be computed."""
        if self.stored is None or trace.operation is None:
            return None
        return self.stored(trace.operation, paths)


Check = Callable[[LintSubject], Iterable[Report]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: ``own`` for those Docker does not have, ``experimental`` for those to be asked for.

    ``bad`` and ``good`` are a file it finds fault with and the same put right; ``ignore`` is the ignore
    file that belongs to them.
    """

    name: str
    description: str
    phase: Phase
    check: Check
    bad: str
    good: str
    ignore: str | None
    good_ignore: str | None
    own: bool
    experimental: bool

    @property
    def slug(self) -> str:
        """The name in lower case with hyphens, as used in addresses."""
        return _WORD_BORDER.sub("-", self.name).lower()

    @property
    def url(self) -> str:
        """Where Docker explains the rule; "" for one of our own."""
        return "" if self.own else f"{_DOCUMENTATION}{self.slug}/"


_RULES: dict[str, Rule] = {}


def rule(
    name: str,
    description: str,
    *,
    bad: str,
    good: str,
    phase: Phase = Phase.BUILD,
    ignore: str | None = None,
    good_ignore: str | None = None,
    own: bool = False,
    experimental: bool = False,
) -> Callable[[Check], Check]:
    """Register the decorated function as the rule ``name``."""

    def register(check: Check) -> Check:
        _RULES[name] = Rule(
            name, description, phase, check, bad, good, ignore, good_ignore or ignore, own, experimental
        )
        return check

    return register


@cache
def rules() -> dict[str, Rule]:
    """All rules by name."""
    import_submodules("engine.dockerfile.rules")
    return dict(sorted(_RULES.items()))


# ---------------------------------------------------------------- options


class CheckOptionError(EngineError):
    """A ``check`` option Docker refuses."""


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """Which rules apply: ``# check=skip=A,B;error=true;experimental=C``."""

    skip: frozenset[str] = frozenset()
    skip_all: bool = False
    experimental: frozenset[str] = frozenset()
    experimental_all: bool = False
    error: bool = False

    @classmethod
    def parse(cls, text: str) -> CheckOptions:
        """Read the value of a ``check`` directive; raises `CheckOptionError`."""
        options = cls()
        for part in filter(None, (part.strip() for part in text.split(";"))):
            key, separator, value = (piece.strip() for piece in part.partition("="))
            names = frozenset(name.strip() for name in value.split(","))
            if not separator:
                raise CheckOptionError(f"invalid check option {quote(part)}")
            if key == "skip":
                options = replace(options, skip=names, skip_all=value == "all")
            elif key == "experimental":
                options = replace(options, experimental=names, experimental_all=value == "all")
            elif key == "error":
                error = parse_bool(value)
                if error is None:
                    raise CheckOptionError(
                        f"failed to parse check option {quote(part)}: strconv.ParseBool: "
                        f"parsing {quote(value)}: invalid syntax"
                    )
                options = replace(options, error=error)
            else:
                raise CheckOptionError(f"invalid check option {quote(key)}")
        return options

    def allows(self, one: Rule) -> bool:
        """True when the rule applies."""
        if one.experimental:
            return self.experimental_all or one.name in self.experimental
        return not self.skip_all and one.name not in self.skip

    def merged(self, comments: tuple[str, ...]) -> CheckOptions:
        """These options with what the comments before one instruction add."""
        options = self
        for comment in comments:
            found = _COMMENT.match(comment)
            if found is None:
                continue
            try:
                local = CheckOptions.parse(found.group(1))
            except CheckOptionError:
                # A comment is no place for errors; Docker passes over it as well.
                continue
            options = replace(
                options,
                skip=options.skip | local.skip,
                skip_all=options.skip_all or local.skip_all,
                experimental=options.experimental | local.experimental,
                experimental_all=options.experimental_all or local.experimental_all,
            )
        return options


def options_of(text: str, build_args: dict[str, str] | None = None) -> CheckOptions:
    """The options of a file; a build argument replaces its directive. Raises `CheckOptionError`."""
    given = (build_args or {}).get(CHECK_ARGUMENT)
    if given is None:
        directive = find_directive("check", text)
        given = reference_of(directive) if directive else ""
    try:
        return CheckOptions.parse(given)
    except CheckOptionError as error:
        raise CheckOptionError(f"failed to parse check options: {error}") from None


# ---------------------------------------------------------------- running


@dataclass(frozen=True, slots=True)
class LintResult:
    """Findings by line; ``error`` is what Docker would end the build with."""

    findings: tuple[Finding, ...]
    error: str


def lint(
    subject: LintSubject, options: CheckOptions, *, own: bool = True, strict: bool = False
) -> LintResult:
    """Run all rules.

    Without ``own`` only Docker's. With ``strict`` the checks end where Docker's would: at the first
    error of the file.
    """
    last_phase: int = Phase.BUILD
    if strict:
        subject, last_phase = _until_error(subject)
    findings: list[Finding] = []
    for one in rules().values():
        if one.phase > last_phase or (one.own and not own):
            continue
        findings += [
            Finding(one.name, report.detail, one.description, one.url, report.location, report.cost)
            for report in one.check(subject)
            if options.merged(report.comments).allows(one)
        ]
    findings.sort(key=lambda finding: finding.line)
    error = str(subject.result.error) if subject.result.error else ""
    if not error and options.error and findings:
        broken = ", ".join(sorted({finding.rule for finding in findings}))
        error = f"lint violation found for rules: {broken}"
    return LintResult(tuple(findings), error)


def _until_error(subject: LintSubject) -> tuple[LintSubject, int]:
    """The subject cut at the first error, and the last phase Docker gets to."""
    source = subject.result.source
    if source.file.errors:
        return subject, 0
    first: DockerfileError | None = source.first_error
    if first is not None:
        return replace(subject, last_line=first.line - 1), Phase.PARSE
    return subject, Phase.BUILD
