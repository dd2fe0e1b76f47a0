"""A diagram as a file to keep: SVG that stands alone, the DOT it was made from, or PNG."""

from dataclasses import dataclass

from labsite.diagrams.api import Rendered
from labsite.diagrams.renderer import OneShotRenderer, RenderingFailed, bundled_program

FORMATS = ("svg", "dot", "png")
_TYPES = {
    "svg": "image/svg+xml; charset=utf-8",
    "dot": "text/vnd.graphviz; charset=utf-8",
    "png": "image/png",
}


@dataclass(frozen=True, slots=True)
class DiagramFile:
    """What a download answers with."""

    name: str
    content_type: str
    data: bytes


class NoSuchFormat(LookupError):
    """Diagrams cannot be had in that format."""


def as_file(rendered: Rendered, output: str) -> DiagramFile:
    """The diagram in one of `FORMATS`, in the light theme's colours.

    Raises NoSuchFormat, and RenderingFailed when there is no picture.
    """
    if output not in FORMATS:
        raise NoSuchFormat(output)
    if output == "dot":
        data = rendered.dot.encode("utf-8", "replace")
    elif output == "png":
        data = OneShotRenderer(bundled_program(), "graphviz-pure").png(rendered.dot)
    elif rendered.svg:
        data = f'<?xml version="1.0" encoding="UTF-8"?>\n{rendered.svg}\n'.encode()
    else:
        raise RenderingFailed("there is no picture")
    return DiagramFile(f"{rendered.kind}-{rendered.digest[:8]}.{output}", _TYPES[output], data)
