"""Static files under names that change with their content, so browsers may keep them for ever."""

from typing import ClassVar

from django.contrib.staticfiles.apps import StaticFilesConfig
from whitenoise.storage import CompressedManifestStaticFilesStorage


class Storage(CompressedManifestStaticFilesStorage):
    """Hashed names, also inside the ``import`` lines of our JavaScript modules."""

    support_js_module_import_aggregation = True


class StaticFiles(StaticFilesConfig):
    """Collects what browsers ask for; build recipes and assets of other htmx versions stay at home."""

    ignore_patterns: ClassVar[list[str]] = [
        "CVS",
        ".*",
        "*~",
        "package*.json",
        "entry.js",
        "*.sh",
        "ht*-4*.js",
        "htmx-2.js",
        "ext",
    ]
