"""The goal about what a pull really fetches."""

from django.utils.translation import gettext as _

from engine.events import ImagePulled
from engine.units import human_size
from labsite.lessons.bench import Bench
from labsite.lessons.goals import goal


@goal("fetched")
def fetched(bench: Bench, image: str, at_most_kb: float) -> str | None:
    """The last pull of the image in this step fetched at most that many kilobytes (10^3 bytes) of layers."""
    pulls = [event for event in bench.events if isinstance(event, ImagePulled) and event.reference == image]
    if not pulls:
        return _("%(name)s was not pulled yet.") % {"name": image}
    if pulls[-1].fetched_bytes <= at_most_kb * 1000:
        return None
    return _("The pull fetched %(size)s; at most %(limit)s kB is wanted.") % {
        "size": human_size(pulls[-1].fetched_bytes),
        "limit": at_most_kb,
    }
