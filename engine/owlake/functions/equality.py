"""Equality, identity and order of values of any type, nested ones too, column by column.

Trino's ``=`` on arrays, maps and rows is NULL where the answer hangs on a NULL inside; ``IS DISTINCT FROM`` takes NULL
for a value, and NaN for one; ``<`` goes element by element and refuses NULL elements that it comes to
(https://trino.io/docs/current/functions/comparison.html).
"""

from __future__ import annotations

from functools import reduce

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.lists import concatenated, count_of, elements_of, entries_of, lists, maps, ranges
from owlake.functions.segment_order import order_of
from owlake.functions.segments import Flags, Integers, Segments, codes_of, offsets_from, valid_flags
from owlake.types.arrow import TIME_WITH_TIME_ZONE, TIMESTAMP_WITH_ANY_ZONE

Answers = npt.NDArray[np.int8]
"""Answers in three-valued logic, numbered so that AND is the least of them."""

NO, UNKNOWN, YES = 0, 1, 2


def equal(left: pa.Array, right: pa.Array) -> Answers:
    """Whether two columns of one type are equal, row by row."""
    answers = _equal(left, right)
    for side in (left, right):
        if side.null_count:
            answers[~valid_flags(side)] = UNKNOWN
    return answers


def _equal(left: pa.Array, right: pa.Array) -> Answers:
    type_ = left.type
    if pa.types.is_null(type_):
        return np.full(len(left), UNKNOWN, np.int8)
    if type_ == TIMESTAMP_WITH_ANY_ZONE:
        return equal(left.field("instant"), right.field("instant"))
    if type_ == TIME_WITH_TIME_ZONE:
        return identical(left, right) * np.int8(YES)
    if pa.types.is_struct(type_):
        parts = zip(left.flatten(), right.flatten(), strict=True)
        return reduce(np.minimum, [equal(one, other) for one, other in parts])
    if pa.types.is_map(type_):
        return _equal_maps(entries_of(left), entries_of(right))
    if pa.types.is_list(type_):
        return _equal_lists(elements_of(left), elements_of(right))
    return np.asarray(pc.equal(left, right).fill_null(False)) * np.int8(YES)


def _equal_lists(left: Segments, right: Segments) -> Answers:
    same = np.flatnonzero(left.lengths == right.lengths)
    pairs = [rows.columns[0].take(pa.array(ranges(rows.offsets[same], rows.lengths[same]))) for rows in (left, right)]
    answers = np.full(len(left), NO, np.int8)
    answers[same] = all_of(Segments(offsets_from(left.lengths[same]), ()), equal(*pairs))
    return answers


def _equal_maps(left: Segments, right: Segments) -> Answers:
    """Maps are equal where each key of one is in the other with an equal value."""
    places = found_in(left, right)
    values = equal(left.columns[1], right.columns[1].take(pa.array(np.maximum(places, 0)))) if right.rows else None
    entries = np.where(places < 0, NO, UNKNOWN if values is None else values).astype(np.int8)
    return np.where(left.lengths == right.lengths, all_of(left, entries), NO).astype(np.int8)


def found_in(wanted: Segments, rows: Segments) -> Integers:
    """For each value of the first column of ``wanted`` its row among the same segment's of ``rows``; -1 for none."""
    codes, count = codes_of(concatenated([wanted.columns[0], rows.columns[0]]))
    sought = wanted.owners * count + codes[: wanted.rows]
    known = rows.owners * count + codes[wanted.rows :]
    order = np.argsort(known, kind="stable")
    if not len(order):
        return np.full(wanted.rows, -1, np.int64)
    places = order[np.minimum(np.searchsorted(known, sought, sorter=order), len(order) - 1)]
    return np.where(known[places] == sought, places, -1)


def all_of(rows: Segments, answers: Answers) -> Answers:
    """The AND of each segment's answers; yes for none."""
    some_no = count_of(rows, answers == NO) > 0
    some_unknown = count_of(rows, answers == UNKNOWN) > 0
    return np.where(some_no, NO, np.where(some_unknown, UNKNOWN, YES)).astype(np.int8)


def any_of(rows: Segments, answers: Answers) -> Answers:
    """The OR of each segment's answers; no for none."""
    return YES - all_of(rows, YES - answers)


def identical(left: pa.Array, right: pa.Array) -> Flags:
    """Whether two columns hold the same: NULL is NULL, NaN is NaN."""
    codes, _ = codes_of(concatenated([left, right]))
    found: Flags = codes[: len(left)] == codes[len(left) :]
    return found


# Order --------------------------------------------------------------------------------------------------


def order(left: pa.Array, right: pa.Array, nan: int = 1) -> Answers:
    """-1, 0 or 1 as ``left`` comes before ``right``, is equal to it or comes behind it; 0 where either is NULL.

    NaN comes behind all other numbers, or before them if ``nan`` is -1.
    Errors: NOT_SUPPORTED for a NULL inside that is come to.
    """
    type_ = left.type
    if pa.types.is_null(type_):
        return np.zeros(len(left), np.int8)
    if type_ == TIMESTAMP_WITH_ANY_ZONE:
        return order(left.field("instant"), right.field("instant"))
    if type_ == TIME_WITH_TIME_ZONE:
        return order(_utc(left), _utc(right))
    if pa.types.is_struct(type_):
        return _order_of_rows(left, right, nan)
    if pa.types.is_list(type_):
        return _order_of_lists(left, right, nan)
    greater = np.asarray(pc.greater(left, right).fill_null(False)).astype(np.int8)
    less = np.asarray(pc.less(left, right).fill_null(False)).astype(np.int8)
    if pa.types.is_floating(type_):
        there = np.asarray(pc.and_(left.is_valid(), right.is_valid()))
        one, other = (np.asarray(pc.is_nan(side).fill_null(False)).astype(np.int8) for side in (left, right))
        return np.where(there & ((one | other) > 0), nan * (one - other), greater - less).astype(np.int8)
    return greater - less


def _utc(times: pa.Array) -> pa.Array:
    """The moment of each zoned time in UTC, in microseconds of the day."""
    minutes = times.field("offset").cast(pa.int64())
    moments = pc.subtract(times.field("time").cast(pa.int64()), pc.multiply(minutes, 60_000_000))
    of_day = np.asarray(moments.fill_null(0)) % 86_400_000_000
    return pa.array(of_day, mask=~valid_flags(moments))


def _order_of_rows(left: pa.Array, right: pa.Array, nan: int) -> Answers:
    both = valid_flags(left) & valid_flags(right)
    found = np.zeros(len(left), np.int8)
    for one, other in zip(left.flatten(), right.flatten(), strict=True):
        undecided = both & (found == 0)
        if (undecided & ~(valid_flags(one) & valid_flags(other))).any():
            raise error("NOT_SUPPORTED", "ROW comparison not supported for fields with null elements")
        rows = pa.array(np.flatnonzero(undecided))
        found[undecided] = order(one.take(rows), other.take(rows), nan)
    return found


def _order_of_lists(left: pa.Array, right: pa.Array, nan: int) -> Answers:
    """By the first elements that differ, else by length."""
    both = valid_flags(left) & valid_flags(right)
    ones, others = elements_of(left), elements_of(right)
    counts = np.where(both, np.minimum(ones.lengths, others.lengths), 0)
    one, other = (rows.columns[0].take(pa.array(ranges(rows.offsets[:-1], counts))) for rows in (ones, others))
    nulls = ~(valid_flags(one) & valid_flags(other))
    decided = np.flatnonzero((order(one, other, nan) != 0) | nulls)
    owners, first = np.unique(np.repeat(np.arange(len(left)), counts)[decided], return_index=True)
    if nulls[decided[first]].any():
        raise error("NOT_SUPPORTED", "ARRAY comparison not supported for arrays with null elements")
    deciding = pa.array(decided[first])
    found = np.where(both, np.sign(ones.lengths - others.lengths), 0).astype(np.int8)
    found[owners] = order(one.take(deciding), other.take(deciding), nan)
    return found


# Forms that are equal where the values are --------------------------------------------------------------


def alike(values: pa.Array) -> pa.Array:
    """Values that are the same to Arrow where those given are not distinct.

    Entries of maps stand in the order of their keys, zones are UTC, zeros have no sign.
    """
    type_ = values.type
    nulls = ~valid_flags(values) if values.null_count else None
    if pa.types.is_map(type_):
        entries = entries_of(values)
        keys, items = (alike(column) for column in entries.columns)
        by_key = pa.array(order_of(entries, [(keys, (True, False))]))
        return maps(entries.with_columns(keys.take(by_key), items.take(by_key)), nulls)
    if pa.types.is_list(type_):
        elements = elements_of(values)
        return lists(elements.with_columns(alike(elements.columns[0])), nulls)
    if pa.types.is_struct(type_):
        parts = [alike(child) for child in _alike_times(values)]
        mask = None if nulls is None else pa.array(nulls)
        return pa.StructArray.from_arrays(parts, fields=list(type_), mask=mask)
    if pa.types.is_floating(type_):
        return pc.add(values, pa.scalar(0.0, type_))
    return values


def joinable(values: pa.Array) -> pa.Array:
    """Values that are the same to Arrow where those given are equal, and NULL where they are equal to nothing."""
    kept = pa.array(np.arange(len(values)), mask=equal(values, values) != YES)
    return alike(values).take(kept)


def _alike_times(values: pa.Array) -> list[pa.Array]:
    """The fields of a struct; of a zoned time or timestamp those of the same moment in UTC."""
    if values.type == TIMESTAMP_WITH_ANY_ZONE:
        return [values.field("instant"), pa.repeat("UTC", len(values))]
    if values.type == TIME_WITH_TIME_ZONE:
        return [_utc(values).view(pa.time64("us")), pa.array(np.zeros(len(values), np.int16))]
    found: list[pa.Array] = values.flatten()
    return found
