"""Arrays made of values and of other arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.array.family import FAMILY
from owlake.functions.lists import behind_each_other, columns, elements_of, entries_of, lists, positions, ranges
from owlake.functions.registry import CallSite
from owlake.functions.segments import Integers, Segments, offsets_from, valid_flags
from owlake.types.casts import can_cast
from owlake.types.model import VARCHAR, Array, Map, Row


@FAMILY.kernel("concat(array(T)...) -> array(T)")
def _concat(*arrays: Any) -> pa.Array:
    """Puts arrays behind each other."""
    spread, nulls = columns(*arrays)
    return lists(behind_each_other([elements_of(array) for array in spread]), nulls)


@FAMILY.kernel("concat(array(T), T) -> array(T)")
def _append(array: Any, element: Any) -> pa.Array:
    """Puts an element behind an array."""
    (arrays, elements), nulls = columns(array, element)
    return lists(behind_each_other([elements_of(arrays), _alone(elements)]), nulls)


@FAMILY.kernel("concat(T, array(T)) -> array(T)")
def _prepend(element: Any, array: Any) -> pa.Array:
    """Puts an element before an array."""
    (elements, arrays), nulls = columns(element, array)
    return lists(behind_each_other([_alone(elements), elements_of(arrays)]), nulls)


def _alone(elements: pa.Array) -> Segments:
    return Segments(np.arange(len(elements) + 1, dtype=np.int64), (elements,))


@FAMILY.kernel("flatten(array(array(T))) -> array(T)")
def _flatten(arrays: Any) -> pa.Array:
    """The elements of an array's arrays."""
    (outer,), nulls = columns(arrays)
    rows = elements_of(outer)
    inner = elements_of(rows.columns[0])
    return lists(Segments(inner.offsets[rows.offsets], inner.columns), nulls)


_MOST_REPEATED = 10_000
_MOST_BYTES = 1_000_000
_BYTES_OF_A_PLACE = 5
"""What Trino's blocks hold of each value of no fixed width besides its bytes: an offset, whether it is NULL."""


def _sizes(values: pa.Array) -> Integers:
    """How many bytes each value takes in Trino's memory; nothing for NULL."""
    match values.type:
        case type_ if pa.types.is_string(type_) or pa.types.is_binary(type_):
            sizes = np.asarray(pc.binary_length(values).fill_null(0)).astype(np.int64) + _BYTES_OF_A_PLACE
        case type_ if pa.types.is_list(type_) or pa.types.is_map(type_):
            rows = entries_of(values) if pa.types.is_map(type_) else elements_of(values)
            inner = sum((_sizes(column) for column in rows.columns), np.zeros(int(rows.offsets[-1]), np.int64))
            sums = np.concatenate(([0], np.cumsum(inner)))
            sizes = sums[rows.offsets[1:]] - sums[rows.offsets[:-1]] + _BYTES_OF_A_PLACE
        case type_ if pa.types.is_struct(type_):
            sizes = sum((_sizes(column) for column in values.flatten()), np.full(len(values), _BYTES_OF_A_PLACE))
        case type_ if pa.types.is_null(type_):
            return np.zeros(len(values), np.int64)
        case type_:
            sizes = np.full(len(values), (type_.bit_width + 7) // 8 + 1, np.int64)
    return np.where(valid_flags(values), sizes, 0)


@FAMILY.kernel("repeat(T, bigint) -> array(T)", raises=True, null_call=True)
def _repeat(element: Any, count: Any) -> pa.Array:
    """An array of one element, NULL too, as often as told."""
    (elements, counts), _ = columns(element, count)
    there = valid_flags(counts)
    lengths = np.where(there, np.asarray(counts.fill_null(0)), 0)
    if (lengths > _MOST_REPEATED).any():
        text = f"count argument of repeat function must be less than or equal to {_MOST_REPEATED}"
        raise error("INVALID_FUNCTION_ARGUMENT", text)
    if (lengths < 0).any():
        text = "count argument of repeat function must be greater than or equal to 0"
        raise error("INVALID_FUNCTION_ARGUMENT", text)
    if (lengths > 0).any() and (_sizes(elements) > (_MOST_BYTES + lengths) // np.maximum(lengths, 1)).any():
        text = f"result of repeat function must not take more than {_MOST_BYTES} bytes"
        raise error("INVALID_FUNCTION_ARGUMENT", text)
    rows = pa.array(np.repeat(np.arange(len(elements)), lengths))
    return lists(Segments(offsets_from(lengths), (elements.take(rows),)), None if there.all() else ~there)


# Pairs --------------------------------------------------------------------------------------------------


@FAMILY.kernel(
    "zip(array(T), array(U)) -> array(row(T,U))",
    "zip(array(T), array(U), array(V)) -> array(row(T,U,V))",
    "zip(array(T), array(U), array(V), array(W)) -> array(row(T,U,V,W))",
    "zip(array(T), array(U), array(V), array(W), array(X)) -> array(row(T,U,V,W,X))",
)
def _zip(*arrays: Any) -> pa.Array:
    """Rows of the elements at the same places; NULL where an array has ended."""
    spread, nulls = columns(*arrays)
    rows = side_by_side([elements_of(array) for array in spread])
    names = [f"field{index}" for index in range(len(rows.columns))]
    return lists(rows.with_columns(pa.StructArray.from_arrays(rows.columns, names)), nulls)


def side_by_side(parts: list[Segments]) -> Segments:
    """The parts' columns over the places of the longest, NULL where a part has ended."""
    if all(np.array_equal(part.offsets, parts[0].offsets) for part in parts):
        return parts[0].with_columns(*(part.columns[0] for part in parts))
    lengths = np.maximum.reduce([part.lengths for part in parts])
    rows = Segments(offsets_from(lengths), ())
    places = positions(rows)
    padded = []
    for part in parts:
        if (part.lengths == lengths).all():
            padded.append(part.columns[0])
            continue
        ended = places >= np.repeat(part.lengths, lengths)
        taken = pa.array(np.where(ended, 0, places + np.repeat(part.offsets[:-1], lengths)), mask=ended)
        padded.append(part.columns[0].take(taken))
    return rows.with_columns(*padded)


# Windows and subsets ------------------------------------------------------------------------------------


@FAMILY.kernel("ngrams(array(T), integer) -> array(array(T))", raises=True)
def _ngrams(array: Any, size: Any) -> pa.Array:
    """All runs of as many neighbours as told; the whole array where it has fewer."""
    (arrays, sizes), nulls = columns(array, size)
    wanted = np.asarray(sizes.fill_null(1), np.int64)
    if (wanted <= 0).any():
        raise error("INVALID_FUNCTION_ARGUMENT", "N must be positive")
    rows = elements_of(arrays)
    width = np.minimum(rows.lengths, wanted)
    grams = Segments(offsets_from(rows.lengths - width + 1), ())
    starts = positions(grams) + rows.offsets[grams.owners]
    return _lists_of_lists(grams, rows, starts, width[grams.owners], nulls)


def _lists_of_lists(outer: Segments, rows: Segments, starts: Integers, counts: Integers, nulls: Any) -> pa.Array:
    taken = pa.array(ranges(starts, counts))
    inner = lists(Segments(offsets_from(counts), (rows.columns[0].take(taken),)))
    return lists(outer.with_columns(inner), nulls)


_MOST_COMBINED, _MOST_COMBINATIONS = 5, 100_000


@FAMILY.kernel("combinations(array(T), integer) -> array(array(T))", raises=True)
def _combinations(array: Any, size: Any) -> pa.Array:
    """All subsets of as many elements as told, at most five."""
    (arrays, sizes), nulls = columns(array, size)
    wanted = np.asarray(sizes.fill_null(0), np.int64)
    for problem in wanted[(wanted < 0) | (wanted > _MOST_COMBINED)][:1]:
        limit = "be negative" if problem < 0 else f"exceed {_MOST_COMBINED}"
        raise error("INVALID_FUNCTION_ARGUMENT", f"combination size must not {limit}: {problem}")
    rows = elements_of(arrays)
    # Rows that are alike in length and size share the table of places.
    kinds, which = np.unique(np.stack([rows.lengths, wanted], axis=1), axis=0, return_inverse=True)
    tables = [_places_of_combinations(int(length), int(count)) for length, count in kinds]
    which = which.reshape(-1)
    outer = Segments(offsets_from(np.array([len(table) for table in tables], np.int64)[which]), ())
    sizes = wanted[outer.owners]
    begins = offsets_from(np.array([table.size for table in tables], np.int64)[which])
    taken = np.zeros(begins[-1], np.int64)
    for kind, table in enumerate(tables):
        alike = np.flatnonzero(which == kind)
        places = begins[alike][:, None] + np.arange(table.size)
        taken[places] = rows.offsets[alike][:, None] + table.ravel()
    inner = lists(Segments(offsets_from(sizes), (rows.columns[0].take(pa.array(taken)),)))
    return lists(outer.with_columns(inner), nulls)


def _places_of_combinations(length: int, size: int) -> Integers:
    """The places of each combination, a row each: in the order of the last place, then of the one before it."""
    from itertools import combinations  # noqa: PLC0415
    from math import comb  # noqa: PLC0415

    if comb(length, size) * size > _MOST_COMBINATIONS:
        raise error("INVALID_FUNCTION_ARGUMENT", "combinations exceed max size")
    found = sorted(combinations(range(length), size), key=lambda places: places[::-1])
    return np.array(found, np.int64).reshape(len(found), size)


# Text ---------------------------------------------------------------------------------------------------


@FAMILY.sql("array_join(array(T), varchar) -> varchar", "array_join(array(T), varchar, varchar) -> varchar")
def _array_join(site: CallSite) -> str:
    """The elements as text with a separator between them; NULL elements are left out or replaced."""
    source = site.arguments[0].type
    assert isinstance(source, Array)
    if isinstance(source.element, Array | Map | Row) or not can_cast(source.element, VARCHAR):
        raise error("OPERATOR_NOT_FOUND", f"Cannot cast {source.element} to varchar")
    texts = site.cast(site.sql(0), source, Array(VARCHAR))
    return site.kernel(_joined, [(texts, Array(VARCHAR)), *site.arguments[1:]], VARCHAR)


def _joined(array: Any, separator: Any, replacement: Any = None) -> pa.Array:
    import pyarrow.compute as pc  # noqa: PLC0415

    (arrays, separators), nulls = columns(array, separator)
    rows = elements_of(arrays)
    if replacement is None:
        rows = rows.without_null()
    else:
        (_, replacements), _ = columns(array, replacement)
        nulls = _either(nulls, replacements)
        texts = rows.columns[0]
        rows = rows.with_columns(pc.coalesce(texts, replacements.take(pa.array(rows.owners))))
    return pc.binary_join(lists(rows, nulls), separators)


def _either(nulls: Any, column: pa.Array) -> Any:
    missing = ~valid_flags(column) if column.null_count else None
    return missing if nulls is None else nulls if missing is None else nulls | missing
