"""Fields of dates and times, as a text names them, put together to local times.

The rules are those of Joda-Time's parser (https://www.joda.org/joda-time/key_format.html): beginning with 1970 (2000
where a month or a day comes without a year), fields are set from the longest to the shortest, first each with
all below it cleared, then once more with all below it kept. So fields that contradict each other have an answer too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from owlake.functions.arrays import Booleans, Integers
from owlake.functions.temporal import calendar
from owlake.functions.temporal.calendar import MICROSECONDS_OF_A_DAY, MICROSECONDS_OF_A_SECOND

Setting = tuple[str, Integers]
"""A field and its value in each row."""

_MILLISECOND = 1_000
_MINUTE = 60 * MICROSECONDS_OF_A_SECOND
_HOUR = 60 * _MINUTE
_HALFDAY = 12 * _HOUR
_WEEK, _MONTH = 7 * MICROSECONDS_OF_A_DAY, 30 * MICROSECONDS_OF_A_DAY
_YEAR = 365 * MICROSECONDS_OF_A_DAY
_CENTURY, _FOREVER = 100 * _YEAR, 2**62

_LENGTHS = {
    "era": (_FOREVER, _FOREVER),
    "century_of_era": (_FOREVER, _CENTURY),
    "year_of_era": (_FOREVER, _YEAR),
    "year": (_FOREVER, _YEAR),
    "weekyear": (_FOREVER, _YEAR),
    "month": (_YEAR, _MONTH),
    "week": (_YEAR, _WEEK),
    "day_of_year": (_YEAR, MICROSECONDS_OF_A_DAY),
    "day": (_MONTH, MICROSECONDS_OF_A_DAY),
    "day_of_week": (_WEEK, MICROSECONDS_OF_A_DAY),
    "halfday": (MICROSECONDS_OF_A_DAY, _HALFDAY),
    "hour": (MICROSECONDS_OF_A_DAY, _HOUR),
    "clockhour_of_day": (MICROSECONDS_OF_A_DAY, _HOUR),
    "hour_of_halfday": (_HALFDAY, _HOUR),
    "clockhour_of_halfday": (_HALFDAY, _HOUR),
    "minute": (_HOUR, _MINUTE),
    "second": (_MINUTE, MICROSECONDS_OF_A_SECOND),
    "millisecond": (MICROSECONDS_OF_A_SECOND, _MILLISECOND),
    "fraction_of_hour": (MICROSECONDS_OF_A_DAY, _MILLISECOND),
    "fraction_of_minute": (_HOUR, _MILLISECOND),
}
"""What each field repeats in, and what one of it lasts: longer ones are set first."""

_JODA_NAMES = {
    "era": "era",
    "century_of_era": "centuryOfEra",
    "year_of_era": "yearOfEra",
    "year": "year",
    "weekyear": "weekyear",
    "month": "monthOfYear",
    "week": "weekOfWeekyear",
    "day_of_year": "dayOfYear",
    "day": "dayOfMonth",
    "day_of_week": "dayOfWeek",
    "halfday": "halfdayOfDay",
    "hour": "hourOfDay",
    "clockhour_of_day": "clockhourOfDay",
    "hour_of_halfday": "hourOfHalfday",
    "clockhour_of_halfday": "clockhourOfHalfday",
    "minute": "minuteOfHour",
    "second": "secondOfMinute",
}

_CLOCK = {
    "hour": (0, 23, MICROSECONDS_OF_A_DAY, _HOUR),
    "clockhour_of_day": (1, 24, MICROSECONDS_OF_A_DAY, _HOUR),
    "hour_of_halfday": (0, 11, _HALFDAY, _HOUR),
    "clockhour_of_halfday": (1, 12, _HALFDAY, _HOUR),
    "halfday": (0, 1, MICROSECONDS_OF_A_DAY, _HALFDAY),
    "minute": (0, 59, _HOUR, _MINUTE),
    "second": (0, 59, _MINUTE, MICROSECONDS_OF_A_SECOND),
    "millisecond": (0, 999, MICROSECONDS_OF_A_SECOND, _MILLISECOND),
    "fraction_of_hour": (0, 3_599_999, _HOUR, _MILLISECOND),
    "fraction_of_minute": (0, 59_999, _MINUTE, _MILLISECOND),
}
"""Fields within a day: the least and greatest value, what they repeat in, what one of them lasts."""

_FIRST_YEAR, _LAST_YEAR = -290_000, 290_000
"""The years that microseconds reach, nearly."""
_JODA_YEARS = (-292_275_054, 292_278_993)
_DEFAULT_YEAR = 2000
_HOURS = frozenset({"hour", "clockhour_of_day", "hour_of_halfday", "clockhour_of_halfday"})
_HALF_HOURS = frozenset({"hour_of_halfday", "clockhour_of_halfday"})
_PLAIN = frozenset({"year", "month", "day", "halfday", "minute", "second", "millisecond"}) | _HOURS


@dataclass(slots=True, eq=False)
class Local:
    """Local times as they are put together.

    Attributes:
        days: Days since 1970-01-01.
        rest: Microseconds of the day.
        wrong: Which rows have a value that its field does not take, with the field, its values and its limits.
    """

    days: Integers
    rest: Integers
    wrong: list[tuple[Booleans, str, Integers, Integers, Integers]] = field(default_factory=list)

    @property
    def micros(self) -> Integers:
        """The local times in microseconds."""
        return self.days * MICROSECONDS_OF_A_DAY + self.rest

    def ok(self) -> Booleans:
        """The rows whose fields are right."""
        found = np.ones(len(self.days), np.bool_)
        for rows, *_ in self.wrong:
            found &= ~rows
        return found

    def problem(self, row: int) -> str:
        """What is wrong with a row."""
        for rows, name, values, low, high in self.wrong:
            if rows[row]:
                limits = _JODA_YEARS if name in ("year", "weekyear") else (low[row], high[row])
                return f"Value {values[row]} for {_JODA_NAMES[name]} must be in the range [{limits[0]},{limits[1]}]"
        return ""

    def checked(self, name: str, values: Integers, low: int, high: Integers | int) -> Integers:
        """The values, those that are out of range replaced by the least one and noted."""
        wrong = (values < low) | (values > high)
        if not wrong.any():
            return values
        shape = values.shape
        self.wrong.append((wrong, name, values, np.broadcast_to(low, shape), np.broadcast_to(high, shape)))
        return np.where(wrong, low, values)


def local_times(settings: Sequence[Setting], length: int) -> Local:
    """The local times that fields say."""
    names = [name for name, _ in settings]
    if len(set(names)) == len(names) and _is_plain(set(names)):
        found = _plain(dict(settings), length)
        if found is not None:
            return found
    return _in_order(sorted(settings, key=lambda one: [-part for part in _LENGTHS[one[0]]]), length)


def _is_plain(names: set[str]) -> bool:
    """Whether fields cannot contradict each other."""
    hours = names & _HOURS
    return names <= _PLAIN and len(hours) < 2 and ("halfday" not in names or hours <= _HALF_HOURS)


def _plain(values: dict[str, Integers], length: int) -> Local | None:
    """Year, month, day and a clock at once; None where one of them is out of range."""
    ones = np.ones(length, np.int64)
    has_day = "month" in values or "day" in values
    years = values.get("year", ones * (_DEFAULT_YEAR if has_day else 1970))
    if length and not (years.min() >= _FIRST_YEAR and years.max() <= _LAST_YEAR):
        return None
    days, ok = calendar.days_of(years, values.get("month", ones), values.get("day", ones))
    rest = np.zeros(length, np.int64)
    for name, (low, high, cycle, unit) in _CLOCK.items():
        if name in values:
            ok &= (values[name] >= low) & (values[name] <= high)
            rest += values[name] * unit % cycle if low == 1 else values[name] * unit
    return Local(days, rest) if ok.all() else None


def _in_order(settings: list[Setting], length: int) -> Local:
    zeros = np.zeros(length, np.int64)
    local = Local(zeros, zeros)
    if settings and MICROSECONDS_OF_A_DAY <= _LENGTHS[settings[0][0]][1] <= _MONTH:
        settings = [("year", np.full(length, _DEFAULT_YEAR, np.int64)), *settings]
    for name, values in settings:
        _set(local, name, values)
        _floor(local, name)
    for name, values in settings:
        _set(local, name, values)
    if settings:
        _floor(local, settings[-1][0])
    return local


def _set(local: Local, name: str, values: Integers) -> None:
    if name in _CLOCK:
        low, high, cycle, unit = _CLOCK[name]
        within = local.rest % cycle
        kept = within % unit
        local.rest = local.rest - within + local.checked(name, values, low, high) * unit % cycle + kept
    else:
        local.days = _DATE_SETTERS[name](local, values)


def _floor(local: Local, name: str) -> None:
    """The beginning of the field's unit."""
    if name in _CLOCK:
        local.rest = local.rest - local.rest % _CLOCK[name][3]
        return
    local.rest = np.zeros(len(local.days), np.int64)
    match name:
        case "century_of_era" | "year_of_era" | "year":
            months = calendar.months_of(local.days)
            local.days = calendar.first_days(months - months % 12)
        case "weekyear":
            local.days = calendar.first_mondays(calendar.week_and_year(local.days)[1])
        case "month":
            local.days = calendar.first_days(calendar.months_of(local.days))
        case "week":
            local.days = calendar.mondays(local.days)
        case _:
            pass


def _years(local: Local) -> Integers:
    return calendar.year_and_month(calendar.months_of(local.days))[0]


def _set_year(local: Local, values: Integers, name: str = "year") -> Integers:
    years = local.checked(name, values, _FIRST_YEAR, _LAST_YEAR)
    return calendar.add_months(local.days, (years - _years(local)) * 12)


def _set_year_of_era(local: Local, values: Integers) -> Integers:
    years = local.checked("year_of_era", values, 1, _JODA_YEARS[1])
    return _set_year(local, np.where(_years(local) <= 0, 1 - years, years))


def _set_era(local: Local, values: Integers) -> Integers:
    years = _years(local)
    return _set_year(local, np.where((years > 0) == (values > 0), years, -years))


def _set_century(local: Local, values: Integers) -> Integers:
    centuries = local.checked("century_of_era", values, 0, _JODA_YEARS[1] // 100)
    years = _years(local)
    amounts = centuries * 100 + np.abs(years) % 100
    return _set_year(local, np.where(years < 0, -amounts, amounts))


def _set_weekyear(local: Local, values: Integers) -> Integers:
    years = local.checked("weekyear", values, _FIRST_YEAR, _LAST_YEAR)
    weeks = np.minimum(calendar.week_and_year(local.days)[0], _weeks_in(years))
    return calendar.first_mondays(years) + (weeks - 1) * 7 + calendar.weekdays(local.days) - 1


def _weeks_in(years: Integers) -> Integers:
    return (calendar.first_mondays(years + 1) - calendar.first_mondays(years)) // 7


def _set_month(local: Local, values: Integers) -> Integers:
    months = local.checked("month", values, 1, 12)
    return calendar.add_months(local.days, months - calendar.months_of(local.days) % 12 - 1)


def _set_week(local: Local, values: Integers) -> Integers:
    weeks, years = calendar.week_and_year(local.days)
    return local.days + (local.checked("week", values, 1, _weeks_in(years)) - weeks) * 7


def _set_day(local: Local, values: Integers) -> Integers:
    months = calendar.months_of(local.days)
    first = calendar.first_days(months)
    return first + local.checked("day", values, 1, calendar.first_days(months + 1) - first) - 1


def _set_day_of_year(local: Local, values: Integers) -> Integers:
    months = calendar.months_of(local.days)
    first = calendar.first_days(months - months % 12)
    last = calendar.first_days(months - months % 12 + 12) - first
    return first + local.checked("day_of_year", values, 1, last) - 1


def _set_day_of_week(local: Local, values: Integers) -> Integers:
    return calendar.mondays(local.days) + local.checked("day_of_week", values, 1, 7) - 1


_DATE_SETTERS: dict[str, Callable[[Local, Integers], Integers]] = {
    "era": _set_era,
    "century_of_era": _set_century,
    "year_of_era": _set_year_of_era,
    "year": _set_year,
    "weekyear": _set_weekyear,
    "month": _set_month,
    "week": _set_week,
    "day_of_year": _set_day_of_year,
    "day": _set_day,
    "day_of_week": _set_day_of_week,
}
