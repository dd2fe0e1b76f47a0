"""One spelling for every JSON value, so that equal values have equal digests."""

import json
from typing import Any


def canonical_json(value: Any) -> bytes:
    """``value`` as UTF-8 JSON: keys sorted, no blanks, no ASCII escapes (lone surrogates kept escaped)."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
