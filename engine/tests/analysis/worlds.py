"""Small machines to analyse, made by hand or at random."""

from dataclasses import replace

from hypothesis import strategies as st

from engine.analysis import Inventory, StoredContainer, StoredImage
from engine.content import MemoryStore
from engine.fs import Content, Directory, Entry, File, Layer
from engine.image.config import ImageConfig
from engine.image.history import History
from engine.image.image import Image, LayerRef, store_layer

STORE = MemoryStore()


def file(size: int, text: str = "x") -> File:
    """A file of ``size`` bytes."""
    return File(Content(text.encode(), size), mtime=1)


def text(content: str) -> File:
    """A text file."""
    return File(Content(content.encode()), mtime=1)


def layer(**entries: Entry) -> LayerRef:
    """A stored layer; ``__`` in a name stands for a slash."""
    return store_layer(STORE, Layer({name.replace("__", "/"): entry for name, entry in entries.items()}))


def run(image: Image, command: str, ref: LayerRef) -> Image:
    """The image with one more RUN, spelled as BuildKit does."""
    return image.with_layer(ref, History("", f"RUN /bin/sh -c {command} # buildkit"))


def setting(image: Image, step: str) -> Image:
    """The image with one more history row that has no layer."""
    return replace(image, history=(*image.history, History("", step, empty_layer=True)))


BASE = setting(
    Image(ImageConfig()).with_layer(
        layer(etc=Directory(), etc__motd=file(100), usr__lib=file(2000)), History("", "ADD rootfs /")
    ),
    'CMD ["sh"]',
)


def named(image: Image, *names: str, parent: str = "") -> StoredImage:
    """An image with names."""
    return StoredImage(image, names, parent)


def machine(*images: StoredImage, containers: tuple[StoredContainer, ...] = ()) -> Inventory:
    """A machine that knows ``BASE`` as ``base:1``."""
    return Inventory(images, containers, {BASE.chain_ids[-1]: "base:1"})


STEPS = st.lists(
    st.tuples(st.sampled_from("abc"), st.booleans()).map(lambda step: (step[0], bool(step[1]))), max_size=6
)


def _grown(steps: list[tuple[str, bool]]) -> Image:
    image = BASE
    for name, has_layer in steps:
        if has_layer:
            image = run(image, name, layer(**{f"{name}{len(image.layers)}": file(ord(name))}))
        else:
            image = setting(image, f"LABEL {name}=1")
    return image


@st.composite
def inventories(draw: st.DrawFn) -> Inventory:
    """Up to five images that share beginnings, some of them without a name, some with containers."""
    images = {image.id: image for image in draw(st.lists(STEPS.map(_grown), min_size=1, max_size=5))}
    stored = [named(image, *([f"i{n}:1"] if n % 3 else [])) for n, image in enumerate(images.values())]
    upper = layer(new=file(7))
    owners = draw(st.lists(st.sampled_from(stored), max_size=3))
    containers = tuple(
        StoredContainer(f"{n}" * 64, f"c{n}", owner.id, upper=upper) for n, owner in enumerate(owners)
    )
    return machine(*stored, containers=containers)
