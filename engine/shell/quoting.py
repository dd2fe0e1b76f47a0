"""Text as a shell would have to read it back: ``set``, ``export -p``, ``printf %q``, xtrace."""

import re

_SAFE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")
_BACKSLASHED = re.compile(r"([^A-Za-z0-9_@%+:,./\-\x80-\U0010ffff])")
_NAMED = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\a": "\\a", "\b": "\\b", "\f": "\\f", "\v": "\\v"}


def shell_quoted(text: str) -> str:
    """In single quotes, always."""
    return "'" + text.replace("'", "'\\''") + "'"


def dash_quoted(text: str) -> str:
    """As dash and BusyBox list values: single quotes, runs of single quotes in double quotes."""
    pieces = re.split(r"('+)", text)
    quoted = "".join(
        f'"{piece}"' if index % 2 else f"'{piece}'" if piece else "" for index, piece in enumerate(pieces)
    )
    return quoted or "''"


_BUSYBOX_SPECIAL = re.compile(r"[\x00-*;-?`\[\\{-\U0010ffff]")
_RESERVED = frozenset(
    {"if", "then", "elif", "else", "fi", "do", "done", "case", "esac", "while", "until", "for", "in", "!"}
)


def busybox_quoted(text: str) -> str:
    """As BusyBox traces arguments."""
    return dash_quoted(text) if text in _RESERVED or _BUSYBOX_SPECIAL.search(text) else text


def quoted_if_needed(text: str) -> str:
    """In single quotes unless every character is harmless (bash's ``set``, xtrace)."""
    if _SAFE.fullmatch(text):
        return text
    if _has_controls(text):
        return ansi_c_quoted(text)
    return shell_quoted(text)


def backslash_quoted(text: str) -> str:
    """As bash's ``printf %q``: backslashes before everything special."""
    if not text:
        return "''"
    if _has_controls(text):
        return ansi_c_quoted(text)
    escaped = _BACKSLASHED.sub(r"\\\1", text)
    return "\\" + escaped if escaped[0] == "~" else escaped


def double_quoted(text: str) -> str:
    """In double quotes, as bash's ``export -p`` and ``declare -p`` show values."""
    if _has_controls(text):
        return ansi_c_quoted(text)
    return '"' + re.sub(r'(["$`\\])', r"\\\1", text) + '"'


def ansi_c_quoted(text: str) -> str:
    """``$'…'`` with escapes."""
    pieces = []
    for character in text:
        code = ord(character)
        if character in _NAMED:
            pieces.append(_NAMED[character])
        elif character in "\\'":
            pieces.append("\\" + character)
        elif code == 27:
            pieces.append("\\E")
        elif code < 32 or code == 127 or 0xDC80 <= code <= 0xDCFF:
            pieces.append(f"\\{code & 255:03o}")
        else:
            pieces.append(character)
    return "$'" + "".join(pieces) + "'"


def _has_controls(text: str) -> bool:
    return any(ord(c) < 32 or ord(c) == 127 or 0xDC80 <= ord(c) <= 0xDCFF for c in text)
