"""The bench: one workspace at one moment, seen through one address."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language

from engine import session
from engine.machine import Machine
from labsite.playground.forecasting import Forecast, forecast_of
from labsite.workspaces import services
from labsite.workspaces.models import Revision, Share, Workspace
from labsite.workspaces.services import Entry, Moment
from labsite.workspaces.store import DatabaseStore, shared_store

DOCKERFILE = "Dockerfile"
SHAPES = ("", "list", "picture")
LONGEST_PARAMETER = 400


def digits(text: str) -> str:
    """``text`` when it is a number as addresses carry them, else ""."""
    return text if text.isascii() and text.isdigit() else ""


@dataclass(frozen=True, slots=True)
class Look:
    """What of the bench is on view: every field is a query parameter, so that each look has an address."""

    file: str = ""
    view: str = "stack"
    focus: str = ""
    """``layer:…``, ``image:…``, ``container:…``, ``path:…``, ``line:…`` or ``repository:…``."""
    shape: str = ""
    """``list`` or ``picture``; "" leaves the choice to the width of the page."""
    under: str = ""
    """Directory that is open in the inspector."""
    merged: str = ""
    """``1`` lists what one sees with the layer on top instead of what the layer itself holds."""
    top: str = ""
    """Image or container that paths are looked up in."""
    peel: str = ""
    """How many layers the overlay picture takes off the top."""
    before: str = ""
    after: str = ""
    """The two images or containers that are compared."""
    at: str = ""
    """Number of an earlier moment; "" = now."""
    unfold: str = ""
    """Keys of folded runs that are open, separated by dots."""
    whole: str = ""
    """``1`` shows the whole transcript."""

    @classmethod
    def of(cls, request: HttpRequest) -> "Look":
        """The look an address asks for."""
        asked = {name: request.GET.get(name, "")[:LONGEST_PARAMETER] for name in cls.__slots__}
        if asked["shape"] not in SHAPES:
            asked["shape"] = ""
        asked["at"] = digits(asked["at"])
        asked["peel"] = digits(asked["peel"])
        asked["view"] = asked["view"] or "stack"
        if "path" in request.GET:
            path = request.GET["path"].strip().strip("/")[:LONGEST_PARAMETER]
            asked["focus"] = f"path:{path}" if path else ""
        return cls(**asked)

    def query(self) -> str:
        """The parameters that differ from the default look, with their ``?``."""
        plain = Look()
        chosen = {
            name: getattr(self, name)
            for name in self.__slots__
            if getattr(self, name) != getattr(plain, name)
        }
        return f"?{urlencode(chosen)}" if chosen else ""


@dataclass(frozen=True)
class Bench:
    """What the workbench shows. Panels are drawn from this and from nothing else."""

    workspace: Workspace
    viewed: Revision
    """The moment on view: the head, unless an earlier moment or a share is looked at."""
    moments: tuple[Moment, ...]
    index: int
    """Which of ``moments`` is on view."""
    look: Look
    base: str
    """Address of the page without parameters."""
    readonly: bool = False
    shared: Share | None = None
    holds_editor: bool = True

    @cached_property
    def store(self) -> DatabaseStore:
        """Where the machine's blobs are."""
        return shared_store()

    @cached_property
    def machine(self) -> Machine:
        """The machine on view."""
        return services.load_machine(self.viewed.machine)

    @property
    def language(self) -> str:
        """``en`` or ``fr``."""
        return (get_language() or "en")[:2]

    def address(self, **changes: str) -> str:
        """This page with another look."""
        return self.base + replace(self.look, **changes).query()

    def diagram_address(self, file_format: str) -> str:
        """Where the diagram on view can be saved from."""
        return f"{self.base}diagram/{file_format}/{self.look.query()}"

    @property
    def look_fields(self) -> dict[str, str]:
        """The look as fields of a form."""
        return {name: getattr(self.look, name) for name in Look.__slots__ if getattr(self.look, name)}

    def action(self, name: str) -> str:
        """Where a form of this page is sent, so that the answer shows the same look."""
        return reverse(f"bench-{name}", args=[self.workspace.key]) + self.look.query()

    # ------------------------------------------------------------ files

    @cached_property
    def files(self) -> list[session.ProjectFile]:
        """The project's files and directories."""
        return session.project_files(self.machine, self.store)

    @cached_property
    def file(self) -> session.ProjectFile | None:
        """The file in the editor."""
        by_path = {file.path: file for file in self.files if not file.is_directory}
        wanted = by_path.get(self.look.file) or by_path.get(DOCKERFILE)
        return wanted or next(iter(by_path.values()), None)

    @property
    def dockerfile(self) -> str:
        """The Dockerfile whose future the page tells: the one in the editor, else the usual one."""
        path = self.file.path if self.file else DOCKERFILE
        return path if is_dockerfile(path) else DOCKERFILE

    @cached_property
    def forecast(self) -> Forecast | None:
        """What a build would do now; None when there is no Dockerfile."""
        file = next((file for file in self.files if file.path == self.dockerfile), None)
        if file is None or file.text is None:
            return None
        return forecast_of(self.machine, self.store, self.dockerfile, file.text)

    # ------------------------------------------------------------ terminal

    @cached_property
    def transcript(self) -> list[tuple[Moment, Entry]]:
        """Terminal entries up to the moment on view."""
        return services.transcript(self.moments[: self.index + 1])

    @property
    def prompt(self) -> str:
        """What stands before the cursor."""
        return session.prompt(self.machine)

    @property
    def waiting(self) -> bool:
        """Whether a program asks for input."""
        return self.machine.pending is not None

    @property
    def occupied(self) -> bool:
        """Whether a program holds the terminal until it is interrupted."""
        return self.machine.terminal[-1].waits

    def parts(self, *names: str) -> Mapping[str, str]:
        """Digests of parts of the machine, for panel keys; a name ending in ``.`` takes all that begin so."""
        return {
            part: digest
            for part, digest in self.machine.part_digests.items()
            if any(part == name or (name.endswith(".") and part.startswith(name)) for name in names)
        }


def is_dockerfile(path: str) -> bool:
    """Whether a path is named like a Dockerfile (docker's own tools and editors go by the name)."""
    name = path.rpartition("/")[2]
    lower = name.lower()
    return lower == "dockerfile" or lower.startswith("dockerfile.") or lower.endswith(".dockerfile")


def open_bench(request: HttpRequest, workspace: Workspace) -> Bench:
    """The owner's bench, at its head or at the earlier moment the address asks for."""
    return bench_at(workspace, Look.of(request))


def bench_at(workspace: Workspace, look: Look) -> Bench:
    """The bench as ``look`` wants it; raises Http404 for a moment that never was."""
    base = reverse("bench", args=[workspace.key])
    moments, head = services.timeline(workspace)
    if not look.at:
        return Bench(workspace, workspace.head, tuple(moments), head, look, base)
    viewed = services.revision_numbered(workspace, int(look.at))
    for index, moment in enumerate(moments):
        if moment.pk == viewed.pk:
            return Bench(workspace, viewed, tuple(moments), index, look, base, readonly=True)
    line = services.line_to(viewed.pk)
    return Bench(workspace, viewed, tuple(line), len(line) - 1, look, base, readonly=True)


def open_share(request: HttpRequest, share: Share) -> Bench:
    """A shared moment, for anybody to look at."""
    line = services.line_to(share.revision_id)
    look = replace(Look.of(request), at="")
    base = reverse("share", args=[share.key])
    return Bench(
        share.revision.workspace,
        share.revision,
        tuple(line),
        len(line) - 1,
        look,
        base,
        readonly=True,
        shared=share,
    )
