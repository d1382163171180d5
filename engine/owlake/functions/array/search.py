"""What is in an array, and where; the least and the greatest element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.array.family import FAMILY
from owlake.functions.equality import UNKNOWN, YES, Answers, equal, order
from owlake.functions.lists import columns, concatenated, count_of, elements_of, lists, positions
from owlake.functions.segments import Flags, Integers, Segments, codes_of, valid_flags


def _compared(name: str, arrays: pa.Array, wanted: pa.Array, element: Any = None) -> tuple[Segments, Answers]:
    """The elements and whether each is the one that its row wants, ``element`` if that is one for all.

    Errors: NOT_SUPPORTED where the answer hangs on a NULL inside an element.
    """
    rows = elements_of(arrays)
    elements = rows.columns[0]
    if isinstance(element, pa.Scalar) and element.is_valid and not pa.types.is_nested(element.type):
        # One element for all rows is not spread over them.
        return rows, np.asarray(pc.equal(elements, element).fill_null(False)) * np.int8(YES)
    answers = equal(elements, wanted.take(pa.array(rows.owners)))
    present = valid_flags(elements) & valid_flags(wanted)[rows.owners]
    if ((answers == UNKNOWN) & present).any():
        text = f"{name} does not support arrays with elements that are null or contain null"
        raise error("NOT_SUPPORTED", text)
    return rows, answers


@FAMILY.kernel("contains(array(T:comparable), T) -> boolean", raises_inside=True)
def _contains(array: Any, element: Any) -> pa.Array:
    """Whether an element is in the array; NULL if not, but a NULL is."""
    (arrays, wanted), nulls = columns(array, element)
    rows, answers = _compared("contains", arrays, wanted, element)
    found = count_of(rows, answers == YES) > 0
    unknown = ~found & (count_of(rows, ~valid_flags(rows.columns[0])) > 0)
    return pa.array(found, mask=unknown if nulls is None else unknown | nulls)


@FAMILY.kernel("array_position(array(T:comparable), T) -> bigint", raises_inside=True)
def _array_position(array: Any, element: Any) -> pa.Array:
    """The place of the first element that equals the one told; 0 for none."""
    (arrays, wanted), nulls = columns(array, element)
    rows, answers = _compared("array_position", arrays, wanted, element)
    hits = np.flatnonzero(answers == YES)
    owners, first = np.unique(rows.owners[hits], return_index=True)
    found = np.zeros(len(rows), np.int64)
    found[owners] = hits[first] - rows.offsets[owners] + 1
    return pa.array(found, mask=nulls)


@FAMILY.kernel("array_remove(array(T:comparable), T) -> array(T)", raises_inside=True)
def _array_remove(array: Any, element: Any) -> pa.Array:
    """The array without the elements that equal the one told."""
    (arrays, wanted), nulls = columns(array, element)
    rows, answers = _compared("array_remove", arrays, wanted, element)
    return lists(rows.taken(np.flatnonzero(answers != YES)), nulls)


@FAMILY.kernel("contains_sequence(array(T:comparable), array(T)) -> boolean")
def _contains_sequence(array: Any, sequence: Any) -> pa.Array:
    """Whether the second array stands in the first as it is; NULL elements are like each other."""
    (arrays, sequences), nulls = columns(array, sequence)
    rows, sought = elements_of(arrays), elements_of(sequences)
    codes, _ = codes_of(concatenated([rows.columns[0], sought.columns[0]]))
    here, there = codes[: rows.rows], codes[rows.rows :]
    counts = np.where(sought.lengths > 0, np.maximum(rows.lengths - sought.lengths + 1, 0), 0)
    owners = np.repeat(np.arange(len(rows)), counts)
    starts = positions(Segments(np.append(0, np.cumsum(counts)), ())) + rows.offsets[owners]
    for place in range(int(sought.lengths.max(initial=0))):
        if not len(owners):
            break
        inside = place < sought.lengths[owners]
        wanted = there[np.where(inside, sought.offsets[owners] + place, 0)]
        fits = ~inside | (here[np.where(inside, starts + place, 0)] == wanted)
        owners, starts = owners[fits], starts[fits]
    found = sought.lengths == 0
    found[owners] = True
    return pa.array(found, mask=nulls)


# Extremes -----------------------------------------------------------------------------------------------


@FAMILY.kernel("array_max(array(T:orderable)) -> T", raises_inside=True)
def _array_max(array: Any) -> pa.Array:
    """The greatest element; NULL if one is NULL. NaN counts only where there is nothing else."""
    return _extreme(array, np.fmax, lambda one, other: order(one, other, nan=-1) >= 0)


@FAMILY.kernel("array_min(array(T:orderable)) -> T", raises_inside=True)
def _array_min(array: Any) -> pa.Array:
    """The least element; NULL if one is NULL. NaN counts only where there is nothing else."""
    return _extreme(array, np.fmin, lambda one, other: order(one, other) <= 0)


def _extreme(array: Any, better: np.ufunc, wins: Callable[[pa.Array, pa.Array], Flags]) -> pa.Array:
    (arrays,), nulls = columns(array)
    rows = elements_of(arrays)
    elements = rows.columns[0]
    none = (rows.lengths == 0) | (count_of(rows, ~valid_flags(elements)) > 0)
    missing = none if nulls is None else none | nulls
    kept = np.flatnonzero(~missing)
    numbers = _numbers(elements)
    if numbers is not None:
        found = np.zeros(len(rows), numbers.dtype)
        # Rows without elements take no room between the others.
        inside = np.flatnonzero(rows.lengths > 0)
        if len(inside):
            found[inside] = better.reduceat(numbers, rows.offsets[:-1][inside])
        return pa.array(found, mask=missing).view(elements.type)
    winners = np.zeros(len(rows), np.int64)
    winners[kept] = _winners(elements, rows.offsets[kept], rows.lengths[kept], wins)
    return elements.take(pa.array(winners, mask=missing))


def _numbers(elements: pa.Array) -> Any:
    """Elements of fixed width as numbers in their order, 0 for NULL; None for other types."""
    type_ = elements.type
    if pa.types.is_floating(type_) or pa.types.is_integer(type_):
        return np.asarray(elements.fill_null(0))
    if pa.types.is_temporal(type_):
        return np.asarray(elements.view(pa.int64() if type_.bit_width == 64 else pa.int32()).fill_null(0))
    return None


def _winners(
    elements: pa.Array, starts: Integers, counts: Integers, wins: Callable[[pa.Array, pa.Array], Flags]
) -> Integers:
    """The row of each segment's winner: pairs of neighbours play, of all segments at once, until one is left."""
    rows = Segments(np.append(0, np.cumsum(counts)), ())
    current = positions(rows) + starts[rows.owners]
    while rows.rows > len(rows):
        places = positions(rows)
        plays = (places % 2 == 0) & (places + 1 < rows.lengths[rows.owners])
        first = np.flatnonzero(plays)
        one, other = current[first], current[first + 1]
        won = wins(elements.take(pa.array(one)), elements.take(pa.array(other)))
        current[first] = np.where(won, one, other)
        left = places % 2 == 0
        rows = Segments(np.append(0, np.cumsum((rows.lengths + 1) // 2)), ())
        current = current[left]
    return current
