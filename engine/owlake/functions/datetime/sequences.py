"""``sequence`` of dates and timestamps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.array.sequences import MOST_ENTRIES, lengths
from owlake.functions.arrays import Integers, from_integers, integers
from owlake.functions.datetime.adding import difference, moved_days, moved_local
from owlake.functions.datetime.family import DAYS, FAMILY, MONTHS
from owlake.functions.lists import columns, lists, positions
from owlake.functions.segments import Flags, Segments, offsets_from
from owlake.functions.temporal.calendar import MICROSECONDS_OF_A_DAY

_MILLISECONDS_OF_A_DAY = 86_400_000


class _Rows:
    """The arguments of each row; where one of them is NULL, a sequence of one entry stands in for none."""

    def __init__(self, *arguments: Any) -> None:
        self.columns, self.nulls = columns(*arguments)
        self.type = self.columns[0].type
        self.first, self.last = (self.integers(index, 0) for index in (0, 1))

    def integers(self, index: int, missing: int) -> Integers:
        """A column's values, ``missing`` in the rows that have a NULL."""
        values = integers(self.columns[index])
        return values if self.nulls is None else np.where(self.nulls, missing, values)

    def arrays(self, segments: Segments, values: Integers) -> pa.Array:
        """The column of the sequences."""
        if self.nulls is not None:
            keep: Flags = ~self.nulls[segments.owners]
            values = values[keep]
            segments = Segments(offsets_from(np.where(self.nulls, 0, segments.lengths)), ())
        return lists(segments.with_columns(from_integers(values, None, self.type)), self.nulls)


def _by_steps(rows: _Rows, steps: Integers) -> pa.Array:
    segments = Segments(offsets_from(lengths(rows.first, rows.last, steps)), ())
    owners = segments.owners
    return rows.arrays(segments, rows.first[owners] + positions(segments) * steps[owners])


@FAMILY.kernel("sequence(date, date) -> array(date)", raises=True)
def _days(first: Any, last: Any) -> pa.Array:
    """The dates from the first to the last one told, forwards or backwards."""
    rows = _Rows(first, last)
    return _by_steps(rows, np.where(rows.last >= rows.first, 1, -1))


@FAMILY.kernel(f"sequence(date, date, {DAYS}) -> array(date)", raises=True)
def _days_by_interval(first: Any, last: Any, step: Any) -> pa.Array:
    """The dates from the first to the last one told, by so many days."""
    rows = _Rows(first, last, step)
    days, rest = np.divmod(rows.integers(2, _MILLISECONDS_OF_A_DAY), _MILLISECONDS_OF_A_DAY)
    if rest.any():
        text = "sequence step must be a day interval if start and end values are dates"
        raise error("INVALID_FUNCTION_ARGUMENT", text)
    return _by_steps(rows, days)


@FAMILY.kernel(f"sequence(timestamp(p), timestamp(p), {DAYS}) -> array(timestamp(p))", raises=True)
def _moments_by_interval(first: Any, last: Any, step: Any) -> pa.Array:
    """The moments from the first to the last one told, by an interval."""
    rows = _Rows(first, last, step)
    steps = rows.integers(2, 1)
    if len(steps) and max(-int(steps.min()), int(steps.max())) >= 2**63 // 1000:
        raise error("NUMERIC_VALUE_OUT_OF_RANGE", "Interval is out of range")
    return _by_steps(rows, steps * 1000)


@FAMILY.kernel(
    f"sequence(date, date, {MONTHS}) -> array(date)",
    f"sequence(timestamp(p), timestamp(p), {MONTHS}) -> array(timestamp(p))",
    raises=True,
)
def _months(first: Any, last: Any, step: Any) -> pa.Array:
    """Moments some months apart, each on the day of the first, or on the last day of a month that has none such."""
    rows = _Rows(first, last, step)
    steps = rows.integers(2, 1)
    unit = MICROSECONDS_OF_A_DAY if rows.type == pa.date32() else 1
    first_moment, last_moment = (ends * unit - ends * unit % 1000 for ends in (rows.first, rows.last))
    months = difference(first_moment, last_moment, "month")
    _check_direction(rows, steps)
    # The entries are counted in whole months: as numbers they are a sequence from 0.
    segments = Segments(offsets_from(np.abs(months) // np.abs(steps) + 1), ())
    if len(segments) and int(segments.lengths.max()) > MOST_ENTRIES:
        text = f"result of sequence function must not have more than {MOST_ENTRIES} entries"
        raise error("INVALID_FUNCTION_ARGUMENT", text)
    owners = segments.owners
    move = moved_days if unit > 1 else moved_local
    return rows.arrays(segments, move(rows.first[owners], positions(segments) * steps[owners], "month"))


def _check_direction(rows: _Rows, steps: Integers) -> None:
    """Errors: INVALID_FUNCTION_ARGUMENT for a step that does not lead from one end to the other."""
    # Of numbers in the same order, with a step of the same sign, there are few enough.
    order = np.sign(rows.last - rows.first)
    lengths(np.zeros(len(order), np.int64), order, np.sign(steps))
