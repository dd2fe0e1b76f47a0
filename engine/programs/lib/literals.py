"""Finding what a program in a compiled language would print, from its source text alone.

Only plain calls with literal arguments are understood; that is what example programs consist of.
"""

from engine.budget import Budget

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", '"': '"', "'": "'", "\\": "\\", "`": "`"}


def quoted(text: str, start: int) -> tuple[str, int] | None:
    """The literal that opens at ``start`` (``"``, ``'`` or a backquote) and where it ends."""
    mark = text[start]
    parts: list[str] = []
    position = start + 1
    while position < len(text):
        letter = text[position]
        if letter == mark:
            return "".join(parts), position + 1
        if letter == "\\" and mark != "`" and position + 1 < len(text):
            parts.append(_ESCAPES.get(text[position + 1], text[position + 1]))
            position += 2
            continue
        if letter == "\n" and mark != "`":
            return None
        parts.append(letter)
        position += 1
    return None


def printed_calls(source: str, names: dict[str, str], budget: Budget) -> list[str]:
    """What calls of the functions ``names`` (name -> text added at the end) print, in source order.

    Arguments that are not literals are left out; ``%s`` and the like are filled with nothing.
    """
    found: list[str] = []
    position = 0
    ordered = sorted(names, key=len, reverse=True)
    while position < len(source):
        budget.step()
        hits = [(at, name) for name in ordered if (at := source.find(name, position)) >= 0]
        if not hits:
            return found
        at, name = min(hits, key=lambda hit: (hit[0], -len(hit[1])))
        position = at + len(name)
        line_start = source.rfind("\n", 0, at) + 1
        before = source[line_start:at]
        if "//" in before or before.lstrip().startswith(("#", "*", "import", "from")):
            continue
        while position < len(source) and source[position] in " \t":
            position += 1
        if position >= len(source) or source[position] not in "(\"'`":
            continue
        arguments, position = _arguments(source, position)
        found.append(" ".join(arguments) + names[name])
    return found


def _arguments(source: str, position: int) -> tuple[list[str], int]:
    literals: list[str] = []
    depth = 0
    while position < len(source):
        letter = source[position]
        if letter in "\"'`":
            result = quoted(source, position)
            if result is None:
                return literals, position + 1
            text, position = result
            literals.append(_without_placeholders(text))
            if depth == 0:
                return literals, position
            continue
        if letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
            if depth <= 0:
                return literals, position + 1
        elif letter in ";\n" and depth == 0:
            return literals, position
        position += 1
    return literals, position


def _without_placeholders(text: str) -> str:
    parts: list[str] = []
    position = 0
    while position < len(text):
        if text[position] == "%" and position + 1 < len(text):
            if text[position + 1] == "%":
                parts.append("%")
            position += 2
            continue
        if text.startswith("{}", position):
            position += 2
            continue
        parts.append(text[position])
        position += 1
    return "".join(parts)
