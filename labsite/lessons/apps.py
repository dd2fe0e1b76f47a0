"""The lessons app."""

from django.apps import AppConfig


class LessonsConfig(AppConfig):
    """Lessons, and the panel they show beside the bench."""

    name = "labsite.lessons"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Accompany the workspaces that were started from a lesson."""
        from labsite.lessons import panel
        from labsite.playground import companions

        companions.register("lesson", companions.Companion(panel.lesson_panel, panel.closed))
