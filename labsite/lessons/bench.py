"""A lesson's workbench without a page: a machine, the blobs it needs, and what happened on it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from engine.analysis.inventory import Inventory, StoredContainer, StoredImage
from engine.analysis.paths import look_through_image, path_history
from engine.catalogue.images import CatalogueStore
from engine.content import BlobStore, StackedStore
from engine.events import Event
from engine.image.image import Image, load_view
from engine.machine import Machine
from engine.session import (
    AdvanceClock,
    DeletePath,
    RunLine,
    SaveFile,
    SetBuilder,
    execute,
    inventory,
    new_machine,
)
from labsite.lessons.lesson import Doing


@dataclass(frozen=True)
class Bench:
    """What goals and questions look at.

    ``events`` are those since the step began, oldest first; ``output`` is what was printed in that time.
    """

    machine: Machine
    store: BlobStore
    events: tuple[Event, ...] = ()
    output: str = ""
    _inventory: list[Inventory] = field(default_factory=list, repr=False, compare=False)

    @property
    def inventory(self) -> Inventory:
        """Images and containers of the machine."""
        if not self._inventory:
            self._inventory.append(inventory(self.machine))
        return self._inventory[0]

    def image(self, name: str) -> StoredImage | None:
        """An image by name or id."""
        return self.inventory.find_image(name)

    def container(self, name: str) -> StoredContainer | None:
        """A container by name or id."""
        return self.inventory.find_container(name)

    def own_layers(self, image: Image) -> int:
        """How many layers the image has on top of the official image it was built from."""
        return len(image.layers) - self.inventory.base_of(image)[0]

    def has_path(self, image: Image, path: str) -> bool:
        """Whether something can be seen at ``path`` in the image."""
        return load_view(self.store, image.layers).get(path.strip("/")) is not None

    def layers_storing(self, image: StoredImage, path: str) -> list[int]:
        """Numbers (1 = bottom) of the layers that store bytes for the path, hidden ones included."""
        history = path_history(look_through_image(self.inventory, self.store, image), path)
        kinds = ("served", "hidden")
        return sorted(c.position for c in history.cells if c.kind in kinds and c.type != "directory")

    def since_now(self) -> "Bench":
        """The same machine with nothing having happened yet."""
        return replace(self, events=(), output="", _inventory=[])


def fresh_bench() -> Bench:
    """A new machine over the catalogue."""
    return Bench(new_machine("lesson"), StackedStore(CatalogueStore()))


def do(bench: Bench, doings: Iterable[Doing]) -> Bench:
    """The bench after ``doings``; commands run at the host's prompt as if typed."""
    machine, events, output = bench.machine, list(bench.events), [bench.output]
    for doing in doings:
        for action in actions(doing):
            step = execute(machine, action, bench.store)
            machine = step.machine
            events += step.events
            output += [piece.text for piece in step.output]
    return Bench(machine, bench.store, tuple(events), "".join(output))


Actions = RunLine | SaveFile | DeletePath | SetBuilder | AdvanceClock


def actions(doing: Doing) -> list[Actions]:
    """What the session has to do for one doing."""
    found: list[Actions] = []
    for path, text in doing.edit.items():
        found.append(DeletePath(path) if text is None else SaveFile(path, text))
    if doing.run:
        found += [RunLine(line) for line in doing.run.splitlines() if line.strip()]
    if doing.builder in ("buildkit", "classic"):
        found.append(SetBuilder("classic" if doing.builder == "classic" else "buildkit"))
    if doing.wait:
        found.append(AdvanceClock(doing.wait))
    return found
