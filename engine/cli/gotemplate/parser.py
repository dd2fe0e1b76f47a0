"""Items to a syntax tree, as text/template/parse does."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from engine.cli.gotemplate.errors import TemplateSyntaxError
from engine.cli.gotemplate.lexer import Item, Kind, tokenize
from engine.cli.gotemplate.nodes import (
    ActionNode,
    BranchNode,
    BreakNode,
    ChainNode,
    CommandNode,
    ConstantNode,
    DotNode,
    ElseNode,
    EndNode,
    FieldNode,
    IdentifierNode,
    ListNode,
    NilNode,
    Node,
    PipeNode,
    TemplateNode,
    TextNode,
    VariableNode,
)
from engine.cli.text import go_quote

DEEPEST_NESTING = 60
"""How far blocks and parentheses may be nested; Go allows more, people never need it."""

LONGEST_SOURCE = 100_000
"""Characters a template may have."""

_OPERANDS = frozenset(
    {
        Kind.BOOL,
        Kind.CHAR_CONSTANT,
        Kind.DOT,
        Kind.FIELD,
        Kind.IDENTIFIER,
        Kind.NUMBER,
        Kind.NIL,
        Kind.RAW_STRING,
        Kind.STRING,
        Kind.VARIABLE,
        Kind.LEFT_PAREN,
    }
)
_INT64_MAX = 2**63 - 1
_UINT64_MAX = 2**64 - 1
_SIMPLE_ESCAPES = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92}


def parse(source: str, functions: Collection[str]) -> dict[str, ListNode]:
    """The templates of ``source`` by name; its own text is named with the empty string.

    Raises TemplateSyntaxError with Go's words.
    """
    if len(source) > LONGEST_SOURCE:
        raise TemplateSyntaxError(f"template: :1: longer than {LONGEST_SOURCE} characters")
    return _Parser(source, functions).run()


def _unquote(text: str) -> str | None:
    """Go's strconv.Unquote of a string or character literal; None when it is not one."""
    quote, body = text[0], text[1:-1]
    if quote == "`":
        return body.replace("\r", "")
    data = bytearray()
    index = 0
    while index < len(body):
        char = body[index]
        index += 1
        if char != "\\":
            data += char.encode("utf-8", "surrogateescape")
            continue
        code = body[index : index + 1]
        index += 1
        width = {"x": 2, "u": 4, "U": 8}.get(code)
        if width is not None:
            digits = body[index : index + width]
            index += width
            if len(digits) != width or any(d not in "0123456789abcdefABCDEF" for d in digits):
                return None
            number = int(digits, 16)
            if code == "x":
                data.append(number)
            elif number > 0x10FFFF or 0xD800 <= number < 0xE000:
                return None
            else:
                data += chr(number).encode()
        elif code in "01234567" and code:
            digits = body[index - 1 : index + 2]
            index += 2
            if len(digits) != 3 or any(d not in "01234567" for d in digits) or int(digits, 8) > 255:
                return None
            data.append(int(digits, 8))
        elif code == quote:
            data += code.encode()
        elif code in _SIMPLE_ESCAPES and code:
            data.append(_SIMPLE_ESCAPES[code])
        else:
            return None
    return data.decode("utf-8", "surrogateescape")


class _Parser:
    def __init__(self, source: str, functions: Collection[str]) -> None:
        self.items = tokenize(source)
        self.index = 0
        self.functions = functions
        self.variables = ["$"]
        self.range_depth = 0
        self.action_line = 0
        self.depth = 0
        self.templates: dict[str, ListNode] = {}

    def run(self) -> dict[str, ListNode]:
        root = ListNode(0)
        while self._peek().kind is not Kind.EOF:
            if self._peek().kind is Kind.LEFT_DELIM:
                mark = self.index
                self._next()
                word = self._next_nonspace()
                if word.kind is Kind.KEYWORD and word.text == "define":
                    self._definition()
                    continue
                self.index = mark
            node = self._text_or_action()
            if isinstance(node, (EndNode, ElseNode)):
                self._fail(f"unexpected {node}")
            root.nodes.append(node)
        self.templates.setdefault("", root)
        return self.templates

    def _fail(self, message: str) -> None:
        line = self.items[min(self.index, len(self.items) - 1)].line
        raise TemplateSyntaxError(f"template: :{line}: {message}")

    def _unexpected(self, item: Item, context: str) -> None:
        if item.kind is Kind.ERROR:
            extra = ""
            if self.action_line and self.action_line != item.line:
                extra = f" in action started at :{self.action_line}"
                if item.text.endswith(" action"):
                    extra = extra.removeprefix(" in action")
            self._fail_at(item, f"{item}{extra}")
        self._fail_at(item, f"unexpected {item} in {context}")

    def _fail_at(self, item: Item, message: str) -> None:
        raise TemplateSyntaxError(f"template: :{item.line}: {message}")

    def _peek(self) -> Item:
        return self.items[min(self.index, len(self.items) - 1)]

    def _next(self) -> Item:
        item = self._peek()
        self.index += 1
        return item

    def _next_nonspace(self) -> Item:
        while (item := self._next()).kind is Kind.SPACE:
            pass
        return item

    def _peek_nonspace(self) -> Item:
        item = self._next_nonspace()
        self.index -= 1
        return item

    def _expect(self, kind: Kind, context: str) -> Item:
        item = self._next_nonspace()
        if item.kind is not kind:
            self._unexpected(item, context)
        return item

    @contextmanager
    def _nested(self) -> Iterator[None]:
        self.depth += 1
        if self.depth > DEEPEST_NESTING:
            self._fail("max expression depth exceeded")
        yield
        self.depth -= 1

    def _text_or_action(self) -> Node:
        item = self._next_nonspace()
        if item.kind is Kind.TEXT:
            return TextNode(item.position, item.text)
        if item.kind is not Kind.LEFT_DELIM:
            self._unexpected(item, "input")
        self.action_line = item.line
        node = self._action()
        self.action_line = 0
        return node

    def _list(self) -> tuple[ListNode, Node]:
        nodes = ListNode(self._peek_nonspace().position)
        while self._peek_nonspace().kind is not Kind.EOF:
            node = self._text_or_action()
            if isinstance(node, (EndNode, ElseNode)):
                return nodes, node
            nodes.nodes.append(node)
        self._fail("unexpected EOF")
        return nodes, nodes

    def _action(self) -> Node:
        item = self._next_nonspace()
        if item.kind is Kind.KEYWORD:
            match item.text:
                case "if" | "range" | "with":
                    return self._branch(item)
                case "else":
                    return self._else(item)
                case "end":
                    self._expect(Kind.RIGHT_DELIM, "end")
                    return EndNode(item.position)
                case "break" | "continue":
                    return self._break(item)
                case "template":
                    return self._template()
                case "block":
                    return self._block()
        self.index -= 1
        position = self._peek().position
        return ActionNode(position, self._pipeline("command", Kind.RIGHT_DELIM))

    def _else(self, item: Item) -> ElseNode:
        following = self._peek_nonspace()
        if following.kind is not Kind.KEYWORD or following.text not in ("if", "with"):
            self._expect(Kind.RIGHT_DELIM, "else")
        return ElseNode(item.position)

    def _break(self, item: Item) -> BreakNode:
        closing = self._next_nonspace()
        if closing.kind is not Kind.RIGHT_DELIM:
            self._unexpected(closing, f"{{{{{item.text}}}}}")
        if self.range_depth == 0:
            self._fail_at(item, f"{{{{{item.text}}}}} outside {{{{range}}}}")
        return BreakNode(item.position, item.text)

    def _branch(self, item: Item) -> BranchNode:
        keyword = item.text
        known = len(self.variables)
        with self._nested():
            pipe = self._pipeline(keyword, Kind.RIGHT_DELIM)
            self.range_depth += keyword == "range"
            body, following = self._list()
            self.range_depth -= keyword == "range"
            otherwise: ListNode | None = None
            if isinstance(following, ElseNode):
                word = self._peek_nonspace()
                if word.kind is Kind.KEYWORD and word.text == keyword and keyword != "range":
                    self._next_nonspace()
                    otherwise = ListNode(following.position, [self._branch(word)])
                else:
                    otherwise, following = self._list()
                    if not isinstance(following, EndNode):
                        self._fail(f"expected end; found {following}")
        del self.variables[known:]
        return BranchNode(item.position, keyword, pipe, body, otherwise)

    def _template_name(self, context: str) -> str:
        """The quoted name that comes next."""
        item = self._next_nonspace()
        if item.kind not in (Kind.STRING, Kind.RAW_STRING):
            self._unexpected(item, context)
        name = _unquote(item.text)
        if name is None:
            self._fail_at(item, "invalid syntax")
        return name or ""

    def _template(self) -> TemplateNode:
        position = self._peek_nonspace().position
        name = self._template_name("template clause")
        if self._peek_nonspace().kind is Kind.RIGHT_DELIM:
            self._next_nonspace()
            return TemplateNode(position, name, None)
        return TemplateNode(position, name, self._pipeline("template clause", Kind.RIGHT_DELIM))

    def _block(self) -> TemplateNode:
        position = self._peek_nonspace().position
        name = self._template_name("block clause")
        pipe = self._pipeline("block clause", Kind.RIGHT_DELIM)
        with self._nested():
            self._separate_template(name, "block clause")
        return TemplateNode(position, name, pipe)

    def _definition(self) -> None:
        name = self._template_name("define clause")
        self._expect(Kind.RIGHT_DELIM, "define clause")
        self._separate_template(name, "define clause")

    def _separate_template(self, name: str, context: str) -> None:
        """Read the body of a define or block: it has its own variables and no surrounding range."""
        outer, self.variables = self.variables, ["$"]
        depth, self.range_depth = self.range_depth, 0
        body, following = self._list()
        self.variables, self.range_depth = outer, depth
        if not isinstance(following, EndNode):
            self._fail(f"unexpected {following} in {context}")
        known = self.templates.get(name)
        if known is None or _is_empty(known):
            self.templates[name] = body
        elif not _is_empty(body):
            self._fail(f"template: multiple definition of template {go_quote(name)}")

    def _pipeline(self, context: str, end: Kind) -> PipeNode:
        pipe = PipeNode(self._peek_nonspace().position)
        self._declarations(pipe, context)
        while True:
            item = self._next_nonspace()
            if item.kind is end:
                self._check_pipeline(pipe, context)
                return pipe
            if item.kind not in _OPERANDS:
                self._unexpected(item, context)
            self.index -= 1
            pipe.commands.append(self._command())

    def _declarations(self, pipe: PipeNode, context: str) -> None:
        while True:
            variable = self._peek_nonspace()
            if variable.kind is not Kind.VARIABLE:
                return
            mark = self.index
            self._next_nonspace()
            following = self._peek_nonspace()
            if following.kind in (Kind.ASSIGN, Kind.DECLARE):
                self._next_nonspace()
                pipe.is_assignment = following.kind is Kind.ASSIGN
                pipe.variables.append(variable.text)
                self.variables.append(variable.text)
                return
            if following.kind is not Kind.CHAR or following.text != ",":
                self.index = mark
                return
            self._next_nonspace()
            pipe.variables.append(variable.text)
            self.variables.append(variable.text)
            if context != "range" or len(pipe.variables) >= 2:
                self._fail(f"too many declarations in {context}")
            if self._peek_nonspace().kind not in (Kind.VARIABLE, Kind.RIGHT_DELIM, Kind.RIGHT_PAREN):
                self._fail("range can only initialize variables")

    def _check_pipeline(self, pipe: PipeNode, context: str) -> None:
        if not pipe.commands:
            self._fail(f"missing value for {context}")
        for stage, command in enumerate(pipe.commands[1:], 2):
            if isinstance(command.args[0], (ConstantNode, DotNode, NilNode)):
                self._fail(f"non executable command in pipeline stage {stage}")

    def _command(self) -> CommandNode:
        command = CommandNode(self._peek_nonspace().position)
        while True:
            self._peek_nonspace()
            operand = self._operand()
            if operand is not None:
                command.args.append(operand)
            item = self._next()
            if item.kind is Kind.SPACE:
                continue
            if item.kind in (Kind.RIGHT_DELIM, Kind.RIGHT_PAREN):
                self.index -= 1
            elif item.kind is not Kind.PIPE:
                self._unexpected(item, "operand")
            break
        if not command.args:
            self._fail("empty command")
        return command

    def _operand(self) -> Node | None:
        node = self._term()
        if node is None or self._peek().kind is not Kind.FIELD:
            return node
        position = self._peek().position
        names: list[str] = []
        while self._peek().kind is Kind.FIELD:
            names.append(self._next().text[1:])
        if isinstance(node, FieldNode):
            return FieldNode(position, node.names + names)
        if isinstance(node, VariableNode):
            return VariableNode(position, node.names + names)
        if isinstance(node, (ConstantNode, NilNode, DotNode)):
            self._fail(f"unexpected . after term {go_quote(str(node))}")
        return ChainNode(position, node, names)

    def _term(self) -> Node | None:
        item = self._next_nonspace()
        match item.kind:
            case Kind.IDENTIFIER:
                if item.text not in self.functions:
                    self._fail_at(item, f"function {go_quote(item.text)} not defined")
                return IdentifierNode(item.position, item.text)
            case Kind.DOT:
                return DotNode(item.position)
            case Kind.NIL:
                return NilNode(item.position)
            case Kind.VARIABLE:
                if item.text not in self.variables:
                    self._fail_at(item, f"undefined variable {go_quote(item.text)}")
                return VariableNode(item.position, [item.text])
            case Kind.FIELD:
                return FieldNode(item.position, [item.text[1:]])
            case Kind.BOOL:
                return ConstantNode(item.position, item.text == "true", item.text)
            case Kind.NUMBER | Kind.CHAR_CONSTANT:
                return self._number(item)
            case Kind.STRING | Kind.RAW_STRING:
                value = _unquote(item.text)
                if value is None:
                    self._fail_at(item, "invalid syntax")
                return ConstantNode(item.position, value, item.text)
            case Kind.LEFT_PAREN:
                with self._nested():
                    return self._pipeline("parenthesized pipeline", Kind.RIGHT_PAREN)
        self.index -= 1
        return None

    def _number(self, item: Item) -> ConstantNode:
        if item.kind is Kind.CHAR_CONSTANT:
            char = _unquote(item.text)
            if char is None or len(char) != 1:
                self._fail_at(item, f"malformed character constant: {item.text}")
            return ConstantNode(item.position, ord(char or "\0"), item.text, True)
        number = _parse_number(item.text)
        if number is None:
            self._fail_at(item, f"illegal number syntax: {go_quote(item.text)}")
        return ConstantNode(item.position, number, item.text, True)


def _parse_number(text: str) -> int | float | None:
    plain = text.replace("_", "")
    body = plain.lstrip("+-")
    if len(text) > 400:
        return None
    try:
        if len(body) > 1 and body[0] == "0" and body.isdigit():
            return int(plain, 8)
        if body[:2].lower() in ("0x", "0o", "0b") or body.isdigit():
            number = int(plain, 0)
            return number if -_INT64_MAX - 1 <= number <= _UINT64_MAX else None
        return float(plain)
    except ValueError:
        return None


def _is_empty(body: ListNode) -> bool:
    return all(isinstance(node, TextNode) and not node.text.strip() for node in body.nodes)
