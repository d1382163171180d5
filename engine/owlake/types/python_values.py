"""Arrow columns as Python values: what cursors give. A whole column at a time; numpy makes dates and times of it.

| Trino | Python |
| --- | --- |
| boolean, integers, real and double, decimal | bool, int, float, Decimal |
| varchar and char, varbinary | str, bytes |
| date, time, timestamp | date, time, datetime; text where the year is outside 1 to 9999 |
| time and timestamp with time zone | aware time and datetime |
| interval day to second, year to month | timedelta (text beyond 999,999,999 days), text (``1-2``) |
| array, map | list, dict (a list of pairs where the keys are arrays or rows) |
| row | dict (tuple where fields have no names or share one) |
| json, uuid, ipaddress, color | text, UUID, text, text |
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from owlake.types.arrow import field_names, key_type
from owlake.types.model import (
    COLOR,
    DATE,
    INTERVAL_DAY_TO_SECOND,
    INTERVAL_YEAR_TO_MONTH,
    IPADDRESS,
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
)
from owlake.types.text import FIRST_MICROSECOND, LAST_MICROSECOND, MICROSECONDS_OF_A_DAY, offset_of_instant

Convert = Callable[[Any], Any]

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  (the origin of local times)
_MOST_MILLISECONDS = timedelta.max // timedelta(milliseconds=1)


def python_values(column: pa.Array, type_: Type) -> list[Any]:
    """The column's values; None is NULL."""
    match type_:
        case Timestamp():
            return _moments(column, 1, lambda value: _timestamp_text(value, type_.precision))
        case TimestampWithTimeZone():
            return _zoned(column, type_)
        case Time():
            return _by_numpy(column)
        case TimeWithTimeZone():
            return _times_with_zones(column)
        case Decimal():
            return _decimals(column)
        case Char():
            return [None if text is None else text.ljust(type_.length) for text in column.to_pylist()]
        case Array():
            return _lists(column, python_values(_inside(column, column.values), type_.element))
        case Map():
            return _maps(column, type_)
        case Row():
            return _rows(column, type_)
        case _ if type_ == DATE:
            return _moments(column, MICROSECONDS_OF_A_DAY, _date_text)
        case _ if type_ == INTERVAL_DAY_TO_SECOND:
            return _intervals(column)
        case _:
            convert = _PRIMITIVES.get(type_)
            values: list[Any] = column.to_pylist()
            return values if convert is None else _converted(values, convert)


def _converted(values: list[Any], convert: Convert) -> list[Any]:
    return [None if value is None else convert(value) for value in values]


# Numbers, dates and times ----------------------------------------------------------------------------------


def _by_numpy(column: pa.Array) -> list[Any]:
    """Dates, times, timestamps, intervals: ten times as fast as one by one. What Python does not have is a number."""
    values: list[Any] = column.to_numpy(zero_copy_only=False).tolist()
    return values


def _decimals(column: pa.Array) -> list[Any]:
    import decimal  # noqa: PLC0415  (only decimals need it)

    texts = column.cast(pa.string()).to_pylist()
    if column.null_count:
        return _converted(texts, decimal.Decimal)
    return list(map(decimal.Decimal, texts))


def _moments(column: pa.Array, unit: int, far_text: Convert) -> list[Any]:
    """Dates and timestamps, of so many microseconds a number, as text where Python's years end."""
    first, last = -(-FIRST_MICROSECOND // unit), LAST_MICROSECOND // unit
    values = _by_numpy(column)
    if _is_within(column, first, last):
        return values
    numbers = column.cast(pa.int32() if pa.types.is_date32(column.type) else pa.int64()).to_pylist()
    return [
        value if number is None or first <= number <= last else far_text(number)
        for value, number in zip(values, numbers, strict=True)
    ]


def _intervals(column: pa.Array) -> list[Any]:
    """Intervals, as text where Python's end."""
    if _is_within(column, -_MOST_MILLISECONDS, _MOST_MILLISECONDS):
        return _by_numpy(column)
    return _converted(column.cast(pa.int64()).to_pylist(), _interval)


def _is_within(column: pa.Array, first: int, last: int) -> bool:
    import pyarrow.compute as pc  # noqa: PLC0415  (on use: it takes a while, and few results have such values)

    low, high = pc.min_max(column.cast(pa.int32() if pa.types.is_date32(column.type) else pa.int64())).values()
    return low.as_py() is None or (low.as_py() >= first and high.as_py() <= last)


def _interval(milliseconds: int) -> timedelta | str:
    if -_MOST_MILLISECONDS <= milliseconds <= _MOST_MILLISECONDS:
        return timedelta(milliseconds=milliseconds)
    from owlake.types.rendering import day_to_second_text  # noqa: PLC0415  (rare)

    return day_to_second_text(milliseconds)


def _date_text(days: int) -> str:
    from owlake.types.text import far_date_text  # noqa: PLC0415  (rare)

    return far_date_text(days)


def _timestamp_text(microseconds: int, precision: int) -> str:
    from owlake.types.text import far_timestamp_text  # noqa: PLC0415  (rare)

    return far_timestamp_text(microseconds, precision)


# Time zones ------------------------------------------------------------------------------------------------


def _zoned(column: pa.Array, type_: TimestampWithTimeZone) -> list[Any]:
    if type_.zone is None:
        instants, zones = (part.to_pylist() for part in column.cast(_INSTANTS).flatten())
        return [
            None if instant is None or zone is None else _aware(instant, zone, type_.precision)
            for instant, zone in zip(instants, zones, strict=True)
        ]
    if not _is_within(column, FIRST_MICROSECOND + _A_DAY, LAST_MICROSECOND - _A_DAY):
        zone, precision = type_.zone, type_.precision
        return _converted(column.cast(pa.int64()).to_pylist(), lambda value: _aware(value, zone, precision))
    info = _zone_info(type_.zone)
    local = info.fromutc
    return [None if value is None else local(value.replace(tzinfo=info)) for value in _by_numpy(column)]


_INSTANTS = pa.struct([("instant", pa.int64()), ("zone", pa.string())])
_A_DAY = MICROSECONDS_OF_A_DAY
"""More than any zone is away from UTC."""


def _aware(instant: int, zone: str, precision: int) -> datetime | str:
    if FIRST_MICROSECOND <= instant <= LAST_MICROSECOND:
        info = _zone_info(zone)
        try:
            return info.fromutc((_EPOCH + timedelta(microseconds=instant)).replace(tzinfo=info))
        except OverflowError:
            # The local time is in another year than UTC's.
            pass
    return f"{_timestamp_text(instant + offset_of_instant(zone, instant), precision)} {zone}"


@lru_cache(maxsize=1000)
def _zone_info(zone: str) -> tzinfo:
    if zone[:1] in "+-":
        return timezone(timedelta(microseconds=offset_of_instant(zone, 0)))
    return ZoneInfo(zone)


def _times_with_zones(column: pa.Array) -> list[Any]:
    times, offsets = column.flatten()
    return [
        None if time is None else time.replace(tzinfo=_zone_of_offset(offset))
        for time, offset in zip(_by_numpy(times), offsets.to_pylist(), strict=True)
    ]


@lru_cache(maxsize=2000)
def _zone_of_offset(minutes: int) -> tzinfo:
    return timezone(timedelta(minutes=minutes))


# Arrays, maps and rows -------------------------------------------------------------------------------------


def _inside(column: pa.Array, items: pa.Array) -> pa.Array:
    """The part of a list's or map's items that this column's rows are made of."""
    first, last = (column.offsets[at].as_py() for at in (0, len(column)))
    return items.slice(first, last - first)


def _lists(column: pa.Array, items: list[Any]) -> list[Any]:
    """Each row's own part of the items; None where the row is NULL."""
    offsets = column.offsets.to_pylist()
    first = offsets[0]
    return [
        items[start - first : end - first] if there else None
        for start, end, there in zip(offsets, offsets[1:], column.is_valid().to_pylist(), strict=False)
    ]


def _maps(column: pa.Array, type_: Map) -> list[Any]:
    keys = python_values(_inside(column, column.keys), key_type(type_))
    values = python_values(_inside(column, column.items), type_.value)
    pairs = _lists(column, list(zip(keys, values, strict=True)))
    return _converted(pairs, dict) if _is_hashable(type_.key) else pairs


def _is_hashable(type_: Type) -> bool:
    """Whether Python's values of the type can be keys: lists and dicts, of arrays and rows with names, cannot."""
    if isinstance(type_, Row):
        return not _has_names(type_) and all(_is_hashable(field.type) for field in type_.fields)
    return not isinstance(type_, Array | Map)


def _has_names(row: Row) -> bool:
    return field_names(row) == tuple(field.name for field in row.fields)


def _rows(column: pa.Array, type_: Row) -> list[Any]:
    parts = [python_values(part, field.type) for part, field in zip(column.flatten(), type_.fields, strict=True)]
    rows = zip(*parts, strict=True) if parts else iter([()] * len(column))
    names = field_names(type_)
    make: Convert = (lambda row: dict(zip(names, row, strict=True))) if _has_names(type_) else tuple
    return [make(row) if there else None for row, there in zip(rows, column.is_valid().to_pylist(), strict=True)]


# Others ----------------------------------------------------------------------------------------------------


def _address(value: bytes) -> str:
    from owlake.types.rendering import ip_text  # noqa: PLC0415  (rare)

    return ip_text(value)


def _color(value: int) -> str:
    from owlake.types.rendering import color_text  # noqa: PLC0415  (rare)

    return color_text(value)


def _uuid(value: str) -> Any:
    import uuid  # noqa: PLC0415  (only UUIDs need it)

    return uuid.UUID(value)


def _months(value: int) -> str:
    from owlake.types.rendering import year_to_month_text  # noqa: PLC0415  (rare)

    return year_to_month_text(value)


_PRIMITIVES: dict[Type, Convert] = {UUID: _uuid, IPADDRESS: _address, COLOR: _color, INTERVAL_YEAR_TO_MONTH: _months}
