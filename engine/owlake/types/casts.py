"""Which types CAST converts between.

Source: Trino's conversion functions (https://trino.io/docs/current/functions/conversion.html) and the cast
operators of each type.
"""

from __future__ import annotations

from owlake.types.coercion import can_coerce
from owlake.types.model import (
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER_TYPES,
    JSON,
    REAL,
    UNKNOWN,
    Array,
    Decimal,
    Map,
    Row,
    Time,
    Timestamp,
    TimestampWithTimeZone,
    TimeWithTimeZone,
    Type,
    Varchar,
    is_numeric,
)

_NUMBERS = ("tinyint", "smallint", "integer", "bigint", "real", "double", "decimal")
_TEXT = ("varchar", "char")
_TEMPORAL = ("date", "time", "time with time zone", "timestamp", "timestamp with time zone")

_TARGETS: dict[str, frozenset[str]] = {
    **{number: frozenset((*_NUMBERS, *_TEXT, "boolean")) for number in _NUMBERS},
    "bigint": frozenset((*_NUMBERS, *_TEXT, "boolean", "BingTile")),
    "boolean": frozenset((*_NUMBERS, *_TEXT, "boolean")),
    **{
        text: frozenset(
            (
                *_NUMBERS, *_TEXT, *_TEMPORAL, "boolean", "varbinary", "json", "json2016", "uuid", "ipaddress",
                "JsonPath", "color",
            )
        )
        for text in _TEXT
    },
    "varbinary": frozenset(("varbinary", "uuid", "ipaddress", "HyperLogLog", "P4HyperLogLog", "tdigest", "SetDigest",
                            "qdigest", "json2016")),
    "date": frozenset((*_TEXT, "date", "timestamp", "timestamp with time zone")),
    "time": frozenset((*_TEXT, "time", "time with time zone", "timestamp", "timestamp with time zone")),
    "time with time zone": frozenset(
        (*_TEXT, "time", "time with time zone", "timestamp", "timestamp with time zone")
    ),
    "timestamp": frozenset((*_TEXT, *_TEMPORAL)),
    "timestamp with time zone": frozenset((*_TEXT, *_TEMPORAL)),
    "interval day to second": frozenset((*_TEXT, "interval day to second")),
    "interval year to month": frozenset((*_TEXT, "interval year to month")),
    "uuid": frozenset((*_TEXT, "uuid", "varbinary")),
    "ipaddress": frozenset((*_TEXT, "ipaddress", "varbinary")),
    "HyperLogLog": frozenset(("varbinary", "HyperLogLog", "P4HyperLogLog")),
    "P4HyperLogLog": frozenset(("varbinary", "HyperLogLog", "P4HyperLogLog")),
    "tdigest": frozenset(("varbinary", "tdigest")),
    "qdigest": frozenset(("varbinary", "qdigest")),
    "SetDigest": frozenset(("varbinary", "SetDigest", "HyperLogLog")),
    "BingTile": frozenset(("bigint", "BingTile")),
    "Geometry": frozenset((*_TEXT, "Geometry")),
}  # fmt: skip


def can_cast(source: Type, target: Type) -> bool:
    """Whether ``CAST(source AS target)`` is there."""
    if source in (target, UNKNOWN) or can_coerce(source, target):
        return True
    match source, target:
        case Array(), Array():
            return can_cast(source.element, target.element)
        case Map(), Map():
            return can_cast(source.key, target.key) and can_cast(source.value, target.value)
        case Row(), Row():
            return len(source.fields) == len(target.fields) and all(
                can_cast(one.type, other.type) for one, other in zip(source.fields, target.fields, strict=True)
            )
        case _, _ if target == JSON:
            return can_cast_to_json(source)
        case _, _ if source == JSON:
            return can_cast_from_json(target)
        case _:
            return target.base in _TARGETS.get(source.base, ())


def can_cast_to_json(source: Type) -> bool:
    """Whether values of the type have a JSON form."""
    match source:
        case Array():
            return can_cast_to_json(source.element)
        case Map():
            return is_json_key(source.key) and can_cast_to_json(source.value)
        case Row():
            return all(can_cast_to_json(field.type) for field in source.fields)
        case Varchar() | Decimal() | Timestamp() | TimestampWithTimeZone() | Time() | TimeWithTimeZone():
            return True
        case _:
            return source in (UNKNOWN, BOOLEAN, REAL, DOUBLE, DATE, JSON, *INTEGER_TYPES)


def can_cast_from_json(target: Type) -> bool:
    """Whether JSON turns into the type."""
    match target:
        case Array():
            return can_cast_from_json(target.element)
        case Map():
            return is_json_key(target.key) and can_cast_from_json(target.value)
        case Row():
            return all(can_cast_from_json(field.type) for field in target.fields)
        case Varchar():
            return True
        case _:
            return target in (BOOLEAN, JSON, DATE) or is_numeric(target) or isinstance(target, Timestamp)


def is_json_key(type_: Type) -> bool:
    """Whether a map's keys of this type become the names of a JSON object's members."""
    return type_ in (BOOLEAN, DATE, UNKNOWN) or is_numeric(type_) or isinstance(type_, Varchar | Timestamp)
