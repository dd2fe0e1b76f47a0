"""A running demo and its votes."""

import secrets
from typing import Any

from django.db import models

from labsite.workspaces.models import Visitor, Workspace

_LETTERS = "bcdfghjkmnpqrstvwxz23456789"


def new_code() -> str:
    """A short code to type on a phone: six letters and digits that nobody confuses."""
    return "".join(secrets.choice(_LETTERS) for _ in range(6))


def nothing() -> dict[str, Any]:
    """An empty mapping."""
    return {}


class Show(models.Model):
    """One presenter's run of a demo, on a workspace of its own.

    ``source`` is the YAML of an imported demo, "" for one that comes with the site. ``reached`` maps the
    number of a scene to the moment right after it; ``answers`` maps it to the true candidates once they
    were revealed. Scene -1 is the start.
    """

    visitor = models.ForeignKey(Visitor, on_delete=models.CASCADE, related_name="shows")
    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, related_name="show")
    demo = models.SlugField(max_length=60, blank=True, default="")
    source = models.TextField(blank=True, default="")
    scene = models.IntegerField(default=0)
    revealed = models.BooleanField(default=False)
    reached = models.JSONField(default=nothing)
    answers = models.JSONField(default=nothing)
    code = models.CharField(max_length=8, unique=True, default=new_code)
    busy_until = models.DateTimeField(null=True)
    """While a request plays scenes, the moment at which others may stop waiting for it."""
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"show of {self.demo or 'an imported demo'}"


class Vote(models.Model):
    """What one phone says to one scene's question; nobody knows whose phone it is."""

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="votes")
    scene = models.IntegerField()
    phone = models.CharField(max_length=32)
    choice = models.CharField(max_length=200)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("show", "scene", "phone"), name="one_vote_per_phone_and_scene"),
        )

    def __str__(self) -> str:
        return f"{self.choice} to scene {self.scene}"
