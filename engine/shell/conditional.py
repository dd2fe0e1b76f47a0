"""Conditions: the primaries of ``test`` and ``[[ … ]]``."""

from typing import TYPE_CHECKING

import re2

from engine.fs import EXECUTE, READ, WRITE, Device, Directory, File, FsError, Symlink
from engine.shell.errors import ShellError
from engine.shell.syntax import Condition, Double, Text, Word

if TYPE_CHECKING:
    from engine.shell.interpreter import Shell

FILE_TESTS = frozenset("-" + letter for letter in "abcdefghkprstuwxLOGNS")
BINARY_TESTS = frozenset(
    {"=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"}
)
NUMBER_TESTS = frozenset({"-eq", "-ne", "-lt", "-le", "-gt", "-ge"})


def file_test(shell: "Shell", operator: str, path: str) -> bool:
    """``-e path`` and its kin."""
    files = shell.files
    letter = operator[1]
    if letter == "t":
        stream = shell.fds.get(int(path) if path.isascii() and path.isdigit() else -1)
        return bool(stream is not None and (stream.is_terminal or (shell.system.terminal and path in "12")))
    if not path:
        return False
    special = shell.special_file(path)
    if special is not None and letter in "aerw":
        return True
    node = files.find(path, follow=letter not in "hL")
    if letter in "hL":
        return isinstance(node, Symlink)
    if node is None:
        return False
    if letter == "f":
        return isinstance(node, File)
    if letter == "d":
        return isinstance(node, Directory)
    if letter in "bcp":
        kinds = {"b": "block", "c": "char", "p": "fifo"}
        return isinstance(node, Device) and node.kind == kinds[letter]
    if letter == "s":
        return not isinstance(node, File) or node.content.size > 0
    if letter in "rwx":
        return files.access(path, {"r": READ, "w": WRITE, "x": EXECUTE}[letter])
    if letter in "ugk":
        return bool(node.mode & {"u": 0o4000, "g": 0o2000, "k": 0o1000}[letter])
    if letter == "O":
        return node.uid == files.user.uid
    if letter == "G":
        return node.gid == files.user.gid
    return letter != "S"


def compare_files(shell: "Shell", operator: str, left: str, right: str) -> bool:
    """``-nt``, ``-ot``, ``-ef``."""
    first, second = shell.files.find(left), shell.files.find(right)
    if operator == "-ef":
        try:
            return first is not None and shell.files.real_path(left) == shell.files.real_path(right)
        except FsError:
            return False
    older, newer = (first, second) if operator == "-ot" else (second, first)
    if newer is None:
        return False
    if older is None:
        return shell.flavour.is_bash
    return older.mtime < newer.mtime


def compare_numbers(operator: str, left: int, right: int) -> bool:
    """``-eq`` and its kin."""
    return {
        "-eq": left == right,
        "-ne": left != right,
        "-lt": left < right,
        "-le": left <= right,
        "-gt": left > right,
        "-ge": left >= right,
    }[operator]


def holds(shell: "Shell", condition: Condition) -> bool:
    """Whether a ``[[ … ]]`` condition is true. Raises ShellError."""
    operator = condition.operator
    shell.budget.step()
    if operator == "!":
        return not holds(shell, condition.conditions[0])
    if operator == "&&":
        return all(holds(shell, part) for part in condition.conditions)
    if operator == "||":
        return any(holds(shell, part) for part in condition.conditions)
    first = shell.text(condition.words[0])
    if len(condition.words) == 1:
        return _unary(shell, operator, first)
    if operator in ("=", "==", "!="):
        shell.budget.step(1 + len(first) // 8)
        return shell.pattern(condition.words[1]).matches(first) == (operator != "!=")
    if operator == "=~":
        return _regex(shell, first, condition.words[1])
    second = shell.text(condition.words[1])
    if operator in NUMBER_TESTS:
        return compare_numbers(operator, shell.arithmetic_text(first), shell.arithmetic_text(second))
    if operator in ("<", ">"):
        return first < second if operator == "<" else first > second
    return compare_files(shell, operator, first, second)


def _unary(shell: "Shell", operator: str, operand: str) -> bool:
    if operator == "-n":
        return bool(operand)
    if operator == "-z":
        return not operand
    if operator == "-v":
        name, bracket, index = operand.partition("[")
        if bracket:
            return shell.element(name, index.rstrip("]")) is not None
        return shell.parameter_value(name) is not None
    if operator == "-o":
        return operand in shell.option_names()
    if operator == "-R":
        return bool(shell.variables.all.get(operand) and shell.variables.all[operand].reference)
    return file_test(shell, operator, operand)


def _regex(shell: "Shell", subject: str, word: Word) -> bool:
    pieces: list[str] = []
    for part in word.parts:
        text = shell.text(Word((part,)))
        literal = isinstance(part, Double) or (isinstance(part, Text) and part.quoted)
        pieces.append(re2.escape(text) if literal else text)
    shell.budget.step(1 + len(subject) // 64)
    try:
        options = re2.Options()
        options.log_errors = False
        options.max_mem = 1 << 22
        compiled = re2.compile(_clean("".join(pieces)), options)
    except re2.error:
        raise ShellError("", 2, False) from None
    match = compiled.search(_clean(subject))
    groups = [] if match is None else [match.group(0), *(group or "" for group in match.groups())]
    shell.variables.replace_array("BASH_REMATCH", dict(enumerate(groups)))
    return match is not None


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
