"""echo, printf, true, false: the programs behind the shell's builtins of the same names."""

from engine.shell.formatting import escaped, format_printf
from engine.shell.options import Options
from engine.shell.process import Process
from engine.shell.registry import program

PRINTF = Options("FORMAT [ARGUMENT]...", "Print ARGUMENT(s) according to FORMAT.", stop_at_operand=True)


@program("echo", package="coreutils", summary="display a line of text")
def echo(p: Process) -> int:
    words = p.argv[1:]
    newline = True
    interpret = False
    while words and len(words[0]) > 1 and words[0][0] == "-" and set(words[0][1:]) <= set("neE"):
        for letter in words.pop(0)[1:]:
            newline = newline and letter != "n"
            interpret = letter == "e" if letter in "eE" else interpret
    text = " ".join(words)
    if interpret and "\\" in text:
        text, stopped = escaped(text, "echo")
        newline = newline and not stopped
    p.write(text + "\n" if newline else text)
    return 0


@program("printf", package="coreutils", summary="format and print data")
def printf(p: Process) -> int:
    words = p.argv[1:]
    if words[:1] == ["--help"]:
        PRINTF.parse(p)
    if words[:1] == ["--"]:
        words = words[1:]
    if not words:
        raise PRINTF.usage_error(p, "missing operand")
    made = format_printf(words[0], words[1:], p.budget)
    p.write(made.text)
    for argument, kind in made.problems:
        p.error(_problem(p, argument, kind))
    return int(bool(made.problems))


def _problem(p: Process, argument: str, kind: str) -> str:
    if p.is_busybox:
        return (
            f"{argument}: invalid format"
            if kind in ("directive", "missing")
            else f"invalid number '{argument}'"
        )
    if kind in ("directive", "missing"):
        return f"{argument}: invalid conversion specification"
    if kind == "range":
        return f"'{argument}': Numerical result out of range"
    if kind == "number":
        return f"'{argument}': expected a numeric value"
    return f"'{argument}': value not completely converted"


@program("true", package="coreutils", summary="do nothing, successfully")
def true(p: Process) -> int:
    return 0


@program("false", package="coreutils", summary="do nothing, unsuccessfully")
def false(p: Process) -> int:
    return 1
