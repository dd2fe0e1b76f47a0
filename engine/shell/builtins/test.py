"""``test`` and ``[``."""

import re

from engine.errors import EngineError
from engine.shell.builtin import builtin
from engine.shell.conditional import (
    BINARY_TESTS,
    FILE_TESTS,
    NUMBER_TESTS,
    compare_files,
    compare_numbers,
    file_test,
)
from engine.shell.interpreter import Shell

_INTEGER = re.compile(r"[ \t\n]*[-+]?[0-9]+[ \t\n]*")
_UNARY = FILE_TESTS | {"-n", "-z", "-o", "-v"}
_MAX_DEPTH = 40


class _Wrong(EngineError):
    """The expression makes no sense."""


@builtin("test", "[")
def test(shell: Shell, argv: list[str]) -> int:
    """Evaluate a condition."""
    name = argv[0]
    words = argv[1:]
    if name == "[":
        if not words or words[-1] != "]":
            shell.complain(
                "[: missing `]'"
                if shell.flavour.is_bash
                else "missing ]"
                if shell.flavour.is_ash
                else "[: missing ]"
            )
            return 2
        words = words[:-1]
    shell.budget.step(1 + len(words) // 4)
    try:
        return int(not _Expression(shell, words, name).evaluate())
    except _Wrong as error:
        message = str(error)
        if shell.flavour.is_ash:
            shell.complain(message)
        else:
            shell.complain(f"{name}: {message}")
        return 2


class _Expression:
    """POSIX decides by the number of arguments; more than four are parsed with -a, -o and brackets."""

    def __init__(self, shell: Shell, words: list[str], name: str) -> None:
        self._shell = shell
        self._words = words
        self._name = name
        self._at = 0
        self._depth = 0

    def evaluate(self) -> bool:
        words = self._words
        count = len(words)
        if count == 0:
            return False
        if count == 1:
            return bool(words[0])
        if count == 2:
            if words[0] == "!":
                return not words[1]
            if self._is_unary(words[0]):
                return self._unary(words[0], words[1])
            raise self._operator_expected(words[0], unary=True)
        if count == 3:
            if self._is_binary(words[1]):
                return self._binary(words[0], words[1], words[2])
            if words[1] in ("-a", "-o"):
                return (
                    (bool(words[0]) and bool(words[2]))
                    if words[1] == "-a"
                    else bool(words[0]) or bool(words[2])
                )
            if words[0] == "!":
                self._words = words[1:]
                return not self.evaluate()
            if words[0] == "(" and words[2] == ")":
                return bool(words[1])
            raise self._operator_expected(words[1], unary=False)
        if count == 4:
            if words[0] == "!":
                self._words = words[1:]
                return not self.evaluate()
            if words[0] == "(" and words[3] == ")":
                self._words = words[1:3]
                return self.evaluate()
        value = self._or()
        if self._at < len(words):
            raise self._leftover()
        return value

    # ------------------------------------------------------------------ more than four arguments

    def _peek(self) -> str | None:
        return self._words[self._at] if self._at < len(self._words) else None

    def _or(self) -> bool:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise _Wrong("too many arguments")
        value = self._and()
        while self._peek() == "-o":
            self._at += 1
            right = self._and()
            value = value or right
        self._depth -= 1
        return value

    def _and(self) -> bool:
        value = self._not()
        while self._peek() == "-a":
            self._at += 1
            right = self._not()
            value = value and right
        return value

    def _not(self) -> bool:
        negated = False
        while self._peek() == "!" and self._at + 1 < len(self._words):
            self._at += 1
            negated = not negated
        return self._primary() != negated

    def _primary(self) -> bool:
        word = self._peek()
        if word is None:
            raise _Wrong("argument expected")
        following = self._words[self._at + 1 : self._at + 3]
        if len(following) == 2 and self._is_binary(following[0]):
            self._at += 3
            return self._binary(word, following[0], following[1])
        if word == "(":
            self._at += 1
            value = self._or()
            if self._peek() != ")":
                raise _Wrong("closing paren expected" if not self._shell.flavour.is_bash else "`)' expected")
            self._at += 1
            return value
        if self._is_unary(word) and following:
            self._at += 2
            return self._unary(word, following[0])
        self._at += 1
        return bool(word)

    # ------------------------------------------------------------------ primaries

    def _is_unary(self, word: str) -> bool:
        if word == "-v":
            return self._shell.flavour.is_bash
        return word in _UNARY or (word in ("-t",))

    def _is_binary(self, word: str) -> bool:
        if word in ("==", "=~"):
            return word == "==" and not self._shell.flavour.is_dash
        return word in BINARY_TESTS

    def _unary(self, operator: str, operand: str) -> bool:
        if operator == "-n":
            return bool(operand)
        if operator == "-z":
            return not operand
        if operator == "-o":
            return operand in self._shell.option_names()
        if operator == "-v":
            return self._shell.parameter_value(operand) is not None if operand else False
        return file_test(self._shell, operator, operand)

    def _binary(self, left: str, operator: str, right: str) -> bool:
        if operator in ("=", "=="):
            return left == right
        if operator == "!=":
            return left != right
        if operator in ("<", ">"):
            return left < right if operator == "<" else left > right
        if operator in NUMBER_TESTS:
            return compare_numbers(operator, self._number(left), self._number(right))
        return compare_files(self._shell, operator, left, right)

    def _number(self, text: str) -> int:
        if _INTEGER.fullmatch(text) and len(text) < 4000:
            return int(text)
        if self._shell.flavour.is_bash:
            raise _Wrong(f"{text}: integer expression expected")
        if self._shell.flavour.is_ash:
            raise _Wrong(f"{text}: bad number" if text else ": bad number")
        raise _Wrong(f"Illegal number: {text}")

    # ------------------------------------------------------------------ errors

    def _operator_expected(self, word: str, unary: bool) -> _Wrong:
        if self._shell.flavour.is_bash:
            return _Wrong(f"{word}: {'unary' if unary else 'binary'} operator expected")
        if self._shell.flavour.is_ash:
            if self._is_binary(self._words[1]) and len(self._words) == 2:
                return _Wrong(f"{self._words[1]}: argument expected")
            return _Wrong(f"{self._words[1]}: unknown operand")
        if self._is_binary(self._words[1]) and len(self._words) == 2:
            return _Wrong(f"{self._words[1]}: argument expected")
        return _Wrong(f"{self._words[0]}: unexpected operator")

    def _leftover(self) -> _Wrong:
        if self._shell.flavour.is_bash:
            word = self._words[self._at]
            return _Wrong(f"syntax error: `{word}' unexpected" if word[:1] == "-" else "too many arguments")
        if self._shell.flavour.is_ash:
            return _Wrong(f"{self._words[self._at]}: unknown operand")
        return _Wrong(f"{self._words[self._at - 1]}: unexpected operator")
