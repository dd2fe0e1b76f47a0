"""The goal that compares the sizes of two images."""

from django.utils.translation import gettext as _

from engine.units import human_size
from labsite.lessons.bench import Bench
from labsite.lessons.goals import goal
from labsite.lessons.goals.images import missing_image


@goal("not-smaller")
def not_smaller(bench: Bench, image: str, than: str) -> str | None:
    """The image stores at least as many bytes as the other one."""
    first, problem = missing_image(bench, image)
    if first is None:
        return problem
    second, problem = missing_image(bench, than)
    if second is None:
        return problem
    if first.image.size >= second.image.size:
        return None
    return _("%(a)s is %(size)s, and %(b)s is %(other)s.") % {
        "a": image,
        "b": than,
        "size": human_size(first.image.size),
        "other": human_size(second.image.size),
    }
