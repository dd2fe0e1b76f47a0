"""Typed facts about what happened: diagrams, lessons and hints read these, never printed output."""

from dataclasses import dataclass, fields
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events; subclasses hold only str, int, bool and tuples of those."""

    registry: ClassVar[dict[str, type["Event"]]] = {}

    def __init_subclass__(cls) -> None:
        Event.registry[cls.__name__] = cls

    def to_json(self) -> dict[str, Any]:
        """``{"event": name, field: value …}``."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {"event": type(self).__name__, **values}


def event_from_json(value: dict[str, Any]) -> Event:
    """The event ``to_json`` wrote; unknown fields are ignored. Raises KeyError for an unknown event."""
    kind = Event.registry[value["event"]]
    names = {field.name for field in fields(kind)}
    arguments = {
        key: tuple(item) if isinstance(item, list) else item for key, item in value.items() if key in names
    }
    return kind(**arguments)


@dataclass(frozen=True, slots=True)
class BuildStarted(Event):
    """A build began: ``builder`` is ``buildkit`` or ``classic``."""

    builder: str
    dockerfile: str
    context_bytes: int


@dataclass(frozen=True, slots=True)
class StepCached(Event):
    """A step's result was reused. ``step`` is its name as printed, ``line`` its place in the Dockerfile."""

    step: str
    line: int


@dataclass(frozen=True, slots=True)
class StepRan(Event):
    """A step was executed. ``reason`` says why it could not be reused; ``size`` is its layer's bytes."""

    step: str
    line: int
    reason: str
    size: int
    seconds: float


@dataclass(frozen=True, slots=True)
class StepFailed(Event):
    """A step failed with ``exit_code`` (0 when it never ran)."""

    step: str
    line: int
    exit_code: int
    message: str


@dataclass(frozen=True, slots=True)
class BuildFinished(Event):
    """A build made an image. ``tags`` are the names given to it."""

    image: str
    tags: tuple[str, ...]
    cached: int
    ran: int
    new_bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class LayerCommitted(Event):
    """A layer was stored for the first time on this machine."""

    diff_id: str
    size: int
    created_by: str


@dataclass(frozen=True, slots=True)
class ImageTagged(Event):
    """A reference now points at an image; ``previous`` is what it pointed at before ("" = nothing)."""

    reference: str
    image: str
    previous: str


@dataclass(frozen=True, slots=True)
class ImageRemoved(Event):
    """A reference or an image was removed; ``freed`` bytes are no longer stored."""

    reference: str
    image: str
    freed: int


@dataclass(frozen=True, slots=True)
class ContainerCreated(Event):
    """A container was created from an image."""

    container: str
    name: str
    image: str


@dataclass(frozen=True, slots=True)
class ContainerStarted(Event):
    """A container's main process started."""

    container: str
    name: str


@dataclass(frozen=True, slots=True)
class ContainerExited(Event):
    """A container's main process ended."""

    container: str
    name: str
    exit_code: int


@dataclass(frozen=True, slots=True)
class ContainerRemoved(Event):
    """A container and its read-write layer are gone; ``size`` is what that layer held."""

    container: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class ExecRan(Event):
    """A command ran in a running container."""

    container: str
    command: str
    exit_code: int


@dataclass(frozen=True, slots=True)
class CopiedUp(Event):
    """A container wrote to a file of its image: the whole file was copied to the read-write layer."""

    container: str
    path: str
    size: int


@dataclass(frozen=True, slots=True)
class PathHidden(Event):
    """A container deleted something of its image: a whiteout hides it."""

    container: str
    path: str


@dataclass(frozen=True, slots=True)
class PathAdded(Event):
    """A container created a path."""

    container: str
    path: str


@dataclass(frozen=True, slots=True)
class ContainerCommitted(Event):
    """A container's read-write layer became an image's top layer."""

    container: str
    image: str
    reference: str


@dataclass(frozen=True, slots=True)
class LayerPushed(Event):
    """One layer of a push: ``outcome`` is ``Pushed``, ``Layer already exists`` or ``Mounted from …``."""

    repository: str
    diff_id: str
    size: int
    outcome: str


@dataclass(frozen=True, slots=True)
class ImagePushed(Event):
    """A push finished."""

    reference: str
    digest: str
    sent_bytes: int


@dataclass(frozen=True, slots=True)
class ImagePulled(Event):
    """A pull finished."""

    reference: str
    digest: str
    fetched_bytes: int


@dataclass(frozen=True, slots=True)
class CommandRan(Event):
    """A line was typed at a prompt; ``where`` is ``host`` or the container's name."""

    where: str
    line: str
    exit_code: int


@dataclass(frozen=True, slots=True)
class Stopped(Event):
    """The fuel budget ended an evaluation."""

    what: str
    limit: int
