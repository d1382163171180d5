"""The partition keys of inserted rows: the text of columns, or of an expression over them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.spi import Column, Home, OwlakeError, batch_query, error, types
from owlake_connectors.kinesis.tables.definition import Definition

Answer = Callable[[pa.RecordBatch], pa.Table]
MakeKeys = Callable[[pa.RecordBatch], pa.Array]
"""From rows to their partition keys, none of which is NULL or empty."""

_ROWS, _ROW = "rows", "$row"


def key_maker(home: Home, definition: Definition) -> MakeKeys:
    """What makes the keys of a stream's rows: a random one where there is none. For one thread.

    Errors: those of the expression, where the keys are one.
    """
    expression = definition.key_expression
    if expression is not None:
        return _of_expression(expression_answer(home, definition.columns, expression))
    columns = definition.key_columns
    if not columns:
        return lambda rows: _random_keys(rows.num_rows)
    return lambda rows: _filled(_joined([as_text(rows.column(name)) for name in columns]))


def expression_answer(home: Home, columns: Sequence[Column], expression: str) -> Answer:
    """What gives an expression's value for each of many rows, told by their numbers.

    Errors: those of its syntax and analysis.
    """
    text = f"CAST({expression} AS varchar)"
    try:
        query = batch_query(home, text, _ROWS, (*columns, Column(_ROW, types.BIGINT, hidden=True)), _ROW)
        return query.planned()
    except OwlakeError as problem:
        told = f"partition_key '{expression}': {problem.message}"
        raise error(problem.code, told, hint=problem.hint) from problem


def as_text(column: pa.Array) -> pa.Array:
    """The values as texts."""
    return column if pa.types.is_string(column.type) else column.cast(pa.string())


def _of_expression(answer: Answer) -> MakeKeys:
    def make(rows: pa.RecordBatch) -> pa.Array:
        numbered = rows.append_column(_ROW, pa.array(np.arange(rows.num_rows)))
        found = answer(numbered).combine_chunks().sort_by(_ROW)
        (name,) = set(found.column_names) - {_ROW}
        return _filled(as_text(found.column(name).combine_chunks()))

    return make


def _joined(parts: Sequence[pa.Array]) -> pa.Array:
    """The texts of several columns with bars between them."""
    return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, "|")


def _filled(keys: pa.Array) -> pa.Array:
    """The keys, a random one in place of what is NULL or empty."""
    is_none = pc.or_kleene(pc.is_null(keys), pc.equal(keys, ""))
    if not pc.any(is_none).as_py():
        return keys
    return pc.if_else(pc.fill_null(is_none, True), _random_keys(len(keys)), keys)


def _random_keys(count: int) -> pa.Array:
    return pa.array([uuid.uuid4().hex for _ in range(count)], pa.string())
