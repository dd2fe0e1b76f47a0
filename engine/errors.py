"""The one root of every error the engine raises on purpose."""


class EngineError(Exception):
    """Something a learner did, or asked for, that cannot be done.

    ``str(error)`` is the message in the simulated tool's own words, without the prefix of the
    command that renders it (``Error response from daemon: `` and the like belong to the CLI).
    """
