"""The only place where text becomes DOT: Graphviz's HTML-like labels, built from parts.

Everything a learner can choose (names, commands, paths) passes through `escape`, so that it can be
neither DOT syntax, nor label markup, nor one of Graphviz's own escapes such as ``\\N``.
"""

import unicodedata
from collections.abc import Iterable
from html import escape as html_escape

from labsite.diagrams.tokens import MONO, SANS, TOKENS

ELLIPSIS = "…"
_ELLIPSIS_ROOM = 3
"""Cells kept free for it: some renderers measure it by its bytes."""
LONGEST_NAME = 600
"""Characters of an accessible name; what is longer is cut with ``…``."""

_WIDE = ("W", "F")


class Markup(str):
    """Label markup that is safe to write into DOT."""

    __slots__ = ()


def plain(value: str) -> str:
    """``value`` on one line, with control and direction-changing characters made visible."""
    if value.isascii() and value.isprintable():
        return value
    return "".join(_visible(char) for char in value)


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if char in "\n\t\r" or category in ("Zl", "Zp"):
        return " "
    if category in ("Cc", "Cf", "Cs", "Co", "Cn"):
        return "\ufffd"
    return char


def columns(value: str) -> int:
    """How many character cells ``value`` takes in a monospaced font."""
    if value.isascii():
        return len(value)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in _WIDE else 1
        for char in value
    )


def cut(value: str, width: int) -> str:
    """``value`` on one line, at most ``width`` cells wide, ending in ``…`` when something was cut."""
    text = plain(value[: 8 * width + 8])
    if len(value) <= 8 * width + 8 and columns(text) <= width:
        return text
    kept: list[str] = []
    used = min(_ELLIPSIS_ROOM, width - 1)
    for char in text:
        used += columns(char)
        if used > width or len(kept) >= 4 * width:
            break
        kept.append(char)
    return "".join(kept).rstrip() + ELLIPSIS


def cut_step(value: str, width: int) -> str:
    """Like `cut`, but word by word and keeping the last words too: ``RUN yum install … git``.

    Steps of one build often begin alike and differ at the end.
    """
    text = plain(value[:4000])
    if len(value) <= 4000 and columns(text) <= width:
        return text
    words = text.split(" ")
    gap = f" {ELLIPSIS} "
    head = ""
    for word in words:
        if columns(f"{head} {word}") > width * 3 // 5:
            break
        head = f"{head} {word}" if head else word
    tail = ""
    for word in reversed(words):
        if columns(head) + _ELLIPSIS_ROOM + 2 + columns(f"{word} {tail}") > width:
            break
        tail = f"{word} {tail}" if tail else word
    if not head or not tail or len(value) > 4000 or text.endswith(ELLIPSIS):
        return cut(value, width)
    return head + gap + tail


def cut_middle(value: str, width: int) -> str:
    """Like `cut`, but keeps the end too: for paths, whose last part says most."""
    text = plain(value)
    if columns(text) <= width:
        return text
    tail = ""
    for char in reversed(text[-width:]):
        if columns(char + tail) > width * 2 // 3:
            break
        tail = char + tail
    return cut(text, max(2, width - columns(tail))) + tail


def escape(value: str) -> Markup:
    """``value`` as the text or attribute of a label, shown literally whatever it holds."""
    return Markup(html_escape(plain(value)).replace("\\", "\\\\"))


def name(value: str) -> Markup:
    """``value`` as an accessible name: on one line and of bounded length."""
    return escape(cut(value, LONGEST_NAME))


# ---------------------------------------------------------------- parts of a label


def text(
    value: str,
    size: int = 12,
    colour: str = "ink",
    *,
    mono: bool = False,
    bold: bool = False,
    italic: bool = False,
    struck: bool = False,
) -> Markup:
    """A piece of text; ``size`` is in points, ``colour`` a token."""
    if not value:
        return Markup("")
    inner = escape(value)
    for wanted, tag in ((italic, "I"), (bold, "B"), (struck, "S")):
        if wanted:
            inner = Markup(f"<{tag}>{inner}</{tag}>")
    face = MONO if mono else SANS
    return Markup(f'<FONT FACE="{face}" POINT-SIZE="{size}" COLOR="{TOKENS[colour]}">{inner}</FONT>')


def lines(*parts: Markup, align: str = "LEFT") -> Markup:
    """Pieces of text under each other."""
    return Markup("".join(f'{part}<BR ALIGN="{align}"/>' for part in parts if part))


def _attributes(values: dict[str, object]) -> str:
    written = []
    for key, value in values.items():
        if value is None:
            continue
        key = key.upper().replace("_", "")
        if key in ("BGCOLOR", "COLOR") and isinstance(value, str):
            value = TOKENS[value]
        elif isinstance(value, bool):
            value = "TRUE" if value else "FALSE"
        elif key in ("HREF", "TITLE", "ID"):
            value = name(str(value)) if key == "TITLE" else escape(str(value))
        written.append(f' {key}="{value}"')
    return "".join(written)


def cell(content: str = "", **attributes: object) -> Markup:
    """A table cell. Attributes are Graphviz's, in lower case; colours are tokens."""
    return Markup(f"<TD{_attributes(attributes)}>{content}</TD>")


def row(*cells: Markup) -> Markup:
    """A table row."""
    return Markup(f"<TR>{''.join(cells)}</TR>")


def table(rows: Iterable[Markup], **attributes: object) -> Markup:
    """A table; border, cell border, spacing and padding are 0 unless given."""
    defaults: dict[str, object] = {"border": 0, "cellborder": 0, "cellspacing": 0, "cellpadding": 0}
    return Markup(f"<TABLE{_attributes({**defaults, **attributes})}>{''.join(rows)}</TABLE>")


def label(content: Markup) -> str:
    """``content`` as the label of a node."""
    return f"<{content}>"
