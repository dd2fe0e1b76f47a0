"""A small, safe part of Python: enough for the scripts that people put in example images.

The program text is parsed by Python's own parser and walked here; nothing of it is ever executed by the
real interpreter. Statements: assignment, del, if, for, while, def, return, try, raise, with open, import,
global, assert, pass, break, continue. Values: numbers, text, bytes, lists, tuples, sets, dictionaries,
comprehensions, f-strings, lambdas. Anything else ends with a message that says so. Work and memory are
charged to the budget.
"""

import ast
import json
import math
import operator
from collections.abc import Callable, Iterator
from string import Formatter
from typing import Any

from engine.budget import Budget
from engine.clock import SECOND
from engine.errors import EngineError
from engine.fs import File, FsError
from engine.programs.lib.stamps import stamp
from engine.shell.process import Process

MAX_SOURCE = 200_000
_MAX_BITS = 20_000
_MAX_TEXT = 4_000_000
_MAX_RANGE = 10_000_000
_MAX_DEPTH = 60


class NotSimulated(EngineError):
    """The script uses something outside the simulated part of Python."""

    def __init__(self, what: str, line: int) -> None:
        self.what = what
        self.line = line
        super().__init__(f"Layer Lab simulates only a small part of Python; line {line} uses {what}")


class PythonExit(Exception):
    """``sys.exit``: ``status`` as given."""

    def __init__(self, status: Any) -> None:
        self.status = status
        super().__init__("exit")


class _Break(Exception):
    pass


class _Continue(Exception):
    pass


class _Return(Exception):
    def __init__(self, value: Any) -> None:
        self.value = value
        super().__init__()


class Module:
    """An imported module: a name and what it offers."""

    def __init__(self, name: str, members: dict[str, Any]) -> None:
        self.name = name
        self.members = members

    def __repr__(self) -> str:
        return f"<module '{self.name}'>"


class _Function:
    def __init__(self, runner: "Runner", node: ast.FunctionDef | ast.Lambda, scope: "Scope") -> None:
        self.runner = runner
        self.node = node
        self.scope = scope
        self.name = getattr(node, "name", "<lambda>")
        self.defaults = [runner.value(default, scope) for default in node.args.defaults]

    def __repr__(self) -> str:
        return f"<function {self.name}>"

    def __call__(self, *args: Any, **named: Any) -> Any:
        return self.runner.call_function(self, list(args), named)


class Scope:
    """Names of a module, a function call or a comprehension, over those around it."""

    def __init__(self, names: dict[str, Any], parent: "Scope | None" = None) -> None:
        self.names = names
        self.parent = parent
        self.declared_global: set[str] = set()

    def find(self, name: str) -> Any:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        raise NameError(f"name '{name}' is not defined")

    def top(self) -> "Scope":
        scope = self
        while scope.parent is not None and scope.parent.parent is not None:
            scope = scope.parent
        return scope

    def assign(self, name: str, value: Any) -> None:
        (self.top() if name in self.declared_global else self).names[name] = value


class OpenFile:
    """What ``open`` returns."""

    def __init__(self, process: Process, path: str, mode: str) -> None:
        self.process = process
        self.path = path
        self.mode = mode
        self.binary = "b" in mode
        self.position = 0
        if "w" in mode or "x" in mode:
            process.files.write(path, b"")
        elif "a" in mode:
            process.files.append(path, b"")
        else:
            self.data = process.files.read(path)

    def text(self, data: bytes) -> Any:
        return data if self.binary else data.decode("utf-8", "replace")

    def read(self, size: int = -1) -> Any:
        end = len(self.data) if size < 0 else self.position + size
        piece = self.data[self.position : end]
        self.position += len(piece)
        return self.text(piece)

    def readline(self) -> Any:
        end = self.data.find(b"\n", self.position) + 1 or len(self.data)
        piece = self.data[self.position : end]
        self.position = end
        return self.text(piece)

    def readlines(self) -> list[Any]:
        return list(self)

    def __iter__(self) -> Iterator[Any]:
        while line := self.readline():
            yield line

    def write(self, text: Any) -> int:
        data = text if isinstance(text, bytes) else str(text).encode("utf-8", "replace")
        self.process.files.append(self.path, data)
        return len(text)

    def close(self) -> None:
        return None

    def flush(self) -> None:
        return None


_METHODS: dict[type, frozenset[str]] = {
    str: frozenset(
        [
            "upper",
            "lower",
            "title",
            "capitalize",
            "strip",
            "lstrip",
            "rstrip",
            "split",
            "rsplit",
            "splitlines",
            "join",
            "replace",
            "startswith",
            "endswith",
            "find",
            "rfind",
            "index",
            "count",
            "isdigit",
            "isalpha",
            "isalnum",
            "isspace",
            "isupper",
            "islower",
            "format",
            "ljust",
            "rjust",
            "center",
            "zfill",
            "encode",
            "partition",
            "rpartition",
            "swapcase",
            "removeprefix",
            "removesuffix",
            "expandtabs",
        ]
    ),
    bytes: frozenset(["decode", "hex", "startswith", "endswith", "split", "strip", "find"]),
    list: frozenset(
        ["append", "extend", "insert", "remove", "pop", "clear", "index", "count", "sort", "reverse", "copy"]
    ),
    dict: frozenset(
        ["get", "keys", "values", "items", "pop", "update", "setdefault", "clear", "copy", "popitem"]
    ),
    set: frozenset(
        [
            "add",
            "remove",
            "discard",
            "union",
            "intersection",
            "difference",
            "update",
            "pop",
            "clear",
            "copy",
            "issubset",
        ]
    ),
    tuple: frozenset(["index", "count"]),
    int: frozenset(["bit_length"]),
    float: frozenset(["is_integer"]),
    OpenFile: frozenset(["read", "readline", "readlines", "write", "close", "flush"]),
}
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.RShift: operator.rshift,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}


class _Interrupted(Exception):
    """What scripts call KeyboardInterrupt; nothing ever raises it by itself here."""


_EXCEPTIONS: dict[str, type[Exception]] = {
    "KeyboardInterrupt": _Interrupted,
    "BaseException": Exception,
} | {
    kind.__name__: kind
    for kind in (
        Exception,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        ZeroDivisionError,
        NameError,
        RuntimeError,
        AttributeError,
        OSError,
        FileNotFoundError,
        PermissionError,
        FileExistsError,
        ImportError,
        ModuleNotFoundError,
        AssertionError,
        NotImplementedError,
        IsADirectoryError,
        LookupError,
        ArithmeticError,
    )
}


class Runner:
    """Runs one program; ``output`` collects what it prints, piece by piece."""

    def __init__(self, process: Process, script: str, arguments: list[str], version: str) -> None:
        self.process = process
        self.budget: Budget = process.budget
        self.script = script
        self.arguments = arguments
        self.version = version
        self.line = 0
        self.depth = 0
        self.printed: list[bytes] = []
        self.modules: dict[str, Module] = {}
        self.find_module: Callable[[str, int], Module] | None = None
        self._builtins = Scope({**_EXCEPTIONS, **_builtins(self)})

    def scope(self, name: str = "__main__") -> Scope:
        """A fresh module scope."""
        return Scope({"__name__": name, "__file__": self.script}, self._builtins)

    def run(self, source: str, scope: Scope | None = None) -> None:
        """Run a program. Raises SyntaxError, PythonExit, NotSimulated and whatever the program raises."""
        where = scope or self.scope()
        self.block(parse(source, self.script).body, where)

    # ------------------------------------------------------------------ statements

    def block(self, body: list[ast.stmt], scope: Scope) -> None:
        """Run statements one after another."""
        for statement in body:
            self.statement(statement, scope)

    def statement(self, node: ast.stmt, scope: Scope) -> None:
        """Run one statement."""
        self.budget.step()
        self.line = node.lineno
        match node:
            case ast.Expr(value=value):
                self.value(value, scope)
            case ast.Assign(targets=targets, value=value):
                result = self.value(value, scope)
                for target in targets:
                    self.bind(target, result, scope)
            case ast.AnnAssign(target=target, value=annotated):
                if annotated is not None:
                    self.bind(target, self.value(annotated, scope), scope)
            case ast.AugAssign(target=target, op=op, value=value):
                before = self.value(target, scope)
                self.bind(target, self.binary(op, before, self.value(value, scope)), scope)
            case ast.If(test=test, body=body, orelse=orelse):
                self.block(body if self.value(test, scope) else orelse, scope)
            case ast.While(test=test, body=body, orelse=orelse):
                while self.value(test, scope):
                    self.budget.step()
                    try:
                        self.block(body, scope)
                    except _Break:
                        return
                    except _Continue:
                        continue
                self.block(orelse, scope)
            case ast.For(target=target, iter=iterable, body=body, orelse=orelse):
                for item in self.iterate(self.value(iterable, scope)):
                    self.bind(target, item, scope)
                    try:
                        self.block(body, scope)
                    except _Break:
                        return
                    except _Continue:
                        continue
                self.block(orelse, scope)
            case ast.FunctionDef(name=name, decorator_list=[]):
                scope.assign(name, _Function(self, node, scope))
            case ast.Return(value=returned):
                raise _Return(None if returned is None else self.value(returned, scope))
            case ast.Pass():
                return
            case ast.Break():
                raise _Break
            case ast.Continue():
                raise _Continue
            case ast.Import(names=names):
                for alias in names:
                    module = self.load(alias.name)
                    bound = alias.asname or alias.name.partition(".")[0]
                    scope.assign(bound, module if alias.asname else self.load(bound))
            case ast.ImportFrom(module=source, names=names):
                module = self.load(source or "")
                for alias in names:
                    if alias.name == "*":
                        scope.names.update(module.members)
                        continue
                    if alias.name not in module.members:
                        raise ImportError(f"cannot import name '{alias.name}' from '{module.name}'")
                    scope.assign(alias.asname or alias.name, module.members[alias.name])
            case ast.Try():
                self.attempt(node, scope)
            case ast.Raise(exc=raised):
                raise self.exception(raised, scope)
            case ast.With(items=[item], body=body):
                opened = self.value(item.context_expr, scope)
                if not isinstance(opened, OpenFile):
                    raise NotSimulated("a with statement", node.lineno)
                if item.optional_vars is not None:
                    self.bind(item.optional_vars, opened, scope)
                self.block(body, scope)
            case ast.Global(names=globals_):
                scope.declared_global.update(globals_)
            case ast.Assert(test=test, msg=message):
                if not self.value(test, scope):
                    raise AssertionError(*([self.value(message, scope)] if message is not None else []))
            case ast.Delete(targets=targets):
                for target in targets:
                    if isinstance(target, ast.Name):
                        scope.names.pop(target.id, None)
                    elif isinstance(target, ast.Subscript):
                        del self.value(target.value, scope)[self.value(target.slice, scope)]
            case _:
                raise NotSimulated(f"'{type(node).__name__.lower()}'", node.lineno)

    def attempt(self, node: ast.Try, scope: Scope) -> None:
        try:
            try:
                self.block(node.body, scope)
            except (EngineError, _Break, _Continue, _Return, PythonExit, RecursionError):
                raise
            except Exception as error:
                for handler in node.handlers:
                    kinds = Exception if handler.type is None else self.value(handler.type, scope)
                    wanted = kinds if isinstance(kinds, tuple) else (kinds,)
                    if all(isinstance(kind, type) for kind in wanted) and isinstance(error, wanted):
                        if handler.name:
                            scope.assign(handler.name, error)
                        self.block(handler.body, scope)
                        break
                else:
                    raise
            else:
                self.block(node.orelse, scope)
        finally:
            self.block(node.finalbody, scope)

    def exception(self, node: ast.expr | None, scope: Scope) -> BaseException:
        value = RuntimeError("No active exception to reraise") if node is None else self.value(node, scope)
        if isinstance(value, type) and issubclass(value, BaseException):
            value = value()
        if not isinstance(value, BaseException):
            return TypeError("exceptions must derive from BaseException")
        return value

    def bind(self, target: ast.expr, value: Any, scope: Scope) -> None:
        """Assign ``value`` to a target."""
        match target:
            case ast.Name(id=name):
                scope.assign(name, value)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                items = list(self.iterate(value))
                if len(items) != len(parts):
                    raise ValueError(f"cannot unpack {len(items)} values into {len(parts)}")
                for part, item in zip(parts, items, strict=True):
                    self.bind(part, item, scope)
            case ast.Subscript(value=container, slice=index):
                holder = self.value(container, scope)
                if not isinstance(holder, dict | list):
                    raise TypeError("object does not support item assignment")
                self.budget.allocate(64)
                holder[self.value(index, scope)] = value
            case _:
                raise NotSimulated("an assignment to an attribute", target.lineno)

    # ------------------------------------------------------------------ expressions

    def value(self, node: ast.expr, scope: Scope) -> Any:
        """The value of an expression."""
        self.budget.step()
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return scope.find(name)
            case ast.BinOp(left=left, op=op, right=right):
                return self.binary(op, self.value(left, scope), self.value(right, scope))
            case ast.UnaryOp(op=unary, operand=operand):
                value = self.value(operand, scope)
                if isinstance(unary, ast.Not):
                    return not value
                if isinstance(unary, ast.USub):
                    return -value
                return +value if isinstance(unary, ast.UAdd) else ~value
            case ast.BoolOp(op=boolean, values=values):
                result: Any = None
                for part in values:
                    result = self.value(part, scope)
                    if bool(result) != isinstance(boolean, ast.And):
                        return result
                return result
            case ast.Compare(left=left, ops=ops, comparators=others):
                here = self.value(left, scope)
                for compare, other in zip(ops, others, strict=True):
                    there = self.value(other, scope)
                    self._charge_search(compare, there)
                    if not _COMPARE[type(compare)](here, there):
                        return False
                    here = there
                return True
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self.value(body if self.value(test, scope) else orelse, scope)
            case ast.List(elts=items):
                return self.collect(items, scope)
            case ast.Tuple(elts=items):
                return tuple(self.collect(items, scope))
            case ast.Set(elts=items):
                return set(self.collect(items, scope))
            case ast.Dict(keys=keys, values=values):
                pairs = zip(keys, values, strict=True)
                return {self.value(k, scope): self.value(v, scope) for k, v in pairs if k is not None}
            case ast.JoinedStr(values=values):
                return self.text("".join(self.formatted(part, scope) for part in values))
            case ast.Subscript(value=container, slice=index):
                return self.value(container, scope)[self.value(index, scope)]
            case ast.Slice(lower=low, upper=high, step=step):
                return slice(
                    *(None if part is None else self.value(part, scope) for part in (low, high, step))
                )
            case ast.Attribute(value=owner, attr=name):
                return self.attribute(self.value(owner, scope), name, node.lineno)
            case ast.Call():
                return self.call(node, scope)
            case ast.Lambda():
                return _Function(self, node, scope)
            case (
                ast.ListComp(elt=element, generators=loops) | ast.GeneratorExp(elt=element, generators=loops)
            ):
                found: list[Any] = []
                self.comprehend(loops, scope, lambda inner: found.append(self.value(element, inner)))
                return found
            case ast.SetComp(elt=element, generators=loops):
                seen: set[Any] = set()
                self.comprehend(loops, scope, lambda inner: seen.add(self.value(element, inner)))
                return seen
            case ast.DictComp(key=key, value=item, generators=loops):
                table: dict[Any, Any] = {}

                def put(inner: Scope) -> None:
                    table[self.value(key, inner)] = self.value(item, inner)

                self.comprehend(loops, scope, put)
                return table
            case ast.NamedExpr(target=target, value=assigned):
                value = self.value(assigned, scope)
                self.bind(target, value, scope)
                return value
            case ast.Starred():
                raise NotSimulated("a starred expression", node.lineno)
            case _:
                raise NotSimulated(f"'{type(node).__name__.lower()}'", node.lineno)

    def _charge_search(self, compare: ast.cmpop, there: Any) -> None:
        if isinstance(compare, ast.In | ast.NotIn) and isinstance(there, list | tuple | str):
            self.budget.step(1 + len(there) // 64)

    def collect(self, items: list[ast.expr], scope: Scope) -> list[Any]:
        found: list[Any] = []
        self.budget.allocate(16 * len(items))
        for item in items:
            if isinstance(item, ast.Starred):
                found += list(self.iterate(self.value(item.value, scope)))
            else:
                found.append(self.value(item, scope))
        return found

    def comprehend(self, loops: list[ast.comprehension], scope: Scope, take: Callable[[Scope], None]) -> None:
        loop, *rest = loops
        inner = Scope({}, scope)
        for item in self.iterate(self.value(loop.iter, scope)):
            self.bind(loop.target, item, inner)
            if all(self.value(test, inner) for test in loop.ifs):
                self.budget.allocate(32)
                if rest:
                    self.comprehend(rest, inner, take)
                else:
                    take(inner)

    def formatted(self, node: ast.expr, scope: Scope) -> str:
        if isinstance(node, ast.Constant):
            return str(node.value)
        assert isinstance(node, ast.FormattedValue)
        value = self.value(node.value, scope)
        if node.conversion == ord("r"):
            value = self.text(repr(value))
        spec = self.value(node.format_spec, scope) if node.format_spec is not None else ""
        return self.format(value, spec)

    def format(self, value: Any, spec: str) -> str:
        """``format(value, spec)`` with a bound on widths."""
        digits = "".join(letter if letter.isdigit() else " " for letter in spec).split()
        if any(int(number) > 10_000 for number in digits if len(number) < 9) or any(
            len(d) > 8 for d in digits
        ):
            raise ValueError("Too many decimal digits in format string")
        return format(value, spec) if spec else self.text(str(value))

    def text(self, value: str) -> str:
        """Charge a text to the budget."""
        self.budget.allocate(len(value))
        return value

    def binary(self, op: ast.operator, left: Any, right: Any) -> Any:
        """An arithmetic operator, with bounds on how big a result may get."""
        if isinstance(op, ast.Mult):
            for one, other in ((left, right), (right, left)):
                if isinstance(one, str | bytes | list | tuple) and isinstance(other, int):
                    self.budget.allocate(
                        len(one) * max(other, 0) * (1 if isinstance(one, str | bytes) else 16)
                    )
            _bounded(left, right)
            return left * right
        if isinstance(op, ast.Pow):
            if (
                isinstance(left, int)
                and isinstance(right, int)
                and left.bit_length() * max(right, 0) > _MAX_BITS
            ):
                raise OverflowError("Layer Lab keeps integers below 20,000 bits")
            return left**right
        if isinstance(op, ast.LShift):
            if isinstance(right, int) and right > _MAX_BITS:
                raise OverflowError("Layer Lab keeps integers below 20,000 bits")
            return left << right
        if isinstance(op, ast.Mod) and isinstance(left, str):
            if any(len(run) > 4 for run in "".join(c if c.isdigit() else " " for c in left).split()):
                raise ValueError("width too big")
            return self.text(left % right)
        if type(op) not in _BINARY:
            raise NotSimulated("an operator", self.line)
        if isinstance(op, ast.Add) and isinstance(left, str | bytes | list | tuple):
            self.budget.allocate(len(left) * (1 if isinstance(left, str | bytes) else 8))
        return _BINARY[type(op)](left, right)

    def iterate(self, value: Any) -> Iterator[Any]:
        """Items of something iterable, each one step."""
        if isinstance(value, Module | _Function):
            raise TypeError(f"'{type(value).__name__.strip('_').lower()}' object is not iterable")
        items = list(value) if isinstance(value, dict | set) else value
        for item in items:
            self.budget.step()
            yield item

    def attribute(self, owner: Any, name: str, line: int) -> Any:
        if isinstance(owner, Module):
            if name not in owner.members:
                raise AttributeError(f"module '{owner.name}' has no attribute '{name}'")
            return owner.members[name]
        if isinstance(owner, BaseException) and name in ("args", "errno", "strerror", "filename"):
            return getattr(owner, name, None)
        for kind, names in _METHODS.items():
            if isinstance(owner, kind) and not isinstance(owner, bool):
                if name in names:
                    return _method(self, owner, name)
                break
        if name.startswith("__") and name != "__name__":
            raise NotSimulated(f"'{name}'", line)
        if name == "__name__" and isinstance(owner, type):
            return owner.__name__
        raise AttributeError(f"'{type(owner).__name__}' object has no attribute '{name}'")

    def call(self, node: ast.Call, scope: Scope) -> Any:
        function = self.value(node.func, scope)
        arguments = self.collect(node.args, scope)
        named: dict[str, Any] = {}
        for keyword in node.keywords:
            value = self.value(keyword.value, scope)
            if keyword.arg is None:
                named.update(value)
            else:
                named[keyword.arg] = value
        if isinstance(function, _Function):
            return self.call_function(function, arguments, named)
        if isinstance(function, type) and issubclass(function, BaseException):
            return function(*arguments)
        if isinstance(function, Simulated):
            self.line = node.lineno
            return function(*arguments, **named)
        raise TypeError(f"'{type(function).__name__}' object is not callable")

    def call_function(self, function: _Function, arguments: list[Any], named: dict[str, Any]) -> Any:
        spec = function.node.args
        names = [argument.arg for argument in (*spec.posonlyargs, *spec.args)]
        values: dict[str, Any] = dict(
            zip(names[len(names) - len(function.defaults) :], function.defaults, strict=True)
        )
        if len(arguments) > len(names) and spec.vararg is None:
            raise TypeError(
                f"{function.name}() takes {len(names)} positional arguments but {len(arguments)} were given"
            )
        values.update(zip(names, arguments, strict=False))
        if spec.vararg is not None:
            values[spec.vararg.arg] = tuple(arguments[len(names) :])
        extra = {key: item for key, item in named.items() if key not in names}
        if extra and spec.kwarg is None:
            raise TypeError(f"{function.name}() got an unexpected keyword argument '{next(iter(extra))}'")
        values.update({key: item for key, item in named.items() if key in names})
        if spec.kwarg is not None:
            values[spec.kwarg.arg] = extra
        missing = [name for name in names if name not in values]
        if missing:
            raise TypeError(f"{function.name}() missing required argument: '{missing[0]}'")
        inner = Scope(values, function.scope)
        line = self.line
        if self.depth >= _MAX_DEPTH:
            raise RecursionError("maximum recursion depth exceeded")
        self.depth += 1
        try:
            if isinstance(function.node, ast.Lambda):
                return self.value(function.node.body, inner)
            self.block(function.node.body, inner)
            return None
        except _Return as returned:
            return returned.value
        finally:
            self.line = line
            self.depth -= 1

    # ------------------------------------------------------------------ modules

    def load(self, name: str) -> Module:
        """An imported module. Raises ModuleNotFoundError, NotSimulated."""
        known = self.modules.get(name)
        if known is not None:
            return known
        module = _standard(self, name)
        if module is None:
            if self.find_module is None:
                raise ModuleNotFoundError(f"No module named '{name}'")
            module = self.find_module(name, self.line)
        self.modules[name] = module
        return module

    def print(
        self, *values: Any, sep: str = " ", end: str = "\n", file: Any = None, flush: bool = False
    ) -> None:
        """The builtin ``print``."""
        line = self.text((sep or "").join(str(value) for value in values) + end)
        if file == "stderr":
            self.process.complain(line)
        elif isinstance(file, OpenFile):
            file.write(line)
        else:
            data = line.encode("utf-8", "replace")
            self.budget.print(len(data))
            self.printed.append(data)


def parse(source: str, name: str) -> ast.Module:
    """The syntax tree; raises SyntaxError, also for text too big or too deep to look at."""
    if len(source) > MAX_SOURCE:
        raise SyntaxError(f"{name} is larger than the simulated Python reads")
    try:
        return ast.parse(source, name)
    except (RecursionError, MemoryError):
        raise SyntaxError("too many nested parentheses") from None
    except ValueError as error:
        raise SyntaxError(str(error)) from None


def _bounded(left: Any, right: Any) -> None:
    both = isinstance(left, int) and isinstance(right, int)
    if both and left.bit_length() + right.bit_length() > _MAX_BITS:
        raise OverflowError("Layer Lab keeps integers below 20,000 bits")


class Simulated:
    """A host function that simulated Python may call."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._function(*arguments, **named)

    def __repr__(self) -> str:
        return f"<built-in function {getattr(self._function, '__name__', 'function').strip('_')}>"


def simulated(function: Callable[..., Any]) -> Simulated:
    """Mark a host function as callable from simulated Python."""
    return Simulated(function)


def _method(runner: Runner, owner: Any, name: str) -> Simulated:
    method = getattr(owner, name)

    def call(*arguments: Any, **named: Any) -> Any:
        if isinstance(owner, str):
            _check_text_method(runner, owner, name, arguments)
        if isinstance(owner, list | dict | set):
            runner.budget.allocate(32)
            runner.budget.step(1 + len(owner) // 64)
            if isinstance(owner, list) and name == "extend" and arguments:
                runner.budget.allocate(16 * len(arguments[0]))
        if isinstance(owner, list) and name == "sort" and "key" in named:
            owner[:] = sorted(owner, key=named["key"], reverse=bool(named.get("reverse")))
            return None
        result = method(*arguments, **named)
        if isinstance(result, str | bytes):
            runner.budget.allocate(len(result))
        elif isinstance(result, list):
            runner.budget.allocate(16 * len(result))
        return result

    return simulated(call)


def _check_text_method(runner: Runner, owner: str, name: str, arguments: tuple[Any, ...]) -> None:
    """Charge or refuse what could make a huge text, or look into the host's objects."""
    sizes = [argument for argument in arguments if isinstance(argument, int)]
    if name in ("ljust", "rjust", "center", "zfill", "expandtabs") and any(n > 100_000 for n in sizes):
        raise OverflowError("width too big")
    if name == "replace" and len(arguments) >= 2:
        runner.budget.allocate(len(owner) * max(1, len(str(arguments[1]))))
    if name == "format":
        if any(len(run) > 4 for run in _digit_runs(owner)):
            raise ValueError("width too big")
        for _, field, _, _ in Formatter().parse(owner):
            if field and ("." in field or "[" in field):
                raise NotSimulated("a format field with an attribute", runner.line)


def _digit_runs(text: str) -> list[str]:
    return "".join(letter if letter.isdigit() else " " for letter in text).split()


# ---------------------------------------------------------------------- builtins and modules


def _builtins(runner: Runner) -> dict[str, Any]:
    process = runner.process

    def open_(path: str, mode: str = "r", **_: Any) -> OpenFile:
        opened: OpenFile = guarded(lambda: OpenFile(process, str(path), mode))
        return opened

    def input_(prompt: str = "") -> str:
        if prompt:
            runner.print(prompt, end="")
        line = process.stdin.read_line()
        if not line:
            raise EOFError("EOF when reading a line")
        return line.decode("utf-8", "replace").rstrip("\n")

    def range_(*arguments: int) -> range:
        made = range(*arguments)
        if len(made) > _MAX_RANGE:
            raise OverflowError("range too big for the simulated Python")
        return made

    def list_(items: Any = ()) -> list[Any]:
        found = list(runner.iterate(items))
        runner.budget.allocate(16 * len(found))
        return found

    def exit_(status: Any = None) -> None:
        raise PythonExit(status)

    def int_(value: Any = 0, base: int | None = None) -> int:
        if isinstance(value, str) and len(value) > 4000:
            raise ValueError("Exceeds the limit (4000 digits) for integer string conversion")
        return int(value) if base is None else int(value, base)

    def type_(value: Any) -> type:
        return type(value)

    def total(items: Any, start: Any = 0) -> Any:
        for item in runner.iterate(items):
            start = runner.binary(ast.Add(), start, item)
        return start

    functions: dict[str, Callable[..., Any]] = {
        "print": runner.print,
        "open": open_,
        "input": input_,
        "range": range_,
        "list": list_,
        "tuple": lambda items=(): tuple(runner.iterate(items)),
        "set": lambda items=(): set(runner.iterate(items)),
        "dict": lambda items=(), **named: {**dict(items), **named},
        "str": lambda value="": runner.text(str(value)),
        "repr": lambda value: runner.text(repr(value)),
        "int": int_,
        "float": float,
        "bool": bool,
        "bytes": lambda value=b"", *a: (
            bytes(value, *a) if not isinstance(value, int) else bytes(min(value, 100000))
        ),
        "len": len,
        "abs": abs,
        "min": min,
        "max": max,
        "sum": total,
        "sorted": lambda items, **named: sorted(runner.iterate(items), **named),
        "reversed": lambda items: list(reversed(list_(items))),
        "enumerate": lambda items, start=0: list(enumerate(runner.iterate(items), start)),
        "zip": lambda *items: list(zip(*(list_(i) for i in items), strict=False)),
        "map": lambda function, *items: [
            function(*row) for row in zip(*(list_(i) for i in items), strict=False)
        ],
        "filter": lambda function, items: [
            i for i in runner.iterate(items) if (function(i) if function else i)
        ],
        "any": lambda items: any(runner.iterate(items)),
        "all": lambda items: all(runner.iterate(items)),
        "round": round,
        "chr": chr,
        "ord": ord,
        "hex": hex,
        "bin": bin,
        "divmod": divmod,
        "isinstance": lambda value, kinds: _is_instance(value, kinds),
        "type": type_,
        "exit": exit_,
        "quit": exit_,
        "format": runner.format,
        "id": lambda value: 140_000_000_000_000,
        "callable": callable,
    }
    return {name: simulated(function) for name, function in functions.items()}


_TYPES = {
    "str": str,
    "int": int,
    "float": float,
    "list": list,
    "dict": dict,
    "tuple": tuple,
    "set": set,
    "bool": bool,
}


def _is_instance(value: Any, kinds: Any) -> bool:
    wanted = kinds if isinstance(kinds, tuple) else (kinds,)
    return any(
        isinstance(
            value, _TYPES.get(getattr(kind, "__name__", ""), kind if isinstance(kind, type) else type(None))
        )
        for kind in wanted
    )


def guarded(action: Callable[[], Any]) -> Any:
    """Run a file operation; an FsError becomes the OSError that Python would raise."""
    try:
        return action()
    except FsError as error:
        kinds = {
            "ENOENT": (FileNotFoundError, 2),
            "EACCES": (PermissionError, 13),
            "EEXIST": (FileExistsError, 17),
            "EISDIR": (IsADirectoryError, 21),
            "ENOTDIR": (NotADirectoryError, 20),
        }
        kind, number = kinds.get(error.code, (OSError, 5))
        raise kind(number, error.reason, error.path) from None


def _standard(runner: Runner, name: str) -> Module | None:
    """The simulated part of the standard library; None for a module that is not part of it."""
    maker = _STANDARD.get(name)
    if maker is None:
        return None
    members = {
        key: simulated(value) if callable(value) and not isinstance(value, type) else value
        for key, value in maker(runner).items()
    }
    return Module(name, members)


def _sys(runner: Runner) -> dict[str, Any]:
    def exit_(status: Any = None) -> None:
        raise PythonExit(status)

    def write(text: str) -> int:
        runner.print(text, end="")
        return len(text)

    def write_error(text: str) -> int:
        runner.process.complain(text)
        return len(text)

    out = Module("stdout", {"write": simulated(write), "flush": simulated(lambda: None)})
    read = simulated(lambda: b"".join(runner.process.stdin.chunks()).decode("utf-8", "replace"))
    return {
        "argv": [runner.script, *runner.arguments],
        "exit": exit_,
        "version": f"{runner.version} (main) [GCC 14.2.0]",
        "version_info": tuple(int(part) for part in runner.version.split(".")),
        "platform": "linux",
        "executable": runner.process.executable or "/usr/local/bin/python3",
        "path": [runner.process.files.cwd],
        "stdout": out,
        "stderr": "stderr",
        "stdin": Module("stdin", {"read": read}),
        "maxsize": 9223372036854775807,
        "_error_write": write_error,
    }


def _os(runner: Runner) -> dict[str, Any]:
    files, process = runner.process.files, runner.process
    env = dict(process.env)

    def makedirs(path: str, mode: int = 0o777, exist_ok: bool = False) -> None:
        if files.is_dir(path) and not exist_ok:
            raise FileExistsError(17, "File exists", path)
        guarded(lambda: files.make_dirs(path, mode))

    members: dict[str, Any] = {
        "environ": env,
        "getenv": lambda name, default=None: env.get(name, default),
        "getcwd": lambda: files.cwd,
        "listdir": lambda path=".": guarded(lambda: files.names(path)),
        "mkdir": lambda path, mode=0o777: guarded(lambda: files.mkdir(path, mode)),
        "makedirs": makedirs,
        "remove": lambda path: guarded(lambda: files.remove(path)),
        "unlink": lambda path: guarded(lambda: files.remove(path)),
        "rmdir": lambda path: guarded(lambda: files.rmdir(path)),
        "rename": lambda a, b: guarded(lambda: files.rename(a, b)),
        "chmod": lambda path, mode: guarded(lambda: files.chmod(path, mode)),
        "getpid": lambda: process.pid,
        "getuid": lambda: files.user.uid,
        "geteuid": lambda: files.user.uid,
        "cpu_count": lambda: 2,
        "path": Module("os.path", {k: simulated(v) for k, v in _path(runner).items()}),
        "name": "posix",
        "sep": "/",
        "linesep": "\n",
    }
    return members


def _path(runner: Runner) -> dict[str, Any]:
    files = runner.process.files

    def join(*parts: str) -> str:
        path = ""
        for part in parts:
            path = part if part.startswith("/") or not path else f"{path.rstrip('/')}/{part}"
        return path

    def size(path: str) -> int:
        node = guarded(lambda: files.stat(path))
        return node.content.size if isinstance(node, File) else 4096

    return {
        "join": join,
        "exists": files.exists,
        "isfile": files.is_file,
        "isdir": files.is_dir,
        "basename": lambda path: path.rpartition("/")[2],
        "dirname": lambda path: path.rpartition("/")[0],
        "abspath": files.absolute,
        "getsize": size,
        "expanduser": lambda path: path.replace("~", runner.process.env.get("HOME", "/root"), 1),
        "splitext": lambda path: (
            (path.rpartition(".")[0], "." + path.rpartition(".")[2]) if "." in path else (path, "")
        ),
    }


def _time(runner: Runner) -> dict[str, Any]:
    clock = runner.process.system.clock

    def sleep(seconds: float) -> None:
        runner.budget.step(20)
        clock.advance(int(seconds * SECOND))

    return {
        "sleep": sleep,
        "time": lambda: clock.now / SECOND,
        "monotonic": lambda: clock.now / SECOND,
        "perf_counter": lambda: clock.now / SECOND,
        "strftime": lambda layout, *_: stamp(runner.process, layout),
        "ctime": lambda: stamp(runner.process, "%a %b %d %H:%M:%S %Y"),
    }


def _json(runner: Runner) -> dict[str, Any]:
    def loads(text: str) -> Any:
        runner.budget.allocate(8 * len(text))
        try:
            return json.loads(text)
        except RecursionError:
            raise ValueError("too deeply nested") from None

    def dumps(value: Any, indent: int | None = None, sort_keys: bool = False, **_: Any) -> str:
        return runner.text(
            json.dumps(value, indent=indent and min(indent, 16), sort_keys=sort_keys, default=str)
        )

    return {
        "loads": loads,
        "dumps": dumps,
        "load": lambda handle: loads(handle.read()),
        "dump": lambda value, handle, **named: handle.write(dumps(value, **named)),
    }


def _math(runner: Runner) -> dict[str, Any]:
    names = [
        "sqrt",
        "floor",
        "ceil",
        "sin",
        "cos",
        "tan",
        "log",
        "log2",
        "log10",
        "exp",
        "hypot",
        "gcd",
        "isnan",
        "radians",
        "degrees",
    ]
    return {**{name: getattr(math, name) for name in names}, "pi": math.pi, "e": math.e, "inf": math.inf}


def _datetime(runner: Runner) -> dict[str, Any]:
    now = simulated(lambda *_: stamp(runner.process, "%Y-%m-%d %H:%M:%S.%f"))
    return {"datetime": Module("datetime.datetime", {"now": now, "utcnow": now, "today": now})}


def _random(runner: Runner) -> dict[str, Any]:
    from hashlib import sha256

    state = [0]

    def number() -> float:
        state[0] += 1
        system = runner.process.system
        seed = f"{system.random_seed}:{system.serial}:{state[0]}"
        return int.from_bytes(sha256(seed.encode()).digest()[:7]) / 2**56

    return {
        "random": number,
        "randint": lambda low, high: low + int(number() * (high - low + 1)),
        "choice": lambda items: items[int(number() * len(items))],
        "seed": lambda *_: None,
    }


_STANDARD: dict[str, Callable[[Runner], dict[str, Any]]] = {
    "sys": _sys,
    "os": _os,
    "os.path": _path,
    "time": _time,
    "json": _json,
    "math": _math,
    "datetime": _datetime,
    "random": _random,
    "platform": lambda runner: {
        "python_version": lambda: runner.version,
        "system": lambda: "Linux",
        "machine": lambda: "x86_64",
        "node": lambda: runner.process.system.hostname,
        "platform": lambda: "Linux-6.8.0-layerlab-x86_64-with-glibc2.41",
    },
    "socket": lambda runner: {"gethostname": lambda: runner.process.system.hostname},
    "getpass": lambda runner: {
        "getuser": lambda: runner.process.accounts.user_name(runner.process.files.user.uid)
    },
    "__future__": lambda runner: {"annotations": None},
    "typing": lambda runner: dict.fromkeys(("Any", "Optional", "Union", "List", "Dict", "Callable")),
}
