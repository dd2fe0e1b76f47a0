"""A BuildKit build on a daemon, from the definition to the tagged image."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.analysis import dockerfile_graph
from engine.build.assemble import assemble_image
from engine.build.cache import (
    LOCAL_SOURCE,
    BuildCacheState,
    CacheRecord,
    CacheWriter,
)
from engine.build.context import SentContext, needed_paths, selected, synchronise
from engine.build.errors import BuildError
from engine.build.executor import FoundImage
from engine.build.ops import (
    BuildPlan,
    ContextSource,
    CopyOp,
    Operation,
    PathItem,
)
from engine.build.progress import Detail, Vertex, size_text
from engine.build.solver import SolveInputs, StepReport, Verdict, described, solve
from engine.build.trees import Tree
from engine.clock import SECOND
from engine.content import Digest, sha256_digest
from engine.daemon.buildrequest import BuildForecast, BuildOutcome, BuildRequest, find_problems
from engine.daemon.buildrun import BuildExecutor
from engine.daemon.buildsources import NO_SUCH_IMAGE, BuildImages, SimulatedNetwork, compile_patterns
from engine.daemon.daemon import Daemon
from engine.dockerfile.directives import find_directive, reference_of
from engine.dockerfile.frontend import FrontendResult, compile_dockerfile
from engine.dockerfile.lint import (
    CheckOptionError,
    Finding,
    options_of,
)
from engine.errors import EngineError
from engine.events import BuildFinished, BuildStarted, StepCached, StepFailed, StepRan
from engine.fs import Content, File, Layer, Node
from engine.image.image import Image, LayerRef, load_layer, load_view
from engine.image.reference import ReferenceError, parse_normalized

STEP_TIME = SECOND // 100
LOAD_TIME = SECOND // 50
_FRONTEND = "docker/dockerfile"


class BuildKit:
    """One BuildKit build on a daemon."""

    def __init__(self, daemon: Daemon, request: BuildRequest) -> None:
        self.daemon = daemon
        self.request = request
        self.cache = CacheWriter(BuildCacheState.from_json(daemon.state.build_cache))
        self.images = BuildImages(daemon, classic=False, pull_always=request.pull, dry=False)
        self.images.aliases = request.image_contexts
        self.vertices: list[Vertex] = []
        self.references = 0

    # ------------------------------------------------------------------ the whole build

    def run(self) -> BuildOutcome:
        """Build, export and tag; a failure is in the outcome. Raises BudgetExceeded."""
        daemon, request = self.daemon, self.request
        begin = daemon.clock.now
        definition = self._load("[internal] load build definition from " + request.dockerfile_name)
        if request.dockerfile is None:
            definition.details.append(Detail("transferring dockerfile: 2B"))
            name = request.dockerfile_name
            missing = BuildError(f"failed to read dockerfile: open {name}: no such file or directory")
            return BuildOutcome(tuple(self.vertices), (), error=missing)
        text = request.dockerfile
        node = File(Content(text.encode("utf-8", "surrogateescape")), mtime=request.dockerfile_mtime)
        sent = synchronise({request.dockerfile_name.rpartition("/")[2]: node}, None)
        definition.details.append(Detail(f"transferring dockerfile: {size_text(sent.transferred)}"))
        refused = self._load_frontend(text)
        if refused is not None:
            return BuildOutcome(tuple(self.vertices), (), error=refused)
        result = compile_dockerfile(text, request.options(classic=False), self.images.resolve)
        findings = self._check(result, definition)
        self._keep_source("dockerfile", sent.layer)
        if result.error is not None or result.plan is None:
            return self._not_planned(result, findings)
        if isinstance(findings, CheckOptionError):
            return BuildOutcome(tuple(self.vertices), (), error=findings)
        if findings and options_of(text, dict(request.build_args)).error:
            broken = ", ".join(sorted({finding.rule for finding in findings}))
            violation = BuildError(f"lint violation found for rules: {broken}")
            return BuildOutcome(tuple(self.vertices), findings, error=violation)
        self._load_metadata(result.plan)
        for source in request.cache_from:
            self._load(f"importing cache manifest from {source}")
        outcome = self._solve(result.plan, findings)
        self._finish(outcome, begin)
        return outcome

    def check(self) -> tuple[BuildOutcome, str]:
        """``--check``: the findings, and what would end the build ("" = nothing)."""
        request = self.request
        definition = self._load("[internal] load build definition from " + request.dockerfile_name)
        if request.dockerfile is None:
            definition.details.append(Detail("transferring dockerfile: 2B"))
            name = request.dockerfile_name
            missing = BuildError(f"failed to read dockerfile: open {name}: no such file or directory")
            return BuildOutcome(tuple(self.vertices), (), error=missing), str(missing)
        sent = synchronise({"Dockerfile": File(Content(request.dockerfile.encode("utf-8", "replace")))}, None)
        definition.details.append(Detail(f"transferring dockerfile: {size_text(sent.transferred)}"))
        result = compile_dockerfile(request.dockerfile, request.options(classic=False), self.images.resolve)
        findings = self._check(result, definition)
        if isinstance(findings, CheckOptionError):
            return BuildOutcome(tuple(self.vertices), (), error=findings), str(findings)
        definition.warnings.clear()
        if result.plan is not None and any(trace.compiled for trace in result.traces):
            self._load_metadata(result.plan)
        outcome = BuildOutcome(tuple(self.vertices), findings, error=result.error)
        return outcome, str(result.error or "")

    def forecast(self) -> BuildForecast:
        """What `run` would do, without doing it."""
        request = self.request
        if request.dockerfile is None:
            return BuildForecast((), (), (), "there is no Dockerfile")
        self.images.dry = True
        options = request.options(classic=False, tolerant=True, all_stages=True)
        result = compile_dockerfile(request.dockerfile, options, self.images.resolve)
        findings = find_problems(result, request, own=True, stored=self._stored)
        if result.plan is None:
            return BuildForecast((), findings, result.errors)
        contexts = {name: sent.tree for name, (sent, _) in self._contexts(result.plan).items()}
        solved = solve(result.plan, self.cache, self._inputs(contexts))
        failure = str(solved.error) if solved.error is not None else ""
        graph = dockerfile_graph(result, solved.verdicts, self.images.sizes())
        return BuildForecast(solved.verdicts, findings, result.errors, failure, graph)

    def _stored(self, operation: Operation, paths: tuple[str, ...]) -> int | None:
        """Bytes a step's layer holds below ``paths`` (all of them when none are given).

        Known from the last time it was carried out; for a COPY from the context also before that.
        """
        name = described(operation)
        made = [one for one in self.cache.records() if one.description == name and one.layers]
        if made:
            layer = load_layer(self.daemon.store, made[-1].layers[-1])
            below = tuple(path.strip("/") + "/" for path in paths)
            return sum(
                entry.content.size
                for path, entry in layer.entries.items()
                if isinstance(entry, File) and (not below or f"{path}/".startswith(below))
            )
        if isinstance(operation, CopyOp) and operation.origin == ContextSource():
            place = operation.destination_path.rstrip("/")
            if paths and place not in [path.rstrip("/") for path in paths]:
                return None
            sources = tuple(item.path for item in operation.items if isinstance(item, PathItem))
            chosen = selected(self.request.context.nodes, None if "." in sources else sources)
            return sum(node.content.size for node in chosen.values() if isinstance(node, File))
        return None

    # ------------------------------------------------------------------ before the steps

    def _load(self, name: str) -> Vertex:
        now = self.daemon.clock.now
        self.daemon.clock.advance(LOAD_TIME)
        vertex = Vertex(name, started=now, ended=self.daemon.clock.now)
        self.vertices.append(vertex)
        return vertex

    def _load_frontend(self, text: str) -> EngineError | None:
        """Fetch the front end a ``# syntax=`` line asks for: any version of Docker's own is this one."""
        directive = find_directive("syntax", text)
        if directive is None:
            return None
        written = reference_of(directive)
        try:
            reference = parse_normalized(written).tagged()
        except ReferenceError as error:
            return BuildError(f"failed to parse frontend image reference {written}: {error}")
        vertex = self._load(f"resolve image config for docker-image://{reference}")
        if not reference.path.endswith(_FRONTEND):
            vertex.status = "ERROR"
            vertex.error = NO_SUCH_IMAGE
            return BuildError(f"failed to resolve source metadata for {reference}: {NO_SUCH_IMAGE}")
        digest = sha256_digest(str(reference).encode())
        self._load(f"docker-image://{reference}@{digest}").status = "CACHED"
        return None

    def _check(self, result: FrontendResult, definition: Vertex) -> "tuple[Finding, ...] | CheckOptionError":
        try:
            options_of(self.request.dockerfile or "", dict(self.request.build_args))
        except CheckOptionError as error:
            return error
        findings = find_problems(result, self.request, own=False)
        for finding in findings:
            definition.warnings.append(f"{finding.rule}: {finding.detail} (line {finding.line})")
        return findings

    def _not_planned(
        self, result: FrontendResult, findings: "tuple[Finding, ...] | CheckOptionError"
    ) -> BuildOutcome:
        if isinstance(findings, CheckOptionError):
            return BuildOutcome(tuple(self.vertices), (), error=findings)
        error = result.error
        if result.plan is not None and result.plan.metadata:
            missing = [name for name in result.plan.metadata if f" {name}: " in str(error)]
            if missing or any(trace.compiled for trace in result.traces):
                self._load_metadata(result.plan, missing, str(error))
        return BuildOutcome(tuple(self.vertices), findings, error=error)

    def _load_metadata(self, plan: BuildPlan, missing: Sequence[str] = (), error: str = "") -> None:
        for reference in plan.metadata:
            vertex = self._load(f"[internal] load metadata for {reference}")
            if reference in missing:
                vertex.status = "ERROR"
                vertex.error = error.partition(f"{reference}: ")[2]
        if missing:
            return
        ignore = self._load("[internal] load .dockerignore")
        size = self.request.ignore_size
        nodes: dict[str, Node] = {}
        if size is not None:
            nodes[".dockerignore"] = File(Content(b"", size), mtime=self.request.dockerfile_mtime or 1)
        sent = synchronise(nodes, None)
        ignore.details.append(Detail(f"transferring context: {size_text(sent.transferred)}"))
        self._keep_source("dockerignore", sent.layer)

    def _contexts(self, plan: BuildPlan) -> dict[str, tuple[SentContext, str]]:
        """Every context a plan reads, brought up to date with what the builder kept, and its key."""
        found: dict[str, tuple[SentContext, str]] = {}
        directories = {"": self.request.context, **self.request.contexts}
        for name, directory in directories.items():
            paths = needed_paths(plan, name)
            if paths == ():
                continue
            key = f"local:{name or 'context'}:{directory.key}"
            record = self.cache.find(key)
            kept = None
            if record is not None and self.daemon.store.has(Digest(record.blob)):
                kept = Layer.decode(self.daemon.store.get(Digest(record.blob)))
            found[name] = (synchronise(selected(directory.nodes, paths), kept), key)
        return found

    def _keep_source(self, what: str, layer: Layer, key: str = "") -> None:
        """Keep what was sent, as the builder does for each directory."""
        key = key or f"local:{what}:{self.request.context.key}"
        now = self.daemon.clock.now
        old = self.cache.find(key)
        blob = self.daemon.store.put(layer.encoded)
        if old is not None:
            self.cache.store(replace(old, blob=blob, size=layer.size, last_used=now, usage=old.usage + 1))
            return
        self.cache.store(
            CacheRecord(
                id=self.cache.new_id(key),
                key=key,
                kind=LOCAL_SOURCE,
                description=f"local source for {what}",
                created=now,
                last_used=now,
                size=layer.size,
                blob=blob,
            )
        )

    # ------------------------------------------------------------------ the steps

    def _inputs(self, contexts: Mapping[str, Tree]) -> SolveInputs:
        daemon, request = self.daemon, self.request
        return SolveInputs(
            store=daemon.store,
            clock=daemon.clock,
            budget=daemon.budget,
            images=self.images,
            contexts=contexts,
            compile_patterns=compile_patterns,
            fetcher=SimulatedNetwork(),
            secrets=request.secrets,
            no_cache=request.no_cache,
            no_cache_stages=request.no_cache_stages,
            keep_causes=daemon.keep_provenance,
            new_reference=self._new_reference,
            hosts=request.hosts,
            step_time=STEP_TIME,
        )

    def _new_reference(self) -> str:
        """A snapshot's name as messages show it: session and id."""
        self.references += 1
        session = self.daemon.new_id("session")
        parts = (session[:8], session[8:12], session[12:16], session[16:20], session[20:32])
        return f"{'-'.join(parts)}::{self.cache.new_id(session)}"

    def _solve(self, plan: BuildPlan, findings: tuple[Finding, ...]) -> BuildOutcome:
        daemon = self.daemon
        contexts = self._contexts(plan)
        transferred = contexts[""][0].transferred if "" in contexts else 0
        daemon.events.append(BuildStarted("buildkit", self.request.dockerfile_name, transferred))
        for name, (sent, key) in contexts.items():
            self._keep_source(name or "context", sent.layer, key)
        loaded = daemon.clock.now
        daemon.clock.advance(LOAD_TIME)
        executor = BuildExecutor(
            daemon.clock, daemon.budget, daemon.seed, daemon.events, network=self.request.network
        )
        trees: dict[str, Tree] = {name: sent.tree for name, (sent, _) in contexts.items()}
        solved = solve(plan, self.cache, self._inputs(trees), executor)
        loads = []
        for name, (sent, _) in contexts.items():
            title = "[internal] load build context" if not name else f"[context {name}] load from client"
            vertex = Vertex(title, started=loaded, ended=loaded + LOAD_TIME)
            vertex.details.append(Detail(f"transferring {name or 'context'}: {size_text(sent.transferred)}"))
            loads.append(vertex)
        self.vertices += _displayed(solved.reports, loads, loaded, self._downloads())
        self._report(solved.verdicts, solved.reports, solved.error)
        if solved.error is not None:
            self._save_cache()
            return BuildOutcome(tuple(self.vertices), findings, solved.verdicts, error=solved.error)
        image = assemble_image(plan, solved.layers, solved.layer_times)
        return self._export(image, solved.layers, findings, solved.verdicts)

    def _downloads(self) -> dict[str, FoundImage]:
        """The images fetched from a registry, by the reference their steps show."""
        return {found.base.reference: found for found in self.images.found() if found.download}

    def _export(
        self,
        image: Image,
        layers: tuple[LayerRef, ...],
        findings: tuple[Finding, ...],
        verdicts: tuple[Verdict, ...],
    ) -> BuildOutcome:
        daemon, request = self.daemon, self.request
        started = daemon.clock.now
        daemon.clock.advance(LOAD_TIME)
        identity = ""
        if request.export == "files":
            vertex = Vertex(f"exporting to {request.destination}", started=started)
            size = sum(ref.size for ref in layers)
            vertex.details.append(Detail(f"{_EXPORT_WORDS[request.destination]} {size_text(size)}".rstrip()))
        elif request.export == "image":
            vertex = Vertex("exporting to image", started=started)
            image = self._distinct(image)
            identity = image.id
            if image.layers:
                vertex.details.append(Detail("exporting layers"))
            vertex.details.append(Detail(f"writing image {identity}"))
            daemon.add_image(image, origin="buildkit")
            for tag in request.tags:
                daemon.tag(image.id, tag)
                vertex.details.append(Detail(f"naming to {_named(tag)}"))
        else:
            self._save_cache()
            return BuildOutcome(tuple(self.vertices), findings, verdicts)
        vertex.ended = daemon.clock.now
        self.vertices.append(vertex)
        self._save_cache()
        return BuildOutcome(
            tuple(self.vertices), findings, verdicts, identity, load_view(daemon.store, layers)
        )

    def _distinct(self, image: Image) -> Image:
        """BuildKit writes the configuration anew, so even ``FROM x`` alone gives an image of its own.

        Real documents differ in fields that are not kept here; the smallest difference stands for them.
        """
        known = self.daemon.state.images.get(image.id)
        if known is None or known.origin == "buildkit":
            return image
        whole, _, fraction = image.created.removesuffix("Z").partition(".")
        return replace(image, created=f"{whole}.{fraction.ljust(9, '0')[:8]}1Z")

    def _save_cache(self) -> None:
        self.daemon.state = self.daemon.state.changed(build_cache=self.cache.freeze().to_json())

    # ------------------------------------------------------------------ events

    def _report(
        self, verdicts: Sequence[Verdict], reports: Sequence[StepReport], error: BuildError | None
    ) -> None:
        events = self.daemon.events
        by_name = {report.name: report for report in reports}
        for verdict in verdicts:
            report = by_name.get(verdict.op.name)
            line = verdict.op.location.start_line
            if report is None or report.kind != "step":
                continue
            if report.status == "CACHED":
                events.append(StepCached(report.name, line))
            elif report.status == "DONE":
                reason = verdict.reason.text if verdict.reason is not None else ""
                took = (report.ended - report.started) / SECOND
                events.append(StepRan(report.name, line, reason, report.size, took))
            elif report.status == "ERROR":
                code = error.exit_code if error is not None else 0
                events.append(StepFailed(report.name, line, code, report.error))

    def _finish(self, outcome: BuildOutcome, begin: int) -> None:
        if outcome.error is not None or not outcome.image:
            return
        steps = [one for one in outcome.verdicts if one.decision in ("HIT", "MISS", "DEPENDS")]
        cached = sum(1 for one in steps if one.decision == "HIT" and one.op.keyword != "FROM")
        made = [one for one in steps if one.decision != "HIT"]
        self.daemon.events.append(
            BuildFinished(
                outcome.image,
                self.request.tags,
                cached,
                len(made),
                sum(one.size or 0 for one in made),
                (self.daemon.clock.now - begin) / SECOND,
            )
        )


_EXPORT_WORDS = {"client directory": "copying files", "client tarball": "sending tarball"}


def _named(tag: str) -> str:
    """A tag as the exporter prints it: ``:latest`` is left out."""
    return tag.removesuffix(":latest")


def _displayed(
    reports: Sequence[StepReport],
    loads: Sequence[Vertex],
    begin: int,
    downloads: Mapping[str, FoundImage],
) -> list[Vertex]:
    """The steps in the order they would start if independent ones ran side by side."""
    sources: list[Vertex] = []
    steps: list[tuple[int, int, Vertex]] = []
    for position, report in enumerate(reports):
        if not report.status:
            continue
        started = report.started or begin
        vertex = Vertex(
            report.name,
            report.status,
            started,
            report.ended or started,
            log=report.log,
            error=report.error,
        )
        if report.kind == "source":
            for reference, found in downloads.items():
                if report.fetched and vertex.name.endswith(reference):
                    vertex.details += _download_details(reference, found)
            if vertex.name:
                sources.append(vertex)
        elif report.kind == "document":
            steps.append((0, position, vertex))
        else:
            steps.append((report.depth, position, vertex))
    steps.sort(key=lambda item: (item[0], item[1]))
    return [*sources, *loads, *(vertex for _, _, vertex in steps)]


def _download_details(reference: str, found: FoundImage) -> list[Detail]:
    details = [Detail(f"resolve {reference}")]
    details += [Detail(f"extracting {digest}") for digest in found.digests]
    return details
