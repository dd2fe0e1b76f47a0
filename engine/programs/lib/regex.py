"""POSIX regular expressions on bytes: matched by re2, or by a budgeted backtracker where re2 cannot.

The dialects are GNU's: basic (``grep``, ``sed``) and extended (``grep -E``, ``sed -E``, ``awk``).
Back-references and the word edges ``\\<`` ``\\>`` have no re2 spelling; only patterns that use them run
on the backtracker, which charges the budget for every few of its steps. Rules: POSIX.1-2017, Base
Definitions chapter 9, and the GNU extensions that glibc's matcher adds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import re2

from engine.budget import Budget
from engine.errors import EngineError

Syntax = Literal["basic", "extended", "awk", "perl", "fixed"]
Spans = tuple[tuple[int, int], ...]
"""(start, end) of the whole match, then of each group; (-1, -1) for a group that took no part."""

MAX_PATTERN = 20_000
_MAX_NESTING = 60
_MAX_PROGRAM = 20_000
_MAX_REPEAT = 1000


class RegexError(EngineError):
    """A malformed pattern, in the C library's words."""


@dataclass(frozen=True, slots=True)
class _Node:
    kind: str
    value: Any = None
    children: tuple["_Node", ...] = ()
    low: int = 0
    high: int = -1


_Ranges = tuple[tuple[int, int], ...]
_CLASSES: dict[str, _Ranges] = {
    "alpha": ((65, 90), (97, 122)),
    "digit": ((48, 57),),
    "alnum": ((48, 57), (65, 90), (97, 122)),
    "upper": ((65, 90),),
    "lower": ((97, 122),),
    "space": ((9, 13), (32, 32)),
    "blank": ((9, 9), (32, 32)),
    "punct": ((33, 47), (58, 64), (91, 96), (123, 126)),
    "print": ((32, 126),),
    "graph": ((33, 126),),
    "cntrl": ((0, 31), (127, 127)),
    "xdigit": ((48, 57), (65, 70), (97, 102)),
}
_WORD: _Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
_LETTERS = {"n": 10, "t": 9, "f": 12, "r": 13, "v": 11, "a": 7}
_WORD_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def class_bytes(name: str) -> bytes | None:
    """The bytes of a POSIX character class in the C locale, None for an unknown name."""
    ranges = _CLASSES.get(name)
    return None if ranges is None else bytes(c for low, high in ranges for c in range(low, high + 1))


class _Parser:
    """Turns one pattern into a tree; ``text`` holds one character per byte (or per code point)."""

    def __init__(self, text: str, syntax: Syntax, newline_escapes: bool) -> None:
        self.text = text
        self.at = 0
        self.extended = syntax in ("extended", "awk")
        self.awk = syntax == "awk"
        self.newline_escapes = newline_escapes or self.awk
        self.groups = 0
        self.closed: set[int] = set()
        self.needs_backtracking = False

    def parse(self) -> _Node:
        node = self._alternatives(0)
        if self.at < len(self.text):
            raise RegexError("Unmatched ) or \\)")
        return node

    def _peek(self, token: str) -> bool:
        return self.text.startswith(token, self.at)

    def _alternatives(self, depth: int) -> _Node:
        if depth > _MAX_NESTING:
            raise RegexError("Regular expression too big")
        bar = "|" if self.extended else "\\|"
        branches = [self._branch(depth)]
        while self._peek(bar):
            self.at += len(bar)
            branches.append(self._branch(depth))
        return branches[0] if len(branches) == 1 else _Node("alt", children=tuple(branches))

    def _branch(self, depth: int) -> _Node:
        items: list[_Node] = []
        text = self.text
        closing = ")" if self.extended else "\\)"
        bar = "|" if self.extended else "\\|"
        while self.at < len(text):
            if self._peek(bar) or (self._peek(closing) and (depth or not self.extended)):
                break
            if self.extended and not depth and self.awk and self._peek(")"):
                break
            start_of_branch = not items or (not self.extended and items[-1].kind == "bol" and len(items) == 1)
            atom = self._atom(depth, start_of_branch)
            items.append(self._repeated(atom, start_of_branch))
        return items[0] if len(items) == 1 else _Node("cat", children=tuple(items))

    def _atom(self, depth: int, first: bool) -> _Node:
        char = self.text[self.at]
        self.at += 1
        if char == "\\":
            return self._escaped(depth)
        if char == "[":
            return self._bracket()
        if char == ".":
            return _Node("any")
        if char == "^" and (self.extended or first):
            return _Node("bol")
        if char == "$" and (self.extended or self._at_branch_end()):
            return _Node("eol")
        if self.extended and char == "(":
            return self._group(depth, ")")
        return _Node("char", ord(char))

    def _at_branch_end(self) -> bool:
        return self.at == len(self.text) or self._peek("\\)") or self._peek("\\|")

    def _group(self, depth: int, closing: str) -> _Node:
        self.groups += 1
        number = self.groups
        inner = self._alternatives(depth + 1)
        if not self._peek(closing):
            raise RegexError("Unmatched ( or \\(")
        self.at += len(closing)
        self.closed.add(number)
        return _Node("group", number, (inner,))

    def _escaped(self, depth: int) -> _Node:
        if self.at >= len(self.text):
            if self.awk:
                return _Node("char", 92)
            raise RegexError("Trailing backslash")
        char = self.text[self.at]
        self.at += 1
        if not self.extended and char == "(":
            return self._group(depth, "\\)")
        if not self.extended and char == ")":
            raise RegexError("Unmatched ) or \\)")
        if not self.extended and char == "{":
            raise RegexError("Invalid preceding regular expression")
        if char.isdigit() and char != "0" and not self.awk:
            number = int(char)
            if number not in self.closed:
                raise RegexError("Invalid back reference")
            self.needs_backtracking = True
            return _Node("ref", number)
        if self.newline_escapes and char in _LETTERS:
            return _Node("char", _LETTERS[char])
        if self.awk and char in "01234567":
            return _Node("char", self._octal(char))
        if char in "wWsS":
            ranges = _WORD if char in "wW" else _CLASSES["space"]
            return _Node("set", (ranges, char in "WS"))
        if char == "y" and self.awk:
            return _Node("wordb")
        if char in "bB" and not self.awk:
            return _Node("wordb" if char == "b" else "nwordb")
        if char in "<>":
            self.needs_backtracking = True
            return _Node("wstart" if char == "<" else "wend")
        if char == "`":
            return _Node("start")
        if char == "'":
            return _Node("end")
        return _Node("char", ord(char))

    def _octal(self, first: str) -> int:
        digits = first
        while len(digits) < 3 and self.at < len(self.text) and self.text[self.at] in "01234567":
            digits += self.text[self.at]
            self.at += 1
        return int(digits, 8) & 255

    def _repeated(self, atom: _Node, first: bool) -> _Node:
        while self.at < len(self.text):
            bounds = self._repetition()
            if bounds is None:
                return atom
            low, high = bounds
            if atom.kind in ("bol", "eol") and self.extended:
                continue
            if atom.kind == "bol":
                self.at -= 1
                return atom
            if atom.kind == "rep" and (low, high) == (0, -1) and (atom.low, atom.high) == (0, -1):
                continue
            atom = _Node("rep", None, (atom,), low, high)
        return atom

    def _repetition(self) -> tuple[int, int] | None:
        text = self.text
        char = text[self.at]
        if char == "*":
            self.at += 1
            return 0, -1
        if self.extended:
            if char in "+?":
                self.at += 1
                return (1, -1) if char == "+" else (0, 1)
            return self._interval("{", "}") if char == "{" else None
        if char == "\\" and self.at + 1 < len(text):
            following = text[self.at + 1]
            if following in "+?":
                self.at += 2
                return (1, -1) if following == "+" else (0, 1)
            if following == "{":
                return self._interval("\\{", "\\}")
        return None

    def _interval(self, opening: str, closing: str) -> tuple[int, int] | None:
        end = self.text.find(closing, self.at)
        body = self.text[self.at + len(opening) : end] if end >= 0 else ""
        low, comma, high = body.partition(",")
        digits = (low + high).replace(" ", "")
        valid = end >= 0 and (digits.isdigit() or (comma and not digits)) and len(digits) < 10
        if not valid:
            if self.extended:
                return None
            raise RegexError("Unmatched \\{" if end < 0 else "Invalid content of \\{\\}")
        self.at = end + len(closing)
        least = int(low) if low else 0
        most = (int(high) if high else -1) if comma else least
        if most != -1 and least > most:
            raise RegexError("Invalid content of \\{\\}")
        if max(least, most) > _MAX_REPEAT:
            raise RegexError("Regular expression too big")
        return least, most

    def _bracket(self) -> _Node:
        text = self.text
        negated = self._peek("^")
        if negated:
            self.at += 1
        ranges: list[tuple[int, int]] = []
        first = True
        while True:
            if self.at >= len(text):
                raise RegexError("Unmatched [, [^, [:, [., or [=")
            if text[self.at] == "]" and not first:
                self.at += 1
                return _Node("set", (tuple(ranges), negated))
            first = False
            if self._peek("[:"):
                end = text.find(":]", self.at + 2)
                if end < 0:
                    raise RegexError("Unmatched [, [^, [:, [., or [=")
                name = text[self.at + 2 : end]
                if name not in _CLASSES:
                    raise RegexError("Invalid character class name")
                ranges += _CLASSES[name]
                self.at = end + 2
                continue
            low = self._bracket_char()
            if self._peek("-") and self.at + 1 < len(text) and text[self.at + 1] != "]":
                self.at += 1
                high = self._bracket_char()
                if high < low:
                    raise RegexError("Invalid range end")
                ranges.append((low, high))
            else:
                ranges.append((low, low))

    def _bracket_char(self) -> int:
        text = self.text
        for opening, closing in (("[.", ".]"), ("[=", "=]")):
            if self._peek(opening):
                end = text.find(closing, self.at + 2)
                if end - self.at != 3:
                    raise RegexError("Invalid collation character")
                char = text[self.at + 2]
                self.at = end + 2
                return ord(char)
        char = text[self.at]
        self.at += 1
        if char == "\\" and self.at < len(text):
            following = text[self.at]
            if self.newline_escapes and following in _LETTERS:
                self.at += 1
                return _LETTERS[following]
            if self.awk:
                self.at += 1
                return self._octal(following) if following in "01234567" else ord(following)
        return ord(char)


# ---------------------------------------------------------------------- re2 spelling


def _spell(node: _Node, multiline: bool) -> str:
    match node.kind:
        case "char":
            return f"\\x{{{node.value:x}}}"
        case "any":
            return "."
        case "set":
            ranges, negated = node.value
            body = "".join(f"\\x{{{low:x}}}-\\x{{{high:x}}}" for low, high in ranges)
            return (
                f"[{'^' if negated else ''}{body}]"
                if body
                else ("(?s:.)" if negated else "[^\\x00-\\x{10ffff}]")
            )
        case "bol":
            return "(?m:^)" if multiline else "\\A"
        case "eol":
            return "(?m:$)" if multiline else "\\z"
        case "start":
            return "\\A"
        case "end":
            return "\\z"
        case "wordb":
            return "\\b"
        case "nwordb":
            return "\\B"
        case "group":
            return f"({_spell(node.children[0], multiline)})"
        case "alt":
            return "(?:" + "|".join(_spell(child, multiline) for child in node.children) + ")"
        case "rep":
            inner = _spell(node.children[0], multiline)
            if node.high == -1:
                suffix = {0: "*", 1: "+"}.get(node.low, f"{{{node.low},}}")
            else:
                suffix = f"{{{node.low},{node.high}}}"
            return f"(?:{inner}){suffix}"
        case _:
            return "".join(_spell(child, multiline) for child in node.children)


# ---------------------------------------------------------------------- backtracker


class _Backtracker:
    """A small virtual machine with an explicit stack; Perl's order (greedy, leftmost)."""

    def __init__(self, root: _Node, groups: int, ignore_case: bool, multiline: bool) -> None:
        self.groups = groups
        self.ignore_case = ignore_case
        self.multiline = multiline
        self.code: list[tuple[Any, ...]] = []
        self.counters = 0
        self._emit(root)
        self.code.append(("match",))

    def _emit(self, node: _Node) -> None:
        code = self.code
        if len(code) > _MAX_PROGRAM:
            raise RegexError("Regular expression too big")
        match node.kind:
            case "char":
                for byte in chr(node.value).encode("utf-8" if node.value > 255 else "latin-1"):
                    code.append(("set", self._table(((byte, byte),), False)))
            case "any":
                code.append(("set", self._table((), True)))
            case "set":
                code.append(("set", self._table(*node.value)))
            case "group":
                code.append(("save", 2 * node.value))
                self._emit(node.children[0])
                code.append(("save", 2 * node.value + 1))
            case "alt":
                self._emit_alternatives(node)
            case "rep":
                self._emit_repetition(node)
            case "cat":
                for child in node.children:
                    self._emit(child)
            case "ref":
                code.append(("ref", node.value))
            case _:
                code.append((node.kind,))

    def _table(self, ranges: _Ranges, negated: bool) -> bytes:
        table = bytearray(256)
        for low, high in ranges:
            for byte in range(low, min(high, 255) + 1):
                table[byte] = 1
                if self.ignore_case and chr(byte).isascii():
                    table[ord(chr(byte).swapcase())] = 1
        return bytes(1 - bit for bit in table) if negated else bytes(table)

    def _emit_alternatives(self, node: _Node) -> None:
        jumps = []
        for index, child in enumerate(node.children):
            last = index == len(node.children) - 1
            split = len(self.code)
            if not last:
                self.code.append(("split", split + 1, -1))
            self._emit(child)
            if not last:
                jumps.append(len(self.code))
                self.code.append(("jump", -1))
                self.code[split] = ("split", split + 1, len(self.code))
        for jump in jumps:
            self.code[jump] = ("jump", len(self.code))

    def _emit_repetition(self, node: _Node) -> None:
        child = node.children[0]
        for _ in range(node.low):
            self._emit(child)
        if node.high == -1:
            counter = self.counters
            self.counters += 1
            split = len(self.code)
            self.code.append(("split", split + 1, -1))
            self.code.append(("mark", counter))
            self._emit(child)
            self.code.append(("loop", counter, split))
            self.code[split] = ("split", split + 1, len(self.code))
            return
        splits = []
        for _ in range(node.high - node.low):
            splits.append(len(self.code))
            self.code.append(("split", -1, -1))
            self._emit(child)
        for split in splits:
            self.code[split] = ("split", split + 1, len(self.code))

    def search(self, data: bytes, start: int, budget: Budget) -> Spans | None:
        for origin in range(start, len(data) + 1):
            found = self._match(data, origin, budget)
            if found is not None:
                return found
        return None

    def _match(self, data: bytes, origin: int, budget: Budget) -> Spans | None:
        code = self.code
        size = len(data)
        stack: list[tuple[int, int, tuple[int, ...], tuple[int, ...]]] = []
        at, pc = origin, 0
        saves: tuple[int, ...] = (-1,) * (2 * self.groups + 2)
        marks: tuple[int, ...] = (-1,) * self.counters
        ticks = 0
        while True:
            ticks += 1
            if not ticks & 3:
                budget.step()
            op = code[pc]
            kind = op[0]
            ok = True
            if kind == "set":
                ok = at < size and op[1][data[at]]
                at += 1
                pc += 1
            elif kind == "split":
                stack.append((op[2], at, saves, marks))
                pc = op[1]
            elif kind == "jump":
                pc = op[1]
            elif kind == "save":
                saves = (*saves[: op[1]], at, *saves[op[1] + 1 :])
                pc += 1
            elif kind == "mark":
                marks = (*marks[: op[1]], at, *marks[op[1] + 1 :])
                pc += 1
            elif kind == "loop":
                pc = op[2] if at > marks[op[1]] else pc + 1
            elif kind == "ref":
                begin, end = saves[2 * op[1]], saves[2 * op[1] + 1]
                wanted = data[begin:end]
                here = data[at : at + len(wanted)]
                ok = end >= 0 and (here == wanted or (self.ignore_case and here.lower() == wanted.lower()))
                budget.step(len(wanted) // 64)
                at += len(wanted)
                pc += 1
            elif kind == "match":
                spans = [(origin, at)]
                spans += [(saves[2 * n], saves[2 * n + 1]) for n in range(1, self.groups + 1)]
                return tuple(spans)
            else:
                ok = self._edge(kind, data, at)
                pc += 1
            if not ok:
                if not stack:
                    return None
                pc, at, saves, marks = stack.pop()

    def _edge(self, kind: str, data: bytes, at: int) -> bool:
        before = at > 0 and data[at - 1] in _WORD_BYTES
        after = at < len(data) and data[at] in _WORD_BYTES
        match kind:
            case "bol":
                return at == 0 or (self.multiline and data[at - 1] == 10)
            case "eol":
                return at == len(data) or (self.multiline and data[at] == 10)
            case "start":
                return at == 0
            case "end":
                return at == len(data)
            case "wstart":
                return after and not before
            case "wend":
                return before and not after
            case "wordb":
                return before != after
            case _:
                return before == after


# ---------------------------------------------------------------------- the public value


class Regex:
    """A compiled pattern. ``word_group`` is the group that is the match proper under ``whole="word"``."""

    __slots__ = ("_backtracker", "_cost", "_re2", "_shift", "groups", "word_group")

    def __init__(
        self, groups: int, compiled: Any, backtracker: _Backtracker | None, word_group: int = 0
    ) -> None:
        self.groups = groups
        self.word_group = word_group
        self._re2 = compiled
        self._backtracker = backtracker
        self._cost = 1 if compiled is None else max(1, compiled.programsize)
        self._shift = 13 if self._cost < 200 else 10

    def search(self, data: bytes, budget: Budget, start: int = 0) -> Spans | None:
        """The leftmost match at or after ``start``; ``^`` still means the start of ``data``."""
        if self._backtracker is not None:
            return self._backtracker.search(data, start, budget)
        budget.step(1 + ((len(data) - start) * self._cost >> self._shift))
        found = self._re2.search(data, start)
        if found is None:
            return None
        return tuple([found.span(number) for number in range(self.groups + 1)])

    def test(self, data: bytes, budget: Budget) -> bool:
        """Whether ``data`` holds a match."""
        if self._backtracker is not None:
            return self._backtracker.search(data, 0, budget) is not None
        budget.step(1 + (len(data) * self._cost >> self._shift))
        return self._re2.search(data) is not None

    def matches(self, data: bytes, budget: Budget) -> Iterator[Spans]:
        """Successive non-overlapping matches; an empty one right after another match does not count."""
        at = 0
        last_end = -1
        while at <= len(data):
            found = self.search(data, budget, at)
            if found is None:
                return
            begin, end = found[0]
            if begin == end == last_end:
                at = end + 1
                continue
            yield found
            last_end = end
            at = end if end > begin else end + 1


@lru_cache(maxsize=512)
def compile_regex(
    pattern: bytes,
    syntax: Syntax = "basic",
    *,
    ignore_case: bool = False,
    multiline: bool = False,
    utf8: bool = False,
    newline_escapes: bool = False,
    whole: Literal["", "word", "line"] = "",
) -> Regex:
    """Compile ``pattern``. ``newline_escapes``: ``\\n`` ``\\t`` … mean control characters (sed).

    ``multiline``: ``^`` and ``$`` also match at newlines inside the data. ``utf8``: a character may be
    several bytes. Raises RegexError.
    """
    if len(pattern) > MAX_PATTERN:
        raise RegexError("Regular expression too big")
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not ignore_case
    options.dot_nl = syntax != "perl"
    options.longest_match = syntax != "perl"
    options.max_mem = 4 << 20
    text = pattern.decode("utf-8", "surrogateescape") if utf8 else pattern.decode("latin-1")
    if utf8 and any(0xD800 <= ord(char) <= 0xDFFF for char in text):
        utf8, text = False, pattern.decode("latin-1")
    options.encoding = re2.Options.Encoding.UTF8 if utf8 else re2.Options.Encoding.LATIN1
    groups = 0
    backtracker = None
    if syntax == "perl":
        spelling = text.replace("\\K", "")
    elif syntax == "fixed":
        spelling = "".join(f"\\x{{{ord(char):x}}}" for char in text)
    else:
        parser = _Parser(text, syntax, newline_escapes)
        root = parser.parse()
        groups = parser.groups
        if parser.needs_backtracking:
            extra = 1 if whole == "word" else 0
            backtracker = _Backtracker(
                _wrapped(root, whole, groups + 1), groups + extra, ignore_case, multiline
            )
            return Regex(groups + extra, None, backtracker, groups + 1 if extra else 0)
        spelling = _spell(root, multiline)
    if whole == "line":
        spelling = f"\\A(?:{spelling})\\z"
    elif whole == "word":
        spelling = f"(?:\\A|\\W)({spelling})(?:\\W|\\z)"
    source = spelling.encode("utf-8") if utf8 or syntax == "perl" else spelling.encode("latin-1")
    try:
        compiled = re2.compile(source, options)
    except re2.error as error:
        reason = error.args[0] if error.args else b""
        words = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise RegexError(words if syntax == "perl" else "Regular expression too big") from error
    return Regex(compiled.groups, compiled, None, 1 if whole == "word" else 0)


def _wrapped(root: _Node, whole: str, group: int) -> _Node:
    if whole == "line":
        return _Node("cat", children=(_Node("start"), root, _Node("end")))
    if whole == "word":
        outside = _Node("set", (_WORD, True))
        before = _Node("alt", children=(_Node("start"), outside))
        after = _Node("alt", children=(outside, _Node("end")))
        return _Node("cat", children=(before, _Node("group", group, (root,)), after))
    return root


def has_utf8_locale(env: dict[str, str]) -> bool:
    """Whether characters are UTF-8 for a program with this environment (else bytes, as in the C locale)."""
    locale = env.get("LC_ALL") or env.get("LC_CTYPE") or env.get("LANG") or ""
    return locale.upper().endswith(("UTF-8", "UTF8"))
