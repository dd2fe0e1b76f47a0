"""Digests as the OCI image-spec writes them (descriptor.md, "Digests"): ``sha256:`` and 64 hex digits."""

import re
from hashlib import sha256
from typing import NewType

Digest = NewType("Digest", str)
"""Names a blob by the sha256 of its bytes."""
DiffID = NewType("DiffID", str)
"""Digest of one layer's uncompressed tar (OCI image-spec, config.md, "Layer DiffID")."""
ChainID = NewType("ChainID", str)
"""Digest of a stack of layers (OCI image-spec, config.md, "Layer ChainID")."""
ImageID = NewType("ImageID", str)
"""Digest of an image's config JSON (OCI image-spec, config.md, "ImageID")."""

DIGEST_PATTERN = re.compile(r"sha256:[0-9a-f]{64}")


def sha256_digest(data: bytes) -> Digest:
    """The digest of ``data``."""
    return Digest("sha256:" + sha256(data).hexdigest())
