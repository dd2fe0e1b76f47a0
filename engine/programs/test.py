"""test and [: check file types and compare values (the program behind the shell's builtin)."""

from engine.errors import EngineError
from engine.fs import EXECUTE, READ, WRITE, Device, Directory, File, Symlink
from engine.programs.lib.nodes import same_file
from engine.programs.lib.quoting import quote
from engine.shell.process import Process
from engine.shell.registry import program

_NUMBERS = ("-eq", "-ne", "-lt", "-le", "-gt", "-ge")
_BINARY = frozenset(("=", "==", "!=", "<", ">", "-nt", "-ot", "-ef", *_NUMBERS))
_UNARY = frozenset("-" + letter for letter in "bcdefgGhkLnNOprsStuwxz")
_MAX_DEPTH = 50


class _Wrong(EngineError):
    """The expression makes no sense."""


@program("test", "[", package="coreutils", summary="check file types and compare values")
def test(p: Process) -> int:
    words = p.argv[1:]
    if p.name == "[":
        if words[-1:] != ["]"]:
            p.error("missing ]" if p.is_busybox else f"missing {quote(']')}")
            return 2
        words = words[:-1]
    try:
        if not words:
            return 1
        expression = _Expression(p, words)
        value = expression.choose()
        return int(not value)
    except _Wrong as error:
        p.error(str(error))
        return 2


class _Expression:
    def __init__(self, p: Process, words: list[str]) -> None:
        self.p = p
        self.words = words
        self.at = 0
        self.depth = 0

    def choose(self) -> bool:
        """POSIX: up to three arguments are read by their number."""
        words = self.words
        if len(words) == 1:
            return bool(words[0])
        if len(words) == 2 and words[0] == "!":
            return not words[1]
        if len(words) == 3 and words[1] in _BINARY:
            return self._binary(words[0], words[1], words[2])
        value = self._or()
        if self.at < len(words):
            raise _Wrong(f"extra argument {quote(words[self.at])}")
        return value

    def _peek(self) -> str:
        return self.words[self.at] if self.at < len(self.words) else ""

    def _or(self) -> bool:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise _Wrong("too many arguments")
        value = self._and()
        while self._peek() == "-o":
            self.at += 1
            value = self._and() or value
        self.depth -= 1
        return value

    def _and(self) -> bool:
        value = self._not()
        while self._peek() == "-a":
            self.at += 1
            value = self._not() and value
        return value

    def _not(self) -> bool:
        negated = False
        while self._peek() == "!":
            negated = not negated
            self.at += 1
        return self._primary() != negated

    def _primary(self) -> bool:
        words = self.words
        if self.at >= len(words):
            raise _Wrong(
                "argument expected" if self.p.is_busybox else f"missing argument after {quote(words[-1])}"
            )
        word = words[self.at]
        if self.at + 2 < len(words) and words[self.at + 1] in _BINARY:
            self.at += 3
            return self._binary(word, words[self.at - 2], words[self.at - 1])
        if word == "(":
            self.at += 1
            value = self._or()
            if self._peek() != ")":
                raise _Wrong(f"{quote(')')} expected")
            self.at += 1
            return value
        if word in _UNARY and self.at + 1 < len(words):
            self.at += 2
            return self._unary(word[1], words[self.at - 1])
        self.at += 1
        return bool(word)

    def _unary(self, letter: str, operand: str) -> bool:
        files = self.p.files
        if letter in "nz":
            return bool(operand) == (letter == "n")
        if letter == "t":
            return operand == "0" and self.p.stdin.is_terminal
        node = files.find(operand, follow=letter not in "hL")
        match letter:
            case _ if node is None:
                return False
            case "f":
                return isinstance(node, File)
            case "d":
                return isinstance(node, Directory)
            case "h" | "L":
                return isinstance(node, Symlink)
            case "b" | "c" | "p":
                kind = {"b": "block", "c": "char", "p": "fifo"}[letter]
                return isinstance(node, Device) and node.kind == kind
            case "s":
                return not isinstance(node, File) or node.content.size > 0
            case "r" | "w" | "x":
                return files.access(operand, {"r": READ, "w": WRITE, "x": EXECUTE}[letter])
            case "u" | "g" | "k":
                return bool(node.mode & {"u": 0o4000, "g": 0o2000, "k": 0o1000}[letter])
            case "O":
                return node.uid == files.user.uid
            case "G":
                return node.gid == files.user.gid
            case _:
                return letter == "e"

    def _binary(self, left: str, operator: str, right: str) -> bool:
        if operator in ("=", "=="):
            return left == right
        if operator == "!=":
            return left != right
        if operator in ("<", ">"):
            return left < right if operator == "<" else left > right
        if operator in _NUMBERS:
            a, b = self._number(left), self._number(right)
            return {"-eq": a == b, "-ne": a != b, "-lt": a < b, "-le": a <= b, "-gt": a > b, "-ge": a >= b}[
                operator
            ]
        files = self.p.files
        if operator == "-ef":
            return same_file(files, left, right)
        one, other = files.find(left), files.find(right)
        if operator == "-nt":
            return one is not None and (other is None or one.mtime > other.mtime)
        return other is not None and (one is None or one.mtime < other.mtime)

    def _number(self, text: str) -> int:
        digits = text.strip()
        body = digits[1:] if digits[:1] in ("+", "-") else digits
        if not (body.isascii() and body.isdigit()) or len(body) > 4000:
            raise _Wrong(f"{text}: bad number" if self.p.is_busybox else f"invalid integer {quote(text)}")
        return int(digits)
