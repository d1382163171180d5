"""Arrays and maps in kernels: all rows' elements behind each other, as segments (see ``owlake.functions.segments``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.functions.segments import Flags, Integers, Segments, list_array, map_array, offsets_from, valid_flags


def elements_of(lists: pa.Array) -> Segments:
    """The elements of all lists as one column; a NULL list has none."""
    if not lists.null_count:
        offsets = np.asarray(lists.offsets, np.int64)
        return Segments(offsets - offsets[0], (lists.flatten(),))
    counts = np.asarray(pc.list_value_length(lists).fill_null(0), np.int64)
    return Segments(offsets_from(counts), (lists.flatten(),))


def entries_of(maps: pa.Array) -> Segments:
    """The entries of all maps as a column of keys and one of values; a NULL map has none."""
    offsets = np.asarray(maps.offsets, np.int64)
    keys, items = maps.keys, maps.items
    if maps.null_count:
        # What lies under a NULL map is nobody's.
        lengths = np.where(valid_flags(maps), np.diff(offsets), 0)
        kept = pa.array(ranges(offsets[:-1], lengths))
        return Segments(offsets_from(lengths), (keys.take(kept), items.take(kept)))
    first, last = int(offsets[0]), int(offsets[-1])
    return Segments(offsets - first, (keys.slice(first, last - first), items.slice(first, last - first)))


def absent(*arguments: Any) -> Flags | None:
    """The rows where an argument of a kernel is NULL; None if there are none."""
    found: Flags | None = None
    for argument in arguments:
        if isinstance(argument, pa.Array) and argument.null_count:
            there = ~valid_flags(argument)
            found = there if found is None else found | there
    return found


def lists(rows: Segments, nulls: Flags | None = None) -> pa.Array:
    """The segments as lists, NULL in the rows of ``nulls``."""
    return list_array(rows.offsets, rows.columns[0], nulls)


def maps(rows: Segments, nulls: Flags | None = None) -> pa.Array:
    """The segments of keys and values as maps, NULL in the rows of ``nulls``."""
    keys, items = rows.columns
    return map_array(rows.offsets, keys, items, absent=nulls)


def ranges(starts: Integers, counts: Integers) -> Integers:
    """The numbers from each start on, as many as its count, behind each other."""
    if len(counts) and (counts == counts[0]).all():
        alike: Integers = (starts[:, None] + np.arange(counts[0])).ravel()
        return alike
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    found: Integers = np.arange(total, dtype=np.int64) + np.repeat(starts - (ends - counts), counts)
    return found


def positions(rows: Segments) -> Integers:
    """Each element's place in its list, from 0."""
    found: Integers = np.arange(rows.rows, dtype=np.int64) - np.repeat(rows.offsets[:-1], rows.lengths)
    return found


def count_of(rows: Segments, flags: Flags) -> Integers:
    """How many of each segment's rows are flagged."""
    sums = np.zeros(rows.rows + 1, np.int64)
    np.cumsum(flags, out=sums[1:])
    counts: Integers = sums[rows.offsets[1:]] - sums[rows.offsets[:-1]]
    return counts


def concatenated(columns: Sequence[pa.Array]) -> pa.Array:
    """Columns of one type behind each other."""
    return columns[0] if len(columns) == 1 else pa.concat_arrays(columns)


def behind_each_other(parts: Sequence[Segments]) -> Segments:
    """The segments of the parts joined row by row: what the first has, then what the second has, and so on."""
    starts = np.cumsum([0, *(part.rows for part in parts[:-1])])
    firsts = np.stack([start + part.offsets[:-1] for start, part in zip(starts, parts, strict=True)], axis=1)
    lengths = np.stack([part.lengths for part in parts], axis=1)
    order = pa.array(ranges(firsts.ravel(), lengths.ravel()))
    together = zip(*(part.columns for part in parts), strict=True)
    joined = tuple(concatenated(columns).take(order) for columns in together)
    return Segments(offsets_from(lengths.sum(axis=1)), joined)


def true_flags(answers: pa.Array) -> Flags:
    """Where a boolean column is true, and not NULL."""
    flags: Flags = np.asarray(answers.fill_null(False))
    return flags


def columns(*arguments: Any) -> tuple[tuple[Any, ...], Flags | None]:
    """A kernel's arguments with a value for every row, and the rows where one is NULL; lambdas stay as they are."""
    length = next(len(one) for one in arguments if isinstance(one, pa.Array))
    spread = tuple(pa.repeat(one, length) if isinstance(one, pa.Scalar) else one for one in arguments)
    return spread, absent(*spread)
