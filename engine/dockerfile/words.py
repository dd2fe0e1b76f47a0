"""Word expansion: quotes, escapes and variables in the arguments of instructions.

It is the small shell language of Docker's front end, not a POSIX shell: see "Environment replacement" in
the Dockerfile reference. Time and memory are linear in the text plus the values it names, up to
`MAX_EXPANSION`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Final

import re2

from engine.dockerfile.gotext import BYTE_ORDER_MARK, SPACES, quote
from engine.errors import EngineError

MAX_EXPANSION: Final = 1 << 20
"""Longest result of one expansion, in characters."""
MAX_NESTING: Final = 100
"""Deepest nesting of ``${a:-${b:-…}}``."""

_SPECIAL_PARAMETERS: Final = frozenset("@*#?-$!")
_NAME: Final = re.compile(r"[A-Za-z0-9_]*")
_DIGITS: Final = re.compile(r"\d+")
_SPLIT: Final = re.compile(f"[{SPACES}]+")
_HEREDOC_GAP: Final = re.compile(f"-?[{SPACES}]*")
_INVALID_CHARACTER: Final = "\ufffd"
_REFERENCE: Final = re.compile(r"\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})")
_TEMPLATE: Final = re.compile(r"\$(?:(\$)|\{([^}]*)\}|(\w+))")


class WordError(EngineError):
    """A word that cannot be expanded; the message is the one of Docker's front end."""


@dataclass(frozen=True, slots=True)
class Expansion:
    """What one expansion gives.

    ``result`` is the text as one word, ``words`` the same split at unquoted white space. ``matched``
    and ``unmatched`` are the names of the variables it used that are set, and that are not, in the
    order of first use.
    """

    result: str
    words: tuple[str, ...]
    matched: tuple[str, ...]
    unmatched: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WordLexer:
    """Expands words.

    ``escape`` is the escape character of the file. ``raw_quotes`` and ``raw_escapes`` keep quotes and
    escape characters in the result; ``ignore_quotes`` gives quotes no meaning (heredoc bodies);
    ``keep_unset`` leaves references to unset variables as they are.
    """

    escape: str = "\\"
    raw_quotes: bool = False
    raw_escapes: bool = False
    ignore_quotes: bool = False
    keep_unset: bool = False

    def expand(self, text: str, env: Mapping[str, str]) -> Expansion:
        """Expand ``text``; raises `WordError`."""
        if _special(self.escape).search(text) is None:
            _check_length(len(text))
            return Expansion(text, tuple(word for word in _SPLIT.split(text) if word), (), ())
        return self._scan(text, env, splits=True)

    def _scan(self, text: str, env: Mapping[str, str], *, splits: bool) -> Expansion:
        scan = _Scan(self, text, env, splits)
        try:
            result, words = scan.until("", self.raw_escapes)
        except WordError as error:
            raise WordError(f"failed to process {quote(text)}: {error}") from None
        return Expansion(result, words, tuple(scan.matched), tuple(scan.unmatched))

    def expand_word(self, text: str, env: Mapping[str, str]) -> Expansion:
        """The same without ``words``, for those who need one word only; raises `WordError`."""
        return self._substitute(text, env) or self._scan(text, env, splits=False)

    def _substitute(self, text: str, env: Mapping[str, str]) -> Expansion | None:
        """The expansion of a text with nothing special in it but ``$name`` and ``${name}``.

        Most texts are of this kind, and for them this is much faster; ``None`` for all others.
        """
        if not text.isascii() or self.escape in text or "'" in text or len(text) > MAX_EXPANSION:
            return None
        if '"' in text and not (self.raw_quotes and text.count('"') % 2 == 0):
            return None
        pieces = _REFERENCE.split(text)
        if any("$" in piece for piece in pieces[::3]):
            return None
        matched: list[str] = []
        unmatched: list[str] = []
        length = len(text)
        for at in range(1, len(pieces), 3):
            name = pieces[at] or pieces[at + 1]
            value = env.get(name)
            if value is None:
                unmatched.append(name)
                kept = f"${name}" if pieces[at] else f"${{{name}}}"
                value = kept if self.keep_unset else ""
            else:
                matched.append(name)
            length += len(value)
            _check_length(length)
            pieces[at], pieces[at + 1] = value, ""
        return Expansion("".join(pieces), (), tuple(dict.fromkeys(matched)), tuple(dict.fromkeys(unmatched)))

    def word(self, text: str, env: Mapping[str, str]) -> str:
        """Only the result of `expand` as one word."""
        return text if self.is_plain(text) else self.expand_word(text, env).result

    def is_plain(self, text: str) -> bool:
        """True when `expand` would give ``text`` itself as its result; false when that is not obvious."""
        if len(text) > MAX_EXPANSION:
            return False
        if self.raw_quotes and "$" not in text:
            # Quotes that are not closed are an error, and then the text stays as it is, too.
            return self.escape not in text and BYTE_ORDER_MARK not in text and self.keep_unset
        return _special(self.escape).search(text) is None


@cache
def _special(escape: str) -> re.Pattern[str]:
    """Finds a character that means something."""
    return re.compile(f"[$'\"<{BYTE_ORDER_MARK}{re.escape(escape)}]")


def _check_length(length: int) -> None:
    if length > MAX_EXPANSION:
        raise WordError(f"expanded value is longer than {MAX_EXPANSION} characters")


class _Words:
    """Collects the pieces of an expansion, as one text and as words.

    ``current`` holds the pieces of the word being built. Docker's front end has a single buffer for
    it, so a nested ``${a:-…}`` throws away what its surroundings had put there (of the words only).
    """

    __slots__ = ("_current", "_length", "_pieces", "_splits", "_words")

    def __init__(self, current: list[str], splits: bool) -> None:
        self._splits = splits
        self._pieces: list[str] = []
        self._current = current
        self._words: list[str] = []
        self._length = 0

    def add_raw(self, text: str) -> None:
        """Add text whose white space does not separate words."""
        self._grow(text)
        if self._splits:
            self._current.append(text)

    def add(self, text: str) -> None:
        """Add text that is split at white space."""
        self._grow(text)
        if not self._splits:
            return
        parts = _SPLIT.split(text)
        for part in parts[:-1]:
            self._current.append(part)
            self._finish()
        self._current.append(parts[-1])

    def _grow(self, text: str) -> None:
        self._length += len(text)
        _check_length(self._length)
        self._pieces.append(text)

    def _finish(self) -> None:
        word = "".join(self._current)
        if word:
            self._words.append(word)
        self._current.clear()

    def end(self) -> tuple[str, tuple[str, ...]]:
        self._finish()
        return "".join(self._pieces), tuple(self._words)


class _Scan:
    """One pass over one text."""

    __slots__ = (
        "_current",
        "_depth",
        "_env",
        "_lexer",
        "_position",
        "_raw",
        "_splits",
        "_text",
        "matched",
        "unmatched",
    )

    def __init__(self, lexer: WordLexer, text: str, env: Mapping[str, str], splits: bool) -> None:
        self._lexer = lexer
        self._splits = splits
        # Go's text scanner drops a byte order mark in front.
        self._text = text.removeprefix(BYTE_ORDER_MARK)
        self._env = env
        self._position = 0
        self._current: list[str] = []
        self._depth = 0
        self._raw = lexer.raw_escapes
        self.matched: dict[str, None] = {}
        self.unmatched: dict[str, None] = {}

    # -------------------------------------------------- reading

    def _peek(self) -> str:
        """The next character, "" at the end."""
        return self._text[self._position : self._position + 1]

    def _next(self) -> str:
        character = self._peek()
        self._position += 1 if character else 0
        return character

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._position)
        if found is None:
            return ""
        self._position = found.end()
        return found.group()

    # -------------------------------------------------- the language

    def until(self, stop: str, raw_escapes: bool) -> tuple[str, tuple[str, ...]]:
        """Expand up to the character ``stop`` ("" = the end of the text), which is consumed."""
        outer, self._raw = self._raw, raw_escapes
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise WordError(f"substitutions are nested more than {MAX_NESTING} levels deep")
        try:
            return self._until(stop)
        finally:
            self._raw = outer
            self._depth -= 1

    def _until(self, stop: str) -> tuple[str, tuple[str, ...]]:
        lexer = self._lexer
        special = "$" if lexer.ignore_quotes else "$'\"<"
        plain = _run_without(special + lexer.escape + stop)
        words = _Words(self._current, self._splits)
        while True:
            words.add(self._take(plain))
            character = self._peek()
            if not character:
                break
            if character == stop:
                self._next()
                return words.end()
            if character == "$":
                words.add(self._dollar())
            elif character == lexer.escape:
                self._escaped(words)
            elif character == "'":
                words.add_raw(self._single_quoted())
            elif character == '"':
                words.add_raw(self._double_quoted())
            else:
                words.add_raw(self._angle_bracket())
        if stop:
            raise WordError(f"unexpected end of statement while looking for matching {stop}")
        return words.end()

    def _escaped(self, words: _Words) -> None:
        escape = self._next()
        if self._raw:
            words.add_raw(escape)
        character = self._next()
        if character:
            words.add_raw(character)

    def _angle_bracket(self) -> str:
        """``<<``, ``-`` and the blanks after it stay in one word: ``<<- EOF`` is one heredoc mark."""
        self._next()
        if self._peek() != "<":
            return "<"
        self._next()
        return "<<" + self._take(_HEREDOC_GAP)

    def _single_quoted(self) -> str:
        start = self._position
        end = self._text.find("'", start + 1)
        if end < 0:
            self._position = len(self._text)
            raise WordError("unexpected end of statement while looking for matching single-quote")
        self._position = end + 1
        return self._text[start : end + 1] if self._lexer.raw_quotes else self._text[start + 1 : end]

    def _double_quoted(self) -> str:
        lexer = self._lexer
        mark = self._next() if lexer.raw_quotes else self._next()[:0]
        pieces = [mark]
        length = 0
        plain = _run_without('$"' + lexer.escape)
        while piece := self._take(plain) or self._peek():
            if piece == '"':
                self._next()
                pieces.append(mark)
                return "".join(pieces)
            if piece == "$":
                piece = self._dollar()
            elif piece == lexer.escape and self._peek() == piece:
                piece = self._quoted_escape()
            length += len(piece)
            _check_length(length)
            pieces.append(piece)
        raise WordError("unexpected end of statement while looking for matching double-quote")

    def _quoted_escape(self) -> str:
        escape = self._next()
        kept = escape if self._raw else ""
        following = self._peek()
        if not following:
            return kept
        if following in ('"', "$", escape):
            return kept + self._next()
        return kept + escape

    # -------------------------------------------------- variables

    def _dollar(self) -> str:
        self._next()
        if self._peek() == "{":
            self._next()
            return self._braced()
        name = self._name()
        if not name:
            return "$"
        value = self._lookup(name)
        if value is None:
            return f"${name}" if self._lexer.keep_unset else ""
        return value

    def _braced(self) -> str:
        following = self._peek()
        if not following:
            raise WordError("syntax error: missing '}'")
        if following in "{}:":
            raise WordError("syntax error: bad substitution")
        name = self._name()
        modifier = self._next() or _INVALID_CHARACTER
        if modifier == "}":
            value = self._lookup(name)
            if value is None:
                return f"${{{name}}}" if self._lexer.keep_unset else ""
            return value
        if modifier == "/":
            return self._replace(name)
        if modifier == ":":
            return self._modified(name, ":", self._next() or _INVALID_CHARACTER)
        if modifier in "+-?#%":
            return self._modified(name, "", modifier)
        raise WordError(f"unsupported modifier ({modifier}) in substitution")

    def _argument(self, stop: str, raw_escapes: bool, missing: str) -> str:
        try:
            return self.until(stop, raw_escapes)[0]
        except WordError:
            if self._position >= len(self._text):
                raise WordError(missing) from None
            raise

    def _modified(self, name: str, colon: str, modifier: str) -> str:
        argument = self._argument("}", modifier in "#%", "syntax error: missing '}'")
        value = self._lookup(name)
        if colon and modifier not in "+-?":
            raise WordError(f"unsupported modifier (:{modifier}) in substitution")
        if value is None and self._lexer.keep_unset:
            return f"${{{name}{colon}{modifier}{argument}}}"
        absent = value is None or (bool(colon) and value == "")
        if modifier == "-":
            return argument if absent or value is None else value
        if modifier == "+":
            return "" if absent else argument
        if modifier == "?":
            if absent or value is None:
                why = "is not allowed to be unset" if value is None else "is not allowed to be empty"
                raise WordError(f"{name}: {argument or why}")
            return value
        longest = argument.startswith(modifier)
        trim = _trim_prefix if modifier == "#" else _trim_suffix
        return trim(argument[1:] if longest else argument, value or "", longest)

    def _replace(self, name: str) -> str:
        everywhere = self._peek() == "/"
        if everywhere:
            self._next()
        pattern = self._argument("/", True, "syntax error: missing '/' in ${}")
        replacement = self._argument("}", True, "syntax error: missing '}'")
        value = self._lookup(name)
        if value is None and self._lexer.keep_unset:
            return f"${{{name}/{pattern}/{replacement}}}"
        expression = _compile(pattern, longest=True, anchored=False)
        if everywhere:
            return _replace_all(expression, value or "", replacement)
        found = expression.search(value or "")
        if found is None:
            return value or ""
        return (value or "")[: found.start()] + replacement + (value or "")[found.end() :]

    def _name(self) -> str:
        first = self._peek()
        if first.isdecimal():
            return self._take(_DIGITS)
        if first in _SPECIAL_PARAMETERS:
            return self._next()
        pieces = [self._take(_NAME)]
        # Letters and digits outside ASCII are rare enough to be read one by one.
        while (character := self._peek()).isalpha() or character.isdecimal():
            pieces += [self._next(), self._take(_NAME)]
        return "".join(pieces)

    def _lookup(self, name: str) -> str | None:
        value = self._env.get(name)
        (self.unmatched if value is None else self.matched)[name] = None
        return value


@cache
def _run_without(special: str) -> re.Pattern[str]:
    """Matches a run of characters that are not ``special`` (a handful of different sets exist)."""
    return re.compile(f"[^{re.escape(special)}]+")


# -------------------------------------------------- shell patterns


def _regular_expression(pattern: str, longest: bool, anchored: bool) -> str:
    """The expression for a shell pattern in which only ``*``, ``?`` and ``\\`` mean something."""
    text = pattern.removeprefix(BYTE_ORDER_MARK)
    pieces = ["^" if anchored else ""]
    position = 0
    while position < len(text):
        character = text[position]
        position += 1
        if character == "*":
            pieces.append(".*" if longest else ".*?")
        elif character == "?":
            pieces.append(".")
        elif character == "\\":
            escaped = text[position : position + 1]
            # "}" and "/" are escaped for the sake of ${…}, not of the pattern.
            if escaped not in ("}", "/"):
                if escaped not in ("*", "?", "\\"):
                    raise WordError(f"invalid escape '\\{escaped or _INVALID_CHARACTER}'")
                pieces.append("\\" + escaped)
                position += 1
        elif character in "[]{}.+()|^$":
            pieces.append("\\" + character)
        else:
            pieces.append(character)
    return "".join(pieces)


def _compile(pattern: str, *, longest: bool, anchored: bool) -> re2._Regexp[str]:
    try:
        return re2.compile(_regular_expression(pattern, longest, anchored))
    except WordError as error:
        raise WordError(f"invalid pattern ({pattern}) in substitution: {error}") from None
    except re2.error as error:
        raise WordError(f"invalid pattern ({pattern}) in substitution: {error}") from None


def _trim_prefix(pattern: str, value: str, longest: bool) -> str:
    found = _compile(pattern, longest=longest, anchored=True).search(value)
    return value if found is None else value[found.end() :]


def _trim_suffix(pattern: str, value: str, longest: bool) -> str:
    # Expressions search from the left, so both texts are turned round to find the shortest suffix.
    return _trim_prefix(_reversed_pattern(pattern), value[::-1], longest)[::-1]


def _reversed_pattern(pattern: str) -> str:
    """``pattern`` backwards, every escape still in front of its character."""
    return "".join(re.findall(r"\\.|.", pattern, re.DOTALL)[::-1])


def _replace_all(expression: re2._Regexp[str], value: str, replacement: str) -> str:
    """Replace every match; ``$`` in ``replacement`` names a group of the match, as in Go.

    The expressions made here have no groups: ``$0`` is the whole match, every other name is empty.
    """
    length = len(value)
    pieces: list[str] = []
    end = 0
    for found in expression.finditer(value):
        text = _TEMPLATE.sub(partial(_template, found.group()), replacement)
        length += len(text)
        _check_length(length)
        pieces += [value[end : found.start()], text]
        end = found.end()
    return "".join([*pieces, value[end:]])


def _template(whole: str, found: re.Match[str]) -> str:
    dollar, braced, plain = found.groups()
    if dollar:
        return "$"
    name = braced if braced is not None else plain
    return whole if name == "0" else ""
