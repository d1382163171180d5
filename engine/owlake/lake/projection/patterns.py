"""Date patterns of ``java.time.format.DateTimeFormatter``, compiled: moments to text and back, in English and UTC.

https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/time/format/DateTimeFormatter.html#patterns
Letters that name a week or its year (``Y``, ``w``, ``W``, ``e``, ``c``) are refused: no date can be read back from
them without knowing the locale's first day of the week. So are ``B``, ``F``, ``g``, ``p``, ``n``, ``N`` and ``A``.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

UNITS = ("year", "month", "day", "hour", "minute", "second", "fraction")
"""What a pattern can be as fine as, coarsest first."""

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TOKEN = re.compile(r"'(?P<text>(?:[^']|'')*)'|(?P<letter>[A-Za-z])(?P=letter)*|(?P<other>.)", re.DOTALL)
_PARTS = {"y": "year", "u": "year", "M": "month", "L": "month", "d": "day", "H": "hour", "m": "minute", "s": "second"}
_SHORT = 3
_FULL = 4
_NANOSECOND_DIGITS = 9
_LONGEST_MONTH = 31


_Letters = Callable[[str, int], "_Field | None"]


class PatternError(ValueError):
    """The pattern is none, or one whose text no date can be read back from."""


class TextError(ValueError):
    """The text does not match the pattern."""


@dataclass(frozen=True, slots=True)
class _Field:
    """A stretch of the pattern: how it is printed, and what it looks like.

    ``name`` is the part of a date that the text stands for; None for what only decorates (literals, zones).
    ``unit`` is how fine it is. ``padded``: always the same number of digits.
    """

    print: Callable[[datetime], str]
    regex: str
    name: str | None = None
    unit: str | None = None
    padded: bool = False


@dataclass(frozen=True, slots=True)
class DatePattern:
    """A compiled pattern."""

    text: str
    fields: tuple[_Field, ...]
    regex: re.Pattern[str]

    def format(self, moment: datetime) -> str:
        """The moment (UTC, without a zone) as text."""
        return "".join([field.print(moment) for field in self.fields])

    def parse(self, text: str) -> datetime:
        """The first moment that is printed as this text. Errors: TextError."""
        found = self.regex.fullmatch(text)
        if not found:
            raise TextError(f"Text '{text}' could not be parsed")
        try:
            return _resolve({name: value for name, value in found.groupdict().items() if value is not None})
        except (ValueError, OverflowError) as problem:
            raise TextError(f"Text '{text}' could not be parsed: {problem}") from problem

    def truncate(self, moment: datetime) -> datetime:
        """The moment without what the pattern does not print."""
        return self.parse(self.format(moment))

    @property
    def finest_unit(self) -> str:
        """The finest unit that is printed."""
        return max((field.unit for field in self.fields if field.unit), key=UNITS.index, default="year")

    @property
    def is_ordered(self) -> bool:
        """Whether later moments always have a greater text (or the same): year, month, day, ... each padded."""
        units = [field.unit for field in self.fields if field.unit]
        return units == list(UNITS[: len(units)]) and all(field.padded for field in self.fields if field.unit)

    @property
    def is_number(self) -> bool:
        """Whether all that is printed is digits."""
        return all(field.unit for field in self.fields)


def _no_letters(_letter: str, _count: int) -> _Field | None:
    return None


@lru_cache(maxsize=256)
def compile_printer(pattern: str) -> Callable[[datetime], str]:
    """What prints moments by a pattern that need not be read back: it may leave out the year, or name a week's.

    Weeks are those of the United States, which Java takes where nobody says another place: from Sunday on, the first
    one that with January 1. Errors: PatternError.
    """
    fields = tuple(_fields(pattern, _week))
    return lambda moment: "".join([field.print(moment) for field in fields])


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> DatePattern:
    """Compile a pattern. Errors: PatternError."""
    fields = tuple(_fields(pattern))
    if not any(field.name == "year" for field in fields):
        raise PatternError(f"'{pattern}' has no year")
    names: set[str] = set()
    regex = ""
    depth = 0
    for field in fields:
        if field.regex == "(?:":
            depth += 1
        elif field.regex == ")?":
            depth -= 1
        if depth < 0:
            break
        if field.name and field.name not in names:
            names.add(field.name)
            regex += f"(?P<{field.name}>{field.regex})"
        elif field.name:
            regex += f"(?:{field.regex})"
        else:
            regex += field.regex
    if depth:
        raise PatternError(f"'{pattern}' has an unbalanced square bracket")
    return DatePattern(pattern, fields, re.compile(regex, re.ASCII))


def _fields(pattern: str, other_letters: _Letters = _no_letters) -> Iterator[_Field]:
    for token in _TOKEN.finditer(pattern):
        text, letter, other = token["text"], token["letter"], token["other"]
        if text is not None:
            yield _literal(text.replace("''", "'") or "'")
        elif letter:
            yield other_letters(letter, len(token[0])) or _letters(pattern, letter, len(token[0]))
        elif other == "[":
            yield _Field(_nothing, "(?:")
        elif other == "]":
            yield _Field(_nothing, ")?")
        elif other in "'{}#":
            raise PatternError(f"'{pattern}' has a {other} outside of quotes")
        else:
            yield _literal(other)


def _week(letter: str, count: int) -> _Field | None:
    """``Y`` and ``w``: a week's number, and the year that it is counted in."""
    if letter == "w" and count <= 2:
        return _Field(lambda moment: f"{_us_week(moment)[1]:0{count}}", "")
    if letter == "Y":
        return _Field(
            lambda moment: f"{_us_week(moment)[0] % 100:02}" if count == 2 else f"{_us_week(moment)[0]:0{count}}", ""
        )
    return None


def _us_week(moment: datetime) -> tuple[int, int]:
    """The year and the number of the week, which begins on Sunday."""
    saturday = moment.date() + timedelta(days=(5 - moment.weekday()) % 7)
    return saturday.year, (saturday.timetuple().tm_yday + 6) // 7


def _nothing(_moment: datetime) -> str:
    return ""


def _literal(text: str) -> _Field:
    return _Field(lambda _moment: text, re.escape(text))


def _letters(pattern: str, letter: str, count: int) -> _Field:
    field = (
        _year(letter, count)
        or _number(letter, count)
        or _twelve_hours(letter, count)
        or _fraction(letter, count)
        or _day_of_year(letter, count)
        or _quarter(letter, count)
        or _words(letter, count)
        or _zone(letter, count)
    )
    if field is None:
        raise PatternError(f"'{pattern}': {letter * count} is not supported")
    return field


def _year(letter: str, count: int) -> _Field | None:
    if letter == "G" and count <= _SHORT:
        return _Field(lambda _moment: "AD", "AD")
    if letter not in "yu":
        return None
    if count == 2:
        return _Field(lambda moment: f"{moment.year % 100:02}", r"\d{2}", "year", "year")
    # Beyond four digits Java prints a sign; the years up to 9999 never have one.
    regex = r"\d{1,4}" if count < _FULL else rf"0{{{count - _FULL}}}\d{{4}}"
    return _Field(lambda moment: f"{moment.year:0{count}}", regex, "year", "year", padded=count >= _FULL)


def _number(letter: str, count: int) -> _Field | None:
    if letter not in "MLdHms" or count > 2:
        return None
    part = _PARTS[letter]
    return _Field(
        lambda moment: f"{getattr(moment, part):0{count}}",
        r"\d{2}" if count > 1 else r"\d{1,2}",
        part,
        part,
        padded=count > 1,
    )


def _twelve_hours(letter: str, count: int) -> _Field | None:
    """``k`` 1-24, ``h`` 1-12, ``K`` 0-11, and ``a`` for AM or PM."""
    if letter == "a":
        return _Field(lambda moment: "PM" if moment.hour >= 12 else "AM", "AM|PM", "half")
    if letter not in "khK" or count > 2:
        return None
    cycle, first = (24, 1) if letter == "k" else (12, 1 if letter == "h" else 0)
    name = "hour_of_24" if letter == "k" else "hour_of_half"

    def text(moment: datetime) -> str:
        hour = moment.hour % cycle
        return f"{cycle if first and not hour else hour:0{count}}"

    return _Field(text, r"\d{2}" if count > 1 else r"\d{1,2}", name, "hour")


def _fraction(letter: str, count: int) -> _Field | None:
    if letter != "S" or count > _NANOSECOND_DIGITS:
        return None
    return _Field(
        lambda moment: f"{moment.microsecond:06}000"[:count], rf"\d{{{count}}}", "fraction", "fraction", padded=True
    )


def _day_of_year(letter: str, count: int) -> _Field | None:
    if letter != "D" or count > _SHORT:
        return None
    regex = r"\d{3}" if count == _SHORT else rf"\d{{{count},3}}"
    return _Field(lambda moment: f"{moment.timetuple().tm_yday:0{count}}", regex, "day_of_year", "day")


def _quarter(letter: str, count: int) -> _Field | None:
    if letter not in "Qq" or count > _FULL:
        return None
    before, after = ("Q", "") if count == _SHORT else ("", " quarter") if count == _FULL else ("", "")
    ordinals = ("1st", "2nd", "3rd", "4th") if count == _FULL else ("1", "2", "3", "4")
    width = "0" if count == 2 else ""
    texts = [f"{before}{width}{ordinal}{after}" for ordinal in ordinals]
    return _Field(lambda moment: texts[(moment.month - 1) // 3], "|".join(texts), "quarter", "month")


def _words(letter: str, count: int) -> _Field | None:
    """Names of months and days; the narrow ones (five letters: ``J``) are not unique, so they are refused."""
    if letter in "ML" and count in (_SHORT, _FULL):
        names = [name[:_SHORT] if count == _SHORT else name for name in _MONTHS]
        return _Field(lambda moment: names[moment.month - 1], "|".join(names), "month_name", "month")
    if letter == "E" and count <= _FULL:
        days = [name[:_SHORT] if count < _FULL else name for name in _DAYS]
        return _Field(lambda moment: days[moment.weekday()], "|".join(days), "day_name")
    return None


def _zone(letter: str, count: int) -> _Field | None:
    """Everything is UTC, so a zone is one word."""
    offsets = ("+00", "+0000", "+00:00", "+0000", "+00:00")
    match letter, count:
        case ("X", 1 | 2 | 3 | 4 | 5) | ("Z", 5):
            text = "Z"
        case "x", 1 | 2 | 3 | 4 | 5:
            text = offsets[count - 1]
        case "Z", 1 | 2 | 3:
            text = "+0000"
        case ("Z", 4) | ("O", 1 | 4):
            text = "GMT"
        case ("z", 1 | 2 | 3) | ("V", 2):
            text = "UTC"
        case "z", 4:
            text = "Coordinated Universal Time"
        case _:
            return None
    return _literal(text)


def _resolve(found: dict[str, str]) -> datetime:
    year = int(found["year"]) + (2000 if len(found["year"]) == 2 else 0)
    day = _resolve_date(year, found)
    half = {"AM": 0, "PM": 12}.get(found.get("half", ""))
    hour = int(found.get("hour", 0))
    if "hour_of_24" in found:
        hour = int(found["hour_of_24"]) % 24
    elif "hour_of_half" in found and half is not None:
        hour = int(found["hour_of_half"]) % 12 + half
    moment = datetime(  # noqa: DTZ001  (a moment of UTC)
        day.year, day.month, day.day, hour, int(found.get("minute", 0)), int(found.get("second", 0)),
        int(found.get("fraction", "0").ljust(6, "0")[:6]),
    )  # fmt: skip
    if "day_name" in found and not _DAYS[moment.weekday()].startswith(found["day_name"]):
        raise ValueError(f"{day} is not a {found['day_name']}")
    return moment


def _resolve_date(year: int, found: dict[str, str]) -> date:
    if "day_of_year" in found and "day" not in found:
        day = date(year, 1, 1) + timedelta(days=int(found["day_of_year"]) - 1)
        if day.year != year or ("month" in found and int(found["month"]) != day.month):
            raise ValueError(f"day {found['day_of_year']} of {year} does not fit")
        return day
    month = _resolve_month(found)
    number = int(found.get("day", 1))
    if number <= _LONGEST_MONTH:  # Java's smart resolver takes the last day of a shorter month
        number = min(number, calendar.monthrange(year, month)[1])
    return date(year, month, number)


def _resolve_month(found: dict[str, str]) -> int:
    if "month" in found:
        return int(found["month"])
    if "month_name" in found:
        return next(number for number, name in enumerate(_MONTHS, 1) if name.startswith(found["month_name"]))
    if "quarter" in found:
        return int(found["quarter"].strip("Q0")[0]) * 3 - 2
    return 1
