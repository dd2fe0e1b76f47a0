"""Which shell an image's /bin/sh is: what it understands beyond POSIX and how it words its errors."""

from dataclasses import dataclass
from typing import Literal

from engine.fs import Files, program_name
from engine.shell.syntax import SyntaxProblem

Kind = Literal["dash", "bash", "ash"]
_KINDS: dict[str, Kind] = {"dash": "dash", "bash": "bash", "rbash": "bash", "ash": "ash", "busybox": "ash"}
_BASH_VERSIONS = {
    ("debian", "10"): "5.0.3",
    ("debian", "11"): "5.1.4",
    ("debian", "12"): "5.2.15",
    ("debian", "13"): "5.2.37",
    ("ubuntu", "18.04"): "4.4.20",
    ("ubuntu", "20.04"): "5.0.17",
    ("ubuntu", "22.04"): "5.1.16",
    ("ubuntu", "24.04"): "5.2.21",
    ("centos", "7"): "4.2.46",
    ("centos", "8"): "4.4.20",
    ("rocky", "8"): "4.4.20",
    ("rocky", "9"): "5.1.8",
    ("almalinux", "8"): "4.4.20",
    ("almalinux", "9"): "5.1.8",
    ("amzn", "2"): "4.2.46",
}
_LATEST_BASH = "5.2.15"


@dataclass(frozen=True, slots=True)
class Flavour:
    """A shell: ``kind`` and, for bash, whether it was started as ``sh`` (POSIX mode) and its version."""

    kind: Kind = "dash"
    posix: bool = False
    version: str = ""

    @property
    def is_bash(self) -> bool:
        """Whether bash's extensions are understood."""
        return self.kind == "bash"

    @property
    def is_dash(self) -> bool:
        """Whether this is Debian's dash."""
        return self.kind == "dash"

    @property
    def is_ash(self) -> bool:
        """Whether this is BusyBox's shell."""
        return self.kind == "ash"

    def at_least(self, major: int, minor: int) -> bool:
        """Whether the version is ``major.minor`` or later; an unknown version is the latest."""
        first, _, rest = self.version.partition(".")
        return not self.version or (int(first), int(rest.partition(".")[0])) >= (major, minor)

    @property
    def names_lines(self) -> bool:
        """Whether messages of ``bash -c`` carry ``line N:`` (bash 5.1 and later)."""
        return self.at_least(5, 1)


DASH = Flavour("dash")
BASH = Flavour("bash", version=_LATEST_BASH)
ASH = Flavour("ash")


def flavour_of(files: Files, executable: str, called: str) -> Flavour:
    """The shell at ``executable`` (links resolved), started under the name ``called``."""
    name = executable.rpartition("/")[2]
    node = files.find(executable) if executable else None
    kind = _KINDS.get(name)
    if kind is None and node is not None:
        content = getattr(node, "content", None)
        kind = _KINDS.get(program_name(content) or "") if content is not None else None
    if kind is None:
        kind = "ash" if files.exists("/bin/busybox") else "bash" if files.exists("/bin/bash") else "dash"
    if kind != "bash":
        return Flavour(kind)
    return Flavour("bash", called.rpartition("/")[2].lstrip("-") == "sh", bash_version(files))


def bash_version(files: Files) -> str:
    """The version of bash that this distribution release ships, from /etc/os-release."""
    release: dict[str, str] = {}
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        if files.is_file(path):
            head = files.content(path).head.decode("utf-8", "replace")
            release = {
                key: value.strip("\"'")
                for key, equals, value in (line.partition("=") for line in head.splitlines())
                if equals
            }
            break
    identity, version = release.get("ID", ""), release.get("VERSION_ID", "")
    return (
        _BASH_VERSIONS.get((identity, version))
        or _BASH_VERSIONS.get((identity, version.partition(".")[0]))
        or _LATEST_BASH
    )


def syntax_messages(flavour: Flavour, problem: SyntaxProblem, prefix: str, text: str) -> list[str]:
    """The lines a shell prints for ``problem`` in ``text``; ``prefix`` starts every line."""
    if flavour.is_bash:
        return _bash_syntax(problem, prefix, text)
    if flavour.is_dash:
        return [f"{prefix}Syntax error: {_ash_syntax(problem)}"]
    return [f"{prefix}syntax error: {_busybox_syntax(problem)}"]


def _busybox_syntax(problem: SyntaxProblem) -> str:
    fixed = _dash_fixed(problem)
    if fixed:
        return fixed if fixed.startswith("EOF") else fixed[0].lower() + fixed[1:]
    expecting = f' (expecting "{problem.expecting}")' if problem.expecting else ""
    return f"unexpected {_ash_token(problem)}{expecting}"


def _dash_fixed(problem: SyntaxProblem) -> str:
    return {
        "quote": "Unterminated quoted string",
        "backquote": "EOF in backquote substitution",
        "brace": "Missing '}'",
        "arithmetic": "Missing '))'",
        "for_variable": "Bad for loop variable",
        "function_name": "Bad function name",
        "descriptor": "Bad fd number",
    }.get(problem.kind, "")


def _ash_syntax(problem: SyntaxProblem) -> str:
    fixed = _dash_fixed(problem)
    if fixed:
        return fixed
    expecting = f' (expecting "{problem.expecting}")' if problem.expecting else ""
    return f"{_ash_token(problem)} unexpected{expecting}"


def _ash_token(problem: SyntaxProblem) -> str:
    if not problem.token:
        return "end of file"
    if problem.token == "\n":
        return "newline"
    if problem.is_word:
        return "word"
    if problem.token[0] in "<>":
        return "redirection"
    return f'"{problem.token}"'


def _bash_syntax(problem: SyntaxProblem, prefix: str, text: str) -> list[str]:
    if problem.kind == "substitution" and not problem.token:
        return [f"{prefix}unexpected EOF while looking for matching `)'"]
    if problem.kind in ("quote", "brace", "backquote", "arithmetic"):
        closing = {"brace": "}", "backquote": "`", "arithmetic": ")"}.get(problem.kind, problem.token)
        return [f"{prefix}unexpected EOF while looking for matching `{closing}'"]
    if not problem.token:
        return [f"{prefix}syntax error: unexpected end of file"]
    shown = "newline" if problem.token == "\n" else problem.token
    lines = text.split("\n")
    line = lines[problem.line - 1] if problem.line <= len(lines) else ""
    return [f"{prefix}syntax error near unexpected token `{shown}'", f"{prefix}`{line}'"]
