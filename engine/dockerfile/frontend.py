"""From the text of a Dockerfile to a `BuildPlan`: the one door to everything in this package.

`compile_dockerfile` does what Docker's front end does before a build starts: it reads the file, finds
the stages the target needs, asks for the base images and applies the instructions. It never raises for
what a learner wrote: every error is in the result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from engine.build.ops import (
    BaseImage,
    BuildPlan,
    ContextSource,
    CopyOp,
    FileSystemSource,
    ImagePlan,
    ImageSource,
    Operation,
    ResolveImage,
    RunOp,
    ScratchSource,
    SourceOp,
    SourceRange,
    StagePlan,
    StageSource,
)
from engine.dockerfile.errors import DockerfileError, InstructionError
from engine.dockerfile.gotext import quote
from engine.dockerfile.instruction import Instruction, parse_instruction
from engine.dockerfile.instructions.arg import Arg
from engine.dockerfile.instructions.label import Label
from engine.dockerfile.instructions.onbuild import Onbuild
from engine.dockerfile.instructions.run import Run
from engine.dockerfile.lowering import StageBuilder, UnsetVariable
from engine.dockerfile.parser import make_node, parse, parse_single
from engine.dockerfile.platforms import PlatformError, parse_platform
from engine.dockerfile.stages import Stage, StagedDockerfile, read_stages
from engine.dockerfile.suggest import did_you_mean
from engine.dockerfile.words import Expansion, WordError, WordLexer
from engine.errors import EngineError
from engine.image.config import DEFAULT_PATH, ImageConfig
from engine.image.reference import ReferenceError, parse_normalized

SCRATCH: Final = "scratch"
MAX_WORK: Final = 4_000_000
"""How many variables, labels and the like all steps together may carry along."""
_COMMON_IMAGES: Final = ("alpine", "busybox", "centos", "debian", "golang", "ubuntu", "fedora")


@dataclass(frozen=True, slots=True)
class FrontendOptions:
    """What is said on the command line.

    ``build_args`` and ``labels`` by name; ``target`` is a stage's name ("" = the last stage);
    ``platform`` the one built for and on. ``contexts`` are names given with ``--build-context``.
    ``classic`` compiles for the classic builder. ``tolerant`` goes on after errors, as far as sense can
    be made of the rest. ``all_stages`` compiles stages the target does not need as well.
    ``current_release`` spells history as BuildKit's newest front end, not as Docker Engine 28.
    """

    build_args: Mapping[str, str] = field(default_factory=dict)
    target: str = ""
    platform: str = "linux/amd64"
    labels: Mapping[str, str] = field(default_factory=dict)
    contexts: frozenset[str] = frozenset()
    classic: bool = False
    tolerant: bool = False
    all_stages: bool = False
    current_release: bool = False


@dataclass(frozen=True, slots=True)
class InstructionTrace:
    """How one instruction was applied, for lint rules and explanations.

    ``expanded`` and ``operation`` are ``None`` when that failed. ``unset`` are the variables it used
    that had no value.
    """

    instruction: Instruction
    expanded: Instruction | None
    operation: Operation | None
    config_before: ImageConfig
    unset: tuple[UnsetVariable, ...]
    inherited: bool


@dataclass(frozen=True, slots=True)
class StageTrace:
    """How one stage was compiled.

    ``base_index`` is the stage it builds upon, ``None`` for an image. ``base_words`` and
    ``platform_words`` are the expansions of the name behind FROM and of ``--platform``; ``known_args``
    are the names that could be used there. ``base_platform`` is the one of the image that was found
    ("" = none was looked up). ``compiled`` is false for a stage the target does not need.
    """

    stage: Stage
    base_index: int | None
    base_words: Expansion | None
    platform_words: Expansion | None
    known_args: tuple[str, ...]
    platform: str
    base_platform: str
    instructions: tuple[InstructionTrace, ...]
    compiled: bool


@dataclass(frozen=True, slots=True)
class FrontendResult:
    """What became of a Dockerfile.

    ``plan`` is ``None`` when there is nothing to build. With ``errors`` it holds what could be compiled
    before the first of them (the classic builder executes that much), or all that could, if tolerant.
    ``global_args`` are the arguments visible in FROM and their values.
    """

    source: StagedDockerfile
    plan: BuildPlan | None
    errors: tuple[DockerfileError, ...]
    traces: tuple[StageTrace, ...]
    global_args: Mapping[str, str]

    @property
    def error(self) -> DockerfileError | None:
        """The error Docker would report."""
        return self.errors[0] if self.errors else None


def compile_dockerfile(text: str, options: FrontendOptions, resolve: ResolveImage) -> FrontendResult:
    """Compile a Dockerfile; ``resolve`` is asked for each image the build needs."""
    source = read_stages(parse(text))
    compiler = _Compiler(source, options, resolve)
    if source.first_error is not None:
        first = source.first_error
        if not text:
            first = DockerfileError("the Dockerfile cannot be empty")
        compiler.errors += [first, *(error for error in source.errors if error is not source.first_error)]
    elif not source.stages:
        compiler.errors.append(DockerfileError("dockerfile contains no stages to build"))
    if source.stages and (options.tolerant or not compiler.errors):
        compiler.run()
    return FrontendResult(
        source=source,
        plan=compiler.plan(),
        errors=tuple(compiler.errors),
        traces=tuple(compiler.trace(state) for state in compiler.states),
        global_args=compiler.global_args,
    )


def default_arguments(platform: str, target: str, given: Mapping[str, str]) -> dict[str, str]:
    """The predefined arguments that are visible in FROM, with the values they have."""
    system, architecture, variant = (*platform.split("/"), "")[:3]
    values: dict[str, str] = {}
    for prefix in ("BUILD", "TARGET"):
        values[f"{prefix}PLATFORM"] = platform
        values[f"{prefix}OS"] = system
        values[f"{prefix}OSVERSION"] = ""
        values[f"{prefix}ARCH"] = architecture
        values[f"{prefix}VARIANT"] = variant
    values["TARGETSTAGE"] = target or "default"
    return {name: given.get(name, value) for name, value in values.items()}


def expand_global_args(
    preamble: tuple[Arg, ...], values: dict[str, str], given: Mapping[str, str], lexer: WordLexer
) -> dict[str, str]:
    """``values`` with the arguments before the first FROM added; raises `DockerfileError`."""
    values = dict(values)
    for instruction in preamble:
        for argument in instruction.arguments:
            value = given.get(argument.name)
            if value is None and argument.default is not None:
                try:
                    value = lexer.word(argument.default, values)
                except WordError as error:
                    raise DockerfileError(str(error), (instruction.location,)) from None
            if value is not None:
                values[argument.name] = value
    return values


class _Stop(Exception):
    """Compilation ends here, because an error was reported and nobody asked to go on."""


@dataclass(slots=True)
class _StageState:
    """What is known of a stage while the file is compiled."""

    stage: Stage
    label: str
    base_name: str = ""
    base_index: int | None = None
    platform: str = ""
    base_words: Expansion | None = None
    platform_words: Expansion | None = None
    known_args: tuple[str, ...] = ()
    valid: bool = True
    dependencies: dict[int, Instruction] = field(default_factory=dict)
    images: dict[str, SourceRange] = field(default_factory=dict)
    triggers: tuple[Instruction, ...] = ()
    triggers_read: bool = False
    image: BaseImage | None = None
    source: FileSystemSource = field(default_factory=ScratchSource)
    builder: StageBuilder | None = None
    operations: list[Operation] = field(default_factory=list)
    traces: list[InstructionTrace] = field(default_factory=list)


class _Compiler:
    """Compiles one file."""

    def __init__(self, source: StagedDockerfile, options: FrontendOptions, resolve: ResolveImage) -> None:
        self.source = source
        self.options = options
        self.resolve = resolve
        self.lexer = WordLexer(source.file.escape)
        self.errors: list[DockerfileError] = []
        self.states: list[_StageState] = []
        self.names: dict[str, int] = {}
        self.global_args: dict[str, str] = {}
        self.known_args: tuple[str, ...] = ()
        self.work = 0
        self.target = len(source.stages) - 1
        self.needed: set[int] = set()
        self.metadata: dict[str, None] = {}
        self.images: dict[str, ImagePlan] = {}
        self.resolved: dict[tuple[str, str], BaseImage] = {}

    # -------------------------------------------------- errors

    def fail(self, error: EngineError | str, location: SourceRange | None, token: str = "") -> None:
        """Report an error; raises `_Stop` unless the caller asked to go on."""
        if isinstance(error, DockerfileError):
            self.errors.append(error)
        elif location is None:
            self.errors.append(DockerfileError(str(error)))
        else:
            line = location.start_line
            where = self.source.file.range_of(location, token)
            self.errors.append(DockerfileError(str(error), (where,), line=line))
        if not self.options.tolerant:
            raise _Stop

    def charge(self, builder: StageBuilder, location: SourceRange) -> None:
        """Count what a step carries along; raises `_Stop` when a file makes that grow without end."""
        config = builder.config
        self.work += len(config.env) + len(config.labels) + len(config.volumes) + len(config.on_build)
        self.work += 4 * len(config.exposed_ports) + len(builder.arguments) + 1
        self.work += len(builder.history[-1].created_by) // 16 if builder.history else 0
        if self.work > MAX_WORK:
            message = (
                f"the Dockerfile needs more than {MAX_WORK} variables, labels and ports in all its steps"
            )
            self.errors.append(DockerfileError(message, (location,)))
            raise _Stop

    # -------------------------------------------------- the whole file

    def run(self) -> None:
        """Compile as far as possible."""
        try:
            self._read_global_args()
            if self.options.classic:
                self._run_classic()
            else:
                self._run_buildkit()
        except _Stop:
            return

    def _read_global_args(self) -> None:
        last = self.source.stages[-1].name
        defaults = default_arguments(
            self.options.platform, self.options.target or last, self.options.build_args
        )
        self.global_args = defaults
        try:
            self.global_args = expand_global_args(
                self.source.preamble, defaults, self.options.build_args, self.lexer
            )
        except DockerfileError as error:
            self.fail(error, error.locations[0])
        declared = [argument.name for one in self.source.preamble for argument in one.arguments]
        self.known_args = tuple(dict.fromkeys([*declared, *self.global_args]))

    def _run_buildkit(self) -> None:
        for stage in self.source.stages:
            self._open(stage)
        self._find_target()
        for state in self.states:
            self._find_dependencies(state)
        self._refuse_cycles()
        # A stage that is alone needs no label; images to copy from, and mounts from nowhere, count as stages.
        only = self.states[0]
        if len(self.states) == 1 and not only.images and not _has_plain_mount(only.stage):
            only.label = ""
        self._resolve_bases()
        for state in self.states:
            if state.valid and (self.options.all_stages or state.stage.index in self.needed):
                self._compile(state)

    def _run_classic(self) -> None:
        wanted = self.options.target.lower()
        for stage in self.source.stages:
            state = self._open(stage)
            self.needed.add(stage.index)
            self.target = stage.index
            if state.valid:
                self._resolve_base(state, needed=True)
                self._read_triggers(state)
                self._compile(state)
            if wanted and wanted == stage.name:
                return
        if wanted:
            message = f"failed to reach build target {self.options.target} in Dockerfile"
            self.fail(message, None)

    # -------------------------------------------------- stages

    def _open(self, stage: Stage) -> _StageState:
        """Expand what stands behind FROM and add the stage to the table."""
        from_ = stage.from_
        state = _StageState(stage, stage.name or f"stage-{stage.index}")
        state.platform = self.options.platform
        state.known_args = self.known_args
        self.states.append(state)
        try:
            state.base_words = self._expand(state, from_.base)
            state.base_name = state.base_words.result
            if not state.base_name:
                self._invalid(state, f"base name ({from_.base}) should not be blank", from_.base)
            if from_.platform:
                self._read_platform(state)
        except WordError as error:
            self._invalid(state, error)
        state.base_index = self.names.get(state.base_name)
        if state.base_index is not None and not from_.platform:
            state.platform = self.states[state.base_index].platform
        if stage.name:
            self.names[stage.name] = stage.index
        return state

    def _invalid(self, state: _StageState, error: EngineError | str, token: str = "") -> None:
        state.valid = False
        self.fail(error, state.stage.location, token)

    def _expand(self, state: _StageState, word: str) -> Expansion:
        return self.lexer.expand(word, self.global_args)

    def _read_platform(self, state: _StageState) -> None:
        written = state.stage.from_.platform
        try:
            state.platform_words = self._expand(state, written)
        except WordError as error:
            self._invalid(state, f"failed to process arguments for platform : {error}", written)
            return
        names = state.platform_words.unmatched
        if not state.platform_words.result:
            message = f"empty platform value from expression {written}"
            self._invalid(state, self._suggest_any(message, names), written)
            return
        try:
            state.platform = parse_platform(state.platform_words.result, self.options.platform)
        except PlatformError as error:
            message = self._suggest_any(f"failed to parse platform {written}: {error}", names)
            self._invalid(state, message, written)

    def _suggest_any(self, message: str, names: tuple[str, ...]) -> str:
        for name in names:
            suggested = did_you_mean(message, name, self.global_args)
            if suggested != message:
                return suggested
        return message

    def _find_target(self) -> None:
        wanted = self.options.target
        if not wanted:
            return
        found = self.names.get(wanted.lower())
        if found is None:
            labels = [state.label for state in self.states]
            message = did_you_mean(f"target stage {quote(wanted)} could not be found", wanted, labels)
            self.fail(message, None)
        else:
            self.target = found

    def _find_dependencies(self, state: _StageState) -> None:
        for instruction in state.stage.instructions:
            self._note_dependencies(state, instruction, instruction.location)

    def _note_dependencies(self, state: _StageState, instruction: Instruction, location: SourceRange) -> None:
        for reference in instruction.file_references():
            try:
                found = self._find_stage(reference.name, reference.by_index)
            except (InstructionError, WordError) as error:
                self.fail(error, location, reference.name)
                continue
            if found is not None:
                state.dependencies[found] = instruction
            elif reference.name not in self.options.contexts and reference.name != SCRATCH:
                state.images.setdefault(reference.name, location)

    def _find_stage(self, name: str, by_index: bool) -> int | None:
        """The stage ``name`` (or number) refers to; ``None`` for an image. Raises `InstructionError`."""
        if by_index and self.lexer.word(name, {}) != name:
            raise InstructionError(
                "variable expansion is not supported for --from, define a new stage with FROM using ARG "
                "from global scope as a workaround",
                name,
            )
        digits = name.removeprefix("-").removeprefix("+")
        if by_index and digits.isascii() and digits.isdecimal() and len(digits) < 18:
            index = int(name)
            if not 0 <= index < len(self.states):
                raise InstructionError(f"invalid stage index {index}", name)
            return index
        return self.names.get(name.lower())

    def _refuse_cycles(self) -> None:
        """Report a stage that needs itself; only COPY --from and RUN --mount can make one."""
        finished: set[int] = set()
        for first in range(len(self.states)):
            trail: dict[int, None] = {}
            pending: list[tuple[int, list[int]]] = [(first, list(self.states[first].dependencies))]
            while pending:
                index, rest = pending[-1]
                trail[index] = None
                if index in finished or not rest:
                    finished.add(index)
                    trail.pop(index, None)
                    pending.pop()
                    continue
                following = rest.pop(0)
                if following in trail:
                    instruction = self.states[index].dependencies[following]
                    message = f"circular dependency detected on stage: {self.states[first].label}"
                    self.fail(message, instruction.location)
                elif following not in finished:
                    pending.append((following, list(self.states[following].dependencies)))

    # -------------------------------------------------- base images

    def _resolve_bases(self) -> None:
        """Find the stages that are needed and look up what they build upon."""
        looked_up: set[int] = set()
        while True:
            self.needed = self._reachable()
            for state in self.states:
                if not state.valid or state.stage.index in looked_up:
                    continue
                needed = self.options.all_stages or state.stage.index in self.needed
                self._resolve_base(state, needed=needed)
                if needed:
                    looked_up.add(state.stage.index)
            # Triggers of a base image may need stages of their own.
            fresh = [self.states[index] for index in sorted(looked_up)]
            if not [state for state in fresh if self._read_triggers(state)]:
                break
        for state in self.states:
            if self.options.all_stages or state.stage.index in self.needed:
                for name, location in state.images.items():
                    self._resolve_file_source(name, location)

    def _reachable(self) -> set[int]:
        reached: set[int] = set()
        pending = [self.target]
        while pending:
            index = pending.pop()
            if index not in reached:
                reached.add(index)
                state = self.states[index]
                pending += state.dependencies
                if state.base_index is not None:
                    pending.append(state.base_index)
        return reached

    def _resolve_base(self, state: _StageState, *, needed: bool) -> None:
        if state.base_index is not None:
            state.source = StageSource(state.base_index)
            return
        if state.base_name == SCRATCH:
            return
        if state.base_name in self.options.contexts:
            state.source = ContextSource(state.base_name)
            return
        try:
            reference = str(parse_normalized(state.base_name).tagged())
        except ReferenceError as error:
            prefix = "" if self.options.classic else f"failed to parse stage name {quote(state.base_name)}: "
            self._invalid(state, f"{prefix}{error}", state.stage.from_.base)
            return
        state.source = ImageSource(state.base_name, reference, state.platform)
        if not needed:
            return
        try:
            state.image = self._look_up(state.base_name, reference, state.platform)
        except EngineError as error:
            self._invalid(state, self._not_found(state.base_name, error), state.stage.from_.base)
            return
        state.source = replace(state.source, reference=state.image.reference)

    def _look_up(self, written: str, reference: str, platform: str) -> BaseImage:
        key = (written, platform)
        if key not in self.resolved:
            self.metadata[reference] = None
            self.resolved[key] = self.resolve(written, platform)
        return self.resolved[key]

    def _not_found(self, name: str, error: EngineError) -> str:
        if self.options.classic:
            return str(error)
        common = [
            one
            for image in _COMMON_IMAGES
            for one in (
                image,
                f"docker.io/library{image}",
                f"{image}:latest",
                f"docker.io/library{image}:latest",
            )
        ]
        return did_you_mean(f"{name}: {error}", name, [*(state.label for state in self.states), *common])

    def _resolve_file_source(self, name: str, location: SourceRange) -> ImageSource | None:
        """The image files are copied or mounted from; ``None`` after a reported error."""
        try:
            reference = str(parse_normalized(name).tagged())
        except ReferenceError as error:
            prefix = "" if self.options.classic else f"failed to parse stage name {quote(name)}: "
            self.fail(f"{prefix}{error}", location, name)
            return None
        try:
            image = self._look_up(name, reference, self.options.platform)
        except EngineError as error:
            self.fail(self._not_found(name, error), location, name)
            return None
        found = ImageSource(name, image.reference, self.options.platform)
        self.images.setdefault(name, ImagePlan(found, f"FROM {image.reference}", location))
        return found

    # -------------------------------------------------- triggers

    def _read_triggers(self, state: _StageState) -> bool:
        """Read the ONBUILD triggers of the base; true when they need something new."""
        if state.triggers_read:
            return False
        state.triggers_read = True
        texts: tuple[str, ...] = ()
        if state.image is not None:
            texts = state.image.config.on_build
        elif state.base_index is not None:
            texts = tuple(
                instruction.trigger
                for instruction in self.states[state.base_index].stage.instructions
                if isinstance(instruction, Onbuild)
            )
        triggers: list[Instruction] = []
        for text in texts:
            try:
                node = parse_single(text)
                if node is None:
                    raise InstructionError("onbuild trigger should be a single expression")
                triggers.append(parse_instruction(replace(node, location=state.stage.location)))
            except (DockerfileError, InstructionError) as error:
                self.fail(str(error), state.stage.location)
        state.triggers = tuple(triggers)
        before = len(state.dependencies) + len(state.images)
        if not self.options.classic:
            for trigger in triggers:
                self._note_dependencies(state, trigger, state.stage.location)
        return len(state.dependencies) + len(state.images) > before

    # -------------------------------------------------- compiling a stage

    def _compile(self, state: _StageState) -> None:
        builder = self._start(state)
        state.builder = builder
        instructions = [*((one, True) for one in state.triggers)]
        instructions += [(one, False) for one in state.stage.instructions]
        if self.options.classic:
            instructions += [(label, False) for label in self._labels()]
        for instruction, inherited in instructions:
            builder.inherited = inherited
            builder.location = state.stage.location if inherited else None
            self._apply(state, builder, instruction)
        builder.inherited, builder.location = False, None
        if not self.options.classic and state.stage.index == self.target and self.options.labels:
            builder.config = builder.config.with_labels(self.options.labels)

    def _labels(self) -> list[Label]:
        """What the classic builder adds to every stage for ``--label``."""
        labels = []
        for name, value in sorted(self.options.labels.items()):
            node = make_node(f"LABEL {quote(name)}={quote(value)}", "\\")
            labels.append(Label.parse(replace(node, original=f"LABEL {name}={value}")))
        return labels

    def _start(self, state: _StageState) -> StageBuilder:
        """The state of a stage before its first instruction; the `SourceOp` is its first operation."""
        base = None if state.base_index is None else self.states[state.base_index].builder
        builder = StageBuilder(
            lexer=self.lexer,
            config=ImageConfig() if self.options.classic else ImageConfig(working_dir="/"),
            classic=self.options.classic,
            current_release=self.options.current_release,
            given_args=self.options.build_args,
            global_args=self.global_args,
            find_source=self._source_finder(state),
            label=state.label,
        )
        builder.total = sum(one.has_step for one in state.stage.instructions)
        builder.total += state.base_index is None and state.base_name != SCRATCH
        name = ""
        if base is not None:
            builder.config = replace(base.config, on_build=())
            builder.author = base.author
            builder.history = list(base.history)
            self.work += 4 * (len(builder.history) + len(base.env))
            if not self.options.classic:
                # BuildKit hands the build arguments of a stage on to those that build upon it.
                builder.inherit_arguments(base)
        elif state.image is not None:
            builder.config = replace(state.image.config, on_build=())
            builder.author = state.image.author
            builder.history = list(state.image.history)
            if state.image.has_layers:
                name = builder.numbered(f"FROM {state.image.reference}")
        # BuildKit reads the triggers of an image only after it has named the step of its FROM.
        builder.total += len(state.triggers)
        if builder.config.env_value("PATH") is None:
            builder.config = builder.config.with_env("PATH", DEFAULT_PATH)
        for variable, value in builder.config.env_map().items():
            builder.set_env(variable, value)
        common = builder.fields(state.stage.from_, None, None, name=name)
        state.operations.append(SourceOp(**common, base=state.source))
        return builder

    def _source_finder(self, state: _StageState) -> Callable[[str, bool], FileSystemSource]:
        def find(name: str, by_index: bool) -> FileSystemSource:
            if not name:
                return ContextSource()
            if self.options.classic:
                return self._find_classic_source(name)
            index = self._find_stage(name, by_index)
            if index is not None:
                if self.states[index].builder is None:
                    raise InstructionError(
                        f"cannot copy from stage {quote(name)}, it needs to be defined before current stage "
                        f"{quote(state.label)}",
                        name,
                    )
                return StageSource(index)
            if name == SCRATCH:
                return ScratchSource()
            if name in self.options.contexts:
                return ContextSource(name)
            plan = self.images.get(name)
            if plan is None:
                raise InstructionError(f"{name}: not found", name)
            return plan.source

        return find

    def _find_classic_source(self, name: str) -> FileSystemSource:
        current = len(self.states) - 1
        found = self.names.get(name.lower())
        if found is not None and found < current:
            return StageSource(found)
        digits = name.removeprefix("-").removeprefix("+")
        if digits.isascii() and digits.isdecimal() and len(digits) < 18:
            index = int(name)
            if index == current:
                raise InstructionError(f"invalid from flag value {name}: refers to current build stage", name)
            if not 0 <= index < current:
                raise InstructionError(f"invalid from flag value {name}: index out of bounds", name)
            return StageSource(index)
        try:
            reference = str(parse_normalized(name).tagged())
            image = self._look_up(name, reference, self.options.platform)
        except EngineError as error:
            raise InstructionError(f"invalid from flag value {name}: {error}", name) from None
        return ImageSource(name, image.reference, self.options.platform)

    def _apply(self, state: _StageState, builder: StageBuilder, instruction: Instruction) -> None:
        before = builder.config
        self.charge(builder, instruction.location)
        builder.unset.clear()
        expanded: Instruction | None = None
        operation: Operation | None = None
        failure: EngineError | None = None
        try:
            expanded = instruction.expanded(builder.expand)
            operation = expanded.lower(builder)
        except (InstructionError, WordError) as error:
            failure = error
        state.traces.append(
            InstructionTrace(
                instruction, expanded, operation, before, tuple(builder.unset), builder.inherited
            )
        )
        if operation is not None:
            state.operations.append(operation)
        if failure is not None:
            token = failure.token if isinstance(failure, InstructionError) else ""
            self.fail(failure, builder.location or instruction.location, token)

    # -------------------------------------------------- results

    def trace(self, state: _StageState) -> StageTrace:
        """The record of a stage."""
        return StageTrace(
            stage=state.stage,
            base_index=state.base_index,
            base_words=state.base_words,
            platform_words=state.platform_words,
            known_args=state.known_args,
            platform=state.platform,
            base_platform=state.image.platform if state.image else "",
            instructions=tuple(state.traces),
            compiled=state.builder is not None,
        )

    def plan(self) -> BuildPlan | None:
        """The plan; ``None`` when no stage was reached."""
        if not self.states or self.target >= len(self.states):
            return None
        stages = tuple(self._stage_plan(state) for state in self.states)
        return BuildPlan(
            stages=stages,
            target=self.target,
            images=tuple(self.images.values()),
            metadata=tuple(self.metadata),
            uses_context=any(map(_uses_context, (one for stage in stages for one in stage.operations))),
            preamble=tuple(one.text for one in self.source.preamble),
        )

    def _stage_plan(self, state: _StageState) -> StagePlan:
        builder = state.builder
        return StagePlan(
            index=state.stage.index,
            name=state.stage.name,
            label=state.label,
            base=state.source,
            platform=state.platform,
            location=state.stage.location,
            operations=tuple(state.operations),
            config=builder.config if builder else ImageConfig(),
            history=tuple(builder.history) if builder else (),
            author=builder.author if builder else "",
            needed=state.stage.index in self.needed,
            depends_on=tuple(
                dict.fromkeys(
                    [*([] if state.base_index is None else [state.base_index]), *state.dependencies]
                )
            ),
        )


def _has_plain_mount(stage: Stage) -> bool:
    return any(isinstance(one, Run) and one.has_plain_mount for one in stage.instructions)


def _uses_context(operation: Operation) -> bool:
    main = ContextSource()
    if isinstance(operation, CopyOp):
        return operation.origin == main
    return isinstance(operation, RunOp) and any(mount.origin == main for mount in operation.mounts)
