"""Template text to items, as text/template/parse does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from engine.cli.text import go_quote

_SPACES = " \t\r\n"


class Kind(Enum):
    """What an item is."""

    ERROR = auto()
    BOOL = auto()
    CHAR = auto()
    CHAR_CONSTANT = auto()
    ASSIGN = auto()
    DECLARE = auto()
    EOF = auto()
    FIELD = auto()
    IDENTIFIER = auto()
    LEFT_DELIM = auto()
    LEFT_PAREN = auto()
    NUMBER = auto()
    PIPE = auto()
    RAW_STRING = auto()
    RIGHT_DELIM = auto()
    RIGHT_PAREN = auto()
    SPACE = auto()
    STRING = auto()
    TEXT = auto()
    VARIABLE = auto()
    DOT = auto()
    NIL = auto()
    KEYWORD = auto()


KEYWORDS = ("block", "break", "continue", "define", "else", "end", "if", "range", "template", "with")


@dataclass(frozen=True, slots=True)
class Item:
    """One token; ``position`` counts UTF-8 bytes, ``line`` from 1."""

    kind: Kind
    text: str
    position: int
    line: int

    def __str__(self) -> str:
        if self.kind is Kind.EOF:
            return "EOF"
        if self.kind is Kind.ERROR:
            return self.text
        if self.kind in (Kind.KEYWORD, Kind.DOT, Kind.NIL):
            return f"<{self.text}>"
        return go_quote(self.text[:10]) + "..." if len(self.text) > 10 else go_quote(self.text)


def tokenize(source: str) -> list[Item]:
    """All items of ``source``; the last one is EOF or ERROR."""
    return _Lexer(source).run()


def code_point(char: str) -> str:
    """``%#U`` of one character."""
    return f"U+{ord(char):04X}" + (f" '{char}'" if char.isprintable() else "")


class _Stop(Exception):
    pass


class _Lexer:
    def __init__(self, source: str) -> None:
        self.source = source
        self.position = 0
        self.start = 0
        self.line = 1
        self.items: list[Item] = []
        self.parens = 0
        self.is_ascii = source.isascii()
        self._counted = 0
        self._bytes = 0

    def run(self) -> list[Item]:
        try:
            while self._text():
                self._action()
        except _Stop:
            pass
        return self.items

    def _byte_position(self, index: int) -> int:
        if self.is_ascii:
            return index
        self._bytes += len(self.source[self._counted : index].encode("utf-8", "surrogateescape"))
        self._counted = index
        return self._bytes

    def _emit(self, kind: Kind) -> None:
        text = self.source[self.start : self.position]
        self.items.append(Item(kind, text, self._byte_position(self.start), self.line))
        self._skip()

    def _skip(self) -> None:
        self.line += self.source.count("\n", self.start, self.position)
        self.start = self.position

    def _fail(self, message: str) -> None:
        line = self.line + self.source.count("\n", self.start, self.position)
        self.items.append(Item(Kind.ERROR, message, self._byte_position(self.start), line))
        raise _Stop

    def _text(self) -> bool:
        """Read up to the next action or past the next comment; False at the end of the source."""
        source = self.source
        opening = source.find("{{", self.position)
        if opening < 0:
            self.position = len(source)
            if self.position > self.start:
                self._emit(Kind.TEXT)
            self._emit(Kind.EOF)
            return False
        trims = source.startswith("-", opening + 2) and source[opening + 3 : opening + 4] in (*_SPACES,)
        end = opening
        if trims:
            while end > self.start and source[end - 1] in _SPACES:
                end -= 1
        self.position = end
        if end > self.start:
            self._emit(Kind.TEXT)
        self.position = opening
        self._skip()
        marker = 2 if trims else 0
        if source.startswith("/*", opening + 2 + marker):
            self._comment(opening + 2 + marker)
            return True
        self.position = opening + 2
        self._emit(Kind.LEFT_DELIM)
        self.position += marker
        self._skip()
        self.parens = 0
        return True

    def _comment(self, start: int) -> None:
        source = self.source
        end = source.find("*/", start + 2)
        if end < 0:
            self._fail("unclosed comment")
        self.position = end + 2
        closing, trims = self._at_right_delim()
        if not closing:
            self._fail("comment ends before closing delimiter")
        self.position += 4 if trims else 2
        if trims:
            self._trim_after()
        self._skip()

    def _trim_after(self) -> None:
        while self.position < len(self.source) and self.source[self.position] in _SPACES:
            self.position += 1

    def _at_right_delim(self) -> tuple[bool, bool]:
        source, position = self.source, self.position
        if source[position : position + 1] in (*_SPACES,) and source.startswith("-}}", position + 1):
            return True, True
        return source.startswith("}}", position), False

    def _action(self) -> None:
        """Read one action up to and including its closing delimiter; nothing after a comment."""
        if not self.items or self.items[-1].kind is not Kind.LEFT_DELIM:
            return
        while True:
            closing, trims = self._at_right_delim()
            if closing:
                if self.parens:
                    self._fail("unclosed left paren")
                if trims:
                    self.position += 2
                    self._skip()
                self.position += 2
                self._emit(Kind.RIGHT_DELIM)
                if trims:
                    self._trim_after()
                    self._skip()
                return
            self._inside()

    def _peek(self) -> str:
        return self.source[self.position : self.position + 1]

    def _inside(self) -> None:
        char = self._peek()
        if not char:
            self._fail("unclosed action")
        self.position += 1
        if char in _SPACES:
            self._space()
        elif char == "=":
            self._emit(Kind.ASSIGN)
        elif char == ":":
            if self._peek() != "=":
                self._fail("expected :=")
            self.position += 1
            self._emit(Kind.DECLARE)
        elif char == "|":
            self._emit(Kind.PIPE)
        elif char == '"':
            self._quoted('"', "unterminated quoted string", Kind.STRING)
        elif char == "'":
            self._quoted("'", "unterminated character constant", Kind.CHAR_CONSTANT)
        elif char == "`":
            end = self.source.find("`", self.position)
            if end < 0:
                self._fail("unterminated raw quoted string")
            self.position = end + 1
            self._emit(Kind.RAW_STRING)
        elif char == "$":
            self._field(Kind.VARIABLE, Kind.VARIABLE)
        elif char == "." and not _is_digit(self._peek()):
            self._field(Kind.FIELD, Kind.DOT)
        elif char in "+-." or _is_digit(char):
            self.position -= 1
            self._number()
        elif _is_word(char):
            self._identifier()
        elif char == "(":
            self.parens += 1
            self._emit(Kind.LEFT_PAREN)
        elif char == ")":
            self.parens -= 1
            if self.parens < 0:
                self._fail("unexpected right paren")
            self._emit(Kind.RIGHT_PAREN)
        elif char.isascii() and char.isprintable():
            self._emit(Kind.CHAR)
        else:
            self._fail(f"unrecognized character in action: {code_point(char)}")

    def _space(self) -> None:
        while (char := self._peek()) and char in _SPACES:
            if self._at_right_delim()[1]:
                break
            self.position += 1
        self._emit(Kind.SPACE)

    def _quoted(self, quote: str, complaint: str, kind: Kind) -> None:
        while True:
            char = self._peek()
            if char == "\\":
                self.position += 1
                char = self._peek()
                if char and char != "\n":
                    self.position += 1
                    continue
            if not char or char == "\n":
                self._fail(complaint)
            self.position += 1
            if char == quote:
                self._emit(kind)
                return

    def _at_terminator(self) -> bool:
        char = self._peek()
        return not char or char in _SPACES or char in ".,|:()" or self.source.startswith("}}", self.position)

    def _field(self, kind: Kind, alone: Kind) -> None:
        if self._at_terminator():
            self._emit(alone)
            return
        while (char := self._peek()) and _is_word(char):
            self.position += 1
        if not self._at_terminator():
            self._fail(f"bad character {code_point(self._peek())}")
        self._emit(kind)

    def _identifier(self) -> None:
        while (char := self._peek()) and _is_word(char):
            self.position += 1
        word = self.source[self.start : self.position]
        if not self._at_terminator():
            self._fail(f"bad character {code_point(self._peek())}")
        if word in KEYWORDS:
            self._emit(Kind.KEYWORD)
        elif word in ("true", "false"):
            self._emit(Kind.BOOL)
        else:
            self._emit(Kind.NIL if word == "nil" else Kind.IDENTIFIER)

    def _accept(self, allowed: str) -> bool:
        char = self._peek()
        if char and char in allowed:
            self.position += 1
            return True
        return False

    def _number(self) -> None:
        self._accept("+-")
        digits = "0123456789_"
        is_hex = False
        if self._accept("0"):
            if self._accept("xX"):
                digits, is_hex = "0123456789abcdefABCDEF_", True
            elif self._accept("oO"):
                digits = "01234567_"
            elif self._accept("bB"):
                digits = "01_"
        while self._accept(digits):
            pass
        if self._accept("."):
            while self._accept(digits):
                pass
        if self._accept("pP" if is_hex else "eE"):
            self._accept("+-")
            while self._accept("0123456789_"):
                pass
        char = self._peek()
        if char and _is_word(char):
            self.position += 1
            text = self.source[self.start : self.position]
            self._fail(f'bad number syntax: "{text}"')
        self._emit(Kind.NUMBER)


def _is_digit(char: str) -> bool:
    return bool(char) and char in "0123456789"


def _is_word(char: str) -> bool:
    return char == "_" or char.isalpha() or char.isdigit()
