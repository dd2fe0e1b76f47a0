"""What every request and every answer passes through."""

import secrets
from collections.abc import Callable
from math import ceil

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from labsite.web.errors import too_many_requests
from labsite.web.ratelimit import TokenBuckets

Handler = Callable[[HttpRequest], HttpResponse]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors {ancestors}"
)
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"


class SecurityHeaders:
    """A content security policy without inline scripts, and no framing but where a view asks for it.

    A view that may stand in other sites' frames sets ``response.embeddable = True``.
    """

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.csp_nonce = SimpleLazyObject(lambda: secrets.token_urlsafe(16))
        response = self._get_response(request)
        embeddable = getattr(response, "embeddable", False)
        response.headers.setdefault(
            "Content-Security-Policy",
            POLICY.format(nonce=request.csp_nonce, ancestors="*" if embeddable else "'none'"),
        )
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not embeddable:
            response.headers.setdefault("X-Frame-Options", "DENY")
        return response


class RateLimit:
    """Bounds how many changes one visitor (or, before there is a visitor, one address) may ask for."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response
        self._buckets = TokenBuckets(settings.LAYERLAB_RATE_PER_SECOND, settings.LAYERLAB_RATE_BURST)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in {"GET", "HEAD", "OPTIONS"}:
            return self._get_response(request)
        visitor = getattr(request, "visitor_key", "") or request.META.get("REMOTE_ADDR", "")
        wait = self._buckets.wait(visitor)
        if wait:
            return too_many_requests(request, ceil(wait))
        return self._get_response(request)
