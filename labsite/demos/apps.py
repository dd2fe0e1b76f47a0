"""The demos app."""

from django.apps import AppConfig


class DemosConfig(AppConfig):
    """Scripted walk-throughs, votes and handouts."""

    name = "labsite.demos"
    default_auto_field = "django.db.models.BigAutoField"
