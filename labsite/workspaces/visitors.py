"""Who is asking: a signed cookie with a visitor's key, made the first time something is kept for them."""

from collections.abc import Callable

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from labsite.workspaces.models import Visitor

COOKIE = "lab"
COOKIE_AGE = 400 * 24 * 3600
LINK_SALT = "labsite.private-link"


class VisitorMiddleware:
    """Sets ``request.visitor_key`` from the cookie ("" = nobody yet) and sends the cookie when it is new."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.visitor_key = request.get_signed_cookie(COOKIE, default="", salt=COOKIE)
        request.new_visitor_key = ""
        response = self._get_response(request)
        if request.new_visitor_key:
            response.set_signed_cookie(
                COOKIE,
                request.new_visitor_key,
                salt=COOKIE,
                max_age=COOKIE_AGE,
                httponly=True,
                samesite="Lax",
                secure=settings.HTTPS,
            )
        return response


def visitor_of(request: HttpRequest) -> Visitor | None:
    """The visitor the cookie names."""
    return Visitor.objects.filter(key=request.visitor_key).first() if request.visitor_key else None


def ensure_visitor(request: HttpRequest) -> Visitor:
    """The visitor, made now if this is the first time; their browser learns its key with the answer."""
    visitor = visitor_of(request)
    if visitor is None:
        visitor = Visitor.objects.create()
        become(request, visitor)
    return visitor


def become(request: HttpRequest, visitor: Visitor) -> None:
    """From this answer on, this browser is ``visitor``."""
    request.visitor_key = request.new_visitor_key = visitor.key


def private_link_token(visitor: Visitor) -> str:
    """What a private link carries: whoever opens it, is this visitor."""
    return signing.dumps(visitor.key, salt=LINK_SALT)


def visitor_of_link(token: str) -> Visitor | None:
    """The visitor of a private link, None when the link is not one of ours."""
    try:
        key = signing.loads(token, salt=LINK_SALT)
    except signing.BadSignature:
        return None
    return Visitor.objects.filter(key=key).first()
