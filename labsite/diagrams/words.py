"""Numbers and small sentences of the diagrams, in the reader's language."""

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

_STEPS = (("B", "o"), ("kB", "ko"), ("MB", "Mo"), ("GB", "Go"), ("TB", "To"))


def size(count: int) -> str:
    """Bytes with three significant digits, as ``docker images`` rounds: ``71.2 MB``, ``71,2 Mo``."""
    value = float(count)
    step = 0
    while value >= 999.5 and step < len(_STEPS) - 1:
        value /= 1000
        step += 1
    digits = f"{value:.3g}" if step else str(count)
    french = (get_language() or "en").startswith("fr")
    if french:
        digits = digits.replace(".", ",")
    return f"{digits} {_STEPS[step][french]}"


def layers(count: int) -> str:
    """``4 layers``."""
    return ngettext("%(count)d layer", "%(count)d layers", count) % {"count": count}


def images(count: int) -> str:
    """``2 images``."""
    return ngettext("%(count)d image", "%(count)d images", count) % {"count": count}


def more_layers(count: int, total: int) -> str:
    """``12 more layers, 310 MB``."""
    text = ngettext("%(count)d more layer, %(size)s", "%(count)d more layers, %(size)s", count)
    return text % {"count": count, "size": size(total)}


def not_a_layer() -> str:
    """What a zero-byte history row says of itself."""
    return _("0 B · not a layer")


def containers(count: int) -> str:
    """``2 containers``."""
    return ngettext("%(count)d container", "%(count)d containers", count) % {"count": count}
