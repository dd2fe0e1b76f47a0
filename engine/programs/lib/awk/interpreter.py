"""Runs an AWK program: every node of the tree becomes a closure once, then records flow through them."""

import math
from collections.abc import Callable, Generator, Iterator

from engine.clock import SECOND
from engine.errors import EngineError
from engine.fs import FsError
from engine.programs.lib.awk.lexer import unescape
from engine.programs.lib.awk.reader import RecordReader
from engine.programs.lib.awk.syntax import Function, Node, Program
from engine.programs.lib.awk.values import (
    Input,
    Value,
    checked,
    compare,
    format_text,
    number_of,
    number_text,
    truth,
)
from engine.programs.lib.children import drain, run_child
from engine.programs.lib.regex import Regex, RegexError, compile_regex
from engine.programs.lib.text import decode, encode, searchable_chunks, stdin_chunks
from engine.programs.lib.times import format_time
from engine.shell.process import Process
from engine.shell.run import CommandNotFound, NotExecutable
from engine.shell.streams import BytesInput

Array = dict[bytes, Value]
Frame = list["Value | Array"]
Evaluate = Callable[[Frame], Value]
Execute = Callable[[Frame], int]

NORMAL, BREAK, CONTINUE, NEXT, EXIT, RETURN, NEXT_FILE = range(7)
_MAX_FIELD = 1_000_000
_MAX_ELEMENTS = 2_000_000


class AwkError(EngineError):
    """A run-time failure that ends the program with status 2."""


class Leave(Exception):
    """``next``, ``nextfile`` or ``exit`` inside a function."""

    def __init__(self, signal: int) -> None:
        self.signal = signal
        super().__init__()


class Interpreter:
    """One run. ``dialect`` is mawk, gawk or busybox."""

    def __init__(self, process: Process, program: Program, dialect: str) -> None:
        self.process = process
        self.budget = process.budget
        self.dialect = dialect
        self.program = program
        self.out: list[bytes] = []
        self.status = 0
        self.globals: dict[str, Value] = {
            "FS": b" ",
            "OFS": b" ",
            "ORS": b"\n",
            "RS": b"\n",
            "NR": 0.0,
            "FNR": 0.0,
            "SUBSEP": b"\x1c",
            "CONVFMT": b"%.6g",
            "OFMT": b"%.6g",
            "RSTART": 0.0,
            "RLENGTH": -1.0,
            "FILENAME": b"",
        }
        self.arrays: dict[str, Array] = {
            "ENVIRON": {encode(name): Input(encode(value)) for name, value in process.env.items()},
            "ARGV": {},
        }
        self.record = b""
        self.fields: list[Value] | None = []
        self.stale = False
        self.operands: list[str] = []
        self._operand = 0
        self._reader: RecordReader | None = None
        self._read_any = False
        self._writers: dict[bytes, list[bytes]] = {}
        self._appending: set[bytes] = set()
        self._pipes: dict[bytes, list[bytes]] = {}
        self._readers: dict[bytes, RecordReader] = {}
        self._returned: Value = None
        self._seed = 0.0
        self._state = 0x2545F4914F6CDD1D
        self._array_parameters = _infer_arrays(program)
        self._functions: dict[str, tuple[Function, Execute]] = {}
        self._locals: dict[str, int] = {}
        self._in_function = ""
        for name, function in program.functions.items():
            self._locals = {parameter: index for index, parameter in enumerate(function.parameters)}
            self._in_function = name
            self._functions[name] = (function, self.statement(function.body))
        self._locals, self._in_function = {}, ""

    # ------------------------------------------------------------------ the run

    def assign(self, name: str, text: str) -> None:
        """``-v name=value`` and ``name=value`` operands."""
        self._set_global(name, Input(unescape(encode(text))))

    def run(self, operands: list[str]) -> Iterator[bytes]:
        """The whole program; yields output as records go by."""
        self.operands = operands
        argv = self.arrays["ARGV"]
        argv[b"0"] = encode(self.process.name)
        for index, operand in enumerate(operands, 1):
            argv[b"%d" % index] = Input(encode(operand))
        self.globals["ARGC"] = float(len(operands) + 1)
        begin = [self.statement(block) for block in self.program.begin]
        rules = [self._rule(index) for index in range(len(self.program.rules))]
        end = [self.statement(block) for block in self.program.end]
        leaving = False
        try:
            for block in begin:
                if self._block(block) == EXIT:
                    leaving = True
                    break
            yield from self._take()
            if not leaving and (rules or end):
                leaving = yield from self._records(rules)
            if not leaving or end:
                for block in end:
                    if self._block(block) == EXIT:
                        break
        finally:
            self._close_all()
        yield from self._take()

    def _block(self, block: Execute) -> int:
        try:
            return block([])
        except Leave as leave:
            return leave.signal

    def _records(self, rules: list[Execute]) -> Generator[bytes, None, bool]:
        while True:
            record = self._next_record()
            if record is None:
                return False
            self.set_record(record)
            for rule in rules:
                signal = self._block(rule)
                if signal == EXIT:
                    yield from self._take()
                    return True
                if signal == NEXT_FILE:
                    self._reader = None
                if signal in (NEXT, NEXT_FILE):
                    break
            if self.out:
                yield from self._take()

    def _take(self) -> Iterator[bytes]:
        if self.out:
            data = b"".join(self.out)
            self.out.clear()
            yield data

    def _rule(self, index: int) -> Execute:
        rule = self.program.rules[index]
        action = self.statement(rule.action) if rule.action is not None else self._print_record
        if rule.pattern is None:
            return action
        start = self.condition(rule.pattern)
        if rule.until is None:
            return lambda frame: action(frame) if start(frame) else NORMAL
        stop = self.condition(rule.until)
        inside = False

        def ranged(frame: Frame) -> int:
            nonlocal inside
            if not inside and not start(frame):
                return NORMAL
            inside = not stop(frame)
            return action(frame)

        return ranged

    def _print_record(self, frame: Frame) -> int:
        self.emit(self.current_record() + self.text(self.globals["ORS"]))
        return NORMAL

    # ------------------------------------------------------------------ input

    def _next_record(self) -> bytes | None:
        while True:
            if self._reader is None and not self._open_next():
                return None
            assert self._reader is not None
            try:
                record = self._reader.read(self.text(self.globals["RS"]))
            except FsError as error:
                raise AwkError(f"{error.path}: {error.reason}") from error
            if record is not None:
                self.globals["NR"] = number_of(self.globals["NR"]) + 1
                self.globals["FNR"] = number_of(self.globals["FNR"]) + 1
                return record
            self._reader = None

    def _open_next(self) -> bool:
        argv = self.arrays["ARGV"]
        count = int(number_of(self.globals["ARGC"]))
        while self._operand + 1 < min(count, _MAX_ELEMENTS):
            self._operand += 1
            text = decode(self.text(argv.get(b"%d" % self._operand)))
            name, equals, value = text.partition("=")
            if not text:
                continue
            if equals and name.isidentifier() and name.isascii():
                self.assign(name, value)
                continue
            self._read_any = True
            self.globals["FILENAME"] = encode(text)
            self.globals["FNR"] = 0.0
            self._reader = self._open(text)
            return True
        if self._read_any:
            return False
        self._read_any = True
        self._reader = RecordReader(stdin_chunks(self.process), self.budget)
        return True

    def _open(self, name: str) -> RecordReader:
        if name in ("-", "/dev/stdin"):
            return RecordReader(stdin_chunks(self.process), self.budget)
        try:
            return RecordReader(searchable_chunks(self.process.files, name), self.budget)
        except FsError as error:
            raise AwkError(_cannot_open(self.dialect, name, error.reason)) from error

    def set_record(self, record: bytes) -> None:
        """``$0 = record``."""
        self.record = record
        self.fields = None
        self.stale = False

    def current_record(self) -> bytes:
        """``$0``, rebuilt when a field was assigned."""
        if self.stale:
            separator = self.text(self.globals["OFS"])
            self.record = checked(
                separator.join(self.text(value) for value in self.fields or []), self.budget
            )
            self.stale = False
        return self.record

    def split_fields(self) -> list[Value]:
        """The fields of ``$0``, split when first asked for."""
        if self.fields is None:
            self.fields = list(self._split(self.record, self.text(self.globals["FS"])))
        return self.fields

    def _split(self, text: bytes, separator: bytes) -> list[Input]:
        self.budget.step(len(text) >> 9)
        if separator == b" ":
            return [Input(piece) for piece in text.split()]
        if not text:
            return []
        paragraph = self.text(self.globals["RS"]) == b""
        if len(separator) == 1 and not paragraph:
            return [Input(piece) for piece in text.split(separator)]
        if not separator:
            return [Input(text[at : at + 1]) for at in range(len(text))]
        if len(separator) == 1:
            separator = b"[" + separator + b"]|\n" if separator not in b"\\^" else b"\\" + separator + b"|\n"
        elif paragraph:
            separator = b"(" + separator + b")|\n"
        pieces: list[Input] = []
        at = 0
        for spans in self.regex(separator).matches(text, self.budget):
            begin, end = spans[0]
            if begin == end:
                continue
            pieces.append(Input(text[at:begin]))
            at = end
        pieces.append(Input(text[at:]))
        return pieces

    def field(self, index: float) -> Value:
        """``$index``."""
        number = int(index) if math.isfinite(index) else -1
        if number == 0:
            return Input(self.current_record())
        if number < 0:
            raise AwkError(
                f"negative field index ${number}"
                if self.dialect == "mawk"
                else f"attempt to access field {number}"
            )
        fields = self.split_fields()
        return fields[number - 1] if number <= len(fields) else None

    def set_field(self, index: float, value: Value) -> None:
        """``$index = value``."""
        number = int(index) if math.isfinite(index) else -1
        if number == 0:
            self.set_record(self.text(value))
            return
        if number < 0 or number > _MAX_FIELD:
            raise AwkError(
                f"negative field index ${number}" if number < 0 else f"field index {number} is too large"
            )
        fields = self.split_fields()
        if number > len(fields):
            self.budget.step((number - len(fields)) >> 3)
            fields += [b""] * (number - len(fields))
        fields[number - 1] = Input(value) if isinstance(value, bytes) and isinstance(value, Input) else value
        self.stale = True

    # ------------------------------------------------------------------ output

    def emit(self, data: bytes) -> None:
        """Standard output."""
        self.budget.step(len(data) >> 12)
        self.out.append(data)
        if len(self.out) > 4096:
            data = b"".join(self.out)
            self.budget.allocate(len(data))
            self.out = [data]

    def _redirect(self, operator: str, target: bytes, data: bytes) -> None:
        if operator == "|":
            self.budget.allocate(len(data))
            self._pipes.setdefault(target, []).append(data)
        elif target in (b"/dev/stdout", b"-"):
            self.emit(data)
        elif target == b"/dev/stderr":
            self.process.complain(decode(data))
        else:
            self.budget.allocate(len(data))
            if target not in self._writers:
                self._writers[target] = []
                if operator == ">>":
                    self._appending.add(target)
                else:
                    self._write(target, b"")
            self._writers[target].append(data)

    def _write(self, target: bytes, data: bytes) -> None:
        files = self.process.files
        path = decode(target)
        try:
            if target in self._appending:
                files.append(path, data)
            else:
                files.write(path, data)
        except FsError as error:
            raise AwkError(_cannot_open(self.dialect, path, error.reason, writing=True)) from error

    def _flush_writers(self) -> None:
        for target, parts in self._writers.items():
            if parts:
                self._write(target, b"".join(parts))
                parts.clear()
                self._appending.add(target)

    def _close(self, target: bytes) -> float:
        status = -1.0
        if target in self._pipes:
            data = b"".join(self._pipes.pop(target))
            status = float(self._shell(target, self.out, data))
        if target in self._writers:
            self._flush_writers()
            del self._writers[target]
            self._appending.discard(target)
            status = 0.0
        if target in self._readers:
            del self._readers[target]
            status = 0.0
        return status

    def _close_all(self) -> None:
        self._flush_writers()
        for target in list(self._pipes):
            self._close(target)

    def _shell(self, command: bytes, out: list[bytes], stdin: bytes | None = None) -> int:
        source = None if stdin is None else BytesInput(stdin, self.budget)
        try:
            return drain(run_child(self.process, ["/bin/sh", "-c", decode(command)], stdin=source), out)
        except (CommandNotFound, NotExecutable) as error:
            self.process.error(str(error))
            return error.status

    # ------------------------------------------------------------------ conversions

    def text(self, value: Value) -> bytes:
        """A value as a string (CONVFMT)."""
        if isinstance(value, bytes):
            return value
        if value is None:
            return b""
        pattern = self.globals["CONVFMT"]
        return number_text(value, pattern if isinstance(pattern, bytes) else b"%.6g", self.budget)

    def _printed(self, value: Value) -> bytes:
        """A value as ``print`` shows it (OFMT)."""
        if isinstance(value, float):
            pattern = self.globals["OFMT"]
            return number_text(value, pattern if isinstance(pattern, bytes) else b"%.6g", self.budget)
        return value or b""

    def regex(self, pattern: bytes) -> Regex:
        """A dynamic or constant pattern. Raises AwkError."""
        try:
            return compile_regex(pattern, "awk")
        except RegexError as error:
            raise AwkError(f"regular expression compile failed ({error})\n{decode(pattern)}") from error

    # ------------------------------------------------------------------ variables

    def _set_global(self, name: str, value: Value) -> None:
        if name == "NF":
            self._set_field_count(number_of(value))
            return
        self.globals[name] = value

    def _set_field_count(self, count: float) -> None:
        number = int(count) if math.isfinite(count) else 0
        if not 0 <= number <= _MAX_FIELD:
            raise AwkError("NF set to negative value")
        fields = self.split_fields()
        self.budget.step(number >> 3)
        del fields[number:]
        fields += [b""] * (number - len(fields))
        self.stale = True

    def _getter(self, name: str) -> Evaluate:
        index = self._locals.get(name)
        if index is not None:

            def local(frame: Frame) -> Value:
                value = frame[index]
                if isinstance(value, dict):
                    raise AwkError(f"can't use array {name} in scalar context")
                return value

            return local
        if name in self.program.functions:
            raise AwkError(f"function {name} is used as a variable")
        if name == "NF":
            return lambda frame: float(len(self.split_fields()))
        table = self.globals
        return lambda frame: table.get(name)

    def _setter(self, target: Node) -> Callable[[Frame, Value], None]:
        if target.kind == "field":
            index = self.expression(target.children[0])
            return lambda frame, value: self.set_field(number_of(index(frame)), value)
        if target.kind == "element":
            array = self.array(target.value)
            key = self._key(target.children)

            def set_element(frame: Frame, value: Value) -> None:
                elements = array(frame)
                elements[key(frame)] = value
                if len(elements) & 1023 == 0:
                    self.budget.allocate(100 * 1024)

            return set_element
        name = target.value
        local = self._locals.get(name)
        if local is not None:

            def set_local(frame: Frame, value: Value) -> None:
                frame[local] = value

            return set_local
        if name == "NF":
            return lambda frame, value: self._set_field_count(number_of(value))
        table = self.globals

        def set_global(frame: Frame, value: Value) -> None:
            table[name] = value

        return set_global

    def array(self, name: str) -> Callable[[Frame], Array]:
        """The array a name means."""
        index = self._locals.get(name)
        if index is None:
            if name in self.program.functions:
                raise AwkError(f"function {name} is used as an array")
            elements = self.arrays.setdefault(name, {})
            return lambda frame: elements

        def local(frame: Frame) -> Array:
            value = frame[index]
            if value is None:
                fresh: Array = {}
                frame[index] = fresh
                return fresh
            if not isinstance(value, dict):
                raise AwkError(f"can't use scalar {name} as array")
            return value

        return local

    def _key(self, subscripts: tuple[Node, ...]) -> Callable[[Frame], bytes]:
        parts = [self.expression(subscript) for subscript in subscripts]
        text = self.text
        if len(parts) == 1:
            only = parts[0]
            return lambda frame: bytes(text(only(frame)))
        return lambda frame: text(self.globals["SUBSEP"]).join(text(part(frame)) for part in parts)

    # ------------------------------------------------------------------ statements

    def statement(self, node: Node) -> Execute:
        """Compile one statement."""
        made: Execute = getattr(self, "_do_" + node.kind)(node)
        return made

    def _do_block(self, node: Node) -> Execute:
        statements = [self.statement(child) for child in node.children]
        step = self.budget.step
        if len(statements) == 1:
            return statements[0]

        def block(frame: Frame) -> int:
            step()
            for statement in statements:
                signal = statement(frame)
                if signal:
                    return signal
            return NORMAL

        return block

    def _do_expression(self, node: Node) -> Execute:
        evaluate = self.expression(node.children[0])
        step = self.budget.step

        def run(frame: Frame) -> int:
            step()
            evaluate(frame)
            return NORMAL

        return run

    def _do_if(self, node: Node) -> Execute:
        condition = self.condition(node.children[0])
        then = self.statement(node.children[1])
        otherwise = self.statement(node.children[2]) if len(node.children) > 2 else None
        step = self.budget.step

        def run(frame: Frame) -> int:
            step()
            if condition(frame):
                return then(frame)
            return otherwise(frame) if otherwise is not None else NORMAL

        return run

    def _do_while(self, node: Node) -> Execute:
        return self._loop(self.condition(node.children[0]), self.statement(node.children[1]), None, False)

    def _do_do(self, node: Node) -> Execute:
        return self._loop(self.condition(node.children[1]), self.statement(node.children[0]), None, True)

    def _do_for(self, node: Node) -> Execute:
        start = self.statement(node.children[0])
        loop = self._loop(
            self.condition(node.children[1]),
            self.statement(node.children[3]),
            self.statement(node.children[2]),
            False,
        )

        def run(frame: Frame) -> int:
            start(frame)
            return loop(frame)

        return run

    def _loop(
        self, condition: Callable[[Frame], bool], body: Execute, after: Execute | None, body_first: bool
    ) -> Execute:
        step = self.budget.step

        def run(frame: Frame) -> int:
            first = body_first
            while first or condition(frame):
                first = False
                step()
                signal = body(frame)
                if signal:
                    if signal == BREAK:
                        break
                    if signal != CONTINUE:
                        return signal
                if after is not None:
                    after(frame)
            return NORMAL

        return run

    def _do_forin(self, node: Node) -> Execute:
        variable, name = node.value
        assign = self._setter(Node("name", variable))
        array = self.array(name)
        body = self.statement(node.children[0])
        step = self.budget.step

        def run(frame: Frame) -> int:
            for key in list(array(frame)):
                step()
                assign(frame, Input(key))
                signal = body(frame)
                if signal:
                    if signal == BREAK:
                        break
                    if signal != CONTINUE:
                        return signal
            return NORMAL

        return run

    def _do_break(self, node: Node) -> Execute:
        return lambda frame: BREAK

    def _do_continue(self, node: Node) -> Execute:
        return lambda frame: CONTINUE

    def _do_next(self, node: Node) -> Execute:
        return lambda frame: NEXT

    def _do_nextfile(self, node: Node) -> Execute:
        return lambda frame: NEXT_FILE

    def _do_exit(self, node: Node) -> Execute:
        value = self.expression(node.children[0]) if node.children else None

        def run(frame: Frame) -> int:
            if value is not None:
                self.status = _integer(number_of(value(frame))) & 255
            return EXIT

        return run

    def _do_return(self, node: Node) -> Execute:
        value = self.expression(node.children[0]) if node.children else None

        def run(frame: Frame) -> int:
            self._returned = value(frame) if value is not None else None
            return RETURN

        return run

    def _do_delete(self, node: Node) -> Execute:
        array = self.array(node.value)
        key = self._key(node.children)

        def run(frame: Frame) -> int:
            array(frame).pop(key(frame), None)
            return NORMAL

        return run

    def _do_clear(self, node: Node) -> Execute:
        array = self.array(node.value)

        def run(frame: Frame) -> int:
            array(frame).clear()
            return NORMAL

        return run

    def _do_print(self, node: Node) -> Execute:
        operator = node.value
        children = node.children[:-1] if operator else node.children
        target = self.expression(node.children[-1]) if operator else None
        parts = [self.expression(child) for child in children]
        table, printed, text = self.globals, self._printed, self.text
        step = self.budget.step

        def run(frame: Frame) -> int:
            step()
            if parts:
                data = text(table["OFS"]).join([printed(part(frame)) for part in parts])
            else:
                data = self.current_record()
            data += text(table["ORS"])
            if target is None:
                self.emit(data)
            else:
                self._redirect(operator, bytes(text(target(frame))), data)
            return NORMAL

        return run

    def _do_printf(self, node: Node) -> Execute:
        operator = node.value
        children = node.children[:-1] if operator else node.children
        target = self.expression(node.children[-1]) if operator else None
        parts = [self.expression(child) for child in children]
        if not parts:
            raise AwkError("no arguments in call to printf")

        def run(frame: Frame) -> int:
            self.budget.step()
            values = [part(frame) for part in parts]
            data = format_text(self.text(values[0]), values[1:], self.budget, self.text)
            if target is None:
                self.emit(data)
            else:
                self._redirect(operator, bytes(self.text(target(frame))), data)
            return NORMAL

        return run

    # ------------------------------------------------------------------ expressions

    def expression(self, node: Node) -> Evaluate:
        """Compile one expression."""
        made: Evaluate = getattr(self, "_eval_" + node.kind)(node)
        return made

    def condition(self, node: Node) -> Callable[[Frame], bool]:
        """Compile an expression whose truth matters; a bare regex is matched with ``$0``."""
        evaluate = self.expression(node)
        return lambda frame: truth(evaluate(frame))

    def _eval_number(self, node: Node) -> Evaluate:
        value = node.value
        return lambda frame: value

    _eval_string = _eval_number

    def _eval_group(self, node: Node) -> Evaluate:
        return self.expression(node.children[0])

    def _eval_regex(self, node: Node) -> Evaluate:
        regex = self.regex(node.value)
        return lambda frame: 1.0 if regex.test(self.current_record(), self.budget) else 0.0

    def _eval_name(self, node: Node) -> Evaluate:
        return self._getter(node.value)

    def _eval_field(self, node: Node) -> Evaluate:
        child = node.children[0]
        if child.kind == "number" and child.value >= 1:
            number = int(child.value)

            def constant(frame: Frame) -> Value:
                fields = self.fields if self.fields is not None else self.split_fields()
                return fields[number - 1] if number <= len(fields) else None

            return constant
        index = self.expression(child)
        return lambda frame: self.field(number_of(index(frame)))

    def _eval_element(self, node: Node) -> Evaluate:
        array = self.array(node.value)
        key = self._key(node.children)

        def element(frame: Frame) -> Value:
            elements = array(frame)
            name = key(frame)
            if name not in elements:
                elements[name] = None
                if len(elements) & 1023 == 0:
                    self.budget.allocate(100 * 1024)
                return None
            return elements[name]

        return element

    def _eval_assign(self, node: Node) -> Evaluate:
        target, source = node.children
        value = self.expression(source)
        assign = self._setter(target)
        if node.value == "=":

            def simple(frame: Frame) -> Value:
                result = value(frame)
                assign(frame, result)
                return result

            return simple
        current = self.expression(target)
        operate = self._operation(node.value[:-1])

        def compound(frame: Frame) -> Value:
            operand = number_of(value(frame))
            result = operate(number_of(current(frame)), operand)
            assign(frame, result)
            return result

        return compound

    def _operation(self, operator: str) -> Callable[[float, float], float]:
        if operator == "+":
            return lambda a, b: a + b
        if operator == "-":
            return lambda a, b: a - b
        if operator == "*":
            return lambda a, b: a * b
        if operator == "/":
            return self._divide
        if operator == "%":
            return self._modulo
        return _power

    def _divide(self, a: float, b: float) -> float:
        if b:
            return a / b
        if self.dialect != "mawk":
            raise AwkError(_zero_division(self.dialect, ""))
        return math.nan if not a or a != a else math.copysign(math.inf, a)

    def _modulo(self, a: float, b: float) -> float:
        if b and math.isfinite(a):
            return math.fmod(a, b)
        if self.dialect != "mawk" and not b:
            raise AwkError(_zero_division(self.dialect, " in %"))
        return math.nan

    def _eval_arithmetic(self, node: Node) -> Evaluate:
        left, right = self.expression(node.children[0]), self.expression(node.children[1])
        operate = self._operation(node.value)
        return lambda frame: operate(number_of(left(frame)), number_of(right(frame)))

    def _eval_unary(self, node: Node) -> Evaluate:
        operand = self.expression(node.children[0])
        if node.value == "!":
            return lambda frame: 0.0 if truth(operand(frame)) else 1.0
        if node.value == "-":
            return lambda frame: -number_of(operand(frame))
        return lambda frame: number_of(operand(frame))

    def _eval_prefix(self, node: Node) -> Evaluate:
        current = self.expression(node.children[0])
        assign = self._setter(node.children[0])
        delta = 1.0 if node.value == "++" else -1.0

        def run(frame: Frame) -> Value:
            result = number_of(current(frame)) + delta
            assign(frame, result)
            return result

        return run

    def _eval_postfix(self, node: Node) -> Evaluate:
        current = self.expression(node.children[0])
        assign = self._setter(node.children[0])
        delta = 1.0 if node.value == "++" else -1.0

        def run(frame: Frame) -> Value:
            before = number_of(current(frame))
            assign(frame, before + delta)
            return before

        return run

    def _eval_concat(self, node: Node) -> Evaluate:
        parts = [self.expression(child) for child in node.children]
        text, budget = self.text, self.budget
        return lambda frame: checked(b"".join([text(part(frame)) for part in parts]), budget)

    def _eval_compare(self, node: Node) -> Evaluate:
        left, right = self.expression(node.children[0]), self.expression(node.children[1])
        text = self.text
        wanted = {"<": (-1,), "<=": (-1, 0), "==": (0,), "!=": (-1, 1), ">": (1,), ">=": (0, 1)}[node.value]
        return lambda frame: 1.0 if compare(left(frame), right(frame), text) in wanted else 0.0

    def _eval_match(self, node: Node) -> Evaluate:
        left = self.expression(node.children[0])
        pattern = self._pattern(node.children[1])
        hit, miss = (0.0, 1.0) if node.value else (1.0, 0.0)
        return lambda frame: hit if pattern(frame).test(self.text(left(frame)), self.budget) else miss

    def _pattern(self, node: Node) -> Callable[[Frame], Regex]:
        if node.kind == "regex":
            regex = self.regex(node.value)
            return lambda frame: regex
        value = self.expression(node)
        return lambda frame: self.regex(bytes(self.text(value(frame))))

    def _eval_in(self, node: Node) -> Evaluate:
        array = self.array(node.value)
        key = self._key(node.children)
        return lambda frame: 1.0 if key(frame) in array(frame) else 0.0

    def _eval_and(self, node: Node) -> Evaluate:
        left, right = self.condition(node.children[0]), self.condition(node.children[1])
        return lambda frame: 1.0 if left(frame) and right(frame) else 0.0

    def _eval_or(self, node: Node) -> Evaluate:
        left, right = self.condition(node.children[0]), self.condition(node.children[1])
        return lambda frame: 1.0 if left(frame) or right(frame) else 0.0

    def _eval_ternary(self, node: Node) -> Evaluate:
        condition = self.condition(node.children[0])
        then, otherwise = self.expression(node.children[1]), self.expression(node.children[2])
        return lambda frame: then(frame) if condition(frame) else otherwise(frame)

    # ------------------------------------------------------------------ getline

    def _eval_getline(self, node: Node) -> Evaluate:
        if node.value is None:
            target = self._setter(node.children[0]) if node.children else None
            return lambda frame: self._getline_main(frame, target)
        source = self.expression(node.children[0])
        target = self._setter(node.children[1]) if len(node.children) > 1 else None
        piped = node.value == "|"
        return lambda frame: self._getline_from(frame, bytes(self.text(source(frame))), piped, target)

    def _getline_main(self, frame: Frame, target: Callable[[Frame, Value], None] | None) -> Value:
        try:
            record = self._next_record()
        except AwkError:
            return -1.0
        if record is None:
            return 0.0
        if target is None:
            self.set_record(record)
        else:
            target(frame, Input(record))
        return 1.0

    def _getline_from(
        self, frame: Frame, name: bytes, piped: bool, target: Callable[[Frame, Value], None] | None
    ) -> Value:
        reader = self._readers.get(name)
        if reader is None:
            self._flush_writers()
            if piped:
                collected: list[bytes] = []
                self._shell(name, collected)
                reader = RecordReader(iter(collected), self.budget)
            else:
                try:
                    reader = self._open(decode(name))
                except AwkError:
                    return -1.0
            self._readers[name] = reader
        try:
            record = reader.read(self.text(self.globals["RS"]))
        except FsError:
            return -1.0
        if record is None:
            return 0.0
        if piped:
            self.globals["NR"] = number_of(self.globals["NR"]) + 1
        if target is None:
            self.set_record(record)
        else:
            target(frame, Input(record))
        return 1.0

    # ------------------------------------------------------------------ calls

    def _eval_call(self, node: Node) -> Evaluate:
        name = node.value
        function = self.program.functions.get(name)
        if function is None:
            raise AwkError(
                f"function {name} never defined"
                if self.dialect == "mawk"
                else f"function `{name}' not defined"
            )
        count = len(function.parameters)
        if len(node.children) > count:
            raise AwkError(f"too many arguments in call to {name}")
        arrays = self._array_parameters.get(name, set())
        arguments: list[Callable[[Frame], Value | Array]] = []
        for index, child in enumerate(node.children):
            if index in arrays and child.kind == "name":
                arguments.append(self.array(child.value))
            elif child.kind == "name" and child.value in self._locals:
                position = self._locals[child.value]
                arguments.append(lambda frame, position=position: frame[position])  # type: ignore[misc]
            else:
                arguments.append(self.expression(child))
        functions, budget = self._functions, self.budget

        def call(frame: Frame) -> Value:
            fresh: Frame = [argument(frame) for argument in arguments]
            fresh += [None] * (count - len(fresh))
            budget.step()
            budget.enter()
            try:
                signal = functions[name][1](fresh)
            finally:
                budget.leave()
            if signal == RETURN:
                result, self._returned = self._returned, None
                return result
            if signal in (NEXT, EXIT, NEXT_FILE):
                raise Leave(signal)
            return None

        return call

    def _eval_builtin(self, node: Node) -> Evaluate:
        made: Evaluate = getattr(self, "_call_" + node.value, self._call_numeric)(node)
        return made

    def _arguments(self, node: Node, least: int, most: int) -> list[Evaluate]:
        if not least <= len(node.children) <= most:
            few = len(node.children) < least
            raise AwkError(
                f"not enough arguments passed to {node.value}"
                if few
                else f"too many arguments passed to {node.value}"
            )
        return [self.expression(child) for child in node.children]

    def _call_numeric(self, node: Node) -> Evaluate:
        name = node.value
        parts = self._arguments(node, 0 if name in ("rand", "systime") else 1, 8)
        return lambda frame: self._numeric(name, [number_of(part(frame)) for part in parts])

    def _numeric(self, name: str, values: list[float]) -> float:
        a = values[0] if values else 0.0
        b = values[1] if len(values) > 1 else 0.0
        try:
            match name:
                case "int":
                    return float(int(a)) if math.isfinite(a) else a
                case "sqrt":
                    return math.sqrt(a) if a >= 0 else math.nan
                case "exp":
                    return math.exp(a)
                case "log":
                    return math.log(a) if a > 0 else -math.inf if a == 0 else math.nan
                case "sin":
                    return math.sin(a)
                case "cos":
                    return math.cos(a)
                case "atan2":
                    return math.atan2(a, b)
                case "rand":
                    return self._random()
                case "systime":
                    return float(self.process.system.clock.now // SECOND)
                case _:
                    return _bitwise(name, _integer(a), _integer(b))
        except OverflowError:
            return math.inf
        except ValueError:
            return math.nan

    def _random(self) -> float:
        state = self._state
        state ^= (state << 13) & 0xFFFFFFFFFFFFFFFF
        state ^= state >> 7
        state ^= (state << 17) & 0xFFFFFFFFFFFFFFFF
        self._state = state
        return (state >> 11) / (1 << 53)

    def _call_srand(self, node: Node) -> Evaluate:
        parts = self._arguments(node, 0, 1)

        def run(frame: Frame) -> Value:
            before = self._seed
            clock = float(self.process.system.clock.now // SECOND)
            self._seed = number_of(parts[0](frame)) if parts else clock
            self._state = (
                hash(self._seed) * 0x9E3779B97F4A7C15 + 0x2545F4914F6CDD1D
            ) & 0xFFFFFFFFFFFFFFFF or 1
            return before

        return run

    def _call_length(self, node: Node) -> Evaluate:
        if not node.children:
            return lambda frame: float(len(self.current_record()))
        child = node.children[0]
        if child.kind == "name" and (child.value in self.arrays or child.value in self._locals):
            name = child.value
            local = self._locals.get(name)
            if local is None:
                if name not in self.globals:
                    elements = self.arrays[name]
                    return lambda frame: float(len(elements))
            else:

                def of_local(frame: Frame) -> Value:
                    value = frame[local]
                    return float(len(value) if isinstance(value, dict) else len(self.text(value)))

                return of_local
        value = self.expression(child)
        return lambda frame: float(len(self.text(value(frame))))

    def _call_substr(self, node: Node) -> Evaluate:
        parts = self._arguments(node, 2, 3)

        def run(frame: Frame) -> Value:
            text = self.text(parts[0](frame))
            start = number_of(parts[1](frame))
            count = number_of(parts[2](frame)) if len(parts) > 2 else math.inf
            if start != start or count != count:
                return b""
            first = max(_rounded(start), 1)
            last = (
                len(text) + 1 if count == math.inf else min(_rounded(start) + _rounded(count), len(text) + 1)
            )
            return bytes(text[first - 1 : max(last - 1, first - 1)])

        return run

    def _call_index(self, node: Node) -> Evaluate:
        parts = self._arguments(node, 2, 2)
        nothing = 0 if self.dialect == "busybox" else 1

        def run(frame: Frame) -> Value:
            wanted = self.text(parts[1](frame))
            return float(self.text(parts[0](frame)).find(wanted) + 1 if wanted else nothing)

        return run

    def _call_split(self, node: Node) -> Evaluate:
        if not 2 <= len(node.children) <= 4 or node.children[1].kind != "name":
            raise AwkError("wrong arguments to split")
        text = self.expression(node.children[0])
        array = self.array(node.children[1].value)
        separator: Callable[[Frame], bytes] | None = None
        if len(node.children) > 2:
            third = node.children[2]
            if third.kind == "regex":
                pattern = third.value
                separator = lambda frame: pattern if len(pattern) > 1 else b"(" + pattern + b")"  # noqa: E731
            else:
                value = self.expression(third)
                separator = lambda frame: self.text(value(frame))  # noqa: E731

        def run(frame: Frame) -> Value:
            data = self.text(text(frame))
            mark = separator(frame) if separator is not None else self.text(self.globals["FS"])
            pieces = self._split(data, bytes(mark))
            elements = array(frame)
            elements.clear()
            self.budget.step(len(pieces) >> 3)
            for number, piece in enumerate(pieces, 1):
                elements[b"%d" % number] = piece
            return float(len(pieces))

        return run

    def _call_sub(self, node: Node) -> Evaluate:
        everywhere = node.value == "gsub"
        if not 2 <= len(node.children) <= 3:
            raise AwkError(f"wrong number of arguments in call to {node.value}")
        pattern = self._pattern(node.children[0])
        replacement = self.expression(node.children[1])
        target = node.children[2] if len(node.children) > 2 else Node("field", None, (Node("number", 0.0),))
        while target.kind == "group":
            target = target.children[0]
        current = self.expression(target)
        assignable = target.kind in ("name", "field", "element")
        assign = self._setter(target) if assignable else None

        def run(frame: Frame) -> Value:
            text = self.text(current(frame))
            regex = pattern(frame)
            pieces = _replacement_pieces(bytes(self.text(replacement(frame))))
            out: list[bytes] = []
            at = count = 0
            for spans in regex.matches(text, self.budget):
                begin, end = spans[0]
                count += 1
                out.append(text[at:begin])
                out += [text[begin:end] if piece is None else piece for piece in pieces]
                at = end
                self.budget.step(len(out[-1]) >> 10)
                if not everywhere:
                    break
            if count and assign is not None:
                out.append(text[at:])
                assign(frame, checked(b"".join(out), self.budget))
            return float(count)

        return run

    _call_gsub = _call_sub

    def _call_gensub(self, node: Node) -> Evaluate:
        if not 3 <= len(node.children) <= 4:
            raise AwkError("wrong number of arguments in call to gensub")
        pattern = self._pattern(node.children[0])
        parts = [self.expression(child) for child in node.children[1:]]

        def run(frame: Frame) -> Value:
            regex = pattern(frame)
            template = bytes(self.text(parts[0](frame)))
            how = self.text(parts[1](frame))
            text = self.text(parts[2](frame)) if len(parts) > 2 else self.current_record()
            wanted = 0 if how[:1] in (b"g", b"G") else max(1, _integer(number_of(how)))
            out: list[bytes] = []
            at = count = 0
            for spans in regex.matches(text, self.budget):
                count += 1
                if wanted and count != wanted:
                    continue
                out += [text[at : spans[0][0]], _with_groups(template, text, spans)]
                at = spans[0][1]
                if wanted:
                    break
            return checked(b"".join(out) + text[at:], self.budget)

        return run

    def _call_match(self, node: Node) -> Evaluate:
        if not 2 <= len(node.children) <= 3:
            raise AwkError("wrong number of arguments in call to match")
        subject = self.expression(node.children[0])
        pattern = self._pattern(node.children[1])
        array = self.array(node.children[2].value) if len(node.children) > 2 else None

        def run(frame: Frame) -> Value:
            text = self.text(subject(frame))
            spans = pattern(frame).search(text, self.budget)
            start, length = (spans[0][0] + 1, spans[0][1] - spans[0][0]) if spans else (0, -1)
            self.globals["RSTART"], self.globals["RLENGTH"] = float(start), float(length)
            if array is not None:
                elements = array(frame)
                elements.clear()
                for number, (begin, end) in enumerate(spans or ()):
                    if begin >= 0:
                        elements[b"%d" % number] = Input(text[begin:end])
            return float(start)

        return run

    def _call_sprintf(self, node: Node) -> Evaluate:
        parts = self._arguments(node, 1, 10_000)

        def run(frame: Frame) -> Value:
            values = [part(frame) for part in parts]
            return format_text(self.text(values[0]), values[1:], self.budget, self.text)

        return run

    def _call_tolower(self, node: Node) -> Evaluate:
        (part,) = self._arguments(node, 1, 1)
        return lambda frame: bytes(self.text(part(frame))).lower()

    def _call_toupper(self, node: Node) -> Evaluate:
        (part,) = self._arguments(node, 1, 1)
        return lambda frame: bytes(self.text(part(frame))).upper()

    def _call_system(self, node: Node) -> Evaluate:
        (part,) = self._arguments(node, 1, 1)

        def run(frame: Frame) -> Value:
            self._flush_writers()
            return float(self._shell(self.text(part(frame)), self.out))

        return run

    def _call_close(self, node: Node) -> Evaluate:
        parts = self._arguments(node, 1, 2)
        return lambda frame: self._close(bytes(self.text(parts[0](frame))))

    def _call_fflush(self, node: Node) -> Evaluate:
        self._arguments(node, 0, 1)

        def run(frame: Frame) -> Value:
            self._flush_writers()
            return 0.0

        return run

    def _call_strftime(self, node: Node) -> Evaluate:
        parts = self._arguments(node, 0, 3)

        def run(frame: Frame) -> Value:
            pattern = decode(self.text(parts[0](frame))) if parts else "%a %b %e %H:%M:%S UTC %Y"
            now = self.process.system.clock.now
            when = _integer(number_of(parts[1](frame))) * SECOND if len(parts) > 1 else now
            return encode(format_time(when, pattern))

        return run


def _infer_arrays(program: Program) -> dict[str, set[int]]:
    """Which parameters of which functions are arrays: used as one, or passed on to one that is."""
    found: dict[str, set[int]] = {name: set() for name in program.functions}
    calls: list[tuple[str, dict[str, int], Node]] = []
    for name, function in program.functions.items():
        positions = {parameter: index for index, parameter in enumerate(function.parameters)}
        pending = [function.body]
        while pending:
            node = pending.pop()
            pending += node.children
            used = ""
            if node.kind in ("element", "in", "delete", "clear"):
                used = node.value
            elif node.kind == "forin":
                used = node.value[1]
            elif node.kind == "builtin" and node.value in ("split", "match"):
                at = 1 if node.value == "split" else 2
                used = (
                    node.children[at].value
                    if len(node.children) > at and node.children[at].kind == "name"
                    else ""
                )
            elif node.kind == "call":
                calls.append((name, positions, node))
            if used in positions:
                found[name].add(positions[used])
    changed = True
    while changed:
        changed = False
        for name, positions, call in calls:
            for index in found.get(call.value, set()):
                if index < len(call.children) and call.children[index].kind == "name":
                    position = positions.get(call.children[index].value)
                    if position is not None and position not in found[name]:
                        found[name].add(position)
                        changed = True
    return found


def _cannot_open(dialect: str, name: str, reason: str, writing: bool = False) -> str:
    if dialect == "mawk":
        return f'cannot open "{name}" for output' if writing else f"cannot open {name} ({reason})"
    if dialect == "gawk":
        if writing:
            return f"cmd. line:1: fatal: can't redirect to `{name}' ({reason})"
        return f"warning: command line argument `{name}': {reason}"
    return f"can't open '{name}': {reason}" if writing else f"{name}: {reason}"


def _zero_division(dialect: str, where: str) -> str:
    if dialect == "gawk":
        return f"cmd. line:1: fatal: division by zero attempted{where}"
    return "cmd. line:1: Division by zero"


def _power(a: float, b: float) -> float:
    try:
        result = math.pow(a, b)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.nan if a < 0 else math.inf
    return result


def _integer(number: float) -> int:
    return int(max(-(2.0**63), min(2.0**63, number))) if number == number else 0


def _rounded(number: float) -> int:
    """To the nearest integer, halves to even, as substr does."""
    return round(max(-1e15, min(1e15, number)))


def _bitwise(name: str, a: int, b: int) -> float:
    match name:
        case "and":
            return float(a & b)
        case "or":
            return float(a | b)
        case "xor":
            return float(a ^ b)
        case "lshift":
            return float(a << min(max(b, 0), 63))
        case "rshift":
            return float(a >> min(max(b, 0), 63))
        case "compl":
            return float(~a & 0x1FFFFFFFFFFFFF)
        case _:
            return 0.0


def _replacement_pieces(text: bytes) -> list[bytes | None]:
    """The replacement of sub and gsub: None stands for ``&``; ``\\&`` is a plain ampersand."""
    pieces: list[bytes | None] = []
    literal = bytearray()
    at = 0
    while at < len(text):
        if text[at] == 92 and text[at + 1 : at + 2] in (b"&", b"\\"):
            literal += text[at + 1 : at + 2]
            at += 2
            continue
        if text[at] == 38:
            pieces += [bytes(literal), None]
            literal.clear()
        else:
            literal.append(text[at])
        at += 1
    pieces.append(bytes(literal))
    return pieces


def _with_groups(template: bytes, text: bytes, spans: tuple[tuple[int, int], ...]) -> bytes:
    out = bytearray()
    at = 0
    while at < len(template):
        char = template[at : at + 1]
        number = -1
        if char == b"&":
            number = 0
        elif char == b"\\" and template[at + 1 : at + 2].isdigit():
            at += 1
            number = int(template[at : at + 1])
        elif char == b"\\" and at + 1 < len(template):
            at += 1
            char = template[at : at + 1]
        if number < 0:
            out += char
        elif number < len(spans) and spans[number][0] >= 0:
            out += text[spans[number][0] : spans[number][1]]
        at += 1
    return bytes(out)
