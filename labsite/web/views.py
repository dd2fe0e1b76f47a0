"""Views that belong to no app: theme and health."""

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from labsite.web.context import THEME_COOKIE, THEMES


def safe_next(request: HttpRequest, default: str = "/") -> str:
    """Where a form wants to go back to, if that is a page of this site."""
    target = request.POST.get("next", "")
    if target and url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        return target
    return default


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or system for a year."""
    response = HttpResponseRedirect(safe_next(request))
    theme = request.POST.get("theme", "system")
    if theme in THEMES:
        year = 365 * 24 * 3600
        response.set_cookie(
            THEME_COOKIE, theme, max_age=year, samesite="Lax", secure=settings.HTTPS, httponly=True
        )
    return response


@require_GET
def health(request: HttpRequest) -> HttpResponse:
    """``ok`` while the database answers; for load balancers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain", headers={"Cache-Control": "no-store"})
