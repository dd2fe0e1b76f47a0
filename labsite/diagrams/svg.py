"""From Graphviz's SVG to one that may stand inside a page: tokens, links, names, nothing else."""

import re
from dataclasses import dataclass
from html import escape, unescape

import nh3

from labsite.diagrams.tokens import FONTS, TOKEN_OF

_ROOT = re.compile(
    r'<svg width="([\d.]+)(?:pt)?" height="([\d.]+)(?:pt)?"\s+viewBox="([-\d. ]+)"[^>]*>',
)
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_TITLE = re.compile(r"<title>[^<]*</title>\n?")
_PAINT = re.compile(r'(fill|stroke)="(#[0-9a-f]{6})"')
_FONT = re.compile(r'font-family="([^"]*)"')
_KEYED = re.compile(r'<g id="a_([^"]*)"><a ')
_ID = re.compile(r' id="[^"]*"')
_NAMED_LINK = re.compile(r'<a([^>]*) aria-label="([^"]*)"([^>]*)>')
"""A link's name becomes its <title>: assistive technology reads it, and pointing at the link shows it."""
_EDGE_BLANK = re.compile(r"(?<=>) | (?=</text>)")
_USELESS = re.compile(r' (?:xml:space="preserve"|class="(?:node|edge|graph)"|stroke="transparent")')

_SHAPE = {"fill", "stroke", "stroke-width", "stroke-dasharray", "data-key"}
_ALLOWED = {
    "svg": {"width", "height", "viewBox", "role", "aria-label", "xmlns"},
    "g": {"transform", "fill", "stroke"},
    "a": {"href", "aria-label", "data-key"},
    "text": {
        "x",
        "y",
        "text-anchor",
        "text-decoration",
        "font-family",
        "font-size",
        "font-weight",
        "font-style",
        "fill",
    },
    "polygon": {"points"} | _SHAPE,
    "polyline": {"points"} | _SHAPE,
    "path": {"d"} | _SHAPE,
    "ellipse": {"cx", "cy", "rx", "ry"} | _SHAPE,
}

_CLEANER = nh3.Cleaner(
    tags=set(_ALLOWED),
    attributes=_ALLOWED,
    clean_content_tags={"script", "style", "title", "desc", "metadata", "foreignObject"},
    link_rel=None,
    url_schemes={"http", "https"},
    strip_comments=True,
)

_HATCH = (
    '<defs><pattern id="{id}" width="7" height="7" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="7" height="7" fill="var(--gone,#fde2df)"></rect>'
    '<rect width="2" height="7" fill="var(--hatch,#f9d5d1)"></rect></pattern></defs>'
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished SVG; ``width`` and ``height`` are its natural size in CSS pixels."""

    svg: str
    width: int
    height: int


class NotADrawing(ValueError):
    """What the renderer answered is not an SVG document."""


def _titled(link: re.Match[str]) -> str:
    """The link with its name as text; escaped anew, as attributes and text need not be escaped alike."""
    return f"<a{link[1]}{link[3]}><title>{escape(unescape(link[2]))}</title>"


def finish(raw: str, label: str, key: str) -> Picture:
    """The inline SVG made from Graphviz's output.

    ``label`` becomes its accessible name; ``key`` (hex digits) keeps its only id apart from those of
    other diagrams on a page. Raises NotADrawing.
    """
    start = raw.find("<svg ")
    root = _ROOT.match(raw, start) if start >= 0 else None
    if root is None:
        raise NotADrawing(raw[:200])
    width, height = (max(1, round(float(root[n]))) for n in (1, 2))
    body = raw[root.end() :]
    body = _COMMENT.sub("", body)
    body = _TITLE.sub("", body)
    body = _KEYED.sub(r'<g><a data-key="\1" ', body)
    body = _ID.sub("", body)
    body = _USELESS.sub("", body)
    body = body.replace("xlink:href=", "href=").replace("xlink:title=", "aria-label=")
    body = _EDGE_BLANK.sub("\u00a0", body)
    hatch = f"hatch-{key}"
    hatched = False

    def paint(match: re.Match[str]) -> str:
        nonlocal hatched
        token = TOKEN_OF.get(match[2])
        if token is None:
            return match[0]
        if token == "hatch":
            hatched = True
            return f'{match[1]}="url(#{hatch})"'
        return f'{match[1]}="var(--{token},{match[2]})"'

    body = _PAINT.sub(paint, body)
    body = _FONT.sub(lambda match: f'font-family="{FONTS.get(match[1], match[1])}"', body)
    role = "group" if "<a " in body else "img"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="{root[3]}" '
        f'role="{role}" aria-label="{escape(label)}">'
    )
    clean = _CLEANER.clean(head + body).replace("&nbsp;", "&#160;")
    clean = _NAMED_LINK.sub(_titled, clean)
    if hatched:
        end_of_root = clean.index(">") + 1
        clean = clean[:end_of_root] + _HATCH.format(id=hatch) + clean[end_of_root:]
    return Picture(clean, width, height)
