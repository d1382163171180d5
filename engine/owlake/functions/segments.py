"""Lists of rows as segments: what aggregates that DataFusion lacks compute over.

Such an aggregate collects the rows of each group natively (``array_agg``), and a kernel finishes all groups of a
batch at once: the rows of one group behind those of the other, ``offsets`` saying where each begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from owlake.types.arrow import TIME_WITH_TIME_ZONE, TIMESTAMP_WITH_ANY_ZONE

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Segments:
    """Rows in segments.

    Attributes:
        offsets: Where each segment begins in the columns, and behind the last its end.
        columns: Arrays of the same length.
    """

    offsets: Integers
    columns: tuple[pa.Array, ...]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @cached_property
    def lengths(self) -> Integers:
        """The number of rows of each segment."""
        return np.diff(self.offsets)

    @cached_property
    def owners(self) -> Integers:
        """The segment of each row."""
        return np.repeat(np.arange(len(self), dtype=np.int64), self.lengths)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return int(self.offsets[-1])

    def taken(self, indices: Integers) -> Segments:
        """These rows, which must stand segment by segment."""
        return Segments(self.offsets_of(indices), tuple(column.take(pa.array(indices)) for column in self.columns))

    def offsets_of(self, indices: Integers) -> Integers:
        """The offsets of some of the rows, given segment by segment."""
        counts = np.bincount(self.owners[indices], minlength=len(self))
        return offsets_from(counts)

    def without_null(self, index: int = 0) -> Segments:
        """The rows where a column is not NULL."""
        column = self.columns[index]
        if column.null_count == 0:
            return self
        return self.taken(np.flatnonzero(valid_flags(column)))

    def with_columns(self, *columns: pa.Array) -> Segments:
        """Other columns over the same rows."""
        return replace(self, columns=columns)


def offsets_from(counts: npt.NDArray[Any]) -> Integers:
    """Offsets of segments of these lengths."""
    offsets = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets


def segments_of(lists: pa.Array) -> Segments:
    """The lists' elements as a column, or as one for each field where they are structs; NULL lists are empty."""
    counts = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    values = lists.flatten()
    columns = tuple(values.flatten()) if pa.types.is_struct(values.type) else (values,)
    return Segments(offsets_from(counts), columns)


def pieces(lists: pa.Array, most: int) -> Iterator[tuple[int, int]]:
    """Runs of lists that have about so many elements together: where each begins, and how many lists it has."""
    ends = np.cumsum(np.asarray(pc.fill_null(pc.list_value_length(lists), 0), np.int64))
    starts = np.append(0, np.flatnonzero(np.diff(ends // most)) + 1).tolist()
    yield from ((start, end - start) for start, end in pairwise([*starts, len(lists)]))


def valid_flags(array: pa.Array) -> Flags:
    """Which values are not NULL."""
    flags: Flags = array.is_valid().to_numpy(zero_copy_only=False)
    return flags


def filled(numbers: pa.Array) -> pa.Array:
    """Numbers with 0 for NULL; to be asked where there is none costs a copy."""
    return numbers.fill_null(0) if numbers.null_count else numbers


# Results ------------------------------------------------------------------------------------------------


def list_array(segments_offsets: Integers, values: pa.Array, absent: Flags | None = None) -> pa.Array:
    """Lists of the values between the offsets; NULL where ``absent``."""
    mask = pa.array(absent) if absent is not None and absent.any() else None
    return pa.ListArray.from_arrays(pa.array(segments_offsets.astype(np.int32)), values, mask=mask)


def map_array(offsets: Integers, keys: pa.Array, items: pa.Array, *, absent: Flags | None = None) -> pa.Array:
    """Maps of the entries between the offsets; NULL where ``absent``."""
    mask = pa.array(absent) if absent is not None and absent.any() else None
    return pa.MapArray.from_arrays(pa.array(offsets.astype(np.int32)), keys, items, mask=mask)


# Equality -----------------------------------------------------------------------------------------------


def codes_of(array: pa.Array) -> tuple[Integers, int]:
    """A number for each value, the same for equal ones (NULL is one, NaN is one), and how many numbers there may be.

    Zoned times are equal by their instant, floats as numbers: zeros of either sign are one.
    """
    codes, count = _codes_without_null(array)
    if array.null_count:
        codes = np.where(valid_flags(array), codes, count)
        count += 1
    return codes, count


def _codes_without_null(array: pa.Array) -> tuple[Integers, int]:
    type_ = array.type
    if len(array) == 0:
        return np.zeros(0, np.int64), 1
    if type_ == TIMESTAMP_WITH_ANY_ZONE:
        return _codes_without_null(array.field("instant"))
    if type_ == TIME_WITH_TIME_ZONE:
        return _dense(utc_of_day(array))
    if pa.types.is_struct(type_):
        return _combined([codes_of(column) for column in array.flatten()], len(array))
    if pa.types.is_map(type_):
        return _map_codes(array)
    if pa.types.is_list(type_):
        return _list_codes(array, codes_of(array.flatten())[0])
    bits = _bits(array)
    if bits is not None:
        return _dense(bits)
    encoded = array.dictionary_encode()
    return pc.fill_null(encoded.indices, 0).to_numpy().astype(np.int64), max(1, len(encoded.dictionary))


def _bits(array: pa.Array) -> Integers | None:
    """Fixed-width values as integers that are equal exactly where the values are; None for other types."""
    type_ = array.type
    if pa.types.is_null(type_):
        return np.zeros(len(array), np.int64)
    if pa.types.is_boolean(type_):
        return pc.fill_null(array, False).to_numpy(zero_copy_only=False).astype(np.int64)
    if pa.types.is_floating(type_):
        values = filled(array).to_numpy() + 0.0
        values = np.where(np.isnan(values), np.nan, values)
        return values.view(np.int64 if values.itemsize == 8 else np.int32).astype(np.int64)
    if pa.types.is_integer(type_):
        return filled(array).to_numpy().astype(np.int64)
    if pa.types.is_temporal(type_):
        return _bits(array.view(pa.int64() if type_.bit_width == 64 else pa.int32()))
    return None


def utc_of_day(array: pa.Array) -> Integers:
    """Times with a zone as microseconds of the day in UTC."""
    time = filled(array.field("time").view(pa.int64())).to_numpy()
    offset = filled(array.field("offset")).to_numpy().astype(np.int64)
    utc: Integers = (time - offset * 60_000_000) % 86_400_000_000
    return utc


def _dense(values: Integers) -> tuple[Integers, int]:
    """Codes from zero on; in the order of the values."""
    low = int(values.min(initial=0))
    width = int(values.max(initial=0)) - low + 1
    if width <= 4 * len(values) + 1000:
        return values - low, width
    order = np.argsort(values)
    ranks = np.empty(len(values), np.int64)
    ordered = values[order]
    ranks[order] = np.concatenate(([0], np.cumsum(ordered[1:] != ordered[:-1])))
    return ranks, len(values)


def _combined(parts: Sequence[tuple[Integers, int]], rows: int) -> tuple[Integers, int]:
    codes, count = np.zeros(rows, np.int64), 1
    for more, size in parts:
        if count * size > 2**62:
            codes, count = _dense(codes)
        codes, count = codes * size + more, count * size
    return _dense(codes)


def _list_codes(array: pa.Array, elements: Integers) -> tuple[Integers, int]:
    """Lists are equal where the bytes of their elements' codes are."""
    counts = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
    offsets = (offsets_from(counts) * 8).astype(np.int64)
    packed = pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), len(array), [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(elements))]
    )
    encoded = packed.dictionary_encode()
    return encoded.indices.to_numpy().astype(np.int64), max(1, len(encoded.dictionary))


def _map_codes(array: pa.Array) -> tuple[Integers, int]:
    """Maps are equal where their entries are, in whatever order."""
    counts = pc.fill_null(pc.list_value_length(array.cast(_as_list(array.type))), 0).to_numpy(zero_copy_only=False)
    entries = array.cast(_as_list(array.type)).flatten()
    codes = _combined([codes_of(column) for column in entries.flatten()], len(entries))[0]
    owners = np.repeat(np.arange(len(array)), counts)
    return _list_codes(array.cast(_as_list(array.type)), codes[np.lexsort((codes, owners))])


def _as_list(type_: pa.MapType) -> pa.DataType:
    return pa.list_(pa.struct([("key", type_.key_type), ("value", type_.item_type)]))


@dataclass(frozen=True, slots=True)
class Distinct:
    """The different values of each segment, in the order of their first row.

    Attributes:
        first: The first row of each value.
        counts: How many rows have it.
        members: All rows, those of one value together, in the order of ``first``.
    """

    first: Integers
    counts: Integers
    members: Integers


def first_rows(segments: Segments, columns: Sequence[int] = (0,)) -> Integers:
    """The rows whose values, taken together, come for the first time in their segment."""
    packed, size = _packed(segments, columns)
    if size <= _ROOM_FOR_EACH * segments.rows:
        # Few different values: a place for each of them in each segment costs less than hashing.
        rows = np.arange(segments.rows, dtype=np.int64)
        first = np.empty(size, np.int64)
        first[packed[::-1]] = rows[::-1]
        return np.flatnonzero(first[packed] == rows)
    seen = np.asarray(pa.array(packed).dictionary_encode().indices)
    # A value that is new gets the next number, and all others one that was there.
    news = np.ones(len(seen), np.bool_)
    news[1:] = seen[1:] > np.maximum.accumulate(seen)[:-1]
    return np.flatnonzero(news)


_ROOM_FOR_EACH = 64


def _packed(segments: Segments, columns: Sequence[int]) -> tuple[Integers, int]:
    """A number for each row, the same for the same values in the same segment, and how many there may be."""
    codes, count = _combined([codes_of(segments.columns[index]) for index in columns], segments.rows)
    if count * max(1, len(segments)) > 2**62:
        codes, count = _dense(codes)
    packed: Integers = segments.owners * count + codes
    return packed, len(segments) * count


def distinct(segments: Segments, columns: Sequence[int] = (0,)) -> Distinct:
    """The different values of the columns, taken together, in each segment."""
    packed, _ = _packed(segments, columns)
    order = np.argsort(packed, kind="stable")
    ordered = packed[order]
    begins = np.flatnonzero(np.concatenate((np.ones(min(1, len(ordered)), bool), ordered[1:] != ordered[:-1])))
    counts = np.diff(np.append(begins, len(ordered)))
    first = order[begins]
    by_first = np.argsort(first)
    starts = begins[by_first]
    members = order[ranges(starts, counts[by_first])]
    return Distinct(first[by_first], counts[by_first], members)


def ranges(starts: Integers, counts: Integers) -> Integers:
    """The numbers from each start on, as many as its count, behind each other."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total, dtype=np.int64) + np.repeat(starts - (ends - counts), counts)


def slices(segments: Segments, starts: Integers, ends: Integers) -> Segments:
    """Segments of the rows from each start to before each end: frames over the same rows."""
    counts = np.maximum(ends - starts, 0)
    taken = pa.array(ranges(starts, counts))
    return Segments(offsets_from(counts), tuple(column.take(taken) for column in segments.columns))


# Kernels ------------------------------------------------------------------------------------------------

SegmentKernel = Callable[..., pa.Array]
"""Gives one value a segment; after the segments come the call's constants as ``pa.Scalar``."""
