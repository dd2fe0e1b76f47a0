"""Word expansion (POSIX 2.6): tilde, parameters, substitutions, arithmetic, splitting, pathnames, quotes."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence

from engine.budget import Budget
from engine.fs import Files
from engine.shell.arithmetic import ArithmeticProblem, Evaluator
from engine.shell.braces import expand_braces
from engine.shell.errors import ShellError
from engine.shell.flavour import Flavour
from engine.shell.patterns import Pattern, Segment, compile_pattern, expand_pathnames, is_magic, matching_cost
from engine.shell.process import System
from engine.shell.quoting import ansi_c_quoted, shell_quoted
from engine.shell.syntax import (
    ArithmeticExpansion,
    CommandSubstitution,
    Double,
    Parameter,
    Part,
    ProcessSubstitution,
    Program,
    Text,
    Word,
)
from engine.shell.users import Accounts
from engine.shell.variables import Variables

_DEFAULT_IFS = " \t\n"
_DEFAULT_SPLIT = re.compile(r"[ \t\n]+")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SPECIAL = frozenset("@*#?$!-0123456789")


class _Fields:
    """Fields under construction. ``current`` is None between fields."""

    __slots__ = ("current", "done")

    def __init__(self) -> None:
        self.done: list[list[Segment]] = []
        self.current: list[Segment] | None = None

    def add(self, text: str, quoted: bool) -> None:
        if self.current is None:
            self.current = [(text, quoted)]
        else:
            self.current.append((text, quoted))

    def finish(self, even_empty: bool = False) -> None:
        if self.current is not None:
            self.done.append(self.current)
            self.current = None
        elif even_empty:
            self.done.append([])

    def split(self, value: str, separators: str) -> None:
        """Add the unquoted result of an expansion, split at ``separators`` (IFS)."""
        if not value:
            return
        if not separators:
            self.add(value, False)
            return
        if separators == _DEFAULT_IFS:
            pieces = _DEFAULT_SPLIT.split(value)
            if len(pieces) == 1:
                self.add(value, False)
                return
            last = len(pieces) - 1
            for index, piece in enumerate(pieces):
                if piece:
                    self.add(piece, False)
                if index < last:
                    self.finish()
            return
        blank = "".join(character for character in separators if character in _DEFAULT_IFS)
        position, end = 0, len(value)
        while position < end and value[position] in blank:
            position += 1
        if position:
            self.finish()
        while position < end:
            start = position
            while position < end and value[position] not in separators:
                position += 1
            if position > start:
                self.add(value[start:position], False)
            if position == end:
                return
            while position < end and value[position] in blank:
                position += 1
            hard = position < end and value[position] in separators
            if hard:
                position += 1
                while position < end and value[position] in blank:
                    position += 1
            self.finish(even_empty=hard)


class Expander(ABC):
    """The half of a shell that turns words into text; ``interpreter.Shell`` is the other half."""

    system: System
    files: Files
    flavour: Flavour
    budget: Budget
    variables: Variables
    options: set[str]
    positional: list[str]
    line: int
    substitution_status: int | None

    # The executing half provides these.

    @abstractmethod
    def special_value(self, name: str) -> str | None:
        """The value of ``$?``, ``$$``, ``$LINENO`` and the like; None for an ordinary name."""

    @abstractmethod
    def substitute(self, program: Program) -> str:
        """What a command substitution prints, trailing newlines removed."""

    @abstractmethod
    def process_path(self, part: ProcessSubstitution) -> str:
        """The path that stands for ``<(…)``."""

    @property
    def accounts(self) -> Accounts:
        """Users of this machine."""
        return Accounts.read(self.files)

    # ------------------------------------------------------------------ whole words

    def expand_words(self, words: Iterable[Word]) -> list[str]:
        """The fields that a command's words become."""
        arguments: list[str] = []
        for word in words:
            if word.plain is not None:
                arguments.append(word.plain)
            else:
                arguments += self.fields(word)
        return arguments

    def fields(self, word: Word) -> list[str]:
        """The fields one word becomes: everything from brace expansion to quote removal."""
        self.budget.step()
        if word.braces and "B" in self.options:
            results: list[str] = []
            for parts in expand_braces(word.parts, self.budget):
                results += self._parts_to_fields(parts)
            return results
        return self._parts_to_fields(word.parts)

    def _parts_to_fields(self, parts: Sequence[Part]) -> list[str]:
        fields = _Fields()
        self._expand_into(parts, fields, literal_splits=False)
        fields.finish()
        self.budget.step(1 + len(fields.done))
        results: list[str] = []
        for segments in fields.done:
            if "f" not in self.options and is_magic(segments):
                paths = self._pathnames(segments)
                if paths is not None:
                    results += paths
                    continue
            results.append("".join(text for text, _ in segments))
        self.budget.allocate(sum(map(len, results)))
        return results

    def _pathnames(self, segments: list[Segment]) -> list[str] | None:
        """The paths a pattern matches; None leaves the word as it is."""
        if not any(not quoted and ("*" in text or "?" in text or ("[" in text)) for text, quoted in segments):
            return None
        bash_options = self.options
        paths = expand_pathnames(
            self.files, self.budget, segments, "dotglob" in bash_options, "extglob" in bash_options
        )
        if paths:
            return paths
        if "nullglob" in bash_options:
            return []
        if "failglob" in bash_options:
            raise ShellError(f"no match: {''.join(t for t, _ in segments)}", 1, False)
        return None

    def text(self, word: Word) -> str:
        """The word as one string: no splitting, no pathnames (assignments, here-documents, ``case``)."""
        if word.plain is not None:
            return word.plain
        self.budget.step()
        value = "".join(text for text, _ in self._segments(word.parts))
        self.budget.allocate(len(value))
        return value

    def assigned_text(self, word: Word) -> str:
        """Like ``text``, with tildes after ``=`` and ``:`` expanded too."""
        if word.plain is not None:
            return word.plain
        self.budget.step()
        pieces: list[str] = []
        for index, part in enumerate(word.parts):
            if isinstance(part, Text):
                if not part.quoted and "~" in part.text:
                    pieces.append(self._assignment_tildes(part.text, index, word.parts))
                else:
                    pieces.append(part.text)
            else:
                pieces += (text for text, _ in self._segments((part,)))
        value = "".join(pieces)
        self.budget.allocate(len(value))
        return value

    def _assignment_tildes(self, text: str, index: int, parts: Sequence[Part]) -> str:
        pieces = text.split(":")
        last = len(pieces) - 1
        expanded = []
        for number, piece in enumerate(pieces):
            at_start = number > 0 or index == 0
            ends_open = number == last and index + 1 < len(parts) and "/" not in piece
            if piece.startswith("~") and at_start and not ends_open:
                piece = self._tilde(piece)
            expanded.append(piece)
        return ":".join(expanded)

    def pattern(self, word: Word) -> Pattern:
        """The word as a pattern: what is quoted is literal."""
        if word.plain is not None:
            return compile_pattern(((word.plain, True),))
        self.budget.step()
        extended = self.flavour.is_bash
        return compile_pattern(tuple(self._segments(word.parts)), extended)

    def _segments(self, parts: Sequence[Part]) -> list[Segment]:
        """Expansion without splitting: text with its quotedness."""
        segments: list[Segment] = []
        for index, part in enumerate(parts):
            if isinstance(part, Text):
                text = part.text
                if index == 0 and not part.quoted and text.startswith("~"):
                    text = self._leading_tilde(text, parts)
                segments.append((text, part.quoted))
            elif isinstance(part, Double):
                segments.append((self._double_text(part), True))
            else:
                segments.append((self._unsplit(part, quoted=False), False))
        return segments

    def _unsplit(self, part: Part, quoted: bool) -> str:
        """The value of one expansion where no field splitting happens."""
        if isinstance(part, Parameter):
            value = self._parameter(part, quoted)
            if isinstance(value, list):
                separator = self._star_separator() if part.name == "*" or _is_star(part) else " "
                value = separator.join(value)
        elif isinstance(part, CommandSubstitution):
            value = self.substitute(part.program)
        elif isinstance(part, ArithmeticExpansion):
            value = str(self.arithmetic(part.expression))
        elif isinstance(part, ProcessSubstitution):
            value = self.process_path(part)
        elif isinstance(part, Double):
            value = self._double_text(part)
        else:
            value = part.text
        return value

    def _star_separator(self) -> str:
        separators = self.variables.get("IFS")
        return " " if separators is None else separators[:1]

    def _double_text(self, double: Double) -> str:
        """A double-quoted run as one string."""
        pieces = [
            part.text if isinstance(part, Text) else self._unsplit(part, quoted=True) for part in double.parts
        ]
        value = "".join(pieces)
        self.budget.allocate(len(value))
        return value

    # ------------------------------------------------------------------ fields

    def _expand_into(self, parts: Sequence[Part], fields: _Fields, literal_splits: bool) -> None:
        """Expand ``parts`` with field splitting; ``literal_splits`` is for words inside ``${x:-…}``."""
        separators = self.variables.get("IFS")
        if separators is None:
            separators = _DEFAULT_IFS
        for index, part in enumerate(parts):
            if isinstance(part, Text):
                text = part.text
                if index == 0 and not part.quoted and text.startswith("~"):
                    text = self._leading_tilde(text, parts)
                    fields.add(text, text is not part.text)
                elif literal_splits and not part.quoted:
                    fields.split(text, separators)
                else:
                    fields.add(text, part.quoted)
            elif isinstance(part, Double):
                self._double_into(part, fields)
            elif isinstance(part, Parameter):
                self._parameter_into(part, fields, separators)
            else:
                if isinstance(part, ProcessSubstitution):
                    fields.add(self.process_path(part), True)
                else:
                    value = self._unsplit(part, quoted=False)
                    self.budget.step(matching_cost(value))
                    fields.split(value, separators)

    def _parameter_into(self, part: Parameter, fields: _Fields, separators: str) -> None:
        if part.operator in _TEST_OPERATORS and part.argument is not None:
            argument = self._chosen_argument(part)
            if argument is not None:
                self._expand_into(argument.parts, fields, literal_splits=True)
                return
        value = self._parameter(part, quoted=False)
        if isinstance(value, str):
            self.budget.step(matching_cost(value))
            fields.split(value, separators)
            return
        self.budget.step(1 + len(value))
        for index, item in enumerate(value):
            if index:
                fields.finish()
            fields.split(item, separators)

    def _double_into(self, double: Double, fields: _Fields) -> None:
        """A double-quoted run; ``"$@"`` inside it makes several fields, or none."""
        made_something = False
        only_lists = True
        for part in double.parts:
            if isinstance(part, Parameter) and (part.name == "@" or part.index is not None or part.operator):
                value = self._parameter(part, quoted=True)
                if isinstance(value, list):
                    if part.name == "*" or _is_star(part):
                        value = [self._star_separator().join(value)]
                    self.budget.step(1 + 2 * len(value))
                    for index, item in enumerate(value):
                        if index:
                            fields.finish(even_empty=True)
                        fields.add(item, True)
                        made_something = True
                    continue
                text = value
            else:
                text = part.text if isinstance(part, Text) else self._unsplit(part, quoted=True)
            only_lists = False
            fields.add(text, True)
            made_something = True
        if not made_something and not (only_lists and double.parts):
            fields.add("", True)

    # ------------------------------------------------------------------ parameters

    def _chosen_argument(self, part: Parameter) -> Word | None:
        """The word of ``:-`` or ``:+`` when it is what the expansion yields; None otherwise."""
        operator = part.operator
        if operator[-1] not in "-+" or part.argument is None:
            return None
        present = self._is_present(part, operator.startswith(":"))
        return part.argument if present == (operator[-1] == "+") else None

    def _is_present(self, part: Parameter, not_empty: bool) -> bool:
        value = self._raw(part)
        if isinstance(value, list):
            return bool(value) and (not not_empty or len(value) > 1 or bool(value[0]))
        return bool(value) if not_empty else value is not None

    def parameter_value(self, name: str) -> str | None:
        """The value of a parameter, special ones included; None when unset."""
        if name[0] in _SPECIAL or name in _DYNAMIC:
            special = self.special_value(name)
            if special is not None:
                return special
            if name[0].isdigit():
                index = int(name[:9])
                return self.positional[index - 1] if 0 < index <= len(self.positional) else None
        return self.variables.get(name)

    def _raw(self, part: Parameter) -> str | list[str] | None:
        """The value before any operator; a list for ``@`` and ``*``."""
        name = part.name
        if part.indirect:
            pointed = self.parameter_value(name) if part.index is None else self._element(name, part.index)
            if isinstance(pointed, list) or not pointed:
                return None
            return self._by_reference(pointed)
        if part.index is not None:
            return self._element(name, part.index)
        if name in ("@", "*"):
            return list(self.positional)
        return self.parameter_value(name)

    def _by_reference(self, text: str) -> str | list[str] | None:
        name, bracket, rest = text.partition("[")
        if text in ("@", "*"):
            return list(self.positional)
        if bracket and rest.endswith("]"):
            return self._element(name, Word((Text(rest[:-1], True),), rest[:-1]))
        if _IDENTIFIER.fullmatch(text) or text[0] in _SPECIAL:
            return self.parameter_value(text)
        raise ShellError(f"{text}: invalid variable name", 1)

    def _element(self, name: str, index: Word) -> str | list[str] | None:
        """``name[index]``; every element, in order, for ``@`` and ``*``."""
        variable = self.variables.variable(name)
        subscript = self.text(index)
        if subscript in ("@", "*"):
            if variable.array is not None:
                return [variable.array[key] for key in sorted(variable.array)]
            if variable.table is not None:
                return list(variable.table.values())
            value = self.special_array(name)
            if value is not None:
                return value
            return [] if variable.value is None else [variable.value]
        if variable.table is not None:
            return variable.table.get(subscript)
        number = self.arithmetic_text(subscript)
        array = variable.array
        if array is None:
            value = self.special_array(name)
            if value is None:
                return variable.value if number in (0, -1) else None
            array = dict(enumerate(value))
        if number < 0 and array:
            number += max(array) + 1
        return array.get(number)

    @abstractmethod
    def special_array(self, name: str) -> list[str] | None:
        """bash's arrays that are not variables (``PIPESTATUS``, ``BASH_VERSINFO``)."""

    def _indices(self, part: Parameter) -> list[str]:
        variable = self.variables.variable(part.name)
        if variable.array is not None:
            return [str(key) for key in sorted(variable.array)]
        if variable.table is not None:
            return list(variable.table)
        return [] if variable.value is None else ["0"]

    def _parameter(self, part: Parameter, quoted: bool) -> str | list[str]:
        """The value of one ``$…``; a list where ``@`` or ``*`` makes several fields."""
        operator = part.operator
        if operator == "bad":
            raise self.bad_substitution(part.source)
        if part.indirect and operator.startswith("prefix"):
            names = [name for name in self.variables.names() if name.startswith(part.name)]
            return names if operator.endswith("@") else " ".join(names)
        if part.indirect and part.index is not None and not operator and self._is_whole(part):
            return self._indices(part)
        if operator in _TEST_OPERATORS:
            return self._tested(part, quoted)
        value = self._raw(part)
        if part.length:
            if isinstance(value, list):
                if not self.flavour.is_bash:
                    return str(len(self._star_separator().join(value)))
                return str(len(value))
            text = self._known(part, value)
            if self.flavour.is_dash and not text.isascii():
                return str(len(text.encode("utf-8", "surrogateescape")))
            return str(len(text))
        if isinstance(value, list) and operator not in ("", ":"):
            return [self._operated(part, item) for item in value]
        if operator == ":":
            return self._substring(part, value)
        if operator:
            return self._operated(part, self._known(part, value))
        if value is None:
            return self._known(part, None)
        return value

    def _is_whole(self, part: Parameter) -> bool:
        return part.index is not None and self.text(part.index) in ("@", "*")

    def _known(self, part: Parameter, value: str | list[str] | None) -> str:
        """``value``, or empty for an unset parameter; under ``set -u`` that is an error."""
        if value is None:
            if "u" in self.options and part.name not in ("@", "*"):
                raise self.unset_parameter(part.name if part.index is None else part.source)
            return ""
        return value if isinstance(value, str) else " ".join(value)

    def _tested(self, part: Parameter, quoted: bool) -> str | list[str]:
        operator = part.operator
        present = self._is_present(part, operator.startswith(":"))
        argument = part.argument or _EMPTY
        kind = operator[-1]
        if kind == "+":
            return self._argument(argument, quoted) if present else ""
        if present:
            return self._raw(part) or ""
        if kind == "-":
            return self._argument(argument, quoted)
        if kind == "=":
            if _IDENTIFIER.fullmatch(part.name) is None:
                raise self.bad_assignment(part.name)
            value = self.text(argument)
            self.assign(part.name, value)
            return value
        raise self.parameter_error(part.name, self.text(argument), operator.startswith(":"))

    def _argument(self, argument: Word, quoted: bool) -> str | list[str]:
        if len(argument.parts) == 1 and quoted:
            only = argument.parts[0]
            if isinstance(only, Parameter) and only.name == "@" and not only.operator:
                return list(self.positional)
        return self.text(argument)

    @abstractmethod
    def assign(self, name: str, value: str) -> None:
        """Assign a variable, watching names that mean something to the shell."""

    def _substring(self, part: Parameter, value: str | list[str] | None) -> str | list[str]:
        offset = self.arithmetic(part.argument or _EMPTY)
        size = None if part.second is None else self.arithmetic(part.second)
        if isinstance(value, list):
            items = [self.special_value("0") or "", *value] if part.name in ("@", "*") else value
            if part.name in ("@", "*") and offset == 0 and size is not None:
                return items[:size]
            if offset < 0:
                offset += len(items)
                if offset < 0:
                    return []
            if offset == 0 and part.name in ("@", "*"):
                return items
            return items[offset:] if size is None else items[offset : offset + max(size, 0)]
        text = self._known(part, value)
        if offset < 0:
            offset += len(text)
            if offset < 0:
                return ""
        if size is None:
            return text[offset:]
        end = offset + size if size >= 0 else len(text) + size
        if end < offset and size < 0:
            raise ShellError(f"{size}: substring expression < 0", 1)
        return text[offset:end]

    def _operated(self, part: Parameter, value: str) -> str:
        operator = part.operator
        argument = part.argument or _EMPTY
        self.budget.step(matching_cost(value))
        if operator[0] == "@":
            return self._transformed(operator[1], part, value)
        if operator[0] in "^,":
            return self._folded(operator, argument, value)
        pattern = self.pattern(argument)
        if operator in ("#", "##"):
            length = pattern.prefix(value, operator == "##")
            return value if length is None else value[length:]
        if operator in ("%", "%%"):
            start = pattern.suffix(value, operator == "%%")
            return value if start is None else value[:start]
        replacement = "" if part.second is None else self.text(part.second)
        if operator == "/#":
            length = pattern.prefix(value, True)
            return value if length is None else replacement + value[length:]
        if operator == "/%":
            start = pattern.suffix(value, True)
            return value if start is None else value[:start] + replacement
        return self._replaced(pattern, value, replacement, everywhere=operator == "//")

    def _replaced(self, pattern: Pattern, value: str, replacement: str, everywhere: bool) -> str:
        if pattern.literal is not None:
            if not pattern.literal:
                return value
            count = value.count(pattern.literal) if everywhere else 1
            self.budget.allocate(count * len(replacement))
            return value.replace(pattern.literal, replacement, -1 if everywhere else 1)
        pieces: list[str] = []
        position = 0
        while position <= len(value):
            self.budget.step(1 + (len(value) - position) // 8 if pattern.may_be_long else 1)
            length = pattern.prefix(value, True, position)
            if not length:
                pieces.append(value[position : position + 1])
                position += 1
                continue
            self.budget.allocate(len(replacement))
            pieces.append(replacement)
            position += length
            if not everywhere:
                break
        return "".join(pieces) + value[position:]

    def _folded(self, operator: str, argument: Word, value: str) -> str:
        change: Callable[[str], str] = str.upper if operator[0] == "^" else str.lower
        pattern = self.pattern(argument) if argument.parts else None
        if pattern is None:
            return change(value) if len(operator) == 2 else change(value[:1]) + value[1:]
        if len(operator) == 1:
            return (change(value[:1]) if value and pattern.matches(value[0]) else value[:1]) + value[1:]
        return "".join(change(c) if pattern.matches(c) else c for c in value)

    def _transformed(self, letter: str, part: Parameter, value: str) -> str:
        if letter == "Q":
            if self._raw(part) is None:
                return ""
            return shell_quoted(value) if value.isprintable() else ansi_c_quoted(value)
        if letter == "U":
            return value.upper()
        if letter == "u":
            return value[:1].upper() + value[1:]
        if letter == "L":
            return value.lower()
        if letter == "a":
            variable = self.variables.variable(part.name)
            flags = (
                ("a", variable.array is not None),
                ("A", variable.table is not None),
                ("i", variable.integer),
                ("r", variable.readonly),
                ("x", variable.exported),
            )
            return "".join(flag for flag, given in flags if given)
        if letter == "A":
            return f"{part.name}={shell_quoted(value)}"
        if letter == "E":
            from engine.shell.lexer import decode_ansi_c

            return decode_ansi_c(value)
        raise self.bad_substitution(part.source)

    # ------------------------------------------------------------------ tilde

    def _leading_tilde(self, text: str, parts: Sequence[Part]) -> str:
        if "/" not in text and len(parts) > 1:
            return text
        return self._tilde(text)

    def _tilde(self, text: str) -> str:
        """``text``, which begins with ``~``, with its tilde-prefix replaced if it names somebody."""
        name, slash, rest = text[1:].partition("/")
        if not name:
            home = self.variables.get("HOME")
            if home is None:
                account = self.accounts.user(self.files.user.uid)
                home = account.home if account is not None and self.flavour.is_bash else None
        elif name in ("+", "-") and self.flavour.is_bash:
            home = self.variables.get("PWD" if name == "+" else "OLDPWD")
        else:
            account = self.accounts.user(name)
            home = account.home if account is not None and account.name == name else None
        if home is None:
            return text
        if home.endswith("/") and slash and self.flavour.is_bash:
            home = home.rstrip("/")
        return home + slash + rest

    # ------------------------------------------------------------------ arithmetic

    def arithmetic(self, expression: Word) -> int:
        """The value of an arithmetic expression. Raises ShellError."""
        return self.arithmetic_text(self.text(expression))

    def arithmetic_text(self, expression: str) -> int:
        """Like ``arithmetic``, of text already expanded."""
        evaluator = Evaluator(expression, self._number_of, self._put_number, self.flavour, self.budget)
        try:
            return evaluator.evaluate()
        except ArithmeticProblem as problem:
            raise self.arithmetic_error(problem) from None

    def _number_of(self, name: str, subscript: int | None) -> str:
        if subscript is not None:
            value = self._element(name, Word((), str(subscript)))
        else:
            value = self.parameter_value(name)
            if value is None and "u" in self.options and self.flavour.is_bash:
                raise self.unset_parameter(name)
        return value if isinstance(value, str) else ""

    def _put_number(self, name: str, subscript: int | None, value: str) -> None:
        if subscript is None:
            self.assign(name, value)
        else:
            self.variables.array(name)[subscript] = value

    # ------------------------------------------------------------------ errors, worded by the interpreter

    @abstractmethod
    def bad_substitution(self, source: str) -> ShellError:
        """``${`` with something impossible."""

    @abstractmethod
    def bad_assignment(self, name: str) -> ShellError:
        """``${1:=x}``."""

    @abstractmethod
    def unset_parameter(self, name: str) -> ShellError:
        """An unset parameter under ``set -u``."""

    @abstractmethod
    def parameter_error(self, name: str, message: str, or_null: bool) -> ShellError:
        """``${name?message}``."""

    @abstractmethod
    def arithmetic_error(self, problem: ArithmeticProblem) -> ShellError:
        """An impossible arithmetic expression."""

    # ------------------------------------------------------------------ declarations


def _is_star(part: Parameter) -> bool:
    return part.index is not None and len(part.index.parts) == 1 and part.index.parts[0] == Text("*", True)


_EMPTY = Word((), "")
_TEST_OPERATORS = frozenset({"-", ":-", "=", ":=", "?", ":?", "+", ":+"})
_DYNAMIC = frozenset(
    {
        "PPID",
        "UID",
        "EUID",
        "BASH",
        "BASH_VERSION",
        "BASH_SOURCE",
        "HOSTNAME",
        "HOSTTYPE",
        "OSTYPE",
        "MACHTYPE",
    }
    | {"LINENO", "RANDOM", "SECONDS", "EPOCHSECONDS", "BASHPID", "BASH_SUBSHELL", "FUNCNAME", "SRANDOM"}
)
