"""What holds on every page: headers, error pages, theme, language."""

from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import get_resolver

from labsite.web import errors
from labsite.web.middleware import RateLimit

pytestmark = pytest.mark.django_db


def test_no_page_allows_inline_scripts_or_frames(own: Client, workspace: Any) -> None:
    for path in ("/", f"/lab/{workspace.key}/", "/nowhere/"):
        response = own.get(path)
        policy = response.headers["Content-Security-Policy"]
        scripts = next(part for part in policy.split(";") if part.strip().startswith("script-src"))
        assert scripts.strip() == "script-src 'self'"
        assert "frame-ancestors 'none'" in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "same-origin"
        html = response.content.decode()
        assert "<script>" not in html and " onclick=" not in html and " style=" not in html


def test_an_unknown_address_is_explained(client: Client) -> None:
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert b"There is nothing here for you" in response.content


def test_htmx_gets_errors_as_a_notice(client: Client) -> None:
    response = client.post("/lab/unknown/run/", {"line": "ls"}, headers={"HX-Request": "true"})
    assert response.status_code == 404
    assert b'class="notice error"' in response.content
    assert b"<html" not in response.content


def test_our_own_failure_is_an_apology_and_is_logged(
    own: Client, workspace: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*arguments: Any) -> None:
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr("labsite.playground.views.open_bench", fail)
    own.raise_request_exception = False
    response = own.get(f"/lab/{workspace.key}/")
    assert response.status_code == 500
    assert b"Something went wrong on our side" in response.content
    assert b"secret of ours" not in response.content and b"Traceback" not in response.content
    assert "a secret of ours" in caplog.text


def test_a_form_without_its_token_is_explained(visitor: Any, workspace: Any) -> None:
    from labsite.tests.conftest import client_of

    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client_of(visitor).cookies
    response = strict.post(f"/lab/{workspace.key}/run/", {"line": "ls"})
    assert response.status_code == 403
    assert b"too old to be sent" in response.content


def test_too_many_changes_are_asked_to_wait(rf: RequestFactory, settings: Any) -> None:
    settings.LAYERLAB_RATE_BURST = 1
    settings.LAYERLAB_RATE_PER_SECOND = 0.1
    limit = RateLimit(lambda request: errors.not_found(request))
    assert limit(rf.post("/")).status_code == 404
    refused = limit(rf.post("/"))
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert limit(rf.get("/")).status_code == 404


def test_the_theme_is_kept_and_only_known_ones(client: Client) -> None:
    response = client.post("/theme/", {"theme": "dark", "next": "/"})
    assert response.status_code == 302 and response.headers["Location"] == "/"
    assert b'data-theme="dark"' in client.get("/").content
    client.post("/theme/", {"theme": "<x>"})
    assert b'data-theme="dark"' in client.get("/").content


def test_forms_never_lead_to_other_sites(client: Client) -> None:
    response = client.post("/theme/", {"theme": "dark", "next": "https://evil.example/"})
    assert response.headers["Location"] == "/"


def test_french(client: Client) -> None:
    client.post("/language/", {"language": "fr", "next": "/"})
    page = client.get("/").content.decode()
    assert '<html lang="fr"' in page
    assert "Commencer" in page


def test_health(client: Client) -> None:
    assert client.get("/health/").content == b"ok\n"


def test_error_handlers_are_ours() -> None:
    resolver = get_resolver()
    for code in (400, 403, 404, 500):
        assert resolver.resolve_error_handler(code).__module__ == "labsite.web.errors"
