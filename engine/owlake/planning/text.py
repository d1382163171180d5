"""DataFusion SQL in pieces: names, constants, type names."""

from __future__ import annotations

import math
from typing import Any

from owlake.types.arrow import field_names, key_type
from owlake.types.model import (
    BIGINT,
    BING_TILE,
    BOOLEAN,
    COLOR,
    DATE,
    DOUBLE,
    INTEGER,
    INTERVAL_DAY_TO_SECOND,
    INTERVAL_YEAR_TO_MONTH,
    IPADDRESS,
    JSON,
    JSON_PATH,
    REAL,
    SMALLINT,
    TINYINT,
    UNKNOWN,
    UUID,
    VARBINARY,
    Array,
    Char,
    Decimal,
    Map,
    Row,
    Time,
    Timestamp,
    TimestampWithTimeZone,
    TimeWithTimeZone,
    Type,
    Varchar,
)

_SQL_NAMES: dict[Type, str] = {
    BOOLEAN: "BOOLEAN",
    TINYINT: "TINYINT",
    SMALLINT: "SMALLINT",
    INTEGER: "INT",
    BIGINT: "BIGINT",
    REAL: "REAL",
    DOUBLE: "DOUBLE",
    DATE: "DATE",
    INTERVAL_YEAR_TO_MONTH: "INT",
    COLOR: "INT",
}

_ARROW_NAMES: dict[Type, str] = {
    UNKNOWN: "Null",
    BOOLEAN: "Boolean",
    TINYINT: "Int8",
    SMALLINT: "Int16",
    INTEGER: "Int32",
    BIGINT: "Int64",
    REAL: "Float32",
    DOUBLE: "Float64",
    DATE: "Date32",
    INTERVAL_DAY_TO_SECOND: "Duration(ms)",
    INTERVAL_YEAR_TO_MONTH: "Int32",
    COLOR: "Int32",
    JSON: "Utf8",
    JSON_PATH: "Utf8",
    UUID: "Utf8",
    VARBINARY: "Binary",
    IPADDRESS: "Binary",
}


def quoted(name: str) -> str:
    """A name as a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def string(value: str) -> str:
    """A string constant."""
    return "'" + value.replace("'", "''") + "'"


def arrow_name(type_: Type) -> str:
    """The type as ``arrow_cast`` names it."""
    match type_:
        case Decimal():
            return f"Decimal128({type_.precision}, {type_.scale})"
        case Varchar() | Char():
            return "Utf8"
        case Time():
            return "Time64(µs)"
        case Timestamp():
            return "Timestamp(µs)"
        case TimeWithTimeZone():
            return 'Struct("time": Time64(µs), "offset": Int16)'
        case TimestampWithTimeZone(zone=None):
            return 'Struct("instant": Timestamp(µs, "UTC"), "zone": Utf8)'
        case TimestampWithTimeZone():
            return f'Timestamp(µs, "{type_.zone}")'
        case Array():
            return f"List({arrow_name(type_.element)})"
        case Map():
            key, value = arrow_name(key_type(type_)), arrow_name(type_.value)
            entries = f'non-null Struct("key": non-null {key}, "value": {value})'
            return f'Map("entries": {entries}, unsorted)'
        case Row():
            names = field_names(type_)
            inner = ", ".join(
                f"{quoted(name)}: {arrow_name(field.type)}" for name, field in zip(names, type_.fields, strict=True)
            )
            return f"Struct({inner})"
        case _:
            return _ARROW_NAMES.get(type_, "Binary")


def cast_text(sql: str, type_: Type) -> str:
    """``sql`` in the Arrow type that holds ``type_``; the conversion must be DataFusion's own and right."""
    if isinstance(type_, Decimal):
        return f"CAST({sql} AS DECIMAL({type_.precision},{type_.scale}))"
    name = _SQL_NAMES.get(type_)
    if name is not None:
        return f"CAST({sql} AS {name})"
    return f"arrow_cast({sql}, {string(arrow_name(type_))})"


def constant(type_: Type, value: Any) -> str:
    """A constant of the type; see ``owlake.ir.expressions.Constant`` for how values are given."""
    if value is None:
        return "NULL" if type_ == UNKNOWN else cast_text("NULL", type_)
    match type_:
        case Varchar() | Char():
            return string(value)
        case Decimal():
            return f"CAST('{value:f}' AS DECIMAL({type_.precision},{type_.scale}))"
        case Timestamp() | Time() | TimestampWithTimeZone() | TimeWithTimeZone():
            return _temporal(type_, value)
        case _:
            return _primitive(type_, value)


def _primitive(type_: Type, value: Any) -> str:
    if type_ in (BIGINT, BING_TILE):
        return str(value) if value >= 0 else f"({value})"
    if type_ in (TINYINT, SMALLINT, INTEGER, INTERVAL_YEAR_TO_MONTH, COLOR):
        return f"CAST({value} AS {_SQL_NAMES[type_]})"
    if type_ in (DOUBLE, REAL):
        return _floating(type_, value)
    if type_ == BOOLEAN:
        return "true" if value else "false"
    if type_ == DATE:
        return f"CAST(CAST({value} AS INT) AS DATE)"
    if type_ == INTERVAL_DAY_TO_SECOND:
        return f"arrow_cast({value}, 'Duration(ms)')"
    if isinstance(value, bytes):
        return f"X'{value.hex()}'" if value else "arrow_cast('', 'Binary')"
    return string(str(value))


def _floating(type_: Type, value: float) -> str:
    if math.isnan(value):
        text = "CAST('NaN' AS DOUBLE)"
    elif math.isinf(value):
        text = "CAST('Infinity' AS DOUBLE)" if value > 0 else "CAST('-Infinity' AS DOUBLE)"
    else:
        shown = repr(float(value))
        text = shown if "." in shown or "e" in shown else f"{shown}.0"
        text = f"({text})" if text.startswith("-") else text
    return f"CAST({text} AS REAL)" if type_ == REAL else text


def _temporal(type_: Type, value: Any) -> str:
    match type_:
        case TimeWithTimeZone():
            time, offset = value
            return f"named_struct('time', arrow_cast({time}, 'Time64(µs)'), 'offset', CAST({offset} AS SMALLINT))"
        case TimestampWithTimeZone(zone=None):
            instant, zone = value
            return f"named_struct('instant', arrow_cast({instant}, 'Timestamp(µs, \"UTC\")'), 'zone', {string(zone)})"
        case _:
            return f"arrow_cast({value}, {string(arrow_name(type_))})"
