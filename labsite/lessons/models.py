"""What a visitor has done in a lesson."""

from typing import Any

from django.db import models

from labsite.workspaces.models import Visitor, Workspace


def no_progress() -> dict[str, Any]:
    """Nothing done yet."""
    return {}


class Attempt(models.Model):
    """One visitor's way through one lesson, on a workspace of its own.

    ``progress`` maps a step's id to what is known of it: ``met`` (goal index -> moment), ``answer`` (chosen
    candidates), ``true``/``why`` (what really happened), ``hints`` (how many were shown), ``solution``
    (whether it was shown), ``misconceptions`` (name -> moment it first showed) and ``done``.
    """

    visitor = models.ForeignKey(Visitor, on_delete=models.CASCADE, related_name="attempts")
    lesson = models.SlugField(max_length=60)
    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, related_name="attempt")
    step = models.CharField(max_length=40)
    step_revision = models.PositiveIntegerField(default=1)
    """Number of the moment at which the present step began: only later events count for its goals."""
    progress = models.JSONField(default=no_progress)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=("visitor", "lesson")),)

    def __str__(self) -> str:
        return f"{self.lesson} by visitor {self.visitor_id}"

    def facts(self, step: str) -> dict[str, Any]:
        """What is known of a step; change and save it with ``note``."""
        found: dict[str, Any] = self.progress.get(step, {})
        return found

    def note(self, step: str, **facts: Any) -> None:
        """Remember more about a step."""
        self.progress = {**self.progress, step: {**self.facts(step), **facts}}
        self.save(update_fields=["progress"])

    def is_done(self, step: str) -> bool:
        """Whether the step was finished."""
        return bool(self.facts(step).get("done"))
