"""A glimpse of JavaScript: what ``console.log`` calls with simple arguments print.

Understood are literals, template strings, ``+ - * / %``, constants assigned at top level, and
``process.version``, ``process.env.X``, ``process.argv``, ``__dirname``. Nothing is executed.
"""

from contextlib import suppress
from dataclasses import dataclass, field

from engine.errors import EngineError
from engine.programs.lib.literals import quoted
from engine.shell.process import Process

Value = str | int | float | bool | None
MAX_SOURCE = 300_000


class Unknown(EngineError):
    """An expression outside the simulated part of JavaScript."""


@dataclass
class JavaScript:
    """What is known while a source is read: ``names`` are constants, ``version`` is node's."""

    process: Process
    version: str
    arguments: list[str]
    names: dict[str, Value] = field(default_factory=dict)

    def printed(self, source: str) -> tuple[list[str], list[str], bool]:
        """Lines for standard output, lines for standard error, and whether anything was not understood."""
        out: list[str] = []
        errors: list[str] = []
        puzzled = False
        position = 0
        text = source[:MAX_SOURCE]
        while position < len(text):
            self.process.budget.step()
            letter = text[position]
            if text.startswith("//", position) or (position == 0 and text.startswith("#!")):
                end = text.find("\n", position)
                position = len(text) if end < 0 else end
            elif text.startswith("/*", position):
                end = text.find("*/", position)
                position = len(text) if end < 0 else end + 2
            elif letter in "\"'`":
                found = quoted(text, position)
                position = found[1] if found else position + 1
            elif call := next((name for name in _CALLS if text.startswith(name, position)), None):
                arguments, position = _split_arguments(text, position + len(call))
                try:
                    line = " ".join(
                        self._shown(self.evaluate(argument)) for argument in arguments if argument
                    )
                    (out if _CALLS[call] else errors).append(line + "\n")
                except Unknown:
                    puzzled = True
            elif text.startswith(("const ", "let ", "var "), position):
                end = min(
                    (e for e in (text.find(";", position), text.find("\n", position)) if e >= 0),
                    default=len(text),
                )
                name, equals, value = text[position:end].partition(" ")[2].partition("=")
                if equals and name.strip().isidentifier():
                    with suppress(Unknown):
                        self.names[name.strip()] = self.evaluate(value.strip())
                position += 4
            else:
                position += 1
        return out, errors, puzzled

    @staticmethod
    def _shown(value: Value) -> str:
        if value is None:
            return "undefined"
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        return str(value)

    def evaluate(self, text: str) -> Value:
        """The value of a simple expression; raises Unknown."""
        parser = _Parser(self, text)
        value = parser.either()
        if parser.rest():
            raise Unknown(text)
        return value

    def name(self, name: str) -> Value:
        """The value of a dotted name; raises Unknown."""
        env = self.process.env
        if name in self.names:
            return self.names[name]
        if name.startswith("process.env."):
            return env.get(name.removeprefix("process.env."))
        known: dict[str, Value] = {
            "process.version": self.version,
            "process.platform": "linux",
            "process.pid": self.process.pid,
            "process.arch": "x64",
            "__dirname": self.process.files.cwd,
            "true": True,
            "false": False,
            "undefined": None,
            "null": None,
            "process.argv.length": 2 + len(self.arguments),
        }
        if name in known:
            return known[name]
        raise Unknown(name)


_CALLS = {"console.log(": True, "console.info(": True, "console.error(": False, "console.warn(": False}


def _split_arguments(text: str, position: int) -> tuple[list[str], int]:
    arguments = [""]
    depth = 0
    while position < len(text):
        letter = text[position]
        if letter in "\"'`":
            found = quoted(text, position)
            if found is None:
                break
            arguments[-1] += text[position : found[1]]
            position = found[1]
            continue
        if letter in ")]}":
            if depth == 0:
                position += 1
                break
            depth -= 1
        elif letter in "([{":
            depth += 1
        if letter == "," and depth == 0:
            arguments.append("")
        else:
            arguments[-1] += letter
        position += 1
    return [argument.strip() for argument in arguments], position


class _Parser:
    def __init__(self, script: JavaScript, text: str) -> None:
        self.script = script
        self.text = text
        self.at = 0
        self.depth = 0

    def rest(self) -> str:
        return self.text[self.at :].strip()

    def skip(self) -> str:
        self.script.process.budget.step()
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.text[self.at : self.at + 1]

    def either(self) -> Value:
        left = self.sum()
        while self.skip() and self.text.startswith(("||", "??"), self.at):
            self.at += 2
            right = self.sum()
            left = left if left not in (None, "", 0, False) else right
        return left

    def sum(self) -> Value:
        left = self.product()
        while self.skip() in ("+", "-"):
            operator = self.text[self.at]
            self.at += 1
            right = self.product()
            if operator == "+" and (isinstance(left, str) or isinstance(right, str)):
                left = JavaScript._shown(left) + JavaScript._shown(right)
                self.script.process.budget.allocate(len(left))
            else:
                sign = 1 if operator == "+" else -1
                left = _number(left) + sign * _number(right)
        return left

    def product(self) -> Value:
        left = self.atom()
        while self.skip() in ("*", "/", "%"):
            operator = self.text[self.at]
            self.at += 1
            if self.text[self.at : self.at + 1] == "*":
                raise Unknown(self.text)
            right = _number(self.atom())
            number = _number(left)
            if operator == "*":
                left = float(number) * float(right)
            elif right == 0:
                raise Unknown(self.text)
            else:
                left = number / right if operator == "/" else number % right
        return left

    def atom(self) -> Value:
        letter = self.skip()
        if letter == "(":
            self.depth += 1
            if self.depth > 40:
                raise Unknown(self.text)
            self.at += 1
            value = self.either()
            if self.skip() != ")":
                raise Unknown(self.text)
            self.at += 1
            self.depth -= 1
            return value
        if letter and letter in "\"'`":
            found = quoted(self.text, self.at)
            if found is None:
                raise Unknown(self.text)
            value_text, self.at = found
            return self.template(value_text) if letter == "`" else value_text
        start = self.at
        while self.at < len(self.text) and (self.text[self.at].isalnum() or self.text[self.at] in "._$"):
            self.at += 1
        word = self.text[start : self.at]
        if not word:
            raise Unknown(self.text)
        if word[0].isdigit():
            try:
                return int(word) if word.isdigit() and len(word) < 16 else float(word)
            except ValueError:
                raise Unknown(word) from None
        return self.script.name(word)

    def template(self, text: str) -> str:
        parts: list[str] = []
        position = 0
        while True:
            start = text.find("${", position)
            if start < 0:
                parts.append(text[position:])
                return "".join(parts)
            end = text.find("}", start)
            if end < 0:
                raise Unknown(text)
            self.depth += 1
            if self.depth > 40:
                raise Unknown(text)
            parts.append(text[position:start])
            parts.append(JavaScript._shown(self.script.evaluate(text[start + 2 : end])))
            self.depth -= 1
            position = end + 1


def _number(value: Value) -> float | int:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        raise Unknown("not a number")
    return value
