"""What a build is asked for, and what comes back: values shared by both builders."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.analysis import BuildGraph
from engine.build.errors import BuildError
from engine.build.executor import Secrets
from engine.build.ops import SourceError
from engine.build.progress import Vertex
from engine.build.solver import Verdict
from engine.daemon.buildcontext import ContextDirectory
from engine.dockerfile.dockerignore import IgnoreMatcher
from engine.dockerfile.frontend import FrontendOptions, FrontendResult
from engine.dockerfile.lint import (
    CheckOptionError,
    Finding,
    LintSubject,
    StoredBytes,
    lint,
    options_of,
)
from engine.errors import EngineError
from engine.fs import View

BuilderName = Literal["buildkit", "classic"]


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """One ``docker build``.

    ``dockerfile`` is the text, None when there is no such file; ``dockerfile_name`` what messages call it,
    ``dockerfile_mtime`` its time (ns). ``matcher`` is the ignore file that applies, ``ignore_size`` its
    bytes (None = there is none). ``contexts`` and ``image_contexts`` are given with ``--build-context``.
    ``tags`` are full references, ``no_cache_stages`` lower-case names or numbers, ``cache_from`` images,
    ``hosts`` lines for /etc/hosts, ``network`` the mode of steps that choose none.
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


def find_problems(
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
