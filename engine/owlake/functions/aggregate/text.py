"""LISTAGG: texts joined in order."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.aggregate.family import FAMILY
from owlake.functions.segments import Segments, list_array

_MOST_BYTES = 1_048_576
"""How long a result may be (https://trino.io/docs/current/functions/aggregate.html#listagg)."""


@FAMILY.collected("listagg(varchar, varchar, boolean, varchar, boolean) -> varchar", hidden=True, raises=True)
def _listagg(
    segments: Segments, separator: pa.Scalar, fails: pa.Scalar, filler: pa.Scalar, with_count: pa.Scalar
) -> pa.Array:
    """The texts joined in their order, with a separator between them."""
    lists = list_array(segments.offsets, segments.columns[0], segments.lengths == 0)
    joined = pc.binary_join(lists, separator.as_py())
    lengths = pc.fill_null(pc.binary_length(joined), 0).to_numpy()
    too_long = np.flatnonzero(lengths > _MOST_BYTES)
    if not len(too_long):
        return joined
    if fails.as_py():
        text = f"Concatenated string has the length in bytes larger than the maximum output length {_MOST_BYTES}"
        raise error("EXCEEDED_FUNCTION_MEMORY_LIMIT", text)
    texts = joined.to_pylist()
    for row in too_long.tolist():
        parts = lists[row].as_py()
        texts[row] = _cut(parts, separator.as_py(), filler.as_py(), counts=with_count.as_py())
    return pa.array(texts, pa.string())


def _cut(parts: list[str], separator: str, filler: str, *, counts: bool) -> str:
    """As many of the texts as fit, then the filler and how many are left out."""
    kept, size = 0, 0
    for index, part in enumerate(parts):
        size += len(part.encode()) + (len(separator.encode()) if index else 0)
        if size > _MOST_BYTES:
            break
        kept += 1
    count = f"({len(parts) - kept})" if counts else ""
    return separator.join([*parts[:kept], f"{filler}{count}"])
