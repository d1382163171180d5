"""Making conversions explicit: a value in another type, folded where it is a constant."""

from __future__ import annotations

import decimal
from typing import Any

from owlake.ir.expressions import Cast, Constant, Expression, MakeArray, MakeRow
from owlake.types.model import (
    DATE,
    DOUBLE,
    JSON_PATH,
    REAL,
    UNKNOWN,
    Array,
    Char,
    Decimal,
    Row,
    Timestamp,
    TimestampWithTimeZone,
    Type,
    Varchar,
    is_integer,
)

_MICROSECONDS_OF_A_DAY = 86_400_000_000


def coerce(value: Expression, type_: Type) -> Expression:
    """The value in a type that its own turns into implicitly."""
    if value.type == type_:
        return value
    if isinstance(value, Constant):
        folded = _fold(value, type_)
        if folded is not None:
            return folded
    if isinstance(value, MakeArray) and isinstance(type_, Array):
        # Constants among the items stay constants.
        return MakeArray(type_, tuple(coerce(item, type_.element) for item in value.items))
    if isinstance(value, MakeRow) and isinstance(type_, Row):
        fields = zip(value.items, type_.fields, strict=True)
        return MakeRow(type_, tuple(coerce(item, field.type) for item, field in fields))
    return Cast(type_, value)


def _fold(constant: Constant, type_: Type) -> Constant | None:
    """The constant in the wider type, where its value is the same by definition."""
    value: Any = constant.value
    source = constant.type
    if value is None:
        return Constant(type_, None)
    if is_integer(source):
        return _fold_integer(value, type_)
    match source, type_:
        case Decimal(), Decimal():
            return Constant(type_, value) if _fits(value, type_) else None
        case Decimal(), _ if type_ == DOUBLE:
            return Constant(type_, float(value))
        case Varchar(), Varchar():
            return Constant(type_, value)
        case Varchar(), Char():
            return Constant(type_, value.rstrip(" "))
        case Varchar(), _ if type_ == JSON_PATH:
            return Constant(type_, value)
        case Char(), _ if type_ == JSON_PATH:
            return Constant(type_, value.ljust(source.length))
        case Timestamp(), Timestamp():
            return Constant(type_, value)
        case Timestamp(), TimestampWithTimeZone(zone="UTC"):
            return Constant(type_, value)
        case _, Timestamp() | TimestampWithTimeZone(zone="UTC") if source == DATE:
            return Constant(type_, value * _MICROSECONDS_OF_A_DAY)
        case _ if source == REAL and type_ == DOUBLE:
            return Constant(type_, value)
        case _:
            return None


def _fold_integer(value: int, type_: Type) -> Constant | None:
    if is_integer(type_):
        return Constant(type_, value)
    if isinstance(type_, Decimal):
        return Constant(type_, decimal.Decimal(value)) if _fits(value, type_) else None
    if type_ == DOUBLE:
        return Constant(type_, float(value))
    return None


def _fits(value: decimal.Decimal | int, type_: Decimal) -> bool:
    """Whether there are digits enough before the point: coercion of decimals looks at all of them together."""
    return bool(abs(value) < 10 ** (type_.precision - type_.scale))


def null_of(type_: Type) -> Constant:
    """A NULL of the type."""
    return Constant(type_, None)


NULL = null_of(UNKNOWN)
