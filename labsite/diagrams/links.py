"""Where the slabs of a diagram lead. A page passes its own addresses; the default stays on the page."""

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote


class Links(Protocol):
    """Addresses of the things a diagram shows; "" means "no link". Must be hashable (part of a cache key)."""

    def layer(self, chain_id: str) -> str:
        """One layer in its stack."""
        ...

    def image(self, image_id: str) -> str:
        """An image."""
        ...

    def container(self, container_id: str) -> str:
        """A container."""
        ...

    def line(self, number: int) -> str:
        """A line of the Dockerfile."""
        ...

    def path(self, path: str) -> str:
        """A file's history through the layers."""
        ...

    def unfold(self, key: str) -> str:
        """The same diagram with one folded run opened."""
        ...

    def repository(self, name: str) -> str:
        """A repository of the hub."""
        ...


@dataclass(frozen=True, slots=True)
class PageLinks:
    """Fragments of the page the diagram stands in: ``#layer-c41f90aa57d3``."""

    prefix: str = "#"

    def layer(self, chain_id: str) -> str:
        """See `Links`."""
        return f"{self.prefix}layer-{_short(chain_id)}"

    def image(self, image_id: str) -> str:
        """See `Links`."""
        return f"{self.prefix}image-{_short(image_id)}"

    def container(self, container_id: str) -> str:
        """See `Links`."""
        return f"{self.prefix}container-{_short(container_id)}"

    def line(self, number: int) -> str:
        """See `Links`."""
        return f"{self.prefix}line-{number}"

    def path(self, path: str) -> str:
        """See `Links`."""
        return f"{self.prefix}path-{quote(path[:300], safe='', errors='surrogateescape')}"

    def unfold(self, key: str) -> str:
        """See `Links`."""
        return f"{self.prefix}unfold-{_short(key)}"

    def repository(self, name: str) -> str:
        """See `Links`."""
        return f"{self.prefix}repository-{quote(name[:300], safe='', errors='replace')}"


@dataclass(frozen=True, slots=True)
class NoLinks:
    """A picture only: for print, a read-only share or a slide."""

    def layer(self, chain_id: str) -> str:
        """No link."""
        return ""

    def image(self, image_id: str) -> str:
        """No link."""
        return ""

    def container(self, container_id: str) -> str:
        """No link."""
        return ""

    def line(self, number: int) -> str:
        """No link."""
        return ""

    def path(self, path: str) -> str:
        """No link."""
        return ""

    def unfold(self, key: str) -> str:
        """No link."""
        return ""

    def repository(self, name: str) -> str:
        """No link."""
        return ""


def _short(digest: str) -> str:
    return quote(digest.removeprefix("sha256:")[:12], safe="", errors="replace")
