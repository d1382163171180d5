"""The types of Parquet and ORC, by the way of Arrow's."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyarrow as pa
from pyarrow import types as kinds

from owlake_connectors.glue.crawlers.inference.merging import MOST_DIGITS, merged
from owlake_connectors.glue.crawlers.inference.types import (
    BIGINT,
    BINARY,
    BOOLEAN,
    DATE,
    DOUBLE,
    FLOAT,
    INT,
    NULL,
    SMALLINT,
    STRING,
    TIMESTAMP,
    TINYINT,
    Array,
    Decimal,
    Field,
    FoundType,
    Map,
    Struct,
)

_SIMPLE: dict[pa.DataType, FoundType] = {
    pa.bool_(): BOOLEAN,
    pa.int8(): TINYINT,
    pa.int16(): SMALLINT,
    pa.int32(): INT,
    pa.int64(): BIGINT,
    pa.uint8(): SMALLINT,
    pa.uint16(): INT,
    pa.uint32(): BIGINT,
    pa.uint64(): Decimal(20, 0),
    pa.float16(): FLOAT,
    pa.float32(): FLOAT,
    pa.float64(): DOUBLE,
    pa.null(): NULL,
}
_WRITABLE = re.compile(r"[\w.$][\w.$ ]*")


def arrow_columns(schema: pa.Schema) -> tuple[tuple[Field, ...], tuple[str, ...]]:
    """The columns of a file, their names in lower case, and the names of those that no table's type can say."""
    columns: dict[str, FoundType] = {}
    left_out: list[str] = []
    for one in schema:
        try:
            found = _type(one.type)
        except _UnwritableError:
            left_out.append(one.name)
            continue
        name = one.name.lower()
        columns[name] = merged(columns.get(name, NULL), found)
    return tuple(Field(name, type_) for name, type_ in columns.items()), tuple(left_out)


class _UnwritableError(Exception):
    """What no table's type has: a field whose name cannot stand in one, a time of day, 39 digits."""


def _type(type_: pa.DataType) -> FoundType:
    simple = _SIMPLE.get(type_)
    if simple is not None:
        return simple
    if kinds.is_string(type_) or kinds.is_large_string(type_) or kinds.is_string_view(type_):
        return STRING
    if kinds.is_dictionary(type_):
        return _type(type_.value_type)
    if kinds.is_date(type_):
        return DATE
    if kinds.is_timestamp(type_):
        return TIMESTAMP
    if kinds.is_decimal(type_) and type_.precision <= MOST_DIGITS:
        return Decimal(type_.precision, type_.scale)
    if kinds.is_map(type_):
        return Map(_type(type_.key_type), _type(type_.item_type))
    if kinds.is_struct(type_):
        return Struct(tuple(_fields(type_)))
    if hasattr(type_, "value_type"):
        return Array(_type(type_.value_type))
    if isinstance(type_, pa.BaseExtensionType):
        return _type(type_.storage_type)
    if kinds.is_binary(type_) or kinds.is_large_binary(type_) or kinds.is_fixed_size_binary(type_):
        return BINARY
    raise _UnwritableError


def _fields(type_: pa.StructType) -> Iterator[Field]:
    for one in type_:
        if not _WRITABLE.fullmatch(one.name):
            raise _UnwritableError
        yield Field(one.name.lower(), _type(one.type))
