"""Which type turns into which without being asked, and what two types have in common.

Trino's implicit coercions only widen: tinyint to bigint to decimal to real to double, varchar(n) to
varchar(m), char from varchar, date to timestamp to timestamp with time zone. Text never turns into numbers.
"""

from __future__ import annotations

from typing import NamedTuple

from owlake.types.model import (
    BIGINT,
    DATE,
    DOUBLE,
    HYPER_LOG_LOG,
    INTEGER,
    JSON_PATH,
    P4_HYPER_LOG_LOG,
    REAL,
    SMALLINT,
    TINYINT,
    UNKNOWN,
    Array,
    Char,
    Decimal,
    Map,
    Row,
    RowField,
    Time,
    Timestamp,
    TimestampWithTimeZone,
    TimeWithTimeZone,
    Type,
    Varchar,
)


class _Compatibility(NamedTuple):
    """What two types have in common, and whether the first turns into the second by itself."""

    common: Type
    coercible: bool


_WIDENING: dict[Type, dict[str, Type]] = {
    TINYINT: {
        "smallint": SMALLINT,
        "integer": INTEGER,
        "bigint": BIGINT,
        "real": REAL,
        "double": DOUBLE,
        "decimal": Decimal(3, 0),
    },
    SMALLINT: {"integer": INTEGER, "bigint": BIGINT, "real": REAL, "double": DOUBLE, "decimal": Decimal(5, 0)},
    INTEGER: {"bigint": BIGINT, "real": REAL, "double": DOUBLE, "decimal": Decimal(10, 0)},
    BIGINT: {"real": REAL, "double": DOUBLE, "decimal": Decimal(19, 0)},
    REAL: {"double": DOUBLE},
    DATE: {"timestamp": Timestamp(0), "timestamp with time zone": TimestampWithTimeZone(0)},
    P4_HYPER_LOG_LOG: {"HyperLogLog": HYPER_LOG_LOG},
}


def can_coerce(source: Type, target: Type) -> bool:
    """Whether ``source`` turns into ``target`` implicitly."""
    if source == target:
        return True
    found = _compatibility(source, target)
    return found is not None and found.coercible


def common_super_type(first: Type, second: Type) -> Type | None:
    """The type that both turn into, or None."""
    if first == second:
        return first
    found = _compatibility(first, second)
    return found.common if found else None


def common_type_of(types: list[Type]) -> Type | None:
    """The type that all of them turn into, or None; ``unknown`` for no types at all."""
    common: Type | None = UNKNOWN
    for type_ in types:
        common = common_super_type(common, type_) if common is not None else None
    return common


def _compatibility(source: Type, target: Type) -> _Compatibility | None:
    if source in (target, UNKNOWN):
        return _Compatibility(target, coercible=True)
    if target == UNKNOWN:
        return _Compatibility(source, coercible=False)
    if source.base == target.base:
        return _same_base(source, target)
    widened = _to_base(source, target.base)
    if widened is not None:
        return _compatibility(widened, target)
    widened = _to_base(target, source.base)
    if widened is not None:
        found = _compatibility(source, widened)
        return found and _Compatibility(found.common, coercible=False)
    return None


def _to_base(source: Type, base: str) -> Type | None:
    """``source`` as the narrowest type of another base that holds all of its values."""
    match source:
        case Decimal():
            return {"real": REAL, "double": DOUBLE}.get(base)
        case Varchar() if base == "char":
            return Char(Char.MAX_LENGTH if source.length is None else min(source.length, Char.MAX_LENGTH))
        case Varchar() | Char() if base == "JsonPath":
            return JSON_PATH
        case Time() if base == "time with time zone":
            return TimeWithTimeZone(source.precision)
        case Timestamp() if base == "timestamp with time zone":
            return TimestampWithTimeZone(source.precision, "UTC")
        case _:
            return _WIDENING.get(source, {}).get(base)


def _same_base(source: Type, target: Type) -> _Compatibility | None:
    match source, target:
        case Decimal(), Decimal():
            return _judge(_common_decimal(source, target), target)
        case Varchar(), Varchar():
            unbounded = source.length is None or target.length is None
            return _judge(Varchar(None if unbounded else max(source.length or 0, target.length or 0)), target)
        case Char(), Char():
            return _judge(Char(max(source.length, target.length)), target)
        case Time(), Time():
            return _judge(Time(max(source.precision, target.precision)), target)
        case TimeWithTimeZone(), TimeWithTimeZone():
            return _judge(TimeWithTimeZone(max(source.precision, target.precision)), target)
        case Timestamp(), Timestamp():
            return _judge(Timestamp(max(source.precision, target.precision)), target)
        case TimestampWithTimeZone(), TimestampWithTimeZone():
            return _common_zoned(source, target)
        case Array(), Array():
            element = _compatibility(source.element, target.element)
            return element and _Compatibility(Array(element.common), element.coercible)
        case Map(), Map():
            key, value = _compatibility(source.key, target.key), _compatibility(source.value, target.value)
            if key is None or value is None:
                return None
            return _Compatibility(Map(key.common, value.common), key.coercible and value.coercible)
        case Row(), Row():
            return _common_row(source, target)
        case _:
            return None


def _judge(common: Type, target: Type) -> _Compatibility:
    return _Compatibility(common, coercible=common == target)


def _common_decimal(first: Decimal, second: Decimal) -> Decimal:
    scale = max(first.scale, second.scale)
    whole = max(first.precision - first.scale, second.precision - second.scale)
    return Decimal(min(Decimal.MAX_PRECISION, whole + scale), scale)


def _common_zoned(source: TimestampWithTimeZone, target: TimestampWithTimeZone) -> _Compatibility:
    """Values of different zones share a column only where each value carries its zone."""
    precision = max(source.precision, target.precision)
    zone = source.zone if source.zone == target.zone else None
    return _Compatibility(TimestampWithTimeZone(precision, zone), coercible=precision == target.precision)


def _common_row(source: Row, target: Row) -> _Compatibility | None:
    if len(source.fields) != len(target.fields):
        return None
    fields: list[RowField] = []
    coercible = True
    for one, other in zip(source.fields, target.fields, strict=True):
        found = _compatibility(one.type, other.type)
        if found is None:
            return None
        coercible = coercible and found.coercible
        fields.append(RowField(one.name if one.name == other.name else None, found.common))
    return _Compatibility(Row(tuple(fields)), coercible)
