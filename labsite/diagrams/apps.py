"""The diagrams app: it has templates and translations, but no models."""

from django.apps import AppConfig


class Diagrams(AppConfig):
    """See ``labsite.diagrams``."""

    name = "labsite.diagrams"
    label = "diagrams"
