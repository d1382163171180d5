"""CSV as Athena writes it: every value in quotes but NULL, which is empty without them.

Batches become lines on several threads, for Arrow does the work; they are written in their order.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO, TextIO

import pyarrow as pa

from owlake.types.model import Type
from owlake.types.text_columns import text_column
from owlake_shell.render.look import Look
from owlake_shell.render.rows import Rows


def write(rows: Rows, output: TextIO, _: Look) -> None:
    """A line of names, then one for each row."""
    output.write(",".join(map(_quoted, (column.name for column in rows.columns))) + "\n")
    output.flush()
    put = _putter(output)
    for lines in _lines_in_order(rows):
        put(lines)


def _lines_in_order(rows: Rows) -> Iterator[pa.Buffer]:
    """The lines of each batch, a few of them ahead of who writes."""
    types = [column.type for column in rows.columns]
    workers = os.cpu_count() or 1
    ahead: deque[Future[pa.Buffer]] = deque()
    with ThreadPoolExecutor(workers, "owlake-csv") as pool:
        for batch in rows:
            ahead.append(pool.submit(_lines, batch, types))
            if len(ahead) > workers:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def _lines(batch: pa.RecordBatch, types: Sequence[Type]) -> pa.Buffer:
    from pyarrow.csv import WriteOptions, write_csv  # noqa: PLC0415  (other forms do without)

    texts = [text_column(column, type_) for column, type_ in zip(batch.columns, types, strict=True)]
    # Columns may share a name; Arrow's writer looks at their places only.
    named = pa.RecordBatch.from_arrays(texts, [str(index) for index in range(len(texts))])
    written = pa.BufferOutputStream()
    write_csv(named, written, WriteOptions(include_header=False, quoting_style="all_valid"))
    return written.getvalue()


def _putter(output: TextIO) -> Callable[[pa.Buffer], object]:
    """Writes bytes below a text file, or as text where there is nothing below."""
    below: BinaryIO | None = getattr(output, "buffer", None)
    if below is not None:
        return below.write
    return lambda lines: output.write(lines.to_pybytes().decode())


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'
