"""Compound commands (POSIX 2.9.4): conditions, loops, ``case``, and bash's additions."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from engine.shell.builtin import Run
from engine.shell.errors import Break, Continue, ShellError
from engine.shell.quoting import quoted_if_needed
from engine.shell.redirecting import Redirector
from engine.shell.syntax import ArithmeticCommand, ArithmeticFor, Case, For, Group, If, Loop, Select
from engine.shell.syntax import Sequence as Commands

_TURN_COST = 3


class CompoundCommands(Redirector):
    """The part of a shell that decides and repeats."""

    loop_depth: int
    condition_depth: int

    @abstractmethod
    def _sequence(self, commands: Commands) -> "int | Run":
        """Execute a list."""

    def _group(self, command: Group) -> "int | Run":
        return self._sequence(command.body)

    def _condition(self, commands: Commands) -> Run:
        self.condition_depth += 1
        try:
            result = self._sequence(commands)
            status = result if isinstance(result, int) else (yield result)
        finally:
            self.condition_depth -= 1
        self.status = status
        return status

    def _if(self, command: If) -> Run:
        for condition, body in command.branches:
            if (yield self._condition(condition)) == 0:
                result = self._sequence(body)
                return result if isinstance(result, int) else (yield result)
        if command.otherwise is None:
            return 0
        result = self._sequence(command.otherwise)
        return result if isinstance(result, int) else (yield result)

    def _turn(self, body: Commands) -> Run:
        """One turn of a loop's body; returns -1 when the loop is to be left."""
        try:
            result = self._sequence(body)
            status = result if isinstance(result, int) else (yield result)
            self.status = status
            if self.pipe is not None and self.pipe.queue:
                yield None
            return status
        except Break as leaving:
            if leaving.levels > 1 and self.loop_depth > 1:
                raise Break(leaving.levels - 1) from None
            return -1
        except Continue as leaving:
            if leaving.levels > 1 and self.loop_depth > 1:
                raise Continue(leaving.levels - 1) from None
            return 0

    def _loop(self, command: Loop) -> Run:
        status = 0
        self.loop_depth += 1
        try:
            while True:
                self.budget.step(_TURN_COST)
                try:
                    result: int = yield self._condition(command.condition)
                except Break as leaving:
                    if leaving.levels > 1 and self.loop_depth > 1:
                        raise Break(leaving.levels - 1) from None
                    return 0
                if (result == 0) == command.until:
                    return status
                status = yield self._turn(command.body)
                if status < 0:
                    return 0
        finally:
            self.loop_depth -= 1

    def _for(self, command: For) -> Run:
        self.line = command.line + self._line_shift
        if self._bad_loop_variable(command.name):
            return 1
        values = list(self.positional) if command.words is None else self._fields_of(command.words)
        status = 0
        self.loop_depth += 1
        try:
            for value in values:
                self.budget.step(_TURN_COST)
                self.assign(command.name, value)
                if "x" in self.options and self.flavour.is_bash:
                    self._trace(f"for {command.name} in {' '.join(map(quoted_if_needed, values))}")
                status = yield self._turn(command.body)
                if status < 0:
                    return 0
        finally:
            self.loop_depth -= 1
        return status

    def _bad_loop_variable(self, name: str) -> bool:
        if name.isascii() and name.isidentifier():
            return False
        self.complain(f"`{name}': not a valid identifier")
        return True

    def _select(self, command: Select) -> Run:
        """bash's menu: the choice is read from standard input, the menu goes to standard error."""
        self.line = command.line + self._line_shift
        if self._bad_loop_variable(command.name):
            return 1
        values = list(self.positional) if command.words is None else self._fields_of(command.words)
        status = 0
        self.loop_depth += 1
        try:
            while values:
                self.budget.step()
                for number, value in enumerate(values, 1):
                    self.error_text(f"{number}) {value}\n")
                self.error_text(self.variables.get("PS3") or "#? ")
                stream = self.fds.get(0)
                line = b"" if stream is None else stream.read_line()
                if not line:
                    self.out("\n")
                    return 1
                reply = line.decode("utf-8", "surrogateescape").rstrip("\n")
                self.assign("REPLY", reply)
                chosen = int(reply[:9]) if reply.isascii() and reply.isdigit() else 0
                self.assign(command.name, values[chosen - 1] if 0 < chosen <= len(values) else "")
                status = yield self._turn(command.body)
                if status < 0:
                    return 0
        finally:
            self.loop_depth -= 1
        return status

    def _fields_of(self, words: Sequence[Any]) -> list[str]:
        try:
            return self.expand_words(words)
        except ShellError as error:
            self.report(error)
            raise

    def _arithmetic_for(self, command: ArithmeticFor) -> Run:
        self.line = command.line + self._line_shift
        status = 0
        self.loop_depth += 1
        try:
            self.arithmetic(command.start)
            while not command.test.parts or self.arithmetic(command.test):
                self.budget.step(_TURN_COST)
                status = yield self._turn(command.body)
                if status < 0:
                    return 0
                self.arithmetic(command.step)
        finally:
            self.loop_depth -= 1
        return status

    def _case(self, command: Case) -> Run:
        self.line = command.line + self._line_shift
        if "x" in self.options and self.flavour.is_bash:
            self._trace(f"case {quoted_if_needed(self.text(command.word))} in")
        subject = self.text(command.word)
        status = 0
        matched = False
        for clause in command.clauses:
            if not matched and not any(self._fits(pattern, subject) for pattern in clause.patterns):
                continue
            result = self._sequence(clause.body) if clause.body.items else 0
            status = result if isinstance(result, int) else (yield result)
            if clause.terminator == ";;":
                break
            matched = clause.terminator == ";&"
        return status

    def _fits(self, word: Any, subject: str) -> bool:
        self.budget.step(1 + len(subject) // 8)
        return self.pattern(word).matches(subject)

    def _arithmetic_command(self, command: ArithmeticCommand) -> int:
        self.line = command.line + self._line_shift
        if "x" in self.options:
            self._trace(f"(( {self.text(command.expression).strip()} ))")
        try:
            return int(self.arithmetic(command.expression) == 0)
        except ShellError as error:
            error.message = f"((: {error.message}"
            self.report(error)
            return 1
