"""Reading a sed script into commands (POSIX sed, "Editing Commands in sed", with GNU's extensions)."""

from dataclasses import dataclass, field

from engine.errors import EngineError
from engine.programs.lib.regex import Regex, RegexError, compile_regex
from engine.programs.lib.text import decode

MAX_COMMANDS = 10_000


class SedError(EngineError):
    """A script sed refuses; ``at`` is the position (characters read) that the message names.

    ``pattern`` is the regular expression at fault, if one is.
    """

    def __init__(self, message: str, at: int, pattern: str = "") -> None:
        self.at = at
        self.pattern = pattern
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Address:
    """One address. ``kind``: line, last, regex, step (first~step), plus (+N), multiple (~N), zero (0)."""

    kind: str
    number: int = 0
    step: int = 0
    regex: Regex | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a replacement: literal text, group ``number`` (0 = all), or a case change in ``text``."""

    kind: str
    text: bytes = b""
    number: int = 0


@dataclass(slots=True)
class Command:
    """One command, flat: ``jump`` is where ``{`` (not matching) and branches go."""

    letter: str
    start: Address | None = None
    end: Address | None = None
    negated: bool = False
    text: bytes = b""
    number: int = 0
    regex: Regex | None = None
    replacement: tuple[Piece, ...] = ()
    everywhere: bool = False
    printing: bool = False
    label: str = ""
    jump: int = -1
    table: bytes = b""
    active: bool = field(default=False)
    """Whether a range is open; the editing cycle's own mark."""
    until: int = 0


_ONE_ADDRESS = "=airqQ"
_NO_ADDRESS = ":}"


class ScriptParser:
    """Parses one script text; expressions given separately are joined by newlines."""

    def __init__(self, text: bytes, extended: bool, utf8: bool) -> None:
        self.text = text
        self.at = 0
        self.extended = extended
        self.utf8 = utf8
        self.commands: list[Command] = []
        self._open: list[int] = []
        self._labels: dict[str, int] = {}
        self.silent = False

    def parse(self) -> list[Command]:
        """The commands, branches resolved. Raises SedError."""
        if self.text.startswith(b"#n\n") or self.text == b"#n":
            self.silent = True
        while True:
            self._skip(b" \t\n;\v\f\r")
            if self.at >= len(self.text):
                break
            if self._peek() == b"#":
                self._rest_of_line()
                continue
            self._command()
            if len(self.commands) > MAX_COMMANDS:
                raise SedError("script is too long", self.at)
        if self._open:
            raise SedError("unmatched `{'", 0)
        for command in self.commands:
            if command.letter in "btT" and command.label:
                if command.label not in self._labels:
                    raise SedError(f"can't find label for jump to `{command.label}'", -1)
                command.jump = self._labels[command.label]
            elif command.letter in "btT":
                command.jump = len(self.commands)
        return self.commands

    # ------------------------------------------------------------------ pieces of text

    def _peek(self) -> bytes:
        return self.text[self.at : self.at + 1]

    def _next(self) -> bytes:
        char = self._peek()
        self.at += 1
        return char

    def _skip(self, chars: bytes) -> None:
        while self.at < len(self.text) and self.text[self.at] in chars:
            self.at += 1

    def _rest_of_line(self) -> bytes:
        end = self.text.find(b"\n", self.at)
        end = len(self.text) if end < 0 else end
        line = self.text[self.at : end]
        self.at = end + 1
        return line

    def _number(self) -> int:
        start = self.at
        while self._peek().isdigit() and self.at - start < 18:
            self.at += 1
        return int(self.text[start : self.at])

    def _error(self, message: str) -> SedError:
        return SedError(message, min(self.at, len(self.text)))

    # ------------------------------------------------------------------ addresses

    def _address(self) -> Address | None:
        char = self._peek()
        if char.isdigit():
            number = self._number()
            self._skip(b" \t")
            if self._peek() == b"~":
                self.at += 1
                step = self._number() if self._peek().isdigit() else 0
                return Address("step", number, step)
            return Address("line", number)
        if char == b"$":
            self.at += 1
            return Address("last")
        if char in (b"/", b"\\"):
            self.at += 1
            delimiter = char
            if char == b"\\":
                delimiter = self._next()
            pattern = self._delimited(delimiter, "unterminated address regex", is_regex=True)
            ignore_case = multiline = False
            while self._peek() in (b"I", b"M"):
                flag = self._next()
                ignore_case = ignore_case or flag == b"I"
                multiline = multiline or flag == b"M"
            return Address("regex", regex=self._regex(pattern, ignore_case, multiline))
        return None

    def _regex(self, pattern: bytes, ignore_case: bool, multiline: bool) -> Regex | None:
        """None stands for the empty pattern: the last one used."""
        if not pattern:
            return None
        try:
            return compile_regex(
                _numeric_escapes(pattern),
                "extended" if self.extended else "basic",
                ignore_case=ignore_case,
                multiline=multiline,
                utf8=self.utf8,
                newline_escapes=True,
            )
        except RegexError as error:
            raise SedError(str(error), min(self.at, len(self.text)), decode(pattern)) from error

    def _delimited(self, delimiter: bytes, failure: str, is_regex: bool) -> bytes:
        """Text up to an unescaped delimiter; an escaped one loses its backslash."""
        out = bytearray()
        in_bracket = False
        while True:
            if self.at >= len(self.text):
                raise self._error(failure)
            char = self._next()
            if is_regex and char == b"\n":
                raise self._error(failure)
            if in_bracket:
                out += char
                in_bracket = char != b"]"
                continue
            if char == delimiter:
                return bytes(out)
            if char == b"\\":
                following = self._next()
                if not following:
                    raise self._error(failure)
                if following == delimiter:
                    out += following if is_regex or following != b"&" else b"\\&"
                elif following == b"\n" and is_regex:
                    out += b"\\n"
                else:
                    out += char + following
                continue
            out += char
            if is_regex and char == b"[":
                in_bracket = True
                for opening in (b"^]", b"]", b"^"):
                    if self.text.startswith(opening, self.at):
                        out += opening
                        self.at += len(opening)
                        break
                closing = self.text.find(b"]", self.at)
                newline = self.text.find(b"\n", self.at)
                if closing < 0 or 0 <= newline < closing:
                    in_bracket = False
                elif self.text.startswith(b"[:", self.at) and (end := self.text.find(b":]", self.at)) > 0:
                    out += self.text[self.at : end + 2]
                    self.at = end + 2

    # ------------------------------------------------------------------ commands

    def _command(self) -> None:
        command = Command("")
        command.start = self._address()
        if command.start is not None:
            self._skip(b" \t")
            if self._peek() == b",":
                self.at += 1
                self._skip(b" \t")
                command.end = self._second_address()
                if command.end is None:
                    raise self._error("unexpected `,'")
        if command.start and command.start.kind == "line" and command.start.number == 0:
            if command.end is None or command.end.kind != "regex":
                raise self._error("invalid usage of line address 0")
            command.start = Address("zero")
        self._skip(b" \t")
        while self._peek() == b"!":
            command.negated = True
            self.at += 1
            self._skip(b" \t!")
        letter = self._next().decode("latin-1")
        if not letter or letter in "\n;":
            raise self._error("missing command")
        command.letter = letter
        if letter in _NO_ADDRESS and command.start is not None:
            raise self._error(": doesn't want any addresses" if letter == ":" else "unexpected `}'")
        if letter in _ONE_ADDRESS[4:] and command.end is not None:
            raise self._error("command only uses one address")
        self.commands.append(command)
        self._arguments(command)

    def _second_address(self) -> Address | None:
        char = self._peek()
        if char in (b"+", b"~"):
            self.at += 1
            if not self._peek().isdigit():
                raise self._error("expected number")
            return Address("plus" if char == b"+" else "multiple", self._number())
        return self._address()

    def _arguments(self, command: Command) -> None:
        letter = command.letter
        if letter == "{":
            self._open.append(len(self.commands) - 1)
        elif letter == "}":
            if not self._open:
                raise self._error("unexpected `}'")
            self.commands[self._open.pop()].jump = len(self.commands)
            self._finish()
        elif letter in "=dDFgGhHnNpPxz":
            self._finish()
        elif letter in "aic":
            command.text = self._text()
        elif letter == ":":
            self._skip(b" \t")
            label = self._word(b"\n;")
            if not label:
                raise self._error('":" lacks a label')
            self._labels[label] = len(self.commands)
        elif letter in "btT":
            self._skip(b" \t")
            command.label = self._word(b"\n;}").strip()
        elif letter in "rRwW":
            self._skip(b" \t")
            name = self._rest_of_line()
            if not name:
                raise self._error("missing filename in r/R/w/W commands")
            command.text = name
        elif letter in "qQlL":
            self._skip(b" \t")
            if self._peek().isdigit():
                command.number = self._number()
            self._finish()
        elif letter == "s":
            self._substitution(command)
        elif letter == "y":
            self._transliteration(command)
        elif letter == "v":
            self._rest_of_line()
        else:
            raise self._error(f"unknown command: `{letter}'")

    def _finish(self) -> None:
        """What may follow a command: blanks, then ``;``, newline, ``}`` or a comment."""
        self._skip(b" \t\r")
        char = self._peek()
        if char in (b"", b"}", b"#"):
            return
        self.at += 1
        if char not in (b";", b"\n"):
            raise self._error("extra characters after command")

    def _word(self, ends: bytes) -> str:
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in ends:
            self.at += 1
        return self.text[start : self.at].decode("utf-8", "surrogateescape").strip()

    def _text(self) -> bytes:
        """The text of a, i, c: after ``\\`` newline (POSIX), or on the same line (GNU)."""
        self._skip(b" \t")
        if self.at >= len(self.text):
            raise self._error("expected \\ after `a', `c' or `i'")
        if self._peek() == b"\\":
            self.at += 1
            mark = self.at
            self._skip(b" \t")
            if self._peek() == b"\n":
                self.at += 1
            else:
                self.at = mark
        out = bytearray()
        while self.at < len(self.text):
            char = self._next()
            if char == b"\\":
                following = self._next()
                out += _ESCAPES.get(following, following)
                continue
            if char == b"\n":
                break
            out += char
        return bytes(out) + b"\n"

    def _substitution(self, command: Command) -> None:
        delimiter = self._next()
        if delimiter in (b"", b"\n", b"\\"):
            raise self._error("unterminated `s' command")
        pattern = self._delimited(delimiter, "unterminated `s' command", is_regex=True)
        replacement = self._delimited(delimiter, "unterminated `s' command", is_regex=False)
        ignore_case = multiline = False
        while True:
            flag = self._peek()
            if flag in (b"", b"\n", b";", b"}", b"#", b" ", b"\t", b"\r"):
                break
            if flag.isdigit():
                command.number = self._number()
                if not command.number:
                    raise self._error("number option to `s' command may not be zero")
                continue
            self.at += 1
            if flag == b"g":
                command.everywhere = True
            elif flag == b"p":
                command.printing = True
            elif flag in b"iI":
                ignore_case = True
            elif flag in b"mM":
                multiline = True
            elif flag == b"w":
                self._skip(b" \t")
                command.text = self._rest_of_line()
                break
            else:
                raise self._error("unknown option to `s'")
        command.regex = self._regex(pattern, ignore_case, multiline)
        command.replacement = self._pieces(replacement)
        highest = max((piece.number for piece in command.replacement), default=0)
        if command.regex is not None and highest > command.regex.groups:
            raise self._error(f"invalid reference \\{highest} on `s' command's RHS")
        if not command.text:
            self._finish()

    def _pieces(self, text: bytes) -> tuple[Piece, ...]:
        pieces: list[Piece] = []
        literal = bytearray()

        def flush() -> None:
            if literal:
                pieces.append(Piece("text", bytes(literal)))
                literal.clear()

        at = 0
        while at < len(text):
            char = text[at : at + 1]
            at += 1
            if char == b"&":
                flush()
                pieces.append(Piece("group"))
            elif char != b"\\":
                literal += char
            else:
                following = text[at : at + 1]
                at += 1
                if following.isdigit():
                    flush()
                    pieces.append(Piece("group", number=int(following)))
                elif following in (b"L", b"U", b"l", b"u", b"E"):
                    flush()
                    pieces.append(Piece("case", following))
                elif following in (b"x", b"o", b"d"):
                    byte, used = _numeric_escape(text, at - 1)
                    literal += byte
                    at += used - 1
                else:
                    literal += _ESCAPES.get(following, following)
        flush()
        return tuple(pieces)

    def _transliteration(self, command: Command) -> None:
        delimiter = self._next()
        source = self._unescaped(self._delimited(delimiter, "unterminated `y' command", is_regex=False))
        target = self._unescaped(self._delimited(delimiter, "unterminated `y' command", is_regex=False))
        if len(source) != len(target):
            raise self._error("strings for `y' command are different lengths")
        table = bytearray(range(256))
        for before, after in zip(source, target, strict=True):
            table[before] = after
        command.table = bytes(table)
        self._finish()

    def _unescaped(self, text: bytes) -> bytes:
        out = bytearray()
        at = 0
        while at < len(text):
            if text[at : at + 1] == b"\\" and at + 1 < len(text):
                following = text[at + 1 : at + 2]
                out += _ESCAPES.get(following, following)
                at += 2
            else:
                out.append(text[at])
                at += 1
        return bytes(out)


_ESCAPES = {b"n": b"\n", b"t": b"\t", b"f": b"\f", b"r": b"\r", b"v": b"\v", b"a": b"\a"}
_BASES = {120: (16, 2, b"0123456789abcdefABCDEF"), 111: (8, 3, b"01234567"), 100: (10, 3, b"0123456789")}


def _numeric_escape(text: bytes, at: int) -> tuple[bytes, int]:
    """``xHH``, ``oNNN``, ``dNNN`` at ``at``: the byte, and how many characters it took."""
    base, width, digits = _BASES[text[at]]
    end = at + 1
    while end < len(text) and end - at <= width and text[end] in digits:
        end += 1
    if end == at + 1:
        return text[at : at + 1], 1
    return bytes((int(text[at + 1 : end], base) & 255,)), end - at


def _numeric_escapes(pattern: bytes) -> bytes:
    """``\\xHH`` and its kind in a pattern become the byte itself, kept literal."""
    if not any(mark in pattern for mark in (b"\\x", b"\\o", b"\\d")):
        return pattern
    out = bytearray()
    at = 0
    while at < len(pattern):
        if pattern[at] != 92 or at + 1 >= len(pattern):
            out.append(pattern[at])
            at += 1
            continue
        if pattern[at + 1] in _BASES:
            byte, used = _numeric_escape(pattern, at + 1)
            out += b"\\" + byte if byte in b"^$.*[]\\/" else byte
            at += 1 + used
            continue
        out += pattern[at : at + 2]
        at += 2
    return bytes(out)
