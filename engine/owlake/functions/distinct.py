"""Values that repeat, computed once: for what costs much a value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

_SAMPLE = 256


def once_per_value(values: pa.Array, compute: Callable[[list[Any]], list[Any]], type_: pa.DataType) -> pa.Array:
    """``compute`` over a column's values, each of them once where many are the same. NULL gives NULL."""
    if _are_many(values):
        return pa.array(_past_nulls(values.to_pylist(), compute), type_)
    encoded = values.dictionary_encode()
    return pa.array(compute(encoded.dictionary.to_pylist()), type_).take(encoded.indices)


def over_distinct(values: pa.Array, kernel: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """A kernel over a column, asked for each value once where many are the same."""
    if _are_many(values):
        return kernel(values)
    encoded = values.dictionary_encode()
    return kernel(encoded.dictionary).take(encoded.indices)


def _are_many(values: pa.Array) -> bool:
    """Whether the first values are mostly different: then to look for repetitions costs more than it gives."""
    return len(values.slice(0, _SAMPLE).unique()) > min(len(values), _SAMPLE) // 2


def _past_nulls(values: list[Any], compute: Callable[[list[Any]], list[Any]]) -> list[Any]:
    if None not in values:
        return compute(values)
    found = iter(compute([value for value in values if value is not None]))
    return [None if value is None else next(found) for value in values]
