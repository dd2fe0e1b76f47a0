"""What can be wrong with a Dockerfile, in Docker's words and with its place in the file."""

from __future__ import annotations

from collections.abc import Sequence

from engine.build.ops import SourceError, SourceRange
from engine.errors import EngineError


class DockerfileError(SourceError):
    """An error in a Dockerfile.

    ``str()`` is Docker's whole message, ``reason`` the same without ``dockerfile parse error on line
    n: ``. ``line`` is the line Docker names; for a few errors that is not the first line of
    ``locations`` (a bad directive in line 1 is reported as being in line 0).
    """

    def __init__(
        self,
        message: str,
        locations: Sequence[SourceRange] = (),
        *,
        line: int | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(message, locations)
        first = self.locations[0].start_line if self.locations else 0
        self.line = first if line is None else line
        self.reason = reason or message


class InstructionError(EngineError):
    """Something is wrong in one instruction; whoever knows the instruction adds the place.

    ``token`` is the part of the instruction to point at ("" = all of it).
    """

    def __init__(self, message: str, token: str = "") -> None:
        super().__init__(message)
        self.token = token
