"""Image references, by the grammar of the distribution project (``reference`` package).

A reference is ``[domain/]path[:tag][@digest]``. The command line accepts *familiar* names
(``busybox``) and normalizes them (``docker.io/library/busybox``); the bare grammar does not.
Matching uses RE2, so any input is decided in linear time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import re2

from engine.errors import EngineError

DEFAULT_DOMAIN = "docker.io"
DEFAULT_TAG = "latest"
_LEGACY_DEFAULT_DOMAIN = "index.docker.io"
_OFFICIAL_PREFIX = "library/"
_LONGEST_PATH = 255
_LONGEST_TEXT = 4096

_DOMAIN_COMPONENT = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_DOMAIN_NAME = rf"{_DOMAIN_COMPONENT}(?:\.{_DOMAIN_COMPONENT})*"
_DOMAIN = rf"(?:{_DOMAIN_NAME}|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_PATH_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_PATH = rf"{_PATH_COMPONENT}(?:/{_PATH_COMPONENT})*"
_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_DIGEST = r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"

_REFERENCE_RE = re2.compile(rf"((?:{_DOMAIN}/)?{_PATH})(?::({_TAG}))?(?:@({_DIGEST}))?")
_NAME_RE = re2.compile(rf"(?:({_DOMAIN})/)?({_PATH})")
_TAG_RE = re2.compile(_TAG)
_IDENTIFIER_RE = re2.compile(r"[a-f0-9]{64}")
_DIGEST_RE = re2.compile(r"[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+")
_LOWER_HEX_RE = re2.compile(r"[a-f0-9]+")
_HEX_DIGITS = {"sha256": 64, "sha384": 96, "sha512": 128}
ALL_ALGORITHMS = frozenset(_HEX_DIGITS)
"""Digest algorithms the docker command line and daemon know."""


class ReferenceError(EngineError):
    """The text is not an image reference; the message is the one Docker prints."""


def check_digest(text: str, algorithms: frozenset[str] = ALL_ALGORITHMS) -> str:
    """Return ``text`` when it is a digest with one of ``algorithms``, else raise ReferenceError."""
    algorithm, colon, encoded = text.partition(":")
    if not algorithm or not colon or not encoded:
        raise ReferenceError("invalid checksum digest format")
    if algorithm not in algorithms:
        if not _DIGEST_RE.fullmatch(text):
            raise ReferenceError("invalid checksum digest format")
        raise ReferenceError("unsupported digest algorithm")
    if len(encoded) != _HEX_DIGITS[algorithm]:
        raise ReferenceError("invalid checksum digest length")
    if not _LOWER_HEX_RE.fullmatch(encoded):
        raise ReferenceError("invalid checksum digest format")
    return text


def is_valid_tag(text: str) -> bool:
    """Whether ``text`` can stand after the colon of a reference."""
    return bool(_TAG_RE.fullmatch(text))


@dataclass(frozen=True, slots=True)
class Reference:
    """A parsed reference. ``domain`` is empty only for references of the bare grammar.

    ``tag`` and ``digest`` are empty when the text has none.
    """

    domain: str
    path: str
    tag: str = ""
    digest: str = ""

    @property
    def name(self) -> str:
        """Domain and path: the repository, without tag and digest."""
        return f"{self.domain}/{self.path}" if self.domain else self.path

    @property
    def familiar_name(self) -> str:
        """The repository as people write it: ``docker.io/`` and ``library/`` left out."""
        if self.domain != DEFAULT_DOMAIN:
            return self.name
        parts = self.path.split("/")
        return parts[1] if len(parts) == 2 and parts[0] == "library" else self.path

    @property
    def familiar(self) -> str:
        """The whole reference in familiar form, as ``docker images`` would show it."""
        return self.familiar_name + self._suffix

    @property
    def is_name_only(self) -> bool:
        """Whether there is neither a tag nor a digest."""
        return not self.tag and not self.digest

    @property
    def _suffix(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return tag + (f"@{self.digest}" if self.digest else "")

    def __str__(self) -> str:
        return self.name + self._suffix

    def tagged(self) -> Reference:
        """This reference with ``:latest`` added when it has neither a tag nor a digest."""
        return replace(self, tag=DEFAULT_TAG) if self.is_name_only else self

    def with_tag(self, tag: str) -> Reference:
        """This repository with another tag and no digest; ReferenceError for an invalid tag."""
        if not is_valid_tag(tag):
            raise ReferenceError("invalid tag format")
        return replace(self, tag=tag, digest="")

    def without_tag(self) -> Reference:
        """The repository alone."""
        return replace(self, tag="", digest="")


@lru_cache(maxsize=4096)
def parse_reference(text: str, algorithms: frozenset[str] = ALL_ALGORITHMS) -> Reference:
    """Parse ``text`` by the bare grammar (nothing is added); ReferenceError when it does not match.

    ``algorithms`` are the digest algorithms the asking program has linked in.
    """
    if len(text) > _LONGEST_TEXT:
        raise ReferenceError("invalid reference format")
    match = _REFERENCE_RE.fullmatch(text)
    if match is None:
        if not text:
            raise ReferenceError("repository name must have at least one component")
        if _REFERENCE_RE.fullmatch(text.lower()):
            raise ReferenceError("repository name must be lowercase")
        raise ReferenceError("invalid reference format")
    name, tag, digest = match.group(1), match.group(2), match.group(3)
    split = _NAME_RE.fullmatch(name)
    domain, path = (split.group(1) or "", split.group(2)) if split else ("", name)
    if len(path) > _LONGEST_PATH:
        raise ReferenceError(f"repository name must not be more than {_LONGEST_PATH} characters")
    return Reference(domain, path, tag or "", check_digest(digest, algorithms) if digest else "")


@lru_cache(maxsize=4096)
def parse_normalized(text: str) -> Reference:
    """Parse what a person types: ``docker.io`` and ``library/`` are added where they are left out.

    Raises ReferenceError with Docker's words. The tag stays absent when absent; see ``tagged``.
    """
    if _IDENTIFIER_RE.fullmatch(text):
        raise ReferenceError(f"invalid repository name ({text}), cannot specify 64-byte hexadecimal strings")
    domain, remainder = _split_domain(text)
    remote = remainder.partition(":")[0]
    if remote.lower() != remote:
        raise ReferenceError(f"invalid reference format: repository name ({remote}) must be lowercase")
    return parse_reference(f"{domain}/{remainder}")


def _split_domain(name: str) -> tuple[str, str]:
    first, slash, rest = name.partition("/")
    if not slash:
        return DEFAULT_DOMAIN, _OFFICIAL_PREFIX + name
    is_domain = first == "localhost" or "." in first or ":" in first or first.lower() != first
    domain, remainder = (first, rest) if is_domain else (DEFAULT_DOMAIN, name)
    if domain == _LEGACY_DEFAULT_DOMAIN:
        domain = DEFAULT_DOMAIN
    if domain == DEFAULT_DOMAIN and "/" not in remainder:
        remainder = _OFFICIAL_PREFIX + remainder
    return domain, remainder
