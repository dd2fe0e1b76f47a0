"""``--chmod``: octal or symbolic permissions."""

from engine.build.errors import BuildError

_WHO = {"u": 0o700, "g": 0o070, "o": 0o007}
_PERMISSION = {"r": 0o444, "w": 0o222, "x": 0o111}


def changed_mode(specification: str, mode: int, is_directory: bool) -> int:
    """``mode`` after ``chmod specification`` (``644`` or ``u=rwX,go=rX``). Raises BuildError."""
    if specification and all(digit in "01234567" for digit in specification):
        return int(specification, 8) & 0o7777
    for clause in specification.split(","):
        mode = _apply(clause, mode, is_directory, specification)
    return mode


def _apply(clause: str, mode: int, is_directory: bool, specification: str) -> int:
    position = 0
    who = 0
    while position < len(clause) and clause[position] in "ugoa":
        who |= 0o777 if clause[position] == "a" else _WHO[clause[position]]
        position += 1
    classes = who or 0o777
    if position == len(clause):
        raise BuildError(f"invalid mode {specification!r}")
    while position < len(clause):
        operator = clause[position]
        if operator not in "+-=":
            raise BuildError(f"invalid mode {specification!r}")
        position += 1
        bits = special = 0
        while position < len(clause) and clause[position] not in "+-=":
            letter = clause[position]
            position += 1
            if letter in _PERMISSION:
                bits |= _PERMISSION[letter]
            elif letter == "X":
                bits |= 0o111 if is_directory or mode & 0o111 else 0
            elif letter in _WHO:
                shift = {"u": 6, "g": 3, "o": 0}[letter]
                bits |= ((mode >> shift) & 7) * 0o111
            elif letter == "s":
                special |= (0o4000 if classes & 0o700 else 0) | (0o2000 if classes & 0o070 else 0)
            elif letter == "t":
                special |= 0o1000
            else:
                raise BuildError(f"invalid mode {specification!r}")
        chosen = bits & classes | special
        if operator == "+":
            mode |= chosen
        elif operator == "-":
            mode &= ~chosen
        else:
            mode = mode & ~classes | chosen
    return mode
