"""What goes wrong while a build runs, with the places in its description that caused it."""

from collections.abc import Sequence

from engine.build.ops import SourceRange
from engine.errors import EngineError


class BuildError(EngineError):
    """A build that failed at one of its steps.

    ``str()`` is what the step itself reports; ``summary`` is the sentence that ends the whole build.
    ``locations`` are the lines to show, ``exit_code`` that of the failed process (0 when none ran).
    """

    def __init__(
        self,
        message: str,
        *,
        summary: str = "",
        locations: Sequence[SourceRange] = (),
        exit_code: int = 0,
    ) -> None:
        super().__init__(message)
        self.summary = summary or message
        self.locations = tuple(locations)
        self.exit_code = exit_code


class PathNotFound(BuildError):
    """A COPY, ADD or mount names a path that its source does not hold."""

    def __init__(self, path: str, reference: str, locations: Sequence[SourceRange] = ()) -> None:
        self.path = path
        message = f'failed to calculate checksum of ref {reference}: "{path}": not found'
        super().__init__(message, summary=f"failed to compute cache key: {message}", locations=locations)
