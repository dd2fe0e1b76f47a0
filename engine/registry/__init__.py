"""The simulated Docker Hub: repositories, manifests and accounts."""

from engine.registry.hub import Hub, Manifest, RegistryError, Repository, compressed_digest

__all__ = ["Hub", "Manifest", "RegistryError", "Repository", "compressed_digest"]
