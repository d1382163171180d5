"""The proleptic Gregorian calendar over whole arrays: years, months, weeks of any day that microseconds reach.

Days count from 1970-01-01, months from January 1970, microseconds from midnight of that day.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from owlake.functions.arrays import Booleans, Integers

MICROSECONDS_OF_A_DAY = 86_400_000_000
MICROSECONDS_OF_A_SECOND = 1_000_000
_THURSDAY = 3
"""1970-01-01, counted from Monday as 0."""


_NEAR_MONTHS = (-1200, 3600)
"""1870 to 2269: in these years the calendar is looked up, which takes a tenth of the time."""


@cache
def _near_first_days() -> Integers:
    return _first_days(np.arange(*_NEAR_MONTHS, dtype=np.int64))


@cache
def _near_months() -> Integers:
    first = _near_first_days()
    return np.repeat(np.arange(_NEAR_MONTHS[0], _NEAR_MONTHS[1] - 1, dtype=np.int64), np.diff(first))


def _looked_up(table: Integers, first: int, values: Integers) -> Integers | None:
    """The entries of a table that begins with ``first``; None where it does not have them all."""
    if len(values) == 0 or values.min() < first or values.max() >= first + len(table):
        return None
    return table[values - first]


def months_of(days: Integers) -> Integers:
    """The month that each day lies in."""
    found = _looked_up(_near_months(), int(_near_first_days()[0]), days)
    return days.view("datetime64[D]").astype("datetime64[M]").view(np.int64) if found is None else found


def first_days(months: Integers) -> Integers:
    """The first day of each month."""
    found = _looked_up(_near_first_days(), _NEAR_MONTHS[0], months)
    return _first_days(months) if found is None else found


def _first_days(months: Integers) -> Integers:
    return months.view("datetime64[M]").astype("datetime64[D]").view(np.int64)


def year_and_month(months: Integers) -> tuple[Integers, Integers]:
    """Year, and month from 1 to 12."""
    years, rest = np.divmod(months, 12)
    return years + 1970, rest + 1


def days_of(years: Integers, months: Integers, days: Integers) -> tuple[Integers, Booleans]:
    """The day of each date, and whether the date exists."""
    ok = (months >= 1) & (months <= 12) & (days >= 1)
    count = (years - 1970) * 12 + np.where(ok, months, 1) - 1
    first = first_days(count)
    ok &= days <= first_days(count + 1) - first
    return first + days - 1, ok


def add_months(days: Integers, months: Integers | int) -> Integers:
    """The same day so many months on; the last one of the month where there is none."""
    old = months_of(days)
    new = old + months
    first = first_days(new)
    return first + np.minimum(days - first_days(old), first_days(new + 1) - first - 1)


def weekdays(days: Integers) -> Integers:
    """1 for Monday to 7 for Sunday."""
    return (days + _THURSDAY) % 7 + 1


def mondays(days: Integers) -> Integers:
    """The Monday on or before each day."""
    return days - (days + _THURSDAY) % 7


def week_and_year(days: Integers) -> tuple[Integers, Integers]:
    """ISO 8601's week, and the year that it belongs to: the one of its Thursday."""
    thursdays = mondays(days) + 3
    years = year_and_month(months_of(thursdays))[0]
    return (thursdays - first_days((years - 1970) * 12)) // 7 + 1, years


def first_mondays(years: Integers) -> Integers:
    """The Monday of week 1 of each year: the week that has January 4th."""
    return mondays(first_days((years - 1970) * 12) + 3)


def day_of_year(days: Integers) -> Integers:
    """1 for January 1st."""
    years = year_and_month(months_of(days))[0]
    return days - first_days((years - 1970) * 12) + 1
