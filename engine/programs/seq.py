"""seq, yes, expr, factor, shuf, numfmt: numbers and words made on the spot."""

from collections.abc import Generator, Iterator
from decimal import Decimal, InvalidOperation
from hashlib import sha256

from engine.errors import EngineError
from engine.programs.lib.regex import RegexError, compile_regex
from engine.programs.lib.sizes import InvalidNumber, human_size, parse_count, parse_size
from engine.programs.lib.text import Inputs, curly, decode, encode, lines_of
from engine.shell.formatting import escaped, format_printf
from engine.shell.options import Flag, HelpRequested, Options, UsageError, Value
from engine.shell.process import Process
from engine.shell.registry import program

SEQ = Options(
    "[OPTION]... [FIRST [INCREMENT]] LAST",
    "Print numbers from FIRST to LAST, in steps of INCREMENT.",
    Value("f", "format", metavar="FORMAT", help="use printf style floating-point FORMAT"),
    Value("s", "separator", metavar="STRING", help="use STRING to separate numbers (default: \\n)"),
    Flag("w", "equal-width", help="equalize width by padding with leading zeroes"),
    stop_at_operand=True,
)
YES = Options("[STRING]...", "Repeatedly output a line with all specified STRING(s), or 'y'.")
EXPR = Options("EXPRESSION", "Print the value of EXPRESSION to standard output.", error_status=2)
FACTOR = Options("[NUMBER]...", "Print the prime factors of each specified integer NUMBER.")
SHUF = Options(
    "[OPTION]... [FILE]",
    "Write a random permutation of the input lines to standard output.",
    Flag("e", "echo", help="treat each ARG as an input line"),
    Value("i", "input-range", metavar="LO-HI", help="treat each number LO through HI as an input line"),
    Value("n", "head-count", metavar="COUNT", help="output at most COUNT lines"),
    Value("o", "output", metavar="FILE", help="write result to FILE instead of standard output"),
    Value("", "random-source", metavar="FILE", help="get random bytes from FILE"),
    Flag("r", "repeat", help="output lines can be repeated"),
    Flag("z", "zero-terminated", help="line delimiter is NUL, not newline"),
)
NUMFMT = Options(
    "[OPTION]... [NUMBER]...",
    "Reformat NUMBER(s), or the numbers from standard input if none are specified.",
    Value("", "to", metavar="UNIT", help="auto-scale output numbers to UNITs: si, iec, iec-i"),
    Value("", "from", metavar="UNIT", help="auto-scale input numbers to UNITs: auto, si, iec, iec-i"),
    Value("", "suffix", metavar="SUFFIX", help="add SUFFIX to output numbers"),
    Value("", "padding", metavar="N", help="pad the output to N characters"),
    error_status=2,
)
_MAX_DIGITS = 400


@program("seq", package="coreutils", summary="print a sequence of numbers")
def seq(p: Process) -> Generator[bytes, None, int]:
    arguments = p.argv[1:]
    at = 0
    while (
        at < len(arguments)
        and arguments[at].startswith("-")
        and not arguments[at][1:2].isdigit()
        and arguments[at][1:2] != "."
    ):
        at += 2 if arguments[at] in ("-s", "-f", "--separator", "--format") else 1
    options = SEQ.parse(
        p, [*arguments[:at], "--", *arguments[at:]] if "--" not in arguments[:at] else arguments
    )
    operands = options.operands
    if not operands:
        raise SEQ.usage_error(p, "missing operand")
    if len(operands) > 3:
        raise SEQ.usage_error(p, f"extra operand {curly(p, operands[3])}")
    numbers = []
    for operand in operands:
        number = _decimal(operand)
        if number is None:
            raise SEQ.usage_error(p, f"invalid floating point argument: {curly(p, operand)}")
        numbers.append(number)
    first = numbers[0] if len(numbers) > 1 else Decimal(1)
    step = numbers[1] if len(numbers) == 3 else Decimal(1)
    last = numbers[-1]
    if not step:
        raise SEQ.usage_error(p, f"invalid Zero increment value: {curly(p, operands[1])}")
    separator = (
        escaped(options.value("separator", "\n") or "", "format")[0]
        if p.is_busybox
        else options.value("separator", "\n") or ""
    )
    texts = _sequence(p, operands, first, step, last, options.value("format"), options.flag("equal-width"))
    batch: list[str] = []
    begun = False
    for text in texts:
        batch.append((separator if begun else "") + text)
        begun = True
        if len(batch) >= 256:
            yield encode("".join(batch))
            batch.clear()
    yield encode("".join(batch) + ("\n" if begun else ""))
    return 0


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text) if len(text) <= _MAX_DIGITS and "_" not in text else None
    except InvalidOperation:
        return None
    return (
        number
        if number is not None and (number.is_finite() and abs(number.adjusted()) < _MAX_DIGITS)
        else None
    )


def _sequence(
    p: Process,
    operands: list[str],
    first: Decimal,
    step: Decimal,
    last: Decimal,
    form: str | None,
    equal: bool,
) -> Iterator[str]:
    shown = operands[:-1] if len(operands) > 1 else ["1"]
    places = max(len(text.partition(".")[2]) for text in shown)
    places = max(places, 0)
    width = max(len(f"{first:.{places}f}"), len(f"{last:.{places}f}")) if equal else 0
    value = first
    count = 0
    while (value <= last) if step > 0 else (value >= last):
        p.budget.step()
        if form is not None:
            made = format_printf(form, [f"{value:f}"], p.budget)
            yield made.text
        else:
            text = f"{value:.{places}f}"
            yield text.zfill(width) if width else text
        count += 1
        value = first + step * count


@program("yes", package="coreutils", summary="output a string repeatedly until killed")
def yes(p: Process) -> Generator[bytes, None, int]:
    if p.argv[1:2] == ["--help"]:
        raise HelpRequested(YES.help(p))
    words = p.argv[1:]
    if words[:1] == ["--"]:
        words = words[1:]
    elif words and words[0].startswith("-") and len(words[0]) > 1:
        YES.parse(p, words)
    line = encode((" ".join(words) or "y") + "\n")
    block = line * max(1, 1024 // len(line))
    while True:
        p.budget.step(4)
        yield block


class _Wrong(EngineError):
    """expr cannot evaluate; the message is its complaint."""


@program("expr", package="coreutils", summary="evaluate expressions")
def expr(p: Process) -> int:
    words = p.argv[1:]
    if words == ["--help"]:
        raise HelpRequested(EXPR.help(p))
    if words[:1] == ["--"]:
        words = words[1:]
    if not words and p.is_busybox:
        p.error("too few arguments")
        return 2
    if not words:
        raise EXPR.usage_error(p, "missing operand")
    evaluation = _Expr(p, words)
    try:
        value = evaluation.value()
    except _Wrong as error:
        p.error("syntax error" if p.is_busybox and str(error).startswith("syntax") else str(error))
        return 2
    p.write(value + "\n")
    return 1 if not value or (value.strip("-0") == "" and value.lstrip("-").isdigit()) else 0


class _Expr:
    """Precedence climbing over the argument words; nesting is bounded."""

    _LEVELS = (("|",), ("&",), ("<", "<=", "=", "==", "!=", ">=", ">"), ("+", "-"), ("*", "/", "%"), (":",))

    def __init__(self, p: Process, words: list[str]) -> None:
        self.p = p
        self.words = words
        self.at = 0
        self.depth = 0

    def value(self) -> str:
        value = self._level(0)
        if self.at < len(self.words):
            raise _Wrong(f"syntax error: unexpected argument {curly(self.p, self.words[self.at])}")
        return value

    def _level(self, level: int) -> str:
        if level == len(self._LEVELS):
            return self._primary()
        left = self._level(level + 1)
        while self.at < len(self.words) and self.words[self.at] in self._LEVELS[level]:
            operator = self.words[self.at]
            self.at += 1
            left = self._apply(operator, left, self._level(level + 1))
        return left

    def _next(self) -> str:
        if self.at >= len(self.words):
            raise _Wrong(f"syntax error: missing argument after {curly(self.p, self.words[self.at - 1])}")
        self.at += 1
        return self.words[self.at - 1]

    def _primary(self) -> str:
        self.p.budget.step()
        word = self._next()
        if word == "(":
            self.depth += 1
            if self.depth > 40:
                raise _Wrong("syntax error")
            value = self._level(0)
            if self.at >= len(self.words) or self.words[self.at] != ")":
                raise _Wrong(f"syntax error: expecting ')' after {curly(self.p, self.words[self.at - 1])}")
            self.at += 1
            self.depth -= 1
            return value
        if word == ")":
            raise _Wrong("syntax error: unexpected ')'")
        if word == "+" and self.at < len(self.words):
            return self._next()
        if word in ("length", "match", "substr", "index") and self.at < len(self.words):
            return self._function(word)
        return word

    def _function(self, name: str) -> str:
        subject = self._primary()
        if name == "length":
            return str(len(subject))
        if name == "match":
            return self._match(subject, self._primary())
        if name == "index":
            wanted = self._primary()
            return str(min((subject.find(char) for char in wanted if char in subject), default=-1) + 1)
        start, count = self._primary(), self._primary()
        if not (_is_integer(start) and _is_integer(count)) or int(start) < 1 or int(count) < 1:
            return ""
        return subject[int(start) - 1 : int(start) - 1 + int(count)]

    def _match(self, subject: str, pattern: str) -> str:
        try:
            regex = compile_regex(encode(pattern), "basic")
        except RegexError as error:
            raise _Wrong(str(error)) from error
        data = encode(subject)
        found = regex.search(data, self.p.budget)
        if found is None or found[0][0] != 0:
            anchored = compile_regex(b"^\\(" + encode(pattern) + b"\\)", "basic").search(data, self.p.budget)
            found = None if anchored is None else (anchored[0], *anchored[2:])
        if regex.groups:
            return decode(data[found[1][0] : found[1][1]]) if found is not None and found[1][0] >= 0 else ""
        return str(found[0][1]) if found is not None else "0"

    def _apply(self, operator: str, left: str, right: str) -> str:
        if operator == ":":
            return self._match(left, right)
        if operator in ("|", "&"):
            one, other = not _is_null(left), not _is_null(right)
            if operator == "|":
                return left if one else right if other else "0"
            return left if one and other else "0"
        if operator in ("+", "-", "*", "/", "%"):
            return str(self._arithmetic(operator, left, right))
        a: int | str = left
        b: int | str = right
        if _is_integer(left) and _is_integer(right):
            a, b = int(left), int(right)
        order = -1 if a < b else 1 if a > b else 0  # type: ignore[operator]
        wanted = {"<": (-1,), "<=": (-1, 0), "=": (0,), "==": (0,), "!=": (-1, 1), ">=": (0, 1), ">": (1,)}
        return str(int(order in wanted[operator]))

    def _arithmetic(self, operator: str, left: str, right: str) -> int:
        if not (_is_integer(left) and _is_integer(right)):
            raise _Wrong("non-numeric argument" if self.p.is_busybox else "non-integer argument")
        a, b = int(left), int(right)
        if operator == "+":
            return a + b
        if operator == "-":
            return a - b
        if operator == "*":
            return a * b
        if not b:
            raise _Wrong("division by zero")
        quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
        return quotient if operator == "/" else a - b * quotient


def _is_integer(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) < 4000


def _is_null(text: str) -> bool:
    return not text or (_is_integer(text) and int(text) == 0)


@program("factor", package="coreutils", summary="factor numbers")
def factor(p: Process) -> int:
    options = FACTOR.parse(p)
    words = options.operands or decode(b"".join(p.stdin.chunks())).split()
    status = 0
    for word in words:
        if not (word.isascii() and word.isdigit()) or len(word) > 18:
            p.error(f"{curly(p, word)} is not a valid positive integer")
            status = 1
            continue
        left, factors, candidate = int(word), [], 2
        while candidate * candidate <= left:
            p.budget.step(1 if candidate % 8 == 1 else 0)
            while left % candidate == 0:
                factors.append(candidate)
                left //= candidate
            candidate += 1 if candidate == 2 else 2
        if left > 1:
            factors.append(left)
        p.write(f"{int(word)}:{''.join(f' {value}' for value in factors)}\n")
    return status


@program("shuf", package="coreutils", summary="generate random permutations")
def shuf(p: Process) -> Generator[bytes, None, int]:
    options = SHUF.parse(p)
    end = b"\0" if options.flag("zero-terminated") else b"\n"
    limit = -1
    if options.value("head-count") is not None:
        try:
            limit = parse_count(options.value("head-count") or "")
        except InvalidNumber as error:
            p.error(f"invalid line count: {curly(p, str(error))}")
            return 1
    status = 0
    if options.flag("echo"):
        lines = [encode(word) for word in options.operands]
    elif options.value("input-range") is not None:
        low, _, high = (options.value("input-range") or "").partition("-")
        if not (low.isdigit() and high.isdigit()) or len(high) > 9:
            p.error(f"invalid input range: {curly(p, options.value('input-range') or '')}")
            return 1
        p.budget.step(max(0, int(high) - int(low)))
        lines = [b"%d" % number for number in range(int(low), int(high) + 1)]
    else:
        inputs = Inputs(p, options.operands[:1])
        lines = [line.removesuffix(end) for _, chunks in inputs for line in lines_of(chunks, p.budget, end)]
        status = inputs.status
    p.budget.allocate(sum(map(len, lines)))
    p.system.serial += 1
    seed = f"{p.system.random_seed}/{p.system.serial}".encode()
    ranked = sorted(range(len(lines)), key=lambda index: sha256(seed + b"/%d" % index).digest())
    chosen = [lines[index] for index in ranked]
    if options.flag("repeat") and lines:
        number = 0
        while limit < 0 or number < limit:
            p.budget.step()
            digest = sha256(seed + b"r%d" % number).digest()
            yield lines[int.from_bytes(digest[:8], "big") % len(lines)] + end
            number += 1
        return status
    data = b"".join(line + end for line in (chosen if limit < 0 else chosen[:limit]))
    output = options.value("output")
    if output is not None:
        p.files.write(output, data)
    else:
        yield data
    return status


@program("numfmt", package="coreutils", summary="convert numbers from/to human-readable strings")
def numfmt(p: Process) -> int:
    options = NUMFMT.parse(p)
    words = options.operands or decode(b"".join(p.stdin.chunks())).split()
    for word in words:
        try:
            if options.value("from") in ("si", "iec", "iec-i", "auto"):
                text = word if options.value("from") == "iec" or word[-1:].isdigit() else word + "B"
                number = parse_size(text.removesuffix("iB") if options.value("from") == "iec-i" else text)
            else:
                number = parse_count(word)
        except InvalidNumber:
            raise UsageError(f"{p.name}: invalid number: {curly(p, word)}\n", 2) from None
        unit = options.value("to")
        text = str(number)
        if unit in ("si", "iec", "iec-i"):
            text = human_size(number, 1000 if unit == "si" else 1024).replace(
                "k", "K" if unit != "si" else "k"
            )
            text += "i" if unit == "iec-i" and not text[-1].isdigit() else ""
        text += options.value("suffix") or ""
        padding = options.value("padding") or "0"
        if padding.lstrip("-").isdigit():
            size = min(abs(int(padding[:6])), 10_000)
            text = text.ljust(size) if padding.startswith("-") else text.rjust(size)
        p.write(text + "\n")
    return 0
