"""Parquet: columns and the number of rows stand in the file's footer."""

from __future__ import annotations

import pyarrow as pa

from owlake_connectors.glue.crawlers.classification.found import Classified, Layout
from owlake_connectors.glue.crawlers.classification.sample import Sample, UnreadableFileError
from owlake_connectors.glue.crawlers.inference.arrow import arrow_columns

LAYOUT = Layout("parquet", "PARQUET", serde_parameters=(("serialization.format", "1"),), has_schema=True)
_MAGIC = b"PAR1"


def classify(sample: Sample) -> Classified | None:
    """A Parquet file."""
    if not sample.data.startswith(_MAGIC):
        return None
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415  (0.1 s to import)

    try:
        with ParquetFile(sample.source()) as file:
            columns, left_out = arrow_columns(file.schema_arrow)
            return Classified(LAYOUT, columns, file.metadata.num_rows, notes=notes_of(left_out))
    except (pa.ArrowException, OSError) as problem:
        raise UnreadableFileError(f"The Parquet file is damaged: {problem}") from problem


def notes_of(left_out: tuple[str, ...]) -> tuple[str, ...]:
    """What is said of columns that are in the files and cannot be in a table."""
    return tuple(f"The column {name} is left out: no type of a table has such values" for name in left_out)
