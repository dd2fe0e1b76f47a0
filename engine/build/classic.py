"""The classic builder: one image after every instruction, and those images are its cache.

Source of the rules: moby ``builder/dockerfile``. An instruction is reused when some image on the machine
was made from the same parent by the same instruction; from the first one that is not, nothing in its
stage is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Protocol

from engine.budget import Budget
from engine.build.contenthash import Manifest, below, compare, describe, fingerprint
from engine.build.copying import CompilePatterns, Copier, Owner, Selection, select
from engine.build.errors import BuildError
from engine.build.executor import Executor, Fetcher, Images, LogLine, RunRequest
from engine.build.ops import (
    BuildPlan,
    ContextSource,
    CopyOp,
    FileSystemSource,
    GitItem,
    ImageSource,
    InlineItem,
    MetaOp,
    Operation,
    PathItem,
    RunOp,
    SourceOp,
    StageSource,
    UrlItem,
    WorkdirOp,
)
from engine.build.reasons import MissReason, because_of_option, because_of_parent
from engine.build.running import accounts_of
from engine.build.solver import MAX_LAYERS, STEP_COST, Verdict
from engine.build.trees import Tree, resolve
from engine.build.wildcards import has_wildcard
from engine.clock import Clock, rfc3339
from engine.content import BlobStore, canonical_json
from engine.errors import EngineError
from engine.fs import EMPTY_VIEW, Directory, File, FsError, Layer, Mount, Node, OverlayFS, clean
from engine.image.config import ImageConfig
from engine.image.history import History
from engine.image.image import Image, LayerRef, load_view, store_layer

URL_FILE_MODE = 0o600
_STDERR_COLOUR, _RESET = "\x1b[91m", "\x1b[0m"
_SHORT = 12


class ClassicError(BuildError):
    """An instruction failed; ``str()`` is the whole message, ``exit_code`` what docker exits with."""


class ClassicImages(Protocol):
    """The daemon's images and containers, as far as the classic builder needs them."""

    def find_cached(self, parent: str, created_by: str, config: ImageConfig) -> tuple[str, Image] | None:
        """The newest image made from ``parent`` by that instruction, with its id."""
        ...

    def children(self, parent: str) -> Sequence[Image]:
        """Images made from ``parent`` on this machine, oldest first."""
        ...

    def commit(self, image: Image, parent: str, container: str, command: tuple[str, ...]) -> str:
        """Keep an image; returns its id."""
        ...

    def new_container(self) -> str:
        """The id of a container for one instruction."""
        ...

    def keep_failed(
        self, container: str, parent: str, op: RunOp, tree: OverlayFS, exit_code: int, log: Sequence[LogLine]
    ) -> None:
        """A RUN failed: its container stays."""
        ...

    def known_manifest(self, checksum: str) -> Manifest | None:
        """What was copied when an image's history got that checksum."""
        ...

    def keep_manifest(self, checksum: str, manifest: Manifest) -> None:
        """Remember what was copied."""
        ...


@dataclass
class ClassicInputs:
    """What a classic build works on besides its plan; ``context`` is the whole directory that was sent."""

    store: BlobStore
    clock: Clock
    budget: Budget
    images: Images
    classic: ClassicImages
    context: Tree
    compile_patterns: CompilePatterns
    fetcher: Fetcher
    no_cache: bool = False
    remove: bool = True
    """Remove the containers of finished steps (``--rm``)."""
    force_remove: bool = False
    keep_causes: Callable[[LayerRef, Mapping[str, str]], None] | None = None
    emit: Callable[[str], None] = lambda text: None
    total: int = 0
    """Number of steps to announce."""
    failing: str = ""
    """Text of the instruction that could not be read, printed after the last one that could."""
    step_time: int = 10_000_000


@dataclass(frozen=True)
class ClassicResult:
    """``image`` is the id of the last step's image, "" when the build failed or nothing was carried out."""

    verdicts: tuple[Verdict, ...]
    image: str = ""
    error: ClassicError | None = None


@dataclass(slots=True)
class _Stage:
    image: Image
    id: str
    busted: bool = False
    """Something in this stage was not reused: nothing after it is."""
    unknown: bool = False
    """Forecast only: its files are not known before it has run."""
    depends: bool = False
    """Forecast only: whether it is reused depends on what ``cause`` will give."""
    cause: Operation | None = None


def build_classic(plan: BuildPlan, inputs: ClassicInputs, executor: Executor | None = None) -> ClassicResult:
    """Carry out, or without an executor forecast, ``plan`` as the classic builder does."""
    return _Builder(plan, inputs, executor).run()


class _Builder:
    def __init__(self, plan: BuildPlan, inputs: ClassicInputs, executor: Executor | None) -> None:
        self.plan = plan
        self.inputs = inputs
        self.executor = executor
        self.stages: dict[int, _Stage] = {}
        self.verdicts: list[Verdict] = []
        self.step = 0

    def run(self) -> ClassicResult:
        inputs = self.inputs
        for text in self.plan.preamble:
            self._announce(text)
        last = ""
        try:
            for stage in self.plan.stages[: self.plan.target + 1]:
                for position, op in enumerate(stage.operations):
                    if isinstance(op, SourceOp):
                        triggers = sum(1 for later in stage.operations[position + 1 :] if later.inherited)
                        self._start(stage.index, op, triggers)
                    else:
                        self._dispatch(stage.index, op)
                    ends = (
                        position + 1 == len(stage.operations) or not stage.operations[position + 1].inherited
                    )
                    if ends:
                        inputs.emit(f" ---> {_short(self.stages[stage.index].id)}\n")
                if stage.index in self.stages:
                    last = self.stages[stage.index].id
        except ClassicError as error:
            return ClassicResult(tuple(self.verdicts), "", error)
        if inputs.failing:
            self._announce(inputs.failing)
            return ClassicResult(tuple(self.verdicts))
        return ClassicResult(tuple(self.verdicts), last if self.executor is not None else "")

    def _announce(self, text: str) -> None:
        self.step += 1
        self.inputs.emit(f"Step {self.step}/{self.inputs.total} : {text}\n")

    # ------------------------------------------------------------------ FROM

    def _start(self, index: int, op: SourceOp, triggers: int) -> None:
        self._announce(op.text)
        if isinstance(op.base, StageSource):
            before = self.stages[op.base.index]
            stage = _Stage(
                before.image, before.id, before.unknown, before.unknown, before.depends, before.cause
            )
        elif isinstance(op.base, ImageSource):
            found = self.inputs.images.find(op.base.reference, op.base.platform)
            base = found.base
            image = Image(base.config, base.history, found.layers, author=base.author)
            stage = _Stage(image, found.image_id)
            self.inputs.emit(found.notice)
        else:
            stage = _Stage(Image(ImageConfig()), "")
        stage.busted = stage.busted or self.inputs.no_cache
        self.stages[index] = stage
        self.verdicts.append(Verdict(op, index, "HIT", size=0))
        if triggers:
            self.inputs.emit(f"# Executing {triggers} build trigger{'' if triggers == 1 else 's'}\n")

    # ------------------------------------------------------------------ instructions

    def _dispatch(self, index: int, op: Operation) -> None:
        if not op.inherited:
            self._announce(op.text)
        stage = self.stages[index]
        if stage.unknown:
            self._forecast_after(index, op, stage)
            return
        copied: _Copied | None = None
        if isinstance(op, CopyOp):
            waits = self._unknown_source(op)
            if waits is not None:
                self.verdicts.append(Verdict(op, index, "DEPENDS", depends_on=waits.location.start_line))
                stage.unknown, stage.depends, stage.cause = True, True, waits
                return
            copied = self._pick(op)
        row = op.classic_created_by if copied is None else copied.op.classic_row(copied.checksum)
        if row is not None and isinstance(op, RunOp) and op.proxy_env and not row.startswith("|"):
            row = f"|0 {row}"
        if row is None:
            self.verdicts.append(Verdict(op, index, "METADATA", size=0))
            return
        # What marks a shell-form CMD is a note of BuildKit's (and of Windows images).
        escaped = stage.image.config.args_escaped and op.keyword != "CMD"
        op = replace(op, config=replace(op.config, args_escaped=escaped))
        if not stage.busted:
            found = self.inputs.classic.find_cached(stage.id, row, op.config)
            if found is not None:
                self.inputs.emit(" ---> Using cache\n")
                size = found[1].size - stage.image.size
                stage.id, stage.image = found
                self.verdicts.append(Verdict(op, index, "HIT", size=size))
                return
        reason = self._why(stage, op, row, copied)
        stage.busted = True
        stage.cause = stage.cause or op
        if self.executor is None:
            self.verdicts.append(Verdict(op, index, "MISS", reason))
            stage.unknown = not isinstance(op, MetaOp) or stage.unknown
            self._assume(stage, op, row)
            return
        before = stage.image.size
        self._carry_out(stage, op, row, copied)
        self.verdicts.append(Verdict(op, index, "MISS", reason, size=stage.image.size - before))

    def _forecast_after(self, index: int, op: Operation, stage: _Stage) -> None:
        cause = stage.cause or op
        line = cause.location.start_line
        if stage.depends:
            self.verdicts.append(Verdict(op, index, "DEPENDS", depends_on=line))
            return
        self.verdicts.append(Verdict(op, index, "MISS", because_of_parent(cause.text, line)))

    def _assume(self, stage: _Stage, op: Operation, row: str) -> None:
        stage.image = replace(stage.image, config=op.config)
        stage.id = f"not yet built: {row}"

    def _unknown_source(self, op: CopyOp) -> Operation | None:
        if isinstance(op.origin, StageSource):
            source = self.stages.get(op.origin.index)
            if source is not None and source.unknown:
                return source.cause
        return None

    def _why(self, stage: _Stage, op: Operation, row: str, copied: "_Copied | None") -> MissReason:
        line = op.location.start_line
        if self.inputs.no_cache:
            return because_of_option(line)
        if stage.cause is not None:
            return because_of_parent(stage.cause.text, stage.cause.location.start_line)
        siblings = [
            image.history[-1].created_by for image in self.inputs.classic.children(stage.id) if image.history
        ]
        if not siblings:
            return MissReason("new", "no image on this machine was made from the step above", (), line)
        if copied is not None:
            for sibling in reversed(siblings):
                if copied.same_instruction(sibling):
                    before = self.inputs.classic.known_manifest(copied.checksum_in(sibling))
                    changes = compare(before, copied.manifest) if before is not None else ()
                    if changes:
                        return MissReason("content", describe(changes), changes, line)
                    return MissReason("content", "what it copies changed", (), line)
        if isinstance(op, RunOp) and op.build_args:
            command = " ".join(op.args)
            for sibling in reversed(siblings):
                if sibling.startswith("|") and sibling.endswith(command):
                    return MissReason("argument", "a build argument in scope has another value", (), line)
        return MissReason("command", f"the instruction changed; before it was: {siblings[-1]}", (), line)

    # ------------------------------------------------------------------ carrying out

    def _carry_out(self, stage: _Stage, op: Operation, row: str, copied: "_Copied | None") -> None:
        inputs = self.inputs
        if len(stage.image.layers) >= MAX_LAYERS and not isinstance(op, MetaOp):
            raise ClassicError("max depth exceeded", exit_code=1)
        inputs.budget.step(STEP_COST)
        inputs.clock.advance(inputs.step_time)
        tree = OverlayFS(load_view(inputs.store, stage.image.layers), clock=inputs.clock)
        tree.cause = row
        container = inputs.classic.new_container()
        if copied is None:
            inputs.emit(f" ---> Running in {_short(container)}\n")
        try:
            self._apply(stage, op, tree, container, copied)
        except ClassicError:
            raise
        except (BuildError, FsError) as error:
            raise ClassicError(str(error), exit_code=1) from error
        if copied is None and inputs.remove:
            inputs.emit(f" ---> Removed intermediate container {_short(container)}\n")
        layer = tree.upper_layer()
        empty = not layer.entries
        created = rfc3339(inputs.clock.now)
        author = op.author if isinstance(op, MetaOp) and op.author is not None else stage.image.author
        history = History(created, row, empty_layer=empty, author=author)
        layers = stage.image.layers
        if not empty:
            ref = replace(store_layer(inputs.store, layer), size=layer.disk_size)
            layers = (*layers, ref)
            if tree.causes and inputs.keep_causes is not None:
                inputs.keep_causes(ref, tree.causes)
        image = replace(
            stage.image,
            config=op.config,
            history=(*stage.image.history, history),
            layers=layers,
            created=created,
            author=author,
        )
        command = op.args if isinstance(op, RunOp) else (row,)
        stage.id = inputs.classic.commit(image, stage.id, container, command)
        stage.image = image
        if copied is not None:
            inputs.classic.keep_manifest(copied.checksum, copied.manifest)

    def _apply(
        self, stage: _Stage, op: Operation, tree: OverlayFS, container: str, copied: "_Copied | None"
    ) -> None:
        if copied is not None:
            owner = self._owner(tree, copied.op.chown)
            copier = Copier(tree, self.inputs.budget, owner=owner)
            copied.write(copier)
        elif isinstance(op, WorkdirOp):
            Copier(tree, self.inputs.budget).make_dirs(clean(op.path))
        elif isinstance(op, RunOp):
            self._run(stage, op, tree, container)

    def _run(self, stage: _Stage, op: RunOp, tree: OverlayFS, container: str) -> None:
        inputs = self.inputs
        assert self.executor is not None
        mounts = tuple(self._volume(tree, target) for target in op.config.volumes)
        result = self.executor.run(
            RunRequest(op, op.args, (*op.proxy_env, *op.env), tree, mounts, (), op.user)
        )
        for piece in result.log:
            text = piece.text
            inputs.emit(f"{_STDERR_COLOUR}{text}{_RESET}" if piece.stream == "stderr" else text)
        if result.error:
            if inputs.force_remove:
                inputs.emit(f" ---> Removed intermediate container {_short(container)}\n")
            raise ClassicError(result.error, exit_code=1)
        if result.exit_code:
            if inputs.force_remove:
                inputs.emit(f" ---> Removed intermediate container {_short(container)}\n")
            else:
                inputs.classic.keep_failed(container, stage.id, op, tree, result.exit_code, result.log)
            raise ClassicError(
                f"The command '{' '.join(op.args)}' returned a non-zero code: {result.exit_code}",
                exit_code=result.exit_code,
            )

    def _volume(self, tree: OverlayFS, target: str) -> Mount:
        """A volume of the image, with what the image has there: what is written to it is thrown away."""
        where = clean(target)
        Copier(tree, self.inputs.budget).make_dirs(where)
        skip = len(where) + 1
        files = Layer({path[skip:]: node for path, node in tree.walk(where)})
        return Mount(where, OverlayFS(EMPTY_VIEW, files, clock=self.inputs.clock), "", False, "volume")

    # ------------------------------------------------------------------ COPY and ADD

    def _owner(self, tree: OverlayFS, chown: str) -> Owner:
        if not chown:
            return Owner()
        user, _, group = chown.partition(":")
        accounts = accounts_of(tree)
        prefix = "unable to convert uid/gid chown string to host mapping: "
        account = accounts.user(user)
        uid = account.uid if account else _number(user)
        if uid is None:
            raise ClassicError(f"{prefix}can't find uid for user {user}: no such user: {user}", exit_code=1)
        name = group or user
        found = accounts.group(name)
        gid = found.gid if found else _number(name)
        if gid is None:
            raise ClassicError(f"{prefix}can't find gid for group {name}: no such group: {name}", exit_code=1)
        return Owner(uid, gid)

    def _pick(self, op: CopyOp) -> "_Copied":
        prefix = f"{op.keyword} failed: "
        tree = self._tree(op.origin)
        parts: list[_Part] = []
        for item in op.items:
            match item:
                case PathItem():
                    parts += self._local(op, item, tree, prefix)
                case UrlItem():
                    parts.append(self._download(item, prefix))
                case InlineItem() | GitItem():
                    continue
        if not parts:
            raise ClassicError(f"{prefix}no source files were specified", exit_code=1)
        if len(parts) > 1 and not op.destination.endswith("/"):
            raise ClassicError(
                f"When using {op.keyword} with more than one source file, the destination must be a "
                "directory and end with a /",
                exit_code=1,
            )
        return _Copied(op, tree, tuple(parts))

    def _local(self, op: CopyOp, item: PathItem, tree: Tree, prefix: str) -> list["_Part"]:
        if isinstance(op.origin, ContextSource) and _leaves(item.path):
            raise ClassicError(
                f"{prefix}forbidden path outside the build context: {item.path} ()", exit_code=1
            )
        chosen: Selection = select(tree, item.path)
        if chosen.missing:
            shown = clean(item.path)
            where = (
                "file not found in build context or excluded by .dockerignore: "
                if isinstance(op.origin, ContextSource)
                else ""
            )
            raise ClassicError(f"{prefix}{where}stat {shown}: file does not exist", exit_code=1)
        if not chosen.paths and has_wildcard(item.path):
            return []
        return [_Part(tree, path, unpack=op.unpack) for path in chosen.paths]

    def _download(self, item: UrlItem, prefix: str) -> "_Part":
        try:
            got = self.inputs.fetcher.download(item.url)
        except EngineError as error:
            raise ClassicError(f"{prefix}{error}", exit_code=1) from error
        file = File(got.content, URL_FILE_MODE, mtime=got.modified)
        return _Part(EMPTY_VIEW, item.filename, file)

    def _tree(self, source: FileSystemSource) -> Tree:
        if isinstance(source, ContextSource):
            return self.inputs.context
        if isinstance(source, StageSource):
            return load_view(self.inputs.store, self.stages[source.index].image.layers)
        if isinstance(source, ImageSource):
            found = self.inputs.images.find(source.reference, source.platform)
            return load_view(self.inputs.store, found.layers)
        return EMPTY_VIEW


@dataclass(frozen=True, slots=True)
class _Part:
    """One source: ``path`` of ``tree``, or a downloaded ``file`` of that name."""

    tree: Tree
    path: str
    file: File | None = None
    unpack: bool = False

    def entries(self) -> list[tuple[str, Node]]:
        """Everything that is copied."""
        if self.file is not None:
            return [(self.path, self.file)]
        real = resolve(self.tree, self.path)
        return [(self.path + path[len(real) :], node) for path, node in below(self.tree, real)]

    def checksum(self) -> str:
        """``file:…`` or ``dir:…``: type, permissions, name and content of everything; times do not count."""
        entries = self.entries()
        digest = sha256(canonical_json([[path, _strict(node)] for path, node in entries])).hexdigest()
        is_directory = bool(entries) and isinstance(entries[0][1], Directory)
        return f"{'dir' if is_directory else 'file'}:{digest}"


def _strict(node: Node) -> str:
    """A fingerprint in which the permissions of directories count too."""
    return f"dir {node.mode:04o}" if isinstance(node, Directory) else fingerprint(node)


class _Copied:
    """The sources of a COPY, their checksum, and writing them."""

    def __init__(self, op: CopyOp, tree: Tree, parts: tuple[_Part, ...]) -> None:
        self.op = op
        self.parts = parts
        sums = [part.checksum() for part in parts]
        if len(sums) == 1:
            self.checksum = sums[0]
        else:
            self.checksum = "multi:" + sha256(",".join(sums).encode()).hexdigest()
        entries = [entry for part in parts for entry in part.entries()]
        self.manifest = Manifest(tuple(sorted((f"/{path}", _strict(node)) for path, node in entries)))

    def write(self, copier: Copier) -> None:
        """Copy everything to the destination."""
        for part in self.parts:
            if part.file is not None:
                copier.write_file(part.path, part.file, self.op.destination_path)
            else:
                copier.copy(part.tree, part.path, self.op.destination_path, unpack=part.unpack)

    def same_instruction(self, row: str) -> bool:
        """Whether a history row is this instruction's, whatever was copied."""
        return row.startswith(self.op.classic_prefix) and row.endswith(self.op.classic_suffix)

    def checksum_in(self, row: str) -> str:
        """The checksum in a history row of this instruction."""
        return row[len(self.op.classic_prefix) : len(row) - len(self.op.classic_suffix)]


def _leaves(path: str) -> bool:
    depth = 0
    for part in path.lstrip("/").split("/"):
        if part == "..":
            depth -= 1
            if depth < 0:
                return True
        elif part not in ("", "."):
            depth += 1
    return False


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 11 else None


def _short(identity: str) -> str:
    return identity.removeprefix("sha256:")[:_SHORT]
