"""A build with the classic builder on a daemon, whose images are its cache."""

from collections.abc import Sequence
from dataclasses import replace

from engine.analysis import dockerfile_graph
from engine.build.cache import (
    BuildCacheState,
)
from engine.build.classic import ClassicInputs, build_classic
from engine.build.contenthash import Manifest
from engine.build.context import tar_size
from engine.build.executor import LogLine
from engine.build.ops import (
    RunOp,
)
from engine.build.solver import Verdict
from engine.build.trees import tree_of
from engine.clock import SECOND
from engine.content import Digest, ImageID
from engine.daemon.buildrequest import BuildForecast, BuildRequest, ClassicOutcome, find_problems
from engine.daemon.buildrun import BuildExecutor
from engine.daemon.buildsources import BuildImages, SimulatedNetwork, compile_patterns
from engine.daemon.daemon import Daemon
from engine.daemon.names import container_name
from engine.daemon.state import Container, ImageRecord
from engine.dockerfile.frontend import FrontendResult, compile_dockerfile
from engine.events import BuildFinished, BuildStarted, StepCached, StepRan
from engine.fs import OverlayFS
from engine.image.config import ImageConfig
from engine.image.image import Image, store_changes
from engine.image.reference import parse_normalized

STEP_TIME = SECOND // 100


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
        images = BuildImages(daemon, classic=True, pull_always=request.pull, dry=False)
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
        images = BuildImages(self.daemon, classic=True, pull_always=False, dry=True)
        result = compile_dockerfile(
            request.dockerfile, request.options(classic=True, tolerant=True), images.resolve
        )
        findings = find_problems(result, request, own=True)
        if result.plan is None:
            return BuildForecast((), findings, result.errors)
        built = build_classic(result.plan, self._inputs(result, images))
        self.pieces.clear()
        graph = dockerfile_graph(result, built.verdicts, images.sizes())
        return BuildForecast(built.verdicts, findings, result.errors, str(built.error or ""), graph)

    def _refused(self, message: str, size: int) -> ClassicOutcome:
        return ClassicOutcome("", "", message, 1, True, (), size)

    def _inputs(self, result: FrontendResult, images: BuildImages) -> ClassicInputs:
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
            fetcher=SimulatedNetwork(),
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
        upper = None if tree.is_clean else store_changes(daemon.store, tree.upper_layer())
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
