"""Aggregates over rows at hand: for window frames that DataFusion does not have, and to finish collected rows.

Each takes ``Segments`` without NULL in the first column (unless it wants NULLs) and gives one value a segment.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.segment_order import order_of
from owlake.functions.segments import Segments, list_array


def count_rows(segments: Segments) -> pa.Array:
    """How many rows there are."""
    return pa.array(segments.lengths)


def count(segments: Segments) -> pa.Array:
    """How many values there are."""
    return pa.array(segments.lengths)


def count_true(segments: Segments) -> pa.Array:
    """How many values are true."""
    flags = segments.columns[0].to_numpy(zero_copy_only=False).astype(np.int64)
    return pa.array(_reduced(np.add, flags, segments, 0))


def values(segments: Segments) -> pa.Array:
    """The values as a list; NULL for none."""
    return list_array(segments.offsets, segments.columns[0], segments.lengths == 0)


def first(segments: Segments) -> pa.Array:
    """The first value; NULL for none."""
    starts = np.where(segments.lengths > 0, segments.offsets[:-1], -1)
    return segments.columns[0].take(pa.array(starts, mask=starts < 0))


def least(segments: Segments) -> pa.Array:
    """The least value; NULL for none."""
    return _extreme(segments, ascending=True)


def greatest(segments: Segments) -> pa.Array:
    """The greatest value, NaN only where there is nothing else; NULL for none."""
    column = segments.columns[0]
    if pa.types.is_floating(column.type):
        kept = np.flatnonzero(~pc.is_nan(column).to_numpy(zero_copy_only=False))
        return pc.coalesce(_extreme(segments.taken(kept), ascending=False), _extreme(segments, ascending=False))
    return _extreme(segments, ascending=False)


def _extreme(segments: Segments, *, ascending: bool) -> pa.Array:
    order = order_of(segments, [(segments.columns[0], (ascending, False))])
    return first(segments.with_columns(segments.columns[0].take(pa.array(order))))


def sum_of(segments: Segments) -> pa.Array:
    """The sum; NULL for none. Integers and decimals that leave their type are an error."""
    column = segments.columns[0]
    type_ = column.type
    empty = segments.lengths == 0
    if pa.types.is_floating(type_):
        totals = _reduced(np.add, column.to_numpy().astype(np.float64), segments, 0.0)
        return pa.array(totals, pa.float64(), mask=empty)
    if pa.types.is_decimal(type_):
        exact = _exact_sums(column.cast(pa.decimal256(76, type_.scale)), segments)
        return _narrowed(exact, pa.decimal128(38, type_.scale), "Decimal overflow")
    whole = column.cast(pa.int64()).cast(pa.decimal256(40, 0))
    narrow = _narrowed(_exact_sums(whole, segments), pa.int64(), "bigint addition overflow")
    return narrow.cast(type_) if pa.types.is_duration(type_) or type_ == pa.int32() else narrow


def _narrowed(sums: pa.Array, type_: pa.DataType, message: str) -> pa.Array:
    try:
        return sums.cast(type_)
    except pa.ArrowInvalid:
        raise error("NUMERIC_VALUE_OUT_OF_RANGE", message) from None


def _exact_sums(column: pa.Array, segments: Segments) -> pa.Array:
    """Sums of wide decimals, aligned with the segments."""
    grouped = pa.table({"owner": segments.owners, "value": column}).group_by("owner").aggregate([("value", "sum")])
    places = np.full(len(segments), -1, np.int64)
    places[grouped["owner"].to_numpy()] = np.arange(len(grouped))
    return grouped["value_sum"].combine_chunks().take(pa.array(places, mask=places < 0))


def mean(segments: Segments) -> pa.Array:
    """The arithmetic mean; NULL for none. Decimals and intervals are rounded half up."""
    column = segments.columns[0]
    empty = segments.lengths == 0
    if pa.types.is_decimal(column.type):
        sums = _exact_sums(column.cast(pa.decimal256(76, column.type.scale)), segments).to_pylist()
        counts = segments.lengths.tolist()
        return pa.array(
            [_rounded_mean(*pair, column.type.scale) for pair in zip(sums, counts, strict=True)], column.type
        )
    numbers = column.cast(pa.int64()) if pa.types.is_duration(column.type) else column
    totals = _reduced(np.add, numbers.to_numpy().astype(np.float64), segments, 0.0)
    means = totals / np.maximum(segments.lengths, 1)
    if pa.types.is_duration(column.type):
        return pa.array(np.floor(means + 0.5).astype(np.int64), pa.int64(), mask=empty).cast(column.type)
    return pa.array(means, pa.float64(), mask=empty)


def _rounded_mean(total: Any, rows: int, scale: int) -> Any:
    if total is None:
        return None
    import decimal  # noqa: PLC0415  (only means of decimals need it)

    with decimal.localcontext(prec=80):
        return (total / rows).quantize(decimal.Decimal(1).scaleb(-scale), decimal.ROUND_HALF_UP)


def all_bits(segments: Segments) -> pa.Array:
    """The bits that all values have."""
    return _bits(np.bitwise_and, segments)


def any_bits(segments: Segments) -> pa.Array:
    """The bits that any value has."""
    return _bits(np.bitwise_or, segments)


def odd_bits(segments: Segments) -> pa.Array:
    """The bits that an odd number of values has."""
    return _bits(np.bitwise_xor, segments)


def _bits(operation: np.ufunc, segments: Segments) -> pa.Array:
    found = _reduced(operation, segments.columns[0].to_numpy(), segments, 0)
    return pa.array(found, pa.int64(), mask=segments.lengths == 0)


def _reduced(operation: np.ufunc, values_: npt.NDArray[Any], segments: Segments, neutral: Any) -> npt.NDArray[Any]:
    """The operation over each segment; ``neutral`` for those without rows."""
    filled = segments.lengths > 0
    found = np.full(len(segments), neutral, values_.dtype)
    if filled.any():
        found[filled] = operation.reduceat(values_, segments.offsets[:-1][filled])
    return found
