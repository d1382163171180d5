"""Items that a path gave as a column of the type that JSON_VALUE returns."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from owlake.functions.json.documents import Double
from owlake.functions.json.path.items import Item, Typed, scalar_of, text_of
from owlake.functions.numbers import reading as numbers
from owlake.functions.numbers.writing import float_to_text
from owlake.functions.temporal import conversions, writing
from owlake.functions.temporal import reading as temporal
from owlake.types.arrow import arrow_type
from owlake.types.model import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER_BITS,
    REAL,
    VARCHAR,
    Char,
    Time,
    Timestamp,
    TimestampWithTimeZone,
    TimeWithTimeZone,
    Type,
    Varchar,
    is_numeric,
    is_text,
)
from owlake.types.model import Decimal as DecimalType

_SAFE = pa.scalar(True)
_EXACT = Context(prec=400)


class _NoCastError(ValueError):
    """A value that does not fit."""


def cast_items(items: Sequence[Item], target: Type) -> tuple[pa.Array, list[int]]:
    """Scalars in the wanted type, and the places of those that have no form in it; these are NULL."""
    plain = _PLAIN.get(target, {})
    found: list[Any] = [None] * len(items)
    failed: list[int] = []
    texts: list[int] = []
    for place, item in enumerate(items):
        if item is None:
            continue
        convert = plain.get(type(item))
        if convert is not None:
            found[place] = convert(item)
            continue
        text = text_of(item)
        if text is not None and not is_text(target):
            texts.append(place)
            continue
        try:
            found[place] = _bounded_text(text, target) if text is not None else _value(item, target)
        except _NoCastError:
            failed.append(place)
    if texts:
        read = _text_reader(target)(pa.array([text_of(items[place]) for place in texts], pa.string()))
        failed += [place for place, value in zip(texts, read, strict=True) if not value.is_valid]
        for place, value in zip(texts, read, strict=True):
            found[place] = value if value.is_valid else None
    return pa.array(found, arrow_type(target)), sorted(failed)


_PLAIN: dict[Type, dict[type, Callable[[Any], Any]]] = {
    VARCHAR: {str: str, int: str},
    BIGINT: {int: int},
    DOUBLE: {int: float, Double: float},
    BOOLEAN: {bool: bool},
}
"""Values of JSON whose cast is nothing or next to it."""


def _bounded_text(text: str, target: Type) -> str:
    """Text is cut where it is too long; a char is held without its padding."""
    if isinstance(target, Char):
        return text[: target.length].rstrip(" ")
    assert isinstance(target, Varchar)
    return text if target.length is None else text[: target.length]


@cache
def _text_reader(target: Type) -> Callable[[pa.Array], pa.Array]:
    match target:
        case DecimalType():
            size = (pa.scalar(target.precision), pa.scalar(target.scale))
            return lambda texts: numbers.text_to_decimal(texts, *size, _SAFE)
        case Timestamp():
            return lambda texts: temporal.text_to_timestamp(texts, pa.scalar(target.precision), _SAFE)
        case TimestampWithTimeZone():
            return lambda texts: temporal.text_to_timestamp_with_zone(texts, pa.scalar(target.precision), _SAFE)
        case Time():
            return lambda texts: temporal.text_to_time(texts, pa.scalar(target.precision), _SAFE)
        case TimeWithTimeZone():
            return lambda texts: temporal.text_to_time_with_zone(texts, pa.scalar(target.precision), _SAFE)
        case _ if target == DATE:
            return lambda texts: temporal.text_to_date(texts, _SAFE)
        case _ if target == BOOLEAN:
            return lambda texts: numbers.text_to_boolean(texts, _SAFE)
        case _ if target in (DOUBLE, REAL):
            return lambda texts: numbers.text_to_float(texts, pa.scalar(64 if target == DOUBLE else 32), _SAFE)
        case _:
            return lambda texts: numbers.text_to_integer(texts, pa.scalar(INTEGER_BITS[target]), _SAFE)


def _value(given: Item, target: Type) -> Any:
    """A boolean, number, date or time in the wanted type."""
    item = scalar_of(given)
    assert item is not None
    if item.type == target:
        return item.value
    if is_text(target):
        return _fitting_text(_shown(item), target)
    if item.type == BOOLEAN or is_numeric(item.type):
        return _number(item, target)
    return _moment(item, target)


def _fitting_text(text: str, target: Type) -> str:
    assert isinstance(target, Varchar | Char)
    if target.length is not None and len(text) > target.length:
        raise _NoCastError(text)
    return text


def _shown(item: Typed) -> str:
    match item.type:
        case Timestamp() | TimestampWithTimeZone() | Time() | TimeWithTimeZone() as type_:
            writer = _WRITERS[type(type_)]
            return str(writer(_column(item), pa.scalar(type_.precision))[0].as_py())
        case _ if item.type == DATE:
            return str(writing.date_to_text(_column(item))[0].as_py())
        case _ if item.type == BOOLEAN:
            return "true" if item.value else "false"
        case _ if item.type in (DOUBLE, REAL):
            return str(float_to_text(pa.array([item.value], arrow_type(item.type)))[0].as_py())
        case DecimalType():
            return f"{item.value:f}"
        case _:
            return str(item.value)


_WRITERS: dict[type[Type], Callable[..., pa.Array]] = {
    Timestamp: writing.timestamp_to_text,
    TimestampWithTimeZone: writing.timestamp_with_zone_to_text,
    Time: writing.time_to_text,
    TimeWithTimeZone: writing.time_with_zone_to_text,
}


def _column(item: Typed) -> pa.Array:
    return pa.array([item.value], arrow_type(item.type))


def _number(item: Typed, target: Type) -> Any:
    value = item.value
    if target == BOOLEAN:
        return value != 0
    if target == DOUBLE:
        return float(value)
    if target == REAL:
        with np.errstate(over="ignore"):
            return float(np.float32(value))
    if target in INTEGER_BITS:
        limit = 2 ** (INTEGER_BITS[target] - 1)
        whole = _whole(value)
        if not -limit <= whole < limit:
            raise _NoCastError(value)
        return whole
    if isinstance(target, DecimalType):
        return _decimal(value, target)
    raise _NoCastError(value)


def _whole(value: Any) -> int:
    if isinstance(value, bool | int):
        return int(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise _NoCastError(value)
    return int(Decimal(value).quantize(Decimal(1), ROUND_HALF_UP, _EXACT))


def _decimal(value: Any, target: DecimalType) -> Decimal:
    if isinstance(value, float) and not math.isfinite(value):
        raise _NoCastError(value)
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    rounded = number.quantize(Decimal(1).scaleb(-target.scale), ROUND_HALF_UP, _EXACT)
    if rounded and rounded.adjusted() >= target.precision - target.scale:
        raise _NoCastError(value)
    return rounded


def _moment(item: Typed, target: Type) -> Any:
    """A date as a timestamp, a timestamp as a date, either with other digits of the second."""
    column = _column(item)
    match item.type, target:
        case Timestamp(), _ if target == DATE:
            return column.cast(pa.date32())[0]
        case ((Timestamp() | Time()), _) if item.type.base == target.base:
            rounded = conversions.round_timestamp if isinstance(target, Timestamp) else conversions.round_time
            return rounded(column, pa.scalar(target.precision))[0]  # type: ignore[attr-defined]
        case _, Timestamp() if item.type == DATE:
            return column.cast(pa.timestamp("us"))[0]
        case _:
            raise _NoCastError(item)
