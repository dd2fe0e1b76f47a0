"""Everything stored is a blob named by its sha256; everything named is a pointer to a blob."""

import secrets

from django.db import models


def new_key() -> str:
    """An address nobody guesses: 128 random bits."""
    return secrets.token_urlsafe(16)


class Blob(models.Model):
    """Bytes named by their digest, stored compressed, once for everybody."""

    digest = models.CharField(primary_key=True, max_length=71)
    data = models.BinaryField()
    size = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.digest


class Visitor(models.Model):
    """A browser, or several that share one private link; there is no sign-up."""

    key = models.CharField(max_length=32, unique=True, default=new_key)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"visitor {self.pk}"


class Workspace(models.Model):
    """One simulated machine through time. ``head`` is the moment shown; ``tip`` is where redo ends."""

    key = models.CharField(max_length=32, unique=True, default=new_key)
    visitor = models.ForeignKey(Visitor, on_delete=models.CASCADE, related_name="workspaces")
    title = models.CharField(max_length=80)
    origin = models.CharField(max_length=80, blank=True, default="")
    """What it was started from, as ``preset:NAME`` or another app's own word; kept by forks."""
    head = models.ForeignKey("Revision", null=True, on_delete=models.SET_NULL, related_name="+")
    tip = models.ForeignKey("Revision", null=True, on_delete=models.SET_NULL, related_name="+")
    last_number = models.PositiveIntegerField(default=0)
    forked_from = models.ForeignKey("Revision", null=True, on_delete=models.SET_NULL, related_name="forks")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.title


class Revision(models.Model):
    """One moment of a workspace: which machine it was, and what had just been done."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="revisions")
    parent = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="children")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12)
    label = models.CharField(max_length=200)
    name = models.CharField(max_length=80, blank=True, default="")
    machine = models.CharField(max_length=71)
    entry = models.CharField(max_length=71, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("workspace", "number"), name="one_revision_per_number"),
        )

    def __str__(self) -> str:
        return f"{self.number}: {self.label}"


class Share(models.Model):
    """A link that lets anybody look at one moment, and fork it."""

    key = models.CharField(max_length=32, unique=True, default=new_key)
    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="shares")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"share of {self.revision}"
