"""Arrow columns as numpy arrays and back: what kernels that compute with numbers begin and end with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

_NUMPY_TYPES: dict[int, tuple[pa.DataType, Any]] = {
    8: (pa.int8(), np.int8),
    16: (pa.int16(), np.int16),
    32: (pa.int32(), np.int32),
    64: (pa.int64(), np.int64),
}


def length_of(columns: Sequence[pa.Array | pa.Scalar]) -> int:
    """How many rows the arguments of a kernel have; one of them at least is no constant."""
    return next(len(one) for one in columns if not isinstance(one, pa.Scalar))


def expanded(column: pa.Array | pa.Scalar, length: int) -> pa.Array:
    """The column with one value for every row, also where it is a constant."""
    return pa.repeat(column, length) if isinstance(column, pa.Scalar) else column


def integers(array: pa.Array) -> Integers:
    """The values of a column of integers, dates, times, timestamps or durations; 0 where they are NULL."""
    held, kind = _NUMPY_TYPES[array.type.bit_width]
    if array.null_count:
        return np.asarray(array.view(held).fill_null(0)).astype(np.int64, copy=False)
    values = np.frombuffer(array.view(held).buffers()[1], kind, len(array), array.offset * kind().itemsize)
    return values.astype(np.int64, copy=False)


def presence(*arrays: pa.Array) -> Booleans | None:
    """Which rows are NULL in none of the columns; None for all of them."""
    found: Booleans | None = None
    for array in arrays:
        if array.null_count:
            there = np.asarray(array.is_valid())
            found = there if found is None else found & there
    return found


def both(first: Booleans | None, second: Booleans | None) -> Booleans | None:
    """Rows that are there in both; None stands for all rows."""
    if first is None or second is None:
        return second if first is None else first
    return first & second


def from_integers(values: Integers, present: Booleans | None, type_: pa.DataType) -> pa.Array:
    """A column of dates, times, timestamps, durations or integers that fit their type."""
    held, kind = _NUMPY_TYPES[type_.bit_width]
    mask = None if present is None else ~present
    return pa.array(values.astype(kind, copy=False), held, mask=mask).view(type_)


def by_distinct(
    constants: pa.Array | pa.Scalar, columns: Sequence[pa.Array | pa.Scalar], call: Callable[..., pa.Array], type_: Any
) -> pa.Array:
    """A kernel that wants a constant (a unit, a pattern), called once for each value that the column has.

    ``call`` gets the constant and the rows of ``columns`` that go with it. It is not asked about a constant that goes
    with nothing but NULL: that may mean nothing then.
    """
    length = length_of((constants, *columns))
    if isinstance(constants, pa.Scalar):
        arrays = [expanded(one, length) for one in columns]
        if not constants.is_valid or _is_null(arrays):
            return pa.nulls(length, type_)
        return call(constants.as_py(), *arrays)
    arrays = [expanded(one, length) for one in columns]
    encoded = constants.dictionary_encode()
    codes = np.asarray(encoded.indices.fill_null(-1))
    parts: list[pa.Array] = []
    places: list[npt.NDArray[np.intp]] = []
    for code, value in enumerate(encoded.dictionary.to_pylist()):
        rows = np.flatnonzero(codes == code)
        taken = [array.take(pa.array(rows)) for array in arrays]
        parts.append(pa.nulls(len(rows), type_) if _is_null(taken) else call(value, *taken))
        places.append(rows)
    missing = np.flatnonzero(codes < 0)
    parts.append(pa.nulls(len(missing), type_))
    places.append(missing)
    order = np.empty(length, np.int64)
    order[np.concatenate(places)] = np.arange(length)
    return pa.concat_arrays(parts).take(pa.array(order))


def _is_null(arrays: Sequence[pa.Array]) -> bool:
    return any(array.null_count == len(array) for array in arrays)
