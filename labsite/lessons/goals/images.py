"""Goals about images, their layers and their bytes."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engine.analysis.inventory import StoredImage
from engine.analysis.waste import wasted
from engine.image.image import LayerRef, load_layer
from engine.units import human_size
from labsite.lessons.bench import Bench
from labsite.lessons.goals import goal


def missing_image(bench: Bench, name: str) -> tuple[StoredImage | None, str]:
    """The image and "", or None and the sentence that says it is not there."""
    found = bench.image(name)
    return found, "" if found else _("There is no image called %(name)s yet.") % {"name": name}


@goal("image-exists")
def image_exists(bench: Bench, image: str) -> str | None:
    """An image of that name is on the machine."""
    return missing_image(bench, image)[1] or None


@goal("image-gone")
def image_gone(bench: Bench, image: str) -> str | None:
    """No image of that name is on the machine."""
    if bench.image(image) is None:
        return None
    return _("%(name)s is still there.") % {"name": image}


@goal("image-has")
def image_has(bench: Bench, image: str, path: str) -> str | None:
    """The path can be seen in the image."""
    found, problem = missing_image(bench, image)
    if found is None:
        return problem
    if bench.has_path(found.image, path):
        return None
    return _("%(name)s has no %(path)s.") % {"name": image, "path": path}


@goal("image-lacks")
def image_lacks(bench: Bench, image: str, path: str) -> str | None:
    """The path cannot be seen in the image."""
    found, problem = missing_image(bench, image)
    if found is None:
        return problem
    if not bench.has_path(found.image, path):
        return None
    return _("%(name)s still shows %(path)s.") % {"name": image, "path": path}


@goal("own-layers")
def own_layers(
    bench: Bench, image: str, at_most: int | None = None, at_least: int | None = None
) -> str | None:
    """The image has that many layers on top of its base image."""
    found, problem = missing_image(bench, image)
    if found is None:
        return problem
    count = bench.own_layers(found.image)
    if at_most is not None and count > at_most:
        return _("%(name)s has %(count)d layers on top of its base; %(limit)d would do.") % {
            "name": image,
            "count": count,
            "limit": at_most,
        }
    if at_least is not None and count < at_least:
        return _("%(name)s has %(count)d layers on top of its base; it needs %(limit)d.") % {
            "name": image,
            "count": count,
            "limit": at_least,
        }
    return None


@goal("image-size")
def image_size(bench: Bench, image: str, at_most_mb: float) -> str | None:
    """The image stores at most that many megabytes (10^6 bytes), hidden ones included."""
    found, problem = missing_image(bench, image)
    if found is None:
        return problem
    if found.image.size <= at_most_mb * 1_000_000:
        return None
    return _("%(name)s is %(size)s; at most %(limit)s MB is wanted.") % {
        "name": image,
        "size": human_size(found.image.size),
        "limit": at_most_mb,
    }


@goal("own-bytes")
def own_bytes(bench: Bench, image: str, at_most_mb: float) -> str | None:
    """The layers on top of the base image store at most that many megabytes (10^6 bytes)."""
    found, problem = missing_image(bench, image)
    if found is None:
        return problem
    base = bench.inventory.base_of(found.image)[0]
    size = sum(layer.size for layer in found.image.layers[base:])
    if size <= at_most_mb * 1_000_000:
        return None
    return _("The layers you added store %(size)s; at most %(limit)s MB is wanted.") % {
        "size": human_size(size),
        "limit": at_most_mb,
    }


@goal("no-waste")
def no_waste(bench: Bench, image: str, at_most_mb: float = 0) -> str | None:
    """At most that many megabytes lie in a layer of the image while a higher one hides them."""
    found, problem = missing_image(bench, image)
    if found is None:
        return problem
    base = bench.inventory.base_of(found.image)[0]
    layers = [load_layer(bench.store, ref) for ref in found.image.layers]
    hidden = [item for item in wasted(layers) if item.layer > base]
    if sum(item.size for item in hidden) <= at_most_mb * 1_000_000:
        return None
    worst = hidden[0]
    return _("Layer %(layer)d still stores %(size)s of /%(path)s, hidden by layer %(by)d.") % {
        "layer": worst.layer,
        "size": human_size(worst.size),
        "path": worst.path,
        "by": worst.hidden_by,
    }


@goal("path-stored-nowhere")
def path_stored_nowhere(bench: Bench, image: str, path: str) -> str | None:
    """No layer of the image stores the path, visible or hidden: it cannot be recovered."""
    found, problem = missing_image(bench, image)
    if found is None:
        return problem
    storing = bench.layers_storing(found, path)
    if not storing:
        return None
    return _("Layer %(layer)d of %(name)s still stores /%(path)s.") % {
        "layer": storing[0],
        "name": image,
        "path": path.strip("/"),
    }


def stores_text(bench: Bench, ref: LayerRef, text: str) -> bool:
    """Whether a file of the layer contains the text, or is called or points like it."""
    needle = text.encode()
    for path, entry in load_layer(bench.store, ref).entries.items():
        if text in path or text in getattr(entry, "target", ""):
            return True
        content = getattr(entry, "content", None)
        if content is None:
            continue
        if needle in content.head or any(needle in piece for _offset, piece in content.extents):
            return True
    return False


@goal("text-stored-nowhere")
def text_stored_nowhere(bench: Bench, image: str, text: str) -> str | None:
    """Neither a file of any layer nor the history nor the configuration holds the text."""
    found, problem = missing_image(bench, image)
    if found is None:
        return problem
    if text in str(found.image.config_json) or any(text in row.created_by for row in found.image.history):
        return _("docker history or docker inspect of %(name)s still shows it.") % {"name": image}
    for number, ref in enumerate(found.image.layers, 1):
        if stores_text(bench, ref, text):
            return _("Layer %(layer)d of %(name)s still stores it.") % {"layer": number, "name": image}
    return None


@goal("shares-layers")
def shares_layers(
    bench: Bench, image: str, other: str, at_least: int | None = None, at_most: int | None = None
) -> str | None:
    """Two images have at least or at most that many layers in common, counted from the bottom."""
    first, problem = missing_image(bench, image)
    if first is None:
        return problem
    second, problem = missing_image(bench, other)
    if second is None:
        return problem
    pairs = zip(first.image.chain_ids, second.image.chain_ids, strict=False)
    shared = sum(1 for mine, theirs in pairs if mine == theirs)
    values = {"a": image, "b": other, "count": shared}
    if at_least is not None and shared < at_least:
        return _("%(a)s and %(b)s share %(count)d layers; %(wanted)d are wanted.") % {
            **values,
            "wanted": at_least,
        }
    if at_most is not None and shared > at_most:
        return _("%(a)s and %(b)s share %(count)d layers; at most %(wanted)d are wanted.") % {
            **values,
            "wanted": at_most,
        }
    return None


@goal("same-image")
def same_image(bench: Bench, image: str, other: str) -> str | None:
    """Two names point at one image."""
    first, problem = missing_image(bench, image)
    if first is None:
        return problem
    second, problem = missing_image(bench, other)
    if second is None:
        return problem
    if first.id == second.id:
        return None
    return _("%(a)s and %(b)s are different images.") % {"a": image, "b": other}


@goal("different-image")
def different_image(bench: Bench, image: str, other: str) -> str | None:
    """Two names point at different images."""
    problem = missing_image(bench, image)[1] or missing_image(bench, other)[1]
    if problem:
        return problem
    if same_image(bench, image, other) is not None:
        return None
    return _("%(a)s and %(b)s are one image with two names.") % {"a": image, "b": other}


@goal("same-layers")
def same_layers(bench: Bench, image: str, other: str) -> str | None:
    """Two images consist of exactly the same layers."""
    first, problem = missing_image(bench, image)
    if first is None:
        return problem
    second, problem = missing_image(bench, other)
    if second is None:
        return problem
    if first.image.chain_ids == second.image.chain_ids:
        return None
    return _("%(a)s has %(count)d layers and %(b)s has %(others)d, and they are not all the same.") % {
        "a": image,
        "b": other,
        "count": len(first.image.layers),
        "others": len(second.image.layers),
    }


@goal("history-has")
def history_has(bench: Bench, image: str, text: str) -> str | None:
    """Some row of the image's history contains the text."""
    found, problem = missing_image(bench, image)
    if found is None:
        return problem
    if any(text in row.created_by for row in found.image.history):
        return None
    return _("No row of docker history %(name)s says %(text)s.") % {"name": image, "text": text}


@goal("config")
def config(bench: Bench, image: str, field: str, has: str) -> str | None:
    """A field of the image's configuration (Env, Cmd, User …) contains the text."""
    found, problem = missing_image(bench, image)
    if found is None:
        return problem
    value = found.image.config.to_json().get(field)
    if value is not None and has in str(value):
        return None
    return _("%(field)s of %(name)s is %(value)s.") % {"field": field, "name": image, "value": value or "–"}


@goal("no-dangling")
def no_dangling(bench: Bench) -> str | None:
    """No image without a name is listed."""
    nameless = [stored for stored in bench.inventory.listed if not stored.names]
    if not nameless:
        return None
    left = ngettext(
        "%(count)d image without a name is left.",
        "%(count)d images without a name are left.",
        len(nameless),
    )
    return left % {"count": len(nameless)}
