"""Settings of the site. Every knob is an environment variable named ``LAYERLAB_…``; the defaults run a lab
on one machine, for the person who sits at it."""

import os
import secrets
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("LAYERLAB_DATA", BASE_DIR / "var"))
DATA_DIR.mkdir(parents=True, exist_ok=True)


def _flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def _list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def _secret_key() -> str:
    """The key cookies and links are signed with: given, or made once and kept beside the database."""
    given = os.environ.get("LAYERLAB_SECRET_KEY")
    if given:
        return given
    path = DATA_DIR / "secret-key"
    try:
        with path.open("x") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text()


def _database(url: str) -> dict[str, Any]:
    """A Django database from ``sqlite:///file`` or ``postgresql://user:password@host:port/name?option=value``."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": parts.path[1:] if parts.path.startswith("//") else parts.path,
            "TEST": {"NAME": Path(gettempdir()) / f"layer-lab-test-{os.getpid()}.sqlite3"},
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
            },
        }
    if parts.scheme in {"postgres", "postgresql"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path[1:]),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": dict(parse_qsl(parts.query)),
        }
    raise ImproperlyConfigured(f"LAYERLAB_DATABASE: unknown kind of database {parts.scheme!r}")


SECRET_KEY = _secret_key()
DEBUG = _flag("LAYERLAB_DEBUG")
HTTPS = _flag("LAYERLAB_HTTPS")
ALLOWED_HOSTS = _list("LAYERLAB_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = [f"https://{host.lstrip('.')}" for host in ALLOWED_HOSTS] if HTTPS else []

INSTALLED_APPS = [
    "django.contrib.messages",
    "labsite.web.staticfiles.StaticFiles",
    "django_htmx",
    "labsite.web",
    "labsite.workspaces",
    "labsite.diagrams.apps.Diagrams",
    "labsite.playground",
    "labsite.lessons",
    "labsite.demos",
]

MIDDLEWARE = [
    "labsite.web.middleware.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "labsite.workspaces.visitors.VisitorMiddleware",
    "labsite.web.middleware.RateLimit",
]

ROOT_URLCONF = "labsite.urls"
WSGI_APPLICATION = "labsite.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "labsite.web.context.site",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "labsite.web.templatetags.lab",
            ],
        },
    }
]

DATABASES = {
    "default": _database(os.environ.get("LAYERLAB_DATABASE", f"sqlite:///{DATA_DIR / 'lab.sqlite3'}"))
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "layer-lab"}}
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
LOCALE_PATHS = [BASE_DIR / "labsite" / "locale"]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = HTTPS
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = Path(os.environ.get("LAYERLAB_STATIC_ROOT", BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "labsite.web.staticfiles.Storage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = False

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _flag("LAYERLAB_BEHIND_PROXY") else None
USE_X_FORWARDED_HOST = _flag("LAYERLAB_BEHIND_PROXY")
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "labsite.web.errors.csrf_failure"

DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

LAYERLAB_RATE_PER_SECOND = float(os.environ.get("LAYERLAB_RATE_PER_SECOND", "15"))
"""Changes one visitor may ask for per second, sustained."""
LAYERLAB_RATE_BURST = int(os.environ.get("LAYERLAB_RATE_BURST", "90"))
"""Changes one visitor may ask for at once before the sustained rate holds."""

DIAGRAMS_RENDERER = os.environ.get("LAYERLAB_DIAGRAMS", "bundled")
"""``bundled`` (graphviz-pure, nothing to install), or the name of a Graphviz ``dot`` that is kept running."""
DIAGRAMS_TIMEOUT = float(os.environ.get("LAYERLAB_DIAGRAMS_TIMEOUT", "5"))
"""Seconds after which a picture that is still being drawn is given up."""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": os.environ.get("LAYERLAB_LOG_LEVEL", "WARNING")},
    "loggers": {
        "labsite": {"level": os.environ.get("LAYERLAB_LOG_LEVEL", "INFO")},
        "django.request": {"level": "ERROR"},
    },
}
