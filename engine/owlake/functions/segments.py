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
        return _dense(_utc_of_day(array))
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


def _utc_of_day(array: pa.Array) -> Integers:
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
    members = order[_ranges(starts, counts[by_first])]
    return Distinct(first[by_first], counts[by_first], members)


def _ranges(starts: Integers, counts: Integers) -> Integers:
    """The numbers from each start on, as many as its count, behind each other."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total, dtype=np.int64) + np.repeat(starts - (ends - counts), counts)


def slices(segments: Segments, starts: Integers, ends: Integers) -> Segments:
    """Segments of the rows from each start to before each end: frames over the same rows."""
    counts = np.maximum(ends - starts, 0)
    taken = pa.array(_ranges(starts, counts))
    return Segments(offsets_from(counts), tuple(column.take(taken) for column in segments.columns))


# Order --------------------------------------------------------------------------------------------------

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
        matrix[inside] = values[_ranges(starts[rows], lengths[rows])]
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
        return [pa.array(_utc_of_day(array))]
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


# Kernels ------------------------------------------------------------------------------------------------

SegmentKernel = Callable[..., pa.Array]
"""Gives one value a segment; after the segments come the call's constants as ``pa.Scalar``."""
