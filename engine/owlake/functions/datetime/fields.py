"""Fields of dates, times and intervals: ``year(x)``, ``EXTRACT(HOUR FROM x)`` and their kin.

DataFusion's ``date_part`` does the calendar, and the optimizer turns a condition on the year into one on the column.
It knows the years -262143 to 262142; fields of dates beyond them are NULL.
"""

from __future__ import annotations

from collections.abc import Callable

from owlake.functions.datetime.family import DAYS, FAMILY, MONTHS, ZONED, ZONED_TIME, local_sql
from owlake.functions.registry import CallSite
from owlake.types.model import INTERVAL_DAY_TO_SECOND, Time, TimeWithTimeZone

_MILLISECONDS = {"day": 86_400_000, "hour": 3_600_000, "minute": 60_000, "second": 1_000, "millisecond": 1}
_CYCLES = {"hour": 24, "minute": 60, "second": 60, "millisecond": 1000}

_DATE_FIELDS = {
    "year": ("year", (-262_143, 262_142), "Year"),
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
    "year_of_week": ("isoyear", (-262_143, 262_142), "Year of the ISO week"),
    "yow": ("isoyear", (-262_143, 262_142), "Year of the ISO week"),
}
_TIME_FIELDS = {
    "hour": (0, 23, "Hour of the day, 0 to 23"),
    "minute": (0, 59, "Minute of the hour"),
    "second": (0, 59, "Second of the minute"),
    "millisecond": (0, 999, "Millisecond of the second"),
}


def _date_field(part: str, description: str) -> Callable[[CallSite], str]:
    def implementation(site: CallSite) -> str:
        return f"CAST(date_part('{part}', {local_sql(site, 0)}) AS BIGINT)"

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
        part = f"CAST(date_part('{unit}', {local_sql(site, 0)}) AS BIGINT)"
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
