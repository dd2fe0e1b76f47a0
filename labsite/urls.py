"""The addresses of the site, app by app."""

from django.urls import include, path
from django.views.i18n import set_language

from labsite.web import views

urlpatterns = [
    path("", include("labsite.playground.urls")),
    path("", include("labsite.lessons.urls")),
    path("", include("labsite.demos.urls")),
    path("theme/", views.set_theme, name="theme"),
    path("language/", set_language, name="set_language"),
    path("health/", views.health, name="health"),
]

handler400 = "labsite.web.errors.bad_request"
handler403 = "labsite.web.errors.permission_denied"
handler404 = "labsite.web.errors.not_found"
handler500 = "labsite.web.errors.server_error"
