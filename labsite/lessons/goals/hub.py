"""Goals about the hub."""

from django.utils.translation import gettext as _

from engine.events import ImagePulled, ImagePushed, LayerPushed
from labsite.lessons.bench import Bench
from labsite.lessons.goals import goal


@goal("pushed")
def pushed(bench: Bench, image: str, at_most_layers: int | None = None) -> str | None:
    """The image was pushed in this step (and its last push really sent that many layers at most)."""
    ends = [index for index, event in enumerate(bench.events) if isinstance(event, ImagePushed)]
    wanted = [end for end in ends if getattr(bench.events[end], "reference", "") == image]
    if not wanted:
        return _("%(name)s was not pushed yet.") % {"name": image}
    if at_most_layers is None:
        return None
    before = max((end for end in ends if end < wanted[-1]), default=0)
    sent = [
        event
        for event in bench.events[before : wanted[-1]]
        if isinstance(event, LayerPushed) and event.outcome == "Pushed"
    ]
    if len(sent) <= at_most_layers:
        return None
    return _("%(count)d layers were sent; %(limit)d would do.") % {
        "count": len(sent),
        "limit": at_most_layers,
    }


@goal("pulled")
def pulled(bench: Bench, image: str) -> str | None:
    """The image was pulled in this step."""
    if any(isinstance(event, ImagePulled) and event.reference == image for event in bench.events):
        return None
    return _("%(name)s was not pulled yet.") % {"name": image}


@goal("logged-in")
def logged_in(bench: Bench) -> str | None:
    """Somebody is logged in to the hub."""
    return None if bench.machine.daemon.logins else _("Nobody is logged in yet.")
