"""How near vectors are to each other: sparse ones as maps, dense ones as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from owlake.errors import error
from owlake.functions.equality import found_in
from owlake.functions.lists import columns, count_of, elements_of, entries_of
from owlake.functions.math.family import FAMILY
from owlake.functions.segments import Flags, Segments, valid_flags

Doubles = npt.NDArray[np.float64]

_MAPS = "(map(varchar, double), map(varchar, double)) -> double"
_ARRAYS = "(array(double), array(double)) -> double"


def _sums(rows: Segments, values: Doubles) -> Doubles:
    """The sum of each segment's values, added from first to last."""
    return np.asarray(np.bincount(rows.owners, weights=values, minlength=len(rows)), np.float64)


def _numbers(column: pa.Array) -> Doubles:
    return np.asarray(column.fill_null(0) if column.null_count else column, np.float64)


def _has_null(rows: Segments, column: pa.Array) -> Flags:
    return count_of(rows, ~valid_flags(column)) > 0


def _either(nulls: Flags | None, *others: Flags) -> Flags:
    found = np.logical_or.reduce(others)
    return found if nulls is None else found | nulls


def _sparse(left: Any, right: Any) -> tuple[Doubles, Flags]:
    given, nulls = columns(left, right)
    one, other = (entries_of(side) for side in given)
    with np.errstate(all="ignore"):
        norms = [np.sqrt(_sums(rows, _numbers(rows.columns[1]) ** 2)) for rows in (one, other)]
        places = found_in(one, other)
        matched = _numbers(other.columns[1])[np.maximum(places, 0)] if other.rows else np.zeros(one.rows)
        products = np.where(places >= 0, _numbers(one.columns[1]) * matched, 0.0)
        cosines = _sums(one, products) / (norms[0] * norms[1])
    return cosines, _either(nulls, *(_has_null(rows, rows.columns[1]) for rows in (one, other)))


def _dense(left: Any, right: Any) -> tuple[Segments, Doubles, Doubles, Flags]:
    """Two columns of vectors, and the rows that have a NULL in them.

    Errors: INVALID_FUNCTION_ARGUMENT where two have not the same length.
    """
    given, nulls = columns(left, right)
    one, other = (elements_of(side) for side in given)
    same = one.lengths == other.lengths
    if not (same if nulls is None else same | nulls).all():
        raise error("INVALID_FUNCTION_ARGUMENT", "The arguments must have the same length")
    if not same.all():
        kept = np.where(same, one.lengths, 0)
        one, other = (_first(rows, kept) for rows in (one, other))
    missing = _either(nulls, *(_has_null(rows, rows.columns[0]) for rows in (one, other)))
    return one, _numbers(one.columns[0]), _numbers(other.columns[0]), missing


def _first(rows: Segments, counts: Any) -> Segments:
    return rows.taken(np.flatnonzero(counts[rows.owners] > 0))


def _dense_cosines(left: Any, right: Any) -> tuple[Doubles, Flags]:
    rows, one, other, missing = _dense(left, right)
    with np.errstate(all="ignore"):
        squares = _sums(rows, one * one), _sums(rows, other * other)
        if (~missing & ((squares[0] == 0) | (squares[1] == 0))).any():
            raise error("INVALID_FUNCTION_ARGUMENT", "Vector magnitude cannot be zero")
        return _sums(rows, one * other) / np.sqrt(squares[0] * squares[1]), missing


@FAMILY.kernel(f"cosine_similarity{_MAPS}")
def cosine_similarity_of_maps(left: Any, right: Any) -> pa.Array:
    """The cosine of the angle between two sparse vectors."""
    cosines, missing = _sparse(left, right)
    return pa.array(cosines, pa.float64(), mask=missing)


@FAMILY.kernel(f"cosine_distance{_MAPS}")
def cosine_distance_of_maps(left: Any, right: Any) -> pa.Array:
    """One less the cosine of the angle between two sparse vectors."""
    cosines, missing = _sparse(left, right)
    return pa.array(1.0 - cosines, pa.float64(), mask=missing)


@FAMILY.kernel(f"cosine_similarity{_ARRAYS}", raises=True)
def cosine_similarity_of_arrays(left: Any, right: Any) -> pa.Array:
    """The cosine of the angle between two vectors."""
    cosines, missing = _dense_cosines(left, right)
    return pa.array(cosines, pa.float64(), mask=missing)


@FAMILY.kernel(f"cosine_distance{_ARRAYS}", raises=True)
def cosine_distance_of_arrays(left: Any, right: Any) -> pa.Array:
    """One less the cosine of the angle between two vectors."""
    cosines, missing = _dense_cosines(left, right)
    return pa.array(1.0 - cosines, pa.float64(), mask=missing)


@FAMILY.kernel(f"dot_product{_ARRAYS}", raises=True)
def dot_product(left: Any, right: Any) -> pa.Array:
    """The sum of the products of two vectors' elements."""
    rows, one, other, missing = _dense(left, right)
    return pa.array(_sums(rows, one * other), pa.float64(), mask=missing)


@FAMILY.kernel(f"euclidean_distance{_ARRAYS}", raises=True)
def euclidean_distance(left: Any, right: Any) -> pa.Array:
    """The length of the line between two points."""
    rows, one, other, missing = _dense(left, right)
    return pa.array(np.sqrt(_sums(rows, (one - other) ** 2)), pa.float64(), mask=missing)
