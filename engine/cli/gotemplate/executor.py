"""Applies a parsed template to a value, as text/template's exec.go does."""

from __future__ import annotations

from collections.abc import Mapping

from engine.cli.gotemplate.errors import CallError, TemplateExecutionError
from engine.cli.gotemplate.fmt import default_text
from engine.cli.gotemplate.nodes import (
    ActionNode,
    BranchNode,
    BreakNode,
    ChainNode,
    CommandNode,
    ConstantNode,
    DotNode,
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
from engine.cli.gotemplate.values import (
    INVALID,
    GoSlice,
    GoStruct,
    GoValue,
    Method,
    NilPointer,
    is_true,
    kind_of,
    type_name,
)
from engine.cli.text import go_quote

DEEPEST_EXECUTION = 60
"""Blocks and templates entered within one another; Go's own limit is far higher."""
MOST_STEPS = 200_000
"""Nodes one execution may visit."""
LONGEST_OUTPUT = 1_000_000
"""Characters one execution may print."""


class _Missing:
    __slots__ = ()


_MISSING = _Missing()
_UINT_START = 2**63


class _LoopControl(Exception):
    def __init__(self, keyword: str) -> None:
        self.keyword = keyword


class Execution:
    """One run of one template. ``missing_key_is_error`` is Go's option ``missingkey=error``."""

    def __init__(
        self,
        source: str,
        templates: Mapping[str, ListNode],
        functions: Mapping[str, Method],
        *,
        missing_key_is_error: bool = False,
    ) -> None:
        self._source = source
        self._templates = templates
        self._functions = functions
        self._strict = missing_key_is_error
        self._name = ""
        self._node: Node | None = None
        self._variables: list[tuple[str, GoValue]] = []
        self._depth = 0
        self._steps = 0
        self._length = 0
        self._out: list[str] = []

    def run(self, data: GoValue) -> str:
        """The output; raises TemplateExecutionError with Go's words."""
        root = self._templates[""]
        self._variables = [("$", data)]
        self._walk_list(data, root)
        return "".join(self._out)

    def _fail(self, message: str) -> TemplateExecutionError:
        if self._node is None:
            return TemplateExecutionError(f"template: {self._name}: {message}")
        if self._source.isascii():
            before = self._source[: self._node.position]
            column = len(before) - (before.rfind("\n") + 1)
        else:
            data = self._source.encode("utf-8", "surrogateescape")[: self._node.position]
            before = data.decode("utf-8", "replace")
            column = len(data) - (data.rfind(b"\n") + 1)
        line = 1 + before.count("\n")
        where = f"template: :{line}:{column}: executing {go_quote(self._name)} at <{self._node}>"
        return TemplateExecutionError(f"{where}: {message}")

    def _at(self, node: Node) -> None:
        self._node = node
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise self._fail(f"stopped after {MOST_STEPS} steps")

    def _print(self, text: str) -> None:
        self._length += len(text)
        if self._length > LONGEST_OUTPUT:
            raise self._fail(f"stopped after {LONGEST_OUTPUT} characters of output")
        self._out.append(text)

    def _walk_list(self, dot: GoValue, nodes: ListNode) -> None:
        self._depth += 1
        if self._depth > DEEPEST_EXECUTION:
            raise self._fail(f"exceeded maximum template depth ({DEEPEST_EXECUTION})")
        for node in nodes.nodes:
            if isinstance(node, TextNode):
                self._print(node.text)
            elif isinstance(node, ActionNode):
                self._steps += 1
                value = self._pipeline(dot, node.pipe)
                if not node.pipe.variables:
                    self._print("<no value>" if value is INVALID else _printable(value))
            elif isinstance(node, BranchNode):
                self._branch(dot, node)
            elif isinstance(node, TemplateNode):
                self._template(dot, node)
            elif isinstance(node, BreakNode):
                self._depth -= 1
                raise _LoopControl(node.keyword)
        self._depth -= 1

    def _branch(self, dot: GoValue, node: BranchNode) -> None:
        mark = len(self._variables)
        if node.keyword == "range":
            self._range(dot, node)
        else:
            value = self._pipeline(dot, node.pipe)
            inner = value if node.keyword == "with" else dot
            if is_true(value):
                self._walk_list(inner, node.body)
            elif node.otherwise is not None:
                self._walk_list(dot, node.otherwise)
        del self._variables[mark:]

    def _range(self, dot: GoValue, node: BranchNode) -> None:
        value = self._pipeline(dot, node.pipe, declare=False)
        declared = node.pipe.variables
        if not node.pipe.is_assignment:
            self._variables.extend((name, value) for name in declared)
        pairs = self._pairs(value)
        mark = len(self._variables)
        depth = self._depth
        for index, item in pairs:
            if len(declared) > 1:
                self._bind(declared[0], index)
                self._bind(declared[1], item)
            elif declared:
                self._bind(declared[0], item)
            try:
                self._walk_list(item, node.body)
            except _LoopControl as control:
                self._depth = depth
                if control.keyword == "break":
                    break
            finally:
                del self._variables[mark:]
        if not pairs and node.otherwise is not None:
            self._walk_list(dot, node.otherwise)

    def _pairs(self, value: GoValue) -> list[tuple[GoValue, GoValue]]:
        if value is INVALID or value is None:
            return []
        if isinstance(value, list):
            return [(index, INVALID if item is None else item) for index, item in enumerate(value)]
        if isinstance(value, dict):
            return [(key, INVALID if value[key] is None else value[key]) for key in sorted(value)]
        if isinstance(value, int) and not isinstance(value, bool):
            if value > MOST_STEPS:
                raise self._fail(f"stopped after {MOST_STEPS} steps")
            return [(number, number) for number in range(max(value, 0))]
        if isinstance(value, NilPointer):
            raise self._fail(f"range over nil pointer of type {type_name(value)}")
        raise self._fail(f"range can't iterate over {_printable(value)}")

    def _bind(self, name: str, value: GoValue) -> None:
        for index in range(len(self._variables) - 1, -1, -1):
            if self._variables[index][0] == name:
                self._variables[index] = (name, value)
                return
        raise self._fail(f"undefined variable: {name}")

    def _variable(self, name: str) -> GoValue:
        for known, value in reversed(self._variables):
            if known == name:
                return value
        raise self._fail(f"undefined variable: {name}")

    def _template(self, dot: GoValue, node: TemplateNode) -> None:
        self._at(node)
        body = self._templates.get(node.name)
        if body is None:
            raise self._fail(f"template {go_quote(node.name)} not defined")
        value = INVALID if node.pipe is None else self._pipeline(dot, node.pipe)
        outer_variables, self._variables = self._variables, [("$", value)]
        outer_name, self._name = self._name, node.name
        self._walk_list(value, body)
        self._variables, self._name = outer_variables, outer_name

    def _pipeline(self, dot: GoValue, pipe: PipeNode, *, declare: bool = True) -> GoValue:
        self._at(pipe)
        value: GoValue = _MISSING
        for command in pipe.commands:
            value = self._command(dot, command, value)
            if value is None:
                value = INVALID
        if declare:
            for name in pipe.variables:
                if pipe.is_assignment:
                    self._bind(name, value)
                else:
                    self._variables.append((name, value))
        return value

    def _command(self, dot: GoValue, command: CommandNode, final: GoValue) -> GoValue:
        first = command.args[0]
        if isinstance(first, FieldNode):
            return self._field_node(dot, first, command.args, final)
        if isinstance(first, ChainNode):
            return self._chain_node(dot, first, command.args, final)
        if isinstance(first, IdentifierNode):
            return self._function(dot, first, command, command.args, final)
        if isinstance(first, PipeNode):
            self._refuse_arguments(command.args, final)
            return self._pipeline(dot, first)
        if isinstance(first, VariableNode):
            return self._variable_node(dot, first, command.args, final)
        self._at(first)
        self._refuse_arguments(command.args, final)
        if isinstance(first, DotNode):
            return dot
        if isinstance(first, ConstantNode):
            return self._constant(first)
        if isinstance(first, NilNode):
            raise self._fail("nil is not a command")
        raise self._fail(f"can't evaluate command {go_quote(str(first))}")

    def _constant(self, node: ConstantNode) -> GoValue:
        if node.is_number and isinstance(node.value, int) and node.value >= _UINT_START:
            raise self._fail(f"{node.source} overflows int")
        return node.value

    def _refuse_arguments(self, args: list[Node], final: GoValue) -> None:
        if len(args) > 1 or final is not _MISSING:
            shown = f"({args[0]})" if isinstance(args[0], PipeNode) else str(args[0])
            raise self._fail(f"can't give argument to non-function {shown}")

    def _field_node(self, dot: GoValue, node: FieldNode, args: list[Node], final: GoValue) -> GoValue:
        self._at(node)
        return self._field_chain(dot, dot, node, node.names, args, final)

    def _chain_node(self, dot: GoValue, node: ChainNode, args: list[Node], final: GoValue) -> GoValue:
        self._at(node)
        if isinstance(node.operand, NilNode):
            raise self._fail(f"indirection through explicit nil in {node}")
        receiver = self._argument(dot, "any", node.operand)
        return self._field_chain(dot, receiver, node, node.names, args, final)

    def _variable_node(self, dot: GoValue, node: VariableNode, args: list[Node], final: GoValue) -> GoValue:
        self._at(node)
        value = self._variable(node.names[0])
        if len(node.names) == 1:
            self._refuse_arguments(args, final)
            return value
        return self._field_chain(dot, value, node, node.names[1:], args, final)

    def _field_chain(
        self,
        dot: GoValue,
        receiver: GoValue,
        node: Node,
        names: list[str],
        args: list[Node],
        final: GoValue,
    ) -> GoValue:
        for name in names[:-1]:
            receiver = self._field(dot, name, node, [], _MISSING, receiver)
        return self._field(dot, names[-1], node, args, final, receiver)

    def _field(
        self, dot: GoValue, name: str, node: Node, args: list[Node], final: GoValue, receiver: GoValue
    ) -> GoValue:
        if receiver is INVALID:
            if self._strict:
                raise self._fail(f"nil data; no entry for key {go_quote(name)}")
            return INVALID
        if receiver is None:
            raise self._fail(f"nil pointer evaluating interface {{}}.{name}")
        has_arguments = len(args) > 1 or final is not _MISSING
        if isinstance(receiver, GoStruct):
            method = receiver.methods.get(name)
            if method is not None:
                return self._call(dot, method, node, name, args, final)
            value = receiver.get(name)
            if value is not INVALID:
                if not name[0].isupper():
                    kind = type_name(receiver)
                    raise self._fail(f"{name} is an unexported field of struct type {kind}")
                if has_arguments:
                    raise self._fail(f"{name} has arguments but cannot be invoked as function")
                return value
        elif isinstance(receiver, dict):
            if has_arguments:
                raise self._fail(f"{name} is not a method but has arguments")
            found = receiver.get(name, INVALID)
            if found is INVALID and self._strict:
                raise self._fail(f"map has no entry for key {go_quote(name)}")
            return found
        elif isinstance(receiver, NilPointer) and (not receiver.fields or name in receiver.fields):
            raise self._fail(f"nil pointer evaluating {type_name(receiver)}.{name}")
        raise self._fail(f"can't evaluate field {name} in type {type_name(receiver)}")

    def _function(
        self, dot: GoValue, node: IdentifierNode, command: Node, args: list[Node], final: GoValue
    ) -> GoValue:
        self._at(node)
        function = self._functions.get(node.name)
        if function is None:
            raise self._fail(f"{go_quote(node.name)} is not a defined function")
        return self._call(dot, function, command, node.name, args, final, is_function=True)

    def _call(
        self,
        dot: GoValue,
        method: Method,
        node: Node,
        name: str,
        args: list[Node],
        final: GoValue,
        *,
        is_function: bool = False,
    ) -> GoValue:
        given = args[1:]
        count = len(given) + (final is not _MISSING)
        parameters = method.parameters
        if method.variadic:
            fixed = len(parameters) - 1
            if count < fixed:
                wanted = f"want at least {fixed} got {len(given)}"
                raise self._fail(f"wrong number of args for {name}: {wanted}")
        elif count != len(parameters):
            raise self._fail(f"wrong number of args for {name}: want {len(parameters)} got {count}")
        if is_function and name in ("and", "or"):
            return self._short_circuit(dot, name, given, final)
        values = [
            self._argument(dot, parameters[min(index, len(parameters) - 1)], arg)
            for index, arg in enumerate(given)
        ]
        if final is not _MISSING:
            wanted_type = parameters[min(len(given), len(parameters) - 1)]
            values.append(self._checked(final, wanted_type))
        if is_function and name == "call":
            values.insert(0, str(given[0]) if given else "<nil>")
        try:
            return method.code(*values)
        except CallError as error:
            self._at(node)
            raise self._fail(f"error calling {name}: {error}") from None

    def _short_circuit(self, dot: GoValue, name: str, args: list[Node], final: GoValue) -> GoValue:
        value: GoValue = INVALID
        for arg in args:
            value = self._argument(dot, "any", arg)
            if is_true(value) == (name == "or"):
                return value
        return value if final is _MISSING else final

    def _argument(self, dot: GoValue, wanted: str, node: Node) -> GoValue:
        self._at(node)
        if isinstance(node, DotNode):
            return self._checked(dot, wanted)
        if isinstance(node, NilNode):
            if wanted in ("string", "int"):
                raise self._fail(f"cannot assign nil to {wanted}")
            return GoSlice(is_nil=True) if wanted == "[]string" else INVALID
        if isinstance(node, FieldNode):
            return self._checked(self._field_node(dot, node, [node], _MISSING), wanted)
        if isinstance(node, VariableNode):
            return self._checked(self._variable_node(dot, node, [node], _MISSING), wanted)
        if isinstance(node, PipeNode):
            return self._checked(self._pipeline(dot, node), wanted)
        if isinstance(node, IdentifierNode):
            return self._checked(self._function(dot, node, node, [node], _MISSING), wanted)
        if isinstance(node, ChainNode):
            return self._checked(self._chain_node(dot, node, [node], _MISSING), wanted)
        assert isinstance(node, ConstantNode)
        value = self._constant(node)
        if wanted == "string" and not isinstance(value, str):
            raise self._fail(f"expected string; found {node}")
        if wanted == "int" and kind_of(value) != "int":
            raise self._fail(f"expected integer; found {node}")
        if wanted == "[]string":
            raise self._fail(f"can't handle {node} for arg of type []string")
        return value

    def _checked(self, value: GoValue, wanted: str) -> GoValue:
        if value is None:
            value = INVALID
        if wanted == "any":
            return value
        if value is INVALID:
            if wanted == "[]string":
                return GoSlice(is_nil=True)
            raise self._fail(f"invalid value; expected {wanted}")
        if type_name(value) != wanted:
            raise self._fail(f"wrong type for value; expected {wanted}; got {type_name(value)}")
        return value


def _printable(value: GoValue) -> str:
    """What an action prints: a pointer to a struct shows the struct."""
    text = default_text(value)
    return text.removeprefix("&") if isinstance(value, GoStruct) and value.is_pointer else text
