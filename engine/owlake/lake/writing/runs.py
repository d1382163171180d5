"""Cutting ordered batches where the partition or the bucket changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def runs_of(keys: Sequence[pa.Array], rows: int) -> Iterator[tuple[int, int]]:
    """Start and end of each run of rows that agree in all keys. NULL agrees with NULL."""
    if not keys or rows <= 1:
        if rows:
            yield 0, rows
        return
    changes = np.zeros(rows - 1, bool)
    for key in keys:
        changes |= _changes(key)
    bounds = [0, *(np.flatnonzero(changes) + 1).tolist(), rows]
    yield from pairwise(bounds)


def _changes(key: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    before, after = key.slice(0, len(key) - 1), key.slice(1)
    differs = pc.fill_null(pc.not_equal(before, after), fill_value=False)
    if key.null_count:
        differs = pc.or_(differs, pc.xor(pc.is_null(before), pc.is_null(after)))
    changed: np.ndarray[tuple[int], np.dtype[np.bool_]] = differs.to_numpy(zero_copy_only=False)
    return changed
