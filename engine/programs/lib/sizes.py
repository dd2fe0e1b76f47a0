"""Numbers of bytes as the tools print and read them."""

from engine.errors import EngineError

_UNITS = "KMGTPEZY"


class InvalidNumber(EngineError):
    """Text that is no number or size; the message is the text."""


def human_size(size: int, base: int = 1024) -> str:
    """``ls -h``/``du -h``: rounded up, one decimal below ten (gnulib human.c, human_ceiling)."""
    if size < base:
        return str(size)
    divisor, power = base, 1
    while True:
        letter = "k" if base == 1000 and power == 1 else _UNITS[power - 1]
        tenths = -(-size * 10 // divisor)
        if tenths < 100:
            return f"{tenths // 10}.{tenths % 10}{letter}"
        whole = -(-size // divisor)
        if whole < base or power == len(_UNITS):
            return f"{whole}{letter}"
        divisor *= base
        power += 1


def busybox_human_size(size: int) -> str:
    """busybox ``-h``: rounded to the nearest tenth, always with one decimal once there is a unit."""
    if size < 1024:
        return str(size)
    value = float(size)
    power = -1
    while value >= 1024 and power < len(_UNITS) - 1:
        value /= 1024
        power += 1
    return f"{value:.1f}{_UNITS[power]}"


_SUFFIXES = {"": 1, "c": 1, "w": 2, "b": 512, "B": 1}


def parse_size(text: str) -> int:
    """``10``, ``4k``, ``1M``, ``2MB``, ``1MiB``, ``3b``: bytes. Raises InvalidNumber."""
    digits = text
    suffix = ""
    for index, char in enumerate(text):
        if not char.isdigit():
            digits, suffix = text[:index], text[index:]
            break
    if not digits.isascii() or (not digits and not suffix) or len(digits) > 18:
        raise InvalidNumber(text)
    number = int(digits) if digits else 1
    if suffix in _SUFFIXES and digits:
        return number * _SUFFIXES[suffix]
    power = _UNITS.find(suffix[:1].upper()) + 1
    if not power or suffix[0] not in "kKmMGTPEgtpe":
        raise InvalidNumber(text)
    if suffix[1:] in ("", "iB", "ib"):
        return number * (1 << 10 * power)
    if suffix[1:] in ("B", "D"):
        return number * int(f"1{'000' * power}")
    raise InvalidNumber(text)


def parse_count(text: str) -> int:
    """A non-negative decimal number without suffix. Raises InvalidNumber."""
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise InvalidNumber(text)
    return int(text)


def blocks(size: int, block: int = 1024) -> int:
    """Disk blocks a file of ``size`` bytes takes, on a file system with 4 KiB blocks."""
    return -(-size // 4096) * 4096 // block
