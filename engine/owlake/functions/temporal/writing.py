"""Text of dates, times, timestamps and intervals, whole columns at a time, in the forms that CAST gives."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.arrays import Booleans, Integers, from_integers, integers, presence
from owlake.functions.composing import Composer
from owlake.functions.temporal import calendar
from owlake.functions.temporal.calendar import MICROSECONDS_OF_A_DAY, MICROSECONDS_OF_A_SECOND
from owlake.functions.temporal.zoned import ZonedColumn

_LAST_PLAIN_YEAR = 9999


def write_date(composer: Composer, days: Integers) -> None:
    """``2020-01-31``; years beyond 9999 with a plus sign, before 0 with a minus."""
    months = calendar.months_of(days)
    years, month = calendar.year_and_month(months)
    if len(years) and (years.min() < 0 or years.max() > _LAST_PLAIN_YEAR):
        composer.optional("+", years > _LAST_PLAIN_YEAR)
        composer.optional("-", years < 0)
        years = np.abs(years)
    composer.number(years, 4)
    composer.literal("-")
    composer.digits(month, 2)
    composer.literal("-")
    composer.digits(days - calendar.first_days(months) + 1, 2)


def write_time(composer: Composer, micros: Integers, precision: int) -> None:
    """``12:34:56.789`` of microseconds of a day, with so many digits behind the second."""
    seconds, fraction = np.divmod(micros, MICROSECONDS_OF_A_SECOND)
    composer.digits(seconds // 3600, 2)
    composer.literal(":")
    composer.digits(seconds // 60 % 60, 2)
    composer.literal(":")
    composer.digits(seconds % 60, 2)
    if precision:
        composer.literal(".")
        composer.digits(fraction // 10 ** (6 - min(precision, 6)), min(precision, 6))
        composer.literal("0" * (precision - 6))


def write_timestamp(composer: Composer, micros: Integers, precision: int, separator: str = " ") -> None:
    """``2020-01-31 12:34:56.789`` of microseconds since 1970."""
    days, rest = np.divmod(micros, MICROSECONDS_OF_A_DAY)
    write_date(composer, days)
    composer.literal(separator)
    write_time(composer, rest, precision)


def write_offset(composer: Composer, minutes: Integers, separator: str = ":") -> None:
    """``+02:00`` of minutes east of UTC."""
    composer.choice(("+", "-"), (minutes < 0).astype(np.intp))
    amounts = np.abs(minutes)
    composer.digits(amounts // 60, 2)
    composer.literal(separator)
    composer.digits(amounts % 60, 2)


_FIRST_PLAIN_DAY, _LAST_PLAIN_DAY = -719_528, 2_932_896
"""From the year 0 to the year 9999 Arrow's text of dates and timestamps is Trino's, and takes a fifth of the time."""
_PLAIN_UNITS = {0: "s", 3: "ms", 6: "us"}


def _is_plain(days: Integers) -> bool:
    return len(days) == 0 or bool(days.min() >= _FIRST_PLAIN_DAY and days.max() <= _LAST_PLAIN_DAY)


def date_to_text(dates: pa.Array) -> pa.Array:
    """The text of dates."""
    if _is_plain(integers(dates)):
        return dates.cast(pa.string())
    composer = Composer(len(dates))
    write_date(composer, integers(dates))
    return composer.finish(presence(dates))


def time_to_text(times: pa.Array, precision: pa.Scalar) -> pa.Array:
    """The text of times."""
    composer = Composer(len(times))
    write_time(composer, integers(times), precision.as_py())
    return composer.finish(presence(times))


def time_with_zone_to_text(times: pa.Array, precision: pa.Scalar) -> pa.Array:
    """The text of times with their offsets: ``12:34:56.789+02:00``."""
    composer = Composer(len(times))
    write_time(composer, integers(times.field("time")), precision.as_py())
    write_offset(composer, integers(times.field("offset")))
    return composer.finish(presence(times))


def timestamp_to_text(timestamps: pa.Array, precision: pa.Scalar) -> pa.Array:
    """The text of timestamps."""
    return _timestamp_texts(integers(timestamps), presence(timestamps), precision.as_py())


def timestamp_with_zone_to_text(timestamps: pa.Array, precision: pa.Scalar) -> pa.Array:
    """The text of timestamps in their zones: ``2020-01-31 12:34:56.789 Europe/Berlin``."""
    zoned = ZonedColumn.of(timestamps)
    texts = _timestamp_texts(zoned.local(), zoned.present, precision.as_py())
    zones = [pa.scalar(zone) for zone in zoned.zones]
    shown = zones[0] if zoned.codes is None else pa.array(zoned.zones).take(pa.array(zoned.codes))
    return pc.binary_join_element_wise(texts, shown, " ")


def _timestamp_texts(micros: Integers, present: Booleans | None, precision: int) -> pa.Array:
    unit = _PLAIN_UNITS.get(precision)
    if unit and _is_plain(micros // MICROSECONDS_OF_A_DAY):
        counts = micros // 10 ** (6 - precision)
        return from_integers(counts, present, pa.timestamp(unit)).cast(pa.string())
    composer = Composer(len(micros))
    write_timestamp(composer, micros, precision)
    return composer.finish(present)


def days_interval_to_text(intervals: pa.Array) -> pa.Array:
    """``1 02:03:04.567`` of milliseconds."""
    values = integers(intervals)
    composer = Composer(len(values))
    composer.optional("-", values < 0)
    days, rest = np.divmod(np.abs(values), 86_400_000)
    composer.number(days)
    composer.literal(" ")
    write_time(composer, rest * 1000, 3)
    return composer.finish(presence(intervals))


def months_interval_to_text(intervals: pa.Array) -> pa.Array:
    """``1-2`` of months."""
    values = integers(intervals)
    composer = Composer(len(values))
    composer.optional("-", values < 0)
    years, months = np.divmod(np.abs(values), 12)
    composer.number(years)
    composer.literal("-")
    composer.number(months)
    return composer.finish(presence(intervals))


def checked_length(texts: pa.Array, length: pa.Scalar, safe: pa.Scalar, shown: Callable[[str], str] = str) -> pa.Array:
    """Texts that must fit a length in characters.

    Errors: INVALID_CAST_ARGUMENT ``Value 2020-01-31 cannot be represented as varchar(5)``, unless safe.
    """
    fits = pc.less_equal(pc.utf8_length(texts), length.as_py())
    if pc.all(fits).as_py() is not False:
        return texts
    if not safe.as_py():
        value = shown(texts.filter(pc.invert(fits))[0].as_py())
        raise error("INVALID_CAST_ARGUMENT", f"Value {value} cannot be represented as varchar({length.as_py()})")
    return pc.if_else(fits, texts, pa.scalar(None, pa.string()))
