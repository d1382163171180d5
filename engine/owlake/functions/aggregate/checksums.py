"""Checksums."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.functions.aggregate.family import FAMILY
from owlake.functions.hashing import checksum_terms
from owlake.functions.registry import AggregateCallSite
from owlake.types.model import BIGINT


@FAMILY.aggregate("checksum(T:comparable) -> varbinary", marks_distinct=True)
def _checksum(site: AggregateCallSite) -> str:
    """A checksum of the values in whatever order."""
    # The native sum of integers wraps around, as a checksum's does.
    terms = site.kernel(checksum_terms, [site.arguments[0]], BIGINT)
    return site.kernel(_bytes, [(site.aggregate("sum", terms), BIGINT)], site.type)


def _bytes(sums: pa.Array) -> pa.Array:
    """Eight bytes each, the lowest first."""
    offsets = np.arange(len(sums) + 1, dtype=np.int32) * 8
    values = np.ascontiguousarray(sums.fill_null(0).to_numpy())
    whole = pa.BinaryArray.from_buffers(pa.binary(), len(sums), [None, pa.py_buffer(offsets), pa.py_buffer(values)])
    return pc.if_else(sums.is_valid(), whole, None)
