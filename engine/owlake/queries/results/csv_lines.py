"""CSV as Athena writes it: every value in quotes but NULL, which is empty without them.

Batches become lines on several threads, for Arrow does the work; they come in their order.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pyarrow as pa

from owlake.planning.plan import ResultColumn
from owlake.types.model import Type
from owlake.types.text_columns import text_column


def header_line(columns: Iterable[ResultColumn]) -> str:
    """The line of names."""
    return ",".join('"' + column.name.replace('"', '""') + '"' for column in columns) + "\n"


def lines_in_order(columns: Iterable[ResultColumn], batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Buffer]:
    """The lines of each batch, a few of them ahead of who writes."""
    types = [column.type for column in columns]
    workers = os.cpu_count() or 1
    ahead: deque[Future[pa.Buffer]] = deque()
    with ThreadPoolExecutor(workers, "owlake-csv") as pool:
        for batch in batches:
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
