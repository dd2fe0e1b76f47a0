"""The demos app."""

from django.apps import AppConfig


class DemosConfig(AppConfig):
    """Scripted walk-throughs, votes and handouts."""

    name = "labsite.demos"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Lead from a show's bench back to its script."""
        from labsite.demos import stage
        from labsite.playground import companions

        companions.register("demo", companions.Companion(stage.script_panel, stage.never_closed))
