"""Elements by their place: subscripts, slices, turned and shuffled arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.array.family import FAMILY
from owlake.functions.lists import columns, elements_of, lists, ranges
from owlake.functions.registry import CallSite
from owlake.functions.segments import Flags, Integers, Segments, offsets_from
from owlake.ir.expressions import Constant
from owlake.types.model import DOUBLE

FAMILY.native("cardinality(array(T)) -> bigint", "CAST(array_length({0}) AS BIGINT)", "The number of elements")


def _problem(text: str) -> Exception:
    return error("INVALID_FUNCTION_ARGUMENT", text)


def _wanted(array: Any, index: Any) -> tuple[Segments, Integers, Flags | None]:
    """The elements, the places asked for (1 where there is nothing to ask), the rows that are NULL."""
    (arrays, indices), nulls = columns(array, index)
    wanted = np.asarray(indices.fill_null(1), np.int64)
    if nulls is not None:
        wanted = np.where(nulls, 1, wanted)
    if (wanted == 0).any():
        raise _problem("SQL array indices start at 1")
    return elements_of(arrays), wanted, nulls


def _at(rows: Segments, places: Integers, missing: Flags) -> pa.Array:
    return rows.columns[0].take(pa.array(np.where(missing, 0, rows.offsets[:-1] + places), mask=missing))


_LONGEST = 2**31


@FAMILY.sql("element_at(array(T), bigint) -> T", raises=True)
def _element_at(site: CallSite) -> str:
    """The element at a place, from the end if that is negative; NULL beyond."""
    index = site.arguments[1]
    if isinstance(index, Constant) and 0 < abs(index.value) < _LONGEST:
        return f"array_element({site.sql(0)}, {site.sql(1)})"
    # DataFusion has a NULL at place 0, and refuses places that no array has.
    return site.kernel(_checked_element_at, site.arguments, site.type)


def _checked_element_at(array: Any, index: Any) -> pa.Array:
    rows, wanted, nulls = _wanted(array, index)
    places = np.where(wanted > 0, wanted - 1, rows.lengths + wanted)
    missing = (places < 0) | (places >= rows.lengths)
    return _at(rows, places, missing if nulls is None else missing | nulls)


@FAMILY.kernel("$subscript(array(T), bigint) -> T", hidden=True, raises=True)
def _subscript(array: Any, index: Any) -> pa.Array:
    """The element at a place."""
    rows, wanted, nulls = _wanted(array, index)
    present = np.full(len(rows), fill_value=True) if nulls is None else ~nulls
    for row in np.flatnonzero(present & ((wanted < 0) | (wanted > rows.lengths)))[:1]:
        if wanted[row] < 0:
            raise _problem(f"Array subscript is negative: {wanted[row]}")
        length = rows.lengths[row]
        raise _problem(f"Array subscript must be less than or equal to array length: {wanted[row]} > {length}")
    return _at(rows, wanted - 1, ~present)


@FAMILY.kernel("slice(array(T), bigint, bigint) -> array(T)", raises=True)
def _slice(array: Any, start: Any, length: Any) -> pa.Array:
    """As many elements as told from a place on, from the end if that is negative."""
    (arrays, starts, counts), nulls = columns(array, start, length)
    first, count = np.asarray(starts.fill_null(1), np.int64), np.asarray(counts.fill_null(0), np.int64)
    if nulls is not None:
        first, count = np.where(nulls, 1, first), np.where(nulls, 0, count)
    if (count < 0).any():
        raise _problem("length must be greater than or equal to 0")
    if (first == 0).any():
        raise _problem("SQL array indices start at 1")
    rows = elements_of(arrays)
    sizes = rows.lengths
    first = np.where(first < 0, sizes + first + 1, first)
    outside = (first < 1) | (first > sizes)
    first = np.where(outside, 1, first)
    kept = np.where(outside, 0, np.minimum(count, sizes - first + 1))
    return _regions(rows, rows.offsets[:-1] + first - 1, kept, nulls)


@FAMILY.kernel("trim_array(array(T), bigint) -> array(T)", raises=True)
def _trim_array(array: Any, count: Any) -> pa.Array:
    """The array without as many elements at its end as told."""
    (arrays, counts), nulls = columns(array, count)
    rows = elements_of(arrays)
    cut = np.asarray(counts.fill_null(0), np.int64)
    if nulls is not None:
        cut = np.where(nulls, 0, cut)
    for size in cut[cut < 0][:1]:
        raise _problem(f"size must not be negative: {size}")
    for row in np.flatnonzero(cut > rows.lengths)[:1]:
        raise _problem(f"size must not exceed array cardinality {rows.lengths[row]}: {cut[row]}")
    return _regions(rows, rows.offsets[:-1], rows.lengths - cut, nulls)


def _regions(rows: Segments, starts: Integers, counts: Integers, nulls: Flags | None) -> pa.Array:
    taken = rows.columns[0].take(pa.array(ranges(starts, counts)))
    return lists(Segments(offsets_from(counts), (taken,)), nulls)


FAMILY.native("reverse(array(T)) -> array(T)", "array_reverse({0})", "The elements from the last to the first")


@FAMILY.sql("shuffle(array(T)) -> array(T)", deterministic=False)
def _shuffle(site: CallSite) -> str:
    """The elements in an order by chance."""
    # A column by chance besides, or else a constant array would be shuffled once for all rows.
    return site.kernel(_shuffled, [site.arguments[0], ("random()", DOUBLE)], site.type)


def _shuffled(array: Any, _: Any) -> pa.Array:
    (arrays, _), nulls = columns(array, _)
    rows = elements_of(arrays)
    order = np.lexsort((np.random.default_rng().random(rows.rows), rows.owners))
    return lists(rows.with_columns(rows.columns[0].take(pa.array(order))), nulls)


_shuffled.deterministic = False  # type: ignore[attr-defined]
