"""Sizes and durations for people, with the rules of docker/go-units."""

from __future__ import annotations

import math

import re2

from engine.errors import EngineError

_DECIMAL_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB")
_BINARY_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB")
_POWER_OF_SUFFIX = {"k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
_FLOAT_RE = re2.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_LONGEST_NUMBER = 400
_SECOND = 1_000_000_000
_INT64_MAX = 2**63 - 1


class SizeError(EngineError):
    """The text is not a size such as ``512m``."""


def _scaled(size: float, base: float, units: tuple[str, ...], digits: int) -> str:
    step = 0
    while size >= base and step < len(units) - 1:
        size /= base
        step += 1
    return f"{size:.{digits}g}{units[step]}"


def human_size(size: float, digits: int = 4) -> str:
    """SI size with ``digits`` significant digits: ``7.05MB``."""
    return _scaled(float(size), 1000.0, _DECIMAL_UNITS, digits)


def human_size3(size: float) -> str:
    """SI size with three significant digits, as ``docker images`` and ``docker history`` print it."""
    return human_size(size, 3)


def bytes_size(size: float) -> str:
    """IEC size with four significant digits: ``63.98TiB``."""
    return _scaled(float(size), 1024.0, _BINARY_UNITS, 4)


def human_duration(nanoseconds: int) -> str:
    """Approximate duration in words: ``About a minute``, ``3 weeks``."""
    seconds = int(nanoseconds / _SECOND) if abs(nanoseconds) < 2**53 else nanoseconds // _SECOND
    if seconds < 1:
        return "Less than a second"
    if seconds == 1:
        return "1 second"
    if seconds < 60:
        return f"{seconds} seconds"
    minutes = nanoseconds // (60 * _SECOND)
    if minutes == 1:
        return "About a minute"
    if minutes < 60:
        return f"{minutes} minutes"
    exact_hours = nanoseconds / (3600 * _SECOND)
    hours = int(exact_hours + 0.5)
    if hours == 1:
        return "About an hour"
    if hours < 48:
        return f"{hours} hours"
    if hours < 24 * 7 * 2:
        return f"{hours // 24} days"
    if hours < 24 * 30 * 2:
        return f"{hours // 24 // 7} weeks"
    if hours < 24 * 365 * 2:
        return f"{hours // 24 // 30} months"
    return f"{int(exact_hours) // 24 // 365} years"


def from_human_size(text: str) -> int:
    """Bytes of an SI size (``32kB`` is 32000); SizeError otherwise."""
    return _parse_size(text, 1000)


def ram_in_bytes(text: str) -> int:
    """Bytes of an IEC size (``32k`` is 32768), as ``--memory`` takes it; SizeError otherwise."""
    return _parse_size(text, 1024)


def _parse_size(text: str, base: int) -> int:
    separator = max((text.rfind(char) for char in "0123456789. "), default=-1)
    if separator == -1:
        raise SizeError(f"invalid size: '{text}'")
    number = text[:separator] if text[separator] == " " else text[: separator + 1]
    suffix = text[separator + 1 :]
    size = _parse_float(number)
    if size < 0:
        raise SizeError(f"invalid size: '{text}'")
    if suffix:
        size *= base ** _suffix_power(suffix)
    return min(int(size), _INT64_MAX)


def _parse_float(text: str) -> float:
    if len(text) > _LONGEST_NUMBER or not _FLOAT_RE.fullmatch(text):
        raise SizeError(f'strconv.ParseFloat: parsing "{text}": invalid syntax')
    value = float(text)
    if math.isinf(value):
        raise SizeError(f'strconv.ParseFloat: parsing "{text}": value out of range')
    return value


def _suffix_power(suffix: str) -> int:
    folded = suffix.lower()
    if folded == "b":
        return 0
    power = _POWER_OF_SUFFIX.get(folded[0])
    if power is None or folded[1:] not in ("", "b", "ib"):
        raise SizeError(f"invalid suffix: '{folded if len(suffix) <= 3 else suffix}'")
    return power
