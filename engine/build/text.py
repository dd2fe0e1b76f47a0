"""Spelling shared by both builders' output."""

_SHORT = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}


def quoted(text: str) -> str:
    """``text`` as Go's ``%q`` prints it."""
    pieces = ['"']
    for character in text:
        if character in '"\\':
            pieces.append("\\" + character)
        elif character in _SHORT:
            pieces.append(_SHORT[character])
        elif character.isprintable():
            pieces.append(character)
        elif ord(character) < 0x80:
            pieces.append(f"\\x{ord(character):02x}")
        elif 0xDC80 <= ord(character) <= 0xDCFF:
            pieces.append(f"\\x{ord(character) - 0xDC00:02x}")
        elif ord(character) < 0x10000:
            pieces.append(f"\\u{ord(character):04x}")
        else:
            pieces.append(f"\\U{ord(character):08x}")
    pieces.append('"')
    return "".join(pieces)
