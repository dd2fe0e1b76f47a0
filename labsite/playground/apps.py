"""The workbench."""

from django.apps import AppConfig


class PlaygroundConfig(AppConfig):
    """Start page, presets, editor, terminal, diagrams, timeline."""

    name = "labsite.playground"
