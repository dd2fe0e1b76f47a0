"""sort: sort lines of text files."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any

from engine.fs import FsError
from engine.programs.lib.text import Inputs, curly, decode, encode, lines_of
from engine.programs.lib.times import MONTHS
from engine.programs.lib.versions import version_key
from engine.shell.options import Flag, Options, Parsed, UsageError, Value
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]... [FILE]...",
    "Write sorted concatenation of all FILE(s) to standard output.",
    Flag("b", "ignore-leading-blanks", help="ignore leading blanks"),
    Flag("d", "dictionary-order", help="consider only blanks and alphanumeric characters"),
    Flag("f", "ignore-case", help="fold lower case to upper case characters"),
    Flag("g", "general-numeric-sort", help="compare according to general numerical value"),
    Flag("i", "ignore-nonprinting", help="consider only printable characters"),
    Flag("M", "month-sort", help="compare (unknown) < 'JAN' < ... < 'DEC'"),
    Flag("h", "human-numeric-sort", help="compare human readable numbers (e.g., 2K 1G)"),
    Flag("n", "numeric-sort", help="compare according to string numerical value"),
    Flag("R", "random-sort", help="shuffle, but group identical keys"),
    Flag("r", "reverse", help="reverse the result of comparisons"),
    Value("", "sort", metavar="WORD", help="sort according to WORD"),
    Flag("V", "version-sort", help="natural sort of (version) numbers within text"),
    Value("", "batch-size", metavar="NMERGE", help="merge at most NMERGE inputs at once"),
    Flag("c", "check", help="check for sorted input; do not sort"),
    Flag("C", "", help="like -c, but do not report first bad line"),
    Value(
        "",
        "files0-from",
        metavar="F",
        help="read input from the files specified by NUL-terminated names in file F",
    ),
    Value("k", "key", metavar="KEYDEF", help="sort via a key; KEYDEF gives location and type"),
    Flag("m", "merge", help="merge already sorted files; do not sort"),
    Value("o", "output", metavar="FILE", help="write result to FILE instead of standard output"),
    Flag("s", "stable", help="stabilize sort by disabling last-resort comparison"),
    Value("S", "buffer-size", metavar="SIZE", help="use SIZE for main memory buffer"),
    Value("t", "field-separator", metavar="SEP", help="use SEP instead of non-blank to blank transition"),
    Value("T", "temporary-directory", metavar="DIR", help="use DIR for temporaries"),
    Value("", "parallel", metavar="N", help="change the number of sorts run concurrently to N"),
    Flag("u", "unique", help="output only the first of an equal run"),
    Flag("z", "zero-terminated", help="line delimiter is NUL, not newline"),
    error_status=2,
)
_LETTERS = {
    "ignore-leading-blanks": "b",
    "dictionary-order": "d",
    "ignore-case": "f",
    "general-numeric-sort": "g",
    "ignore-nonprinting": "i",
    "month-sort": "M",
    "human-numeric-sort": "h",
    "numeric-sort": "n",
    "random-sort": "R",
    "reverse": "r",
    "version-sort": "V",
}
_WORDS = {
    "general-numeric": "g",
    "human-numeric": "h",
    "month": "M",
    "numeric": "n",
    "random": "R",
    "version": "V",
}
_BLANKS = b" \t"
_SUFFIXES = b"KMGTPEZY"


@dataclass(slots=True)
class _Key:
    """One ``-k``: where it starts and ends (counted from 1; 0 = to the end) and how it compares."""

    start_field: int = 1
    start_char: int = 1
    end_field: int = 0
    end_char: int = 0
    letters: str = ""
    skip_start: bool = False
    skip_end: bool = False
    compare: Callable[[bytes], Any] = field(default=bytes)


@program("sort", package="coreutils", summary="sort lines of text files")
def sort(p: Process) -> Generator[bytes, None, int]:
    options = OPTIONS.parse(p)
    names = options.operands
    source = options.value("files0-from")
    if source is not None:
        names = [name for name in decode(p.files.content(source).head).split("\0") if name]
    letters = "".join(_LETTERS.get(name, "") for name, _ in options.order)
    letters += _WORDS.get(options.value("sort") or "", "")
    separator = _separator(p, options)
    keys = [_parse_key(p, text, letters) for text in options.values("key")]
    if not keys:
        keys = [_Key(letters=letters, skip_start="b" in letters)]
        plain = not letters.replace("r", "").replace("b", "")
    else:
        plain = False
    for key in keys:
        key.compare = _comparison(key.letters, p.system.random_seed)
    end = b"\0" if options.flag("zero-terminated") else b"\n"
    inputs = Inputs(
        p, names, message="cannot read: {name}: {reason}", directory="read failed: {name}: {reason}", status=2
    )
    lines: list[bytes] = []
    for name, chunks in inputs:
        try:
            for line in lines_of(chunks, p.budget, end):
                lines.append(line[:-1] if line.endswith(end) else line)
        except FsError as error:
            inputs.fail(name, error)
    if inputs.status:
        return inputs.status
    p.budget.allocate(sum(map(len, lines)))
    order = _Order(keys, separator, "r" in letters, plain, options.flag("stable") or options.flag("unique"))
    if options.flag("check") or options.flag("C"):
        return _check(p, options, order, lines)
    p.budget.step(len(lines) * len(keys) // 2)
    lines = order.sorted(lines)
    if options.flag("unique"):
        lines = order.unique(lines)
    data = b"".join(line + end for line in lines)
    output = options.value("output")
    if output is None:
        yield data
        return 0
    try:
        p.files.write(output, data)
    except FsError as error:
        p.error(f"open failed: {output}: {error.reason}")
        return 2
    return 0


def _separator(p: Process, options: Parsed) -> bytes | None:
    text = options.value("field-separator")
    if text is None:
        return None
    if text == "\\0":
        return b"\0"
    data = encode(text)
    if len(data) != 1:
        message = "empty tab" if not data else f"multi-character tab {curly(p, text)}"
        raise UsageError(f"{p.name}: {message}\n", 2)
    return data


def _parse_key(p: Process, text: str, inherited: str) -> _Key:
    def bad(reason: str) -> UsageError:
        return UsageError(f"{p.name}: {reason}: invalid field specification {curly(p, text)}\n", 2)

    def position(part: str, what: str) -> tuple[int, int, str]:
        digits = len(part) - len(part.lstrip("0123456789"))
        if not digits:
            raise UsageError(
                f"{p.name}: invalid number {what}: invalid count at start of {curly(p, part)}\n", 2
            )
        number, rest = int(part[: min(digits, 9)]), part[digits:]
        char = -1
        if rest.startswith("."):
            digits = len(rest[1:]) - len(rest[1:].lstrip("0123456789"))
            if not digits:
                raise UsageError(
                    f"{p.name}: invalid number after '.': invalid count at start of {curly(p, rest[1:])}\n", 2
                )
            char, rest = int(rest[1 : 1 + min(digits, 9)]), rest[1 + digits :]
        if rest.strip("bdfgiMhnRrV"):
            raise bad("stray character in field spec")
        return number, char, rest

    start, comma, finish = text.partition(",")
    number, char, letters = position(start, "at field start")
    if not number:
        raise bad("field number is zero")
    if not char:
        raise bad("character offset is zero")
    key = _Key(number, max(char, 1), letters=letters, skip_start="b" in letters)
    if comma:
        number, char, more = position(finish, "after ','")
        if not number:
            raise bad("field number is zero")
        key.end_field, key.end_char = number, max(char, 0)
        key.letters += more
        key.skip_end = "b" in more
    if not key.letters:
        key.letters = inherited
        key.skip_start = key.skip_end = "b" in inherited
    return key


class _Order:
    def __init__(
        self, keys: list[_Key], separator: bytes | None, reverse: bool, plain: bool, stable: bool
    ) -> None:
        self.keys = keys
        self.separator = separator
        self.reverse = reverse
        self.plain = plain
        self.stable = stable

    def sorted(self, lines: list[bytes]) -> list[bytes]:
        if self.plain and not self.keys[0].skip_start:
            return sorted(lines, reverse=self.reverse)
        if not self.stable:
            lines = sorted(lines, reverse=self.reverse)
        for key in reversed(self.keys):
            lines = sorted(lines, key=lambda line, key=key: self.value(line, key), reverse="r" in key.letters)  # type: ignore[misc]
        return lines

    def value(self, line: bytes, key: _Key) -> Any:
        return key.compare(self.extract(line, key))

    def values(self, line: bytes) -> list[Any]:
        return [self.value(line, key) for key in self.keys]

    def unique(self, lines: list[bytes]) -> list[bytes]:
        out: list[bytes] = []
        previous: Any = None
        for line in lines:
            current = self.values(line)
            if not out or current != previous:
                out.append(line)
            previous = current
        return out

    def extract(self, line: bytes, key: _Key) -> bytes:
        if key.start_field == 1 and key.start_char == 1 and not key.end_field:
            return line.lstrip(_BLANKS) if key.skip_start else line
        begin = self._field_start(line, key.start_field)
        if key.skip_start:
            begin = _skip_blanks(line, begin)
        begin = min(len(line), begin + key.start_char - 1)
        if not key.end_field:
            return line[begin:]
        if key.end_char:
            end = self._field_start(line, key.end_field)
            if key.skip_end:
                end = _skip_blanks(line, end)
            end = min(len(line), end + key.end_char)
        else:
            end = self._field_end(line, key.end_field)
        return line[begin:end]

    def _field_start(self, line: bytes, number: int) -> int:
        at = 0
        for _ in range(number - 1):
            if self.separator is not None:
                found = line.find(self.separator, at)
                if found < 0:
                    return len(line)
                at = found + 1
            else:
                at = _skip_word(line, _skip_blanks(line, at))
            if at >= len(line):
                return len(line)
        return at

    def _field_end(self, line: bytes, number: int) -> int:
        start = self._field_start(line, number)
        if self.separator is not None:
            found = line.find(self.separator, start)
            return len(line) if found < 0 else found
        return _skip_word(line, _skip_blanks(line, start))


def _skip_blanks(line: bytes, at: int) -> int:
    return len(line) - len(line[at:].lstrip(_BLANKS))


def _skip_word(line: bytes, at: int) -> int:
    ends = [found for found in (line.find(b" ", at), line.find(b"\t", at)) if found >= 0]
    return min(ends, default=len(line))


def _comparison(letters: str, seed: str) -> Callable[[bytes], Any]:
    if "n" in letters:
        return _numeric
    if "h" in letters:
        return _human
    if "g" in letters:
        return _general
    if "M" in letters:
        return _month
    if "V" in letters:
        return lambda text: version_key(_filtered(text, letters))
    if "R" in letters:
        return lambda text: sha256(encode(seed) + text).digest()
    if any(letter in letters for letter in "dfi"):
        return lambda text: _filtered(text, letters)
    return bytes


def _filtered(text: bytes, letters: str) -> bytes:
    if "d" in letters:
        text = bytes(byte for byte in text if byte in _BLANKS or (byte < 128 and chr(byte).isalnum()))
    if "i" in letters:
        text = bytes(byte for byte in text if 32 <= byte < 127)
    return text.upper() if "f" in letters else text


def _leading_number(text: bytes) -> tuple[str, bytes]:
    text = text.lstrip(_BLANKS)
    at = 1 if text[:1] == b"-" else 0
    end = at
    point = False
    while end < len(text) and (48 <= text[end] <= 57 or (text[end] == 46 and not point)):
        point = point or text[end] == 46
        end += 1
    digits = text[:end].decode("ascii")
    return (digits if digits.strip("-.") else ""), text[end:]


def _numeric(text: bytes) -> Decimal:
    digits, _ = _leading_number(text)
    return Decimal(digits) if digits else Decimal(0)


def _human(text: bytes) -> tuple[int, Decimal]:
    digits, rest = _leading_number(text)
    number = Decimal(digits) if digits else Decimal(0)
    rank = _SUFFIXES.find(rest[:1].upper()) + 1 if digits and rest[:1].isalpha() else 0
    if not number:
        rank = 0
    return (-rank if number < 0 else rank), number


def _general(text: bytes) -> tuple[int, float]:
    stripped = text.strip().split(b" ")[0][:400]
    for end in range(len(stripped), 0, -1):
        try:
            value = float(stripped[:end])
        except ValueError:
            if end > 40:
                continue
            continue
        return (1, 0.0) if value != value else (2, value)
    return 0, 0.0


def _month(text: bytes) -> int:
    names = [month[:3].upper().encode() for month in MONTHS]
    head = text.lstrip(_BLANKS)[:3].upper()
    return names.index(head) + 1 if head in names else 0


def _check(p: Process, options: Parsed, order: _Order, lines: list[bytes]) -> int:
    unique = options.flag("unique")
    for number in range(1, len(lines)):
        pair = [lines[number - 1], lines[number]]
        in_order = order.sorted(pair) == pair
        if not in_order or (unique and order.values(pair[0]) == order.values(pair[1])):
            if not options.flag("C"):
                name = options.operands[0] if options.operands else "-"
                p.error(f"{name}:{number + 1}: disorder: {decode(lines[number])}")
            return 1
    return 0
