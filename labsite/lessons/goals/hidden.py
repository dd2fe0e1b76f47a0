"""The goal about bytes that are stored and cannot be seen."""

from django.utils.translation import gettext as _

from engine.analysis.waste import wasted
from engine.image.image import load_layer
from engine.units import human_size
from labsite.lessons.bench import Bench
from labsite.lessons.goals import goal
from labsite.lessons.goals.images import missing_image


@goal("hides-bytes")
def hides_bytes(bench: Bench, image: str, at_least_mb: float) -> str | None:
    """The image stores at least that many megabytes (10^6 bytes) which a higher layer hides."""
    found, problem = missing_image(bench, image)
    if found is None:
        return problem
    base = bench.inventory.base_of(found.image)[0]
    layers = [load_layer(bench.store, ref) for ref in found.image.layers]
    hidden = sum(item.size for item in wasted(layers) if item.layer > base)
    if hidden >= at_least_mb * 1_000_000:
        return None
    return _("In %(name)s a higher layer hides %(size)s; at least %(limit)s MB is wanted.") % {
        "name": image,
        "size": human_size(hidden),
        "limit": at_least_mb,
    }
