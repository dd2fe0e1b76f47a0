"""What another app shows beside the bench: a lesson, an assignment.

The playground knows no such app. An app registers for workspaces whose ``origin`` begins with its word
(``lesson:three-runs``) and answers with a panel; it may also close the terminal for a while.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest

from labsite.playground.bench import Bench
from labsite.web.panels import Panel
from labsite.workspaces.models import Workspace


@dataclass(frozen=True, slots=True)
class Companion:
    """``panel`` is drawn beside the owner's bench; ``closed`` says why nothing may be run now, or ""."""

    panel: Callable[[HttpRequest, Bench], Panel | None]
    closed: Callable[[Workspace], str]


_companions: dict[str, Companion] = {}


def register(word: str, companion: Companion) -> None:
    """Let ``companion`` accompany workspaces whose origin is ``word:…``."""
    _companions[word] = companion


def _of(workspace: Workspace) -> Companion | None:
    return _companions.get(workspace.origin.partition(":")[0])


def companion_panel(request: HttpRequest, bench: Bench) -> Panel | None:
    """The panel called ``companion`` for the owner's bench, if anybody accompanies it."""
    found = _of(bench.workspace)
    return found.panel(request, bench) if found and bench.shared is None else None


def closed(workspace: Workspace) -> str:
    """Why nothing may be run in the workspace now, "" when everything may."""
    found = _of(workspace)
    return found.closed(workspace) if found else ""
