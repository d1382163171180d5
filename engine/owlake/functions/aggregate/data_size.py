"""How many bytes values take: what Trino's statistics of columns are made of.

Hidden functions, as in Trino: they answer for whoever collects statistics.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from owlake.functions.aggregate.family import FAMILY
from owlake.functions.registry import AggregateCallSite
from owlake.functions.segments import offsets_from
from owlake.types.model import BIGINT

_BYTES_OF_A_BOOLEAN = 1


def data_sizes(column: pa.Array) -> pa.Array:
    """The bytes of each value: of text and binary its own, of collections those of their parts."""
    return pa.array(_sizes(column), mask=column.is_null().to_numpy(zero_copy_only=False))


def _sizes(column: pa.Array) -> npt.NDArray[np.int64]:
    type_ = column.type
    if pa.types.is_string(type_) or pa.types.is_binary(type_):
        return np.asarray(pc.fill_null(pc.binary_length(column), 0), np.int64)
    if pa.types.is_struct(type_):
        return _sum([_sizes(part) for part in column.flatten()], len(column))
    if pa.types.is_map(type_):
        lists = [pa.ListArray.from_arrays(column.offsets, part) for part in (column.keys, column.items)]
        return _sum([_sizes(part) for part in lists], len(column))
    if pa.types.is_list(type_):
        counts = np.asarray(pc.fill_null(pc.list_value_length(column), 0), np.int64)
        sums = np.concatenate(([0], np.cumsum(_sizes(column.flatten()))))
        return np.diff(sums[offsets_from(counts)])
    width = _BYTES_OF_A_BOOLEAN if pa.types.is_boolean(type_) else type_.byte_width
    return np.where(column.is_valid().to_numpy(zero_copy_only=False), width, 0)


def _sum(parts: list[npt.NDArray[np.int64]], rows: int) -> npt.NDArray[np.int64]:
    return np.sum(parts, axis=0) if parts else np.zeros(rows, np.int64)


def _over_sizes(site: AggregateCallSite, aggregate: str) -> str:
    sizes: Any = site.kernel(data_sizes, [site.arguments[0]], BIGINT)
    return f"CAST({site.aggregate(aggregate, sizes)} AS BIGINT)"


@FAMILY.aggregate("$internal$sum_data_size_for_stats(T) -> bigint", hidden=True)
def _sum_data_size(site: AggregateCallSite) -> str:
    """The bytes of all values together."""
    return _over_sizes(site, "sum")


@FAMILY.aggregate("$internal$max_data_size_for_stats(T) -> bigint", hidden=True)
def _max_data_size(site: AggregateCallSite) -> str:
    """The bytes of the longest value."""
    return _over_sizes(site, "max")
