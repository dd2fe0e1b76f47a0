"""Names in messages and listings, quoted as gnulib's quotearg does in the C locale."""

_SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%+,-./:@_]}{")
_CONTROL = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\a": "\\a", "\b": "\\b", "\f": "\\f", "\v": "\\v"}


def quote(name: str) -> str:
    """A name inside an error message: ``'x'``, ``"it's"``, ``'a'$'\\n''b'`` (shell-escape-always)."""
    if any(_is_control(char) for char in name):
        return _escaped(name)
    if "'" in name:
        if any(char in '"$`\\!' for char in name):
            return "'" + name.replace("'", "'\\''") + "'"
        return f'"{name}"'
    return f"'{name}'"


def quote_if_needed(name: str) -> str:
    """A name as ``ls`` shows it on a terminal: quoted only when a shell would need it (shell-escape)."""
    if name and name[0] not in "~#" and all(char in _SAFE or ord(char) > 0xA0 for char in name):
        return name
    return quote(name)


def question_marks(name: str) -> str:
    """A name with every control character shown as ``?``."""
    return "".join("?" if _is_control(char) else char for char in name)


def _is_control(char: str) -> bool:
    return ord(char) < 32 or ord(char) == 127 or 0xDC80 <= ord(char) <= 0xDCFF


def _escaped(name: str) -> str:
    text = "'"
    inside = True
    for char in name:
        if _is_control(char):
            spelled = _CONTROL.get(char) or f"\\{ord(char) & 255:03o}"
            text += ("'$'" if inside else "") + spelled
            inside = False
        else:
            text += "" if inside else "''"
            text += "'\\''" if char == "'" else char
            inside = True
    return text + "'"
