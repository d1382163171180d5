"""Spark's bucketing hash over whole Arrow arrays: Murmur3 with the seed 42, NULL leaves the hash as it is.

Of columns hashed together each is seeded with the hash of those before it. Spark's strings differ from Murmur3 proper:
the bytes after the last whole word are mixed in one by one, as signed numbers.
https://spark.apache.org/docs/latest/api/sql/index.html#hash
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.types.model import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER_BITS,
    REAL,
    VARBINARY,
    Decimal,
    Timestamp,
    Type,
    Varchar,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    Words = npt.NDArray[np.uint32]

_SEED = 42
_WORD = 4
_LONGEST_SHORT_DECIMAL = 18


def bucket_numbers(columns: Sequence[pa.Array], types: Sequence[Type], count: int) -> pa.Array:
    """The bucket of each row, as int32. Errors: NOT_SUPPORTED for types that nothing is bucketed by."""
    hashes = bucket_hashes(columns, types).view(np.int32)
    return pa.array(np.mod(hashes, np.int32(count)).astype(np.int32))


def bucket_hashes(columns: Sequence[pa.Array], types: Sequence[Type]) -> Words:
    """The hash of each row over the bucketing columns, in their order."""
    total: Words = np.full(len(columns[0]), _SEED, np.uint32)
    for column, type_ in zip(columns, types, strict=True):
        kernel = _kernel(type_)
        if kernel is None:
            raise error("NOT_SUPPORTED", f"Bucketing by a column of type {type_} is not supported")
        hashes = kernel(column, total)
        if column.null_count:
            hashes = np.where(column.is_valid().to_numpy(zero_copy_only=False), hashes, total)
        total = hashes
    return total


def can_bucket(type_: Type) -> bool:
    """Whether there is a hash for values of the type."""
    return _kernel(type_) is not None


_Kernel = Callable[[pa.Array, "Words"], "Words"]


def _kernel(type_: Type) -> _Kernel | None:
    match type_:
        case Varchar():
            return _hash_bytes
        case Decimal(precision) if precision <= _LONGEST_SHORT_DECIMAL:
            return _hash_unscaled
        case Timestamp():
            return lambda column, seeds: _of_long(_numbers(column.cast(pa.timestamp("us")), np.int64), seeds)
        case _ if type_ == BIGINT:
            return lambda column, seeds: _of_long(_numbers(column, np.int64), seeds)
        case _ if type_ in INTEGER_BITS or type_ == DATE:
            return lambda column, seeds: _of_int(_numbers(column, np.int32), seeds)
    return _OTHERS.get(type_)


def _numbers(column: pa.Array, kind: type[np.int32 | np.int64]) -> npt.NDArray[np.int64] | npt.NDArray[np.int32]:
    whole = column.cast(pa.int32()) if pa.types.is_date32(column.type) else column
    whole = whole.cast(pa.int64()) if kind == np.int64 else whole.cast(pa.int32())
    found: npt.NDArray[np.int64] | npt.NDArray[np.int32] = pc.fill_null(whole, 0).to_numpy()
    return found


def _of_int(values: npt.NDArray[np.int64] | npt.NDArray[np.int32], seeds: Words) -> Words:
    return _finished(_mixed(seeds, values.view(np.uint32)), 4)


def _of_long(values: npt.NDArray[np.int64] | npt.NDArray[np.int32], seeds: Words) -> Words:
    bits = values.view(np.uint64)
    low, high = bits.astype(np.uint32), (bits >> np.uint64(32)).astype(np.uint32)
    return _finished(_mixed(_mixed(seeds, low), high), 8)


def _hash_unscaled(column: pa.Array, seeds: Words) -> Words:
    """Decimals of up to 18 digits by their digits as one number: the lower half of Arrow's 128 bits."""
    halves = np.frombuffer(column.buffers()[1], np.int64)[2 * column.offset : 2 * (column.offset + len(column)) : 2]
    return _of_long(np.ascontiguousarray(halves), seeds)


def _hash_floats(column: pa.Array, seeds: Words) -> Words:
    """Minus zero is zero, every NaN is Java's."""
    values = pc.fill_null(column, 0.0).to_numpy()
    values = np.where(np.isnan(values), values.dtype.type(np.nan), values) + values.dtype.type(0)
    return (
        _of_int(values.view(np.int32), seeds) if values.dtype == np.float32 else _of_long(values.view(np.int64), seeds)
    )


def _hash_bytes(column: pa.Array, seeds: Words) -> Words:
    """Word by word over all values at once, while any has one more."""
    data = (column if pa.types.is_binary(column.type) else column.cast(pa.string())).cast(pa.binary())
    offsets = np.frombuffer(data.buffers()[1], np.int32)[data.offset : data.offset + len(data) + 1].astype(np.int64)
    begins, lengths = offsets[:-1], np.diff(offsets)
    buffer = data.buffers()[2]
    content = np.frombuffer(buffer, np.uint8) if buffer is not None else np.empty(0, np.uint8)
    hashes = seeds.copy()
    words = lengths // _WORD
    for number in range(int(words.max(initial=0))):
        rows = np.flatnonzero(words > number)
        at = begins[rows] + number * _WORD
        parts = [content[at + place].astype(np.uint32) << np.uint32(8 * place) for place in range(_WORD)]
        hashes[rows] = _mixed(hashes[rows], parts[0] | parts[1] | parts[2] | parts[3])
    for place in range(_WORD - 1):
        rows = np.flatnonzero(lengths - words * _WORD > place)
        tail = content[begins[rows] + words[rows] * _WORD + place]
        hashes[rows] = _mixed(hashes[rows], tail.view(np.int8).astype(np.int32).view(np.uint32))
    return _finished(hashes, lengths.astype(np.uint32))


def _mixed(hashes: Words, words: Words) -> Words:
    scrambled = _rotated(words * np.uint32(0xCC9E2D51), 15) * np.uint32(0x1B873593)
    return _rotated(hashes ^ scrambled, 13) * np.uint32(5) + np.uint32(0xE6546B64)


def _finished(hashes: Words, lengths: Words | int) -> Words:
    hashes = hashes ^ np.uint32(lengths)
    hashes = (hashes ^ (hashes >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    hashes = (hashes ^ (hashes >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return hashes ^ (hashes >> np.uint32(16))


def _rotated(words: Words, bits: int) -> Words:
    return (words << np.uint32(bits)) | (words >> np.uint32(32 - bits))


_OTHERS: dict[Type, _Kernel] = {
    BOOLEAN: lambda column, seeds: _of_int(_numbers(column, np.int32), seeds),
    REAL: _hash_floats,
    DOUBLE: _hash_floats,
    VARBINARY: _hash_bytes,
}
