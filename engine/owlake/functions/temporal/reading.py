"""CAST of text to dates, times and timestamps, whole columns at a time.

The forms are those of ``owlake.types.text``, applied to each shape of text that a column has. Every kernel takes the
column and, where the type has one, its precision; ``safe`` makes a value that is of no such form NULL.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from owlake.errors import error
from owlake.functions.arrays import Booleans, Integers, from_integers, presence
from owlake.functions.shapes import MAX_DIGITS, Shape, shapes_of
from owlake.functions.temporal.calendar import MICROSECONDS_OF_A_DAY, MICROSECONDS_OF_A_SECOND, days_of
from owlake.functions.temporal.zoned import ZonedColumn
from owlake.functions.temporal.zones import zone_of
from owlake.types.arrow import TIME_WITH_TIME_ZONE, TIMESTAMP_WITH_ANY_ZONE
from owlake.types.text import (
    DATE_FORM,
    PACKED_MICROSECONDS,
    PACKED_PRECISION,
    TIME_FORM,
    TIMESTAMP_FORM,
    InvalidTextError,
    normal_zone,
)

_FAR_BLANKS = "\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2008\u2009\u200a\u2028\u2029\u205f\u3000"
_BLANKS = b"(?:[\t-\r\x1c- ]|%s)*+" % b"|".join(blank.encode() for blank in _FAR_BLANKS)
"""What Java takes for blanks."""
_DATE = re.compile(_BLANKS + DATE_FORM.encode() + _BLANKS)
_TIME = re.compile(_BLANKS + TIME_FORM.encode() + _BLANKS)
_TIMESTAMP = re.compile(_BLANKS + TIMESTAMP_FORM.encode() + _BLANKS)

_MICROSECOND_DAYS = 2**63 // MICROSECONDS_OF_A_DAY - 1


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """What the rows of one shape say, and which of them are right; ``codes`` are each row's place in ``zones``."""

    values: Integers
    ok: Booleans
    zones: tuple[str, ...] = ()
    codes: npt.NDArray[np.intp] | None = None


Reader = Callable[[Shape], Read | None]


class _Column:
    """The values of a column as its shapes are read."""

    def __init__(self, texts: pa.Array) -> None:
        length = len(texts)
        self.values = np.zeros(length, np.int64)
        self.ok = np.zeros(length, np.bool_)
        self.zones: dict[str, int] = {}
        self.codes = np.zeros(length, np.intp)

    def put(self, shape: Shape, read: Read) -> None:
        self.values[shape.rows] = read.values
        self.ok[shape.rows] = read.ok
        if read.zones:
            places = np.array([self.zones.setdefault(zone, len(self.zones)) for zone in read.zones], np.intp)
            self.codes[shape.rows] = places[0] if read.codes is None else places[read.codes]


def _read(texts: pa.Array, reader: Reader, safe: pa.Scalar, name: str) -> _Column:
    """The column read shape by shape.

    Errors: INVALID_CAST_ARGUMENT ``Value cannot be cast to date: x`` for the first text that is wrong, unless safe.
    """
    column = _Column(texts)
    for shape in shapes_of(texts):
        read = reader(shape)
        if read is not None:
            column.put(shape, read)
    there = presence(texts)
    wrong = np.flatnonzero(~column.ok if there is None else there & ~column.ok)
    if len(wrong) and not safe.as_py():
        value = texts[int(wrong[0])].as_py()
        raise error("INVALID_CAST_ARGUMENT", f"Value cannot be cast to {name}: {value}")
    return column


def text_to_date(texts: pa.Array, safe: pa.Scalar) -> pa.Array:
    """``2020-01-31`` to a date."""
    column = _read(texts, _date, safe, "date")
    return from_integers(column.values, column.ok, pa.date32())


def _date(shape: Shape) -> Read | None:
    found = _DATE.fullmatch(shape.text)
    if not found:
        return None
    days, ok = date_of(shape, found)
    ok &= (days >= -(2**31)) & (days < 2**31)
    return Read(np.where(ok, days, 0), ok)


def text_to_time(texts: pa.Array, precision: pa.Scalar, safe: pa.Scalar) -> pa.Array:
    """``12:34:56.789`` to a time of so many digits."""

    def reader(shape: Shape) -> Read | None:
        found = _TIME.fullmatch(shape.text)
        return None if not found or found[5] else _clock(shape, found, 1, precision.as_py())

    column = _read(texts, reader, safe, "time")
    return from_integers(column.values % MICROSECONDS_OF_A_DAY, column.ok, pa.time64("us"))


def text_to_time_with_zone(texts: pa.Array, precision: pa.Scalar, safe: pa.Scalar) -> pa.Array:
    """``12:34:56.789 +02:00`` to a time with its offset; UTC without one."""
    offsets = np.zeros(len(texts), np.int64)

    def reader(shape: Shape) -> Read | None:
        found = _TIME.fullmatch(shape.text)
        if not found:
            return None
        read = _clock(shape, found, 1, precision.as_py())
        if read is None or not found[5]:
            return read
        hours, minutes = shape.number(*found.span(6)), shape.number(*found.span(7))
        total = hours * 60 + minutes
        offsets[shape.rows] = -total if found[5] == b"-" else total
        return Read(read.values, read.ok & (minutes < 60) & (total <= 14 * 60))

    column = _read(texts, reader, safe, "time")
    times = from_integers(column.values % MICROSECONDS_OF_A_DAY, column.ok, pa.time64("us"))
    return pa.StructArray.from_arrays(
        [times, from_integers(np.where(column.ok, offsets, 0), column.ok, pa.int16())],
        fields=list(TIME_WITH_TIME_ZONE),
        mask=pa.array(~column.ok),
    )


def text_to_timestamp(texts: pa.Array, precision: pa.Scalar, safe: pa.Scalar) -> pa.Array:
    """``2020-01-31 12:34:56.789`` to a timestamp of so many digits.

    A zone behind it must be one, and moves what its clocks skip.
    """

    def reader(shape: Shape) -> Read | None:
        read = _zoned(shape, precision.as_py())
        return read and Read(_local(read), read.ok)

    column = _read(texts, reader, safe, "timestamp")
    return from_integers(column.values, column.ok, pa.timestamp("us"))


def text_to_timestamp_with_zone(texts: pa.Array, precision: pa.Scalar, safe: pa.Scalar) -> pa.Array:
    """``2020-01-31 12:34:56.789 Europe/Berlin`` to an instant with its zone; UTC without one."""

    def reader(shape: Shape) -> Read | None:
        read = _zoned(shape, precision.as_py())
        if read is None or precision.as_py() > PACKED_PRECISION:
            return read
        return replace(read, ok=read.ok & (np.abs(read.values) < PACKED_MICROSECONDS))

    column = _read(texts, reader, safe, "timestamp")
    zoned = ZonedColumn(column.values, tuple(column.zones) or ("UTC",), column.codes, column.ok)
    return zoned.array(TIMESTAMP_WITH_ANY_ZONE)


def _zoned(shape: Shape, precision: int) -> Read | None:
    found = _TIMESTAMP.fullmatch(shape.text)
    read = _timestamp(shape, precision)
    if found is None or read is None or not found[8]:
        return read and Read(read.values, read.ok, ("UTC",))
    return in_zones(read, *shape.distinct(*found.span(8)))


def _local(read: Read) -> Integers:
    """The local times of instants."""
    if read.codes is None:
        return read.values
    local = read.values.copy()
    for code, zone in enumerate(read.zones):
        rows = read.codes == code
        local[rows] = zone_of(zone).to_local(read.values[rows])
    return local


def in_zones(read: Read, texts: list[bytes], codes: npt.NDArray[np.intp]) -> Read:
    """Local times as instants of the zones that the texts name, one of them for each row."""
    instants, ok = read.values.copy(), read.ok.copy()
    zones = []
    for code, text in enumerate(texts):
        rows = codes == code
        try:
            zones.append(normal_zone(text.decode()))
        except (InvalidTextError, UnicodeDecodeError):
            zones.append("UTC")
            ok &= ~rows
        else:
            instants[rows] = zone_of(zones[-1]).earlier_instants(read.values[rows])
    return Read(instants, ok, tuple(zones), codes)


def _timestamp(shape: Shape, precision: int) -> Read | None:
    found = _TIMESTAMP.fullmatch(shape.text)
    if not found:
        return None
    days, ok = date_of(shape, found)
    ok &= np.abs(days) < _MICROSECOND_DAYS
    local = np.where(ok, days, 0) * MICROSECONDS_OF_A_DAY
    if not found[4]:
        return Read(local, ok)
    clock = _clock(shape, found, 4, precision)
    return clock and Read(local + clock.values, ok & clock.ok)


def date_of(shape: Shape, found: re.Match[bytes]) -> tuple[Integers, Booleans]:
    """The days that groups 1 to 3 of a match say, and which of them exist."""
    sign = found[1][:1]
    years = shape.number(found.start(1) + (sign in b"+-"), found.end(1))
    return days_of(-years if sign == b"-" else years, shape.number(*found.span(2)), shape.number(*found.span(3)))


def _clock(shape: Shape, found: re.Match[bytes], group: int, precision: int) -> Read | None:
    hours, minutes = shape.number(*found.span(group)), shape.number(*found.span(group + 1))
    ok = (hours <= 23) & (minutes <= 59)
    seconds = (hours * 60 + minutes) * 60
    if found[group + 2]:
        second = shape.number(*found.span(group + 2))
        ok &= second <= 59
        seconds += second
    micros = seconds * MICROSECONDS_OF_A_SECOND
    if found[group + 3]:
        start, stop = found.span(group + 3)
        if stop - start > MAX_DIGITS:
            return None
        micros += rounded_fraction(shape.number(start, stop), stop - start, precision)
    return Read(micros, ok)


def rounded_fraction(digits: Integers, count: int, precision: int) -> Integers:
    """Digits of a second as microseconds, rounded half up to a number of digits."""
    kept = min(precision, 6)
    if count > kept:
        unit = 10 ** (count - kept)
        digits = (digits + unit // 2) // unit
    return digits * 10 ** (6 - min(count, kept))
