"""The bucket of a histogram that a number belongs to."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from owlake.errors import error
from owlake.functions.arrays import Booleans, Integers, expanded, length_of
from owlake.functions.lists import absent, columns, elements_of
from owlake.functions.math.family import FAMILY
from owlake.functions.segments import filled
from owlake.types.rendering import double_text

Doubles = npt.NDArray[np.float64]

_BIGINT_MAX = 2**63 - 1


def _check(wrong: Booleans, text: str, code: str = "INVALID_FUNCTION_ARGUMENT") -> None:
    if wrong.any():
        raise error(code, text)


@FAMILY.kernel("width_bucket(double, double, double, bigint) -> bigint", raises=True)
def width_bucket(operands: Any, firsts: Any, seconds: Any, counts: Any) -> pa.Array:
    """The bucket of a number among so many of the same width between two bounds; 0 below, one more above."""
    given, nulls = columns(operands, firsts, seconds, counts)
    operand, first, second = (np.asarray(one.fill_null(0)) for one in given[:3])
    count = np.asarray(given[3].fill_null(1))
    if nulls is not None:
        operand, first, second, count = (np.where(nulls, 1, one) for one in (operand, first, second, count))
        first = np.where(nulls, 0, first)
    _check(count <= 0, "bucketCount must be greater than 0")
    _check(np.isnan(operand), "operand must not be NaN")
    _check(~np.isfinite(first), "first bound must be finite")
    _check(~np.isfinite(second), "second bound must be finite")
    _check(first == second, "bounds cannot equal each other")
    lower, upper = np.minimum(first, second), np.maximum(first, second)
    above = operand >= upper
    for row in np.flatnonzero(above & (count == _BIGINT_MAX))[:1]:
        text = f"Bucket for value {double_text(operand[row])} is out of range"
        raise error("NUMERIC_VALUE_OUT_OF_RANGE", text)
    inside = np.where((operand < lower) | above, lower, operand)
    places = (count.astype(np.float64) * (inside - lower) / (upper - lower) + 1).astype(np.int64)
    result = np.where(operand < lower, 0, np.where(above, count + 1, places))
    return pa.array(np.where(first > second, count - result + 1, result), pa.int64(), mask=nulls)


@FAMILY.kernel("width_bucket(double, array(double)) -> bigint", raises=True)
def width_bucket_of_bins(operands: Any, bins: Any) -> pa.Array:
    """How many of the bounds, which must ascend, a number has reached."""
    fixed = _ascending(bins)
    if fixed is not None:
        return _among(expanded(operands, length_of((operands, bins))), fixed)
    (values, lists), nulls = columns(operands, bins)
    operand, rows = np.asarray(values.fill_null(0)), elements_of(lists)
    bounds = np.asarray(rows.columns[0].fill_null(0))
    present = np.ones(len(rows), np.bool_) if nulls is None else ~nulls
    _check(present & (rows.lengths == 0), "Bins cannot be an empty array")
    _check(present & np.isnan(operand), "Operand cannot be NaN")
    low = np.zeros(len(rows), np.int64)
    high = np.where(present, rows.lengths, 0)
    # Bounds are looked at only on the way, as a search by halves comes to them.
    while (searching := np.flatnonzero(low < high)).size:
        low[searching], high[searching] = _halved(
            operand[searching], bounds, rows.offsets[searching], low[searching], high[searching]
        )
    return pa.array(low, pa.int64(), mask=nulls)


def _among(operands: pa.Array, bounds: Doubles) -> pa.Array:
    """As ``width_bucket_of_bins``, where the bounds are the same for all rows."""
    operand, nulls = np.asarray(filled(operands)), absent(operands)
    _check(np.isnan(operand), "Operand cannot be NaN")
    if len(bounds) > _FEW:
        return pa.array(np.searchsorted(bounds, operand, "right"), pa.int64(), mask=nulls)
    reached = np.zeros(len(operand), np.int64)
    for bound in bounds:
        reached += operand >= bound
    return pa.array(reached, mask=nulls)


_FEW = 16
"""Up to so many bounds all of them are compared with all numbers sooner than a search is done."""


def _ascending(bins: pa.Array | pa.Scalar) -> Doubles | None:
    """Bounds that are the same for all rows, where nothing is wrong with them."""
    bounds = np.asarray(bins.values) if isinstance(bins, pa.Scalar) and _whole(bins) else _common(bins)
    if bounds is None or not len(bounds):
        return None
    return bounds if np.isfinite(bounds).all() and (np.diff(bounds) >= 0).all() else None


def _whole(bins: pa.Scalar) -> bool:
    return bins.is_valid and not bins.values.null_count


def _common(bins: pa.Array | pa.Scalar) -> Doubles | None:
    """The numbers of the first row, if all rows have these and no NULL."""
    if isinstance(bins, pa.Scalar) or bins.null_count or not len(bins):
        return None
    rows = elements_of(bins)
    width = int(rows.lengths[0])
    if rows.columns[0].null_count or (rows.lengths != width).any():
        return None
    numbers = np.asarray(rows.columns[0]).reshape(len(rows), width)
    return numbers[0] if (numbers == numbers[0]).all() else None


def _halved(operand: Any, bounds: Any, starts: Integers, low: Integers, high: Integers) -> tuple[Integers, Integers]:
    _check(bounds[starts + low] > bounds[starts + high - 1], "Bin values are not sorted in ascending order")
    middle = (low + high) // 2
    bound = bounds[starts + middle]
    for wrong in bound[~np.isfinite(bound)][:1]:
        raise error("INVALID_FUNCTION_ARGUMENT", f"Bin value must be finite, got {double_text(wrong)}")
    below = operand < bound
    return np.where(below, low, middle + 1), np.where(below, middle, high)
