"""Reads an AWK program into a tree (POSIX awk, "Grammar"); nesting is bounded."""

from engine.programs.lib.awk.lexer import AwkSyntaxError, Token, tokens
from engine.programs.lib.awk.syntax import Function, Node, Program, Rule

_MAX_DEPTH = 120
_ASSIGNMENTS = frozenset(("=", "+=", "-=", "*=", "/=", "%=", "^="))
_COMPARISONS = frozenset(("<", "<=", "==", "!=", ">", ">="))
_NOTHING = Node("block")


def parse(source: str) -> Program:
    """The program in ``source``. Raises AwkSyntaxError."""
    return _Parser(tokens(source)).program()


class _Parser:
    def __init__(self, words: list[Token]) -> None:
        self.words = words
        self.at = 0
        self.depth = 0
        self.no_in = 0
        self.no_greater = 0
        self.no_pipe = 0

    # ------------------------------------------------------------------ words

    @property
    def word(self) -> Token:
        return self.words[self.at]

    def _is(self, *texts: str) -> bool:
        word = self.word
        return word.kind in ("op", "keyword", "newline") and word.text in texts

    def _take(self, text: str) -> bool:
        if self._is(text):
            self.at += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise self._error()

    def _error(self) -> AwkSyntaxError:
        word = self.word
        near = "end of file" if word.kind == "end" else word.text
        return AwkSyntaxError("syntax error", word.line, near)

    def _newlines(self) -> None:
        while self._is("\n"):
            self.at += 1

    def _terminators(self) -> None:
        while self._is("\n", ";"):
            self.at += 1

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise AwkSyntaxError("program is nested too deeply", self.word.line)

    # ------------------------------------------------------------------ program

    def program(self) -> Program:
        program = Program()
        self._terminators()
        while self.word.kind != "end":
            if self._take("BEGIN"):
                program.begin.append(self._block())
            elif self._take("END"):
                program.end.append(self._block())
            elif self._take("function"):
                function = self._function()
                program.functions[function.name] = function
            else:
                program.rules.append(self._rule())
            self._terminators()
        return program

    def _function(self) -> Function:
        name = self.word.text
        if self.word.kind not in ("name", "call"):
            raise self._error()
        self.at += 1
        self._expect("(")
        parameters: list[str] = []
        self._newlines()
        while not self._take(")"):
            if self.word.kind != "name":
                raise self._error()
            parameters.append(self.word.text)
            self.at += 1
            self._newlines()
            if not self._is(")"):
                self._expect(",")
                self._newlines()
        self._newlines()
        return Function(name, tuple(parameters), self._block())

    def _rule(self) -> Rule:
        if self._is("{"):
            return Rule(None, None, self._block())
        pattern = self._expression()
        until = None
        if self._take(","):
            self._newlines()
            until = self._expression()
        action = self._block() if self._is("{") else None
        return Rule(pattern, until, action)

    def _block(self) -> Node:
        self._deeper()
        self._expect("{")
        statements = []
        self._terminators()
        while not self._take("}"):
            if self.word.kind == "end":
                raise AwkSyntaxError("missing } near end of file", self.word.line)
            statements.append(self._statement())
            self._terminators()
        self.depth -= 1
        return Node("block", children=tuple(statements))

    # ------------------------------------------------------------------ statements

    def _statement(self) -> Node:
        self._deeper()
        try:
            return self._statement_proper()
        finally:
            self.depth -= 1

    def _statement_proper(self) -> Node:
        if self._is("{"):
            return self._block()
        if self._take("if"):
            return self._if()
        if self._take("while"):
            self._expect("(")
            condition = self._expression()
            self._expect(")")
            return Node("while", children=(condition, self._body()))
        if self._take("do"):
            body = self._body()
            self._terminators()
            self._expect("while")
            self._expect("(")
            condition = self._expression()
            self._expect(")")
            self._end()
            return Node("do", children=(body, condition))
        if self._take("for"):
            return self._for()
        if self._take(";"):
            return _NOTHING
        statement = self._simple()
        self._end()
        return statement

    def _end(self) -> None:
        if self._is(";", "\n"):
            self.at += 1
        elif not self._is("}") and self.word.kind != "end":
            raise self._error()

    def _body(self) -> Node:
        self._newlines()
        if self._take(";"):
            return _NOTHING
        return self._statement()

    def _if(self) -> Node:
        self._expect("(")
        condition = self._expression()
        self._expect(")")
        then = self._body()
        mark = self.at
        self._terminators()
        if self._take("else"):
            return Node("if", children=(condition, then, self._body()))
        self.at = mark
        return Node("if", children=(condition, then))

    def _for(self) -> Node:
        self._expect("(")
        words = self.words
        if (
            self.word.kind == "name"
            and words[self.at + 1].text == "in"
            and words[self.at + 2].kind == "name"
            and words[self.at + 3].text == ")"
        ):
            variable, array = self.word.text, words[self.at + 2].text
            self.at += 4
            return Node("forin", (variable, array), (self._body(),))
        start = _NOTHING if self._is(";") else self._simple()
        self._expect(";")
        self._newlines()
        condition = None if self._is(";") else self._expression()
        self._expect(";")
        self._newlines()
        step = _NOTHING if self._is(")") else self._simple()
        self._expect(")")
        body = self._body()
        return Node("for", None, (start, condition or Node("number", 1.0), step, body))

    def _simple(self) -> Node:
        word = self.word
        if word.kind == "keyword":
            if word.text in ("break", "continue", "next", "nextfile"):
                self.at += 1
                return Node(word.text)
            if word.text in ("exit", "return"):
                self.at += 1
                value = () if self._is(";", "\n", "}") or self.word.kind == "end" else (self._expression(),)
                return Node(word.text, None, value)
            if word.text == "delete":
                self.at += 1
                name = self.word.text
                if self.word.kind != "name":
                    raise self._error()
                self.at += 1
                if self._take("["):
                    return Node("delete", name, self._subscripts())
                return Node("clear", name)
            if word.text in ("print", "printf"):
                return self._print()
        return Node("expression", None, (self._expression(),))

    def _print(self) -> Node:
        kind = self.word.text
        self.at += 1
        arguments: tuple[Node, ...] = ()
        if not self._is(";", "\n", "}", ">", ">>", "|") and self.word.kind != "end":
            arguments = self._print_arguments()
        if self._is(">", ">>", "|"):
            operator = self.word.text
            self.at += 1
            self.no_greater += 1
            target = self._ternary()
            self.no_greater -= 1
            return Node(kind, operator, (*arguments, target))
        return Node(kind, None, arguments)

    def _print_arguments(self) -> tuple[Node, ...]:
        """``print (a, b) > file`` against ``print (a)(b)``: a parenthesised list is tried first."""
        if self._is("("):
            mark = self.at
            self.at += 1
            saved, self.no_greater, self.no_in = (self.no_greater, self.no_in), 0, 0
            items = [self._expression()]
            while self._take(","):
                self._newlines()
                items.append(self._expression())
            self.no_greater, self.no_in = saved
            if self._take(")") and (self._is(";", "\n", "}", ">", ">>", "|") or self.word.kind == "end"):
                return tuple(items)
            if len(items) > 1 and self._is("in"):
                pass
            self.at = mark
        self.no_greater += 1
        self.no_pipe += 1
        items = [self._expression()]
        while self._take(","):
            self._newlines()
            items.append(self._expression())
        self.no_greater -= 1
        self.no_pipe -= 1
        return tuple(items)

    # ------------------------------------------------------------------ expressions

    def _expression(self) -> Node:
        self._deeper()
        try:
            return self._ternary()
        finally:
            self.depth -= 1

    def _ternary(self) -> Node:
        condition = self._or()
        if self._take("?"):
            self._newlines()
            then = self._expression()
            self._newlines()
            self._expect(":")
            self._newlines()
            return Node("ternary", None, (condition, then, self._expression()))
        if (
            self.word.kind == "op"
            and self.word.text in _ASSIGNMENTS
            and condition.kind in ("name", "field", "element")
        ):
            operator = self.word.text
            self.at += 1
            self._newlines()
            return Node("assign", operator, (condition, self._expression()))
        return condition

    def _or(self) -> Node:
        left = self._and()
        while self._take("||"):
            self._newlines()
            left = Node("or", None, (left, self._and()))
        return left

    def _and(self) -> Node:
        left = self._in()
        while self._take("&&"):
            self._newlines()
            left = Node("and", None, (left, self._in()))
        return left

    def _in(self) -> Node:
        left = self._match()
        while not self.no_in and self._is("in"):
            self.at += 1
            if self.word.kind != "name":
                raise self._error()
            left = Node("in", self.word.text, (left,))
            self.at += 1
        return left

    def _match(self) -> Node:
        left = self._comparison()
        while self._is("~") or (self._is("!") and self.words[self.at + 1].text == "~"):
            negated = self._take("!")
            self._expect("~")
            left = Node("match", negated, (left, self._comparison()))
        return left

    def _comparison(self) -> Node:
        left = self._concatenation()
        word = self.word
        if word.kind == "op" and word.text in _COMPARISONS and not (word.text == ">" and self.no_greater):
            self.at += 1
            return Node("compare", word.text, (left, self._concatenation()))
        if word.kind == "op" and word.text == "|" and self.words[self.at + 1].text == "getline":
            return self._piped(left)
        return left

    def _piped(self, command: Node) -> Node:
        while self._is("|") and self.words[self.at + 1].text == "getline":
            self.at += 2
            target = self._getline_target()
            command = Node("getline", "|", (command, *target))
        return command

    def _getline_target(self) -> tuple[Node, ...]:
        if self.word.kind == "name" or self._is("$"):
            return (self._postfix_free(),)
        return ()

    def _postfix_free(self) -> Node:
        if self._take("$"):
            return Node("field", None, (self._increment(),))
        return self._variable()

    def _variable(self) -> Node:
        name = self.word.text
        self.at += 1
        if self._take("["):
            return Node("element", name, self._subscripts())
        return Node("name", name)

    def _subscripts(self) -> tuple[Node, ...]:
        saved, self.no_in, self.no_greater = (self.no_in, self.no_greater), 0, 0
        items = [self._expression()]
        while self._take(","):
            self._newlines()
            items.append(self._expression())
        self._expect("]")
        self.no_in, self.no_greater = saved
        return tuple(items)

    def _starts_operand(self) -> bool:
        word = self.word
        if word.kind in ("number", "string", "regex", "name", "call", "builtin"):
            return True
        if word.kind == "op":
            return word.text in ("(", "$", "!", "-", "+", "++", "--") and not (
                word.text in ("!",) and self.words[self.at + 1].text == "~"
            )
        return False

    def _concatenation(self) -> Node:
        left = self._additive()
        items = [left]
        while self._starts_operand() and not self._is("+", "-", "!") and not self._is("in"):
            items.append(self._additive())
        return items[0] if len(items) == 1 else Node("concat", None, tuple(items))

    def _additive(self) -> Node:
        left = self._multiplicative()
        while self._is("+", "-"):
            operator = self.word.text
            self.at += 1
            left = Node("arithmetic", operator, (left, self._multiplicative()))
        return left

    def _multiplicative(self) -> Node:
        left = self._unary()
        while self._is("*", "/", "%"):
            operator = self.word.text
            self.at += 1
            left = Node("arithmetic", operator, (left, self._unary()))
        return left

    def _unary(self) -> Node:
        self._deeper()
        try:
            for operator in ("!", "-", "+"):
                if self._take(operator):
                    return Node("unary", operator, (self._unary(),))
            return self._power()
        finally:
            self.depth -= 1

    def _power(self) -> Node:
        base = self._increment()
        if self._take("^"):
            self._deeper()
            exponent = self._signed_power()
            self.depth -= 1
            return Node("arithmetic", "^", (base, exponent))
        return base

    def _signed_power(self) -> Node:
        for operator in ("-", "+", "!"):
            if self._take(operator):
                return Node("unary", operator, (self._signed_power(),))
        return self._power()

    def _increment(self) -> Node:
        if self._is("++", "--"):
            operator = self.word.text
            self.at += 1
            target = self._primary()
            if target.kind not in ("name", "field", "element"):
                raise self._error()
            return Node("prefix", operator, (target,))
        operand = self._primary()
        if self._is("++", "--") and operand.kind in ("name", "field", "element"):
            operator = self.word.text
            self.at += 1
            return Node("postfix", operator, (operand,))
        return operand

    def _primary(self) -> Node:
        word = self.word
        self.at += 1
        if word.kind == "number":
            return Node("number", float(word.text))
        if word.kind == "string":
            return Node("string", word.data)
        if word.kind == "regex":
            return Node("regex", word.data)
        if word.kind == "name":
            self.at -= 1
            return self._variable()
        if word.kind == "call":
            self.at += 1
            return Node("call", word.text, self._arguments())
        if word.kind == "builtin":
            if self._take("("):
                return Node("builtin", word.text, self._arguments())
            if word.text == "length":
                return Node("builtin", "length", ())
            raise self._error()
        if word.text == "$" and word.kind == "op":
            self._deeper()
            index = self._field_index()
            self.depth -= 1
            return Node("field", None, (index,))
        if word.text == "(" and word.kind == "op":
            return self._grouping()
        if word.text in ("-", "+", "!") and word.kind == "op":
            return Node("unary", word.text, (self._unary(),))
        if word.text == "getline":
            target = self._getline_target()
            if self._take("<"):
                return Node("getline", "<", (self._file_operand(), *target))
            return Node("getline", None, target)
        self.at -= 1
        raise self._error()

    def _field_index(self) -> Node:
        if self._is("++", "--"):
            return self._increment()
        if self._take("-"):
            return Node("unary", "-", (self._primary(),))
        return self._primary()

    def _file_operand(self) -> Node:
        """What follows ``getline <``: one operand, no concatenation."""
        return self._primary()

    def _grouping(self) -> Node:
        saved = self.no_in, self.no_greater, self.no_pipe
        self.no_in = self.no_greater = self.no_pipe = 0
        items = [self._expression()]
        while self._take(","):
            self._newlines()
            items.append(self._expression())
        self._newlines()
        self._expect(")")
        self.no_in, self.no_greater, self.no_pipe = saved
        if len(items) == 1:
            return Node("group", None, (items[0],))
        if not self._is("in"):
            raise self._error()
        self.at += 1
        name = self.word.text
        self.at += 1
        return Node("in", name, tuple(items))

    def _arguments(self) -> tuple[Node, ...]:
        saved = self.no_in, self.no_greater, self.no_pipe
        self.no_in = self.no_greater = self.no_pipe = 0
        items: list[Node] = []
        self._newlines()
        while not self._take(")"):
            items.append(self._expression())
            self._newlines()
            if not self._is(")"):
                self._expect(",")
                self._newlines()
        self.no_in, self.no_greater, self.no_pipe = saved
        return tuple(items)
