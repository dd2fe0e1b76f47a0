"""The goal about what one step does at once."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from labsite.lessons.bench import Bench
from labsite.lessons.goals import goal
from labsite.lessons.goals.images import missing_image


@goal("in-one-step")
def in_one_step(bench: Bench, image: str, texts: Sequence[str]) -> str | None:
    """One row of the image's history contains all of the texts."""
    found, problem = missing_image(bench, image)
    if found is None:
        return problem
    rows = [row.created_by for row in found.image.history]
    if any(all(text in row for text in texts) for row in rows):
        return None
    for text in texts:
        if not any(text in row for row in rows):
            return _("No step of %(name)s contains %(text)s.") % {"name": image, "text": text}
    return _("In %(name)s these stand in different steps: %(texts)s.") % {
        "name": image,
        "texts": ", ".join(texts),
    }
