"""env and printenv: show the environment, or run a program in a changed one."""

from collections.abc import Generator

from engine.programs.lib.children import exec_or_explain
from engine.programs.lib.quoting import quote
from engine.programs.lib.text import curly, encode
from engine.shell.options import Flag, Options, Value
from engine.shell.process import Process
from engine.shell.registry import program

OPTIONS = Options(
    "[OPTION]... [-] [NAME=VALUE]... [COMMAND [ARG]...]",
    "Set each NAME to VALUE in the environment and run COMMAND.",
    Flag("i", "ignore-environment", help="start with an empty environment"),
    Flag("0", "null", help="end each output line with NUL, not newline"),
    Value("u", "unset", metavar="NAME", help="remove variable from the environment"),
    Value("C", "chdir", metavar="DIR", help="change working directory to DIR"),
    Value("S", "split-string", metavar="S", help="process and split S into separate arguments"),
    Flag("v", "debug", help="print verbose information for each processing step"),
    error_status=125,
    stop_at_operand=True,
)
PRINTENV = Options(
    "[OPTION]... [VARIABLE]...",
    "Print the values of the specified environment VARIABLE(s), or all of them.",
    Flag("0", "null", help="end each output line with NUL, not newline"),
    error_status=2,
)


@program("env", package="coreutils", summary="run a program in a modified environment")
def env(p: Process) -> Generator[bytes, None, int]:
    options = OPTIONS.parse(p)
    operands = [*" ".join(options.values("split-string")).split(), *options.operands]
    environment = {} if options.flag("ignore-environment") else dict(p.env)
    if operands[:1] == ["-"]:
        environment, operands = {}, operands[1:]
    for name in options.values("unset"):
        environment.pop(name, None)
    while operands and "=" in operands[0]:
        name, _, value = operands.pop(0).partition("=")
        environment[name] = value
    files = p.files
    directory = options.value("chdir")
    if directory is not None:
        if not files.is_dir(directory):
            p.error(f"cannot change directory to {quote(directory)}: No such file or directory")
            return 125
        files = files.copy()
        files.cwd = files.real_path(directory)
    if not operands:
        end = "\0" if options.flag("null") else "\n"
        yield encode("".join(f"{name}={value}{end}" for name, value in environment.items()))
        return 0
    shown = curly(p, "{name}")
    return (yield from exec_or_explain(p, operands, f"{shown}: {{reason}}", env=environment, files=files))


@program("printenv", package="coreutils", summary="print all or part of environment")
def printenv(p: Process) -> int:
    options = PRINTENV.parse(p)
    end = "\0" if options.flag("null") else "\n"
    if not options.operands:
        p.write("".join(f"{name}={value}{end}" for name, value in p.env.items()))
        return 0
    for name in options.operands:
        if name in p.env:
            p.write(p.env[name] + end)
    return int(any(name not in p.env for name in options.operands))
