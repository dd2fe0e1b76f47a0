"""The lexical half of the parser: blanks, words, quoting, expansions, here-documents, aliases."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import NamedTuple

from engine.budget import BudgetExceeded
from engine.shell.flavour import Flavour
from engine.shell.syntax import (
    ArithmeticExpansion,
    CommandSubstitution,
    Double,
    HereDocument,
    Parameter,
    Part,
    ProcessSubstitution,
    Program,
    SyntaxProblem,
    Text,
    Word,
)

MAX_NESTING = 40
"""How deep constructs may nest in one text; deeper ones are refused rather than exhausting the stack."""
MAX_WEIGHT = 300_000
"""The most that one text may weigh: some 10,000 commands."""
COMMAND_COST, _WORD_COST = 24, 4
_MAX_ALIAS_TEXT = 262_144
_MAX_ALIAS_USES = 2_000

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BLANKS = re.compile(r"(?:[ \t]|\\\n)*(?:#[^\n]*)?")
_PLAIN = re.compile(r"[^ \t\n\\'\"`$|&;()<>]+")
_PLAIN_QUOTED = re.compile(r"[^\\$`\"]+")
_PLAIN_HERE = re.compile(r"[^\\$`]+")
_PLAIN_BRACE = re.compile(r"[^\\'\"`$}/:]+")
_PLAIN_ARITHMETIC = re.compile(r"[^\\$`\"();\]\[]+")
_PLAIN_REGEX = re.compile(r"[^ \t\n\\'\"`$()\[\]]+")
_TOKEN_WORD = re.compile(r"[^ \t\n|&;()<>]+")
_OPERATOR = re.compile(r"&&|\|\||;;&|;;|;&|\|&|<<<|<<-|<<|<&|<>|>>|>\||>&|&>>|&>|[;&|()<>]")
_ALIAS_WORD = re.compile(r"[^ \t\n|&;()<>'\"`$\\]+(?=[ \t\n|&;()<>]|$)")
_WORDS_OF_GRAMMAR = frozenset(
    {"if", "then", "elif", "else", "fi", "do", "done", "case", "esac", "while", "until", "for", "{", "}", "!"}
)
_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-]")
_SHORT_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-]")
_TEST_OPERATORS = re.compile(r":?[-=?+]")
_TRIM_OPERATORS = re.compile(r"##?|%%?")
_CASE_OPERATORS = re.compile(r"\^\^?|,,?")
_ANSI_C = re.compile(
    r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|c(.)|(.))", re.S
)
_ANSI_C_CHARACTERS = {
    "n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "e": "\x1b", "E": "\x1b",
    "\\": "\\", "'": "'", '"': '"', "?": "?",
}  # fmt: skip
_GLOB = re.compile(r"[*?]|\[[^]]*\]")


class Token(NamedTuple):
    """What stands at a position, for error messages."""

    text: str
    is_word: bool


class Lexer(ABC):
    """A position in a text and everything that reads words from there."""

    def __init__(
        self,
        text: str,
        flavour: Flavour,
        aliases: Mapping[str, str],
        first_line: int = 1,
        nesting: int = 0,
    ) -> None:
        self.text = text
        self.flavour = flavour
        self.aliases = aliases
        self.position = 0
        self.nesting = nesting
        self._line_mark = 0
        self._line = first_line
        self._pending: list[HereDocument] = []
        self._active_aliases: list[tuple[str, int]] = []
        self._alias_uses = 0
        self._next_alias_left = -1
        self.open_document = False
        self.weight = 0

    # ------------------------------------------------------------------ position

    def at_end(self) -> bool:
        """Whether the text is used up."""
        return self.position >= len(self.text)

    def peek(self) -> str:
        """The character here, empty at the end."""
        return self.text[self.position : self.position + 1]

    @property
    def line(self) -> int:
        """The line here, counted from the first line."""
        if self.position >= self._line_mark:
            self._line += self.text.count("\n", self._line_mark, self.position)
        else:
            self._line -= self.text.count("\n", self.position, self._line_mark)
        self._line_mark = self.position
        return self._line

    def work(self, cost: int) -> None:
        """Count what was parsed. Raises BudgetExceeded when the text is far too long."""
        self.weight += cost
        if self.weight > MAX_WEIGHT:
            raise BudgetExceeded("script text", MAX_WEIGHT)

    def skip_blanks(self) -> None:
        """Past blanks, line continuations and a comment."""
        match = _BLANKS.match(self.text, self.position)
        if match is not None:
            self.position = match.end()

    def skip_newlines(self) -> None:
        """Past blanks, comments and newlines; here-documents that are due are read."""
        while True:
            self.skip_blanks()
            if self.peek() != "\n":
                return
            self.read_newline()

    def read_newline(self) -> None:
        """Past one newline, and the bodies of the here-documents begun before it."""
        self.position += 1
        self.finish_here_documents()

    # ------------------------------------------------------------------ errors

    def token(self) -> Token:
        """What stands here, without moving (blanks skipped)."""
        self.skip_blanks()
        if self.at_end():
            return Token("", False)
        if self.peek() == "\n":
            return Token("\n", False)
        operator = _OPERATOR.match(self.text, self.position)
        if operator is not None:
            return Token(operator.group(), False)
        word = _TOKEN_WORD.match(self.text, self.position)
        text = word.group() if word else self.peek()
        return Token(text, text not in _WORDS_OF_GRAMMAR)

    def problem(
        self, kind: str, token: str = "", expecting: str = "", is_word: bool = False, opened: int = 0
    ) -> SyntaxProblem:
        """A SyntaxProblem at this line."""
        return SyntaxProblem(kind, self.line, token, expecting, is_word, opened)

    def unexpected(self, expecting: str = "", is_word: bool | None = None) -> SyntaxProblem:
        """The problem that what stands here does not fit."""
        token = self.token()
        known = token.is_word if is_word is None else is_word
        return self.problem("unexpected", token.text, expecting, known)

    # ------------------------------------------------------------------ aliases

    def expand_alias(self) -> None:
        """Replace the word here by its alias, repeatedly, each alias once."""
        while True:
            match = _ALIAS_WORD.match(self.text, self.position)
            if match is None or match.group() not in self.aliases:
                return
            name = match.group()
            left = len(self.text) - self.position
            self._active_aliases = [(n, end) for n, end in self._active_aliases if left > end]
            if any(n == name for n, _ in self._active_aliases):
                return
            value = self.aliases[name]
            rest = self.text[match.end() :]
            self._alias_uses += 1
            if self._alias_uses > _MAX_ALIAS_USES or len(self.text) + len(value) > _MAX_ALIAS_TEXT:
                raise BudgetExceeded("alias expansion", _MAX_ALIAS_USES)
            self._active_aliases.append((name, len(rest)))
            if value[-1:] in (" ", "\t"):
                self._next_alias_left = len(rest)
            self.text = self.text[: self.position] + value + rest
            self.skip_blanks()

    def expand_following_alias(self) -> None:
        """After an alias whose value ends in a blank, the next word may be an alias too."""
        if self._next_alias_left >= 0 and len(self.text) - self.position <= self._next_alias_left:
            self._next_alias_left = -1
            self.expand_alias()

    # ------------------------------------------------------------------ words

    def word(self) -> Word | None:
        """The word here, or None when an operator, a newline or the end stands here."""
        text = self.text
        parts: list[Part] = []
        self.work(_WORD_COST)
        while True:
            match = _PLAIN.match(text, self.position)
            if match is not None:
                parts.append(Text(match.group(), False))
                self.position = match.end()
            character = text[self.position : self.position + 1]
            if not character or character in " \t\n|&;":
                break
            if character in "()<>":
                if character in "<>" and self._process_substitution(parts):
                    continue
                if character == "(" and self.flavour.is_bash and self._extended_pattern(parts):
                    continue
                break
            self._special(character, parts)
        if not parts:
            return None
        return self._finished(parts)

    def pattern_word(self) -> Word | None:
        """The word after ``==`` in ``[[``."""
        return self.word()

    def _finished(self, parts: list[Part]) -> Word:
        plain: list[str] = []
        braces = False
        simple = True
        for index, part in enumerate(parts):
            if not isinstance(part, Text):
                simple = False
                continue
            if not part.quoted:
                if self.flavour.is_bash and "{" in part.text:
                    braces = True
                    simple = False
                if _GLOB.search(part.text) or ("[" in part.text and len(parts) > 1) or "~" in part.text:
                    simple = False
                if index and part.text.startswith("("):
                    simple = False
            plain.append(part.text)
        return Word(tuple(parts), "".join(plain) if simple else None, braces)

    def _special(self, character: str, parts: list[Part]) -> None:
        """One quoted, escaped or expanded piece of an unquoted word."""
        if character == "$":
            self._dollar(parts, quoted=False)
        elif character == "'":
            parts.append(Text(self._single_quoted(), True))
        elif character == '"':
            self.position += 1
            parts.append(self._double_quoted())
        elif character == "`":
            parts.append(self._backquoted(in_double=False))
        else:
            self._escape(parts)

    def _escape(self, parts: list[Part]) -> None:
        following = self.text[self.position + 1 : self.position + 2]
        self.position += 2
        if following == "\n":
            return
        parts.append(Text(following or "\\", True))

    def _single_quoted(self) -> str:
        end = self.text.find("'", self.position + 1)
        if end < 0:
            opened = self.line
            self.position = len(self.text)
            raise self.problem("quote", "'", opened=opened)
        content = self.text[self.position + 1 : end]
        self.position = end + 1
        return content

    def _double_quoted(self) -> Part:
        opened = self.line
        parts = self._quoted_run('"')
        if self.peek() != '"':
            raise self.problem("quote", '"', opened=opened)
        self.position += 1
        if all(isinstance(part, Text) for part in parts):
            return Text("".join(part.text for part in parts if isinstance(part, Text)), True)
        return Double(tuple(parts))

    def _quoted_run(self, stop: str) -> list[Part]:
        """Parts up to ``stop`` (``"``), or of a whole here-document when ``stop`` is empty."""
        plain = _PLAIN_QUOTED if stop else _PLAIN_HERE
        escapable = '$`"\\' if stop else "$`\\"
        text = self.text
        parts: list[Part] = []
        while True:
            match = plain.match(text, self.position)
            if match is not None:
                parts.append(Text(match.group(), True))
                self.position = match.end()
            character = text[self.position : self.position + 1]
            if not character or character == stop:
                return parts
            if character == "$":
                self._dollar(parts, quoted=True)
            elif character == "`":
                parts.append(self._backquoted(in_double=bool(stop)))
            else:
                following = text[self.position + 1 : self.position + 2]
                self.position += 2
                if following in escapable and following:
                    parts.append(Text(following, True))
                elif following != "\n":
                    parts.append(Text("\\" + following, True))

    def _deeper(self) -> None:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise BudgetExceeded("nesting", MAX_NESTING)

    # ------------------------------------------------------------------ $ and `

    def _dollar(self, parts: list[Part], quoted: bool) -> None:
        text, position = self.text, self.position
        following = text[position + 1 : position + 2]
        if following == "(":
            self._deeper()
            if text.startswith("((", position + 1) and self._is_arithmetic(position + 3):
                self.position = position + 3
                expression = self.arithmetic_word(")")
                self.position += 2
                parts.append(ArithmeticExpansion(expression))
            else:
                self.position = position + 2
                parts.append(CommandSubstitution(self.substituted()))
            self.nesting -= 1
        elif following == "{":
            self._deeper()
            self.position = position + 2
            parts.append(self._braced(quoted))
            self.nesting -= 1
        elif (match := _SHORT_PARAMETER.match(text, position + 1)) is not None:
            self.position = match.end()
            parts.append(Parameter(match.group(), source=match.group()))
        elif following == "'" and not quoted and not self.flavour.is_dash:
            self.position = position + 1
            parts.append(Text(self._ansi_c_quoted(), True))
        elif following == '"' and not quoted and self.flavour.is_bash:
            self.position = position + 1
        else:
            self.position = position + 1
            parts.append(Text("$", quoted))

    @abstractmethod
    def substituted(self) -> Program:
        """The program of a ``$(``, up to and including its ``)`` (the grammar's half provides it)."""

    def _is_arithmetic(self, start: int) -> bool:
        """Whether ``$((`` at ``start`` - 3 closes with ``))``, by counting brackets outside quotes."""
        depth = 0
        text = self.text
        position = start
        while position < len(text):
            character = text[position]
            if character == "\\":
                position += 1
            elif character in "'\"":
                end = text.find(character, position + 1)
                if end < 0:
                    return True
                position = end
            elif character == "(":
                depth += 1
            elif character == ")":
                if depth == 0:
                    return text.startswith("))", position)
                depth -= 1
            position += 1
        return True

    def arithmetic_word(self, stop: str) -> Word:
        """An arithmetic expression up to ``stop`` outside brackets, which is not consumed."""
        text = self.text
        parts: list[Part] = []
        depth = 0
        while True:
            match = _PLAIN_ARITHMETIC.match(text, self.position)
            if match is not None:
                parts.append(Text(match.group(), True))
                self.position = match.end()
            character = text[self.position : self.position + 1]
            if not character:
                raise self.problem("arithmetic")
            if depth == 0 and character == stop:
                if stop == ")" and not text.startswith("))", self.position):
                    raise self.problem("arithmetic")
                return Word(tuple(parts))
            if character == "$":
                self._dollar(parts, quoted=True)
            elif character == "`":
                parts.append(self._backquoted(in_double=True))
            elif character == '"':
                self.position += 1
            elif character == "\\":
                if not text.startswith("\\\n", self.position):
                    parts.append(Text("\\", True))
                    self.position += 1
                else:
                    self.position += 2
            else:
                depth += (character in "([") - (character in ")]")
                parts.append(Text(character, True))
                self.position += 1

    def subscript(self) -> Word | None:
        """An array subscript after its ``[``, through its ``]``; None when there is no ``]``."""
        start = self.position
        try:
            index = self.arithmetic_word("]")
        except SyntaxProblem:
            self.position = start
            return None
        self.position += 1
        return index

    def _backquoted(self, in_double: bool) -> Part:
        text = self.text
        line = self.line
        self.position += 1
        pieces: list[str] = []
        while True:
            start = self.position
            while self.position < len(text) and text[self.position] not in "`\\":
                self.position += 1
            pieces.append(text[start : self.position])
            character = self.peek()
            if not character:
                raise self.problem("backquote", opened=line)
            self.position += 1
            if character == "`":
                break
            following = self.peek()
            self.position += 1
            if following in '$`\\"' if in_double else following in "$`\\":
                pieces.append(following)
            else:
                pieces.append("\\" + following)
        self._deeper()
        child = type(self)("".join(pieces), self.flavour, self.aliases, line, self.nesting)
        program = child.program()
        self.work(child.weight)
        self.nesting -= 1
        if program.error is not None:
            raise program.error
        return CommandSubstitution(program)

    @abstractmethod
    def program(self) -> Program:
        """The whole text as a program (the grammar's half provides it)."""

    def _ansi_c_quoted(self) -> str:
        """bash's ``$'…'``: the quote is here."""
        text = self.text
        opened = self.line
        end = self.position + 1
        while end < len(text) and text[end] != "'":
            end += 2 if text[end] == "\\" else 1
        if end >= len(text):
            self.position = len(text)
            raise self.problem("quote", "'", opened=opened)
        content = text[self.position + 1 : end]
        self.position = end + 1
        return decode_ansi_c(content)

    # ------------------------------------------------------------------ ${…}

    def _braced(self, quoted: bool) -> Part:
        text = self.text
        start = self.position
        opened = self.line
        length = indirect = False
        if self.peek() == "#":
            match = _PARAMETER.match(text, start + 1)
            if match is not None and text[match.end() : match.end() + 1] in ("}", "["):
                length = True
                self.position += 1
        elif self.peek() == "!" and self.flavour.is_bash:
            match = _PARAMETER.match(text, start + 1)
            if match is not None and match.group() not in ("-", "?"):
                indirect = True
                self.position += 1
        match = _PARAMETER.match(text, self.position)
        if match is None:
            return self._bad_parameter(start, opened)
        name = match.group()
        self.position = match.end()
        index = None
        if self.flavour.is_bash and self.peek() == "[" and NAME.match(name):
            self.position += 1
            index = self.subscript()
            if index is None:
                raise self.problem("brace", opened=opened)
        if self.peek() == "}":
            self.position += 1
            return Parameter(name, "", None, None, index, length, indirect, text[start : self.position - 1])
        if length:
            return self._bad_parameter(start, opened)
        operator, argument, second = self._operation(quoted)
        if operator == "bad":
            return self._bad_parameter(start, opened)
        if self.peek() != "}":
            if self.at_end():
                raise self.problem("brace", opened=opened)
            return self._bad_parameter(start, opened)
        self.position += 1
        source = text[start : self.position - 1]
        return Parameter(name, operator, argument, second, index, False, indirect, source)

    def _operation(self, quoted: bool) -> tuple[str, Word | None, Word | None]:
        """The operator after a parameter's name and its words, up to the ``}``."""
        text = self.text
        flavour = self.flavour
        match = _TEST_OPERATORS.match(text, self.position)
        if match is not None:
            self.position = match.end()
            return match.group(), self._brace_word("}", quoted, pattern=False), None
        match = _TRIM_OPERATORS.match(text, self.position)
        if match is not None:
            self.position = match.end()
            return match.group(), self._brace_word("}", quoted, pattern=True), None
        character = self.peek()
        if flavour.is_dash:
            return "bad", None, None
        if character == ":":
            self.position += 1
            offset = self._brace_word("}:", True, pattern=False)
            size = None
            if self.peek() == ":":
                self.position += 1
                size = self._brace_word("}", True, pattern=False)
            return ":", offset, size
        if character == "/":
            operator = "/"
            self.position += 1
            if self.peek() in ("/", "#", "%") and self.peek():
                operator += self.peek()
                self.position += 1
            pattern = self._brace_word("}/", quoted, pattern=True)
            replacement = None
            if self.peek() == "/":
                self.position += 1
                replacement = self._brace_word("}", quoted, pattern=False)
            return operator, pattern, replacement
        if flavour.is_bash:
            match = _CASE_OPERATORS.match(text, self.position)
            if match is not None:
                self.position = match.end()
                return match.group(), self._brace_word("}", quoted, pattern=True), None
            if character in ("@", "*") and text[self.position + 1 : self.position + 2] == "}":
                self.position += 1
                return "prefix" + character, None, None
            if character == "@" and text[self.position + 2 : self.position + 3] == "}":
                self.position += 2
                return text[self.position - 2 : self.position], None, None
        return "bad", None, None

    def _brace_word(self, stops: str, quoted: bool, pattern: bool) -> Word:
        """A word inside ``${…}`` up to one of ``stops``; blanks and newlines are ordinary there."""
        text = self.text
        parts: list[Part] = []
        while True:
            match = _PLAIN_BRACE.match(text, self.position)
            if match is not None:
                parts.append(Text(match.group(), False))
                self.position = match.end()
            character = text[self.position : self.position + 1]
            if not character or character in stops:
                return Word(tuple(parts))
            if character in "}/:":
                parts.append(Text(character, False))
                self.position += 1
            elif character == "$":
                self._dollar(parts, quoted=quoted and not pattern)
            elif character == "'" and quoted and not pattern:
                parts.append(Text("'", True))
                self.position += 1
            elif character == "\\" and quoted and not pattern:
                following = text[self.position + 1 : self.position + 2]
                self.position += 2
                if following != "\n":
                    parts.append(Text(following if following in '$`"\\}' else "\\" + following, True))
            else:
                self._special(character, parts)

    def _bad_parameter(self, start: int, opened: int) -> Part:
        """``${`` with something impossible: an error only when it is expanded."""
        depth = 1
        text = self.text
        position = self.position
        while position < len(text) and depth:
            character = text[position]
            if character == "\\":
                position += 1
            elif character == "{":
                depth += 1
            elif character == "}":
                depth -= 1
            position += 1
        if depth:
            self.position = len(text)
            raise self.problem("brace", opened=opened)
        self.position = position
        return Parameter("", "bad", source=text[start : position - 1])

    # ------------------------------------------------------------------ bash's and BusyBox's further words

    def _process_substitution(self, parts: list[Part]) -> bool:
        text, position = self.text, self.position
        if self.flavour.is_dash or text[position + 1 : position + 2] != "(":
            return False
        self._deeper()
        self.position = position + 2
        parts.append(ProcessSubstitution(self.substituted(), text[position]))
        self.nesting -= 1
        return True

    def _extended_pattern(self, parts: list[Part]) -> bool:
        """``@(…)`` and its kin: kept as unquoted pattern text, brackets included."""
        if not parts or not isinstance(parts[-1], Text) or parts[-1].quoted:
            return False
        if parts[-1].text[-1:] not in ("@", "?", "*", "+", "!"):
            return False
        depth = 0
        text = self.text
        for position in range(self.position, len(text)):
            character = text[position]
            depth += (character == "(") - (character == ")")
            if character == "\n":
                return False
            if depth == 0:
                parts.append(Text(text[self.position : position + 1], False))
                self.position = position + 1
                return True
        return False

    def regex_word(self) -> Word | None:
        """The right side of ``=~``: brackets do not end it, quoted parts are literal."""
        text = self.text
        parts: list[Part] = []
        depth = 0
        while True:
            match = _PLAIN_REGEX.match(text, self.position)
            if match is not None:
                parts.append(Text(match.group(), False))
                self.position = match.end()
            character = text[self.position : self.position + 1]
            if not character or (character in " \t\n" and depth == 0):
                break
            if character in "()[] \t\n":
                if character == ")" and depth == 0:
                    break
                depth += (character == "(") - (character == ")")
                parts.append(Text(character, False))
                self.position += 1
                continue
            self._special(character, parts)
        return Word(tuple(parts)) if parts else None

    # ------------------------------------------------------------------ here-documents

    def here_document(self, target: Word, source: str, strip_tabs: bool, line: int) -> HereDocument:
        """Announce a here-document whose body follows the next newline."""
        quoted = any(character in source for character in "'\"\\")
        if quoted:
            delimiter = "".join(part.text for part in target.parts if isinstance(part, Text))
        else:
            delimiter = source
        document = HereDocument(delimiter, quoted, strip_tabs, line)
        self._pending.append(document)
        return document

    def finish_here_documents(self) -> None:
        """Read the bodies that are due, from here."""
        pending, self._pending = self._pending, []
        for document in pending:
            line = self.line
            body = self._here_text(document)
            if document.quoted:
                document.body = Word((Text(body, True),), body)
                continue
            child = type(self)(body, self.flavour, self.aliases, line, self.nesting)
            child._deeper()
            parts = tuple(child._quoted_run(""))
            plain = None
            if all(isinstance(part, Text) for part in parts):
                plain = "".join(part.text for part in parts if isinstance(part, Text))
            document.body = Word(parts, plain)

    def _here_text(self, document: HereDocument) -> str:
        text = self.text
        lines: list[str] = []
        while self.position < len(text):
            end = text.find("\n", self.position)
            line = text[self.position :] if end < 0 else text[self.position : end]
            self.position = len(text) if end < 0 else end + 1
            if document.strip_tabs:
                line = line.lstrip("\t")
            if line == document.delimiter:
                return "".join(lines)
            lines.append(line if end < 0 and not self.flavour.is_bash else line + "\n")
        self.open_document = True
        document.line = -document.line
        return "".join(lines)


def decode_ansi_c(content: str) -> str:
    """The escapes of bash's ``$'…'``; a NUL ends the string as it does there."""

    def replace(match: re.Match[str]) -> str:
        octal, hexadecimal, short, long, control, other = match.groups()
        if octal:
            return _byte(int(octal, 8) & 255)
        if hexadecimal:
            return _byte(int(hexadecimal, 16))
        if short or long:
            code = int(short or long, 16)
            return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
        if control:
            return chr(ord(control) & 0x1F)
        return _ANSI_C_CHARACTERS.get(other, "\\" + other)

    decoded = _ANSI_C.sub(replace, content)
    as_bytes = decoded.encode("utf-8", "surrogateescape").partition(b"\0")[0]
    return as_bytes.decode("utf-8", "surrogateescape")


def _byte(value: int) -> str:
    return chr(value) if value < 128 else chr(0xDC00 + value)
