"""What a build has to do, step by step, without a word about the language it was written in.

A frontend turns text into a `BuildPlan`; the solver, the forecast and the cache read only these values.
Everything is already expanded: no value here holds a variable that is still to be replaced. A plan is
made for one of Docker's two builders; the values are of the same kinds for both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.errors import EngineError
from engine.image.config import ImageConfig
from engine.image.history import History


@dataclass(frozen=True, slots=True)
class SourceRange:
    """Where something stands in the source text.

    Lines count from 1 and both ends belong to the range; columns count characters from 0 and
    ``end_column`` is the first one after the range.
    """

    start_line: int
    start_column: int = 0
    end_line: int = 0
    end_column: int = 0


class SourceError(EngineError):
    """A build description that cannot be built; ``str()`` is the message of the real builder.

    ``locations`` are the places the message is about, the innermost first (may be empty).
    """

    def __init__(self, message: str, locations: Sequence[SourceRange] = ()) -> None:
        super().__init__(message)
        self.locations = tuple(locations)


# ---------------------------------------------------------------- where files come from


@dataclass(frozen=True, slots=True)
class ContextSource:
    """The files sent with the build; ``name`` is empty for the main context."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class StageSource:
    """The result of another stage of the same plan (its ``index``)."""

    index: int


@dataclass(frozen=True, slots=True)
class ImageSource:
    """An image from outside.

    ``written`` is the name as the author gave it (after expansion), ``reference`` the full one
    (``docker.io/library/busybox:latest``, with ``@sha256:…`` when the resolver knows the digest) and
    ``platform`` the one asked for (``linux/amd64``).
    """

    written: str
    reference: str
    platform: str


@dataclass(frozen=True, slots=True)
class ScratchSource:
    """Nothing: an empty file system."""


FileSystemSource = ContextSource | StageSource | ImageSource | ScratchSource


@dataclass(frozen=True, slots=True)
class PathItem:
    """A path, or wildcard pattern, below the root of the file system that is copied from.

    ``path`` is as the author gave it (after expansion): ``../x`` and ``/x`` both mean ``x`` to BuildKit,
    while the classic builder refuses the former.
    """

    path: str


@dataclass(frozen=True, slots=True)
class UrlItem:
    """A file fetched over HTTP(S); ``filename`` is the name it gets in a directory."""

    url: str
    filename: str


@dataclass(frozen=True, slots=True)
class GitItem:
    """A git repository: ``remote`` URL, ``ref`` (branch, tag or commit, "" = default) and ``subdir``."""

    written: str
    remote: str
    ref: str
    subdir: str


@dataclass(frozen=True, slots=True)
class InlineItem:
    """A file whose content stands in the build description itself."""

    name: str
    content: str


CopyItem = PathItem | UrlItem | GitItem | InlineItem


@dataclass(frozen=True, slots=True)
class Mount:
    """One extra mount of a RUN.

    ``kind`` is ``bind``, ``cache``, ``tmpfs``, ``secret`` or ``ssh``; ``target`` is absolute for bind,
    cache and tmpfs. ``source`` is the path below ``origin`` (bind, cache) or the secret's id (secret).
    ``cache_id`` names a cache, secret or ssh socket. ``sharing`` is ``shared``, ``private`` or ``locked``.
    ``size`` is in bytes (tmpfs, 0 = no limit). ``mode``, ``uid`` and ``gid`` are ``None`` when not given.
    ``environment`` is the variable a secret is handed over in ("" = as a file).
    """

    kind: str
    target: str
    source: str = ""
    origin: FileSystemSource = ScratchSource()
    read_only: bool = False
    cache_id: str = ""
    sharing: str = "shared"
    required: bool = False
    size: int = 0
    mode: int | None = None
    uid: int | None = None
    gid: int | None = None
    environment: str = ""


# ---------------------------------------------------------------- operations


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One instruction of a stage, in the order of execution.

    ``keyword``: upper-case instruction name (``RUN``). ``text``: the instruction as written, on one
    line (what the classic builder prints after ``Step n/m : ``). ``location``: its lines.
    ``name``: BuildKit's name of the step (``[build 2/3] RUN make``), "" when it has none.
    ``created_by``: its history row as BuildKit spells it, ``None`` when it leaves no row;
    ``empty_layer``: BuildKit's row has no layer. ``classic_created_by``: the classic builder's row
    (see `CopyOp` for the part only known when the files are); ``None`` when it leaves no row, and in a
    plan for BuildKit.
    ``config``: the image configuration after it. ``env``: the environment it acts in, the image's
    variables first, then the build arguments in scope, each ``NAME=value``.
    ``build_args``: the declared build arguments in scope, name and value, in order of declaration.
    ``inherited``: it came from an ONBUILD trigger of the base image.
    """

    keyword: str
    text: str
    location: SourceRange
    name: str
    created_by: str | None
    empty_layer: bool
    classic_created_by: str | None
    config: ImageConfig
    env: tuple[str, ...]
    build_args: tuple[tuple[str, str], ...] = ()
    inherited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOp(Operation):
    """The start of a stage: the file system and configuration it builds upon."""

    base: FileSystemSource


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOp(Operation):
    """Run a process and keep what it changed.

    ``args`` is the whole argument list (the shell included), ``command`` the author's command line
    (shell form) or its arguments joined (exec form). ``working_dir`` is absolute. ``user`` is "" for
    root. ``network`` is ``default``, ``none`` or ``host``; ``security`` is ``sandbox`` or ``insecure``.
    ``script`` is a file mounted read-only at ``/dev/pipes/<name>`` for this process only.
    ``proxy_env`` (``NAME=value``) is added to the environment but belongs to no cache key.
    """

    args: tuple[str, ...]
    command: str
    shell_form: bool
    working_dir: str
    user: str
    mounts: tuple[Mount, ...] = ()
    network: str = "default"
    security: str = "sandbox"
    script: InlineItem | None = None
    proxy_env: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyOp(Operation):
    """Copy files into the image (COPY and ADD).

    ``origin``: the file system `PathItem` sources are below. ``destination`` is as written (after
    expansion), ``destination_path`` absolute; a trailing slash is kept in both and means "directory".
    ``chown`` (``user[:group]``, "" = 0:0) and ``chmod`` (octal or symbolic, "" = keep) are texts, as
    only the image's file system can resolve them. ``unpack``: local archives are extracted.
    ``parents``: keep the sources' directories. ``excludes``: patterns left out. ``checksum``: the
    digest a `UrlItem`, or commit a `GitItem`, must have.
    """

    origin: FileSystemSource
    items: tuple[CopyItem, ...]
    destination: str
    destination_path: str
    chown: str = ""
    chmod: str = ""
    link: bool = False
    parents: bool = False
    unpack: bool = False
    excludes: tuple[str, ...] = ()
    checksum: str = ""
    keep_git_dir: bool = False
    classic_prefix: str = ""
    classic_suffix: str = ""

    def classic_row(self, content_sum: str) -> str:
        """The classic builder's history text; ``content_sum`` is ``file:…``, ``dir:…`` or ``multi:…``."""
        return f"{self.classic_prefix}{content_sum}{self.classic_suffix}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkdirOp(Operation):
    """Make the directory ``path`` (absolute) and its parents, owned by ``user`` ("" = root)."""

    path: str
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetaOp(Operation):
    """Change only the configuration (ENV, LABEL, CMD …); ``author`` is set by MAINTAINER alone."""

    author: str | None = None


# ---------------------------------------------------------------- plans


@dataclass(frozen=True, slots=True)
class BaseImage:
    """What a frontend must know of an image it builds upon.

    ``reference`` is the full reference the steps show, with the digest when it was looked up in a
    registry. ``platform`` is ``os/architecture[/variant]``. ``has_layers`` is false for an image
    without a file system, which builds like an empty one.
    """

    reference: str
    config: ImageConfig
    history: tuple[History, ...] = ()
    author: str = ""
    platform: str = "linux/amd64"
    has_layers: bool = True


class ResolveImage(Protocol):
    """Finds the image called ``written`` for ``platform``; raises `EngineError` when there is none."""

    def __call__(self, written: str, platform: str) -> BaseImage: ...


@dataclass(frozen=True, slots=True)
class StagePlan:
    """One stage: its operations, the `SourceOp` first.

    ``name`` is the author's ("" when unnamed), ``label`` what step names show (``stage-1``, "" when the
    only stage is unnamed). ``needed``: the target depends on it; a stage that is not needed has no
    operations with a resolved base image. ``depends_on``: indexes of the stages it uses, in order.
    ``config``, ``history`` (base image rows included, BuildKit's spelling) and ``author`` are final.
    """

    index: int
    name: str
    label: str
    base: FileSystemSource
    platform: str
    location: SourceRange
    operations: tuple[Operation, ...]
    config: ImageConfig
    history: tuple[History, ...]
    author: str = ""
    needed: bool = True
    depends_on: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ImagePlan:
    """An image used only to copy or mount from; ``name`` is BuildKit's name of its step."""

    source: ImageSource
    name: str
    location: SourceRange


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """A whole build: every stage, and which one (``target``, an index) is the result.

    ``images`` are the ones only copied or mounted from. ``metadata`` lists the full references whose
    configuration was looked up, in the order of first use. ``uses_context``: some needed stage copies
    or mounts from the main build context. ``preamble`` are the instructions before the first stage, as
    written (the classic builder counts them as steps).
    """

    stages: tuple[StagePlan, ...]
    target: int
    images: tuple[ImagePlan, ...] = ()
    metadata: tuple[str, ...] = ()
    uses_context: bool = False
    preamble: tuple[str, ...] = ()

    @property
    def result(self) -> StagePlan:
        """The stage the build was asked for."""
        return self.stages[self.target]
