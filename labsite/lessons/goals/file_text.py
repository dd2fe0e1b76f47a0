"""The goal about a project file's text."""

from django.utils.translation import gettext as _

from engine.session import project_files
from labsite.lessons.bench import Bench
from labsite.lessons.goals import goal


@goal("file-text")
def file_text(bench: Bench, path: str, text: str) -> str | None:
    """The project's file has exactly that text."""
    for item in project_files(bench.machine, bench.store):
        if item.path == path:
            return None if item.text == text else _("%(file)s has another text now.") % {"file": path}
    return _("There is no file %(file)s.") % {"file": path}
