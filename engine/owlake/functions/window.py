"""Functions that stand only over a window."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.lists import columns
from owlake.functions.registry import Family

FAMILY = Family("window")

FAMILY.window("row_number() -> bigint", "row_number()", "The row's number in its partition, from 1")
FAMILY.window("rank() -> bigint", "rank()", "The row's rank: one more than the rows that come before its peers")
FAMILY.window("dense_rank() -> bigint", "dense_rank()", "The rank without gaps between peers")
FAMILY.window("percent_rank() -> double", "percent_rank()", "The rank between 0 and 1")
FAMILY.window("cume_dist() -> double", "cume_dist()", "The share of rows that come before or are peers")
FAMILY.window("ntile(bigint) -> bigint", "ntile({0})", "The number of the row's bucket of about equal size")
FAMILY.window("first_value(T) -> T", "first_value({0})", "The first value of the frame")
FAMILY.window("last_value(T) -> T", "last_value({0})", "The last value of the frame")
FAMILY.window("nth_value(T, bigint) -> T", "nth_value({0}, {1})", "The value at a place of the frame, from 1")
FAMILY.window("lag(T) -> T", "lag({0})", "The value of the row before")
FAMILY.window("lag(T, bigint) -> T", "lag({0}, {1})", "The value some rows before")
FAMILY.window("lag(T, bigint, T) -> T", "lag({0}, {1}, {2})", "The value some rows before, or a default")
FAMILY.window("lead(T) -> T", "lead({0})", "The value of the row after")
FAMILY.window("lead(T, bigint) -> T", "lead({0}, {1})", "The value some rows after")
FAMILY.window("lead(T, bigint, T) -> T", "lead({0}, {1}, {2})", "The value some rows after, or a default")


@FAMILY.kernel("$ntile(bigint, bigint, bigint) -> bigint", hidden=True, raises=True)
def ntile_of_rows(numbers: Any, sizes: Any, counts: Any) -> pa.Array:
    """The bucket of a row by its number, of so many rows, among so many buckets: the first ones have one row more."""
    given, nulls = columns(numbers, sizes, counts)
    number, size, buckets = (np.asarray(one.fill_null(1)) for one in given)
    if (buckets <= 0).any():
        raise error("INVALID_FUNCTION_ARGUMENT", "Buckets must be greater than 0")
    rows, larger = size // buckets, size % buckets
    before = number - 1
    in_larger = before // (rows + 1)
    in_smaller = (before - larger) // np.maximum(rows, 1)
    bucket = np.where(before < (rows + 1) * larger, in_larger, in_smaller) + 1
    return pa.array(bucket, pa.int64(), mask=nulls)
