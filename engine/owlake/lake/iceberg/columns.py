"""Iceberg's schemas as columns: which Trino type each type is, and the id by which files are searched.

https://trino.io/docs/current/connector/iceberg.html#iceberg-to-trino-type-mapping
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pyiceberg import types as iceberg
from pyiceberg.schema import Schema

from owlake.errors import error
from owlake.lake.open_tables.fields import TableField
from owlake.types.model import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    REAL,
    UUID,
    VARBINARY,
    VARCHAR,
    Array,
    Decimal,
    Map,
    Row,
    RowField,
    Time,
    Timestamp,
    TimestampWithTimeZone,
    Type,
)

_MICROSECONDS = 6

_SIMPLE: Mapping[type[iceberg.IcebergType], Type] = {
    iceberg.BooleanType: BOOLEAN,
    iceberg.IntegerType: INTEGER,
    iceberg.LongType: BIGINT,
    iceberg.FloatType: REAL,
    iceberg.DoubleType: DOUBLE,
    iceberg.DateType: DATE,
    iceberg.TimeType: Time(_MICROSECONDS),
    iceberg.TimestampType: Timestamp(_MICROSECONDS),
    iceberg.TimestamptzType: TimestampWithTimeZone(_MICROSECONDS, "UTC"),
    iceberg.StringType: VARCHAR,
    iceberg.UUIDType: UUID,
    iceberg.FixedType: VARBINARY,
    iceberg.BinaryType: VARBINARY,
}


def columns_of(schema: Schema) -> tuple[TableField, ...]:
    """The columns of a schema. Names are lower-case, as everywhere in the catalog."""
    return tuple(column_of(one) for one in schema.fields)


def column_of(field: iceberg.NestedField) -> TableField:
    """A column, or a field inside one."""
    type_, children = _typed(field.field_type, field.name)
    return TableField(field.name.lower(), type_, field.field_id, None, children, _default(field))


def trino_type(type_: iceberg.IcebergType) -> Type:
    """The type in SQL. Errors: NOT_SUPPORTED."""
    return _typed(type_, str(type_))[0]


def _default(field: iceberg.NestedField) -> object:
    return getattr(field.initial_default, "root", field.initial_default)


def _typed(type_: iceberg.IcebergType, name: str) -> tuple[Type, tuple[TableField, ...]]:
    """The type, and what is inside of it. Errors: NOT_SUPPORTED."""
    match type_:
        case iceberg.DecimalType():
            return Decimal(type_.precision, type_.scale), ()
        case iceberg.StructType():
            children = tuple(column_of(one) for one in type_.fields)
            return Row(tuple(RowField(one.name, one.type) for one in children)), children
        case iceberg.ListType():
            element = column_of(type_.element_field)
            return Array(element.type), (element,)
        case iceberg.MapType():
            key, value = column_of(type_.key_field), column_of(type_.value_field)
            return Map(key.type, value.type), (key, value)
    simple = _SIMPLE.get(type(type_))
    if simple is None:
        raise error("NOT_SUPPORTED", f"Type not supported for Iceberg: {type_} (column {name})")
    return simple, ()


_HIVE_NAMES: Mapping[type[iceberg.IcebergType], Callable[[iceberg.IcebergType], str]] = {
    iceberg.BooleanType: lambda _: "boolean",
    iceberg.IntegerType: lambda _: "int",
    iceberg.LongType: lambda _: "bigint",
    iceberg.FloatType: lambda _: "float",
    iceberg.DoubleType: lambda _: "double",
    iceberg.DateType: lambda _: "date",
    iceberg.TimeType: lambda _: "string",
    iceberg.TimestampType: lambda _: "timestamp",
    iceberg.TimestamptzType: lambda _: "timestamp",
    iceberg.StringType: lambda _: "string",
    iceberg.UUIDType: lambda _: "string",
    iceberg.FixedType: lambda _: "binary",
    iceberg.BinaryType: lambda _: "binary",
    iceberg.DecimalType: lambda one: f"decimal({one.precision},{one.scale})",
    iceberg.StructType: lambda one: (
        f"struct<{','.join(f'{field.name}:{hive_type(field.field_type)}' for field in one.fields)}>"
    ),
    iceberg.ListType: lambda one: f"array<{hive_type(one.element_type)}>",
    iceberg.MapType: lambda one: f"map<{hive_type(one.key_type)},{hive_type(one.value_type)}>",
}


def hive_type(type_: iceberg.IcebergType) -> str:
    """The type as Iceberg's writers name it in Glue."""
    name = _HIVE_NAMES.get(type(type_))
    return name(type_) if name is not None else "string"
