"""The one table that says how Arrow holds each type.

| Trino | Arrow |
| --- | --- |
| boolean, tinyint ... bigint, real, double | bool, int8 ... int64, float32, float64 |
| decimal(p,s) | decimal128(p,s) |
| varchar(n), char(n), json, uuid | string (char without its padding; json and uuid as their text) |
| varbinary, ipaddress, sketches | binary (ipaddress: its 16 bytes) |
| geometries | binary (well-known binary) |
| BingTile | int64 |
| date | date32 |
| time(p) | time64[us] |
| time(p) with time zone | struct<time: time64[us], offset: int16> (minutes east of UTC) |
| timestamp(p) | timestamp[us] |
| timestamp(p) with time zone | timestamp[us, zone] where the zone is known, |
|  | else struct<instant: timestamp[us, UTC], zone: string> |
| interval day to second, year to month | duration[ms], int32 (months) |
| color | int32 (red, green, blue; negative for the terminal's own) |
| array, map | list, map (keys of unknown type: bool) |
| row | struct (fields without a name, or with one that repeats: field0, field1, ...) |

Microseconds, not DataFusion's nanoseconds, because nanoseconds end in the year 2262. The precision of a
timestamp, the length of a varchar and the difference between varchar and json live in the Trino type alone.
"""

from __future__ import annotations

import pyarrow as pa

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
    JSON,
    JSON_2016,
    JSON_PATH,
    REAL,
    SMALLINT,
    TINYINT,
    UNKNOWN,
    UUID,
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

_PRIMITIVES: dict[Type, pa.DataType] = {
    UNKNOWN: pa.null(),
    BOOLEAN: pa.bool_(),
    TINYINT: pa.int8(),
    SMALLINT: pa.int16(),
    INTEGER: pa.int32(),
    BIGINT: pa.int64(),
    REAL: pa.float32(),
    DOUBLE: pa.float64(),
    DATE: pa.date32(),
    INTERVAL_DAY_TO_SECOND: pa.duration("ms"),
    INTERVAL_YEAR_TO_MONTH: pa.int32(),
    JSON: pa.string(),
    JSON_2016: pa.string(),
    JSON_PATH: pa.string(),
    UUID: pa.string(),
    COLOR: pa.int32(),
    BING_TILE: pa.int64(),
}

TIME_WITH_TIME_ZONE = pa.struct([("time", pa.time64("us")), ("offset", pa.int16())])
TIMESTAMP_WITH_ANY_ZONE = pa.struct([("instant", pa.timestamp("us", "UTC")), ("zone", pa.string())])


def arrow_type(type_: Type) -> pa.DataType:
    """How Arrow holds values of the type."""
    match type_:
        case Decimal():
            return pa.decimal128(type_.precision, type_.scale)
        case Varchar() | Char():
            return pa.string()
        case Time():
            return pa.time64("us")
        case TimeWithTimeZone():
            return TIME_WITH_TIME_ZONE
        case Timestamp():
            return pa.timestamp("us")
        case TimestampWithTimeZone():
            return TIMESTAMP_WITH_ANY_ZONE if type_.zone is None else pa.timestamp("us", type_.zone)
        case Array():
            return pa.list_(arrow_type(type_.element))
        case Map():
            return pa.map_(arrow_type(key_type(type_)), arrow_type(type_.value))
        case Row():
            names = field_names(type_)
            return pa.struct([(name, arrow_type(field.type)) for name, field in zip(names, type_.fields, strict=True)])
        case _:
            return _PRIMITIVES.get(type_, pa.binary())


def key_type(map_: Map) -> Type:
    """What the keys are held as: those of ``map()``, of which there are none, as booleans; Arrow has no null keys."""
    return BOOLEAN if map_.key == UNKNOWN else map_.key


def field_names(row: Row) -> tuple[str, ...]:
    """The struct's field names of a row: its own where they are there and differ, else by position."""
    names = tuple(field.name for field in row.fields)
    if None in names or len(set(names)) < len(names):
        return tuple(f"field{index}" for index in range(len(names)))
    return tuple(name or "" for name in names)


def counted(type_: pa.DataType) -> pa.DataType:
    """The type with numbers in place of dates, timestamps and durations."""
    if pa.types.is_timestamp(type_) or pa.types.is_duration(type_):
        return pa.int64()
    if pa.types.is_date(type_):
        return pa.int32()
    if pa.types.is_map(type_):
        return pa.map_(counted(type_.key_type), counted(type_.item_type))
    if pa.types.is_list(type_):
        return pa.list_(type_.value_field.with_type(counted(type_.value_type)))
    if pa.types.is_struct(type_):
        return pa.struct([field.with_type(counted(field.type)) for field in type_])
    return type_
