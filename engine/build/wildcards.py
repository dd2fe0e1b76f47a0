"""Go's ``filepath.Match``: ``*``, ``?`` and ``[…]`` inside one path component, ``\\`` escapes."""

from functools import lru_cache

import re2

_SPECIAL = frozenset("*?[")


def has_wildcard(path: str) -> bool:
    """Whether a source path is a pattern; an escaped character is none."""
    escaped = False
    for character in path:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character in _SPECIAL:
            return True
    return False


def split_at_wildcard(path: str) -> tuple[str, str]:
    """The components before the first that holds a wildcard, and the rest."""
    parts = path.split("/")
    for position, part in enumerate(parts):
        if has_wildcard(part):
            return "/".join(parts[:position]), "/".join(parts[position:])
    return path, ""


def matches(pattern: str, path: str) -> bool:
    """Whether ``path`` as a whole matches; a malformed pattern matches nothing."""
    compiled = _compiled(pattern)
    return compiled is not None and compiled.fullmatch(path) is not None


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> "re2._Regexp[str] | None":
    pieces: list[str] = []
    position = 0
    while position < len(pattern):
        character = pattern[position]
        position += 1
        if character == "*":
            pieces.append("[^/]*")
        elif character == "?":
            pieces.append("[^/]")
        elif character == "[":
            end = _class_end(pattern, position)
            if end < 0:
                return None
            pieces.append("[" + _class_body(pattern[position : end - 1]) + "]")
            position = end
        elif character == "\\":
            if position == len(pattern):
                return None
            pieces.append(re2.escape(pattern[position]))
            position += 1
        else:
            pieces.append(re2.escape(character))
    try:
        return re2.compile("(?s)" + "".join(pieces))
    except re2.error:
        return None


def _class_end(pattern: str, position: int) -> int:
    first = True
    if pattern.startswith("^", position):
        position += 1
    while position < len(pattern):
        if pattern[position] == "]" and not first:
            return position + 1
        position += 2 if pattern[position] == "\\" else 1
        first = False
    return -1


def _class_body(body: str) -> str:
    negated = body.startswith("^")
    pieces = ["^/" if negated else ""]
    position = 1 if negated else 0
    while position < len(body):
        character = body[position]
        if character == "\\" and position + 1 < len(body):
            position += 1
            pieces.append("\\" + body[position] if not body[position].isalnum() else body[position])
        else:
            pieces.append("\\" + character if character in "[]^&~" else character)
        position += 1
    return "".join(pieces)
