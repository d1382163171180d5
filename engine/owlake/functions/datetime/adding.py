"""``date_add`` and ``date_diff``: whole units of time added and counted."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.arrays import Integers, both, by_distinct, from_integers, integers, presence
from owlake.functions.datetime.family import FAMILY, ZONED, ZONED_TIME, precision_of
from owlake.functions.datetime.truncating import MONTHS_OF, TIME_UNITS, unit_of
from owlake.functions.registry import CallSite, Execution
from owlake.functions.temporal import calendar
from owlake.functions.temporal.calendar import MICROSECONDS_OF_A_DAY
from owlake.functions.temporal.conversions import MICROSECONDS_OF_A_MINUTE, rounded, times_with_offsets
from owlake.functions.temporal.zoned import ZonedColumn
from owlake.ir.expressions import Constant
from owlake.types.model import BIGINT, TimestampWithTimeZone

DAYS_OF = {"day": 1, "week": 7}
_DAY_LIMIT = 2**63 // MICROSECONDS_OF_A_DAY


def checked_sum(values: Integers, amounts: Integers, unit: int) -> Integers:
    """``values + amounts * unit``.

    Errors: NUMERIC_VALUE_OUT_OF_RANGE where that leaves 64 bits.
    """
    limit = (2**63 - 1) // unit
    if len(amounts) and max(-int(amounts.min()), int(amounts.max())) > limit:
        raise out_of_range()
    steps = amounts * unit
    found = values + steps
    if (((values ^ found) & (steps ^ found)) < 0).any():
        raise out_of_range()
    return found


def out_of_range() -> Exception:
    """The error for a moment that no timestamp holds."""
    return error("NUMERIC_VALUE_OUT_OF_RANGE", "Date or timestamp is out of range")


def as_dates(days: Integers, present: np.ndarray | None) -> pa.Array:
    """Days as a column of dates.

    Errors: NUMERIC_VALUE_OUT_OF_RANGE for days that no date holds.
    """
    if len(days) and not (days.min() >= -(2**31) and days.max() < 2**31):
        raise out_of_range()
    return from_integers(days, present, pa.date32())


def moved_days(days: Integers, amounts: Integers, unit: str) -> Integers:
    """Days moved by units of days or months."""
    if unit in DAYS_OF:
        return checked_sum(days, amounts, DAYS_OF[unit])
    if len(amounts) and max(-int(amounts.min()), int(amounts.max())) > 2**31 // MONTHS_OF[unit] * 12:
        raise out_of_range()
    return calendar.add_months(days, amounts * MONTHS_OF[unit])


def moved_local(local: Integers, amounts: Integers, unit: str) -> Integers:
    """Local times moved by units of days or months."""
    days, rest = np.divmod(local, MICROSECONDS_OF_A_DAY)
    moved = moved_days(days, amounts, unit)
    if len(moved) and max(-int(moved.min()), int(moved.max())) >= _DAY_LIMIT:
        raise out_of_range()
    return moved * MICROSECONDS_OF_A_DAY + rest


def _amounts(array: pa.Array, present: np.ndarray | None) -> Integers:
    values = integers(array)
    return values if present is None else np.where(present, values, 0)


@FAMILY.kernel("date_add(varchar(x), bigint, date) -> date", raises=True)
def _add_to_date(unit: pa.Scalar, amounts: pa.Array, dates: pa.Array) -> pa.Array:
    """The date so many units later."""

    def call(text: str, counts: pa.Array, rows: pa.Array) -> pa.Array:
        known = unit_of(text, times=False, dates=True)
        present = presence(counts, rows)
        return as_dates(moved_days(integers(rows), _amounts(counts, present), known), present)

    return by_distinct(unit, [amounts, dates], call, pa.date32())


def _add_to_timestamp(unit: pa.Scalar, amounts: pa.Array, timestamps: pa.Array, precision: pa.Scalar) -> pa.Array:
    def call(text: str, counts: pa.Array, rows: pa.Array) -> pa.Array:
        known = unit_of(text, times=True, dates=True)
        present = presence(counts, rows)
        values, steps = integers(rows), _amounts(counts, present)
        if known in TIME_UNITS:
            moved = rounded(checked_sum(values, steps, TIME_UNITS[known]), precision.as_py())
        else:
            moved = moved_local(values, steps, known)
        return from_integers(moved, present, rows.type)

    return by_distinct(unit, [amounts, timestamps], call, timestamps.type)


def _add_to_zoned(unit: pa.Scalar, amounts: pa.Array, timestamps: pa.Array, precision: pa.Scalar) -> pa.Array:
    def call(text: str, counts: pa.Array, rows: pa.Array) -> pa.Array:
        known = unit_of(text, times=True, dates=True)
        zoned = ZonedColumn.of(rows)
        present = both(zoned.present, presence(counts))
        steps = _amounts(counts, present)
        if known in TIME_UNITS:
            moved = rounded(checked_sum(zoned.instants, steps, TIME_UNITS[known]), precision.as_py())
            return ZonedColumn(moved, zoned.zones, zoned.codes, present).array(rows.type)
        moved_column = zoned.moved_near(moved_local(zoned.local(), steps, known))
        return ZonedColumn(moved_column.instants, zoned.zones, zoned.codes, present).array(rows.type)

    return by_distinct(unit, [amounts, timestamps], call, timestamps.type)


def _precision(site: CallSite) -> Constant:
    return Constant(BIGINT, precision_of(site.type))


@FAMILY.sql(
    "date_add(varchar(x), bigint, timestamp(p)) -> timestamp(p)",
    f"date_add(varchar(x), bigint, {ZONED}) -> {ZONED}",
    raises=True,
    execution=Execution.KERNEL,
)
def _date_add(site: CallSite) -> str:
    """The moment so many units later."""
    kernel = _add_to_zoned if isinstance(site.type, TimestampWithTimeZone) else _add_to_timestamp
    return site.kernel(kernel, [*site.arguments, _precision(site)], site.type)


def _moved_times(micros: Integers, amounts: Integers, unit: str, precision: int) -> Integers:
    """Times of the day, which begin again at midnight."""
    cycle = MICROSECONDS_OF_A_DAY // TIME_UNITS[unit]
    moved = micros + amounts % cycle * TIME_UNITS[unit]
    return rounded(moved, precision) % MICROSECONDS_OF_A_DAY


def _add_to_time(unit: pa.Scalar, amounts: pa.Array, times: pa.Array, precision: pa.Scalar) -> pa.Array:
    def call(text: str, counts: pa.Array, rows: pa.Array) -> pa.Array:
        known = unit_of(text, times=True, dates=False)
        moved = _moved_times(integers(rows), integers(counts), known, precision.as_py())
        return from_integers(moved, presence(counts, rows), pa.time64("us"))

    return by_distinct(unit, [amounts, times], call, pa.time64("us"))


def _add_to_zoned_time(unit: pa.Scalar, amounts: pa.Array, times: pa.Array, precision: pa.Scalar) -> pa.Array:
    def call(text: str, counts: pa.Array, rows: pa.Array) -> pa.Array:
        known = unit_of(text, times=True, dates=False)
        moved = _moved_times(integers(rows.field("time")), integers(counts), known, precision.as_py())
        return times_with_offsets(moved, integers(rows.field("offset")), presence(counts, rows))

    return by_distinct(unit, [amounts, times], call, times.type)


@FAMILY.sql(
    "date_add(varchar(x), bigint, time(p)) -> time(p)",
    f"date_add(varchar(x), bigint, {ZONED_TIME}) -> {ZONED_TIME}",
    raises=True,
    execution=Execution.KERNEL,
)
def _time_add(site: CallSite) -> str:
    """The time so many units later, beyond midnight too."""
    kernel = _add_to_time if site.type.base == "time" else _add_to_zoned_time
    return site.kernel(kernel, [*site.arguments, _precision(site)], site.type)


# Differences ------------------------------------------------------------------------------------------------


def truncated_quotient(values: Integers, divisor: int) -> Integers:
    """The quotient cut off towards zero."""
    return np.sign(values) * (np.abs(values) // divisor)


def _month_difference(first: Integers, second: Integers) -> Integers:
    """Whole months from one local time to another.

    A month is over on the same day of the next, at the same time; on its last day, if that comes before.
    """
    ahead = second >= first
    low, high = np.where(ahead, first, second), np.where(ahead, second, first)
    low_days, low_rest = np.divmod(low, MICROSECONDS_OF_A_DAY)
    high_days, high_rest = np.divmod(high, MICROSECONDS_OF_A_DAY)
    low_months, high_months = calendar.months_of(low_days), calendar.months_of(high_days)
    low_day = low_days - calendar.first_days(low_months)
    high_first = calendar.first_days(high_months)
    high_day = high_days - high_first
    last_day = calendar.first_days(high_months + 1) - high_first - 1
    low_day = np.where(high_day == last_day, np.minimum(low_day, high_day), low_day)
    incomplete = (high_day < low_day) | ((high_day == low_day) & (high_rest < low_rest))
    months = high_months - low_months - incomplete
    return np.where(ahead, months, -months)


_FEBRUARY_29 = 59 * MICROSECONDS_OF_A_DAY


def _year_difference(first: Integers, second: Integers) -> Integers:
    """Whole years from one local time to another; February 29th counts as the 28th of years that have none."""
    ahead = second >= first
    low, high = np.where(ahead, first, second), np.where(ahead, second, first)
    low_year, low_rest, low_leap = _year_parts(low)
    high_year, high_rest, high_leap = _year_parts(high)
    shortened = (low_rest >= _FEBRUARY_29) & low_leap & ~high_leap
    lengthened = (low_rest >= _FEBRUARY_29) & ~low_leap & high_leap & (high_rest >= _FEBRUARY_29)
    low_rest = low_rest - shortened * MICROSECONDS_OF_A_DAY
    high_rest = high_rest - lengthened * MICROSECONDS_OF_A_DAY
    years = high_year - low_year - (high_rest < low_rest)
    return np.where(ahead, years, -years)


def _year_parts(local: Integers) -> tuple[Integers, Integers, np.ndarray]:
    """The year, the time since it began, and whether it is a leap year."""
    days = local // MICROSECONDS_OF_A_DAY
    years = calendar.year_and_month(calendar.months_of(days))[0]
    start = calendar.first_days((years - 1970) * 12)
    leap = calendar.first_days((years - 1969) * 12) - start == 366
    return years, local - start * MICROSECONDS_OF_A_DAY, leap


def difference(first: Integers, second: Integers, unit: str) -> Integers:
    """Whole units from one local time to another, cut off towards zero."""
    match unit:
        case "year":
            return _year_difference(first, second)
        case "quarter" | "month":
            return truncated_quotient(_month_difference(first, second), MONTHS_OF[unit])
        case _:
            length = TIME_UNITS.get(unit) or DAYS_OF[unit] * MICROSECONDS_OF_A_DAY
            return truncated_quotient(second - first, length)


@FAMILY.kernel("date_diff(varchar(x), date, date) -> bigint", raises=True)
def _date_difference(unit: pa.Scalar, first: pa.Array, second: pa.Array) -> pa.Array:
    """Whole units from one date to another."""

    def call(text: str, one: pa.Array, other: pa.Array) -> pa.Array:
        known = unit_of(text, times=False, dates=True)
        values = [integers(days) * MICROSECONDS_OF_A_DAY for days in (one, other)]
        return from_integers(difference(values[0], values[1], known), presence(one, other), pa.int64())

    return by_distinct(unit, [first, second], call, pa.int64())


def _whole_milliseconds(micros: Integers) -> Integers:
    return micros - micros % 1000


@FAMILY.kernel("date_diff(varchar(x), timestamp(p), timestamp(p)) -> bigint", raises=True)
def _timestamp_difference(unit: pa.Scalar, first: pa.Array, second: pa.Array) -> pa.Array:
    """Whole units from one moment to another."""

    def call(text: str, one: pa.Array, other: pa.Array) -> pa.Array:
        known = unit_of(text, times=True, dates=True)
        values = [_whole_milliseconds(integers(array)) for array in (one, other)]
        return from_integers(difference(values[0], values[1], known), presence(one, other), pa.int64())

    return by_distinct(unit, [first, second], call, pa.int64())


def _zoned_difference(unit: pa.Scalar, first: pa.Array, second: pa.Array, precision: pa.Scalar) -> pa.Array:
    """Days and longer units are counted in the first one's zone; beyond milliseconds Trino counts them in UTC."""

    def call(text: str, one: pa.Array, other: pa.Array) -> pa.Array:
        known = unit_of(text, times=True, dates=True)
        start, end = ZonedColumn.of(one), ZonedColumn.of(other)
        values = [start.instants, end.instants]
        if known not in TIME_UNITS and precision.as_py() <= 3:
            there = ZonedColumn(end.instants, start.zones, start.codes)
            values = [start.local(), there.local()]
        low, high = (_whole_milliseconds(array) for array in values)
        return from_integers(difference(low, high, known), both(start.present, end.present), pa.int64())

    return by_distinct(unit, [first, second], call, pa.int64())


@FAMILY.sql(f"date_diff(varchar(x), {ZONED}, {ZONED}) -> bigint", raises=True, execution=Execution.KERNEL)
def _date_diff_zoned(site: CallSite) -> str:
    """Whole units from one moment to another."""
    precision = Constant(BIGINT, precision_of(site.arguments[1].type))
    return site.kernel(_zoned_difference, [*site.arguments, precision], BIGINT)


def utc_times(times: pa.Array) -> Integers:
    """Times with offsets as times of UTC's day."""
    local = integers(times.field("time"))
    return (local - integers(times.field("offset")) * MICROSECONDS_OF_A_MINUTE) % MICROSECONDS_OF_A_DAY


@FAMILY.kernel(
    "date_diff(varchar(x), time(p), time(p)) -> bigint",
    f"date_diff(varchar(x), {ZONED_TIME}, {ZONED_TIME}) -> bigint",
    raises=True,
)
def _time_difference(unit: pa.Scalar, first: pa.Array, second: pa.Array) -> pa.Array:
    """Whole units from one time of the day to another."""

    def call(text: str, one: pa.Array, other: pa.Array) -> pa.Array:
        known = unit_of(text, times=True, dates=False)
        values = [utc_times(array) if pa.types.is_struct(array.type) else integers(array) for array in (one, other)]
        return from_integers(difference(values[0], values[1], known), presence(one, other), pa.int64())

    return by_distinct(unit, [first, second], call, pa.int64())
