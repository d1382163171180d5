"""``date_trunc`` and ``last_day_of_month``."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.arrays import Integers, by_distinct, from_integers, integers, presence
from owlake.functions.datetime.family import FAMILY, ZONED, ZONED_TIME, local_sql
from owlake.functions.registry import CallSite, Execution
from owlake.functions.temporal import calendar
from owlake.functions.temporal.calendar import MICROSECONDS_OF_A_DAY
from owlake.functions.temporal.conversions import times_with_offsets
from owlake.functions.temporal.zoned import ZonedColumn
from owlake.types.model import DATE, Timestamp

TIME_UNITS = {"millisecond": 1_000, "second": 1_000_000, "minute": 60_000_000, "hour": 3_600_000_000}
"""Microseconds of the units that have always the same length."""
DATE_UNITS = ("day", "week", "month", "quarter", "year")
MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}

_FAR = 30_000 * 366
"""Days from 1970 up to which Arrow truncates: its years have 16 bits."""


def unit_of(text: str, *, times: bool, dates: bool) -> str:
    """The unit that a text names.

    Errors: INVALID_FUNCTION_ARGUMENT ``'days' is not a valid TIMESTAMP field``.
    """
    unit = text.lower()
    if (times and unit in TIME_UNITS) or (dates and unit in DATE_UNITS):
        return unit
    kind = "TIMESTAMP" if times and dates else "TIME" if times else "DATE"
    raise error("INVALID_FUNCTION_ARGUMENT", f"'{unit}' is not a valid {kind} field")


def first_day_of(days: Integers, unit: str) -> Integers:
    """The first day of the week, month, quarter or year that each day lies in."""
    match unit:
        case "day":
            return days
        case "week":
            return calendar.mondays(days)
        case _:
            months = calendar.months_of(days)
            return calendar.first_days(months - months % MONTHS_OF[unit] if unit != "month" else months)


def _truncated(local: Integers, unit: str) -> Integers:
    if unit in TIME_UNITS:
        return local - local % TIME_UNITS[unit]
    days = local // MICROSECONDS_OF_A_DAY
    return first_day_of(days, unit) * MICROSECONDS_OF_A_DAY


def _is_near(days: Integers) -> bool:
    return len(days) == 0 or bool(days.min() > -_FAR and days.max() < _FAR)


@FAMILY.kernel("date_trunc(varchar(x), date) -> date", raises=True)
def _truncate_dates(unit: pa.Scalar, dates: pa.Array) -> pa.Array:
    """The first day of the week, month, quarter or year."""

    def call(text: str, rows: pa.Array) -> pa.Array:
        known = unit_of(text, times=False, dates=True)
        return from_integers(first_day_of(integers(rows), known), presence(rows), pa.date32())

    return by_distinct(unit, [dates], call, pa.date32())


@FAMILY.kernel("date_trunc(varchar(x), timestamp(p)) -> timestamp(p)", raises=True)
def _truncate_timestamps(unit: pa.Scalar, timestamps: pa.Array) -> pa.Array:
    """The beginning of the unit of time that a moment lies in."""

    def call(text: str, rows: pa.Array) -> pa.Array:
        known = unit_of(text, times=True, dates=True)
        values = integers(rows)
        if known in ("month", "quarter", "year") and _is_near(values // MICROSECONDS_OF_A_DAY):
            return pc.floor_temporal(rows, unit=known)
        return from_integers(_truncated(values, known), presence(rows), pa.timestamp("us"))

    return by_distinct(unit, [timestamps], call, pa.timestamp("us"))


@FAMILY.kernel(f"date_trunc(varchar(x), {ZONED}) -> {ZONED}", raises=True)
def _truncate_zoned(unit: pa.Scalar, timestamps: pa.Array) -> pa.Array:
    """The beginning of the unit of local time that a moment lies in."""

    def call(text: str, rows: pa.Array) -> pa.Array:
        known = unit_of(text, times=True, dates=True)
        zoned = ZonedColumn.of(rows)
        if known in TIME_UNITS:
            # Within a day the offset stays: hours are truncated on both sides of a change of the clocks alike.
            offsets = zoned.offsets()
            moved = _truncated(zoned.instants + offsets, known) - offsets
            return ZonedColumn(moved, zoned.zones, zoned.codes, zoned.present).array(rows.type)
        return zoned.moved_near(_truncated(zoned.local(), known)).array(rows.type)

    return by_distinct(unit, [timestamps], call, timestamps.type)


@FAMILY.kernel("date_trunc(varchar(x), time(p)) -> time(p)", raises=True)
def _truncate_times(unit: pa.Scalar, times: pa.Array) -> pa.Array:
    """The beginning of the hour, minute, second or millisecond."""

    def call(text: str, rows: pa.Array) -> pa.Array:
        known = unit_of(text, times=True, dates=False)
        return from_integers(_truncated(integers(rows), known), presence(rows), pa.time64("us"))

    return by_distinct(unit, [times], call, pa.time64("us"))


@FAMILY.kernel(f"date_trunc(varchar(x), {ZONED_TIME}) -> {ZONED_TIME}", raises=True)
def _truncate_zoned_times(unit: pa.Scalar, times: pa.Array) -> pa.Array:
    """The beginning of the hour, minute, second or millisecond."""

    def call(text: str, rows: pa.Array) -> pa.Array:
        known = unit_of(text, times=True, dates=False)
        values = _truncated(integers(rows.field("time")), known)
        return times_with_offsets(values, integers(rows.field("offset")), presence(rows))

    return by_distinct(unit, [times], call, times.type)


def _last_day(dates: pa.Array) -> pa.Array:
    days = integers(dates)
    return from_integers(calendar.first_days(calendar.months_of(days) + 1) - 1, presence(dates), pa.date32())


@FAMILY.sql(
    *(f"last_day_of_month({one}) -> date" for one in ("date", "timestamp(p)", ZONED)), execution=Execution.KERNEL
)
def _last_day_of_month(site: CallSite) -> str:
    """Last day of the month."""
    sql = local_sql(site, 0)
    type_ = site.arguments[0].type
    date = sql if type_ == DATE else site.cast(sql, Timestamp(getattr(type_, "precision", 3)), DATE)
    return site.kernel(_last_day, [(date, DATE)], DATE)


@FAMILY.sql(*(f"date({one}) -> date" for one in ("varchar(x)", "timestamp(p)", ZONED)), raises=True)
def _date(site: CallSite) -> str:
    """The value as a date, as CAST gives it."""
    return site.cast(site.sql(0), site.arguments[0].type, DATE)
