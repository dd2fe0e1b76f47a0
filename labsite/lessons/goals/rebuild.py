"""The goal about what an edit costs."""

from django.utils.translation import gettext as _

from engine.session import SaveFile, execute, forecast, project_files
from labsite.lessons.bench import Bench
from labsite.lessons.goals import goal


@goal("edit-rebuilds")
def edit_rebuilds(bench: Bench, file: str, at_most_steps: int) -> str | None:
    """After a change of the file, at most that many steps of the built Dockerfile would run again."""
    present = {item.path: item for item in project_files(bench.machine, bench.store)}
    if file not in present or present[file].text is None:
        return _("There is no file %(file)s.") % {"file": file}
    edited = execute(bench.machine, SaveFile(file, f"{present[file].text}\n# edited\n"), bench.store).machine
    found = forecast(edited, bench.store)
    if found.errors:
        return _("This Dockerfile cannot be built: %(message)s") % {"message": found.errors[0].message}
    again = [line.step for line in found.lines if line.verdict in ("MISS", "DEPENDS")]
    if len(again) <= at_most_steps:
        return None
    return _("After an edit of %(file)s %(count)d steps would run again, the first is %(step)s.") % {
        "file": file,
        "count": len(again),
        "step": again[0],
    }
