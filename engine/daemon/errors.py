"""What the daemon refuses; the client prints it after ``Error response from daemon: ``."""

from engine.errors import EngineError


class DaemonError(EngineError):
    """A refused request; ``str()`` is the daemon's sentence."""


class NotFound(DaemonError):
    """Nothing of that name exists (HTTP 404)."""


class Conflict(DaemonError):
    """The request contradicts the present state (HTTP 409)."""
