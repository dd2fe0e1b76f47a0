"""The goal about an image that was removed on the way."""

from django.utils.translation import gettext as _

from engine.events import ImageRemoved
from labsite.lessons.bench import Bench
from labsite.lessons.goals import goal


@goal("image-was-removed")
def image_was_removed(bench: Bench, image: str) -> str | None:
    """The image's name was removed from the machine in this step."""
    if any(isinstance(event, ImageRemoved) and event.reference == image for event in bench.events):
        return None
    return _("%(name)s was not removed in this step yet.") % {"name": image}
