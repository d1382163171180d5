"""Delta's schemas as columns: which Trino type each type is, and by what name or id files have them.

https://github.com/delta-io/delta/blob/master/PROTOCOL.md#schema-serialization-format,
https://trino.io/docs/current/connector/delta-lake.html#delta-lake-to-trino-type-mapping
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from owlake.errors import error
from owlake.lake.open_tables.fields import TableField
from owlake.types.model import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    REAL,
    SMALLINT,
    TINYINT,
    VARBINARY,
    VARCHAR,
    Array,
    Decimal,
    Map,
    Row,
    RowField,
    Timestamp,
    TimestampWithTimeZone,
    Type,
)

_SIMPLE: Mapping[str, Type] = {
    "string": VARCHAR,
    "long": BIGINT,
    "integer": INTEGER,
    "short": SMALLINT,
    "byte": TINYINT,
    "float": REAL,
    "double": DOUBLE,
    "boolean": BOOLEAN,
    "binary": VARBINARY,
    "date": DATE,
    "timestamp": TimestampWithTimeZone(3, "UTC"),
    "timestamp_ntz": Timestamp(6),
}
_DECIMAL = re.compile(r"decimal\((\d+),\s*(-?\d+)\)")
_NAME, _ID = "delta.columnMapping.physicalName", "delta.columnMapping.id"


def columns_of(schema: Mapping[str, Any], mode: str) -> tuple[TableField, ...]:
    """The columns of a schema as the log has it, in a mode of column mapping: ``none``, ``name`` or ``id``.

    Errors: NOT_SUPPORTED.
    """
    return tuple(_field(one, mode) for one in schema["fields"])


def stored_name(field: Mapping[str, Any], mode: str) -> str:
    """What files, and statistics in the log, call the column."""
    return str(field["metadata"].get(_NAME, field["name"])) if mode != "none" else str(field["name"])


def _field(field: Mapping[str, Any], mode: str) -> TableField:
    type_, children = _typed(field["type"], mode)
    found = field["metadata"].get(_ID) if mode == "id" else None
    field_id = None if found is None else int(found)
    return TableField(str(field["name"]).lower(), type_, field_id, stored_name(field, mode), children)


def _typed(written: Any, mode: str) -> tuple[Type, tuple[TableField, ...]]:
    """The type, and what is inside of it."""
    if isinstance(written, str):
        decimal = _DECIMAL.fullmatch(written)
        if decimal:
            return Decimal(int(decimal[1]), int(decimal[2])), ()
        if written in _SIMPLE:
            return _SIMPLE[written], ()
        raise error("NOT_SUPPORTED", f"Unsupported Delta Lake type: {written}")
    match written["type"]:
        case "struct":
            fields = columns_of(written, mode)
            return Row(tuple(RowField(one.name, one.type) for one in fields)), fields
        case "array":
            element = _inside("element", written["elementType"], mode)
            return Array(element.type), (element,)
        case "map":
            key, value = _inside("key", written["keyType"], mode), _inside("value", written["valueType"], mode)
            return Map(key.type, value.type), (key, value)
    raise error("NOT_SUPPORTED", f"Unsupported Delta Lake type: {written['type']}")


def _inside(name: str, written: Any, mode: str) -> TableField:
    type_, children = _typed(written, mode)
    return TableField(name, type_, children=children)
