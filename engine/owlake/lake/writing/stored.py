"""Rows as files of typed columns keep them: timestamps in milliseconds, the precision of Hive's."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from owlake.lake.formats.text.values import rounded_to_milliseconds
from owlake.types.arrow import arrow_type
from owlake.types.model import Type


def stored_schema(columns: Mapping[str, Type], unit: str) -> pa.Schema:
    """The columns of the files; timestamps in this unit of Arrow's."""
    return pa.schema([(name, _stored(arrow_type(type_), unit)) for name, type_ in columns.items()])


def storable(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The rows in the columns of the files, timestamps on whole milliseconds.

    Nested ones are there already, or refused by the cast to milliseconds.
    """
    columns = [
        _rounded(column).cast(field.type) if column.type != field.type or pa.types.is_timestamp(field.type) else column
        for column, field in zip(batch.columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _rounded(column: pa.Array) -> pa.Array:
    return rounded_to_milliseconds(column) if pa.types.is_timestamp(column.type) else column


def _stored(type_: pa.DataType, unit: str) -> pa.DataType:
    if pa.types.is_timestamp(type_):
        return pa.timestamp(unit)
    if pa.types.is_list(type_):
        return pa.list_(_stored(type_.value_type, unit))
    if pa.types.is_map(type_):
        return pa.map_(_stored(type_.key_type, unit), _stored(type_.item_type, unit))
    if pa.types.is_struct(type_):
        return pa.struct([(field.name, _stored(field.type, unit)) for field in type_])
    return type_
