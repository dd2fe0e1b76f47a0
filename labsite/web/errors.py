"""Error pages: what happened, why, what to do. Never a traceback."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Trouble:
    """What an error page says."""

    title: str
    why: str
    what_to_do: str


def trouble(request: HttpRequest, status: int, said: Trouble) -> HttpResponse:
    """The error as a page, or as a notice inside the page when htmx asked."""
    template = "web/_notice.html" if request.headers.get("HX-Request") else "web/trouble.html"
    response = render(request, template, {"trouble": said, "status": status}, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request itself is damaged or too large."""
    return trouble(
        request,
        400,
        Trouble(
            _("That request could not be read"),
            _("Something in it was damaged, too large or not of the expected form."),
            _("Go back, shorten or correct what you sent, and try again. Nothing in your lab has changed."),
        ),
    )


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return trouble(
        request,
        403,
        Trouble(
            _("This is not yours to change"),
            _("The page belongs to someone else, or the link only lets you look."),
            _("Ask its owner, or make your own copy with “Fork”."),
        ),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without its token."""
    return trouble(
        request,
        403,
        Trouble(
            _("The page was too old to be sent"),
            _("Forms carry a token kept in a cookie; it was missing or had changed."),
            _("Load the page again and repeat the last step. Cookies must be allowed for this site."),
        ),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return trouble(
        request,
        404,
        Trouble(
            _("There is nothing here for you"),
            _("The address is wrong, the lab was removed, or it belongs to someone else."),
            _("Start from the first page. Your own lab from another device opens with its private link."),
        ),
    )


def too_many_requests(request: HttpRequest, seconds: int) -> HttpResponse:
    """429: the rate limit."""
    response = trouble(
        request,
        429,
        Trouble(
            _("That was a lot at once"),
            _("To keep the site quick for everybody, each lab may only ask for so much at a time."),
            _("Wait a moment, then go on. Nothing in your lab has changed."),
        ),
    )
    response.headers["Retry-After"] = str(seconds)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """500: ours. Django has logged it with its traceback before it calls this."""
    return trouble(
        request,
        500,
        Trouble(
            _("Something went wrong on our side"),
            _("The step was not carried out: your lab is as it was before. The error has been written down."),
            _("Go back to your lab and try again, or take another way; “Undo” still works."),
        ),
    )
