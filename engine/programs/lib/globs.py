"""Shell patterns (fnmatch) as matchers: ``find -name``, ``tar --exclude``, ``grep --include``, ``unzip``."""

from collections.abc import Callable
from functools import lru_cache

import re2

from engine.programs.lib.regex import class_bytes

_MAX_PATTERN = 4096


@lru_cache(maxsize=256)
def glob_matcher(
    pattern: str, *, ignore_case: bool = False, slash_special: bool = False, prefix: bool = False
) -> Callable[[str], bool]:
    """A test of whole names. ``slash_special``: ``*`` stops at ``/``. ``prefix``: also ``PATTERN/…``."""
    if not ignore_case and not prefix and not any(char in pattern for char in "*?[\\"):
        return lambda name: name == pattern
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not ignore_case
    source = glob_spelling(pattern[:_MAX_PATTERN], slash_special)
    compiled = re2.compile(f"(?s)\\A(?:{source}){'(?:/.*)?' if prefix else ''}\\z", options)

    def matches(name: str) -> bool:
        return compiled.search(name.encode("utf-8", "replace").decode("utf-8")) is not None

    return matches


def glob_spelling(pattern: str, slash_special: bool = False) -> str:
    """``pattern`` in re2's language."""
    any_char = "[^/]" if slash_special else "."
    out: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*":
            if not out or out[-1] != any_char + "*":
                out.append(any_char + "*")
        elif char == "?":
            out.append(any_char)
        elif char == "\\" and at < len(pattern):
            out.append(_literal(pattern[at]))
            at += 1
        elif char == "[":
            spelled, end = _bracket(pattern, at)
            out.append(spelled)
            at = end
        else:
            out.append(_literal(char))
    return "".join(out)


def _literal(char: str) -> str:
    if 0xD800 <= ord(char) <= 0xDFFF:
        return "\\?"
    return f"\\x{{{ord(char):x}}}"


def _bracket(pattern: str, start: int) -> tuple[str, int]:
    at = start
    negated = pattern[at : at + 1] in ("!", "^")
    if negated:
        at += 1
    body: list[str] = []
    first = True
    while at < len(pattern) and (pattern[at] != "]" or first):
        first = False
        if pattern.startswith("[:", at) and (end := pattern.find(":]", at)) > 0:
            members = class_bytes(pattern[at + 2 : end]) or b""
            body += [_literal(chr(byte)) for byte in members]
            at = end + 2
            continue
        if pattern[at] == "\\" and at + 1 < len(pattern):
            at += 1
        low = pattern[at]
        at += 1
        if pattern[at : at + 1] == "-" and at + 1 < len(pattern) and pattern[at + 1] != "]":
            high = pattern[at + 1]
            at += 2
            if low <= high:
                body.append(f"{_literal(low)}-{_literal(high)}")
        else:
            body.append(_literal(low))
    if at >= len(pattern):
        return _literal("["), start
    if not body:
        return "." if negated else "[^\\x00-\\x{10ffff}]", at + 1
    return f"[{'^' if negated else ''}{''.join(body)}]", at + 1
