"""What the driver gives as what the columns are here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from owlake.spi import Type, arrow_type, error, normal_json, types

_DAYS = (-2_500_000, 2_145_031_948)
_MICROSECONDS = (-(2**63) + 10**15, 2**63 - 10**15)
"""What is outside is PostgreSQL's infinity, which comes as a number like any other."""


def converted(batches: Iterable[pa.RecordBatch], wanted: Mapping[str, Type]) -> Iterator[pa.RecordBatch]:
    """The batches with each column in its type here."""
    for batch in batches:
        arrays = [_column(batch.column(place), name, type_) for place, (name, type_) in enumerate(wanted.items())]
        yield pa.RecordBatch.from_arrays(arrays, names=list(wanted))


def _column(array: pa.Array, name: str, type_: Type) -> pa.Array:
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if type_ == types.JSON:
        return normal_json(array)
    if isinstance(type_, types.Decimal) and pa.types.is_string(array.type):
        return _decimals(array, name, type_)
    if pa.types.is_list(array.type):
        _column(array.flatten(), name, type_)
    if pa.types.is_date(array.type):
        _refuse_infinity(array.view(pa.int32()), name, *_DAYS)
    if pa.types.is_timestamp(array.type):
        _refuse_infinity(array.view(pa.int64()), name, *_MICROSECONDS)
    return array


def _decimals(array: pa.Array, name: str, type_: types.Decimal) -> pa.Array:
    try:
        return array.cast(arrow_type(type_))
    except pa.ArrowInvalid:
        text = f"Column '{name}' has a value that is no {type_}: NaN, infinity, or too large a number"
        raise error("NUMERIC_VALUE_OUT_OF_RANGE", text) from None


def _refuse_infinity(numbers: pa.Array, name: str, least: int, most: int) -> None:
    found = pc.min_max(numbers)
    low, high = found["min"].as_py(), found["max"].as_py()
    if low is not None and (low < least or high > most):
        text = f"Column '{name}' has the value infinity, which Trino's dates do not have"
        raise error("NUMERIC_VALUE_OUT_OF_RANGE", text)
