"""One row of an image's history (OCI image-spec, config.md, "history")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.image.config import ConfigError

_FIELDS = ("created", "created_by", "author", "comment")


@dataclass(frozen=True, slots=True)
class History:
    """Who made one layer, or one change of the configuration, and when.

    ``created`` is an RFC 3339 time ("" when unknown); ``created_by`` is the text ``docker history``
    shows; ``empty_layer`` is true for a row that has no layer of its own.
    """

    created: str
    created_by: str
    comment: str = ""
    empty_layer: bool = False
    author: str = ""

    def to_json(self) -> dict[str, Any]:
        """The row in the field names of the image-spec, empty fields left out."""
        document: dict[str, Any] = {
            "created": self.created,
            "created_by": self.created_by,
            "author": self.author,
            "comment": self.comment,
            "empty_layer": self.empty_layer,
        }
        return {name: value for name, value in document.items() if value}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> History:
        """Read one row; raises `ConfigError` when a field has the wrong type."""
        for field in _FIELDS:
            if not isinstance(document.get(field, ""), str):
                raise ConfigError(f"invalid image history: {field} is not a string")
        empty = document.get("empty_layer", False)
        if not isinstance(empty, bool):
            raise ConfigError("invalid image history: empty_layer is not a boolean")
        return cls(
            created=document.get("created", ""),
            created_by=document.get("created_by", ""),
            comment=document.get("comment", ""),
            empty_layer=empty,
            author=document.get("author", ""),
        )
