"""Arrays as sets: NULL is like NULL, NaN like NaN."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.functions.array.family import FAMILY
from owlake.functions.lists import behind_each_other, columns, concatenated, count_of, elements_of, lists, maps
from owlake.functions.segments import Flags, Integers, Segments, codes_of, distinct, first_rows, valid_flags


@FAMILY.kernel("array_distinct(array(T:comparable)) -> array(T)")
def _array_distinct(array: Any) -> pa.Array:
    """The elements without those that came before."""
    (arrays,), nulls = columns(array)
    rows = elements_of(arrays)
    return lists(rows.taken(first_rows(rows)), nulls)


@FAMILY.kernel("array_histogram(array(T:comparable)) -> map(T,bigint)")
def _array_histogram(array: Any) -> pa.Array:
    """Each element that is not NULL with how often it comes."""
    (arrays,), nulls = columns(array)
    rows = elements_of(arrays).without_null()
    found = distinct(rows)
    values = rows.taken(found.first)
    return maps(values.with_columns(values.columns[0], pa.array(found.counts, pa.int64())), nulls)


class _Pair:
    """Two arrays a row, their elements numbered alike."""

    def __init__(self, left: pa.Array, right: pa.Array) -> None:
        self.left, self.right = elements_of(left), elements_of(right)
        codes, self._count = codes_of(concatenated([self.left.columns[0], self.right.columns[0]]))
        self._left, self._right = codes[: self.left.rows], codes[self.left.rows :]

    def left_in_right(self) -> Flags:
        """Which elements of the left arrays are in the right one of their row."""
        return self._in(self._keys(self.left, self._left), self._keys(self.right, self._right))

    def right_in_left(self) -> Flags:
        """Which elements of the right arrays are in the left one of their row."""
        return self._in(self._keys(self.right, self._right), self._keys(self.left, self._left))

    def _keys(self, rows: Segments, codes: Integers) -> Integers:
        keys: Integers = rows.owners * self._count + codes
        return keys

    def _in(self, wanted: Integers, known: Integers) -> Flags:
        size = len(self.left) * self._count
        if size > _ROOM_FOR_EACH * (len(wanted) + len(known)):
            return np.asarray(pc.is_in(pa.array(wanted), pa.array(known)))
        # Few different values: a place for each of them in each row costs less than hashing.
        there = np.zeros(size, np.bool_)
        there[known] = True
        found: Flags = there[wanted]
        return found


_ROOM_FOR_EACH = 64


@FAMILY.kernel("array_intersect(array(T:comparable), array(T)) -> array(T)")
def _array_intersect(left: Any, right: Any) -> pa.Array:
    """The elements that are in both arrays, each once, in the order of the longer one."""
    (lefts, rights), nulls = columns(left, right)
    pair = _Pair(lefts, rights)
    by_left = pair.left.lengths >= pair.right.lengths
    kept_left = pair.left_in_right() & by_left[pair.left.owners]
    kept_right = pair.right_in_left() & ~by_left[pair.right.owners]
    return lists(_distinct_of(pair, kept_left, kept_right), nulls)


@FAMILY.kernel("array_union(array(T:comparable), array(T)) -> array(T)")
def _array_union(left: Any, right: Any) -> pa.Array:
    """The elements of both arrays, each once."""
    (lefts, rights), nulls = columns(left, right)
    rows = behind_each_other([elements_of(lefts), elements_of(rights)])
    return lists(rows.taken(first_rows(rows)), nulls)


def _distinct_of(pair: _Pair, of_left: Flags, of_right: Flags) -> Segments:
    """The flagged elements of both arrays, left before right, without those that came before."""
    taken = [pair.left.taken(np.flatnonzero(of_left)), pair.right.taken(np.flatnonzero(of_right))]
    rows = behind_each_other(taken)
    return rows.taken(first_rows(rows))


@FAMILY.kernel("array_except(array(T:comparable), array(T)) -> array(T)")
def _array_except(left: Any, right: Any) -> pa.Array:
    """The elements of the first array that are not in the second, each once."""
    (lefts, rights), nulls = columns(left, right)
    pair = _Pair(lefts, rights)
    rows = pair.left.taken(np.flatnonzero(~pair.left_in_right()))
    # Nothing to take away leaves the array as it is, with what comes twice.
    kept = (pair.right.lengths == 0)[rows.owners]
    kept[first_rows(rows)] = True
    return lists(rows.taken(np.flatnonzero(kept)), nulls)


@FAMILY.kernel("arrays_overlap(array(T:comparable), array(T)) -> boolean")
def _arrays_overlap(left: Any, right: Any) -> pa.Array:
    """Whether the arrays have an element in common; NULL if not, but one of them has a NULL."""
    (lefts, rights), nulls = columns(left, right)
    pair = _Pair(lefts, rights)
    present = valid_flags(pair.left.columns[0])
    found = count_of(pair.left, pair.left_in_right() & present) > 0
    unknown = (count_of(pair.left, ~present) > 0) | (count_of(pair.right, ~valid_flags(pair.right.columns[0])) > 0)
    both = (pair.left.lengths > 0) & (pair.right.lengths > 0)
    unknown &= ~found & both
    return pa.array(found, mask=unknown if nulls is None else unknown | nulls)
