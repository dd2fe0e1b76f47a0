"""The app that holds what all pages share."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Middleware, panels, error pages, base templates."""

    name = "labsite.web"
