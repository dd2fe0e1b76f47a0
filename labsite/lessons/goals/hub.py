"""Goals about the hub."""

from django.utils.translation import gettext as _

from engine.events import ImagePulled, ImagePushed, LayerPushed
from labsite.lessons.bench import Bench
from labsite.lessons.goals import goal


@goal("pushed")
def pushed(bench: Bench, image: str, at_most_layers: int | None = None) -> str | None:
    """The image was pushed in this step (and so many layers at most were really sent)."""
    if not any(isinstance(event, ImagePushed) and event.reference == image for event in bench.events):
        return _("%(name)s was not pushed yet.") % {"name": image}
    if at_most_layers is None:
        return None
    repository = image.rpartition(":")[0] or image
    sent = [
        event
        for event in bench.events
        if isinstance(event, LayerPushed) and event.repository == repository and event.outcome == "Pushed"
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
