"""Sorted arrays: by the order of their type, or by a comparator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.array.family import FAMILY
from owlake.functions.lists import columns, elements_of, lists, positions
from owlake.functions.registry import CallSite
from owlake.functions.segment_order import order_of
from owlake.functions.segments import Flags, Integers, Segments
from owlake.types.model import BOOLEAN, DATE, Array, Decimal, Timestamp, Varchar, is_integer

if TYPE_CHECKING:
    from owlake.planning.udfs import LambdaFunction


@FAMILY.sql("array_sort(array(T:orderable)) -> array(T)")
def _array_sort(site: CallSite) -> str:
    """The elements from the least to the greatest, NULLs last."""
    assert isinstance(site.type, Array)
    element = site.type.element
    if is_integer(element) or isinstance(element, Varchar | Decimal | Timestamp) or element in (DATE, BOOLEAN):
        return f"array_sort({site.sql(0)}, 'ASC', 'NULLS LAST')"
    # Zeros of either sign are equal, and so are moments in different zones.
    return site.kernel(_sorted_arrays, site.arguments, site.type)


def _sorted_arrays(array: Any) -> pa.Array:
    (arrays,), nulls = columns(array)
    rows = elements_of(arrays)
    order = order_of(rows, [(rows.columns[0], (True, False))])
    return lists(rows.with_columns(rows.columns[0].take(pa.array(order))), nulls)


@FAMILY.kernel("array_sort(array(T), function(T,T,bigint)) -> array(T)", raises=True)
def _array_sort_by(array: Any, comparator: LambdaFunction) -> pa.Array:
    """The elements in the order of a comparator, which gives -1, 0 or 1; it sees NULLs too."""
    (arrays,), nulls = columns(array)
    rows = elements_of(arrays)
    order = _sorted(rows, comparator)
    return lists(rows.with_columns(rows.columns[0].take(pa.array(order))), nulls)


def _sorted(rows: Segments, comparator: LambdaFunction) -> Integers:
    """The elements' order, segment by segment; equal ones keep theirs.

    A sorting network compares the same places whatever the values are, so that one step of it is one question for
    the elements of all segments.
    """
    elements = rows.columns[0]
    order = np.arange(rows.rows, dtype=np.int64)
    places = positions(rows)
    sizes = rows.lengths[rows.owners]
    for low, high in _network(int(rows.lengths.max(initial=0))):
        first = np.flatnonzero(low[places] & (places + high < sizes))
        if not len(first):
            continue
        second = first + high
        swap = _after(elements, order[first], order[second], rows.owners[first], comparator)
        order[first[swap]], order[second[swap]] = order[second[swap]], order[first[swap]]
    return order


def _network(size: int) -> Iterator[tuple[Flags, int]]:
    """The steps of Batcher's odd-even merge sort: which places are compared, and with the one how far behind."""
    everywhere = np.arange(size)
    run = 1
    while run < size:
        distance = run
        while distance >= 1:
            offset = distance % run
            steps = everywhere - offset
            compared = (steps >= 0) & (steps // distance % 2 == 0)
            compared &= everywhere // (2 * run) == (everywhere + distance) // (2 * run)
            yield compared, distance
            distance //= 2
        run *= 2


_NO_ANSWER = 2


def _after(elements: pa.Array, one: Integers, other: Integers, owners: Integers, comparator: LambdaFunction) -> Flags:
    """Where the first of two elements belongs behind the second.

    The later one is the comparator's first argument, as Java's sort has it: it shows where the comparator fails.
    """
    found = comparator(owners, elements.take(pa.array(other)), elements.take(pa.array(one)))
    answers = np.asarray(found.fill_null(_NO_ANSWER))
    if len(answers) and (answers.min() < -1 or answers.max() > 1):
        raise error("INVALID_FUNCTION_ARGUMENT", "Lambda comparator must return either -1, 0, or 1")
    behind: Flags = (answers < 0) | ((answers == 0) & (one > other))
    return behind
