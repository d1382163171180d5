"""Hive's bucketing hash, version 1, over whole Arrow arrays.

As Hive's ObjectInspectorUtils computes it and Trino's HiveBucketing documents it: 32-bit arithmetic that wraps,
NULL is 0. Strings and lists are polynomials in 31. Where elements lie one after the other in one array, a segment's
polynomial is a difference of running sums: 31 is odd, so it has an inverse modulo 2**32.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.types.model import BIGINT, BOOLEAN, DATE, DOUBLE, INTEGER_BITS, REAL, Array, Map, Type, Varchar

if TYPE_CHECKING:
    import numpy.typing as npt

    Hashes = npt.NDArray[np.uint32]

_FACTOR = 31
_INVERSE = pow(_FACTOR, -1, 1 << 32)
_LONGEST_RUN = 1 << 20
"""How many bytes or elements share one running sum: the tables of powers are as long."""
_LARGEST_INTEGER = 0x7FFF_FFFF


def bucket_numbers(columns: Sequence[pa.Array], types: Sequence[Type], count: int) -> pa.Array:
    """The bucket of each row, as int32. Errors: NOT_SUPPORTED for types that nothing is bucketed by."""
    hashes = bucket_hashes(columns, types)
    return pa.array(((hashes & np.uint32(_LARGEST_INTEGER)) % np.uint32(count)).astype(np.int32))


def bucket_hashes(columns: Sequence[pa.Array], types: Sequence[Type]) -> Hashes:
    """The hash of each row over the bucketing columns, in their order."""
    total: Hashes = np.zeros(len(columns[0]), np.uint32)
    for column, type_ in zip(columns, types, strict=True):
        total = total * np.uint32(_FACTOR) + hash_column(column, type_)
    return total


def hash_column(column: pa.Array, type_: Type) -> Hashes:
    """The hash of each value. Errors: NOT_SUPPORTED."""
    kernel = _kernel(type_)
    if kernel is None:
        raise error("NOT_SUPPORTED", f"Bucketing by a column of type {type_} is not supported")
    hashes = kernel(column, type_)
    if column.null_count:
        hashes = np.where(column.is_valid().to_numpy(zero_copy_only=False), hashes, np.uint32(0))
    return hashes


def can_bucket(type_: Type) -> bool:
    """Whether there is a hash for values of the type."""
    match type_:
        case Array():
            return can_bucket(type_.element)
        case Map():
            return can_bucket(type_.key) and can_bucket(type_.value)
        case _:
            return _kernel(type_) is not None


_Kernel = Callable[[pa.Array, Type], "Hashes"]


def _kernel(type_: Type) -> _Kernel | None:
    match type_:
        case Varchar():
            return _hash_text
        case Array():
            return _hash_lists
        case Map():
            return _hash_maps
        case _ if type_ == BIGINT:
            return lambda column, _: _folded(_filled(column).to_numpy())
        case _ if type_ in INTEGER_BITS:
            return lambda column, _: _filled(column).to_numpy().astype(np.int32).view(np.uint32)
        case _ if type_ in (REAL, DOUBLE):
            return _hash_floats
    return _OTHERS.get(type_)


def _filled(column: pa.Array) -> pa.Array:
    return column.fill_null(0) if column.null_count else column


def _folded(values: npt.NDArray[np.int64]) -> Hashes:
    """The upper half of each number exclusive-or the lower one."""
    bits = values.view(np.uint64)
    return ((bits >> np.uint64(32)) ^ bits).astype(np.uint32)


def _hash_floats(column: pa.Array, _type: Type) -> Hashes:
    """The bits of the number; every NaN has those of Java's one."""
    values = _filled(column).to_numpy()
    values = np.where(np.isnan(values), values.dtype.type(np.nan), values)
    return values.view(np.uint32) if values.dtype == np.float32 else _folded(values.view(np.int64))


def _hash_text(column: pa.Array, type_: Type) -> Hashes:
    """Over the signed bytes of UTF-8. Hive's varchar begins with 1, its string with 0."""
    text = column.cast(pa.binary()) if pa.types.is_binary(column.type) else column.cast(pa.string())
    offsets = np.frombuffer(text.buffers()[1], np.int32)[text.offset : text.offset + len(text) + 1]
    data = text.buffers()[2]
    signed = np.frombuffer(data, np.int8) if data is not None else np.empty(0, np.int8)
    initial = 0 if isinstance(type_, Varchar) and type_.length is None else 1
    return _polynomials(signed, offsets, initial)


def _hash_lists(column: pa.Array, type_: Type) -> Hashes:
    assert isinstance(type_, Array)
    lists = column.cast(pa.list_(column.type.value_type))
    offsets = np.frombuffer(lists.buffers()[1], np.int32)[lists.offset : lists.offset + len(lists) + 1]
    return _polynomials(hash_column(lists.values, type_.element).view(np.int32), offsets, 0)


def _hash_maps(column: pa.Array, type_: Type) -> Hashes:
    """The sum over the entries, whatever their order."""
    assert isinstance(type_, Map)
    offsets = np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1]
    entries = hash_column(column.keys, type_.key) ^ hash_column(column.items, type_.value)
    running: Hashes = np.concatenate(([0], np.cumsum(entries, dtype=np.uint32))).astype(np.uint32)
    return running[offsets[1:]] - running[offsets[:-1]]


def _polynomials(
    digits: npt.NDArray[np.int8] | npt.NDArray[np.int32], offsets: npt.NDArray[np.int32], initial: int
) -> Hashes:
    """For each segment of the digits: ``initial * 31**n + d[0] * 31**(n-1) + ... + d[n-1]``."""
    hashes: Hashes = np.empty(len(offsets) - 1, np.uint32)
    start = 0
    while start < len(hashes):
        stop = max(int(np.searchsorted(offsets, offsets[start] + _LONGEST_RUN, "right")) - 1, start + 1)
        bounds = (offsets[start : stop + 1] - offsets[start]).astype(np.int64)
        run = digits[offsets[start] : offsets[stop]].astype(np.int32).view(np.uint32)
        hashes[start:stop] = _of_run(run, bounds, initial)
        start = stop
    return hashes


def _of_run(run: Hashes, bounds: npt.NDArray[np.int64], initial: int) -> Hashes:
    powers, inverses = _powers(int(bounds[-1]) + 1)
    running: Hashes = np.zeros(len(run) + 1, np.uint32)
    np.cumsum(run * inverses[: len(run)], dtype=np.uint32, out=running[1:])
    begins, ends = bounds[:-1], bounds[1:]
    # d[j] stands in the sum as d[j] / 31**j; times 31**(end - 1) it has the power that it should have.
    sums = (running[ends] - running[begins]) * powers[np.maximum(ends - 1, 0)]
    return sums + np.uint32(initial) * powers[ends - begins] if initial else sums


_tables: tuple[Hashes, Hashes] | None = None


def _powers(count: int) -> tuple[Hashes, Hashes]:
    """31 to the powers 0, 1, ... and their inverses, modulo 2**32. Made once, for the longest run or what is longer."""
    global _tables  # noqa: PLW0603  (a cache of constants)
    if _tables is None or len(_tables[0]) < count:
        length = max(count, _LONGEST_RUN + 1)
        _tables = _table(_FACTOR, length), _table(_INVERSE, length)
    return _tables


def _table(base: int, length: int) -> Hashes:
    """The powers by doubling: each half is the one before it times a constant."""
    table: Hashes = np.ones(length, np.uint32)
    known = 1
    while known < length:
        step = min(known, length - known)
        table[known : known + step] = table[:step] * np.uint32(pow(base, known, 1 << 32))
        known += step
    return table


_OTHERS: dict[Type, _Kernel] = {
    BOOLEAN: lambda column, _: pc.cast(pc.fill_null(column, fill_value=False), pa.uint32()).to_numpy(),
    DATE: lambda column, _: _filled(pc.cast(column, pa.int32())).to_numpy().view(np.uint32),
}
