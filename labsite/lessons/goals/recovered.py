"""The goal of a search for something that must not be named."""

from django.utils.translation import gettext as _

from labsite.lessons.bench import Bench
from labsite.lessons.goals import goal


@goal("recovered")
def recovered(bench: Bench, text: str) -> str | None:
    """Something that ran in this step printed the text, which the why-not does not give away."""
    if text in bench.output:
        return None
    return _("What you look for has not been printed yet.")
