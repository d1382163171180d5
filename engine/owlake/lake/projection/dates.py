"""Columns of type ``date``: moments from a range, a step apart, printed in a pattern.

https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html#partition-projection-date-type
Both ends of the range are cut to what the pattern prints; the steps count from the left end. Steps of months and
years that fall on a day which the month does not have take its last one.
"""

from __future__ import annotations

import calendar
import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from owlake.errors import OwlakeError
from owlake.lake.model import Domain, Value
from owlake.lake.partition_values import partition_value, value_text
from owlake.lake.projection.patterns import DatePattern, PatternError, TextError, compile_pattern
from owlake.lake.projection.properties import ColumnProperties
from owlake.lake.projection.selection import Projected, Selection, Stretch, select_one_by_one, select_ordered
from owlake.types.model import DATE, Timestamp, Type, Varchar, is_integer

_NOW = re.compile(
    r"\s*NOW\s*(?:(?P<sign>[+-])\s*(?P<count>[0-9]+)\s*"
    r"(?P<unit>YEAR|MONTH|WEEK|DAY|HOUR|MINUTE|SECOND)S?\s*)?",
    re.IGNORECASE,
)
_MONTHS_OF = {"YEARS": 12, "MONTHS": 1}
_SPANS = {
    "WEEKS": timedelta(weeks=1),
    "DAYS": timedelta(days=1),
    "HOURS": timedelta(hours=1),
    "MINUTES": timedelta(minutes=1),
    "SECONDS": timedelta(seconds=1),
    "MILLISECONDS": timedelta(milliseconds=1),
}
_DEFAULT_UNITS = {"day": "DAYS", "month": "MONTHS"}


@dataclass(frozen=True, slots=True)
class Step:
    """How far it is from one value to the next: so many calendar months, or a span of time."""

    months: int = 0
    span: timedelta = timedelta(0)

    def times(self, count: int, start: datetime) -> datetime:
        """``start`` moved by ``count`` steps."""
        return plus_months(start, self.months * count) if self.months else start + self.span * count

    def count(self, first: datetime, last: datetime) -> int:
        """How many values there are from ``first`` to ``last``, both counted."""
        if not self.months:
            return (last - first) // self.span + 1
        whole = ((last.year - first.year) * 12 + last.month - first.month) // self.months
        return whole + 1 if plus_months(first, whole * self.months) <= last else whole


@dataclass(frozen=True, slots=True)
class DateProjection:
    """``count`` moments from ``first`` on, a ``step`` apart."""

    column: str
    type: Type
    pattern: DatePattern
    first: datetime
    count: int
    step: Step

    def select(self, domain: Domain | None) -> Selection:
        """The values inside the domain."""
        everything = range(self.count)
        if domain is None:
            return Selection(self.column, (everything,), self._at)
        domain = _without_zones(domain)
        if self._is_ordered():
            return Selection(self.column, tuple(select_ordered(domain, [Stretch(everything)], self._key)), self._at)
        if domain.values is not None and isinstance(self.type, Varchar):
            indexes = sorted({index for value in domain.values for index in self._indexes_of(str(value))})
            return Selection(self.column, (indexes,), self._at)
        chosen = select_one_by_one(self.column, domain, everything, self._key)
        return Selection(self.column, (chosen,), self._at)

    def _is_ordered(self) -> bool:
        """Whether later values are greater ones, in the column's type."""
        if self.type == DATE or isinstance(self.type, Timestamp):
            return True
        if is_integer(self.type):
            return self.pattern.is_ordered and self.pattern.is_number
        return isinstance(self.type, Varchar) and self.pattern.is_ordered

    def _indexes_of(self, text: str) -> list[int]:
        """Where the series has this text; several where the pattern prints less than the steps move."""
        try:
            moment = self.pattern.parse(text)
        except TextError:
            return []
        index = bisect_left(range(self.count), moment, key=self._moment)
        found = []
        while index < self.count and self.pattern.format(self._moment(index)) == text:
            found.append(index)
            index += 1
        return found

    def _moment(self, index: int) -> datetime:
        return self.step.times(index, self.first)

    def _key(self, index: int) -> Any:
        moment = self._moment(index)
        if self.type == DATE:
            return moment.date()
        if isinstance(self.type, Timestamp):
            return moment
        text = self.pattern.format(moment)
        return partition_value(text, self.type, f"{self.column}={text}")

    def _at(self, index: int) -> Projected:
        moment = self._moment(index)
        text = self.pattern.format(moment)
        if self.type == DATE or isinstance(self.type, Timestamp):
            return Projected(value_text(self._key(index), self.type), text)
        return Projected(text, text)


def date_projection(properties: ColumnProperties, type_: Type, clock: Callable[[], datetime]) -> DateProjection:
    """From ``format``, ``range``, ``interval`` and ``interval.unit``; ``clock`` gives the query's start."""
    pattern = _pattern(properties)
    first, last = (_bound(properties, pattern, text, clock) for text in properties.pair("range"))
    if first > last:
        raise properties.invalid(f"property '{properties.key('range')}' ends before it begins")
    step = _step(properties, pattern)
    return DateProjection(properties.column, type_, pattern, first, step.count(first, last), step)


def plus_months(moment: datetime, months: int) -> datetime:
    """The moment so many months later; on the month's last day where it has no such day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def _pattern(properties: ColumnProperties) -> DatePattern:
    try:
        return compile_pattern(properties.require("format"))
    except PatternError as problem:
        raise properties.invalid(f"property '{properties.key('format')}': {problem}") from problem


def _bound(properties: ColumnProperties, pattern: DatePattern, text: str, clock: Callable[[], datetime]) -> datetime:
    found = _NOW.fullmatch(text)
    try:
        if not found:
            return pattern.truncate(pattern.parse(text))
        moment = clock().astimezone(UTC).replace(tzinfo=None)
        if found["unit"]:
            count = int(found["sign"] + found["count"])
            moment = _moved(moment, count, found["unit"].upper() + "S")
        return pattern.truncate(moment)
    except (TextError, ValueError, OverflowError) as problem:
        raise _invalid_bound(properties, pattern, text) from problem


def _moved(moment: datetime, count: int, unit: str) -> datetime:
    if unit in _MONTHS_OF:
        return plus_months(moment, count * _MONTHS_OF[unit])
    return moment + _SPANS[unit] * count


def _invalid_bound(properties: ColumnProperties, pattern: DatePattern, text: str) -> OwlakeError:
    return properties.invalid(
        f"property '{properties.key('range')}' must be two dates formatted as '{pattern.text}'"
        f" or NOW expressions (NOW-3DAYS), not '{text}'"
    )


def _step(properties: ColumnProperties, pattern: DatePattern) -> Step:
    unit = (properties.get("interval.unit") or "").strip().upper()
    interval = properties.positive_integer("interval")
    if not unit:
        unit = _DEFAULT_UNITS.get(pattern.finest_unit, "MONTHS" if pattern.finest_unit == "year" else "")
        if not unit:
            raise properties.invalid(
                f"properties '{properties.key('interval')}' and '{properties.key('interval.unit')}' are required"
                f" for the format '{pattern.text}', which is finer than a day"
            )
    if unit in _MONTHS_OF:
        return Step(months=(interval or 1) * _MONTHS_OF[unit])
    if unit not in _SPANS:
        allowed = ", ".join([*_MONTHS_OF, *_SPANS])
        raise properties.invalid(f"property '{properties.key('interval.unit')}' must be one of {allowed}, not '{unit}'")
    return Step(span=(interval or 1) * _SPANS[unit])


def _without_zones(domain: Domain) -> Domain:
    """Timestamps of a domain may carry a zone; the series is UTC's without one."""
    if domain.values is not None:
        return replace(domain, values=frozenset(_local(value) for value in domain.values))
    ranges = (
        replace(
            range_,
            low=None if range_.low is None else _local(range_.low),
            high=None if range_.high is None else _local(range_.high),
        )
        for range_ in domain.ranges or ()
    )
    return replace(domain, ranges=tuple(ranges))


def _local(value: Value) -> Value:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value
