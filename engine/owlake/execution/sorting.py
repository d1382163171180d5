"""Ordering a stream of batches by some columns, in bounded memory."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from owlake.execution.context import create_context
from owlake.execution.errors import translate
from owlake.execution.stream import read_stream
from owlake.lake.formats.bridge import Filter, StreamDataset

MEMORY_LIMIT = 300 * 1024 * 1024
"""What a sort may hold; the rest goes to disk."""

_numbers = itertools.count(1)


def sorted_batches(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, keys: Sequence[str], memory_limit: int = MEMORY_LIMIT
) -> Iterator[pa.RecordBatch]:
    """The batches' rows ordered by the columns named, NULLs last.

    The sort has a memory of its own: what the query that gives the rows needs is not taken from it.

    Errors: those of the source, as it raised them.
    """
    context = create_context(memory_limit=memory_limit)
    name = f"rows_{next(_numbers)}"
    problems: list[BaseException] = []

    def rows(_: Sequence[str], __: Filter | None) -> Iterator[pa.RecordBatch]:
        try:
            yield from batches
        except BaseException as problem:
            # What passes through the engine below comes out as text.
            problems.append(problem)
            raise

    context.register_dataset(name, StreamDataset(schema, [rows]))
    order = ", ".join(f'"{key}" ASC NULLS LAST' for key in keys)
    try:
        frame = context.sql(f"SELECT * FROM {name} ORDER BY {order}")
        for batch in read_stream(frame.execute_stream()):
            yield _with_schema(batch, schema)
    except BaseException as problem:
        if problems:
            raise problems[0] from None
        if isinstance(problem, GeneratorExit | KeyboardInterrupt):
            raise
        raise translate(problem) from problem


def _with_schema(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    columns = [
        column if column.type == field.type else column.cast(field.type)
        for column, field in zip(batch.columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
