"""Window functions as DataFusion does not have them.

Frames whose bounds differ from row to row, or whose offsets are of another type than the sort key; IGNORE NULLS in a
frame; offsets of LAG, LEAD and NTH_VALUE that are no constants.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.segments import Flags, Integers, Segments, codes_of, list_array, offsets_from, valid_flags
from owlake.operators.aggregates import Aggregate, RowsOfMatches, aggregated
from owlake.operators.rows import Order, looked_up, ordered, structs

_ROWS_AT_ONCE = 4_000_000
"""How many rows of frames are laid out at a time."""


@dataclass(frozen=True, slots=True)
class Bound:
    """An end of a frame: UNBOUNDED PRECEDING, PRECEDING, CURRENT ROW, FOLLOWING or UNBOUNDED FOLLOWING.

    ``offset`` is the column with the number of rows or groups. A bound of RANGE has the column of the outermost key
    that is in the frame, in ``value``, and the keys to compare it with in ``keys``.
    """

    kind: str
    offset: int | None = None
    value: int | None = None
    keys: int | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """The value of a column at a place of the frame, from its first row or its last.

    ``place`` is counted from 0; ``place_column`` instead has each row's, counted from 1.
    """

    column: int
    place: int
    place_column: int | None
    from_last: bool
    nulls: bool
    where: int | None


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The value of a column so many rows away (``offset`` a column) in the partition, else that of ``default``."""

    column: int
    offset: int
    ahead: bool
    default: int | None
    nulls: bool


@dataclass(frozen=True, slots=True)
class FramedCall:
    """A function over a frame."""

    unit: str
    start: Bound
    end: Bound
    ascending: bool
    function: Value | Neighbour | Aggregate


def framer(order: Order, passed: Sequence[int], calls: Sequence[FramedCall]) -> Callable[[pa.Array], pa.Array]:
    """The kernel: from lists of collected rows to lists of the same rows with the calls' values behind."""

    def frame(lists: pa.Array) -> pa.Array:
        rows = ordered(lists, order)
        frames = _Frames(rows, order)
        columns = [rows.columns[index] for index in passed]
        columns.extend(frames.called(call) for call in calls)
        return list_array(rows.offsets, structs(columns, rows.rows))

    return frame


# Bounds -------------------------------------------------------------------------------------------------


class _Frames:
    """The frames of all rows: the first row and the one behind the last."""

    def __init__(self, rows: Segments, order: Order) -> None:
        self._rows = rows
        self._order = order
        self._here = np.arange(rows.rows, dtype=np.int64)
        self._begins = np.repeat(rows.offsets[:-1], rows.lengths)
        self._ends = np.repeat(rows.offsets[1:], rows.lengths)

    def called(self, call: FramedCall) -> pa.Array:
        """The function's value for every row."""
        if isinstance(call.function, Neighbour):
            return self._neighbour(call.function)
        return _called(self._rows, call.function, *self._bounds(call))

    def _neighbour(self, function: Neighbour) -> pa.Array:
        column, offsets = self._rows.columns[function.column], self._rows.columns[function.offset]
        if offsets.null_count:
            raise error("INVALID_FUNCTION_ARGUMENT", "Offset must not be null")
        steps = np.asarray(offsets).astype(np.int64)
        if len(steps) and steps.min() < 0:
            raise error("INVALID_FUNCTION_ARGUMENT", "Offset must be at least 0")
        steps = np.minimum(steps, self._rows.rows)
        if function.nulls:
            found = self._here + steps if function.ahead else self._here - steps
        else:
            found = self._among_values(column, steps, ahead=function.ahead)
        there = (found >= self._begins) & (found < self._ends)
        values = looked_up(column, np.where(there, found, -1))
        if function.default is None:
            return values
        return pc.if_else(pa.array(there), values, self._rows.columns[function.default])

    def _among_values(self, column: pa.Array, steps: Integers, *, ahead: bool) -> Integers:
        """The rows so many values that are not NULL away; the row itself for no step."""
        counts = valid_flags(column)
        before = offsets_from(counts)
        places = np.append(np.flatnonzero(counts), self._rows.rows)
        index = before[self._here + 1] + steps - 1 if ahead else before[self._here] - steps
        found = places[np.clip(index, 0, len(places) - 1)]
        among: Integers = np.where(steps == 0, self._here, np.where(index < 0, -1, found))
        return among

    def _bounds(self, call: FramedCall) -> tuple[Integers, Integers]:
        start = self._bound(call, call.start, at_start=True)
        end = self._bound(call, call.end, at_start=False)
        return start, np.maximum(start, end)

    def _bound(self, call: FramedCall, bound: Bound, *, at_start: bool) -> Integers:
        if bound.kind == "UNBOUNDED PRECEDING":
            return self._begins
        if bound.kind == "UNBOUNDED FOLLOWING":
            return self._ends
        if bound.kind == "CURRENT ROW":
            if call.unit == "ROWS":
                return self._here if at_start else self._here + 1
            firsts, lasts = self._peers()
            return firsts if at_start else lasts
        if call.unit == "RANGE":
            return self._in_range(call, bound, at_start=at_start)
        offsets = _offsets(self._rows.columns[_column(bound.offset)])
        step = -offsets if bound.kind == "PRECEDING" else offsets
        if call.unit == "ROWS":
            found = self._here + step + (0 if at_start else 1)
            inside: Integers = np.clip(found, self._begins, self._ends)
            return inside
        return self._group(step, at_start=at_start)

    def _peers(self) -> tuple[Integers, Integers]:
        """The first row of each row's peers, and the one behind the last."""
        group, firsts = self._groups()
        return firsts[group], np.append(firsts[1:], self._rows.rows)[group]

    def _groups(self) -> tuple[Integers, Integers]:
        """Each row's group of peers, counted through all partitions, and the first row of each group."""
        begins = np.zeros(self._rows.rows, bool)
        begins[self._rows.offsets[:-1][self._rows.lengths > 0]] = True
        for index, _, _ in self._order:
            codes, _ = codes_of(self._rows.columns[index])
            begins[1:] |= codes[1:] != codes[:-1]
        return np.cumsum(begins) - 1, np.flatnonzero(begins)

    def _group(self, step: Integers, *, at_start: bool) -> Integers:
        """Bounds so many groups of peers away."""
        group, firsts = self._groups()
        first_of_partition = group[np.minimum(self._begins, max(self._rows.rows - 1, 0))]
        last_of_partition = group[self._ends - 1]
        wanted = group + step + (0 if at_start else 1)
        edges = np.append(firsts, self._rows.rows)
        found = edges[np.clip(wanted, first_of_partition, last_of_partition + 1)]
        bounds: Integers = np.where(wanted <= first_of_partition, self._begins, np.minimum(found, self._ends))
        return bounds

    def _in_range(self, call: FramedCall, bound: Bound, *, at_start: bool) -> Integers:
        """Where the keys from a value on begin, or those up to one end; for a NULL key its peers."""
        _check_offsets(self._rows.columns[_column(bound.offset)], self._rows.columns[_column(bound.keys)])
        keys, values = self._rows.columns[_column(bound.keys)], self._rows.columns[_column(bound.value)]
        there = valid_flags(keys)
        ranks = _ranks(pa.concat_arrays([keys, values]), ascending=call.ascending)
        count = len(keys)
        width = int(ranks.max(initial=0)) + 1
        rows = np.flatnonzero(there)
        owners = self._rows.owners
        sorted_keys = owners[rows] * width + ranks[:count][rows]
        wanted = owners * width + ranks[count:]
        place = np.searchsorted(sorted_keys, wanted, side="left" if at_start else "right")
        firsts = np.searchsorted(sorted_keys, owners * width, side="left")
        lasts = np.searchsorted(sorted_keys, (owners + 1) * width, side="left")
        # Keys that are not NULL stand together in each partition.
        counts = np.bincount(owners[rows], minlength=len(self._rows)) if len(rows) else np.zeros(len(self._rows), int)
        first_rows = np.zeros(len(self._rows), np.int64)
        filled = counts > 0
        first_rows[filled] = rows[offsets_from(counts)[:-1][filled]]
        found = first_rows[owners] + np.clip(place, firsts, lasts) - firsts
        peers = self._peers()
        return np.where(there, found, peers[0] if at_start else peers[1])


def _column(index: int | None) -> int:
    assert index is not None
    return index


_REFUSED = "Window frame offset value must not be negative or null"


def _offsets(column: pa.Array) -> Integers:
    if column.null_count or (len(column) and pc.min(column).as_py() < 0):
        raise error("INVALID_WINDOW_FRAME", _REFUSED)
    found: Integers = np.asarray(column).astype(np.int64)
    return np.minimum(found, 2**62)


def _check_offsets(column: pa.Array, keys: pa.Array) -> None:
    """Offsets of RANGE; that of a NULL key does not matter."""
    asked = column.filter(keys.is_valid())
    if not len(asked):
        return
    numbers = asked.cast(pa.int64()) if pa.types.is_duration(asked.type) else asked
    least = pc.min(numbers).as_py()
    if asked.null_count or least is None or least < 0:
        raise error("INVALID_WINDOW_FRAME", _REFUSED)


def _ranks(values: pa.Array, *, ascending: bool) -> Integers:
    """Numbers in the order of the values, equal for equal ones; those of NULLs mean nothing."""
    order = pc.array_sort_indices(values).to_numpy().astype(np.int64)
    ordered_values = values.take(pa.array(order))
    changed = np.asarray(pc.not_equal(ordered_values[1:], ordered_values[:-1]).fill_null(True))
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.concatenate((np.zeros(min(1, len(order))), np.cumsum(changed)))
    return ranks if ascending else ranks.max(initial=0) - ranks


# Functions ----------------------------------------------------------------------------------------------


def _called(rows: Segments, function: Value | Aggregate, starts: Integers, ends: Integers) -> pa.Array:
    if isinstance(function, Value):
        return _value(rows, function, starts, ends)
    edges = _chunks(ends - starts)
    parts = [_aggregate(rows, function, starts[one:other], ends[one:other]) for one, other in edges]
    return pa.concat_arrays(parts) if parts else pa.nulls(0, function.type)


def _chunks(lengths: Integers) -> list[tuple[int, int]]:
    """Ranges of rows whose frames together are not too long."""
    if not len(lengths):
        return []
    parts = np.cumsum(lengths) // _ROWS_AT_ONCE
    begins = np.flatnonzero(np.concatenate(([True], parts[1:] != parts[:-1])))
    return list(zip(begins.tolist(), [*begins[1:].tolist(), len(lengths)], strict=True))


def _aggregate(rows: Segments, aggregate: Aggregate, starts: Integers, ends: Integers) -> pa.Array:
    lengths = ends - starts
    offsets = offsets_from(lengths)
    places = np.arange(int(offsets[-1]), dtype=np.int64) + np.repeat(starts - offsets[:-1], lengths)
    nothing = np.zeros(len(places), np.int64)
    return aggregated(aggregate, rows.columns, RowsOfMatches(offsets, places, pa.nulls(len(places)), nothing), ())


def _value(rows: Segments, value: Value, starts: Integers, ends: Integers) -> pa.Array:
    """By counting the rows that count before each frame's bounds."""
    column = rows.columns[value.column]
    place = np.int64(value.place) if value.place_column is None else _places(rows.columns[value.place_column])
    conditions: list[Flags] = []
    if not value.nulls:
        conditions.append(valid_flags(column))
    if value.where is not None:
        conditions.append(np.asarray(rows.columns[value.where].fill_null(False)))
    if not conditions:
        found = ends - 1 - place if value.from_last else starts + place
        return looked_up(column, np.where((found >= starts) & (found < ends), found, -1))
    counts = reduce(np.logical_and, conditions)
    before = offsets_from(counts)
    first, behind = before[starts], before[ends]
    index = behind - 1 - place if value.from_last else first + place
    there = (index >= first) & (index < behind)
    kept = np.flatnonzero(counts)
    places = kept[np.where(there, index, 0)] if len(kept) else np.zeros(len(index), np.int64)
    return looked_up(column, np.where(there, places, -1))


def _places(column: pa.Array) -> Integers:
    """Places from 0; for NULL one that no frame has."""
    found: Integers = np.asarray(column.fill_null(2**62)).astype(np.int64)
    if len(found) and found.min() < 1:
        raise error("INVALID_FUNCTION_ARGUMENT", "Offset must be at least 1")
    return found - 1
