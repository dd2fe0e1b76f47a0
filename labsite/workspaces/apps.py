"""The one app that stores machines."""

from django.apps import AppConfig


class WorkspacesConfig(AppConfig):
    """Blobs, visitors, workspaces, revisions, shares."""

    name = "labsite.workspaces"
