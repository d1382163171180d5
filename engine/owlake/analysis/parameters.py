"""Python values as constants: what a ``?`` is bound to."""

from __future__ import annotations

import decimal
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from owlake.analysis.coercions import NULL, coerce
from owlake.errors import error
from owlake.ir import expressions as ir
from owlake.types.coercion import common_type_of
from owlake.types.model import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    INTERVAL_DAY_TO_SECOND,
    UUID,
    VARBINARY,
    Array,
    Decimal,
    Time,
    Timestamp,
    TimestampWithTimeZone,
    TimeWithTimeZone,
    Varchar,
)
from owlake.types.text import InvalidTextError, normal_zone, parse_decimal

_USABLE = "Give None, a bool, number, str, bytes, date, time, datetime, timedelta, UUID or a list of them."
_DIGITS = f"A decimal has {Decimal.MAX_PRECISION} digits at most."
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  (the origin of local times)


def constant_of(value: Any) -> ir.Expression:
    """The value as a typed constant.

    Errors: INVALID_PARAMETER_USAGE for a value that has no SQL type, or a whole number beyond bigint.
    """
    match value:
        case None:
            return NULL
        case bool():
            return ir.Constant(BOOLEAN, value)
        case int():
            return _integer(value)
        case float():
            return ir.Constant(DOUBLE, value)
        case decimal.Decimal():
            return _decimal(value)
        case str():
            return _text(value)
        case bytes() | bytearray() | memoryview():
            return ir.Constant(VARBINARY, bytes(value))
        case uuid.UUID():
            return ir.Constant(UUID, str(value))
        case datetime() | date() | time() | timedelta():
            return _temporal(value)
        case Sequence():
            return _array(value)
        case _ if type(value).__module__ == "numpy" and hasattr(value, "item"):
            return _of_numpy(value)
        case _ if type(value).__name__ == "NAType":
            return NULL
        case _:
            raise _unusable(value)


def _of_numpy(value: Any) -> ir.Expression:
    """A scalar or an array of numpy's, as the Python values that it means."""
    if value.shape:
        return _array(list(value))
    item = value.item()
    if value.dtype.kind in "mM" and isinstance(item, int):
        # Numpy counts what is finer than Python's moments, or beyond their years.
        exact = value.astype(f"{value.dtype.kind}8[us]")
        item = exact.item()
        if exact != value or isinstance(item, int):
            raise _unusable(value, "A moment has microseconds at most, and is in the years 1 to 9999.")
    if type(item) is type(value):
        raise _unusable(value)
    return constant_of(item)


def _integer(value: int) -> ir.Constant:
    if -(2**31) <= value < 2**31:
        return ir.Constant(INTEGER, value)
    if -(2**63) <= value < 2**63:
        return ir.Constant(BIGINT, value)
    if abs(value) >= 10**Decimal.MAX_PRECISION:
        raise _unusable(value, _DIGITS)
    return _decimal(decimal.Decimal(value))


def _decimal(value: decimal.Decimal) -> ir.Constant:
    if not value.is_finite():
        raise _unusable(value, "No decimal is infinite or not a number; a float may be.")
    exact, precision, scale = parse_decimal(f"{value:f}")
    if precision > Decimal.MAX_PRECISION:
        raise _unusable(value, _DIGITS)
    return ir.Constant(Decimal(max(precision, scale), scale), exact)


def _temporal(value: datetime | date | time | timedelta) -> ir.Constant:
    if value != value:  # noqa: PLR0124  (pandas' NaT, which is a datetime, is not itself)
        return NULL
    if getattr(value, "nanosecond", 0):
        raise _unusable(value, "A timestamp has microseconds at most: round it.")
    match value:
        case datetime() if value.tzinfo is not None:
            zone = _zone(value)
            instant = (value.astimezone(UTC).replace(tzinfo=None) - _EPOCH) // timedelta(microseconds=1)
            return ir.Constant(TimestampWithTimeZone(_precision(value.microsecond), zone), instant)
        case datetime():
            return ir.Constant(Timestamp(_precision(value.microsecond)), (value - _EPOCH) // timedelta(microseconds=1))
        case date():
            return ir.Constant(DATE, value.toordinal() - date(1970, 1, 1).toordinal())
        case time() if value.tzinfo is not None:
            return _time_with_zone(value)
        case time():
            seconds = (value.hour * 60 + value.minute) * 60 + value.second
            return ir.Constant(Time(_precision(value.microsecond)), seconds * 1_000_000 + value.microsecond)
        case _ if value % timedelta(milliseconds=1):
            # What is finer would be lost without a word.
            raise _unusable(value, "An interval counts whole milliseconds.")
        case _:
            return ir.Constant(INTERVAL_DAY_TO_SECOND, value // timedelta(milliseconds=1))


def _zone(value: datetime) -> str:
    try:
        return normal_zone(getattr(value.tzinfo, "key", None) or value.strftime("%z") or "UTC")
    except InvalidTextError:
        raise _unusable(
            value, "A zone is one of the tz database, or whole minutes from UTC, 14 hours at most."
        ) from None


def _time_with_zone(value: time) -> ir.Constant:
    offset = value.utcoffset()
    if offset is None or offset % timedelta(minutes=1):
        # A zone by name has no offset without a date.
        raise _unusable(value, "A time of day has an offset in whole minutes.")
    seconds = (value.hour * 60 + value.minute) * 60 + value.second
    microseconds = seconds * 1_000_000 + value.microsecond
    return ir.Constant(TimeWithTimeZone(_precision(value.microsecond)), (microseconds, offset // timedelta(minutes=1)))


def _precision(microsecond: int) -> int:
    return 3 if microsecond % 1000 == 0 else 6


def _text(value: str) -> ir.Expression:
    try:
        value.encode()
    except UnicodeEncodeError as problem:
        text = f"A parameter is not Unicode text: character {problem.start + 1:,} is half of a surrogate pair"
        raise error("INVALID_PARAMETER_USAGE", text) from None
    return ir.Constant(Varchar(len(value)), value)


def _array(values: Sequence[Any]) -> ir.Expression:
    items = [constant_of(value) for value in values]
    type_ = common_type_of([item.type for item in items])
    if type_ is None or isinstance(values, Mapping):
        raise _unusable(values, "The elements of a list are of one type.")
    return ir.MakeArray(Array(type_), tuple(coerce(item, type_) for item in items))


def _unusable(value: Any, hint: str = _USABLE) -> Exception:
    text = f"A parameter cannot be a {type(value).__name__}: {value!r:.100}"
    return error("INVALID_PARAMETER_USAGE", text, hint=hint)
