"""The rows of segments in order: sorted, and the places that they would have if they were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from owlake.functions.segments import Integers, Segments, filled, ranges, utc_of_day, valid_flags
from owlake.types.arrow import TIME_WITH_TIME_ZONE, TIMESTAMP_WITH_ANY_ZONE

Direction = tuple[bool, bool]
"""Ascending, NULLs first."""


def order_of(segments: Segments, keys: Sequence[tuple[pa.Array, Direction]]) -> Integers:
    """The rows sorted by the keys within each segment; equal ones keep their order."""
    columns: list[tuple[Any, str]] = [(pa.array(segments.owners), "ascending")] if len(segments) > 1 else []
    for array, (ascending, nulls_first) in keys:
        direction = "ascending" if ascending else "descending"
        found = _sort_columns(array, ascending=ascending, nulls_first=nulls_first)
        columns.extend((key, direction) for key in found)
    if not columns:
        return np.arange(segments.rows, dtype=np.int64)
    table = pa.table([column for column, _ in columns], names=[str(index) for index in range(len(columns))])
    sort_keys = [(str(index), direction) for index, (_, direction) in enumerate(columns)]
    order: Integers = pc.sort_indices(table, sort_keys=sort_keys).to_numpy().astype(np.int64)
    return order


def sorted_floats(values: npt.NDArray[np.float64], offsets: Integers) -> npt.NDArray[np.float64]:
    """Numbers sorted within each segment, NaN last: segments of about the same length as one matrix."""
    lengths = np.diff(offsets)
    found = np.empty_like(values)
    sizes = np.frexp(lengths)[1]
    for size in np.flatnonzero(np.bincount(sizes))[1 if (lengths == 0).any() else 0 :].tolist():
        rows = np.flatnonzero(sizes == size)
        width = int(lengths[rows].max())
        inside = np.arange(width) < lengths[rows][:, None]
        places = (offsets[rows][:, None] + np.arange(width))[inside]
        matrix = np.full((len(rows), width), np.nan)
        matrix[inside] = values[places]
        matrix.sort(axis=1)
        found[places] = matrix[inside]
    return found


def smallest(
    values: npt.NDArray[np.float64], starts: Integers, lengths: Integers, places: Integers
) -> npt.NDArray[np.float64]:
    """Of each segment the number that would come at a place if it were sorted: no number may be NaN."""
    found = np.empty(len(starts))
    # What is as far from the end, in segments of about the same length, is found in one matrix.
    kinds = np.frexp(lengths)[1] + 64 * (lengths - places)
    for kind in np.unique(kinds).tolist():
        rows = np.flatnonzero(kinds == kind)
        width = int(lengths[rows].max())
        inside = np.arange(width) >= width - lengths[rows][:, None]
        matrix = np.full((len(rows), width), -np.inf)
        matrix[inside] = values[ranges(starts[rows], lengths[rows])]
        place = width - int(lengths[rows[0]] - places[rows[0]])
        matrix.partition(place, axis=1)
        found[rows] = matrix[:, place]
    return found


def _sort_columns(array: pa.Array, *, ascending: bool, nulls_first: bool) -> list[pa.Array]:
    """Arrays whose order together is that of the values in the wanted direction, without NULL or NaN."""
    columns: list[pa.Array] = []
    if array.null_count:
        nulls = valid_flags(array) if nulls_first == ascending else ~valid_flags(array)
        columns.append(pa.array(nulls.astype(np.int8)))
    return columns + _value_columns(array)


def _value_columns(array: pa.Array) -> list[pa.Array]:
    type_ = array.type
    if type_ == TIMESTAMP_WITH_ANY_ZONE:
        return _value_columns(array.field("instant"))
    if type_ == TIME_WITH_TIME_ZONE:
        return [pa.array(utc_of_day(array))]
    if pa.types.is_struct(type_):
        return [
            column for child in array.flatten() for column in _sort_columns(child, ascending=True, nulls_first=False)
        ]
    if pa.types.is_nested(type_):
        return [_ranks_of_lists(array)]
    if pa.types.is_floating(type_):
        return [pa.array(_ordered_floats(array))]
    if pa.types.is_boolean(type_):
        return [pc.fill_null(array, False).cast(pa.int8())]
    if pa.types.is_null(type_):
        return []
    return [array]


def _ordered_floats(array: pa.Array) -> Integers:
    """Integers in the order of the floats, NaN last."""
    values = filled(array).cast(pa.float64()).to_numpy() + 0.0
    values = np.where(np.isnan(values), np.nan, values)
    bits = values.view(np.int64)
    ordered: Integers = np.where(bits < 0, np.int64(-(2**63)) - bits, bits)
    return ordered


def _ranks_of_lists(array: pa.Array) -> pa.Array:
    """Lists have no order in Arrow: their ranks, found value by value."""
    values = [_comparable(value) for value in array.to_pylist()]
    ranks = {value: rank for rank, value in enumerate(sorted(set(values)))}
    return pa.array([ranks[value] for value in values], pa.int64())


def _comparable(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_comparable(item) for item in value)
    if isinstance(value, dict):
        return tuple(_comparable(item) for item in value.values())
    return (value is None, () if value is None else value)
