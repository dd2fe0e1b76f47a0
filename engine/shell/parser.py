"""Text to syntax tree: POSIX shell grammar by recursive descent, with bash's and BusyBox's additions.

There is no separate token stream, because what a character means depends on where the grammar stands;
the lexical half (words, quoting, expansions) is ``lexer.Lexer``, which this class extends.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from engine.budget import BudgetExceeded
from engine.shell.flavour import Flavour
from engine.shell.lexer import COMMAND_COST, MAX_NESTING, NAME, Lexer
from engine.shell.syntax import (
    AndOr,
    ArithmeticCommand,
    ArithmeticFor,
    ArrayValue,
    Assignment,
    Case,
    Clause,
    Command,
    Condition,
    Conditional,
    For,
    FunctionDefinition,
    Group,
    If,
    Loop,
    Pipeline,
    Program,
    Redirection,
    Select,
    Sequence,
    Simple,
    Subshell,
    SyntaxProblem,
    Word,
)

_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_BASH_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(\[)?")
_IO_NUMBER = re.compile(r"[0-9]+(?=[<>])")
_REDIRECTION = re.compile(r"<<<|<<-|<<|<&|<>|>>|>\||>&|&>>|&>|<|>")
_FUNCTION = re.compile(r"([^\s()<>|&;'\"`$\\=#]+|[^\s()<>|&;'\"`$\\#]+)[ \t]*\([ \t]*\)")
_RESERVED = re.compile(
    r"(?:if|then|elif|else|fi|do|done|case|esac|while|until|for|\{|\}|!|in)(?=[ \t\n;&|()<>]|$)"
)
_BASH_RESERVED = re.compile(
    r"(?:if|then|elif|else|fi|do|done|case|esac|while|until|for|\{|\}|!|in|function|select|time|\[\[)"
    r"(?=[ \t\n;&|()<>]|$)"
)
_OPERATOR = re.compile(r"&&|\|\||;;&|;;|;&|\|&|[;&|()]|<<<|<<-|<<|<&|<>|>>|>\||>&|&>>|&>|<|>")
_DECLARATIONS = frozenset({"declare", "typeset", "local", "export", "readonly"})
_COMPOUND = frozenset({"{", "if", "while", "until", "for", "case", "select", "[["})
_CLOSERS = frozenset({"then", "elif", "else", "fi", "do", "done", "esac", "}"})
_BINARY_TESTS = frozenset(
    {"=", "==", "!=", "=~", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"}
)
_UNARY_TESTS = frozenset("-" + letter for letter in "abcdefghknoprstuvwxzGLNORS")
_CONDITION_END = re.compile(r"[ \t\n]*(\]\])(?=[ \t\n;&|()<>]|$)")


@lru_cache(maxsize=512)
def _parse_cached(text: str, flavour: Flavour, aliases: tuple[tuple[str, str], ...]) -> Program:
    return _Parser(text, flavour, dict(aliases)).program()


def parse(
    text: str, flavour: Flavour, aliases: Mapping[str, str] | None = None, first_line: int = 1
) -> Program:
    """Parse a whole script. Never raises SyntaxProblem: the result holds it, after the lines before it.

    Raises BudgetExceeded when constructs are nested too deeply.
    """
    if first_line == 1 and len(text) < 65536:
        return _parse_cached(text, flavour, tuple(aliases.items()) if aliases else ())
    return _Parser(text, flavour, dict(aliases or {}), first_line).program()


class _Parser(Lexer):
    """Parses one text; nested ``$(…)`` are parsed in place."""

    def program(self) -> Program:
        """The whole text."""
        lines: list[Sequence] = []
        left: list[int] = []
        text = self.text
        try:
            while True:
                self.skip_newlines()
                if self.at_end():
                    break
                lines.append(self._complete_line())
                left.append(len(self.text) - self.position)
            self.finish_here_documents()
        except SyntaxProblem as problem:
            return Program(tuple(lines), tuple(left), text, problem, self.open_document, self.weight)
        return Program(tuple(lines), tuple(left), text, None, self.open_document, self.weight)

    def _complete_line(self) -> Sequence:
        items: list[AndOr] = []
        while True:
            items.append(self._and_or())
            self.skip_blanks()
            if self.at_end():
                break
            if self.peek() == "\n":
                self.read_newline()
                break
            if not items[-1].separated:
                raise self.unexpected()
            if self.peek() in ";&|)":
                raise self.unexpected()
        return Sequence(tuple(items))

    def substituted(self) -> Program:
        """The program of a ``$(``, up to and including its ``)``."""
        start = self.position
        body = self._sequence(")")
        if self.peek() != ")":
            problem = self.unexpected(")")
            problem.kind = problem.kind if not self.flavour.is_bash else "substitution"
            raise problem
        text = self.text[start : self.position]
        self.position += 1
        lines = (body,) if body.items else ()
        return Program(lines, (0,) if lines else (), text)

    # ------------------------------------------------------------------ lists

    def _sequence(self, expecting: str = "") -> Sequence:
        """And-or lists up to a closing word or operator (not consumed)."""
        items: list[AndOr] = []
        self.skip_newlines()
        while not self.at_end():
            if (
                self.peek() == ")"
                or self.text.startswith(";;", self.position)
                or self.text.startswith(";&", self.position)
            ):
                break
            if self._reserved() in _CLOSERS:
                break
            items.append(self._and_or(expecting))
            self.skip_blanks()
            character = self.peek()
            if character == "\n":
                self.skip_newlines()
            elif not items[-1].separated:
                break
            else:
                self.skip_newlines()
        return Sequence(tuple(items))

    def _and_or(self, expecting: str = "") -> AndOr:
        line = self.line
        start = self.position
        pipelines = [self._pipeline(expecting)]
        operators: list[str] = []
        ends = [self.position - start]
        background = separated = False
        while True:
            self.skip_blanks()
            text, position = self.text, self.position
            if text.startswith("&&", position) or text.startswith("||", position):
                operators.append(text[position : position + 2])
                self.position += 2
                self.skip_newlines()
                pipelines.append(self._pipeline(""))
                ends.append(self.position - start)
                continue
            character = self.peek()
            if character == "&" and (self.flavour.is_dash or not text.startswith("&>", position)):
                background = separated = True
                self.position += 1
            elif character == ";" and not text.startswith((";;", ";&"), position):
                separated = True
                self.position += 1
            break
        source = self.text[start : self.position]
        left = len(self.text) - self.position
        return AndOr(
            tuple(pipelines), tuple(operators), background, separated, source, tuple(ends), left, line
        )

    def _pipeline(self, expecting: str) -> Pipeline:
        negated = False
        timed = False
        portable = False
        while True:
            self.skip_blanks()
            word = self._reserved()
            if word == "!":
                if negated and not self.flavour.is_bash:
                    raise self.unexpected()
                negated = not negated
                self.position += 1
            elif word == "time":
                timed = True
                self.position += 4
                self.skip_blanks()
                if self.text.startswith("-p ", self.position):
                    self.position += 3
                    portable = True
            else:
                break
        if (negated or timed) and self.flavour.is_bash and (self.at_end() or self.peek() in ";\n"):
            empty = Simple((), (), (), self.line)
            return Pipeline((empty,), negated, (), timed, portable)
        commands = [self._command(expecting)]
        joined: list[bool] = []
        while True:
            self.skip_blanks()
            text, position = self.text, self.position
            if self.peek() != "|" or text.startswith("||", position):
                break
            both = self.flavour.is_bash and text.startswith("|&", position)
            self.position += 2 if both else 1
            joined.append(both)
            self.skip_newlines()
            commands.append(self._command(""))
        return Pipeline(tuple(commands), negated, tuple(joined), timed, portable)

    # ------------------------------------------------------------------ commands

    def _reserved(self) -> str:
        pattern = _BASH_RESERVED if self.flavour.kind != "dash" else _RESERVED
        match = pattern.match(self.text, self.position)
        if match is None:
            return ""
        word = match.group()
        if word in ("function", "select", "time", "[[") and not self._understands(word):
            return ""
        return word

    def _understands(self, word: str) -> bool:
        return self.flavour.is_bash or word in ("function", "[[")

    def _command(self, expecting: str) -> Command:
        self.work(COMMAND_COST)
        self.skip_blanks()
        if self.aliases:
            self.expand_alias()
        if self.at_end():
            raise self.unexpected(expecting)
        character = self.peek()
        if character == "(":
            if self.flavour.is_bash and self.text.startswith("((", self.position):
                arithmetic = self._arithmetic_command()
                if arithmetic is not None:
                    return arithmetic
            return self._nested(self._subshell)
        word = self._reserved()
        if word:
            handler = {
                "if": self._if,
                "while": self._loop,
                "until": self._loop,
                "for": self._for,
                "case": self._case,
                "{": self._group,
                "function": self._function,
                "select": self._for,
                "[[": self._conditional,
            }.get(word)
            if handler is not None:
                return self._nested(handler)
            if word != "in":
                raise self.unexpected(expecting)
        if character not in "<>&;|)\n":
            match = _FUNCTION.match(self.text, self.position)
            if match is not None:
                return self._function_definition(match.group(1), match.end())
        return self._simple(expecting)

    def _nested(self, handler: Callable[[], Command]) -> Command:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise BudgetExceeded("nesting", MAX_NESTING)
        command = handler()
        self.nesting -= 1
        return command

    def _expect(self, word: str) -> None:
        if self._reserved() != word:
            raise self.unexpected(word)
        self.position += len(word)

    def _body(self, closer: str) -> Sequence:
        """A list that must not be empty, before ``closer``."""
        body = self._sequence()
        if not body.items:
            raise self.unexpected("" if not self.at_end() else closer)
        return body

    def _redirections(self) -> tuple[Redirection, ...]:
        found: list[Redirection] = []
        while True:
            self.skip_blanks()
            redirection = self._redirection()
            if redirection is None:
                return tuple(found)
            found.append(redirection)

    def _subshell(self) -> Command:
        self.position += 1
        body = self._sequence()
        if self.peek() != ")" or not body.items:
            raise self.unexpected(")" if body.items else "")
        self.position += 1
        return Subshell(body, self._redirections())

    def _group(self) -> Command:
        self.position += 1
        body = self._body("}")
        self._expect("}")
        return Group(body, self._redirections())

    def _if(self) -> Command:
        self.position += 2
        branches = []
        while True:
            condition = self._body("then")
            self._expect("then")
            branches.append((condition, self._body("fi")))
            word = self._reserved()
            if word != "elif":
                break
            self.position += 4
        otherwise = None
        if word == "else":
            self.position += 4
            otherwise = self._body("fi")
        self._expect("fi")
        return If(tuple(branches), otherwise, self._redirections())

    def _loop(self) -> Command:
        word = self._reserved()
        self.position += len(word)
        condition = self._body("do")
        body = self._do_body()
        return Loop(condition, body, word == "until", self._redirections())

    def _do_body(self) -> Sequence:
        self._expect("do")
        body = self._body("done")
        self._expect("done")
        return body

    def _for(self) -> Command:
        line = self.line
        selects = self._reserved() == "select"
        self.position += len(self._reserved())
        self.skip_blanks()
        if self.flavour.is_bash and self.text.startswith("((", self.position):
            return self._arithmetic_for(line)
        token = self.token()
        if self.flavour.is_bash:
            if token.text in ("", "\n") or token.text[0] in "|&;()<>":
                raise self.unexpected()
        elif NAME.fullmatch(token.text) is None:
            raise self.problem("for_variable", token.text)
        self.position += len(token.text)
        self.skip_blanks()
        words: list[Word] | None = None
        if self.peek() == ";":
            self.position += 1
            self.skip_newlines()
        else:
            self.skip_newlines()
            if self._reserved() == "in":
                self.position += 2
                words = self._words()
                if self.peek() == ";":
                    self.position += 1
                elif self.peek() != "\n":
                    raise self.unexpected()
                self.skip_newlines()
        if self.flavour.is_bash and self._reserved() == "{":
            self.position += 1
            body = self._body("}")
            self._expect("}")
        else:
            body = self._do_body()
        redirections = self._redirections()
        listed = None if words is None else tuple(words)
        if selects:
            return Select(token.text, listed, body, line, redirections)
        return For(token.text, listed, body, line, redirections)

    def _words(self) -> list[Word]:
        words: list[Word] = []
        while True:
            self.skip_blanks()
            word = self.word()
            if word is None:
                return words
            words.append(word)

    def _arithmetic_for(self, line: int) -> Command:
        self.position += 2
        pieces = []
        for stop in (";", ";", ")"):
            pieces.append(self.arithmetic_word(stop))
            self.position += 1
        if self.peek() != ")":
            raise self.unexpected()
        self.position += 1
        self.skip_blanks()
        if self.peek() == ";":
            self.position += 1
        self.skip_newlines()
        if self._reserved() == "{":
            self.position += 1
            body = self._body("}")
            self._expect("}")
        else:
            body = self._do_body()
        return ArithmeticFor(pieces[0], pieces[1], pieces[2], body, line, self._redirections())

    def _arithmetic_command(self) -> Command | None:
        """``((…))``; None, nothing consumed, when it turns out to be two subshells."""
        start = self.position
        line = self.line
        self.position += 2
        try:
            expression = self.arithmetic_word(")")
        except SyntaxProblem:
            self.position = start
            return None
        if not self.text.startswith("))", self.position):
            self.position = start
            return None
        self.position += 2
        return ArithmeticCommand(expression, line, self._redirections())

    def _case(self) -> Command:
        line = self.line
        self.position += 4
        self.skip_blanks()
        subject = self.word()
        if subject is None:
            raise self.unexpected()
        self.skip_newlines()
        self._expect("in")
        self.skip_newlines()
        clauses = []
        while self._reserved() != "esac":
            if self.at_end():
                raise self.unexpected("esac" if self.flavour.is_bash else ")")
            clauses.append(self._clause())
            self.skip_newlines()
        self.position += 4
        return Case(subject, tuple(clauses), line, self._redirections())

    def _clause(self) -> Clause:
        if self.peek() == "(":
            self.position += 1
            self.skip_blanks()
        patterns = []
        while True:
            self.skip_blanks()
            pattern = self.word()
            if pattern is None:
                raise self.unexpected()
            patterns.append(pattern)
            self.skip_blanks()
            if self.peek() != "|":
                break
            self.position += 1
        if self.peek() != ")":
            raise self.unexpected(")")
        self.position += 1
        body = self._sequence()
        for terminator in (";;&", ";;", ";&") if self.flavour.is_bash else (";;",):
            if self.text.startswith(terminator, self.position):
                self.position += len(terminator)
                return Clause(tuple(patterns), body, terminator)
        if self._reserved() != "esac":
            raise self.unexpected(";;" if not self.flavour.is_bash else "")
        return Clause(tuple(patterns), body, ";;")

    def _function(self) -> Command:
        start = self.position
        self.position += len("function")
        self.skip_blanks()
        name = self.token().text
        self.position += len(name)
        self.skip_blanks()
        if self.peek() == "(":
            self.position += 1
            self.skip_blanks()
            if self.peek() != ")":
                raise self.unexpected(")")
            self.position += 1
        return self._function_body(name, start)

    def _function_definition(self, name: str, end: int) -> Command:
        start = self.position
        if not self.flavour.is_bash and NAME.fullmatch(name) is None:
            raise self.problem("function_name", name)
        self.position = end
        return self._function_body(name, start)

    def _function_body(self, name: str, start: int) -> Command:
        self.skip_newlines()
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise BudgetExceeded("nesting", MAX_NESTING)
        if self.flavour.is_bash and self.peek() != "(" and self._reserved() not in _COMPOUND:
            raise self.unexpected()
        body = self._command("")
        self.nesting -= 1
        return FunctionDefinition(name, body, self.text[start : self.position])

    # ------------------------------------------------------------------ simple commands

    def _simple(self, expecting: str) -> Simple:
        line = self.line
        assignments: list[Assignment] = []
        words: list[Word | Assignment] = []
        redirections: list[Redirection] = []
        declares = False
        while True:
            self.skip_blanks()
            character = self.peek()
            if not character or character in ";|)\n":
                break
            if character in "<>&0123456789":
                redirection = self._redirection()
                if redirection is not None:
                    redirections.append(redirection)
                    continue
                if character == "&":
                    break
            if not words or declares:
                assignment = self._assignment()
                if assignment is not None:
                    if words:
                        words.append(assignment)
                    else:
                        assignments.append(assignment)
                    continue
            word = self.word()
            if word is None:
                break
            if not words:
                declares = word.plain in _DECLARATIONS
            words.append(word)
            if self.aliases:
                self.skip_blanks()
                self.expand_following_alias()
        if not (assignments or words or redirections):
            raise self.unexpected(expecting)
        if self.peek() == "(" and (assignments or words):
            if len(words) == 1 and not assignments and not redirections:
                self.position += 1
                raise self.unexpected(")", is_word=self.token().text[:1] not in ("", "\n", *"|&;()<>"))
            raise self.unexpected()
        return Simple(tuple(assignments), tuple(words), tuple(redirections), line)

    def _assignment(self) -> Assignment | None:
        text, position = self.text, self.position
        if not self.flavour.is_bash:
            match = _ASSIGNMENT.match(text, position)
            if match is None:
                return None
            self.position = match.end()
            return Assignment(match.group()[:-1], self.word() or _EMPTY)
        match = _BASH_ASSIGNMENT.match(text, position)
        if match is None:
            return None
        name = match.group(1)
        index = None
        if match.group(2):
            self.position = match.end()
            index = self.subscript()
            if index is None or not text.startswith(("=", "+="), self.position):
                self.position = position
                return None
        else:
            self.position = match.end(1)
        append = self.text.startswith("+=", self.position)
        if not append and self.peek() != "=":
            self.position = position
            return None
        self.position += 2 if append else 1
        if self.peek() == "(" and index is None:
            return Assignment(name, self._array(), None, append)
        return Assignment(name, self.word() or _EMPTY, index, append)

    def _array(self) -> ArrayValue:
        self.position += 1
        items: list[tuple[Word | None, Word]] = []
        while True:
            self.skip_newlines()
            if self.peek() == ")":
                self.position += 1
                return ArrayValue(tuple(items))
            index = None
            start = self.position
            if self.peek() == "[":
                self.position += 1
                index = self.subscript()
                if index is None or self.peek() != "=":
                    self.position, index = start, None
                else:
                    self.position += 1
            word = self.word()
            if word is None:
                if index is None:
                    raise self.unexpected(")")
                word = _EMPTY
            items.append((index, word))

    def _redirection(self) -> Redirection | None:
        number = _IO_NUMBER.match(self.text, self.position)
        start = number.end() if number else self.position
        match = _REDIRECTION.match(self.text, start)
        if match is None:
            return None
        operator = match.group()
        if operator.startswith("&") and not self.flavour.is_bash and not self.flavour.is_ash:
            return None
        if operator in ("<", ">") and self.text.startswith("(", match.end()) and not self.flavour.is_dash:
            return None
        if operator == "<<<" and not self.flavour.is_bash:
            operator = "<<"
        fd = int(number.group()[:9]) if number else None
        self.position = start + len(operator)
        self.skip_blanks()
        line = self.line
        begin = self.position
        target = self.word()
        if target is None:
            if self.at_end() and self.flavour.is_bash:
                raise self.problem("unexpected", "\n")
            raise self.unexpected()
        if operator in ("<<", "<<-"):
            document = self.here_document(target, self.text[begin : self.position], operator == "<<-", line)
            return Redirection("<<", document, fd)
        return Redirection(operator, target, fd, self.text[begin : self.position])

    # ------------------------------------------------------------------ [[ … ]]

    def _conditional(self) -> Command:
        line = self.line
        self.position += 2
        condition = self._condition_or()
        match = _CONDITION_END.match(self.text, self.position)
        if match is None:
            raise self.unexpected()
        self.position = match.end()
        return Conditional(condition, line, self._redirections())

    def _condition_or(self) -> Condition:
        conditions = [self._condition_and()]
        while True:
            self.skip_newlines()
            if not self.text.startswith("||", self.position):
                break
            self.position += 2
            conditions.append(self._condition_and())
        return conditions[0] if len(conditions) == 1 else Condition("||", (), tuple(conditions))

    def _condition_and(self) -> Condition:
        conditions = [self._condition_not()]
        while True:
            self.skip_newlines()
            if not self.text.startswith("&&", self.position):
                break
            self.position += 2
            conditions.append(self._condition_not())
        return conditions[0] if len(conditions) == 1 else Condition("&&", (), tuple(conditions))

    def _condition_not(self) -> Condition:
        negated = False
        while True:
            self.skip_newlines()
            if self.peek() != "!" or self.text[self.position + 1 : self.position + 2] not in (
                " ",
                "\t",
                "\n",
            ):
                break
            negated = not negated
            self.position += 1
        condition = self._condition_primary()
        return Condition("!", (), (condition,)) if negated else condition

    def _condition_primary(self) -> Condition:
        if self.peek() == "(":
            self.nesting += 1
            if self.nesting > MAX_NESTING:
                raise BudgetExceeded("nesting", MAX_NESTING)
            self.position += 1
            condition = self._condition_or()
            self.skip_newlines()
            if self.peek() != ")":
                raise self.unexpected(")")
            self.position += 1
            self.nesting -= 1
            return condition
        if _CONDITION_END.match(self.text, self.position):
            raise self.unexpected()
        first = self.word()
        if first is None:
            raise self.unexpected()
        self.skip_blanks()
        if first.plain in _UNARY_TESTS and not _CONDITION_END.match(self.text, self.position):
            operand = self.word()
            if operand is None:
                raise self.unexpected()
            return Condition(first.plain or "", (operand,))
        operator = self._condition_operator()
        if not operator:
            return Condition("-n", (first,))
        self.skip_blanks()
        second = self.regex_word() if operator == "=~" else self.pattern_word()
        if second is None:
            raise self.unexpected()
        return Condition(operator, (first, second))

    def _condition_operator(self) -> str:
        character = self.peek()
        if character in ("<", ">"):
            self.position += 1
            return character
        token = self.token().text
        if token in _BINARY_TESTS:
            self.position += len(token)
            return token
        if token and not _CONDITION_END.match(self.text, self.position) and self.token().is_word:
            raise self.unexpected()
        return ""


_EMPTY = Word((), "")
