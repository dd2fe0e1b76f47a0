"""Arithmetic expansion (POSIX 2.6.4): signed 64-bit integers and C's operators."""

import re
from collections.abc import Callable
from typing import Literal

from engine.budget import Budget, BudgetExceeded
from engine.errors import EngineError
from engine.shell.flavour import Flavour

_TOKEN = re.compile(
    r"[ \t\n\r]*(?:(0[xX][0-9a-fA-F]*|[0-9]+#[0-9a-zA-Z@_]+|[0-9]+)|([A-Za-z_][A-Za-z0-9_]*)"
    r"|(<<=|>>=|\*\*|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&^|]=|[-+*/%&^|<>=!~?:(),\[\]])|(.))",
    re.S,
)
_MAX_DEPTH = 60
_PRECEDENCE = {
    "||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6, "<": 7, ">": 7, "<=": 7, ">=": 7,
    "<<": 8, ">>": 8, "+": 9, "-": 9, "*": 10, "/": 10, "%": 10, "**": 11,
}  # fmt: skip
_ASSIGNMENTS = frozenset({"=", "+=", "-=", "*=", "/=", "%=", "&=", "^=", "|=", "<<=", ">>="})

Problem = Literal[
    "operand", "operator", "division", "number", "assignment", "paren", "colon", "exponent", "base", "nested"
]


class ArithmeticProblem(EngineError):
    """An expression that cannot be computed. ``rest`` is the text from the offending token on."""

    def __init__(self, problem: Problem, expression: str, rest: str) -> None:
        self.problem = problem
        self.expression = expression
        self.rest = rest
        super().__init__(f"{expression}: {problem}")


def wrap(value: int) -> int:
    """``value`` as a signed 64-bit integer."""
    return ((value + (1 << 63)) & ((1 << 64) - 1)) - (1 << 63)


class Evaluator:
    """Evaluates one expression; ``get`` and ``put`` reach variables by name and subscript text."""

    def __init__(
        self,
        expression: str,
        get: Callable[[str, int | None], str],
        put: Callable[[str, int | None, str], None],
        flavour: Flavour,
        budget: Budget,
        depth: int = 0,
    ) -> None:
        self._expression = expression
        self._get = get
        self._put = put
        self._flavour = flavour
        self._budget = budget
        self._depth = depth
        self._skip = 0
        self._choosing = 0
        self._tokens: list[tuple[str, str, int]] = []
        self._index = 0

    def evaluate(self) -> int:
        """The value; an empty expression is 0. Raises ArithmeticProblem, BudgetExceeded."""
        text = self._expression.rstrip(" \t\n\r")
        position = 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                break
            kind = "number" if match.group(1) else "name" if match.group(2) else "operator"
            self._tokens.append((kind, match.group(match.lastindex or 0), match.start(match.lastindex or 0)))
            position = match.end()
        self._budget.step(3 + len(self._tokens) // 2)
        self._tokens.append(("end", "", len(text)))
        if len(self._tokens) == 1:
            return 0
        value = self._comma()
        if self._tokens[self._index][0] != "end":
            raise self._problem("operator")
        return value

    # ------------------------------------------------------------------ tokens

    def _peek(self) -> str:
        kind, text, _ = self._tokens[self._index]
        return text if kind == "operator" else ""

    def _problem(self, problem: Problem, index: int | None = None) -> ArithmeticProblem:
        index = self._index if index is None else index
        at = min(index, len(self._tokens) - 1)
        start = self._tokens[at][2]
        if self._tokens[at][0] == "end" and at:
            start = self._tokens[at - 1][2]
        return ArithmeticProblem(problem, self._expression, self._expression[start:])

    # ------------------------------------------------------------------ grammar

    def _comma(self) -> int:
        value = self._assignment()
        while self._peek() == "," and not self._flavour.is_dash:
            self._index += 1
            value = self._assignment()
        return value

    def _assignment(self) -> int:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise BudgetExceeded("nesting", _MAX_DEPTH)
        try:
            return self._conditional()
        finally:
            self._depth -= 1

    def _conditional(self) -> int:
        target = self._target()
        if target is not None:
            name, subscript, operator = target
            value = self._assignment()
            if operator != "=":
                value = self._apply(operator[:-1], self._value_of(name, subscript), value)
            if not self._skip:
                self._put(name, subscript, str(value))
            return value
        test = self._binary(1)
        if self._peek() != "?":
            return test
        if self._choosing and self._flavour.is_ash:
            raise self._problem("nested")
        self._index += 1
        self._skip += not test
        self._choosing += 1
        chosen = self._comma()
        self._choosing -= 1
        self._skip -= not test
        if self._peek() != ":":
            raise self._problem("colon")
        self._index += 1
        self._skip += bool(test)
        other = self._assignment()
        self._skip -= bool(test)
        return chosen if test else other

    def _target(self) -> tuple[str, int | None, str] | None:
        """``name =`` or ``name[subscript] op=``, consumed; None, nothing consumed, otherwise."""
        kind, name, _ = self._tokens[self._index]
        if kind != "name":
            return None
        following = self._tokens[self._index + 1][1]
        if following in _ASSIGNMENTS:
            self._index += 2
            return name, None, following
        if following != "[" or not self._flavour.is_bash:
            return None
        start = self._index
        depth = 0
        end = start + 1
        while end < len(self._tokens) - 1:
            depth += (self._tokens[end][1] == "[") - (self._tokens[end][1] == "]")
            if depth == 0:
                break
            end += 1
        if self._tokens[end + 1][1] if end + 1 < len(self._tokens) else "":
            operator = self._tokens[end + 1][1]
            if operator in _ASSIGNMENTS:
                subscript = self._subscript()
                self._index += 1
                return name, subscript, operator
        self._index = start
        return None

    def _subscript(self) -> int:
        """The ``[…]`` after the name here, consumed with the name."""
        self._index += 2
        value = self._comma()
        if self._peek() != "]":
            raise self._problem("operator")
        self._index += 1
        return value

    def _binary(self, lowest: int) -> int:
        left = self._unary()
        while True:
            operator = self._peek()
            precedence = _PRECEDENCE.get(operator, 0)
            if precedence < lowest or (operator == "**" and self._flavour.is_dash):
                return left
            at = self._index
            self._index += 1
            if operator in ("&&", "||"):
                skipped = bool(left) == (operator == "||")
                self._skip += skipped
                right = self._binary(precedence + 1)
                self._skip -= skipped
                left = int(bool(left) or bool(right)) if operator == "||" else int(bool(left) and bool(right))
                continue
            right = self._binary(precedence if operator == "**" else precedence + 1)
            left = self._apply(operator, left, right, at + 1)

    def _apply(self, operator: str, left: int, right: int, at: int | None = None) -> int:
        if operator in ("/", "%") and right == 0:
            if self._skip:
                return 0
            raise self._problem("division", at)
        if operator == "**":
            if right < 0:
                raise self._problem("exponent", at)
            return wrap(pow(left, right, 1 << 64))
        return wrap(_OPERATIONS[operator](left, right))

    def _unary(self) -> int:
        signs: list[str] = []
        while (operator := self._peek()) in ("-", "+", "!", "~") or (
            operator in ("++", "--") and self._prefix_is_signs()
        ):
            self._index += 1
            signs += operator
        value = self._primary()
        for sign in reversed(signs):
            value = (
                wrap(-value if sign == "-" else ~value if sign == "~" else int(not value))
                if sign != "+"
                else value
            )
        return value

    def _prefix_is_signs(self) -> bool:
        return self._flavour.is_dash or self._tokens[self._index + 1][0] != "name"

    def _primary(self) -> int:
        kind, text, _ = self._tokens[self._index]
        if kind == "number":
            self._index += 1
            return self._number(text)
        if kind == "name":
            return self._variable(text)
        if text == "(":
            self._index += 1
            value = self._comma()
            if self._peek() != ")":
                raise self._problem("paren")
            self._index += 1
            return value
        if text in ("++", "--"):
            self._index += 1
            name = self._tokens[self._index][1]
            subscript = self._subscripted()
            value = wrap(self._value_of(name, subscript) + (1 if text == "++" else -1))
            if not self._skip:
                self._put(name, subscript, str(value))
            return value
        raise self._problem("operand")

    def _subscripted(self) -> int | None:
        """Consume the name here and its subscript, if it has one."""
        if self._flavour.is_bash and self._tokens[self._index + 1][1] == "[":
            return self._subscript()
        self._index += 1
        return None

    def _variable(self, name: str) -> int:
        subscript = self._subscripted()
        value = self._value_of(name, subscript)
        operator = self._peek()
        if operator in ("++", "--") and not self._flavour.is_dash:
            self._index += 1
            if not self._skip:
                self._put(name, subscript, str(wrap(value + (1 if operator == "++" else -1))))
        return value

    def _value_of(self, name: str, subscript: int | None) -> int:
        text = "" if self._skip else self._get(name, subscript).strip()
        if not text:
            return 0
        match = _NUMBER.fullmatch(text)
        if match is not None:
            return self._number(text)
        if self._flavour.is_dash:
            raise ArithmeticProblem("number", text, text)
        if self._depth >= _MAX_DEPTH // 2:
            raise BudgetExceeded("nesting", _MAX_DEPTH // 2)
        return Evaluator(text, self._get, self._put, self._flavour, self._budget, self._depth + 1).evaluate()

    def _number(self, text: str) -> int:
        sign = -1 if text.startswith("-") else 1
        digits = text.lstrip("+-")
        base_text, hash_mark, rest = digits.partition("#")
        if hash_mark:
            return wrap(sign * self._in_base(int(base_text[:4]), rest))
        try:
            if digits[:2] in ("0x", "0X"):
                return wrap(sign * int(digits[2:] or "0", 16))
            if digits.startswith("0") and len(digits) > 1:
                return wrap(sign * int(digits[:32], 8))
            if len(digits) > 4000:
                raise self._problem("number")
            number = int(digits)
        except ValueError:
            raise self._problem("base") from None
        return (
            max(-(1 << 63), min(sign * number, (1 << 63) - 1))
            if self._flavour.is_dash
            else wrap(sign * number)
        )

    def _in_base(self, base: int, digits: str) -> int:
        if not 2 <= base <= 64 or (not self._flavour.is_bash and not self._flavour.is_ash):
            raise self._problem("base")
        value = 0
        for digit in digits[:256]:
            position = (_DIGITS_SMALL if base <= 36 else _DIGITS).find(digit.lower() if base <= 36 else digit)
            if not 0 <= position < base:
                raise self._problem("base")
            value = value * base + position
        return value


def _divide(left: int, right: int) -> int:
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


_OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "&": lambda a, b: a & b,
    "==": lambda a, b: int(a == b),
    "!=": lambda a, b: int(a != b),
    "<": lambda a, b: int(a < b),
    ">": lambda a, b: int(a > b),
    "<=": lambda a, b: int(a <= b),
    ">=": lambda a, b: int(a >= b),
    "<<": lambda a, b: a << (b & 63),
    ">>": lambda a, b: a >> (b & 63),
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
    "%": lambda a, b: a - b * _divide(a, b),
}
_NUMBER = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|[0-9]+#[0-9a-zA-Z@_]+|[0-9]+)")
_DIGITS_SMALL = "0123456789abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ@_"
