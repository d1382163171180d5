"""How great the numbers in a column are, by the footers of its files where metadata does not say."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from owlake.lake.formats.parquet_statistics import MOST_FILES, greatest_magnitude
from owlake.lake.open_tables.contents import TableFile
from owlake.lake.open_tables.fields import TableField
from owlake.lake.open_tables.matching import find
from owlake.lake.open_tables.scans import TableScans


def greatest(scans: TableScans, files: Sequence[TableFile], column: TableField) -> int | None:
    """A whole number that no value of a column of numbers is beyond; None where that is not known, or dear to learn."""
    if len(files) > MOST_FILES or column.default is not None or any(one.format != "parquet" for one in files):
        return None
    found = 0
    for one, schema in zip(files, scans.schemas(files), strict=True):
        field = find(column, schema)
        # A column that a file does not have is NULL there, or what its partition says.
        if field is None and column.id not in one.constants:
            continue
        if field is None or not (pa.types.is_integer(field.type) or pa.types.is_decimal(field.type)):
            return None
        known = greatest_magnitude(scans.storage, one.file, field.name)
        if known is None:
            return None
        found = max(found, known)
    return found
