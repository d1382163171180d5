"""Fields of dates, times and intervals: ``year(x)``, ``EXTRACT(HOUR FROM x)`` and their kin.

DataFusion's ``date_part`` does the calendar from the year -262143 to 262142, beyond them a kernel.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from owlake.functions.arrays import Integers, from_integers, integers, presence
from owlake.functions.datetime.family import DAYS, FAMILY, MONTHS, ZONED, ZONED_TIME, local_sql
from owlake.functions.registry import CallSite
from owlake.functions.temporal import calendar
from owlake.functions.temporal.calendar import MICROSECONDS_OF_A_DAY
from owlake.ir.expressions import Constant
from owlake.types.model import (
    BIGINT,
    DATE,
    INTERVAL_DAY_TO_SECOND,
    VARCHAR,
    Time,
    Timestamp,
    TimestampWithTimeZone,
    TimeWithTimeZone,
    Type,
)

_MILLISECONDS = {"day": 86_400_000, "hour": 3_600_000, "minute": 60_000, "second": 1_000, "millisecond": 1}
_CYCLES = {"hour": 24, "minute": 60, "second": 60, "millisecond": 1000}

_YEARS = (-5_877_641, 5_881_580)
"""The years of dates."""
_DATE_FIELDS = {
    "year": ("year", _YEARS, "Year"),
    "quarter": ("quarter", (1, 4), "Quarter of the year, 1 to 4"),
    "month": ("month", (1, 12), "Month of the year, 1 to 12"),
    "week": ("week", (1, 53), "ISO week of the year, 1 to 53"),
    "week_of_year": ("week", (1, 53), "ISO week of the year, 1 to 53"),
    "day": ("day", (1, 31), "Day of the month"),
    "day_of_month": ("day", (1, 31), "Day of the month"),
    "day_of_week": ("isodow", (1, 7), "ISO day of the week: 1 for Monday to 7 for Sunday"),
    "dow": ("isodow", (1, 7), "ISO day of the week: 1 for Monday to 7 for Sunday"),
    "day_of_year": ("doy", (1, 366), "Day of the year"),
    "doy": ("doy", (1, 366), "Day of the year"),
    "year_of_week": ("isoyear", _YEARS, "Year of the ISO week"),
    "yow": ("isoyear", _YEARS, "Year of the ISO week"),
}
_TIME_FIELDS = {
    "hour": (0, 23, "Hour of the day, 0 to 23"),
    "minute": (0, 59, "Minute of the hour"),
    "second": (0, 59, "Second of the minute"),
    "millisecond": (0, 999, "Millisecond of the second"),
}


_FIRST_DAY, _LAST_DAY = -96_464_000, 95_025_000
"""The days that ``date_part`` knows."""


def _field(site: CallSite, part: str) -> str:
    """A field by DataFusion; by a kernel where that does not know the year."""
    type_ = site.arguments[0].type
    sql, held = local_sql(site, 0), _local_type(type_)
    unit = 1 if held == DATE else MICROSECONDS_OF_A_DAY
    first, last = (site.render(Constant(held, day * unit)) for day in (_FIRST_DAY, _LAST_DAY))
    far = site.kernel(_far_field, [(sql, held), Constant(VARCHAR, part)], BIGINT)
    native = f"CAST(date_part('{part}', {sql}) AS BIGINT)"
    return f"CASE WHEN {sql} < {first} OR {sql} >= {last} THEN {far} ELSE {native} END"


def _local_type(type_: Type) -> Type:
    return Timestamp(type_.precision) if isinstance(type_, TimestampWithTimeZone) else type_


def _far_field(moments: pa.Array, part: pa.Scalar) -> pa.Array:
    values = integers(moments)
    days, rest = (values, values * 0) if moments.type == pa.date32() else np.divmod(values, MICROSECONDS_OF_A_DAY)
    return from_integers(_FAR_FIELDS[part.as_py()](days, rest), presence(moments), pa.int64())


def _year(days: Integers) -> Integers:
    return calendar.year_and_month(calendar.months_of(days))[0]


_FAR_FIELDS: dict[str, Callable[[Integers, Integers], Integers]] = {
    "year": lambda days, _: _year(days),
    "quarter": lambda days, _: calendar.months_of(days) % 12 // 3 + 1,
    "month": lambda days, _: calendar.months_of(days) % 12 + 1,
    "week": lambda days, _: calendar.week_and_year(days)[0],
    "isoyear": lambda days, _: calendar.week_and_year(days)[1],
    "day": lambda days, _: days - calendar.first_days(calendar.months_of(days)) + 1,
    "isodow": lambda days, _: calendar.weekdays(days),
    "doy": lambda days, _: calendar.day_of_year(days),
    "hour": lambda _, rest: rest // 3_600_000_000,
    "minute": lambda _, rest: rest // 60_000_000 % 60,
    "second": lambda _, rest: rest // 1_000_000 % 60,
    "millisecond": lambda _, rest: rest // 1_000 % 60_000,
}
"""Fields by their names in DataFusion, where milliseconds are those of the minute."""


def _date_field(part: str, description: str) -> Callable[[CallSite], str]:
    def implementation(site: CallSite) -> str:
        return _field(site, part)

    implementation.__doc__ = description
    return implementation


for _name, (_part, _bounds, _description) in _DATE_FIELDS.items():
    _signatures = [f"{_name}({_type}) -> bigint" for _type in ("date", "timestamp(p)", ZONED)]
    FAMILY.sql(*_signatures, bounds=_bounds)(_date_field(_part, _description))


def _part_of(sql: str, unit: str) -> str:
    """A field of a number of milliseconds; with the number's sign, as intervals have it."""
    whole = sql if unit == "millisecond" else f"({sql} / {_MILLISECONDS[unit]})"
    return f"({whole} % {_CYCLES[unit]})" if unit in _CYCLES else whole


def _time_field(unit: str, description: str) -> Callable[[CallSite], str]:
    def implementation(site: CallSite) -> str:
        type_ = site.arguments[0].type
        sql = site.sql(0)
        if isinstance(type_, Time | TimeWithTimeZone):
            held = f"get_field({sql}, 'time')" if isinstance(type_, TimeWithTimeZone) else sql
            return _part_of(f"(arrow_cast({held}, 'Int64') / 1000)", unit)
        if type_ == INTERVAL_DAY_TO_SECOND:
            return _part_of(f"arrow_cast({sql}, 'Int64')", unit)
        part = _field(site, unit)
        return f"({part} % 1000)" if unit == "millisecond" else part

    implementation.__doc__ = description
    return implementation


for _name, (_low, _high, _description) in _TIME_FIELDS.items():
    _signatures = [f"{_name}({_type}) -> bigint" for _type in ("time(p)", ZONED_TIME, "timestamp(p)", ZONED)]
    FAMILY.sql(*_signatures, bounds=(_low, _high))(_time_field(_name, _description))
    FAMILY.sql(f"{_name}({DAYS}) -> bigint")(_time_field(_name, _description))

for _name in ("day", "day_of_month"):
    FAMILY.sql(f"{_name}({DAYS}) -> bigint")(_time_field("day", "Whole days"))
FAMILY.native(f"year({MONTHS}) -> bigint", "CAST({0} / 12 AS BIGINT)", "Whole years")
FAMILY.native(f"month({MONTHS}) -> bigint", "CAST({0} % 12 AS BIGINT)", "Months beyond the whole years")
FAMILY.native(f"to_milliseconds({DAYS}) -> bigint", "arrow_cast({0}, 'Int64')", "The interval in milliseconds")
