"""The same failures in the words of dash, bash and BusyBox ash."""

from engine.fs import FsError
from engine.shell.arithmetic import ArithmeticProblem
from engine.shell.flavour import Flavour
from engine.shell.run import BadInterpreter, CommandNotFound, NotExecutable


def command_not_found(flavour: Flavour, error: CommandNotFound, name: str) -> tuple[str, int]:
    """Message and exit status for a command that is not there."""
    if flavour.is_bash:
        if isinstance(error, BadInterpreter):
            if flavour.at_least(5, 2):
                return f"{name}: cannot execute: required file not found", 127
            return f"{name}: {error.interpreter}: bad interpreter: No such file or directory", 126
        if "/" in name:
            return f"{name}: No such file or directory", 127
        return f"{name}: command not found", 127
    return f"{name}: not found" if name else ": Permission denied", 127


def not_executable(flavour: Flavour, error: NotExecutable, name: str) -> tuple[str, int]:
    """Message and exit status for a file that cannot be executed."""
    code = error.code
    if flavour.is_bash and code == "EISDIR":
        return f"{name}: Is a directory", 126
    if flavour.is_dash and code == "ENOTDIR":
        return f"{name}: not found", 127
    if code == "EISDIR":
        code = "EACCES"
    return f"{name}: {FsError(code, name).reason}", 126


def redirection_failed(flavour: Flavour, path: str, code: str, creating: bool) -> str:
    """The message for a file that a redirection could not open."""
    if flavour.is_bash:
        if code == "noclobber":
            return f"{path}: cannot overwrite existing file"
        return f"{path}: {FsError(code, path).reason}"
    if code == "noclobber":
        code = "EEXIST"
    reason = FsError(code, path).reason
    if flavour.is_dash:
        if creating:
            reason = {"ENOENT": "Directory nonexistent", "ENOTDIR": "Directory nonexistent"}.get(code, reason)
            return f"cannot create {path}: {reason}"
        reason = {"ENOENT": "No such file", "ENOTDIR": "No such file"}.get(code, reason)
        return f"cannot open {path}: {reason}"
    if creating:
        reason = {"ENOENT": "nonexistent directory", "ENOTDIR": "nonexistent directory"}.get(code, reason)
        return f"can't create {path}: {reason}"
    reason = {"ENOENT": "no such file", "ENOTDIR": "no such file"}.get(code, reason)
    return f"can't open {path}: {reason}"


def arithmetic_failed(flavour: Flavour, problem: ArithmeticProblem) -> str:
    """The message for an impossible arithmetic expression."""
    kind = problem.problem
    expression = problem.expression if not flavour.is_bash else problem.expression.lstrip()
    if flavour.is_dash:
        if kind == "number":
            return f"Illegal number: {expression}"
        words = {
            "division": "division by zero",
            "operator": "expecting EOF",
            "paren": "expecting ')'",
            "colon": "expecting ':'",
        }.get(kind, "expecting primary")
        return f'arithmetic expression: {words}: "{expression}"'
    if flavour.is_ash:
        return {
            "division": "divide by zero",
            "exponent": "exponent less than 0",
            "nested": "malformed ?: operator",
        }.get(kind, "arithmetic syntax error")
    words = {
        "division": "division by 0",
        "operator": "syntax error in expression",
        "paren": "missing `)'",
        "colon": "`:' expected for conditional expression",
        "exponent": "exponent less than 0",
        "number": "syntax error: invalid number",
        "base": "value too great for base",
    }.get(kind, "syntax error: operand expected")
    return f'{expression}: {words} (error token is "{problem.rest}")'
