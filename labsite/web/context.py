"""What every template may need."""

from typing import Any

from django.http import HttpRequest

THEMES = ("system", "light", "dark")
THEME_COOKIE = "theme"


def theme_of(request: HttpRequest) -> str:
    """The visitor's choice among THEMES; ``system`` follows the device."""
    chosen = request.COOKIES.get(THEME_COOKIE, "system")
    return chosen if chosen in THEMES else "system"


def site(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the theme, and the page's address for forms that come back to it."""
    return {"theme": theme_of(request), "themes": THEMES, "here": request.get_full_path()}
