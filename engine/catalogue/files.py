"""Reading the catalogue's data files, each at most once."""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


@cache
def read_json(name: str) -> Any:
    """The JSON value in ``data/name``; a name ending in ``.gz`` is unpacked."""
    data = (DATA / name).read_bytes()
    return json.loads(gzip.decompress(data) if name.endswith(".gz") else data)


def read_text(name: str) -> str:
    """The text in ``data/name``; a name ending in ``.gz`` is unpacked."""
    data = (DATA / name).read_bytes()
    return (gzip.decompress(data) if name.endswith(".gz") else data).decode()
