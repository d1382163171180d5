"""Reading Trino's text forms of dates, times, timestamps, intervals and decimals.

Values come back as the integers that constants hold: days, microseconds, milliseconds, months.
"""

from __future__ import annotations

import decimal
import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class InvalidTextError(ValueError):
    """The text is not of the form."""


_EPOCH = date(1970, 1, 1).toordinal()
DATE_FORM = r"([+-]?\d{1,9})-(\d{1,2})-(\d{1,2})"
"""Year, month, day."""
CLOCK_FORM = r"(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?"
"""Hour, minute, second, fraction."""
TIME_FORM = CLOCK_FORM + r"\s*(?:([+-])(\d\d):(\d\d))?"
"""A clock; the sign, hours and minutes of an offset."""
TIMESTAMP_FORM = r"([+-]?\d{4,9})-(\d{1,2})-(\d{1,2})(?: (?:" + CLOCK_FORM + r")?\s*(\S.*)?)?"
"""Year, month, day; a clock; a time zone."""
MAX_PRECISION = 12
PACKED_PRECISION, PACKED_MICROSECONDS = 3, 2**51 * 1000
"""Up to milliseconds Trino packs an instant and its zone in 64 bits, 52 of them for the instant."""
_DATE = re.compile(DATE_FORM, re.ASCII)
_TIME = re.compile(TIME_FORM, re.ASCII)
_TIMESTAMP = re.compile(TIMESTAMP_FORM, re.ASCII)
_OFFSET = re.compile(r"([+-])(\d{1,2})(?::?(\d\d))?", re.ASCII)
_UTC_NAMES = frozenset({"utc", "z", "gmt", "gmt0", "ut", "uct", "zulu", "universal", "greenwich"})
MICROSECONDS_OF_A_DAY = 86_400_000_000
FIRST_MICROSECOND, LAST_MICROSECOND = -62_135_596_800_000_000, 253_402_300_799_999_999
"""The ends of Python's years."""


def days_from_civil(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the proleptic Gregorian calendar, also outside Python's years 1 to 9999."""
    cycles, shifted = divmod(year - 2000, 400)
    try:
        return date(2000 + shifted, month, day).toordinal() - _EPOCH + cycles * 146_097
    except ValueError as problem:
        raise InvalidTextError(str(problem)) from problem


def parse_date(text: str) -> int:
    """``2020-01-31`` to days since 1970-01-01."""
    found = _DATE.fullmatch(text.strip())
    if not found:
        raise InvalidTextError(text)
    days = days_from_civil(int(found[1]), int(found[2]), int(found[3]))
    if not -(2**31) <= days < 2**31:
        raise InvalidTextError(text)
    return days


def parse_time(text: str) -> tuple[int, int, int | None]:
    """``12:34:56.789 +02:00`` to (microseconds of the day, precision, offset in minutes or None)."""
    found = _TIME.fullmatch(text)
    if not found:
        raise InvalidTextError(text)
    offset = None
    if found[5]:
        offset = _offset_minutes(found[5], found[6], found[7])
    return _microseconds(found[1], found[2], found[3], found[4], text), len(found[4] or ""), offset


def parse_timestamp(text: str) -> tuple[int, int, str | None]:
    """``2020-01-31 12:34:56.789 Europe/Berlin`` to (microseconds, precision, zone or None).

    Without a zone the microseconds are those of the local time read as UTC; with one they are UTC's.
    """
    found = _TIMESTAMP.fullmatch(text)
    if not found:
        raise InvalidTextError(text)
    days = days_from_civil(int(found[1]), int(found[2]), int(found[3]))
    local = days * MICROSECONDS_OF_A_DAY
    if found[4]:
        local += _microseconds(found[4], found[5], found[6], found[7], text)
    if not -(2**63) < local < 2**63:
        raise InvalidTextError(text)
    precision = len(found[7] or "")
    if not found[8]:
        return local, precision, None
    zone = normal_zone(found[8])
    instant = local - offset_of_local(zone, local)
    if instant + offset_of_instant(zone, instant) != local:
        # The clocks skip this time (https://trino.io/docs/current/language/types.html#timestamp-p-with-time-zone).
        raise InvalidTextError(text)
    if precision <= PACKED_PRECISION and abs(instant) >= PACKED_MICROSECONDS:
        raise InvalidTextError(text)
    return instant, precision, zone


def _microseconds(hour: str, minute: str, second: str | None, fraction: str | None, text: str) -> int:
    hours, minutes, seconds = int(hour), int(minute), int(second or 0)
    if hours > 23 or minutes > 59 or seconds > 59:
        raise InvalidTextError(text)
    return ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + _rounded_fraction(fraction)


def _rounded_fraction(fraction: str | None) -> int:
    """Digits behind the second as microseconds; what is finer is rounded half up."""
    if not fraction:
        return 0
    return int((int(fraction[:MAX_PRECISION].ljust(MAX_PRECISION, "0")) + 500_000) // 1_000_000)


def _offset_minutes(sign: str, hours: str, minutes: str | None) -> int:
    total = int(hours) * 60 + int(minutes or 0)
    if total > 14 * 60 or int(minutes or 0) > 59:
        raise InvalidTextError(f"{sign}{hours}:{minutes}")
    return -total if sign == "-" else total


def normal_zone(name: str) -> str:
    """A zone's name as values carry it: ``UTC`` for its synonyms, ``+02:00`` for offsets, else the tz database's.

    Errors: InvalidTextError for a zone that the tz database does not know.
    """
    name = name.strip()
    if name.lower().removeprefix("etc/") in _UTC_NAMES:
        return "UTC"
    bare = name
    for prefix in ("UTC", "GMT", "UT"):
        if name.upper().startswith((f"{prefix}+", f"{prefix}-")):
            bare = name[len(prefix) :]
            break
    found = _OFFSET.fullmatch(bare)
    if found:
        minutes = _offset_minutes(found[1], found[2], found[3])
        return offset_name(minutes)
    if not name or name.startswith(("posix", "right/")) or name in {"Factory", "localtime"}:
        raise InvalidTextError(name)
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
        raise InvalidTextError(name) from problem
    return name


def offset_name(minutes: int) -> str:
    """``+02:00``; zero is UTC."""
    if minutes == 0:
        return "UTC"
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def offset_of_local(zone: str, local: int) -> int:
    """The zone's offset in microseconds at a local time (microseconds as if in UTC)."""
    return _offset(zone, local, is_local=True)


def offset_of_instant(zone: str, instant: int) -> int:
    """The zone's offset in microseconds at an instant (UTC microseconds)."""
    return _offset(zone, instant, is_local=False)


# Weekdays and leap years, and with them every zone's rule, repeat after 400 years.
_CYCLE_SECONDS = 146_097 * 86_400
_FIRST_SECOND, _LAST_SECOND = -62_135_510_400, 253_402_214_400


def _offset(zone: str, microseconds: int, *, is_local: bool) -> int:
    if zone == "UTC":
        return 0
    found = _OFFSET.fullmatch(zone)
    if found:
        return _offset_minutes(found[1], found[2], found[3]) * 60_000_000
    seconds = max(microseconds // 1_000_000, _FIRST_SECOND)
    if seconds > _LAST_SECOND:
        seconds -= -(-(seconds - _LAST_SECOND) // _CYCLE_SECONDS) * _CYCLE_SECONDS
    moment = datetime(1970, 1, 1) + timedelta(seconds=seconds)  # noqa: DTZ001  (a local time)
    info = ZoneInfo(zone)
    if is_local:
        offset = moment.replace(tzinfo=info).utcoffset()
    else:
        offset = moment.replace(tzinfo=UTC).astimezone(info).utcoffset()
    return int((offset or timedelta()).total_seconds()) * 1_000_000


_YEAR_TO_MONTH = re.compile(r"([+-]?)(\d+)(?:-(\d+))?", re.ASCII)
_WHOLE_NUMBER = re.compile(r"([+-]?)(\d+)", re.ASCII)
_DAY_UNITS = {"day": 86_400_000, "hour": 3_600_000, "minute": 60_000, "second": 1_000}
_DAY_FIELDS = ("day", "hour", "minute", "second")


def parse_year_to_month(text: str, start: str, end: str | None) -> int:
    """``1-2`` and ``1`` (year to month), ``3`` (year or month) to months."""
    pattern = _YEAR_TO_MONTH if (start, end) == ("year", "month") else _WHOLE_NUMBER
    found = pattern.fullmatch(text.strip())
    if not found:
        raise InvalidTextError(text)
    months = int(found[2]) * (1 if start == "month" else 12)
    if pattern is _YEAR_TO_MONTH:
        months += int(found[3] or 0)
    if months >= 2**31:
        raise InvalidTextError(text)
    return -months if found[1] == "-" else months


def parse_day_to_second(text: str, start: str, end: str | None) -> int:
    """``1 02:03:04.567`` (day to second) and every shorter form to milliseconds; last fields may be left out."""
    fields = _DAY_FIELDS[_DAY_FIELDS.index(start) : _DAY_FIELDS.index(end or start) + 1]
    found = re.fullmatch(_day_pattern(fields), text.strip(), re.ASCII)
    if not found:
        raise InvalidTextError(text)
    milliseconds = sum(int(found[field] or 0) * _DAY_UNITS[field] for field in fields)
    if "second" in fields:
        milliseconds += int((found["fraction"] or "").ljust(3, "0") or 0)
    if milliseconds >= 2**63:
        raise InvalidTextError(text)
    return -milliseconds if found["sign"] == "-" else milliseconds


def _day_pattern(fields: tuple[str, ...]) -> str:
    separators = {"hour": r"\s+", "minute": ":", "second": ":"}
    pattern = ""
    for field in reversed(fields):
        number = f"(?P<{field}>\\d+)"
        if field == "second":
            number += r"(?:\.(?P<fraction>\d{1,3})\d*)?"
        if field == fields[0]:
            pattern = f"(?P<sign>[+-]?){number}{pattern}"
        else:
            pattern = f"(?:{separators[field]}{number}{pattern})?"
    return pattern


_DECIMAL = re.compile(r"\s*([+-]?)(\d*)(?:\.(\d*))?\s*")


def parse_decimal(text: str) -> tuple[decimal.Decimal, int, int]:
    """``-012.50`` to its value, precision and scale (leading zeros do not count)."""
    found = _DECIMAL.fullmatch(text)
    if not found or not (found[2] or found[3]):
        raise InvalidTextError(text)
    whole, fraction = found[2].lstrip("0"), found[3] or ""
    value = decimal.Decimal(f"{found[1]}{whole or '0'}.{fraction}" if fraction else f"{found[1]}{whole or '0'}")
    return value, max(1, len(whole) + len(fraction)), len(fraction)


def civil_from_days(days: int) -> tuple[int, int, int]:
    """Year, month and day of days since 1970-01-01, also outside Python's years."""
    cycles, rest = divmod(days + _EPOCH - date(2000, 1, 1).toordinal(), 146_097)
    found = date.fromordinal(date(2000, 1, 1).toordinal() + rest)
    return found.year + cycles * 400, found.month, found.day


def far_date_text(days: int) -> str:
    """A date of any year: ``-0001-01-01``, ``+12345-01-01``."""
    year, month, day = civil_from_days(days)
    sign = "-" if year < 0 else "+" if year > 9999 else ""
    return f"{sign}{abs(year):04}-{month:02}-{day:02}"


def far_timestamp_text(microseconds: int, precision: int) -> str:
    """A timestamp of any year."""
    days, rest = divmod(microseconds, MICROSECONDS_OF_A_DAY)
    seconds, fraction = divmod(rest, 1_000_000)
    text = f"{far_date_text(days)} {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{f'{fraction:06}'.ljust(precision, '0')[:precision]}" if precision else text
