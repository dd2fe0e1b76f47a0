"""What a shell remembers between two lines, as one value that can be stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.fs import ROOT_USER, Credentials, Files
from engine.shell.flavour import DASH, Flavour
from engine.shell.run import DEFAULT_PATH
from engine.shell.variables import Variable


@dataclass(frozen=True, slots=True)
class ShellState:
    """A prompt between two lines. Everything in it is a JSON value or maps to one."""

    cwd: str = "/"
    name: str = "sh"
    flavour: Flavour = DASH
    user: Credentials = ROOT_USER
    umask: int = 0o022
    variables: Mapping[str, Variable] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)
    """Name to the text that defines it."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    positional: tuple[str, ...] = ()
    traps: Mapping[str, str] = field(default_factory=dict)
    status: int = 0
    pid: int = 1
    last_background: int = 0
    line: int = 0
    """Lines read so far: dash counts them in its messages."""
    history: tuple[str, ...] = ()

    @classmethod
    def initial(
        cls,
        environment: Mapping[str, str],
        cwd: str,
        flavour: Flavour,
        user: Credentials = ROOT_USER,
        name: str = "sh",
        umask: int = 0o022,
        pid: int = 1,
    ) -> "ShellState":
        """A shell just started with ``environment``."""
        variables = {key: Variable(value, exported=True) for key, value in environment.items()}
        variables["PWD"] = Variable(cwd, exported=True)
        variables["IFS"] = Variable(" \t\n")
        variables["OPTIND"] = Variable("1")
        variables.setdefault("PATH", Variable(DEFAULT_PATH, exported=flavour.is_ash))
        if not flavour.is_dash:
            level = environment.get("SHLVL", "0")
            deeper = int(level) + 1 if level.isascii() and level.isdigit() and len(level) < 6 else 1
            variables["SHLVL"] = Variable(str(deeper), exported=True)
        if flavour.is_bash:
            variables["OLDPWD"] = Variable(None, exported=True)
        return cls(cwd, name, flavour, user, umask, variables, pid=pid)

    def with_history(self, line: str, keep: int = 200) -> "ShellState":
        """The state after ``line`` was typed; repeats of the last line are not kept twice."""
        if not line.strip() or self.history[-1:] == (line,):
            return self
        return replace(self, history=(*self.history, line)[-keep:])

    def files(self, files: Files) -> Files:
        """``files`` as this shell's processes see them: its user, directory and umask."""
        view = files.as_user(self.user)
        view.cwd = self.cwd
        view.umask = self.umask
        return view

    def to_json(self) -> dict[str, Any]:
        """A JSON object; ``from_json`` reads it back."""
        return {
            "cwd": self.cwd,
            "name": self.name,
            "flavour": [self.flavour.kind, self.flavour.posix, self.flavour.version],
            "user": [self.user.uid, self.user.gid, list(self.user.groups)],
            "umask": self.umask,
            "variables": {name: _variable_json(value) for name, value in sorted(self.variables.items())},
            "functions": dict(sorted(self.functions.items())),
            "aliases": dict(sorted(self.aliases.items())),
            "options": sorted(self.options),
            "positional": list(self.positional),
            "traps": dict(sorted(self.traps.items())),
            "status": self.status,
            "pid": self.pid,
            "last_background": self.last_background,
            "line": self.line,
            "history": list(self.history),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "ShellState":
        """What ``to_json`` wrote. Raises KeyError, TypeError or ValueError for anything else."""
        kind, posix, version = value["flavour"]
        uid, gid, groups = value["user"]
        return cls(
            cwd=value["cwd"],
            name=value["name"],
            flavour=Flavour(kind, posix, version),
            user=Credentials(uid, gid, tuple(groups)),
            umask=value["umask"],
            variables={name: _variable(item) for name, item in value["variables"].items()},
            functions=dict(value["functions"]),
            aliases=dict(value["aliases"]),
            options=tuple(value["options"]),
            positional=tuple(value["positional"]),
            traps=dict(value["traps"]),
            status=value["status"],
            pid=value["pid"],
            last_background=value["last_background"],
            line=value["line"],
            history=tuple(value["history"]),
        )


_FLAGS = ("exported", "readonly", "integer")


def _variable_json(variable: Variable) -> Any:
    """A plain exported value is its text; anything else an object of what differs from the default."""
    if variable == Variable(variable.value, exported=True) and variable.value is not None:
        return variable.value
    fields: dict[str, Any] = {name: True for name in _FLAGS if getattr(variable, name)}
    if variable.value is not None:
        fields["value"] = variable.value
    if variable.case:
        fields["case"] = variable.case
    if variable.reference:
        fields["reference"] = variable.reference
    if variable.array is not None:
        fields["array"] = [[index, variable.array[index]] for index in sorted(variable.array)]
    if variable.table is not None:
        fields["table"] = [[key, item] for key, item in variable.table.items()]
    return fields


def _variable(item: Any) -> Variable:
    if isinstance(item, str):
        return Variable(item, exported=True)
    array = item.get("array")
    table = item.get("table")
    return Variable(
        item.get("value"),
        **{name: bool(item.get(name)) for name in _FLAGS},
        case=item.get("case", ""),
        array=None if array is None else {int(index): text for index, text in array},
        table=None if table is None else dict(table),
        reference=item.get("reference", ""),
    )
