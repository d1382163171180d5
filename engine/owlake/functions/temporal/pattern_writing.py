"""Local times as text by a pattern, whole columns at a time."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.arrays import Integers
from owlake.functions.composing import Composer
from owlake.functions.temporal import calendar
from owlake.functions.temporal.calendar import MICROSECONDS_OF_A_DAY, MICROSECONDS_OF_A_SECOND
from owlake.functions.temporal.conversions import rounded, whole_minutes
from owlake.functions.temporal.patterns import (
    Element,
    Fraction,
    Literal,
    Name,
    Number,
    Offset,
    TwoDigitYear,
    ZoneId,
    joined,
    names_of,
)
from owlake.functions.temporal.writing import write_offset
from owlake.functions.temporal.zoned import ZonedColumn
from owlake.functions.temporal.zones import zone_of

_MILLISECONDS = 3


class Fields:
    """The fields of moments, each computed when it is first asked for."""

    def __init__(self, zoned: ZonedColumn) -> None:
        self.zoned = zoned
        # Joda-Time knows milliseconds.
        self._days, self._rest = np.divmod(rounded(zoned.local(), _MILLISECONDS), MICROSECONDS_OF_A_DAY)

    def of(self, name: str) -> Integers:
        """A field by its name."""
        found = getattr(self, f"_{name}")
        return found() if callable(found) else found

    @cached_property
    def _months(self) -> Integers:
        return calendar.months_of(self._days)

    @cached_property
    def _year(self) -> Integers:
        return self._months // 12 + 1970

    @cached_property
    def _weeks(self) -> tuple[Integers, Integers]:
        return calendar.week_and_year(self._days)

    @cached_property
    def _hour(self) -> Integers:
        return self._rest // (3600 * MICROSECONDS_OF_A_SECOND)

    def _year_of_era(self) -> Integers:
        return np.where(self._year <= 0, 1 - self._year, self._year)

    def _century_of_era(self) -> Integers:
        return np.abs(self._year) // 100

    def _era(self) -> Integers:
        return (self._year > 0).astype(np.int64)

    def _month(self) -> Integers:
        return self._months % 12 + 1

    def _day(self) -> Integers:
        return self._days - calendar.first_days(self._months) + 1

    def _day_of_year(self) -> Integers:
        return calendar.day_of_year(self._days)

    def _day_of_week(self) -> Integers:
        return calendar.weekdays(self._days)

    def _week(self) -> Integers:
        return self._weeks[0]

    def _weekyear(self) -> Integers:
        return self._weeks[1]

    def _halfday(self) -> Integers:
        return self._hour // 12

    def _hour_of_halfday(self) -> Integers:
        return self._hour % 12

    def _clockhour_of_halfday(self) -> Integers:
        return (self._hour + 11) % 12 + 1

    def _clockhour_of_day(self) -> Integers:
        return (self._hour + 23) % 24 + 1

    def _minute(self) -> Integers:
        return self._rest // (60 * MICROSECONDS_OF_A_SECOND) % 60

    def _second(self) -> Integers:
        return self._rest // MICROSECONDS_OF_A_SECOND % 60

    def milliseconds(self) -> Integers:
        """The milliseconds of the second."""
        return self._rest // 1000 % 1000


_FIRST_NAMES = {"month": 1, "day_of_week": 1, "halfday": 0, "era": 0}


def write_pattern(zoned: ZonedColumn, elements: tuple[Element, ...]) -> pa.Array:
    """The moments as text."""
    fields = Fields(zoned)
    composer = Composer(len(zoned.instants))
    for element in joined(elements):
        match element:
            case Literal():
                composer.literal(element.text)
            case Number():
                composer.number(fields.of(element.field), element.least)
            case TwoDigitYear():
                composer.digits(np.abs(fields.of(element.field)) % 100, 2)
            case Name():
                composer.choice(names_of(element), fields.of(element.field) - _FIRST_NAMES[element.field])
            case Fraction():
                _write_fraction(composer, fields.milliseconds(), element.least)
            case Offset():
                write_offset(composer, whole_minutes(zoned.offsets()), ":" if element.colon else "")
            case ZoneId():
                composer.choice(zoned.zones, _codes(zoned))
            case _:
                composer.choice(*_zone_names(zoned))
    return composer.finish(zoned.present)


def _write_fraction(composer: Composer, milliseconds: Integers, digits: int) -> None:
    kept = min(digits, _MILLISECONDS)
    composer.digits(milliseconds // 10 ** (_MILLISECONDS - kept), kept)
    composer.literal("0" * (digits - kept))


def _codes(zoned: ZonedColumn) -> Integers:
    return np.zeros(len(zoned.instants), np.int64) if zoned.codes is None else zoned.codes.astype(np.int64)


def _zone_names(zoned: ZonedColumn) -> tuple[list[str], Integers]:
    """The abbreviation that holds in each row.

    Errors: NOT_SUPPORTED for a zone that has none in the tz database, where Java has one of its own.
    """
    names: list[str] = []
    indexes = np.zeros(len(zoned.instants), np.int64)
    for name, rows in zoned.rows_by_zone():
        zone = zone_of(name)
        places = zone.index_at(zoned.instants[rows])
        used, codes = np.unique(places, return_inverse=True)
        indexes[rows] = codes + len(names)
        found = [zone.names[place] for place in used]
        if not zone.is_fixed and any(one[0] in "+-" for one in found):
            raise error("NOT_SUPPORTED", f"The abbreviation of the time zone {name} is not known")
        names.extend(found)
    return names or [""], indexes
