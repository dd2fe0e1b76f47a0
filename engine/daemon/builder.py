"""Building images on a daemon: both builders, their forecast, and what they leave behind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from engine.analysis import BuildGraph, dockerfile_graph
from engine.build.assemble import assemble_image
from engine.build.cache import (
    LOCAL_SOURCE,
    BuildCacheState,
    CacheRecord,
    CacheUsage,
    CacheWriter,
    PruneFilter,
    prune,
    usage,
)
from engine.build.classic import ClassicInputs, build_classic
from engine.build.contenthash import Manifest
from engine.build.context import SentContext, needed_paths, selected, synchronise, tar_size
from engine.build.copying import Matcher
from engine.build.errors import BuildError
from engine.build.executor import Checkout, Download, FoundImage, LogLine, Secrets
from engine.build.ops import (
    BaseImage,
    BuildPlan,
    ContextSource,
    CopyOp,
    Operation,
    PathItem,
    RunOp,
    SourceError,
)
from engine.build.progress import Detail, Vertex, size_text
from engine.build.solver import DOWNLOAD_RATE, SolveInputs, StepReport, Verdict, described, solve
from engine.build.trees import Tree, tree_of
from engine.catalogue.world import UnknownHost, fetch, repository
from engine.clock import SECOND
from engine.content import ChainID, Digest, ImageID, sha256_digest
from engine.daemon.buildcontext import ContextDirectory
from engine.daemon.buildrun import BuildExecutor
from engine.daemon.daemon import Daemon
from engine.daemon.errors import DaemonError, NotFound
from engine.daemon.names import container_name
from engine.daemon.state import Container, ImageRecord
from engine.daemon.transfer import RemoteImage, find_remote, pull
from engine.dockerfile.directives import find_directive, reference_of
from engine.dockerfile.dockerignore import IgnoreMatcher
from engine.dockerfile.frontend import FrontendOptions, FrontendResult, compile_dockerfile
from engine.dockerfile.lint import (
    CheckOptionError,
    Finding,
    LintSubject,
    StoredBytes,
    lint,
    options_of,
)
from engine.errors import EngineError
from engine.events import BuildFinished, BuildStarted, StepCached, StepFailed, StepRan
from engine.fs import Content, File, Layer, Node, OverlayFS, View
from engine.image.config import ImageConfig
from engine.image.image import Image, LayerRef, load_layer, load_view, store_layer
from engine.image.reference import ReferenceError, parse_normalized

BuilderName = Literal["buildkit", "classic"]
STEP_TIME = SECOND // 100
LOAD_TIME = SECOND // 50
_MAX_REDIRECTS = 5
_FRONTEND = "docker/dockerfile"
_NO_SUCH_IMAGE = (
    "pull access denied, repository does not exist or may require authorization: server message: "
    "insufficient_scope: authorization failed"
)


# ---------------------------------------------------------------- what is asked for, what comes back


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """One ``docker build``.

    ``dockerfile`` is the text, None when there is no such file; ``dockerfile_name`` what messages call it.
    ``ignore`` are the patterns of the ignore file that applies, ``ignore_size`` its bytes.
    ``contexts`` are those given with ``--build-context``, directories or image names. ``tags`` are full
    references.
    """

    dockerfile: str | None
    dockerfile_name: str
    context: ContextDirectory
    matcher: IgnoreMatcher | None = None
    ignore_size: int | None = None
    dockerfile_mtime: int = 0
    contexts: Mapping[str, ContextDirectory] = field(default_factory=dict)
    image_contexts: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    build_args: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    target: str = ""
    platform: str = "linux/amd64"
    pull: bool = False
    no_cache: bool = False
    no_cache_stages: frozenset[str] = frozenset()
    secrets: Secrets = field(default_factory=Secrets)
    hosts: tuple[str, ...] = ()
    cache_from: tuple[str, ...] = ()
    network: str = "default"
    remove: bool = True
    force_remove: bool = False
    export: Literal["image", "files", "nothing"] = "image"
    destination: str = ""
    """What the display calls the place of exported files."""

    def options(self, *, classic: bool, tolerant: bool = False, all_stages: bool = False) -> FrontendOptions:
        """What the front end has to know of it."""
        return FrontendOptions(
            build_args=self.build_args,
            target=self.target,
            platform=self.platform,
            labels=self.labels,
            contexts=frozenset(self.contexts),
            classic=classic,
            tolerant=tolerant,
            all_stages=all_stages,
        )


@dataclass(frozen=True)
class BuildOutcome:
    """How a BuildKit build went. ``image`` is the new image's id, "" without one; ``tree`` its files."""

    vertices: tuple[Vertex, ...]
    findings: tuple[Finding, ...]
    verdicts: tuple[Verdict, ...] = ()
    image: str = ""
    tree: View | None = None
    error: EngineError | None = None

    @property
    def summary(self) -> str:
        """The sentence that ends a failed build."""
        return self.error.summary if isinstance(self.error, BuildError) else str(self.error or "")


@dataclass(frozen=True)
class ClassicOutcome:
    """How a classic build went. ``error`` is the last line; ``from_daemon`` tells who says it."""

    output: str
    image: str = ""
    error: str = ""
    exit_code: int = 0
    from_daemon: bool = False
    verdicts: tuple[Verdict, ...] = ()
    context_size: int = 0


@dataclass(frozen=True)
class BuildForecast:
    """What a build would do now. ``new_bytes`` is what its steps would add, as far as it can be told."""

    verdicts: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    errors: tuple[SourceError, ...]
    failure: str = ""
    graph: BuildGraph | None = None
    """The same verdicts as stages and what they need; None when there is nothing to build."""

    @property
    def reused(self) -> int:
        """Steps that are reused."""
        return sum(1 for one in self.verdicts if one.decision == "HIT" and one.op.keyword != "FROM")

    @property
    def runs(self) -> int:
        """Steps that are carried out, or may have to be."""
        return sum(1 for one in self.verdicts if one.decision in ("MISS", "DEPENDS"))

    @property
    def new_bytes(self) -> int:
        """Bytes of the layers that are made anew, going by what they were last time."""
        return sum(one.size or 0 for one in self.verdicts if one.decision in ("MISS", "DEPENDS"))


# ---------------------------------------------------------------- images and the network


class _BuildImages:
    """Finds images for a build: this machine's first, then a registry's."""

    def __init__(self, daemon: Daemon, *, classic: bool, pull_always: bool, dry: bool) -> None:
        self.daemon = daemon
        self.classic = classic
        self.pull_always = pull_always
        self.dry = dry
        self.aliases: Mapping[str, str] = {}
        self._found: dict[str, FoundImage] = {}

    def resolve(self, written: str, platform: str) -> BaseImage:
        """The image called ``written``. Raises EngineError in the builder's words."""
        name = self.aliases.get(written, written)
        reference = parse_normalized(name).tagged()
        full = str(reference)
        known = self._found.get(full)
        if known is None:
            known = self._look_up(name, full, platform)
            self._found[full] = known
            self._found[known.base.reference] = known
        return known.base

    def find(self, reference: str, platform: str) -> FoundImage:
        """The image a resolved reference means."""
        known = self._found.get(reference)
        if known is None:
            self.resolve(reference, platform)
            known = self._found[str(parse_normalized(reference).tagged())]
        return known

    def found(self) -> list[FoundImage]:
        """Every image asked for so far."""
        return list({id(image): image for image in self._found.values()}.values())

    def sizes(self) -> dict[str, int]:
        """Bytes of every image asked for so far, by the reference a plan has for it."""
        return {image.base.reference: sum(ref.size for ref in image.layers) for image in self.found()}

    def _look_up(self, name: str, full: str, platform: str) -> FoundImage:
        if not self.pull_always:
            local = self._local(name)
            if local is not None:
                return _found(full, self.daemon.state.images[local].image, local)
        if self.classic:
            return self._pulled(name, full)
        try:
            remote = find_remote(self.daemon, parse_normalized(name).tagged())
        except DaemonError as error:
            raise EngineError(
                f"failed to resolve source metadata for {full}: {_reason(error, full)}"
            ) from error
        return _remote(full, remote)

    def _local(self, name: str) -> ImageID | None:
        reference = self.daemon.find_reference(name)
        if reference is not None:
            return self.daemon.state.tags[reference]
        if self.classic or "@" in name:
            try:
                return self.daemon.find_image(name)
            except DaemonError:
                return None
        return None

    def _pulled(self, name: str, full: str) -> FoundImage:
        if self.dry:
            remote = find_remote(self.daemon, parse_normalized(name).tagged())
            return _found(full, remote.image, remote.image.id)
        done = pull(self.daemon, name)
        state = "Downloaded newer image for" if done.is_new else "Image is up to date for"
        lines = [f"{done.tag}: Pulling from {done.repository}"]
        lines += [f"{layer.name}: {layer.outcome}" for layer in done.layers]
        lines += [f"Digest: {done.digest}", f"Status: {state} {parse_normalized(name).tagged().familiar}"]
        self.daemon.clock.advance(sum(layer.sent for layer in done.layers) * SECOND // DOWNLOAD_RATE)
        found = _found(full, self.daemon.state.images[done.image].image, done.image)
        return replace(found, notice="\n".join(lines) + "\n")


def _found(reference: str, image: Image, identity: str) -> FoundImage:
    platform = "/".join(part for part in (image.os, image.architecture, image.variant) if part)
    base = BaseImage(
        reference=reference,
        config=image.config,
        history=image.history,
        author=image.author,
        platform=platform,
        has_layers=bool(image.layers),
    )
    return FoundImage(base, image.layers, identity)


def _remote(full: str, remote: RemoteImage) -> FoundImage:
    reference = full if "@" in full else f"{full}@{remote.digest}"
    found = _found(reference, remote.image, remote.image.id)
    return replace(found, download=sum(remote.layer_sizes), digests=tuple(remote.layer_digests))


def _reason(error: DaemonError, full: str) -> str:
    if isinstance(error, NotFound):
        return _NO_SUCH_IMAGE
    if "manifest unknown" in str(error):
        return f"{full}: not found"
    return str(error)


class _Network:
    """ADD's downloads and checkouts from the simulated network."""

    def download(self, url: str) -> Download:
        """The file at ``url``; redirects are followed."""
        here = url
        for _ in range(_MAX_REDIRECTS):
            try:
                page = fetch(here)
            except UnknownHost as error:
                host = str(error)
                raise EngineError(
                    f'Get "{here}": dial tcp: lookup {host} on 192.0.2.53:53: no such host'
                ) from error
            if page.status // 100 == 3 and page.location:
                here = page.location
                continue
            if page.status >= 400:
                raise EngineError(f"invalid response status {page.status}")
            return Download(page.content)
        raise EngineError(f'Get "{url}": stopped after {_MAX_REDIRECTS} redirects')

    def checkout(self, remote: str, ref: str, *, keep_git_dir: bool) -> Checkout:
        """The repository's files at a branch, tag or commit."""
        found = repository(remote)
        if found is None:
            raise EngineError(
                f"failed to fetch remote {remote}: git stderr:\nfatal: repository '{remote}' not found: "
                "exit status 128"
            )
        commit = found.commits[0][0] if found.commits else "0" * 40
        if ref and ref not in (found.branch, f"refs/heads/{found.branch}"):
            matching = [one for one, _, _ in found.commits if one.startswith(ref) or ref.startswith(one)]
            if not matching:
                raise EngineError(
                    f"failed to fetch remote {remote}: git stderr:\nfatal: couldn't find remote ref {ref}: "
                    "exit status 128"
                )
            commit = matching[0]
        nodes: dict[str, Node] = {path: File(Content(text.encode())) for path, text in found.files}
        if keep_git_dir:
            nodes[".git/HEAD"] = File(Content(f"ref: refs/heads/{found.branch}\n".encode()))
            nodes[f".git/refs/heads/{found.branch}"] = File(Content(f"{commit}\n".encode()))
        return Checkout(commit, tree_of(nodes))


def compile_patterns(patterns: Sequence[str]) -> Matcher:
    """``--exclude`` and ``--parents`` patterns, as the ignore file's matcher reads them."""
    return IgnoreMatcher.from_patterns(tuple(patterns))


# ---------------------------------------------------------------- BuildKit


class BuildKit:
    """One BuildKit build on a daemon."""

    def __init__(self, daemon: Daemon, request: BuildRequest) -> None:
        self.daemon = daemon
        self.request = request
        self.cache = CacheWriter(BuildCacheState.from_json(daemon.state.build_cache))
        self.images = _BuildImages(daemon, classic=False, pull_always=request.pull, dry=False)
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
        findings = _findings(result, request, own=True, stored=self._stored)
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
            vertex.error = _NO_SUCH_IMAGE
            return BuildError(f"failed to resolve source metadata for {reference}: {_NO_SUCH_IMAGE}")
        digest = sha256_digest(str(reference).encode())
        self._load(f"docker-image://{reference}@{digest}").status = "CACHED"
        return None

    def _check(self, result: FrontendResult, definition: Vertex) -> "tuple[Finding, ...] | CheckOptionError":
        try:
            options_of(self.request.dockerfile or "", dict(self.request.build_args))
        except CheckOptionError as error:
            return error
        findings = _findings(result, self.request, own=False)
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
            fetcher=_Network(),
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


def _errors_that_count(result: FrontendResult) -> tuple[SourceError, ...]:
    """The errors outside of stages that are not built."""
    if result.plan is None:
        return result.errors
    starts = [stage.location.start_line for stage in result.plan.stages]
    unused = {
        line
        for index, stage in enumerate(result.plan.stages)
        if not stage.needed
        for line in range(starts[index], starts[index + 1] if index + 1 < len(starts) else starts[index] + 1)
    }
    compiled_only = result.errors[len(result.source.errors) :]
    skipped = {id(one) for one in compiled_only if one.locations and one.locations[0].start_line in unused}
    return tuple(one for one in result.errors if id(one) not in skipped)


def _findings(
    result: FrontendResult, request: BuildRequest, *, own: bool, stored: StoredBytes | None = None
) -> tuple[Finding, ...]:
    subject = LintSubject(result, request.matcher, has_context=True, stored=stored)
    try:
        options = options_of(request.dockerfile or "", dict(request.build_args))
    except CheckOptionError:
        return ()
    found = lint(subject, options, own=own, strict=not own).findings
    if own or options.experimental_all:
        return found
    # Engine 28 runs this one only for those who ask for experimental checks.
    return tuple(one for one in found if one.rule != "CopyIgnoredFile" or one.rule in options.experimental)


# ---------------------------------------------------------------- the classic builder


class ClassicBuilder:
    """One build with the classic builder."""

    def __init__(self, daemon: Daemon, request: BuildRequest) -> None:
        self.daemon = daemon
        self.request = request
        self.cache = BuildCacheState.from_json(daemon.state.build_cache)
        self.pieces: list[str] = []

    @property
    def context_size(self) -> int:
        """Bytes of the archive the client sends."""
        context = self.request.context
        return tar_size({**context.nodes, **context.hidden})

    def run(self) -> ClassicOutcome:
        """Build and tag. Raises BudgetExceeded."""
        daemon, request = self.daemon, self.request
        begin = daemon.clock.now
        size = self.context_size
        daemon.events.append(BuildStarted("classic", request.dockerfile_name, size))
        images = _BuildImages(daemon, classic=True, pull_always=request.pull, dry=False)
        text = request.dockerfile or ""
        result = compile_dockerfile(text, request.options(classic=True), images.resolve)
        if not text:
            name = request.dockerfile_name
            return self._refused(f"the Dockerfile ({name}) cannot be empty", size)
        if result.error is not None and (result.plan is None or result.source.first_error is not None):
            return self._refused(_parse_refusal(result), size)
        assert result.plan is not None
        inputs = self._inputs(result, images)
        executor = BuildExecutor(
            daemon.clock, daemon.budget, daemon.seed, daemon.events, classic=True, network=request.network
        )
        built = build_classic(result.plan, inputs, executor)
        self._save_cache()
        self._report(built.verdicts)
        if built.error is not None:
            code = built.error.exit_code or 1
            return ClassicOutcome(
                "".join(self.pieces), "", str(built.error), code, False, built.verdicts, size
            )
        if result.error is not None:
            return ClassicOutcome("".join(self.pieces), "", str(result.error), 1, False, built.verdicts, size)
        self._warn_unused(result)
        self.pieces.append(f"Successfully built {built.image.removeprefix('sha256:')[:12]}\n")
        for tag in request.tags:
            daemon.tag(ImageID(built.image), tag)
            self.pieces.append(f"Successfully tagged {parse_normalized(tag).familiar}\n")
        steps = [one for one in built.verdicts if one.op.keyword != "FROM"]
        made = [one for one in steps if one.decision == "MISS"]
        daemon.events.append(
            BuildFinished(
                built.image,
                request.tags,
                len(steps) - len(made),
                len(made),
                sum(one.size or 0 for one in made),
                (daemon.clock.now - begin) / SECOND,
            )
        )
        return ClassicOutcome("".join(self.pieces), built.image, verdicts=built.verdicts, context_size=size)

    def forecast(self) -> BuildForecast:
        """What `run` would do, without doing it."""
        request = self.request
        if request.dockerfile is None:
            return BuildForecast((), (), (), "there is no Dockerfile")
        images = _BuildImages(self.daemon, classic=True, pull_always=False, dry=True)
        result = compile_dockerfile(
            request.dockerfile, request.options(classic=True, tolerant=True), images.resolve
        )
        findings = _findings(result, request, own=True)
        if result.plan is None:
            return BuildForecast((), findings, result.errors)
        built = build_classic(result.plan, self._inputs(result, images))
        self.pieces.clear()
        graph = dockerfile_graph(result, built.verdicts, images.sizes())
        return BuildForecast(built.verdicts, findings, result.errors, str(built.error or ""), graph)

    def _refused(self, message: str, size: int) -> ClassicOutcome:
        return ClassicOutcome("", "", message, 1, True, (), size)

    def _inputs(self, result: FrontendResult, images: _BuildImages) -> ClassicInputs:
        daemon, request = self.daemon, self.request
        return ClassicInputs(
            store=daemon.store,
            clock=daemon.clock,
            budget=daemon.budget,
            images=images,
            classic=self,
            context=tree_of(
                {path: replace(node, uid=0, gid=0) for path, node in request.context.nodes.items()}
            ),
            compile_patterns=compile_patterns,
            fetcher=_Network(),
            no_cache=request.no_cache,
            remove=request.remove,
            force_remove=request.force_remove,
            keep_causes=daemon.keep_provenance,
            emit=self.pieces.append,
            total=_announced_steps(result, request),
            failing=_failing_text(result),
            step_time=STEP_TIME,
        )

    def _save_cache(self) -> None:
        self.daemon.state = self.daemon.state.changed(build_cache=self.cache.to_json())

    def _warn_unused(self, result: FrontendResult) -> None:
        declared = {argument.name for one in result.source.preamble for argument in one.arguments}
        declared.update(
            name
            for stage in (result.plan.stages if result.plan else ())
            for op in stage.operations
            for name, _ in op.build_args
        )
        predefined = {"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"}
        unused = sorted(
            name
            for name in self.request.build_args
            if name not in declared and name.upper() not in predefined
        )
        if unused:
            self.pieces.append(f"[Warning] One or more build-args [{' '.join(unused)}] were not consumed\n")

    def _report(self, verdicts: Sequence[Verdict]) -> None:
        for verdict in verdicts:
            op = verdict.op
            line = op.location.start_line
            if op.keyword == "FROM":
                continue
            if verdict.decision == "HIT":
                self.daemon.events.append(StepCached(op.text, line))
            elif verdict.decision == "MISS":
                reason = verdict.reason.text if verdict.reason is not None else ""
                self.daemon.events.append(StepRan(op.text, line, reason, verdict.size or 0, 0.0))

    # ------------------------------------------------------------------ the images the builder works with

    def find_cached(self, parent: str, created_by: str, config: ImageConfig) -> tuple[str, Image] | None:
        """The newest image made from ``parent`` by that instruction."""
        best: tuple[str, ImageRecord] | None = None
        for identity, record in self._made_from(parent):
            image = record.image
            same = image.history[-1].created_by == created_by and image.config == config
            if same and (best is None or record.stored_at >= best[1].stored_at):
                best = (identity, record)
        return (best[0], best[1].image) if best is not None else None

    def children(self, parent: str) -> Sequence[Image]:
        """Images made from ``parent``, oldest first."""
        return [record.image for _, record in self._made_from(parent)]

    def _made_from(self, parent: str) -> list[tuple[str, ImageRecord]]:
        found = []
        for identity, record in self.daemon.state.images.items():
            rows = len(record.image.history)
            if record.parent == parent and record.origin == "classic" and rows and (parent or rows == 1):
                found.append((str(identity), record))
        return found

    def commit(self, image: Image, parent: str, container: str, command: tuple[str, ...]) -> str:
        """Keep the image of one instruction."""
        return self.daemon.add_image(
            image, parent=parent, origin="classic", container=container, container_command=command
        )

    def new_container(self) -> str:
        """A container id."""
        return self.daemon.new_id("container")

    def keep_failed(
        self, container: str, parent: str, op: RunOp, tree: OverlayFS, exit_code: int, log: Sequence[LogLine]
    ) -> None:
        """Leave the container of a failed RUN behind, as the classic builder does."""
        daemon = self.daemon
        if ImageID(parent) not in daemon.state.images:
            return
        upper = None if tree.is_clean else store_layer(daemon.store, tree.upper_layer())
        now = daemon.clock.now
        daemon.update(
            Container(
                id=container,
                name=container_name(container),
                image=ImageID(parent),
                image_name=parent.removeprefix("sha256:")[:12],
                created=now,
                config=replace(op.config, cmd=op.args),
                hostname=container[:12],
                path=op.args[0] if op.args else "",
                args=op.args[1:],
                status="exited",
                exit_code=exit_code,
                started=now,
                finished=now,
                upper=upper,
            )
        )
        for piece in log:
            daemon.add_log(daemon.state.containers[container], piece.stream, piece.text.encode())

    def known_manifest(self, checksum: str) -> Manifest | None:
        """What was copied when an image got that checksum."""
        blob = dict(self.cache.manifests).get(checksum)
        if blob is None or not self.daemon.store.has(Digest(blob)):
            return None
        return Manifest.decode(self.daemon.store.get(Digest(blob)))

    def keep_manifest(self, checksum: str, manifest: Manifest) -> None:
        """Remember what was copied."""
        self.cache = self.cache.with_manifest(checksum, self.daemon.store.put(manifest.encoded))


def _parse_refusal(result: FrontendResult) -> str:
    """What the daemon answers to a file it cannot read."""
    error = result.error
    text = str(error)
    syntax = bool(result.source.file.errors)
    return f"failed to parse Dockerfile: {text}" if syntax and "parse error on line" not in text else text


def _announced_steps(result: FrontendResult, request: BuildRequest) -> int:
    """The number behind the slash of ``Step 1/4``."""
    total = len(result.source.preamble)
    last = result.plan.target if result.plan is not None else len(result.source.stages) - 1
    if not request.target:
        last = len(result.source.stages) - 1
    for stage in result.source.stages[: last + 1]:
        total += 1 + len(stage.instructions)
    return total + len(request.labels)


def _failing_text(result: FrontendResult) -> str:
    """The instruction at which compiling stopped."""
    if result.error is None or not result.traces:
        return ""
    trace = result.traces[-1]
    if not trace.compiled:
        return trace.stage.from_.text
    last = trace.instructions[-1] if trace.instructions else None
    return last.instruction.text if last is not None and last.operation is None else ""


# ---------------------------------------------------------------- the cache


def forecast_build(daemon: Daemon, request: BuildRequest, builder: BuilderName) -> BuildForecast:
    """What a build would reuse and what it would carry out, without carrying anything out."""
    if builder == "classic":
        return ClassicBuilder(daemon, request).forecast()
    return BuildKit(daemon, request).forecast()


def image_chains(daemon: Daemon) -> set[ChainID]:
    """ChainIDs of every image on the daemon."""
    return {chain for record in daemon.state.images.values() for chain in record.image.chain_ids}


def cache_usage(daemon: Daemon) -> tuple[CacheUsage, ...]:
    """The build cache, record by record."""
    return usage(BuildCacheState.from_json(daemon.state.build_cache), image_chains(daemon))


def prune_cache(daemon: Daemon, rule: PruneFilter) -> tuple[CacheUsage, ...]:
    """``docker builder prune``: what was removed."""
    state = BuildCacheState.from_json(daemon.state.build_cache)
    left, removed = prune(state, image_chains(daemon), rule)
    daemon.state = daemon.state.changed(build_cache=left.to_json())
    return removed


def check_tag(tag: str) -> str:
    """The full reference a ``--tag`` means. Raises ReferenceError."""
    return str(parse_normalized(tag).tagged())
