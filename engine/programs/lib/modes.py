"""Permission bits: printing them and reading chmod's MODE arguments (POSIX chmod, "Extended Description")."""

from dataclasses import dataclass

from engine.errors import EngineError
from engine.fs import Device, Directory, File, Node, Symlink

_DEVICE_LETTERS = {"char": "c", "block": "b", "fifo": "p"}
_WHO = {"u": 0o4700, "g": 0o2070, "o": 0o1007, "a": 0o7777}
_BITS = {"r": 0o444, "w": 0o222, "x": 0o111, "s": 0o6000, "t": 0o1000}


class InvalidMode(EngineError):
    """A MODE argument that chmod cannot read; the message is the argument."""


def type_letter(node: Node) -> str:
    """The letter ``ls -l`` starts with."""
    match node:
        case Directory():
            return "d"
        case Symlink():
            return "l"
        case Device(kind=kind):
            return _DEVICE_LETTERS[kind]
        case _:
            return "-"


def permission_text(mode: int) -> str:
    """``rwxr-xr-x`` with set-id and sticky letters."""
    text = ""
    for shift, special, letters in ((6, 0o4000, "sS"), (3, 0o2000, "sS"), (0, 0o1000, "tT")):
        bits = mode >> shift & 7
        text += ("r" if bits & 4 else "-") + ("w" if bits & 2 else "-")
        if mode & special:
            text += letters[0] if bits & 1 else letters[1]
        else:
            text += "x" if bits & 1 else "-"
    return text


def mode_text(node: Node) -> str:
    """The ten characters of ``ls -l``."""
    return type_letter(node) + permission_text(node.mode)


def type_name(node: Node) -> str:
    """What ``stat`` calls the kind of file."""
    match node:
        case Directory():
            return "directory"
        case Symlink():
            return "symbolic link"
        case Device(kind="char"):
            return "character special file"
        case Device(kind="block"):
            return "block special file"
        case Device():
            return "fifo"
        case File(content=content):
            return "regular file" if content.size else "regular empty file"


def raw_type(node: Node) -> int:
    """The S_IFMT bits of ``st_mode``."""
    return {"-": 0o100000, "d": 0o040000, "l": 0o120000, "c": 0o020000, "b": 0o060000, "p": 0o010000}[
        type_letter(node)
    ]


@dataclass(frozen=True, slots=True)
class _Clause:
    who: int
    named: bool
    operator: str
    bits: int
    conditional_execute: bool
    copy_from: str


@dataclass(frozen=True, slots=True)
class ModeChange:
    """What a MODE argument does: ``absolute`` bits, or symbolic clauses."""

    absolute: int | None
    clauses: tuple[_Clause, ...] = ()
    digits: int = 0

    def apply(self, mode: int, is_directory: bool, umask: int, exact: bool = False) -> int:
        """The twelve bits that come of ``mode``.

        GNU keeps a directory's set-id bits unless five digits are given; ``exact`` (BusyBox) does not.
        """
        if self.absolute is not None:
            if is_directory and self.digits <= 4 and not exact:
                return self.absolute | mode & 0o6000
            return self.absolute
        for clause in self.clauses:
            mode = _applied(clause, mode, is_directory, umask)
        return mode


def _applied(clause: _Clause, mode: int, is_directory: bool, umask: int) -> int:
    bits = clause.bits
    if clause.conditional_execute and (is_directory or mode & 0o111):
        bits |= 0o111
    if clause.copy_from:
        source = mode >> {"u": 6, "g": 3, "o": 0}[clause.copy_from] & 7
        bits |= source * 0o111
    who = clause.who if clause.named else 0o7777
    bits &= who
    if not clause.named:
        bits &= ~umask
    if clause.operator == "+":
        return mode | bits
    if clause.operator == "-":
        return mode & ~bits
    kept = mode & ~who
    if is_directory:
        kept |= mode & 0o6000 & who & (0 if clause.bits & 0o6000 else 0o6000)
    return kept | bits


def parse_mode(text: str) -> ModeChange:
    """Read ``755``, ``u+x``, ``go-w,a=rX`` … Raises InvalidMode."""
    if text and all(char in "01234567" for char in text):
        value = int(text, 8)
        if value > 0o7777:
            raise InvalidMode(text)
        return ModeChange(value, digits=len(text))
    clauses: list[_Clause] = []
    for part in text.split(","):
        at = 0
        who = 0
        while at < len(part) and part[at] in _WHO:
            who |= _WHO[part[at]]
            at += 1
        if at >= len(part):
            raise InvalidMode(text)
        while at < len(part):
            operator = part[at]
            if operator not in "+-=":
                raise InvalidMode(text)
            at += 1
            start = at
            while at < len(part) and part[at] not in "+-=":
                at += 1
            clauses.append(_clause(text, who, operator, part[start:at]))
    return ModeChange(None, tuple(clauses))


def _clause(text: str, who: int, operator: str, letters: str) -> _Clause:
    if letters in ("u", "g", "o"):
        return _Clause(who, bool(who), operator, 0, False, letters)
    if letters and all(char in "01234567" for char in letters) and not who:
        return _Clause(0o7777, True, operator, int(letters, 8) & 0o7777, False, "")
    bits = 0
    for letter in letters:
        if letter == "X":
            continue
        if letter not in _BITS:
            raise InvalidMode(text)
        bits |= _BITS[letter]
    return _Clause(who, bool(who), operator, bits, "X" in letters, "")
