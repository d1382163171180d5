"""Arrays of numbers that follow each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.array.family import FAMILY
from owlake.functions.lists import columns, lists, positions
from owlake.functions.segments import Integers, Segments, offsets_from

MOST_ENTRIES = 10_000


def _problem(text: str) -> Exception:
    return error("INVALID_FUNCTION_ARGUMENT", text)


@FAMILY.kernel(
    "sequence(bigint, bigint) -> array(bigint)",
    "sequence(bigint, bigint, bigint) -> array(bigint)",
    raises=True,
)
def _sequence(start: Any, stop: Any, step: Any = None) -> pa.Array:
    """The numbers from the first to the last one told, by a step or by one."""
    arguments, nulls = columns(start, stop) if step is None else columns(start, stop, step)
    given = [np.asarray(column.fill_null(0), np.int64) for column in arguments]
    first, last = (given[0], given[1]) if nulls is None else (np.where(nulls, 0, one) for one in given[:2])
    steps = np.where(last >= first, 1, -1) if step is None else given[2]
    if nulls is not None:
        steps = np.where(nulls, 1, steps)
    counts = lengths(first, last, steps)
    rows = Segments(offsets_from(counts), ())
    values = first[rows.owners] + positions(rows) * steps[rows.owners]
    if nulls is not None:
        counts = np.where(nulls, 0, counts)
        values, rows = values[~nulls[rows.owners]], Segments(offsets_from(counts), ())
    return lists(rows.with_columns(pa.array(values)), nulls)


def lengths(first: Integers, last: Integers, steps: Integers) -> Integers:
    """How many entries each sequence has.

    Errors: INVALID_FUNCTION_ARGUMENT for a step that does not lead from one end to the other, or too many entries.
    """
    if (steps == 0).any():
        raise _problem("step must not be zero")
    if (np.where(steps > 0, last < first, last > first)).any():
        text = (
            "sequence stop value should be greater than or equal to start value if step is greater than zero "
            "otherwise stop should be less than or equal to start"
        )
        raise _problem(text)
    # As unsigned numbers, distances and steps are exact however far apart the ends are.
    unsigned = [one.view(np.uint64) for one in (first, last, steps)]
    up = steps > 0
    distance = np.where(up, unsigned[1] - unsigned[0], unsigned[0] - unsigned[1])
    stride = np.where(up, unsigned[2], -unsigned[2])
    counts = distance // stride
    if (counts >= MOST_ENTRIES).any():
        raise _problem(f"result of sequence function must not have more than {MOST_ENTRIES} entries")
    return counts.astype(np.int64) + 1
