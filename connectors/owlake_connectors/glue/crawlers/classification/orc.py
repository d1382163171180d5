"""ORC: columns and the number of rows stand in the file's footer."""

from __future__ import annotations

import pyarrow as pa

from owlake_connectors.glue.crawlers.classification.found import Classified, Layout
from owlake_connectors.glue.crawlers.classification.parquet import notes_of
from owlake_connectors.glue.crawlers.classification.sample import Sample, UnreadableFileError
from owlake_connectors.glue.crawlers.inference.arrow import arrow_columns

# Athena finds the columns of ORC by their place, unless it is told otherwise.
LAYOUT = Layout(
    "orc",
    "ORC",
    serde_parameters=(("orc.column.index.access", "false"), ("serialization.format", "1")),
    has_schema=True,
)
_MAGIC = b"ORC"


def classify(sample: Sample) -> Classified | None:
    """An ORC file."""
    if not sample.data.startswith(_MAGIC):
        return None
    from pyarrow import orc  # noqa: PLC0415  (seldom)

    try:
        file = orc.ORCFile(sample.source())
        columns, left_out = arrow_columns(file.schema)
        return Classified(LAYOUT, columns, file.nrows, notes=notes_of(left_out))
    except (pa.ArrowException, OSError) as problem:
        raise UnreadableFileError(f"The ORC file is damaged: {problem}") from problem
