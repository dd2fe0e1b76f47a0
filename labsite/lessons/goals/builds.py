"""Goals about builds, the cache and the context."""

from dataclasses import replace

from django.utils.translation import gettext as _

from engine.events import BuildFinished, BuildStarted, CommandRan, Event, StepCached, StepFailed, StepRan
from engine.session import SaveFile, execute, forecast, project_files
from labsite.lessons.bench import Bench
from labsite.lessons.goals import goal
from labsite.playground.engine_words import localised


def last_build(events: tuple[Event, ...]) -> tuple[Event, ...]:
    """The events of the latest finished build, from its start; empty when none finished."""
    ends = [index for index, event in enumerate(events) if isinstance(event, BuildFinished)]
    if not ends:
        return ()
    starts = [index for index, event in enumerate(events[: ends[-1]]) if isinstance(event, BuildStarted)]
    return events[starts[-1] if starts else 0 : ends[-1] + 1]


@goal("built")
def built(bench: Bench, image: str | None = None) -> str | None:
    """A build succeeded in this step (and gave the image its name)."""
    for event in bench.events:
        if isinstance(event, BuildFinished) and (image is None or _names(event, image)):
            return None
    if image is None:
        return _("Nothing was built yet.")
    return _("%(name)s was not built in this step yet.") % {"name": image}


def _names(event: BuildFinished, image: str) -> bool:
    wanted = image if ":" in image.rpartition("/")[2] else f"{image}:latest"
    return any(tag == wanted or tag.endswith(f"/{wanted}") for tag in event.tags)


@goal("build-failed")
def build_failed(bench: Bench) -> str | None:
    """A build failed in this step."""
    return None if any(isinstance(e, StepFailed) for e in bench.events) else _("No build has failed yet.")


@goal("step-cached")
def step_cached(bench: Bench, contains: str) -> str | None:
    """In the latest build the step whose text contains this was reused from the cache."""
    for event in last_build(bench.events):
        if isinstance(event, StepCached) and contains in event.step:
            return None
        if isinstance(event, StepRan) and contains in event.step:
            return _("%(step)s ran: %(reason)s.") % {"step": contains, "reason": localised(event.reason)}
    return _("No build has used the cache for %(step)s yet.") % {"step": contains}


@goal("step-ran")
def step_ran(bench: Bench, contains: str) -> str | None:
    """In the latest build the step whose text contains this was executed."""
    for event in last_build(bench.events):
        if isinstance(event, StepRan) and contains in event.step:
            return None
        if isinstance(event, StepCached) and contains in event.step:
            return _("%(step)s came from the cache.") % {"step": contains}
    return _("No build has run %(step)s yet.") % {"step": contains}


@goal("survives-edit")
def survives_edit(bench: Bench, file: str, step: str) -> str | None:
    """After a change of the file, the step whose text contains ``step`` would still be reused."""
    present = {item.path: item for item in project_files(bench.machine, bench.store)}
    if file not in present or present[file].text is None:
        return _("There is no file %(file)s.") % {"file": file}
    edited = execute(bench.machine, SaveFile(file, f"{present[file].text}\n# edited\n"), bench.store).machine
    for line in forecast(edited, bench.store).lines:
        if step in line.step:
            if line.verdict == "HIT":
                return None
            return _("After an edit of %(file)s, %(step)s would run again: %(reason)s.") % {
                "file": file,
                "step": step,
                "reason": localised(line.reason),
            }
    return _("The Dockerfile has no step with %(step)s.") % {"step": step}


@goal("context-at-most")
def context_at_most(bench: Bench, kb: float) -> str | None:
    """The latest build was sent at most that many kilobytes (10^3 bytes) of context."""
    sent = [event.context_bytes for event in bench.events if isinstance(event, BuildStarted)]
    if not sent:
        return _("Nothing was built yet.")
    if sent[-1] <= kb * 1000:
        return None
    return _("The build was sent %(sent)d bytes of context; at most %(limit)d are wanted.") % {
        "sent": sent[-1],
        "limit": int(kb * 1000),
    }


@goal("command-ran")
def command_ran(bench: Bench, starts: str) -> str | None:
    """A command line starting so was typed in this step and succeeded."""
    for event in bench.events:
        if (
            isinstance(event, CommandRan)
            and " ".join(event.line.split()).startswith(starts)
            and event.exit_code == 0
        ):
            return None
    return _("%(command)s has not been run yet.") % {"command": starts}


@goal("printed")
def printed(bench: Bench, text: str) -> str | None:
    """Something that ran in this step printed the text (which the why-not does not tell)."""
    if text in bench.output:
        return None
    if not bench.output:
        return _("Nothing was printed in this step yet.")
    return _("%(count)d lines were printed in this step; what is asked for is not among them.") % {
        "count": len(bench.output.splitlines())
    }


@goal("file-exists")
def file_exists(bench: Bench, path: str) -> str | None:
    """The project has that file."""
    if any(item.path == path for item in project_files(bench.machine, bench.store)):
        return None
    return _("There is no file %(file)s.") % {"file": path}


@goal("prints")
def prints(bench: Bench, run: str, text: str) -> str | None:
    """The command, tried on a copy of the machine, prints the text."""
    from labsite.lessons.bench import do
    from labsite.lessons.lesson import Doing

    tried = do(replace(bench, output=""), (Doing(run=run),))
    if text in tried.output:
        return None
    return _("%(command)s does not print %(text)s.") % {"command": run, "text": text}
