"""``manage.py lesson check|preview|reference``: the teacher's tools."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labsite.lessons.bench import do, fresh_bench
from labsite.lessons.checker import check
from labsite.lessons.goals import goal_kinds, why_not
from labsite.lessons.lesson import Lesson
from labsite.lessons.loader import BadLesson, lessons, read_lesson
from labsite.lessons.questions import find_out, question_help


class Command(BaseCommand):
    """Check lessons, try one from the command line, or list what a lesson can ask and want."""

    help = "check: plays lessons and says what is wrong; preview: shows one; reference: goals and questions"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("action", choices=("check", "preview", "reference"))
        parser.add_argument("lessons", nargs="*", help="ids or folders; all of the course when none is given")
        parser.add_argument("--language", default="en")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the action."""
        if options["action"] == "reference":
            self._reference()
            return
        try:
            chosen = [self._find(name) for name in options["lessons"]] or list(lessons().values())
        except BadLesson as error:
            raise CommandError(str(error)) from error
        if options["action"] == "preview":
            for lesson in chosen:
                self._preview(lesson, options["language"])
            return
        faults = [fault for lesson in chosen for fault in self._check(lesson)]
        if faults:
            raise CommandError("\n".join(faults))

    def _find(self, name: str) -> Lesson:
        folder = Path(name).parent if name.endswith("lesson.yaml") else Path(name)
        if folder.is_dir():
            return read_lesson(folder)
        if name not in lessons():
            raise CommandError(f"no lesson is called {name}")
        return lessons()[name]

    def _check(self, lesson: Lesson) -> list[str]:
        faults = list(check(lesson))
        self.stdout.write(f"{'✕' if faults else '✓'} {lesson.id}")
        return faults

    def _preview(self, lesson: Lesson, language: str) -> None:
        text, _ = lesson.text(language)
        write = self.stdout.write
        write(f"# {text.title}\n{text.summary}\n")
        bench = do(fresh_bench(), lesson.start)
        for step in lesson.steps:
            bench = bench.since_now()
            words = text.steps[step.id]
            write(f"\n## {words.title} [{step.kind}]\n{words.body}\n")
            if step.kind in ("predict", "find"):
                bench, reality = find_out(step, bench)
                for candidate in step.candidates:
                    mark = "x" if candidate in reality.true else " "
                    label = words.labels.get(candidate, candidate)
                    write(f"  [{mark}] {label} {reality.why.get(candidate, '')}")
            for goal, line in zip(step.goals, words.goals, strict=True):
                write(f"  ○ {line}   (now: {why_not(goal, bench) or 'met'})")
            for doing in step.solution:
                write(f"  solution: {doing.run or ', '.join(doing.edit)}")
            bench = do(bench, step.solution)
            if words.after:
                write(f"\n{words.after}")
        write(f"\n> {text.keep}")

    def _reference(self) -> None:
        self.stdout.write("Goals")
        for kind in goal_kinds().values():
            names = [*sorted(kind.required), *(f"[{name}]" for name in sorted(kind.optional))]
            self.stdout.write(f"  {kind.name}: {', '.join(names) or '–'}\n      {kind.help}")
        self.stdout.write("Questions")
        for name, meaning in question_help().items():
            self.stdout.write(f"  {name}\n      {meaning}")
