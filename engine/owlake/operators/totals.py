"""Counts and sums of the rows that a search has taken: each is made of the one before, and given up with its row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from owlake.errors import error
from owlake.functions.aggregate.frames import count, count_rows, sum_of
from owlake.operators.aggregates import Aggregate

_LEAST, _GREATEST = -(2**63), 2**63 - 1


@dataclass(slots=True)
class Total:
    """What rows with some of the labels come to.

    ``place`` is that of the labels among the path's sets, None for all; ``values`` are the column's, None where rows
    are counted.
    """

    place: int | None
    values: list[Any] | None
    adds: bool
    """Whether values are added up; else those that are there are counted."""
    stack: list[Any] = field(default_factory=list)

    def take(self, row: int) -> None:
        """One row more."""
        before = self.stack[-1] if self.stack else None if self.adds else 0
        value = 1 if self.values is None else self.values[row]
        if value is None:
            self.stack.append(before)
        else:
            self.stack.append((before or 0) + (value if self.adds else 1))

    def value(self) -> Any:
        """The total of the rows so far. Errors: NUMERIC_VALUE_OUT_OF_RANGE."""
        if not self.stack:
            return None if self.adds else 0
        found = self.stack[-1]
        if isinstance(found, int) and not _LEAST <= found <= _GREATEST:
            raise error("NUMERIC_VALUE_OUT_OF_RANGE", "bigint addition overflow")
        return found


def total_of(
    aggregate: Aggregate, columns: Sequence[pa.Array], place: int | None, listed: Callable[[int], list[Any]]
) -> Total | None:
    """The aggregate as a total; None for one that is none. ``listed`` gives a column's values."""
    if aggregate.where is not None or aggregate.framed:
        return None
    if aggregate.kernel is count_rows and not aggregate.rows:
        return Total(place, None, adds=False)
    argument = aggregate.arguments[aggregate.rows[0]] if len(aggregate.rows) == 1 else None
    if not isinstance(argument, int) or aggregate.nulls or aggregate.kernel not in (count, sum_of):
        return None
    adds = aggregate.kernel is sum_of
    type_ = columns[argument].type
    if adds and not ((pa.types.is_integer(type_) and aggregate.type == pa.int64()) or type_ == pa.float64()):
        return None
    return Total(place, listed(argument), adds=adds)
