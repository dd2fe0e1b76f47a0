"""What Tab offers: commands, variables, paths, and what programs add for their own arguments."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from engine.errors import EngineError
from engine.fs import EXECUTE, Directory, File, Files, FsError
from engine.shell.builtin import builtins_of
from engine.shell.process import System
from engine.shell.run import DEFAULT_PATH
from engine.shell.state import ShellState

_SEPARATORS = "|&;()\n"
_PREFIXES = frozenset(
    {"if", "then", "elif", "else", "while", "until", "do", "{", "!"}
    | {"sudo", "time", "exec", "command", "nohup", "env", "xargs"}
)
_SPECIAL = frozenset(" \t'\"\\$`&;|<>()*?[]#~!{}")
_MOST = 500

Completer = Callable[[System, Files, Sequence[str]], Sequence[str]]
"""Given the words of the command so far, the last being completed: what it could be."""
_completers: dict[str, Completer] = {}


def completer(*names: str) -> Callable[[Completer], Completer]:
    """Register what Tab offers for the arguments of the programs called ``names``."""

    def register(function: Completer) -> Completer:
        for name in names:
            _completers[name] = function
        return function

    return register


@dataclass(frozen=True, slots=True)
class Completion:
    """``candidates`` (at most 500, sorted) may each replace ``line[start:cursor]``.

    They are quoted as the shell needs; directories end in a slash, everything else is a whole word.
    """

    start: int
    candidates: tuple[str, ...]

    @property
    def common(self) -> str:
        """The longest beginning that all candidates share."""
        if not self.candidates:
            return ""
        first, last = min(self.candidates), max(self.candidates)
        length = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
        return first[: min(length, len(last))]


def complete(
    state: ShellState, system: System, files: Files, line: str, cursor: int | None = None
) -> Completion:
    """What could stand at ``cursor`` (default: the end) of a line being typed."""
    text = line if cursor is None else line[:cursor]
    words, start, quote = _words(text)
    view = state.files(files)
    current = words[-1]
    if current.startswith("$") and not quote:
        return _finish(start, (f"${name}" for name in state.variables), current)
    is_command = len(words) == 1 or words[-2] in _PREFIXES
    if is_command and "/" not in current:
        return _finish(start, _commands(state, view), current)
    known = _completers.get(words[0].rpartition("/")[2])
    offered: list[str] = []
    if known is not None and not is_command:
        try:
            offered = [word for word in known(system, view, words) if word.startswith(current)]
        except EngineError:
            offered = []
    if not offered:
        offered = _paths(state, view, current, is_command, quote)
    return Completion(start, tuple(sorted(set(offered))[:_MOST]))


def _finish(start: int, candidates: Iterable[str], prefix: str) -> Completion:
    found = sorted({word for word in candidates if word.startswith(prefix)})
    return Completion(start, tuple(found[:_MOST]))


def _words(text: str) -> tuple[list[str], int, str]:
    """The words of the last command in ``text`` (unquoted), where the last begins, and its open quote."""
    words: list[str] = []
    word: list[str] = []
    start = 0
    inside = False
    quote = ""
    index = 0
    while index < len(text):
        character = text[index]
        if quote:
            if character == quote:
                quote = ""
            else:
                word.append(character)
        elif character in "'\"":
            start = start if inside else index
            inside, quote = True, character
        elif character == "\\" and index + 1 < len(text):
            start = start if inside else index
            inside = True
            index += 1
            word.append(text[index])
        elif character in " \t" or character in _SEPARATORS or character in "<>":
            if inside:
                words.append("".join(word))
            word, inside = [], False
            if character in _SEPARATORS:
                words = []
        else:
            start = start if inside else index
            inside = True
            word.append(character)
        index += 1
    return [*words, "".join(word)], start if inside else len(text), quote


def _commands(state: ShellState, files: Files) -> list[str]:
    names = set(builtins_of(state.flavour.kind)) | set(state.functions) | set(state.aliases)
    path = state.variables.get("PATH")
    for directory in (path.value if path is not None and path.value else DEFAULT_PATH).split(":"):
        try:
            listed = files.names(directory or ".")
        except FsError:
            continue
        for name in listed:
            where = f"{directory}/{name}"
            if isinstance(files.find(where), File) and files.access(where, EXECUTE):
                names.add(name)
    return sorted(names)


def _paths(state: ShellState, files: Files, typed: str, only_executable: bool, quote: str) -> list[str]:
    directory, slash, prefix = typed.rpartition("/")
    where = directory + slash or "."
    if where.startswith("~/"):
        home = state.variables.get("HOME")
        where = (home.value or "" if home is not None else "") + where[1:]
    try:
        names = files.names(where)
    except FsError:
        return []
    found = []
    for name in names:
        if not name.startswith(prefix) or (name.startswith(".") and not prefix.startswith(".")):
            continue
        path = f"{where.rstrip('/')}/{name}"
        is_directory = isinstance(files.find(path), Directory)
        if only_executable and not is_directory and not files.access(path, EXECUTE):
            continue
        found.append(_quoted(directory + slash + name, quote) + ("/" if is_directory else ""))
    return found


def _quoted(path: str, quote: str) -> str:
    if quote:
        return quote + path
    escaped = "".join("\\" + c if c in _SPECIAL and c != "~" else c for c in path)
    return escaped
