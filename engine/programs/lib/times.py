"""Instants as the tools print and read them; the simulated machines keep their clocks in UTC."""

import re
from datetime import UTC, datetime, timedelta

from engine.clock import SECOND
from engine.errors import EngineError

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_HALF_YEAR = 31556952 // 2 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = -62135596800, 253402300799


class InvalidDate(EngineError):
    """Text that is no date; the message is the text."""


def moment(instant: int) -> datetime:
    """``instant`` (nanoseconds since the epoch) as a UTC date, held within the years 1 to 9999."""
    return _EPOCH + timedelta(seconds=min(max(instant // SECOND, _FIRST), _LAST))


def listing_time(instant: int, now: int) -> str:
    """The time column of ``ls -l`` in the C locale: the clock for recent files, the year for others."""
    when = moment(instant)
    head = f"{MONTHS[when.month - 1][:3]} {when.day:2d}"
    if now - _HALF_YEAR < instant <= now:
        return f"{head} {when.hour:02d}:{when.minute:02d}"
    return f"{head}  {when.year}"


def full_time(instant: int) -> str:
    """``2024-05-01 10:00:00.000000000 +0000``, as ``stat`` and ``ls --full-time`` show it."""
    return f"{moment(instant):%Y-%m-%d %H:%M:%S}.{instant % SECOND:09d} +0000"


def format_time(instant: int, pattern: str) -> str:
    """``date +PATTERN``: the conversions of GNU date in the C locale, with the flags ``-_0^``."""
    when = moment(instant)
    out: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char != "%" or at >= len(pattern):
            out.append(char)
            continue
        start = at - 1
        flags = ""
        while at < len(pattern) and pattern[at] in "-_0^#":
            flags += pattern[at]
            at += 1
        width = ""
        while at < len(pattern) and pattern[at].isdigit() and len(width) < 4:
            width += pattern[at]
            at += 1
        colons = 0
        while at < len(pattern) and pattern[at] == ":":
            colons += 1
            at += 1
        letter = pattern[at] if at < len(pattern) else ""
        at += 1
        value = _conversion(when, instant, letter, width, colons)
        out.append(pattern[start:at] if value is None else _flagged(value, flags, width, letter))
    return "".join(out)


def _flagged(value: str, flags: str, width: str, letter: str) -> str:
    if "-" in flags:
        value = value.lstrip("0 ") or "0"
    elif "_" in flags and value.isdigit():
        value = (value.lstrip("0") or "0").rjust(len(value))
    elif "0" in flags:
        value = value.replace(" ", "0")
    if "^" in flags:
        value = value.upper()
    if width and letter != "N":
        value = value.rjust(int(width), "0" if value.isdigit() and "_" not in flags else " ")
    return value


def _conversion(when: datetime, instant: int, letter: str, width: str, colons: int) -> str | None:
    month, day = MONTHS[when.month - 1], DAYS[when.weekday()]
    year_day = when.timetuple().tm_yday
    hour12 = when.hour % 12 or 12
    iso = when.isocalendar()
    simple = {
        "%": "%",
        "n": "\n",
        "t": "\t",
        "Y": str(when.year),
        "C": f"{when.year // 100:02d}",
        "y": f"{when.year % 100:02d}",
        "m": f"{when.month:02d}",
        "d": f"{when.day:02d}",
        "e": f"{when.day:2d}",
        "H": f"{when.hour:02d}",
        "k": f"{when.hour:2d}",
        "I": f"{hour12:02d}",
        "l": f"{hour12:2d}",
        "M": f"{when.minute:02d}",
        "S": f"{when.second:02d}",
        "p": "AM" if when.hour < 12 else "PM",
        "P": "am" if when.hour < 12 else "pm",
        "j": f"{year_day:03d}",
        "a": day[:3],
        "A": day,
        "b": month[:3],
        "h": month[:3],
        "B": month,
        "u": str(when.isoweekday()),
        "w": str(when.isoweekday() % 7),
        "s": str(instant // SECOND),
        "Z": "UTC",
        "z": {0: "+0000", 1: "+00:00", 2: "+00:00:00"}.get(colons, "+00"),
        "N": f"{instant % SECOND:09d}"[: int(width) if width and int(width) else 9],
        "F": f"{when.year}-{when.month:02d}-{when.day:02d}",
        "T": f"{when:%H:%M:%S}",
        "X": f"{when:%H:%M:%S}",
        "R": f"{when:%H:%M}",
        "r": f"{hour12:02d}:{when.minute:02d}:{when.second:02d} {'AM' if when.hour < 12 else 'PM'}",
        "D": f"{when.month:02d}/{when.day:02d}/{when.year % 100:02d}",
        "x": f"{when.month:02d}/{when.day:02d}/{when.year % 100:02d}",
        "c": f"{day[:3]} {month[:3]} {when.day:2d} {when:%H:%M:%S} {when.year}",
        "G": str(iso.year),
        "g": f"{iso.year % 100:02d}",
        "V": f"{iso.week:02d}",
        "U": f"{(year_day + 6 - when.isoweekday() % 7) // 7:02d}",
        "W": f"{(year_day + 6 - when.weekday()) // 7:02d}",
    }
    return simple.get(letter)


_UNIT_SECONDS = {"sec": 1, "second": 1, "min": 60, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_UNIT_SECONDS["fortnight"] = 1209600
_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt ]?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?", re.ASCII
)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(am|pm)?", re.ASCII)
_ZONE = re.compile(r"(?:utc|gmt)?([+-])(\d{2}):?(\d{2})?", re.ASCII)
_MAX_TEXT = 200


def parse_date(text: str, now: int) -> int:
    """What ``date -d`` and ``touch -d`` understand: ISO and RFC dates, ``@N``, ``yesterday``, ``3 days ago``.

    Returns nanoseconds since the epoch. Raises InvalidDate.
    """
    try:
        return _Dating(text, now).result()
    except (ValueError, OverflowError) as error:
        raise InvalidDate(text) from error


class _Dating:
    """One date expression, read from left to right as gnulib's parse-datetime does."""

    def __init__(self, text: str, now: int) -> None:
        if len(text) > _MAX_TEXT:
            raise ValueError(text)
        self.text = text.strip()
        self.now = now
        self.date = moment(now)
        self.nanoseconds = now % SECOND
        self.delta = 0
        self.months = 0
        self.offset = 0
        self.timed = False

    def result(self) -> int:
        if self.text.startswith("@"):
            whole, _, fraction = self.text[1:].partition(".")
            seconds = int(whole)
            if not _FIRST <= seconds <= _LAST:
                raise ValueError(self.text)
            return seconds * SECOND + int((fraction + "000000000")[:9])
        lowered = self.text.lower()
        found = _ISO.match(lowered)
        if found:
            year, month, day = (int(found[index]) for index in (1, 2, 3))
            self._set_clock(found[4] or "0", found[5] or "0", found[6], found[7])
            self.date = self.date.replace(year=year, month=month, day=day)
            lowered = lowered[found.end() :]
        elif not lowered:
            self._midnight()
        self._words(lowered.replace(",", " ").split())
        return self._total()

    def _total(self) -> int:
        month_index = self.date.year * 12 + self.date.month - 1 + self.months
        date = self.date.replace(year=month_index // 12, month=month_index % 12 + 1, day=1)
        date += timedelta(days=self.date.day - 1, seconds=self.delta - self.offset)
        seconds = (date - _EPOCH) // timedelta(seconds=1)
        return seconds * SECOND + self.nanoseconds

    def _midnight(self) -> None:
        self.date = self.date.replace(hour=0, minute=0, second=0)
        self.nanoseconds = 0

    def _set_clock(self, hour: str, minute: str, second: str | None, fraction: str | None) -> None:
        self.timed = True
        self.date = self.date.replace(hour=int(hour), minute=int(minute), second=int(second or 0))
        self.nanoseconds = int(((fraction or "0") + "000000000")[:9])

    def _words(self, words: list[str]) -> None:
        words = _signs_joined(words)
        at = 0
        while at < len(words):
            at += self._word(words, at)

    def _word(self, words: list[str], at: int) -> int:
        word = words[at]
        following = words[at + 1] if at + 1 < len(words) else ""
        if word in ("now", "utc", "gmt", "z", "today", "at", "of"):
            return 1
        if word in ("yesterday", "tomorrow"):
            self.delta += 86400 if word == "tomorrow" else -86400
            return 1
        if word in ("noon", "midnight"):
            self._set_clock("12" if word == "noon" else "0", "0", None, None)
            return 1
        clock = _CLOCK.fullmatch(word)
        if clock:
            hour = int(clock[1])
            if clock[5]:
                hour = hour % 12 + (12 if clock[5] == "pm" else 0)
            self._set_clock(str(hour), clock[2], clock[3], clock[4])
            return 1
        if word in ("next", "last", "this"):
            self._shift({"next": 1, "last": -1, "this": 0}[word], following)
            return 2
        zone = _ZONE.fullmatch(word)
        if zone and self.timed and (len(word) > 3) and not following.startswith(tuple(_UNIT_SECONDS)):
            self.offset = (1 if zone[1] == "+" else -1) * (int(zone[2]) * 3600 + int(zone[3] or 0) * 60)
            return 1
        names = [month[:3].lower() for month in MONTHS]
        if word[:3] in names and word.isalpha():
            return self._month_name(names.index(word[:3]) + 1, words, at)
        days = [day[:3].lower() for day in DAYS]
        if word[:3] in days and word.isalpha():
            return self._weekday(days.index(word[:3]), len(words))
        return self._number(words, at, names)

    def _month_name(self, month: int, words: list[str], at: int) -> int:
        used = 1
        numbers = []
        for word in words[at + 1 :]:
            if word.isdigit():
                numbers.append(int(word))
                used += 1
            elif _CLOCK.fullmatch(word) and len(numbers) < 2:
                clock = _CLOCK.fullmatch(word)
                assert clock is not None
                self._set_clock(clock[1], clock[2], clock[3], clock[4])
                used += 1
            elif word in ("utc", "gmt"):
                used += 1
            else:
                break
        if not self.timed:
            self._midnight()
        day = next((number for number in numbers if number <= 31), 1)
        year = next((number for number in numbers if number > 31), self.date.year)
        self.date = self.date.replace(year=year, month=month, day=day)
        return used

    def _weekday(self, day: int, words: int) -> int:
        if words == 1:
            self._midnight()
            self.delta += (day - self.date.weekday()) % 7 * 86400
        return 1

    def _shift(self, count: int, unit: str) -> None:
        name = unit.removesuffix("s")
        days = [day[:3].lower() for day in DAYS]
        if name in _UNIT_SECONDS:
            self.delta += count * _UNIT_SECONDS[name]
        elif name in ("month", "year"):
            self.months += count * (12 if name == "year" else 1)
        elif name[:3] in days:
            self._midnight()
            ahead = (days.index(name[:3]) - self.date.weekday()) % 7 or 7
            self.delta += (ahead if count > 0 else ahead - 7 if count else ahead % 7) * 86400
        else:
            raise ValueError(unit)

    def _number(self, words: list[str], at: int, months: list[str]) -> int:
        word = words[at]
        sign = -1 if word.startswith("-") else 1
        digits = word.lstrip("+-")
        letters = digits.lstrip("0123456789")
        digits = digits[: len(digits) - len(letters)]
        if not digits:
            if word.removesuffix("s") in (*_UNIT_SECONDS, "month", "year"):
                digits, letters = "1", word
            else:
                raise ValueError(word)
        used = 1
        following = words[at + 1] if at + 1 < len(words) else ""
        if not letters and following.removesuffix("s") in (*_UNIT_SECONDS, "month", "year"):
            letters = following
            used = 2
        if letters:
            if at + used < len(words) and words[at + used] == "ago":
                sign = -sign
                used += 1
            self._shift(sign * int(digits[:9]), letters)
            return used
        if following[:3] in months:
            if not self.timed:
                self._midnight()
            year = words[at + 2] if at + 2 < len(words) else ""
            self.date = self.date.replace(
                year=int(year) if year.isdigit() else self.date.year,
                month=months.index(following[:3]) + 1,
                day=int(digits),
            )
            return 3 if year.isdigit() else 2
        if len(digits) == 8:
            self._midnight()
            self.date = self.date.replace(year=int(digits[:4]), month=int(digits[4:6]), day=int(digits[6:]))
            return 1
        if len(digits) <= 2 and word.isdigit() and len(words) == 1:
            self._set_clock(digits, "0", None, None)
            return 1
        raise ValueError(word)


def _signs_joined(words: list[str]) -> list[str]:
    """``+ 1 day`` reads as ``+1 day``."""
    out: list[str] = []
    for word in words:
        if out and out[-1] in ("+", "-"):
            out[-1] += word
        else:
            out.append(word)
    return out


def parse_stamp(text: str, now: int) -> int:
    """``touch -t``: ``[[CC]YY]MMDDhhmm[.ss]``. Raises InvalidDate."""
    body, dot, seconds = text.partition(".")
    if (
        not body.isdigit()
        or len(body) not in (8, 10, 12)
        or (dot and not (seconds.isdigit() and len(seconds) == 2))
    ):
        raise InvalidDate(text)
    year = moment(now).year
    if len(body) == 12:
        year = int(body[:4])
    elif len(body) == 10:
        short = int(body[:2])
        year = short + (1900 if short >= 69 else 2000)
    month, day, hour, minute = (int(body[-8:][index : index + 2]) for index in (0, 2, 4, 6))
    try:
        when = datetime(year, month, day, hour, minute, min(int(seconds or 0), 59), tzinfo=UTC)
    except ValueError as error:
        raise InvalidDate(text) from error
    return (when - _EPOCH) // timedelta(seconds=1) * SECOND
