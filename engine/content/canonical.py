"""One spelling for every JSON value, so that equal values have equal digests."""

import json
from typing import Any

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
_encode_escaped = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def canonical_json(value: Any) -> bytes:
    """``value`` as UTF-8 JSON: keys sorted, no blanks, no ASCII escapes (lone surrogates kept escaped)."""
    try:
        return _encode(value).encode()
    except UnicodeEncodeError:
        return _encode_escaped(value).encode()
