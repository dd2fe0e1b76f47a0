"""The WSGI door of the site."""

import os
from threading import Thread

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labsite.settings")
application = get_wsgi_application()


def warm_up() -> None:
    """Read what the first visitor would otherwise wait for: the catalogue and what its images are called."""
    from engine import session
    from labsite.workspaces.store import shared_store

    session.inventory(session.new_machine())
    shared_store()


Thread(target=warm_up, daemon=True).start()
