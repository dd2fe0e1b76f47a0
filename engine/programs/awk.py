"""awk: pattern scanning and processing language (as mawk, gawk or BusyBox's, by the name it runs under)."""

from collections.abc import Generator

from engine.fs import FsError
from engine.programs.lib.awk.interpreter import AwkError, Interpreter
from engine.programs.lib.awk.lexer import AwkSyntaxError
from engine.programs.lib.awk.parser import parse
from engine.programs.lib.text import decode
from engine.shell.options import Flag, Options, UsageError, Value
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[-F fs] [-v var=value] [-f progfile | 'prog'] [file ...]",
    "Scan and process text with an AWK program.",
    Value("F", "field-separator", metavar="fs", help="use fs for the input field separator"),
    Value("v", "assign", metavar="var=val", help="assign val to var before the program begins"),
    Value("f", "file", metavar="progfile", help="read the program from progfile"),
    Value("e", "source", metavar="program", help="use program text as program source code"),
    Value("W", "", metavar="option", help="(ignored)"),
    Flag("", "posix", help="disable extensions"),
    Flag("", "re-interval", help="allow interval expressions (the default)"),
    error_status=2,
    stop_at_operand=True,
)


@program(
    "awk", "mawk", "gawk", "original-awk", package="mawk", summary="pattern scanning and text processing"
)
def awk(p: Process) -> Generator[bytes, None, int]:
    options = OPTIONS.parse(p)
    operands = list(options.operands)
    dialect = _dialect(p)
    parts: list[str] = []
    try:
        for name, value in options.order:
            if name == "file":
                chunks = p.stdin.chunks() if value == "-" else p.files.chunks(value or "")
                parts.append(decode(b"".join(chunks)))
            elif name == "source":
                parts.append(value or "")
    except FsError as error:
        if dialect == "busybox":
            p.error(f"can't open '{error.path}': {error.reason}")
            return 1
        p.error(f"cannot open {error.path} ({error.reason})" if dialect == "mawk" else str(error))
        return 2
    if not parts:
        if not operands:
            raise UsageError(_usage(p, dialect), 1 if dialect == "busybox" else 2)
        parts.append(operands.pop(0))
    interpreter = None
    p.budget.step(sum(map(len, parts)) // 2)
    try:
        interpreter = Interpreter(p, parse("\n".join(parts)), dialect)
        if options.flag("field-separator"):
            interpreter.assign("FS", _separator(options.value("field-separator") or "", dialect))
        for assignment in options.values("assign"):
            name, equals, value = assignment.partition("=")
            if not equals or not name.isidentifier():
                p.error(f"improper assignment: -v {assignment}")
                return 2
            interpreter.assign(name, value)
        yield from interpreter.run(operands)
    except AwkSyntaxError as error:
        p.error(_syntax(dialect, error))
        return 1 if dialect != "mawk" else 2
    except AwkError as error:
        if interpreter is not None:
            yield b"".join(interpreter.out)
        p.error(str(error))
        return 1 if dialect == "busybox" else 2
    except RecursionError:
        p.error("program is nested too deeply")
        return 2
    return interpreter.status


def _dialect(p: Process) -> str:
    if p.is_busybox:
        return "busybox"
    real = p.executable.rpartition("/")[2]
    return "gawk" if "gawk" in (p.name, real) else "mawk"


def _separator(text: str, dialect: str) -> str:
    return "\\t" if text == "t" and dialect == "gawk" else text


def _syntax(dialect: str, error: AwkSyntaxError) -> str:
    at_end = error.near in ("\n", "end of file")
    if dialect == "mawk":
        near = "end of line" if at_end else error.near
        return f"line {error.line}: {error} at or near {near}" if near else f"line {error.line}: {error}"
    if dialect == "gawk":
        return f"cmd. line:{error.line}: {error}"
    return f"cmd. line:{error.line}: Unexpected {'end of string' if at_end else 'token'}"


def _usage(p: Process, dialect: str) -> str:
    if dialect == "mawk":
        return "Usage: mawk [Options] [Program] [file ...]\n"
    return OPTIONS.help(p)
