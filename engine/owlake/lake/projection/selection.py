"""The values that one column projects, and picking those that a domain lets through without making them all."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from owlake.catalog.partition_values import contains
from owlake.errors import OwlakeError, error
from owlake.lake.model import Domain, Range, Value

MAX_PARTITIONS = 1_000_000
"""What a projection may come to: Glue tables end at ten million, a local planner well before."""


_LONGEST = 1 << 62


class Projected(NamedTuple):
    """One value: as the partition's value in the catalog's text, and as it stands in the location."""

    text: str
    path_text: str


class ColumnProjection(Protocol):
    """How a partition column's values are made from the table's properties."""

    @property
    def column(self) -> str:
        """The column."""

    def select(self, domain: Domain | None) -> Selection:
        """The values inside the domain (None: all)."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Values picked from an indexed series, made one by one when they are asked for."""

    column: str
    indexes: tuple[Sequence[int], ...]
    value_at: Callable[[int], Projected]

    @property
    def size(self) -> int:
        """How many there are, equal ones counted as often as they come."""
        return sum(_length(part) for part in self.indexes)

    def __iter__(self) -> Iterator[Projected]:
        seen: set[Projected] = set()
        for part in self.indexes:
            for index in part:
                value = self.value_at(index)
                if value not in seen:
                    seen.add(value)
                    yield value


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive indexes (a range of step 1) along which the values grow; ``descending``: shrink."""

    indexes: range
    descending: bool = False


def select_ordered(domain: Domain, stretches: Sequence[Stretch], key: Callable[[int], Value]) -> list[range]:
    """The indexes whose values the domain lets through, found by bisection; in the order of the stretches."""
    wanted = [Range(value, value) for value in domain.values] if domain.values is not None else domain.ranges or ()
    found: list[range] = []
    for stretch in _short(stretches):
        parts = [part for range_ in wanted if (part := _inside(range_, stretch, key))]
        found += _merged(parts)
    return found


def select_one_by_one(column: str, domain: Domain, indexes: range, key: Callable[[int], Value]) -> list[int]:
    """The same for values without an order: each is tried. Errors: HIVE_EXCEEDED_PARTITION_LIMIT."""
    if _length(indexes) > MAX_PARTITIONS:
        raise too_many(_length(indexes), [column])
    return [index for index in indexes if contains(domain, key(index))]


def too_many(count: int, columns: Sequence[str]) -> OwlakeError:
    """The refusal of a projection that a query does not narrow down enough."""
    return error(
        "HIVE_EXCEEDED_PARTITION_LIMIT",
        f"The partition projection of this query comes to {count:,} partitions, more than {MAX_PARTITIONS:,}",
        hint=f"Constrain {' and '.join(columns)} in the WHERE clause with constants.",
    )


def _length(part: Sequence[int]) -> int:
    """``len`` also of ranges that are longer than a list could be."""
    return part.stop - part.start if isinstance(part, range) else len(part)


def _short(stretches: Sequence[Stretch]) -> Iterator[Stretch]:
    """The same stretches, none of them longer than ``bisect`` can count."""
    for stretch in stretches:
        indexes = stretch.indexes
        for start in range(indexes.start, indexes.stop, _LONGEST):
            yield Stretch(range(start, min(start + _LONGEST, indexes.stop)), stretch.descending)


def _inside(range_: Range, stretch: Stretch, key: Callable[[int], Value]) -> range:
    indexes = stretch.indexes
    low, low_inclusive, high, high_inclusive = range_.low, range_.low_inclusive, range_.high, range_.high_inclusive
    if stretch.descending:
        indexes = indexes[::-1]
    comparable: Callable[[int], Any] = key
    start, stop = 0, len(indexes)
    if low is not None:
        start = (bisect_left if low_inclusive else bisect_right)(indexes, low, key=comparable)
    if high is not None:
        stop = (bisect_right if high_inclusive else bisect_left)(indexes, high, key=comparable)
    inside = indexes[start : max(start, stop)]
    return inside[::-1] if stretch.descending else inside


def _merged(parts: list[range]) -> list[range]:
    """Ranges of the same step, in order and without overlaps."""
    merged: list[range] = []
    for part in sorted(parts, key=lambda part: part.start):
        last = merged[-1] if merged else None
        if last is not None and part.start <= last.stop:
            merged[-1] = range(last.start, max(last.stop, part.stop), last.step)
        else:
            merged.append(part)
    return merged
