"""Aggregates over ever more rows of a match: each is made of the one before, where laying out all rows is quadratic."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.aggregate.frames import count, count_rows, sum_of
from owlake.functions.segments import Integers, offsets_from, valid_flags
from owlake.operators.aggregates import Aggregate
from owlake.operators.pointers import Views, rows_with

Running = Callable[[pa.Array, Integers, Integers, Integers], pa.Array]
"""From values, the match of each, and from where to where each view sees them."""


def running(
    aggregate: Aggregate, columns: Sequence[pa.Array], views: Views, labels: Sequence[int] | None
) -> pa.Array | None:
    """The aggregate of what each view sees of its match; None where it cannot be made step by step."""
    made = _made_of(aggregate, columns)
    if made is None:
        return None
    matches = views.matches
    whole = Views(matches, np.arange(len(matches.starts)), matches.lengths)
    offsets, rows, inside = rows_with(matches, whole, labels)
    owners = np.repeat(np.arange(len(matches.starts)), np.diff(offsets))
    kept = np.ones(len(rows), np.bool_)
    if aggregate.where is not None:
        kept &= np.asarray(columns[aggregate.where].take(pa.array(rows)).fill_null(False))
    values = pa.nulls(len(rows))
    if aggregate.rows:
        argument = aggregate.arguments[aggregate.rows[0]]
        assert isinstance(argument, int)
        values = columns[argument].take(pa.array(rows))
        kept &= valid_flags(values)
    owners, values = owners[kept], values.filter(pa.array(kept))
    width = int(matches.lengths.max(initial=0)) + 1
    places = owners * width + inside[kept]
    first = np.maximum(views.match, 0) * width
    extents = np.where(views.match >= 0, views.extents, 0)
    since, until = (np.searchsorted(places, wanted).astype(np.int64) for wanted in (first, first + extents))
    return made(values, owners, since, until)


def _made_of(aggregate: Aggregate, columns: Sequence[pa.Array]) -> Running | None:
    if aggregate.kernel is count_rows and not aggregate.rows:
        return _counts
    argument = aggregate.arguments[aggregate.rows[0]] if aggregate.rows else None
    if not isinstance(argument, int) or aggregate.nulls:
        return None
    type_ = columns[argument].type
    if aggregate.kernel is count:
        return _counts
    if aggregate.kernel is not sum_of or aggregate.type not in (pa.int64(), pa.float64()):
        return None
    if pa.types.is_integer(type_):
        return _sums_of_integers
    return _sums_of_floats if pa.types.is_floating(type_) else None


def _counts(_: pa.Array, __: Integers, since: Integers, until: Integers) -> pa.Array:
    return pa.array(until - since)


_HALF = 32
_LOW = (1 << _HALF) - 1


def _sums_of_integers(values: pa.Array, _: Integers, since: Integers, until: Integers) -> pa.Array:
    """Added up in halves, so that nothing on the way leaves 64 bits."""
    numbers = np.asarray(values.cast(pa.int64()))
    highs, lows = offsets_from(numbers >> _HALF), offsets_from(numbers & _LOW)
    low = lows[until] - lows[since]
    high = highs[until] - highs[since] + (low >> _HALF)
    if len(high) and not (high.min() >= -(1 << 31) and high.max() < 1 << 31):
        raise error("NUMERIC_VALUE_OUT_OF_RANGE", "bigint addition overflow")
    return pa.array((high << _HALF) | (low & _LOW), mask=since == until)


def _sums_of_floats(values: pa.Array, owners: Integers, since: Integers, until: Integers) -> pa.Array:
    """Added up from the first to the last, match by match."""
    sums = np.asarray(values.cast(pa.float64())).copy()
    edges = np.flatnonzero(np.diff(owners, prepend=-1, append=-1))
    for begin, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        np.add.accumulate(sums[begin:end], out=sums[begin:end])
    empty = since == until
    return pa.array(sums[np.where(empty, 0, until - 1)] if len(sums) else np.zeros(len(until)), mask=empty)
