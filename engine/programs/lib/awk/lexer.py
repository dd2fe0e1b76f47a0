"""Words of an AWK program (POSIX awk, "Grammar")."""

import re
from dataclasses import dataclass

from engine.errors import EngineError


class AwkSyntaxError(EngineError):
    """A program awk cannot read; ``line`` is where and ``near`` the offending word."""

    def __init__(self, message: str, line: int, near: str = "") -> None:
        self.line = line
        self.near = near
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Token:
    """One word. ``kind``: number, string, regex, name, call (a name right before ``(``), builtin, keyword,
    op, newline, end."""

    kind: str
    text: str
    line: int
    data: bytes = b""


KEYWORDS = frozenset(
    [
        "BEGIN",
        "END",
        "function",
        "func",
        "if",
        "else",
        "while",
        "for",
        "do",
        "break",
        "continue",
        "next",
        "nextfile",
        "exit",
        "return",
        "delete",
        "in",
        "getline",
        "print",
        "printf",
    ]
)
BUILTINS = frozenset(
    [
        "length",
        "substr",
        "index",
        "split",
        "sub",
        "gsub",
        "gensub",
        "match",
        "sprintf",
        "sin",
        "cos",
        "atan2",
        "exp",
        "log",
        "sqrt",
        "int",
        "rand",
        "srand",
        "tolower",
        "toupper",
        "system",
        "close",
        "fflush",
        "strftime",
        "systime",
        "and",
        "or",
        "xor",
        "lshift",
        "rshift",
        "compl",
    ]
)
_OPERATORS = [
    "**=",
    "&&",
    "||",
    "++",
    "--",
    "+=",
    "-=",
    "*=",
    "/=",
    "%=",
    "^=",
    "==",
    "<=",
    ">=",
    "!=",
    ">>",
    "**",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ";",
    ",",
    "+",
    "-",
    "*",
    "%",
    "^",
    "!",
    ">",
    "<",
    "|",
    "?",
    ":",
    "~",
    "$",
    "=",
]
_OPERATOR = re.compile("|".join(map(re.escape, _OPERATORS)))
_ESCAPES = {"n": 10, "t": 9, "r": 13, "\\": 92, '"': 34, "a": 7, "b": 8, "f": 12, "v": 11}
_BEFORE_DIVISION = frozenset((")", "]", "$", "++", "--"))
MAX_SOURCE = 100_000


def tokens(source: str) -> list[Token]:
    """Every word of ``source``. Raises AwkSyntaxError."""
    if len(source) > MAX_SOURCE:
        raise AwkSyntaxError("program is too long", 0)
    return _Lexer(source).run()


class _Lexer:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.line = 1
        self.out: list[Token] = []

    def run(self) -> list[Token]:
        source = self.source
        while self.at < len(source):
            char = source[self.at]
            if char in " \t\r":
                self.at += 1
            elif source.startswith("\\\n", self.at) or source.startswith("\\\r\n", self.at):
                self.at = source.index("\n", self.at) + 1
                self.line += 1
            elif char == "\n":
                self._add("newline", "\n")
                self.at += 1
                self.line += 1
            elif char == "#":
                end = source.find("\n", self.at)
                self.at = len(source) if end < 0 else end
            elif char == '"':
                self._string()
            elif (char.isdigit() and char.isascii()) or (
                char == "." and source[self.at + 1 : self.at + 2].isdigit()
            ):
                self._number()
            elif char == "_" or (char.isalpha() and char.isascii()):
                self._name()
            elif char == "/":
                self._slash()
            else:
                self._operator()
        self._add("newline", "\n")
        self.line += 1
        self._add("end", "")
        return self.out

    def _add(self, kind: str, text: str, data: bytes = b"") -> None:
        self.out.append(Token(kind, text, self.line, data))

    def _operator(self) -> None:
        found = _OPERATOR.match(self.source, self.at)
        if found:
            self.at = found.end()
            self._add("op", found[0].replace("**", "^"))
            return
        raise AwkSyntaxError("syntax error", self.line, self.source[self.at])

    def _slash(self) -> None:
        previous = self.out[-1] if self.out else None
        divides = previous is not None and (
            previous.kind in ("number", "string", "name")
            or (previous.kind == "builtin" and previous.text == "length")
            or (previous.kind == "op" and previous.text in _BEFORE_DIVISION)
        )
        if not divides:
            self._regex()
            return
        width = 2 if self.source.startswith("/=", self.at) else 1
        self._add("op", self.source[self.at : self.at + width])
        self.at += width

    def _regex(self) -> None:
        source = self.source
        at = self.at + 1
        out: list[str] = []
        in_bracket = False
        while True:
            if at >= len(source) or source[at] == "\n":
                raise AwkSyntaxError("regular expression compile failed (missing operand)", self.line, "/")
            char = source[at]
            if char == "\\" and at + 1 < len(source):
                out.append("/" if source[at + 1] == "/" else source[at : at + 2])
                at += 2
                continue
            if char == "/" and not in_bracket:
                break
            if char == "[" and not in_bracket:
                in_bracket = True
                follow = source[at + 1 : at + 3]
                skip = 2 if follow == "^]" else 1 if follow[:1] in ("]", "^") else 0
                closing = source.find("]", at + 1 + skip)
                newline = source.find("\n", at)
                if closing < 0 or 0 <= newline < closing:
                    in_bracket = False
                out.append(source[at : at + 1 + skip])
                at += 1 + skip
                continue
            if char == "]":
                in_bracket = False
            out.append(char)
            at += 1
        self.at = at + 1
        text = "".join(out)
        self._add("regex", text, text.encode("utf-8", "surrogateescape"))

    def _string(self) -> None:
        source = self.source
        end = self.at + 1
        while end < len(source) and source[end] != '"':
            if source[end] == "\n":
                break
            end += 2 if source[end] == "\\" else 1
        if end >= len(source) or source[end] != '"':
            raise AwkSyntaxError("runaway string constant", self.line, source[self.at : self.at + 20])
        raw = source[self.at + 1 : end]
        self.line += raw.count("\n")
        self.at = end + 1
        self._add("string", raw, unescape(raw.encode("utf-8", "surrogateescape")))

    def _number(self) -> None:
        source = self.source
        start = self.at
        at = start
        while at < len(source) and source[at] in "0123456789":
            at += 1
        if source[at : at + 1] == ".":
            at += 1
            while at < len(source) and source[at] in "0123456789":
                at += 1
        if source[at : at + 1] in ("e", "E"):
            exponent = at + 1
            if source[exponent : exponent + 1] in ("+", "-"):
                exponent += 1
            if source[exponent : exponent + 1].isdigit():
                at = exponent
                while at < len(source) and source[at] in "0123456789":
                    at += 1
        self.at = at
        self._add("number", source[start:at])

    def _name(self) -> None:
        source = self.source
        start = self.at
        while self.at < len(source) and (
            source[self.at] == "_" or (source[self.at].isalnum() and source[self.at].isascii())
        ):
            self.at += 1
        text = source[start : self.at]
        if text in KEYWORDS:
            self._add("keyword", "function" if text == "func" else text)
        elif text in BUILTINS:
            self._add("builtin", text)
        elif source[self.at : self.at + 1] == "(":
            self._add("call", text)
        else:
            self._add("name", text)


def unescape(raw: bytes) -> bytes:
    """The bytes a string constant (or ``-v`` value) stands for; unknown escapes keep their backslash."""
    if b"\\" not in raw:
        return raw
    out = bytearray()
    at = 0
    while at < len(raw):
        byte = raw[at]
        if byte != 92 or at + 1 >= len(raw):
            out.append(byte)
            at += 1
            continue
        following = chr(raw[at + 1])
        if following in _ESCAPES:
            out.append(_ESCAPES[following])
            at += 2
        elif following == "\n":
            at += 2
        elif following in "01234567":
            end = at + 1
            while end < min(at + 4, len(raw)) and 48 <= raw[end] <= 55:
                end += 1
            out.append(int(raw[at + 1 : end], 8) & 255)
            at = end
        else:
            out += raw[at : at + 2]
            at += 2
    return bytes(out)
