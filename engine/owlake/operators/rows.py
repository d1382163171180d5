"""Rows of partitions as an operator gets them: collected, put in order, one column an array."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from owlake.functions.segment_order import order_of
from owlake.functions.segments import Integers, Segments, segments_of

Order = tuple[tuple[int, bool, bool], ...]
"""Columns by index, whether ascending, whether NULLs come first."""


def ordered(lists: pa.Array, order: Order) -> Segments:
    """The collected rows of partitions, each partition in its order."""
    rows = segments_of(lists)
    if not order:
        return rows
    keys = [(rows.columns[index], (ascending, nulls_first)) for index, ascending, nulls_first in order]
    return rows.taken(order_of(rows, keys))


def looked_up(column: pa.Array, rows: Integers) -> pa.Array:
    """The column's values at rows; NULL for rows below zero."""
    if len(column) == 0:
        return pa.nulls(len(rows), column.type)
    missing = rows < 0
    return column.take(pa.array(np.where(missing, 0, rows), mask=missing if missing.any() else None))


def structs(columns: Sequence[pa.Array], length: int) -> pa.Array:
    """Rows of columns, as the plan unnests them."""
    if not columns:
        return pa.StructArray.from_arrays([pa.nulls(length, pa.bool_())], names=["field0"])
    return pa.StructArray.from_arrays(list(columns), names=[f"field{index}" for index in range(len(columns))])
