"""``set -x``: commands are shown as they are about to run."""

from collections.abc import Sequence

from engine.shell.parameters import Parameters
from engine.shell.parser import parse
from engine.shell.quoting import busybox_quoted, quoted_if_needed
from engine.shell.syntax import ArrayValue, Assignment, Simple

_MAX_MARKERS = 100


class Tracer(Parameters):
    """The part of a shell that shows what it does."""

    trace_depth: int

    def _traced(self, arguments: Sequence[str]) -> str:
        if self.flavour.is_dash:
            return " ".join(arguments)
        if self.flavour.is_ash:
            return " ".join(busybox_quoted(argument) for argument in arguments)
        return " ".join("''" if not a else quoted_if_needed(a) for a in arguments)

    def _trace(self, text: str) -> None:
        marker = self.variables.get("PS4")
        marker = "+ " if marker is None else marker
        if "$" in marker:
            marker = self.expand_prompt_text(marker)
        depth = min(self.trace_depth, _MAX_MARKERS) if self.flavour.is_bash else 0
        self.error_text(marker[:1] * depth + marker + text + "\n")

    def _show_assignment(self, assignment: Assignment, value: str, shown: list[str]) -> None:
        """Trace an assignment already made: bash on a line of its own, the others with the command."""
        name = assignment.name
        variable = self.variables.all.get(name)
        if isinstance(assignment.value, ArrayValue) and variable is not None:
            items = (variable.array or variable.table or {}).values()
            text = f"{name}=({' '.join(map(quoted_if_needed, items))})"
        else:
            text = f"{name}={value if self.flavour.is_dash or not value else self._traced([value])}"
        if self.flavour.is_bash:
            self._trace(text)
        else:
            shown.append(text)

    def expand_prompt_text(self, text: str) -> str:
        """Parameters and substitutions in a prompt string."""
        program = parse(f'"{text}"', self.flavour)
        if program.error is not None or not program.lines:
            return text
        command = program.lines[0].items[0].pipelines[0].commands[0]
        if not isinstance(command, Simple) or not command.words:
            return text
        word = command.words[0]
        return text if isinstance(word, Assignment) else self.text(word)
