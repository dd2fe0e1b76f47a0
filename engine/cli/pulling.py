"""What ``docker pull`` prints, also on the way of ``docker run``."""

from __future__ import annotations

from collections.abc import Iterator

from engine.daemon.errors import DaemonError
from engine.daemon.transfer import Pull
from engine.image.image import Image

EXISTS = "Already exists"


def check_platform(platform: str, image: Image) -> None:
    """Refuse ``--platform`` for anything but the platform the registry's image has. Raises DaemonError."""
    wanted = platform.lower().split("/")
    if platform and [image.os, image.architecture][: len(wanted)] != wanted[:2]:
        raise DaemonError(
            f"no matching manifest for {platform} in the manifest list entries: "
            "no match for platform in manifest: not found"
        )


def pull_lines(pull: Pull, *, terminal: bool) -> Iterator[str]:
    """The progress lines of a pull; on a ``terminal`` each layer's line ends as its last state."""
    if not pull.reference.digest:
        yield f"{pull.tag}: Pulling from {pull.repository}\n"
    else:
        yield f"{pull.reference}: Pulling from {pull.repository}\n"
    new = [layer for layer in pull.layers if layer.outcome != EXISTS]
    if terminal:
        for layer in pull.layers:
            yield f"{layer.name}: {layer.outcome}\n"
    else:
        for layer in pull.layers:
            yield f"{layer.name}: {EXISTS if layer.outcome == EXISTS else 'Pulling fs layer'}\n"
        for layer in new:
            yield f"{layer.name}: Verifying Checksum\n"
            yield f"{layer.name}: Download complete\n"
        for layer in new:
            yield f"{layer.name}: {layer.outcome}\n"
    yield f"Digest: {pull.digest}\n"
    yield f"Status: {status_line(pull)}\n"


def status_line(pull: Pull) -> str:
    """The last words of a pull."""
    name = pull.reference.familiar
    return f"Downloaded newer image for {name}" if pull.is_new else f"Image is up to date for {name}"
