"""One scene with something for every kind of diagram, its names given from outside."""

from dataclasses import replace

from engine.analysis import (
    BuildGraph,
    Decision,
    GraphEdge,
    GraphImage,
    GraphStage,
    GraphStep,
    Inventory,
    StoredContainer,
    StoredImage,
    compare,
    side_of,
)
from engine.content import MemoryStore
from engine.fs import Content, Directory, Entry, File, Layer, Whiteout
from engine.image.config import ImageConfig
from engine.image.history import History
from engine.image.image import Image, LayerRef, store_layer
from engine.registry import Hub, Manifest
from labsite.diagrams import Focus, Scene

KINDS = ("stack", "sharing", "overlay", "buildgraph", "beforeafter", "hub")
MB = 1_000_000


def file(size: int) -> File:
    """A file of ``size`` bytes."""
    return File(Content(b"x", size), mtime=1)


def layer(store: MemoryStore, **entries: Entry) -> LayerRef:
    """A stored layer; ``__`` in a name stands for a slash."""
    return store_layer(store, Layer({name.replace("__", "/"): entry for name, entry in entries.items()}))


def run(image: Image, command: str, ref: LayerRef) -> Image:
    """The image with one more RUN."""
    return image.with_layer(ref, History("", f"RUN /bin/sh -c {command} # buildkit"))


def scene_and_focus(name: str = "tools", command: str = "make", path: str = "toto") -> tuple[Scene, Focus]:
    """A machine with two images, two containers, a pushed image, and a focus with everything in it."""
    store = MemoryStore()
    base = Image(ImageConfig()).with_layer(
        layer(store, srv=Directory(), lib=file(200 * MB), etc__motd=file(100)), History("", "ADD rootfs /")
    )
    base = replace(base, history=(*base.history, History("", f'CMD ["{command}"]', empty_layer=True)))
    shared = run(base, command, layer(store, lib=file(180 * MB)))
    one = run(shared, f"{command} one", layer(store, one=file(60 * MB)))
    two = run(shared, f"{command} two", layer(store, two=file(5)))
    upper = store_layer(store, Layer({path: file(3), "srv": Whiteout()}))
    containers = (
        StoredContainer("a" * 64, name, one.id, upper=upper),
        StoredContainer("b" * 64, f"{name}-2", one.id, "exited"),
    )
    images = (StoredImage(one, (f"{name}:1", f"{name}:latest")), StoredImage(two, (f"{name}:2",)))
    inventory = Inventory(images, containers, {base.chain_ids[0]: f"{name}-base"})
    hub = Hub().with_manifest(f"docker.io/me/{name}", "1", Manifest(one))
    before, after = side_of(inventory, store, images[0].id), side_of(inventory, store, images[1].id)
    assert before and after
    focus = Focus(
        paths=(path, "srv", "lib"),
        top="a" * 64,
        build=build(name, command),
        comparison=compare(before, after),
    )
    return Scene(inventory, store, hub), focus


def build(name: str = "tools", command: str = "make") -> BuildGraph:
    """A build with a used, a skipped and a final stage."""

    def step(line: int, text: str, verdict: Decision, reason: str = "") -> GraphStep:
        return GraphStep(line, "RUN", text, verdict, True, 5 * MB, reason, "command" if reason else "", line)

    stages = (
        GraphStage(0, f"{name}-build", "debian", (step(2, f"RUN {command}", "HIT"),), True, False, 1),
        GraphStage(1, f"{name}-lint", name, (step(4, f"RUN {command}", "SKIPPED"),), False, False, 3),
        GraphStage(
            2,
            f"{name}-final",
            "debian",
            (
                step(6, f"COPY --from={name} {command} /", "DEPENDS"),
                step(7, f"RUN {command}", "MISS", f"{command} changed"),
                replace(step(8, f"CMD {command}", "METADATA"), makes_layer=False),
            ),
            True,
            True,
            5,
        ),
    )
    edges = (
        GraphEdge("image debian", "stage 0", "from"),
        GraphEdge("stage 0", "stage 1", "from"),
        GraphEdge("image debian", "stage 2", "from"),
        GraphEdge("stage 0", "stage 2", "copy", 0, command),
        GraphEdge("stage 0", "stage 2", "mount", 1, command),
    )
    return BuildGraph(stages, (GraphImage("debian", 75 * MB),), edges, True, f"{name}:3")


def large_inventory(store: MemoryStore, images: int, layers: int, shared: int) -> Inventory:
    """Many images of many layers, the lowest ``shared`` in common, with two containers."""
    common = Image(ImageConfig())
    for number in range(shared):
        common = run(common, f"apt-get install {number}", layer(store, **{f"s{number}": file(1000 * number)}))
    found = []
    for index in range(images):
        image = common
        for number in range(shared, layers):
            ref = layer(store, **{f"o{index}_{number}": file(1000 * number)})
            image = run(image, f"make {index} {number}", ref)
        found.append(StoredImage(image, (f"app{index}:1",)))
    containers = tuple(StoredContainer(name * 64, name, found[0].id) for name in ("c", "d"))
    return Inventory(tuple(found), containers)
