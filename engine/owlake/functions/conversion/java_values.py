"""Values as Java's Formatter sees those that Trino hands it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from owlake.errors import error
from owlake.types.rendering import double_text, real_text
from owlake.types.text import offset_of_instant, parse_timestamp

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip


@dataclass(frozen=True, slots=True)
class JavaValue:
    """A value and the class that it has in Java.

    ``zone`` is the name of a zoned timestamp's zone.
    """

    content: bool | int | float | Decimal | str | date | datetime | time
    java_class: str
    zone: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether ``%d`` takes it."""
        return self.java_class == "java.lang.Long"

    @property
    def is_fractional(self) -> bool:
        """Whether ``%f`` takes it."""
        return self.java_class in ("java.lang.Double", "java.lang.Float", "java.math.BigDecimal")

    @property
    def text(self) -> str:
        """``toString()``."""
        match self.content:
            case bool():
                return "true" if self.content else "false"
            case float():
                return real_text(self.content) if self.java_class == "java.lang.Float" else double_text(self.content)
            case datetime():
                return f"{self.content.date().isoformat()}T{_clock_text(self.content.time())}{self._offset()}"
            case time():
                return _clock_text(self.content)
            case str() if self.java_class in _MOMENTS:
                return _far_text(self.content)
            case _:
                return str(self.content)

    def _offset(self) -> str:
        if not self.zone:
            return ""
        assert isinstance(self.content, datetime)
        offset = _offset_text(self.content, ":")
        return offset if self.zone[0] in "+-" else f"{'Z' if offset == '+00:00' else offset}[{self.zone}]"

    @property
    def hash_code(self) -> int:
        """``hashCode()``."""
        match self.content:
            case bool():
                return 1231 if self.content else 1237
            case int():
                bits = self.content & (2**64 - 1)
                return (bits ^ (bits >> 32)) & 0xFFFFFFFF
            case float():
                if self.java_class == "java.lang.Float":
                    return int.from_bytes(struct.pack(">f", self.content))
                bits = int.from_bytes(struct.pack(">d", self.content))
                return (bits ^ (bits >> 32)) & 0xFFFFFFFF
            case str():
                return _text_hash(self.content)
            case _:
                raise error("NOT_SUPPORTED", f"The hash of {self.java_class} is not supported")


def _text_hash(text: str) -> int:
    code = 0
    units = text.encode("utf-16-be")
    for index in range(0, len(units), 2):
        code = (code * 31 + int.from_bytes(units[index : index + 2])) & 0xFFFFFFFF
    return code


def _clock_text(moment: time) -> str:
    """Hours and minutes, seconds where there are any, and as many groups of three digits as there must be."""
    text = f"{moment.hour:02}:{moment.minute:02}"
    if moment.second or moment.microsecond:
        text += f":{moment.second:02}"
    if moment.microsecond:
        digits = f"{moment.microsecond:06}"
        text += f".{digits[:3] if digits.endswith('000') else digits}"
    return text


def _offset_text(moment: datetime, separator: str) -> str:
    offset = moment.utcoffset()
    return _seconds_text(0 if offset is None else int(offset.total_seconds()), separator)


def _seconds_text(seconds: int, separator: str) -> str:
    """Hours and minutes; with a separator seconds too where there are any, as in local mean time."""
    amount = abs(seconds)
    text = f"{'-' if seconds < 0 else '+'}{amount // 3600:02}{separator}{amount // 60 % 60:02}"
    return f"{text}{separator}{amount % 60:02}" if separator and amount % 60 else text


_MOMENTS = ("java.time.LocalDateTime", "java.time.ZonedDateTime")


def _far_text(text: str) -> str:
    """A moment of a year that Python does not have, given in Trino's text."""
    day, clock, *zone = text.split(" ")
    java = f"{day}T{_clock_text(time.fromisoformat(_padded(clock)))}"
    if not zone:
        return java
    instant, _, name = parse_timestamp(text)
    offset = _seconds_text(offset_of_instant(name or "UTC", instant) // 1_000_000, ":")
    return java + (offset if zone[0][0] in "+-" else f"{'Z' if offset == '+00:00' else offset}[{zone[0]}]")


def _padded(clock: str) -> str:
    """A clock with six digits of a second, or none: the forms that Python reads."""
    whole, _, fraction = clock.partition(".")
    return f"{whole}.{fraction[:6].ljust(6, '0')}" if fraction else whole


# Dates and times ----------------------------------------------------------------------------------------


def date_and_time(value: JavaValue, suffix: str) -> str | None:
    """What ``%t`` with a suffix makes of a value; None for one that has no such field."""
    content = value.content
    if value.is_whole:
        assert isinstance(content, int)
        content, zone = _moment(content), "UTC"
    else:
        zone = value.zone
    return _written(content, suffix, zone)


def _moment(milliseconds: int) -> datetime:
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        raise error("NOT_SUPPORTED", f"No date that far from today: {milliseconds}") from None


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COMPOSED = {"R": "H:M", "T": "H:M:S", "r": "I:M:S p", "D": "m/d/y", "F": "Y-m-d", "c": "a b d T Z Y"}


def _written(content: Any, suffix: str, zone: str) -> str | None:
    if suffix in _COMPOSED:
        parts = [one if one in ":/- " else _written(content, one, zone) for one in _COMPOSED[suffix]]
        if None in parts:
            return None
        text = "".join(part or "" for part in parts)
        return text.upper() if suffix == "r" else text
    if isinstance(content, datetime | time):
        found = _clock_field(content, suffix)
        if found is not None:
            return found
    if isinstance(content, date):
        found = _date_field(content, suffix)
        if found is not None:
            return found
    if isinstance(content, datetime) and zone:
        return _zone_field(content, suffix, zone)
    return None


def _clock_field(moment: datetime | time, suffix: str) -> str | None:
    hour = moment.hour % 12 or 12
    match suffix:
        case "H":
            return f"{moment.hour:02}"
        case "k":
            return str(moment.hour)
        case "I":
            return f"{hour:02}"
        case "l":
            return str(hour)
        case "M":
            return f"{moment.minute:02}"
        case "S":
            return f"{moment.second:02}"
        case "L":
            return f"{moment.microsecond // 1000:03}"
        case "N":
            return f"{moment.microsecond * 1000:09}"
        case "p":
            return "am" if moment.hour < 12 else "pm"
        case _:
            return None


def _date_field(day: date, suffix: str) -> str | None:
    match suffix:
        case "Y":
            return f"{day.year:04}"
        case "y":
            return f"{day.year % 100:02}"
        case "C":
            return f"{day.year // 100:02}"
        case "m":
            return f"{day.month:02}"
        case "d":
            return f"{day.day:02}"
        case "e":
            return str(day.day)
        case "j":
            return f"{day.timetuple().tm_yday:03}"
        case "B" | "b" | "h":
            name = _MONTHS[day.month - 1]
            return name if suffix == "B" else name[:3]
        case "A" | "a":
            name = _DAYS[day.weekday()]
            return name if suffix == "A" else name[:3]
        case _:
            return None


def _zone_field(moment: datetime, suffix: str, zone: str) -> str | None:
    match suffix:
        case "z":
            return _offset_text(moment, "")
        case "Z":
            return zone if zone[0] in "+-" else moment.tzname() or zone
        case "s":
            return str(int(moment.timestamp() // 1))
        case "Q":
            return str(int(moment.timestamp() * 1000 // 1))
        case _:
            return None
