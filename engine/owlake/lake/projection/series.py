"""Columns whose projected values are listed or counted: ``enum``, ``integer`` and ``injected``.

https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from owlake.errors import error
from owlake.lake.model import Domain, Value
from owlake.lake.partition_values import allows, partition_value, value_text
from owlake.lake.projection.properties import ColumnProperties
from owlake.lake.projection.selection import Projected, Selection, Stretch, select_one_by_one, select_ordered
from owlake.types.model import Char, Type, Varchar, is_integer

_LONG = 1 << 63
_MAX_INJECTED_VALUES = 1_000


@dataclass(frozen=True, slots=True)
class EnumProjection:
    """The values of a comma-separated list, blanks and all."""

    column: str
    type: Type
    values: tuple[str, ...]

    def select(self, domain: Domain | None) -> Selection:
        """The values inside the domain, in the list's order."""
        typed = [partition_value(text, self.type, f"{self.column}={text}") for text in self.values]
        chosen = [index for index, value in enumerate(typed) if domain is None or allows(domain, value)]
        return Selection(self.column, (chosen,), self._at)

    def _at(self, index: int) -> Projected:
        text = self.values[index]
        return Projected(text, text)


@dataclass(frozen=True, slots=True)
class IntegerProjection:
    """From ``first`` up by ``step``, ``count`` of them, padded with zeros to ``digits``."""

    column: str
    type: Type
    first: int
    step: int
    count: int
    digits: int | None

    def select(self, domain: Domain | None) -> Selection:
        """The values inside the domain."""
        if domain is None:
            return Selection(self.column, (range(self.count),), self._at)
        if is_integer(self.type):
            stretches = [Stretch(range(self.count))]
        elif isinstance(self.type, Varchar | Char):
            stretches = self._stretches_of_text()
        else:
            chosen = select_one_by_one(self.column, domain, range(self.count), self._key)
            return Selection(self.column, (chosen,), self._at)
        return Selection(self.column, tuple(select_ordered(domain, stretches, self._key)), self._at)

    def _stretches_of_text(self) -> list[Stretch]:
        """Numbers of one length order as their texts do; negative ones the other way round."""
        bounds = [0]
        for length in range(1, 20):
            bounds += [10**length, -(10**length) + 1]
        cuts = sorted(
            {min(max(-((self.first - bound) // self.step), 0), self.count) for bound in bounds} | {self.count}
        )
        stretches, start = [], 0
        for cut in cuts:
            if cut > start:
                negative = self.first + start * self.step < 0
                stretches.append(Stretch(range(start, cut), descending=negative))
                start = cut
        return stretches

    def _key(self, index: int) -> Any:
        text = self._text(index)
        return partition_value(text, self.type, f"{self.column}={text}")

    def _text(self, index: int) -> str:
        return f"{self.first + index * self.step:0{self.digits or 0}}"

    def _at(self, index: int) -> Projected:
        text = self._text(index)
        return Projected(text, text)


@dataclass(frozen=True, slots=True)
class InjectedProjection:
    """The values are the query's own."""

    column: str
    type: Type

    def select(self, domain: Domain | None) -> Selection:
        """The values that the query names. Errors: CONSTRAINT_VIOLATION where it names none or too many."""
        values = [] if domain is None else _single_values(domain)
        if not values or len(values) > _MAX_INJECTED_VALUES:
            raise error(
                "CONSTRAINT_VIOLATION",
                f"Injected projected partition column {self.column} must have only (and at least one)"
                " equality conditions in the WHERE clause!",
                hint=f"Compare {self.column} with up to {_MAX_INJECTED_VALUES:,} constants, by = or IN.",
            )
        texts = sorted(value_text(value, self.type) for value in values)
        return Selection(self.column, (range(len(texts)),), lambda index: Projected(texts[index], texts[index]))


def enum_projection(properties: ColumnProperties, type_: Type) -> EnumProjection:
    """From ``projection.<column>.values``."""
    values = properties.require("values")
    if not values:
        raise properties.invalid(f"property '{properties.key('values')}' lists no values")
    return EnumProjection(properties.column, type_, tuple(values.split(",")))


def integer_projection(properties: ColumnProperties, type_: Type) -> IntegerProjection:
    """From ``range``, ``interval`` and ``digits``."""
    first, last = (_integer(properties, text) for text in properties.pair("range"))
    if first > last:
        raise properties.invalid(f"property '{properties.key('range')}' ends before it begins")
    step = properties.positive_integer("interval") or 1
    count = (last - first) // step + 1
    return IntegerProjection(properties.column, type_, first, step, count, properties.positive_integer("digits"))


def injected_projection(properties: ColumnProperties, type_: Type) -> InjectedProjection:
    """Nothing to configure; the column must be text."""
    if not isinstance(type_, Varchar):
        raise properties.invalid(f"an injected column must be a string, not {type_}")
    return InjectedProjection(properties.column, type_)


def _integer(properties: ColumnProperties, text: str) -> int:
    try:
        value = int(text.strip()) if "_" not in text else None
    except ValueError:
        value = None
    if value is None or not -_LONG <= value < _LONG:
        raise properties.invalid(f"property '{properties.key('range')}' must be two integers, not '{text}'")
    return value


def _single_values(domain: Domain) -> list[Value]:
    if domain.values is not None:
        return list(domain.values)
    single = [range_.low for range_ in domain.ranges or () if range_.low is not None and range_.low == range_.high]
    return single if len(single) == len(domain.ranges or ()) else []
