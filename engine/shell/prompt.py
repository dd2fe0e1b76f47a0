"""What a prompt shows, and whether a typed line is complete."""

import re

from engine.clock import rfc3339
from engine.fs import Files
from engine.shell.flavour import Flavour
from engine.shell.parser import parse
from engine.shell.state import ShellState
from engine.shell.syntax import Program
from engine.shell.users import Accounts

_ESCAPE = re.compile(r"\\([0-7]{3}|.)", re.S)
_VARIABLE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")


def prompt_text(state: ShellState, files: Files, hostname: str) -> str:
    """The primary prompt: ``PS1`` expanded, or what this shell shows without one.

    dash shows ``# `` or ``$ ``, BusyBox the directory, bash what the distribution's bashrc sets:
    ``root@0123456789ab:/# `` (Debian), ``[root@0123456789ab /]# `` (Red Hat), else ``bash-5.2# ``; bash
    started as sh shows ``sh-4.2# ``.
    """
    variable = state.variables.get("PS1")
    if variable is not None and variable.value is not None:
        template = variable.value
    else:
        template = _default(state.flavour, files)
    if state.flavour.is_dash:
        marker = "# " if state.user.uid == 0 else "$ "
        return _expanded(state, template) if variable is not None else marker
    return _expanded(state, _unescaped(state, files, hostname, template))


def _default(flavour: Flavour, files: Files) -> str:
    if flavour.is_ash:
        return "\\w \\$ "
    if flavour.is_bash and not flavour.posix:
        if files.is_file("/etc/bash.bashrc"):
            return "\\u@\\h:\\w\\$ "
        if files.is_file("/etc/bashrc"):
            return "[\\u@\\h \\W]\\$ "
    return "\\s-\\v\\$ "


def _unescaped(state: ShellState, files: Files, hostname: str, template: str) -> str:
    def replace(match: re.Match[str]) -> str:
        return _escape(state, files, hostname, match.group(1))

    return _ESCAPE.sub(replace, template)


def _escape(state: ShellState, files: Files, hostname: str, letter: str) -> str:
    if letter == "u":
        return Accounts.read(files).user_name(state.user.uid)
    if letter in "hH":
        return hostname.partition(".")[0] if letter == "h" else hostname
    if letter == "w":
        return _shortened(state)
    if letter == "W":
        shown = _shortened(state)
        return shown if shown in ("/", "~") else shown.rpartition("/")[2]
    if letter == "$":
        return "#" if state.user.uid == 0 else "$"
    if letter == "s":
        return state.name.rpartition("/")[2].lstrip("-")
    if letter in "vV":
        return ".".join(state.flavour.version.split(".")[: 2 if letter == "v" else 3])
    if letter in "tTA":
        clock = rfc3339(files.clock.now)[11:19]
        return clock if letter != "A" else clock[:5]
    if letter in "!#":
        return str(len(state.history) + 1)
    if letter == "j":
        return "0"
    if len(letter) == 3:
        return chr(int(letter, 8) & 127)
    return {"n": "\n", "r": "\r", "a": "\a", "e": "\x1b", "[": "", "]": "", "\\": "\\"}.get(
        letter, "\\" + letter
    )


def _shortened(state: ShellState) -> str:
    """The working directory with the home directory as ``~``."""
    home = state.variables.get("HOME")
    path = home.value.rstrip("/") if home is not None and home.value else ""
    if path and (state.cwd == path or state.cwd.startswith(path + "/")):
        return "~" + state.cwd[len(path) :]
    return state.cwd


def _expanded(state: ShellState, text: str) -> str:
    def replace(match: re.Match[str]) -> str:
        variable = state.variables.get(match.group(1))
        return "" if variable is None or variable.value is None else variable.value

    return _VARIABLE.sub(replace, text)


def is_incomplete(text: str, flavour: Flavour) -> bool:
    """Whether a shell would show its secondary prompt after ``text`` and read on."""
    if text.rstrip("\n").endswith("\\") and not text.rstrip("\n").endswith("\\\\"):
        return True
    program: Program = parse(text, flavour)
    if program.open_document:
        return True
    problem = program.error
    if problem is None:
        return False
    if problem.kind in ("quote", "brace", "backquote", "arithmetic"):
        return True
    return problem.kind in ("unexpected", "substitution") and not problem.token
