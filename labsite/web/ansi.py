"""Terminal colours (ECMA-48 SGR) as spans with classes; everything else is escaped text."""

import re
from html import escape

from django.utils.safestring import SafeString, mark_safe

_ESCAPE = re.compile(
    r"\x1b\[([0-9;]{0,40})m"  # select graphic rendition
    r"|\x1b\[[0-9;?]{0,40}[A-Za-z]"  # other control sequences: no meaning in a transcript
    r"|\x1b\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)"  # operating system commands (window titles)
    r"|\x1b.?"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
)
_COLOURS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_BIDI = dict.fromkeys(
    [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F], "\N{REPLACEMENT CHARACTER}"
)


def _styles(now: dict[str, str], codes: str) -> dict[str, str]:
    """The styles after ``codes`` ("1;31"): slots ``bold``, ``dim``, ``line``, ``ink`` -> class."""
    styles = dict(now)
    for code in codes.split(";"):
        match int(code or 0):
            case 0:
                styles = {}
            case 1:
                styles["bold"] = "t-bold"
            case 2:
                styles["dim"] = "t-dim"
            case 4:
                styles["line"] = "t-underline"
            case 22:
                styles.pop("bold", None)
                styles.pop("dim", None)
            case 24:
                styles.pop("line", None)
            case number if 30 <= number <= 37:
                styles["ink"] = f"t-{_COLOURS[number - 30]}"
            case number if 90 <= number <= 97:
                styles["ink"] = f"t-{_COLOURS[number - 90]}"
            case 39:
                styles.pop("ink", None)
    return styles


def _piece(text: str, styles: dict[str, str]) -> str:
    if not text:
        return ""
    inert = escape(text.translate(_BIDI), quote=False)
    return f'<span class="{" ".join(styles.values())}">{inert}</span>' if styles else inert


def ansi_to_html(text: str) -> SafeString:
    """``text`` as a terminal would colour it. Linear; bidirectional overrides are shown, not obeyed."""
    parts: list[str] = []
    styles: dict[str, str] = {}
    start = 0
    for match in _ESCAPE.finditer(text):
        parts.append(_piece(text[start : match.start()], styles))
        if match.group(1) is not None:
            styles = _styles(styles, match.group(1))
        start = match.end()
    parts.append(_piece(text[start:], styles))
    return mark_safe("".join(parts))


def settle(text: str) -> str:
    """What stays on the screen when lines rewrite themselves: after ``\\r`` a line starts again."""
    if "\r" not in text:
        return text
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)
