"""CSV as Athena writes it: every value in quotes but NULL, which is empty without them."""

from __future__ import annotations

from typing import TextIO

import pyarrow as pa

from owlake.types.text_columns import text_column
from owlake_shell.render.look import Look
from owlake_shell.render.rows import Rows


def write(rows: Rows, output: TextIO, _: Look) -> None:
    """A line of names, then one for each row."""
    from pyarrow.csv import CSVWriter, WriteOptions  # noqa: PLC0415  (other forms do without)

    output.write(",".join(map(_quoted, (column.name for column in rows.columns))) + "\n")
    # Columns may share a name; Arrow's writer looks at their places only.
    schema = pa.schema([pa.field(str(index), pa.string()) for index in range(len(rows.columns))])
    options = WriteOptions(include_header=False, quoting_style="all_valid")
    with CSVWriter(_Lines(output), schema, write_options=options) as writer:
        for batch in rows:
            texts = [text_column(column, one.type) for column, one in zip(batch.columns, rows.columns, strict=True)]
            writer.write_batch(pa.RecordBatch.from_arrays(texts, schema=schema))


class _Lines:
    """What Arrow writes bytes to: the bytes below a text file, or a text that is kept in memory."""

    closed = False

    def __init__(self, output: TextIO) -> None:
        output.flush()
        self._output = output
        self._bytes = getattr(output, "buffer", None)

    def write(self, data: bytes) -> int:
        if self._bytes is not None:
            self._bytes.write(data)
        else:
            self._output.write(bytes(data).decode())
        return len(data)

    def flush(self) -> None:
        """Nothing is kept here."""

    def close(self) -> None:
        """The text file is not ours."""


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'
