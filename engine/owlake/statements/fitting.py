"""Text that INSERT puts into columns of a length: blanks behind it may be lost, anything else may not.

https://github.com/trinodb/trino/blob/master/docs/src/main/sphinx/sql/insert.md
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.types.model import Char, Type, Varchar

Fits = Mapping[str, tuple[Type, Varchar | Char]]
"""By column: the type that its values come in, and the one that they have to fit."""


def may_not_fit(source: Type, target: Type) -> bool:
    """Whether text of one type can be too long for the other."""
    if not isinstance(source, Varchar | Char) or not isinstance(target, Varchar | Char) or target.length is None:
        return False
    return source.length is None or source.length > target.length


def fitted(batches: Iterable[pa.RecordBatch], fits: Fits) -> Iterator[pa.RecordBatch]:
    """The batches with these columns cut. Errors: INVALID_CAST_ARGUMENT for text that is more than blanks too long."""
    for batch in batches:
        columns = [
            _fitted(column, *fits[name]) if name in fits else column
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _fitted(column: pa.Array, source: Type, target: Varchar | Char) -> pa.Array:
    bare = pc.utf8_rtrim(column, " ")
    assert target.length is not None
    if (pc.max(pc.utf8_length(bare)).as_py() or 0) > target.length:
        text = f"Cannot truncate non-space characters when casting from {source} to {target} on INSERT"
        raise error("INVALID_CAST_ARGUMENT", text)
    return bare if isinstance(target, Char) else pc.utf8_slice_codeunits(column, 0, target.length)
