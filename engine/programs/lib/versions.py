"""Version order: ``sort -V``, ``ls -v`` (gnulib filevercmp, itself Debian's version comparison)."""

VersionKey = tuple[tuple[tuple[int, ...], int], ...]


def version_key(text: bytes) -> VersionKey:
    """A key that sorts version numbers inside names by value: ``a9`` before ``a10``; ``~`` sorts first."""
    parts: list[tuple[tuple[int, ...], int]] = []
    at = 0
    size = len(text)
    while at < size or not parts:
        start = at
        while at < size and not 48 <= text[at] <= 57:
            at += 1
        letters = (*tuple(_weight(byte) for byte in text[start:at]), 0)
        start = at
        while at < size and 48 <= text[at] <= 57:
            at += 1
        digits = text[start:at][:4000]
        parts.append((letters, int(digits) if digits else 0))
    return tuple(parts)


def _weight(byte: int) -> int:
    if byte == 126:
        return -1
    char = chr(byte)
    return byte if char.isascii() and char.isalpha() else byte + 256
