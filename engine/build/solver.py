"""BuildKit's solver: which steps can be reused, which have to run, and, given an executor, running them.

Without an executor the very same code is the forecast. Keys are computed first, for every needed stage;
then only what the target really depends on is carried out. A COPY (or bind mount) from a stage is keyed
by what it reads: when that stage has to run first, its verdict is DEPENDS, because the rebuilt stage may
give the same bytes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from engine.budget import Budget
from engine.build import reasons
from engine.build.cache import REGULAR, CacheRecord, CacheWriter, Parts, key_of
from engine.build.contenthash import Manifest, below, manifest
from engine.build.copying import CompilePatterns, Copier, Matcher, Owner, make_workdir
from engine.build.errors import BuildError
from engine.build.executor import Checkout, Download, Executor, Fetcher, FoundImage, Images, LogLine, Secrets
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
    RunOp,
    SourceOp,
    SourceRange,
    StagePlan,
    StageSource,
    WorkdirOp,
)
from engine.build.parts import own_parts, sources_of, stages_read
from engine.build.reasons import MissReason
from engine.build.running import RunFailed, Runner, resolve_owner
from engine.build.selecting import Picked, pick, pick_mount
from engine.build.trees import Tree
from engine.clock import SECOND, Clock
from engine.content import BlobStore, Digest
from engine.events import Event, LayerCommitted
from engine.fs import EMPTY_VIEW, Directory, Entry, FsError, Layer, OverlayFS, View
from engine.image.image import LayerRef, chain_ids, load_view, store_layer

SCRATCH_KEY = "scratch"
MAX_LAYERS = 125
"""More layers the storage driver does not stack (moby ``layer.maxLayerDepth``)."""
STEP_COST = 500
"""Units of work that carrying out any step counts for."""
DOWNLOAD_RATE = 40_000_000
"""Bytes of a registry download in a second."""
INLINE_DOCUMENT = "[internal] preparing inline document"
Decision = Literal["HIT", "MISS", "DEPENDS", "SKIPPED", "METADATA"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What happens, or will happen, to one operation.

    ``HIT``: reused. ``MISS``: carried out, because of ``reason``. ``DEPENDS``: only known once the step
    at ``depends_on`` (its line) has run. ``SKIPPED``: its stage is not needed. ``METADATA``: it changes
    only the configuration, there is nothing to carry out. ``size`` is what its layer adds in bytes: true
    for a HIT, what it was last time for the others (None when unknown).
    """

    op: Operation
    stage: int
    decision: Decision
    reason: MissReason | None = None
    depends_on: int = 0
    size: int | None = None


@dataclass(slots=True)
class StepReport:
    """One line of the progress display. Times are ns; ``status`` is "" for what was never started."""

    name: str
    kind: str
    """``source``, ``document`` or ``step``."""
    status: str = ""
    started: int = 0
    ended: int = 0
    log: tuple[LogLine, ...] = ()
    error: str = ""
    location: SourceRange | None = None
    depth: int = 0
    size: int = 0
    fetched: bool = False
    """An image's layers were downloaded for it."""


@dataclass
class SolveInputs:
    """What a build works on besides its plan. ``contexts`` are already synchronised trees by name."""

    store: BlobStore
    clock: Clock
    budget: Budget
    images: Images
    contexts: Mapping[str, Tree]
    compile_patterns: CompilePatterns
    fetcher: Fetcher
    secrets: Secrets = field(default_factory=Secrets)
    no_cache: bool = False
    no_cache_stages: frozenset[str] = frozenset()
    keep_causes: Callable[[LayerRef, Mapping[str, str]], None] | None = None
    new_reference: Callable[[], str] = lambda: "unknown"
    events: list[Event] = field(default_factory=list)
    hosts: tuple[str, ...] = ()
    step_time: int = 10_000_000
    """What carrying out a step costs besides what it does (ns)."""


@dataclass(frozen=True)
class SolveResult:
    """``layers`` and ``layer_times`` (ns, of the layers above the base image) are the target's."""

    verdicts: tuple[Verdict, ...]
    reports: tuple[StepReport, ...]
    layers: tuple[LayerRef, ...] = ()
    layer_times: tuple[int, ...] = ()
    error: BuildError | None = None


@dataclass(slots=True)
class _Vertex:
    op: Operation
    stage: StagePlan
    parts: Parts
    parent: "_Vertex | None"
    base: "_Base"
    report: StepReport
    key: str = ""
    record: CacheRecord | None = None
    pending: bool = False
    """Its key cannot be known before a stage it reads has run."""
    ignored: bool = False
    tainted: bool = False
    """It ran because of --no-cache, or stands on something that did: older records do not count."""
    reused: bool = False
    reason: MissReason | None = None
    cause: "_Vertex | None" = None
    """The first step below that runs again, when that is the reason."""
    depends_on: int = 0
    picked: "Picked | None" = None
    documents: list[StepReport] = field(default_factory=list)


@dataclass(slots=True)
class _Base:
    """What a stage's first step stands on, when it is no other stage."""

    key: str
    layers: tuple[LayerRef, ...]
    name: str
    report: StepReport | None = None
    record: CacheRecord | None = None
    loaded: bool = False
    download: int = 0
    """Bytes to fetch from a registry; 0 for an image of this machine, which takes no space of its own."""


class _Stopped(Exception):
    """A step failed; carries where."""

    def __init__(self, vertex: _Vertex | None, error: BuildError) -> None:
        self.vertex = vertex
        self.error = error


def solve(
    plan: BuildPlan, cache: CacheWriter, inputs: SolveInputs, executor: Executor | None = None
) -> SolveResult:
    """Decide about every step of ``plan`` and, with an executor, carry out what the target needs.

    Without one nothing is written to ``cache`` or the store. A step that fails ends the build: the
    result's ``error`` says how. Raises EngineError only for images that cannot be found.
    """
    return _Solver(plan, cache, inputs, executor).run()


class _Solver:
    def __init__(
        self, plan: BuildPlan, cache: CacheWriter, inputs: SolveInputs, executor: Executor | None
    ) -> None:
        self.plan = plan
        self.cache = cache
        self.inputs = inputs
        self.executor = executor
        self.chains: dict[int, list[_Vertex]] = {}
        self.bases: dict[FileSystemSource, _Base] = {}
        self.nothing = _Base(SCRATCH_KEY, (), "scratch")
        self.last_of: dict[int, tuple[_Vertex | None, _Base]] = {}
        self.known: dict[str, _Vertex] = {}
        self.vertex_of: dict[int, _Vertex] = {}
        self.order: list[StepReport] = []
        self.downloads: dict[str, Download] = {}
        self.checkouts: dict[tuple[str, str, bool], Checkout] = {}
        self.broken: _Stopped | None = None
        self.carrying_out = False
        self.sizes: dict[str, int] | None = None

    # ------------------------------------------------------------------ the whole build

    def run(self) -> SolveResult:
        error: BuildError | None = None
        layers: tuple[LayerRef, ...] = ()
        times: tuple[int, ...] = ()
        try:
            self._add_images()
            for stage in self.plan.stages:
                if stage.needed:
                    self._plan_stage(stage)
            if self.broken is not None:
                raise self.broken
            if self.executor is not None:
                self._carry_out()
                layers, times = self._result(self.plan.target)
        except _Stopped as stopped:
            error = self._failed(stopped)
        return SolveResult(self._verdicts(), tuple(self.order), layers, times, error)

    def _failed(self, stopped: _Stopped) -> BuildError:
        vertex, error = stopped.vertex, stopped.error
        if vertex is not None:
            vertex.report.status = "ERROR"
            vertex.report.error = str(error)
            vertex.report.ended = vertex.report.ended or self.inputs.clock.now
            vertex.report.started = vertex.report.started or vertex.report.ended
            if not any(report is vertex.report for report in self.order):
                self.order.append(vertex.report)
            self._cancel()
        return error

    def _cancel(self) -> None:
        """Steps that were ready to run, or running, when another one failed."""
        for chain in self.chains.values():
            for vertex in chain:
                if vertex.report.status in ("", "ERROR"):
                    if not vertex.report.status and self._is_ready(vertex):
                        vertex.report.status = "CANCELED"
                    break

    def _is_ready(self, vertex: _Vertex) -> bool:
        """Whether everything a step needs was there, so that it was running when the build ended."""
        if vertex.pending or (vertex.parent is not None and vertex.parent.record is None):
            return False
        return all(
            last is None or last.record is not None
            for last, _ in (self._last(index) for index in stages_read(vertex.op))
        )

    # ------------------------------------------------------------------ sources

    def _add_images(self) -> None:
        for image in self.plan.images:
            if image.source not in self.bases:
                self._image_base(image.source, image.name)

    def _image_base(self, source: ImageSource, name: str) -> _Base:
        known = self.bases.get(source)
        if known is not None:
            if known.report is not None and name:
                known.report.name = name
            return known
        found: FoundImage = self.inputs.images.find(source.reference, source.platform)
        diff_ids = [ref.diff_id for ref in found.layers]
        key = chain_ids(diff_ids)[-1] if diff_ids else SCRATCH_KEY
        report = StepReport(name, "source", "DONE")
        base = _Base(key, found.layers, source.reference, report, self.cache.find(f"image:{key}"))
        base.download = found.download
        self.bases[source] = base
        self.order.append(report)
        return base

    def _base_of(self, op: SourceOp) -> _Base:
        source = op.base
        if isinstance(source, ImageSource):
            return self._image_base(source, op.name)
        if isinstance(source, ContextSource):
            known = self.bases.get(source)
            if known is None:
                known = self._context_base(source, op)
                self.bases[source] = known
            return known
        return self.nothing

    def _context_base(self, source: ContextSource, op: SourceOp) -> _Base:
        tree = self._context(source.name)
        entries = {path: node for path, node in below(tree, "") if path}
        layer = Layer(entries)
        key = manifest(entries.items()).digest
        report = StepReport(op.name, "source", "DONE")
        self.order.append(report)
        refs = (store_layer(self.inputs.store, layer),) if self.executor is not None else ()
        return _Base(key, refs, source.name, report, self.cache.find(f"image:{key}"))

    def _context(self, name: str) -> Tree:
        return self.inputs.contexts.get(name, EMPTY_VIEW)

    def _load_base(self, base: _Base) -> None:
        """A step needs the files of the base itself (not just its name)."""
        if base.loaded:
            return
        base.loaded = True
        if self.executor is None or base.key == SCRATCH_KEY:
            return
        now = self.inputs.clock.now
        if base.record is not None:
            base.record = self.cache.use(base.record, now)
            if base.report is not None:
                base.report.status = "CACHED"
            return
        key = f"image:{base.key}"
        size = 0
        if base.download:
            size = sum(ref.size for ref in base.layers)
            self.inputs.clock.advance(base.download * SECOND // DOWNLOAD_RATE)
            if base.report is not None:
                base.report.started, base.report.ended = now, self.inputs.clock.now
                base.report.fetched = True
        base.record = self.cache.store(
            CacheRecord(
                id=self.cache.new_id(key),
                key=key,
                kind=REGULAR,
                description=f"pulled from {base.name}",
                created=now,
                last_used=now,
                layers=base.layers,
                size=size,
            )
        )

    # ------------------------------------------------------------------ keys

    def _plan_stage(self, stage: StagePlan) -> None:
        chain: list[_Vertex] = []
        self.chains[stage.index] = chain
        parent: _Vertex | None = None
        base: _Base | None = None
        depth = 1
        for op in stage.operations:
            if isinstance(op, SourceOp):
                if isinstance(op.base, StageSource):
                    parent, base = self._last(op.base.index)
                    depth = parent.report.depth + 1 if parent else 1
                else:
                    parent, base = None, self._base_of(op)
                continue
            if isinstance(op, MetaOp) or op.empty_layer or base is None:
                continue
            parts = own_parts(op)
            vertex = _Vertex(
                op, stage, parts, parent, base, StepReport(op.name, "step", location=op.location)
            )
            vertex.ignored = self._is_ignored(op, stage)
            self._find_key(vertex)
            twin = self.known.get(vertex.key) if vertex.key else None
            if twin is not None and twin is not parent:
                vertex = twin
            else:
                vertex.report.depth = self._depth(vertex, depth)
                vertex.documents = [
                    StepReport(INLINE_DOCUMENT, "document", vertex.report.status or "DONE")
                    for item in (op.items if isinstance(op, CopyOp) else ())
                    if isinstance(item, InlineItem)
                ]
                self.order += [*vertex.documents, vertex.report]
                if vertex.key:
                    self.known[vertex.key] = vertex
            depth = vertex.report.depth + 1
            chain.append(vertex)
            self.vertex_of[id(op)] = vertex
            parent = vertex
        self.last_of[stage.index] = (parent, base or self.nothing)

    def _depth(self, vertex: _Vertex, depth: int) -> int:
        for index in stages_read(vertex.op):
            last, _ = self._last(index)
            if last is not None:
                depth = max(depth, last.report.depth + 1)
        return depth

    def _last(self, index: int) -> tuple[_Vertex | None, _Base]:
        """The last step of a stage that is already planned (None without one), and what that starts from."""
        return self.last_of.get(index) or (None, self.nothing)

    def _is_ignored(self, op: Operation, stage: StagePlan) -> bool:
        if isinstance(op, WorkdirOp):
            return False
        names = self.inputs.no_cache_stages
        if not names:
            return self.inputs.no_cache
        return stage.name.lower() in names or str(stage.index) in names or stage.label in names

    def _below(self, vertex: _Vertex) -> str:
        """The key of what the step stands on; "" while that is not known."""
        return vertex.parent.key if vertex.parent is not None else vertex.base.key

    def _find_key(self, vertex: _Vertex) -> None:
        """Compute the key if it can be known now, and look it up."""
        parent = vertex.parent
        under = self._below(vertex)
        if parent is not None and parent.pending:
            vertex.pending = True
            vertex.depends_on = parent.depends_on
            if self.broken is not None and not stages_read(vertex.op):
                self._try(vertex)
            return
        tainted = parent is not None and parent.tainted
        if self._quick_hit(vertex, under, tainted):
            return
        waits = self._waits_for(vertex.op)
        if waits is not None:
            vertex.pending = True
            vertex.depends_on = waits.op.location.start_line
            return
        self._set_key(vertex, under, tainted)

    def _set_key(self, vertex: _Vertex, under: str, tainted: bool) -> None:
        parts = vertex.parts
        failure = self._try(vertex)
        if failure is not None:
            vertex.pending = True
            vertex.depends_on = vertex.op.location.start_line
            vertex.reason = reasons.because_it_fails(str(failure), vertex.depends_on)
            return
        if vertex.picked is not None:
            parts = (*parts, ("content", vertex.picked.manifest.digest))
        vertex.parts = parts
        vertex.key = key_of(under, parts)
        vertex.pending = False
        if vertex.ignored:
            vertex.tainted = True
            vertex.reason = reasons.because_of_option(vertex.op.location.start_line)
            return
        record = None if tainted else self.cache.find(vertex.key)
        if record is not None:
            self._hit(vertex, record)
            return
        vertex.tainted = tainted
        vertex.reason = self._why(vertex)

    def _try(self, vertex: _Vertex) -> BuildError | None:
        """Find what the step reads. While planning, a failure waits: of several the last one counts.

        BuildKit looks at the sources of all steps at once, beginning with the target's.
        """
        try:
            vertex.picked = self._pick(vertex.op)
        except BuildError as error:
            stopped = _Stopped(vertex, self._located(error, vertex))
            if self.carrying_out:
                raise stopped from None
            if self.broken is None or _reads_context(vertex.op):
                self.broken = stopped
            return error
        return None

    def _quick_hit(self, vertex: _Vertex, under: str, tainted: bool) -> bool:
        """Whether a step that reads stages can be reused by their definitions alone."""
        indexes = stages_read(vertex.op)
        if not indexes or vertex.ignored or tainted:
            return False
        record = self.cache.find_quick(self._quick_key(vertex, under))
        if record is None:
            return False
        vertex.parts = record.parts
        vertex.key = record.key
        self._hit(vertex, record)
        return True

    def _quick_key(self, vertex: _Vertex, under: str, *, done: bool = False) -> str:
        """A key made of definitions; "" when a context is read or some stage's key is not known.

        A stage that runs again for --no-cache has a known key, but only once it is ``done`` does the key
        stand for the new result.
        """
        pieces: list[tuple[str, str]] = [part for part in vertex.parts if part[0] != "content"]
        for source in sources_of(vertex.op):
            if isinstance(source, ContextSource):
                return ""
            if isinstance(source, StageSource):
                last, base = self._last(source.index)
                if last is not None and (last.pending or (last.tainted and not done)):
                    return ""
                pieces.append(("source", last.key if last is not None else base.key))
            elif isinstance(source, ImageSource):
                pieces.append(("source", self._image_base(source, "").key))
        return key_of(under, pieces)

    def _hit(self, vertex: _Vertex, record: CacheRecord) -> None:
        vertex.record = record
        vertex.reused = True
        vertex.pending = False
        vertex.report.status = "CACHED"
        vertex.report.size = record.size

    def _waits_for(self, op: Operation) -> _Vertex | None:
        """The first step, of a stage this one reads, that has to run before the key can be known."""
        for index in stages_read(op):
            last, _ = self._last(index)
            if last is None or last.record is not None:
                continue
            here: _Vertex | None = last
            first = last
            while here is not None and here.record is None:
                first = here
                here = here.parent
            return first
        return None

    def _pick(self, op: Operation) -> Picked | None:
        """What the step reads, as it is now."""
        if isinstance(op, CopyOp):
            return pick(
                op,
                self._tree_of,
                self._download,
                self._checkout,
                self.inputs.compile_patterns,
                self.inputs.new_reference,
            )
        if isinstance(op, RunOp) and any(mount.kind == "bind" for mount in op.mounts):
            return pick_mount(op, self._tree_of, self.inputs.new_reference)
        return None

    def _tree_of(self, source: FileSystemSource) -> Tree:
        if isinstance(source, ContextSource):
            return self._context(source.name)
        if isinstance(source, StageSource):
            layers, _ = self._result(source.index)
            return load_view(self.inputs.store, layers)
        if isinstance(source, ImageSource):
            base = self._image_base(source, "")
            self._load_base(base)
            return load_view(self.inputs.store, base.layers)
        return EMPTY_VIEW

    def _download(self, url: str) -> Download:
        known = self.downloads.get(url)
        if known is None:
            known = self.inputs.fetcher.download(url)
            self.downloads[url] = known
        return known

    def _checkout(self, item: GitItem, keep_git_dir: bool) -> Checkout:
        key = (item.remote, item.ref, keep_git_dir)
        known = self.checkouts.get(key)
        if known is None:
            known = self.inputs.fetcher.checkout(item.remote, item.ref, keep_git_dir=keep_git_dir)
            self.checkouts[key] = known
        return known

    # ------------------------------------------------------------------ reasons

    def _why(self, vertex: _Vertex) -> MissReason:
        parent = vertex.parent
        if parent is not None and not parent.reused:
            cause = vertex.cause = parent.cause or parent
            return reasons.because_of_parent(described(cause.op), cause.op.location.start_line)
        under = self._below(vertex)
        siblings: list[CacheRecord] = []
        elsewhere: list[CacheRecord] = []
        base_seen = False
        for record in self.cache.records():
            if record.kind != REGULAR:
                continue
            if record.key == f"image:{vertex.base.key}":
                base_seen = True
            below_record = self.cache.get(record.parent)
            below_key = below_record.key.removeprefix("image:") if below_record else SCRATCH_KEY
            (siblings if below_key == under else elsewhere).append(record)
        position = vertex.stage.operations.index(vertex.op)
        later = frozenset(described(op) for op in vertex.stage.operations[position + 1 :])
        return reasons.explain(
            vertex.parts[0][1],
            vertex.parts,
            siblings,
            elsewhere,
            arguments=frozenset(name for name, _ in vertex.op.build_args),
            later=later,
            current=vertex.picked.manifest if vertex.picked is not None else None,
            previous=self._manifest_of,
            base_moved=parent is None and not base_seen,
            line=vertex.op.location.start_line,
        )

    def _manifest_of(self, record: CacheRecord) -> Manifest | None:
        if not record.blob or not self.inputs.store.has(Digest(record.blob)):
            return None
        return Manifest.decode(self.inputs.store.get(Digest(record.blob)))

    # ------------------------------------------------------------------ carrying out

    def _carry_out(self) -> None:
        self.carrying_out = True
        for index in sorted(self._demanded()):
            for vertex in self.chains.get(index, ()):
                if vertex.record is None:
                    self._settle(vertex)
        for chain in self.chains.values():
            for vertex in chain:
                if vertex.reused and vertex.record is not None:
                    vertex.record = self.cache.use(vertex.record, self.inputs.clock.now)
        if not self.chains.get(self.plan.target):
            last, base = self._last(self.plan.target)
            if last is None:
                self._load_base(base)

    def _demanded(self) -> set[int]:
        """The stages whose result somebody needs, given what can be reused."""
        wanted: set[int] = set()
        pending = [self.plan.target]
        while pending:
            index = pending.pop()
            if index in wanted:
                continue
            wanted.add(index)
            chain = self.chains.get(index, [])
            if chain and chain[-1].record is not None:
                continue
            reused = max((i for i, vertex in enumerate(chain) if vertex.record is not None), default=-1)
            for vertex in chain[reused + 1 :]:
                pending += stages_read(vertex.op)
            base = self.plan.stages[index].base
            if reused < 0 and isinstance(base, StageSource):
                pending.append(base.index)
        return wanted

    def _settle(self, vertex: _Vertex) -> None:
        """Make sure a step's result is there: look again if it had to wait, then carry it out."""
        if vertex.pending:
            parent = vertex.parent
            under = self._below(vertex)
            tainted = parent is not None and parent.tainted
            if not self._quick_hit(vertex, under, tainted):
                self._set_key(vertex, under, tainted)
                if vertex.record is not None and stages_read(vertex.op):
                    quick = self._quick_key(vertex, under, done=True)
                    vertex.record = replace(vertex.record, quick_key=quick)
        if vertex.record is None:
            self._execute(vertex)

    def _result(self, index: int) -> tuple[tuple[LayerRef, ...], tuple[int, ...]]:
        """The layers of a stage, and when those above its base were made."""
        last, base = self._last(index)
        if last is None or last.record is None:
            self._load_base(base)
            return base.layers, ()
        records: list[CacheRecord] = []
        here: CacheRecord | None = last.record
        while here is not None and not here.key.startswith("image:"):
            records.append(here)
            here = self.cache.get(here.parent)
        records.reverse()
        layers = base.layers
        for record in records:
            layers += record.layers
        return layers, tuple(record.created for record in records)

    def _execute(self, vertex: _Vertex) -> None:
        parent = vertex.parent
        if parent is None:
            self._load_base(vertex.base)
            stack = vertex.base.layers
            below_id = vertex.base.record.id if vertex.base.record is not None else ""
        else:
            assert parent.record is not None
            stack = (*vertex.base.layers, *self._added(parent.record))
            below_id = parent.record.id
        inputs = self.inputs
        report = vertex.report
        if len(stack) >= MAX_LAYERS:
            raise _Stopped(vertex, self._located(BuildError("max depth exceeded"), vertex))
        inputs.budget.step(STEP_COST)
        report.started = inputs.clock.now
        inputs.clock.advance(inputs.step_time)
        view = load_view(inputs.store, stack)
        linked = isinstance(vertex.op, CopyOp) and vertex.op.link
        # A linked copy is made on its own, knowing nothing of what is below it.
        tree = OverlayFS(EMPTY_VIEW if linked else view, clock=inputs.clock)
        tree.cause = described(vertex.op)
        try:
            self._apply(vertex, tree, view)
        except (BuildError, FsError) as error:
            failure = error if isinstance(error, BuildError) else BuildError(str(error))
            raise _Stopped(vertex, self._located(failure, vertex)) from None
        layer = tree.upper_layer()
        if vertex.base.key == SCRATCH_KEY:
            layer = changed_only(layer, view)
        ref = store_layer(inputs.store, layer)
        report.ended = inputs.clock.now
        report.status = "DONE"
        report.size = layer.size
        if tree.causes and inputs.keep_causes is not None:
            inputs.keep_causes(ref, tree.causes)
        quick = self._quick_key(vertex, self._below(vertex), done=True) if stages_read(vertex.op) else ""
        blob = ""
        if vertex.picked is not None:
            blob = inputs.store.put(vertex.picked.manifest.encoded)
        vertex.record = self.cache.store(
            CacheRecord(
                id=self.cache.new_id(vertex.key),
                key=vertex.key,
                kind=REGULAR,
                description=described(vertex.op),
                created=inputs.clock.now,
                last_used=inputs.clock.now,
                parent=below_id,
                layers=(ref,),
                size=layer.size,
                parts=vertex.parts,
                quick_key=quick,
                blob=blob,
            )
        )
        inputs.events.append(LayerCommitted(ref.diff_id, ref.size, vertex.op.created_by or ""))

    def _added(self, record: CacheRecord) -> tuple[LayerRef, ...]:
        pieces: list[tuple[LayerRef, ...]] = []
        here: CacheRecord | None = record
        while here is not None and not here.key.startswith("image:"):
            pieces.append(here.layers)
            here = self.cache.get(here.parent)
        return tuple(ref for piece in reversed(pieces) for ref in piece)

    def _apply(self, vertex: _Vertex, tree: OverlayFS, view: View) -> None:
        op, inputs = vertex.op, self.inputs
        if isinstance(op, WorkdirOp):
            owner = resolve_owner(tree, op.user) if op.user else Owner()
            make_workdir(tree, op.path, owner, inputs.budget)
        elif isinstance(op, CopyOp):
            assert vertex.picked is not None
            people = OverlayFS(view, clock=inputs.clock) if op.link else tree
            owner_wanted = resolve_owner(people, op.chown) if op.chown else None
            excluded: Matcher | None = inputs.compile_patterns(op.excludes) if op.excludes else None
            copier = Copier(tree, inputs.budget, owner=owner_wanted, chmod=op.chmod, excluded=excluded)
            vertex.picked.write(copier, op)
        elif isinstance(op, RunOp):
            assert self.executor is not None
            runner = Runner(
                inputs.store, inputs.clock, self.cache, inputs.secrets, self._tree_of, inputs.hosts
            )
            try:
                vertex.report.log = runner.run(op, tree, self.executor)
            except RunFailed as failed:
                vertex.report.log = failed.log
                vertex.report.ended = inputs.clock.now
                raise

    def _located(self, error: BuildError, vertex: _Vertex) -> BuildError:
        if not error.locations:
            error.locations = (vertex.op.location,)
        return error

    # ------------------------------------------------------------------ verdicts

    def _verdicts(self) -> tuple[Verdict, ...]:
        found: list[Verdict] = []
        for stage in self.plan.stages:
            for op in stage.operations:
                if not stage.needed:
                    found.append(Verdict(op, stage.index, "SKIPPED"))
                    continue
                if isinstance(op, SourceOp):
                    found.append(Verdict(op, stage.index, "HIT", size=0))
                    continue
                if isinstance(op, MetaOp) or op.empty_layer:
                    found.append(Verdict(op, stage.index, "METADATA", size=0))
                    continue
                found.append(self._verdict(op, stage.index, self.vertex_of.get(id(op))))
        return tuple(found)

    def _verdict(self, op: Operation, stage: int, vertex: _Vertex | None) -> Verdict:
        if vertex is None:
            return Verdict(op, stage, "MISS", reasons.MissReason("unknown", "an earlier step failed"))
        if vertex.pending and vertex.reason is None:
            return Verdict(op, stage, "DEPENDS", depends_on=vertex.depends_on, size=self._last_size(vertex))
        if vertex.reused and vertex.record is not None:
            return Verdict(op, stage, "HIT", size=vertex.record.size)
        size = vertex.record.size if vertex.record is not None else self._last_size(vertex)
        return Verdict(op, stage, "MISS", vertex.reason, size=size)

    def _last_size(self, vertex: _Vertex) -> int | None:
        """What a step of the same description added when it was last carried out."""
        if self.sizes is None:
            self.sizes = {record.description: record.size for record in self.cache.records()}
        return self.sizes.get(described(vertex.op))


def _reads_context(op: Operation) -> bool:
    return any(isinstance(source, ContextSource) for source in sources_of(op))


def changed_only(layer: Layer, view: View) -> Layer:
    """``layer`` without what is the same, time included, in ``view`` below it.

    Above an image every path that was written counts; above nothing BuildKit compares.
    """
    kept: dict[str, Entry] = {}
    for path in reversed(tuple(layer.entries)):
        entry = layer.entries[path]
        before = view.get(path)
        if isinstance(entry, Directory) and isinstance(before, Directory) and not entry.opaque:
            same = (entry.mode, entry.uid, entry.gid) == (before.mode, before.uid, before.gid)
            if same and not any(other.startswith(path + "/") for other in kept):
                continue
        elif entry == before:
            continue
        kept[path] = entry
    return Layer(kept)


def described(op: Operation) -> str:
    """A step's name without its number: what its cache record is called."""
    return op.name.partition("] ")[2] if op.name.startswith("[") else op.name or op.text
