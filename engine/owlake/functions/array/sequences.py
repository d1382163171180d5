"""Arrays of numbers, days and moments that follow each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.array.family import FAMILY
from owlake.functions.arrays import Integers, from_integers, integers
from owlake.functions.lists import columns, lists, positions
from owlake.functions.segments import Segments, offsets_from
from owlake.functions.temporal.calendar import MICROSECONDS_OF_A_DAY

MOST_ENTRIES = 50_000
"""Athena's limit, which was measured there; Trino stops at 10,000."""

_MILLISECONDS_OF_A_DAY = 86_400_000


def _problem(text: str) -> Exception:
    return error("INVALID_FUNCTION_ARGUMENT", text)


@FAMILY.kernel(
    "sequence(bigint, bigint) -> array(bigint)",
    "sequence(bigint, bigint, bigint) -> array(bigint)",
    raises=True,
)
def _sequence(start: Any, stop: Any, step: Any = None) -> pa.Array:
    """The numbers from the first to the last one told, by a step or by one."""
    return _stepped(start, stop, step, lambda steps: steps)


@FAMILY.kernel(
    "sequence(date, date) -> array(date)",
    "sequence(date, date, interval day to second) -> array(date)",
    raises=True,
)
def _dates(start: Any, stop: Any, step: Any = None) -> pa.Array:
    """The dates from the first to the last one told, by days or by one."""
    return _stepped(start, stop, step, _whole_days)


def _whole_days(steps: Integers) -> Integers:
    if (steps % _MILLISECONDS_OF_A_DAY != 0).any():
        raise _problem("sequence step must be a day interval if start and end values are dates")
    return steps // _MILLISECONDS_OF_A_DAY


@FAMILY.kernel(
    "sequence(timestamp(p), timestamp(p), interval day to second) -> array(timestamp(p))",
    raises=True,
)
def _timestamps(start: Any, stop: Any, step: Any) -> pa.Array:
    """The moments from the first to the last one told, by days, hours, ..."""
    return _stepped(start, stop, step, lambda steps: steps * 1000)


def _stepped(start: Any, stop: Any, step: Any, unit: Callable[[Integers], Integers]) -> pa.Array:
    arguments, nulls = columns(start, stop) if step is None else columns(start, stop, step)
    first, last, *given = (integers(column) if nulls is None else integers(column) * ~nulls for column in arguments)
    steps = unit(given[0]) if given else np.where(last >= first, 1, -1)
    if nulls is not None:
        steps = np.where(nulls, 1, steps)
    rows = Segments(offsets_from(_present(lengths(first, last, steps), nulls)), ())
    values = first[rows.owners] + positions(rows) * steps[rows.owners]
    return lists(rows.with_columns(from_integers(values, None, arguments[0].type)), nulls)


@FAMILY.kernel(
    "sequence(date, date, interval year to month) -> array(date)",
    "sequence(timestamp(p), timestamp(p), interval year to month) -> array(timestamp(p))",
    raises=True,
)
def _by_months(start: Any, stop: Any, step: Any) -> pa.Array:
    """The dates or moments from the first to the last one told, by months or years."""
    from owlake.functions.datetime.adding import difference, moved_local  # noqa: PLC0415  (another family)

    arguments, nulls = columns(start, stop, step)
    unit = MICROSECONDS_OF_A_DAY if pa.types.is_date(arguments[0].type) else 1
    first, last, steps = (integers(column) if nulls is None else integers(column) * ~nulls for column in arguments)
    if nulls is not None:
        steps = np.where(nulls, 1, steps)
    _check_direction(first, last, steps)
    first, last = first * unit, last * unit
    counts = difference(first, last, "month") // steps
    _check_count(counts)
    rows = Segments(offsets_from(_present(counts + 1, nulls)), ())
    values = moved_local(first[rows.owners], positions(rows) * steps[rows.owners], "month") // unit
    return lists(rows.with_columns(from_integers(values, None, arguments[0].type)), nulls)


def _present(counts: Integers, nulls: Any) -> Integers:
    return counts if nulls is None else counts * ~nulls


def lengths(first: Integers, last: Integers, steps: Integers) -> Integers:
    """How many entries each sequence has.

    Errors: INVALID_FUNCTION_ARGUMENT for a step that does not lead from one end to the other, or too many entries.
    """
    _check_direction(first, last, steps)
    # As unsigned numbers, distances and steps are exact however far apart the ends are.
    unsigned = [np.ascontiguousarray(one).view(np.uint64) for one in (first, last, steps)]
    up = steps > 0
    distance = np.where(up, unsigned[1] - unsigned[0], unsigned[0] - unsigned[1])
    stride = np.where(up, unsigned[2], -unsigned[2])
    counts = distance // stride
    _check_count(counts)
    return counts.astype(np.int64) + 1


def _check_direction(first: Integers, last: Integers, steps: Integers) -> None:
    if (steps == 0).any():
        raise _problem("step must not be zero")
    if (np.where(steps > 0, last < first, last > first)).any():
        text = (
            "sequence stop value should be greater than or equal to start value if step is greater than zero "
            "otherwise stop should be less than or equal to start"
        )
        raise _problem(text)


def _check_count(steps: Any) -> None:
    if (steps >= MOST_ENTRIES).any():
        raise _problem(f"result of sequence function must not have more than {MOST_ENTRIES} entries")
